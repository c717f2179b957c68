"""Rigid bodies of a collapse: standing chunks let go, fall, break on impact, and their fragments come to rest.

Gravity is the only driver. Contacts are found 96 times a second and solved in eight sub-steps each (see
`kernels.solver`). A run depends on nothing but its inputs: not on threads, not on where it was resumed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.bodies_contacts import Contacts, Touching, solve_contacts
from secondunit.engines.physics.bodies_frame import IMPACT_SPEED, Hits, body_frame, break_events, rotated
from secondunit.engines.physics.bodies_setup import ABSENT, ASLEEP, AWAKE, STANDING, BodyModel, build_model
from secondunit.engines.physics.bodies_state import Snapshot
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.failure import FailurePlan
from secondunit.engines.physics.motion import BodyFrame
from secondunit.errors import BadInput, EngineFailed
from secondunit.kernels import solver_rest
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

GRAVITY = 9.81
STEPS_PER_SECOND = 96
SUB_STEPS = 8
_SUPPORT_EVERY = 12  # steps between looks at whether what lies at rest is still held
LOOSE = 0.08  # share of the friction that is left in a joint when it fails
LOOSE_FOR = 4.0  # s until it is back
_NO_REST = 1.2  # s a body that came free is neither braked nor put to rest
_WEARS_FOR = 2.0  # s after which only what is still falling wears out
_FALLING = 0.5  # m/s
_EXTRA_DROP = 2.0  # m a piece may go down beyond the building's foot
_CRUSH = 1.0  # share of its break speed that a load may press into a chunk in one step


def simulate(
    breakup: Breakup,
    plan: FailurePlan,
    ground: Ground,
    obstacles: Sequence[Obstacle] = (),
    *,
    rate: float,
    n_frames: int,
    seed: int = 0,
    state: Snapshot | None = None,
) -> Iterator[BodyFrame]:
    """Yield frames 0 to `n_frames` − 1 of the collapse, or those after `state.frame` when resumed.

    `rate` frames a second (1 to 1000); `plan` from `failure.plan_failure`; `seed` draws the slight spin a chunk
    is let go with. To write snapshots on the way, use `BodySimulation`. Raises `BadInput` for a rate, length or
    snapshot that does not fit, `EngineFailed` should a position stop being a number.
    """
    if n_frames < 1:
        raise BadInput(f"a simulation of {n_frames} frames is empty", hint="ask for at least one frame")
    run = BodySimulation(breakup, plan, ground, obstacles, rate=rate, seed=seed, state=state)
    if state is None:
        yield run.first_frame()
    while run.frame < n_frames - 1:
        yield run.advance()


class BodySimulation:
    """One run: `first_frame()`, then `advance()` for each further frame; `snapshot()` after any of them."""

    def __init__(
        self,
        breakup: Breakup,
        plan: FailurePlan,
        ground: Ground,
        obstacles: Sequence[Obstacle] = (),
        *,
        rate: float,
        seed: int = 0,
        state: Snapshot | None = None,
        gravity: float = GRAVITY,
    ) -> None:
        if not 1 <= rate <= 1000:
            raise BadInput(f"a rate of {rate:g} frames/s", hint="use 1 to 1000")
        if len(plan.release) != breakup.n_chunks:
            raise BadInput(
                f"the failure plan is for {len(plan.release)} chunks, the building has {breakup.n_chunks}",
                hint="plan the failure of this building",
            )
        self.model: BodyModel = build_model(breakup, ground, obstacles)
        self.plan = plan
        self.rate = rate
        self.gravity = gravity
        self.n_steps = math.ceil(STEPS_PER_SECOND / rate - 1e-9)
        self.dt = 1.0 / rate / self.n_steps
        rng = np.random.default_rng(seed)
        self._twist = rng.normal(0.0, 0.03, (breakup.n_chunks, 3))
        self.state = Snapshot.at_rest(self.model) if state is None else state.checked(self.model)
        self._contacts = Contacts(self.model, self.state)
        self._limit = np.full(self.model.n_bodies, np.inf)
        self._limit[: breakup.n_chunks] = plan.break_speed
        # no piece gets faster than a fall from the roof would make it, whatever squeezes it
        height = float(np.ptp(breakup.hull_points[:, 2])) + _EXTRA_DROP + max(0.0, _lowest_drop(breakup, ground))
        self._fastest = math.sqrt(2 * GRAVITY * height) + float(np.abs(plan.lean).max(initial=0.0))
        self._events: list[npt.NDArray[np.float32]] = []

    @property
    def frame(self) -> int:
        """The frame the state stands at."""
        return self.state.frame

    def first_frame(self) -> BodyFrame:
        """Frame 0: the building as it stands."""
        return body_frame(self.model, self.state, [])

    def snapshot(self) -> Snapshot:
        """The state after the last frame; a run resumed from it gives the same bits."""
        return self.state.copy()

    def advance(self) -> BodyFrame:
        """Simulate to the next frame and give it."""
        self._events = []
        hits = Hits(self.model.n_bodies)
        for _ in range(self.n_steps):
            self._step(hits)
        self.state.frame += 1
        if not np.isfinite(self.state.pos).all():
            raise EngineFailed(
                f"the rigid bodies diverged at frame {self.state.frame}", hint="report the building and the seed"
            )
        self._events.append(hits.events(self.model, self.state))
        return body_frame(self.model, self.state, self._events)

    def _step(self, hits: Hits) -> None:
        s, dt = self.state, self.dt
        now = s.step * dt
        fresh = self._release(now) | self._break(self._worn_out(now), now)
        s.crushed[:] = 0
        awake = self._awake()
        check = s.step % _SUPPORT_EVERY == 0
        touching = self._contacts.find(awake, fresh, dt, look_at_rest=check)
        breaks, wakes = self._contacts.foresee(touching, self._limit, dt, look_for_support=check)
        if breaks.any() or wakes.any():
            s.mode[wakes > 0] = AWAKE
            s.still[wakes > 0] = 0.0
            fresh = self._break(np.flatnonzero(breaks[: self.model.n_chunks]), now)
            awake = self._awake()
            touching = self._contacts.add(touching, awake, fresh, wakes, dt)
        before = s.vel.copy()
        friction = self._friction(now)
        active, push = solve_contacts(
            self._contacts, touching, awake, friction, self.gravity, self._fastest, dt, SUB_STEPS
        )
        self._after(touching, active, push, awake, before, hits, now + dt)
        s.step += 1

    def _awake(self) -> I32:
        return np.flatnonzero(self.state.mode == AWAKE).astype(np.int32)

    def _friction(self, now: float) -> F64:
        """Friction of each body (N,): what has just failed slips on its own crumbs until it has come apart."""
        age = np.clip((now - self.state.released) / LOOSE_FOR, 0.0, 1.0)
        age[self.state.mode == STANDING] = 1.0
        rubs: F64 = self.model.friction * (LOOSE + (1.0 - LOOSE) * age)
        return rubs

    def _release(self, now: float) -> npt.NDArray[np.uint8]:
        """Let go of every chunk that is due; returns flags of bodies that are new to the solver."""
        s, c = self.state, self.model.n_chunks
        fresh = np.zeros(self.model.n_bodies, np.uint8)
        due = np.flatnonzero((s.mode[:c] == STANDING) & (self.plan.release <= now + 0.5 * self.dt))
        s.mode[due] = AWAKE
        s.vel[due] = self.plan.lean[due]
        s.spin[due] = self._twist[due]
        s.released[due] = now
        fresh[due] = 1
        return fresh

    def _worn_out(self, now: float) -> npt.NDArray[np.int64]:
        """Chunks that were crushed in the last step or have fallen for long enough."""
        s, c = self.state, self.model.n_chunks
        age = now - s.released[:c]
        old = (age > self.plan.whole_for) & ((age < _WEARS_FOR) | (np.abs(s.vel[:c]).max(1) > _FALLING))
        return np.flatnonzero((old | (s.crushed[:c] > 0)) & (s.mode[:c] == AWAKE))

    def _break(self, chunks: npt.NDArray[np.int64], now: float) -> npt.NDArray[np.uint8]:
        """Replace chunks by their fragments, which ride on with the chunk's motion; returns flags of the new."""
        s, m = self.state, self.model
        fresh = np.zeros(m.n_bodies, np.uint8)
        for i in chunks:
            kids = m.kids[m.kid_start[i] : m.kid_start[i + 1]] + m.n_chunks
            arm = rotated(s.quat[i], m.centre[kids] - m.centre[i])
            s.pos[kids] = s.pos[i] + arm
            s.quat[kids] = s.quat[i]
            s.vel[kids] = s.vel[i] + np.cross(s.spin[i], arm)
            s.spin[kids] = s.spin[i]
            s.mode[kids] = AWAKE
            s.released[kids] = now
            s.mode[i] = ABSENT
            s.vel[i] = s.spin[i] = 0.0
            fresh[kids] = 1
            self._events.append(break_events(m, s, kids, now))
        return fresh

    def _after(
        self, touching: Touching, active: I64, push: F64, awake: I32, before: F64, hits: Hits, now: float
    ) -> None:
        """Bodies come to rest, chunks are crushed, hits are noted."""
        s, m, c, t = self.state, self.model, self.model.n_chunks, touching
        where, pressed = s.pos.copy(), np.zeros(m.n_bodies)
        solver_rest.hit_points(active, t.first, t.second, t.count, t.ra, t.rb, push, s.pos, where, pressed)
        jump = s.vel[awake] - before[awake]
        jump[:, 2] += self.gravity * self.dt
        strength = np.linalg.norm(jump, axis=1)
        hit = strength > IMPACT_SPEED
        hits.note(m, awake[hit], strength[hit], where, before, now)
        s.crushed[:c] = pressed[:c] * m.inv_mass[:c] > _CRUSH * self._limit[:c]
        rests = np.zeros(m.n_bodies, np.uint8)
        loose = now - s.released[awake] <= _NO_REST
        solver_rest.settle(
            active,
            t.first,
            t.second,
            push,
            t.sep,
            awake,
            loose,
            s.vel,
            s.spin,
            m.hulls.radius,
            s.still,
            self.dt,
            rests,
        )
        s.mode[rests > 0] = ASLEEP
        s.vel[rests > 0] = 0.0
        s.spin[rests > 0] = 0.0


def _lowest_drop(breakup: Breakup, ground: Ground) -> float:
    """How far the ground lies below the lowest piece, metres, at the most."""
    p = breakup.hull_points.astype(float)
    return float(p[:, 2].min() - ground.height(p[:, 0], p[:, 1]).min())
