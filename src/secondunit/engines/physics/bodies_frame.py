"""What the solver's state looks like to the rest of the house: one `BodyFrame` of fragments and their events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.bodies_setup import ABSENT, ASLEEP, AWAKE, STANDING, BodyModel
from secondunit.engines.physics.bodies_state import Snapshot
from secondunit.engines.physics.motion import BREAK, IMPACT, BodyFrame

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

EVENT_COLUMNS = 10
IMPACT_SPEED = 1.5  # m/s of velocity changed in one step


def rotated(quat: F64, v: F64) -> F64:
    """Vectors `v` (n, 3) turned by quaternions `quat` (4,) or (n, 4), x, y, z, w."""
    axis, w = quat[..., :3], quat[..., 3:]
    twice = 2.0 * np.cross(axis, v)
    turned: F64 = v + w * twice + np.cross(axis, twice)
    return turned


def body_frame(model: BodyModel, state: Snapshot, events: Sequence[F32]) -> BodyFrame:
    """The fragments of `state`: riding on their chunk until it breaks, then on their own."""
    c, n = model.n_chunks, model.n_fragments
    own = slice(c, c + n)
    body = np.where(state.mode[own] == ABSENT, model.chunk, np.arange(c, c + n))
    arm = rotated(state.quat[body], model.centre[own] - model.centre[body])
    mode = state.mode[body]
    still = mode == STANDING
    position = np.where(still[:, None], model.centre[own], state.pos[body] + arm)
    velocity = state.vel[body] + np.cross(state.spin[body], arm)
    awake = np.select([mode == STANDING, mode == AWAKE, mode == ASLEEP], [0, 1, 2]).astype(np.uint8)
    stacked = np.concatenate(events) if events else np.zeros((0, EVENT_COLUMNS), np.float32)
    return BodyFrame(
        position.astype(np.float32),
        state.quat[body].astype(np.float32),
        velocity.astype(np.float32),
        state.spin[body].astype(np.float32),
        awake,
        stacked.astype(np.float32).reshape(-1, EVENT_COLUMNS),
    )


def break_events(model: BodyModel, state: Snapshot, kids: npt.NDArray[np.integer], now: float) -> F32:
    """One BREAK event a fragment that came free at `now` seconds: where it is and how it moves."""
    e = np.empty((len(kids), EVENT_COLUMNS), np.float32)
    e[:, 0] = now
    e[:, 1:4] = state.pos[kids]
    e[:, 4:7] = state.vel[kids]
    e[:, 7] = model.volume[kids]
    e[:, 8] = kids - model.n_chunks
    e[:, 9] = BREAK
    return e


class Hits:
    """Each body's strongest hit of one frame.

    The event lies at the contact and carries the velocity the body had *before* the hit. The event of a chunk in
    one piece has the chunk's whole volume and names the fragment of it nearest to the contact.
    """

    def __init__(self, n_bodies: int) -> None:
        self._worst = np.zeros(n_bodies)
        self._rows = np.zeros((n_bodies, EVENT_COLUMNS), np.float32)

    def note(
        self, model: BodyModel, who: npt.NDArray[np.integer], strength: F64, where: F64, before: F64, now: float
    ) -> None:
        """Bodies `who` (k,) changed their velocity by `strength` (k,) m/s at `where` (N, 3) in a step."""
        worse = strength > self._worst[who]
        who = who[worse]
        self._worst[who] = strength[worse]
        rows = self._rows
        rows[who, 0] = now
        rows[who, 1:4] = where[who]
        rows[who, 4:7] = before[who]
        rows[who, 7] = model.volume[who]
        rows[who, 9] = IMPACT

    def events(self, model: BodyModel, state: Snapshot) -> F32:
        """The rows (e, 10), in order of the bodies."""
        who = np.flatnonzero(self._worst > 0)
        rows = self._rows[who]
        rows[:, 8] = who - model.n_chunks
        for row, chunk in zip(rows, who.tolist(), strict=True):
            if chunk < model.n_chunks:
                kids = model.kids[model.kid_start[chunk] : model.kid_start[chunk + 1]]
                arm = rotated(state.quat[chunk], model.centre[kids + model.n_chunks] - model.centre[chunk])
                row[8] = kids[int(np.argmin(np.linalg.norm(state.pos[chunk] + arm - row[1:4], axis=1)))]
        return rows
