"""What the solvers hand on, frame by frame: where every fragment and every piece of debris is.

Frame k of a simulation is the instant k / rate seconds after the first frame of the shot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

BREAK, IMPACT = 0, 1


@dataclass(frozen=True)
class BodyFrame:
    """All n fragments at one instant.

    `position` (n, 3) centre of mass, metres; `rotation` (n, 4) unit quaternion x, y, z, w against rest;
    `velocity` (n, 3) m/s; `spin` (n, 3) rad/s; `awake` (n,) 0 = never moved, 1 = moving, 2 = came to rest.
    `events` (e, 10): time s, x, y, z, vx, vy, vz, volume m³, fragment, kind (`BREAK` when its chunk broke,
    `IMPACT` when a hit changed its velocity by more than 1.5 m/s) since the frame before.
    """

    position: F32
    rotation: F32
    velocity: F32
    spin: F32
    awake: npt.NDArray[np.uint8]
    events: F32


@dataclass(frozen=True)
class DebrisFrame:
    """All m pieces of debris at one instant; those not yet born have `size` 0.

    `position` (m, 3), `rotation` (m, 4), `velocity` (m, 3), `size` (m,) edge in metres, `source` (m,) the
    fragment each came from (its material), `shape` (m,) index of one of `debris.SHAPES`.
    """

    position: F32
    rotation: F32
    velocity: F32
    size: F32
    source: npt.NDArray[np.int32]
    shape: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class DustFrame:
    """The cloud at one instant on a regular grid.

    `density` (nx, ny, nz) float16 extinction in 1/m at cell centres; cell (i, j, k) is centred at
    `low` + (i + 0.5, j + 0.5, k + 0.5) · `cell` metres, raised by `slope` · (x, y): k counts from the ground
    plane. `velocity` (3, nx/2, ny/2, nz/2) float16 m/s on a grid twice as coarse. `tint` (3,) linear albedo
    of the dust. Detail noise rides on the air: `flow` (2, 3, nx/2, ny/2, nz/2) float16 is how far (metres) it
    has come since each of two sets of coordinates last started afresh, `blend` (2,) their weights now,
    `resets` (2,) how often they did.
    """

    density: npt.NDArray[np.float16]
    velocity: npt.NDArray[np.float16]
    low: tuple[float, float, float]
    cell: float
    tint: tuple[float, float, float]
    slope: tuple[float, float] = (0.0, 0.0)
    flow: npt.NDArray[np.float16] | None = None
    blend: tuple[float, float] = (1.0, 0.0)
    resets: tuple[int, int] = (0, 0)
