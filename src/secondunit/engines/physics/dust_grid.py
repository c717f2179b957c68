"""The air that dust moves in: fields on a grid that grows, shifts and, when it must, coarsens with the cloud.

Cells lie on a fixed lattice: cell (i, j, k) is centred at ((origin + (i, j) + ½) · cell) in x and y and at
(k + ½) · cell above the ground plane in z. Sizes and shifts are multiples of 8 cells, so a grid twice as
coarse fits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

BLOCK = 8
MARGIN = 6  # empty cells kept round the dust: more than it moves in a frame
THIN = 0.004  # 1/m under which dust no longer counts when the grid is fitted
MAX_CELLS = 1_100_000


@dataclass
class DustState:
    """All that `simulate_dust` knows after a frame; save it to go on later with the same result bit for bit.

    `speed_x` (nx + 1, ny, nz) and so on are face speeds in m/s; `density` (nx, ny, nz) extinction in 1/m;
    `weight` the part of it that is still heavy; `solid` share of each cell that bodies fill; `flow` (2, 3,
    nx/2, ny/2, nz/2) metres that the air has come since the last two resets; `left` (n,) dust still in each
    fragment, 1 at rest.
    """

    frame: int
    cell: float
    origin: I64
    speed_x: F32
    speed_y: F32
    speed_z: F32
    density: F32
    weight: F32
    solid: F32
    flow: F32
    left: F64
    was: F32

    @classmethod
    def start(cls, centre: F32, cell: float) -> DustState:
        """Before the first frame: no air yet. `centre` (n, 3) are the fragments at rest."""
        none = np.zeros((0, 0, 0), np.float32)
        return cls(
            frame=0,
            cell=cell,
            origin=np.zeros(2, np.int64),
            speed_x=none,
            speed_y=none,
            speed_z=none,
            density=none,
            weight=none,
            solid=none,
            flow=np.zeros((2, 3, 0, 0, 0), np.float32),
            left=np.ones(len(centre)),
            was=centre.astype(np.float32, copy=True),
        )

    def save(self, path: Path) -> None:
        """Write everything to one `.npz`."""
        np.savez(path, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: Path) -> DustState:
        """Read what `save` wrote."""
        with np.load(path) as data:
            values = {f.name: data[f.name] for f in fields(cls)}
        return cls(**{**values, "frame": int(values["frame"]), "cell": float(values["cell"])})

    @property
    def shape(self) -> tuple[int, int, int]:
        """Cells along x, y, z."""
        nx, ny, nz = self.density.shape
        return nx, ny, nz


def box_of_dust(state: DustState) -> tuple[I64, I64] | None:
    """Lowest and highest lattice cell (i, j, k) with dust, or nothing."""
    dusty = state.density > THIN
    ends = []
    for axis in range(3):
        line = dusty.any(axis=tuple(a for a in range(3) if a != axis))
        if not line.any():
            return None
        where = np.flatnonzero(line)
        ends.append((where[0], where[-1]))
    shift = np.r_[state.origin, 0]
    return np.array([e[0] for e in ends]) + shift, np.array([e[1] for e in ends]) + shift


def fit(state: DustState, low: I64, high: I64, wind: tuple[float, float]) -> None:
    """Make the grid hold lattice cells `low` to `high` with a margin; shrink only where much is empty."""
    want_low = np.floor_divide(low[:2] - MARGIN, BLOCK) * BLOCK
    want_high = -np.floor_divide(-(high + 1 + MARGIN), BLOCK) * BLOCK
    if state.density.size:
        have_low, have_high = state.origin, np.r_[state.origin, 0] + state.shape
        slack = 2 * BLOCK
        keep_low = (have_low <= want_low) & (want_low - have_low < slack)
        keep_high = (have_high >= want_high) & (have_high - want_high < slack)
        want_low = np.where(keep_low, have_low, want_low)
        want_high = np.where(keep_high, have_high, want_high)
    size = np.r_[want_high[:2] - want_low, want_high[2]]
    if state.density.size and (want_low == state.origin).all() and tuple(size) == state.shape:
        return
    move(state, want_low, size, wind)
    if int(np.prod(size)) > MAX_CELLS:
        coarsen(state, wind)


def move(state: DustState, origin: I64, size: I64, wind: tuple[float, float]) -> None:
    """The same fields on the grid of `size` cells at `origin`; new air moves with the wind and holds no dust."""
    shift = np.r_[state.origin - origin, 0]
    shape = tuple(int(n) for n in size)
    ambient = {"speed_x": wind[0], "speed_y": wind[1]}
    for axis, name in enumerate(("speed_x", "speed_y", "speed_z", "density", "weight", "solid")):
        grown = tuple(n + (axis == d) for d, n in enumerate(shape))
        new = np.full(grown, ambient.get(name, 0.0), np.float32)
        _paste(new, getattr(state, name), shift)
        setattr(state, name, new)
    flow = np.zeros((2, 3, *(n // 2 for n in shape)), np.float32)
    for phase in range(2):
        for part in range(3):
            _paste(flow[phase, part], state.flow[phase, part], shift // 2)
    state.flow = flow
    state.origin = origin.astype(np.int64)


def _paste(new: F32, old: F32, shift: I64) -> None:
    """Copy the part of `old` that falls into `new` when its first cell lands at `shift`."""
    if old.size == 0:
        return
    to, source = [], []
    for n_new, n_old, s in zip(new.shape, old.shape, shift, strict=True):
        first, last = max(0, int(s)), min(n_new, n_old + int(s))
        if first >= last:
            return
        to.append(slice(first, last))
        source.append(slice(first - int(s), last - int(s)))
    new[tuple(to)] = old[tuple(source)]


def coarsen(state: DustState, wind: tuple[float, float]) -> None:
    """Double the cell side: the cloud has outgrown the largest grid. Mass and momentum are kept."""
    step = 2 * BLOCK
    low = np.floor_divide(state.origin, step) * step
    high = -np.floor_divide(-(np.r_[state.origin, 0] + state.shape), step) * step
    move(state, low, np.r_[high[:2] - low, high[2]], wind)
    nx, ny, nz = (n // 2 for n in state.shape)
    for name in ("density", "weight", "solid"):
        fine = getattr(state, name).reshape(nx, 2, ny, 2, nz, 2)
        setattr(state, name, np.ascontiguousarray(fine.mean((1, 3, 5))))
    for axis, name in enumerate(("speed_x", "speed_y", "speed_z")):
        fine = getattr(state, name)
        fine = np.take(fine, range(0, fine.shape[axis], 2), axis)
        for other in (a for a in range(3) if a != axis):
            half = fine.shape[other] // 2
            fine = fine.reshape(*fine.shape[:other], half, 2, *fine.shape[other + 1 :]).mean(other + 1)
        setattr(state, name, np.ascontiguousarray(fine))
    flow = state.flow.reshape(2, 3, nx // 2, 2, ny // 2, 2, nz // 2, 2)
    state.flow = np.ascontiguousarray(flow.mean((3, 5, 7)))
    state.origin //= 2
    state.cell *= 2
