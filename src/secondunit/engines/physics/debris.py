"""Debris: tens of thousands of small pieces shed by breaking fragments, falling, bouncing, rolling to rest.

One `BodyFrame` in, one `DebrisFrame` out; memory does not grow with the length of the shot. Pieces are convex
bodies with an orientation: they hit fragments, street objects and the ground, not each other. Air drag is that of
a blunt body, so large pieces fall freely and the smallest lag behind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.debris_birth import favoured_shapes, shares, shed
from secondunit.engines.physics.debris_contact import carry, fill_grid, move_debris, place_hulls
from secondunit.engines.physics.debris_shapes import SHAPES, TABLE
from secondunit.engines.physics.motion import BodyFrame, DebrisFrame
from secondunit.errors import BadInput
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground

__all__ = ["SHAPES", "DebrisState", "simulate_debris"]

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]

SUBSTEP = 0.0105  # seconds: a piece at 15 m/s moves 16 cm, less than a wall is thick
WAKE_AT = 0.004  # metres a frame by which a fragment moves before what lies on it stirs
MAX_CELLS = 1_500_000
MAX_PIECES = 2_000_000


@dataclass
class DebrisState:
    """All that `simulate_debris` knows after a frame; save it to go on later with the same result bit for bit.

    m pieces, n fragments. The solver updates it in place: `save` or `copy` it between frames.
    """

    frame: int
    n_born: int
    position: F32
    rotation: F32
    velocity: F32
    spin: F32
    size: F32
    source: I32
    shape: U8
    drag: F32
    asleep: U8
    support: I32
    calm: U8
    remaining: F64
    was: F32
    was_rotation: F32

    @classmethod
    def start(cls, breakup: Breakup, n_pieces: int) -> DebrisState:
        """Before the first frame: nothing born."""
        m = n_pieces
        rotation = np.zeros((m, 4), np.float32)
        rotation[:, 3] = 1
        return cls(
            frame=0,
            n_born=0,
            position=np.zeros((m, 3), np.float32),
            rotation=rotation,
            velocity=np.zeros((m, 3), np.float32),
            spin=np.zeros((m, 3), np.float32),
            size=np.zeros(m, np.float32),
            source=np.zeros(m, np.int32),
            shape=np.zeros(m, np.uint8),
            drag=np.zeros(m, np.float32),
            asleep=np.zeros(m, np.uint8),
            support=np.full(m, -1, np.int32),
            calm=np.zeros(m, np.uint8),
            remaining=shares(breakup, n_pieces),
            was=breakup.centre.copy(),
            was_rotation=np.tile(np.array([0, 0, 0, 1], np.float32), (breakup.n_fragments, 1)),
        )

    def save(self, path: Path) -> None:
        """Write everything to one `.npz`."""
        np.savez(path, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: Path) -> DebrisState:
        """Read what `save` wrote."""
        with np.load(path) as data:
            values = {f.name: data[f.name] for f in fields(cls)}
        return cls(**{**values, "frame": int(values["frame"]), "n_born": int(values["n_born"])})


def simulate_debris(
    breakup: Breakup,
    frames: Iterable[BodyFrame],
    ground: Ground,
    obstacles: tuple[Obstacle, ...] = (),
    *,
    n_pieces: int,
    rate: float,
    seed: int,
    state: DebrisState | None = None,
) -> Iterator[DebrisFrame]:
    """Yield the debris at each of `frames`, which follow one another at `rate` a second.

    `n_pieces` (0 to 2 million) is what a total collapse sheds; less falls off where less breaks. `state` (of an
    earlier run after k frames) goes on with frame k of the same shot; it is updated in place.
    """
    if not 0 <= n_pieces <= MAX_PIECES:
        raise BadInput(f"{n_pieces} pieces of debris were asked for", hint=f"use 0 to {MAX_PIECES}")
    if not 1 <= rate <= 1000:
        raise BadInput(f"the rate is {rate:g} frames a second", hint="use 1 to 1000")
    state = DebrisState.start(breakup, n_pieces) if state is None else state
    if len(state.size) != n_pieces or len(state.was) != breakup.n_fragments:
        raise BadInput("the saved debris belongs to another building or count", hint="simulate it anew")
    suited = favoured_shapes(breakup)
    boxes = _boxes(obstacles)
    for frame in frames:
        if n_pieces:
            _advance(breakup, frame, ground, boxes, suited, rate, seed, state)
        state.frame += 1
        yield _picture(state)


def _advance(
    breakup: Breakup,
    frame: BodyFrame,
    ground: Ground,
    boxes: tuple[F32, F32, F32],
    suited: U8,
    rate: float,
    seed: int,
    state: DebrisState,
) -> None:
    sub = max(1, math.ceil(1 / rate / SUBSTEP))
    plane = np.array([ground.slope_x, ground.slope_y, ground.level], np.float32)
    carry(
        state.asleep, state.support, state.position, state.rotation, state.velocity, state.size, state.shape,
        TABLE.points, state.was, state.was_rotation, frame.position, frame.rotation, frame.velocity, plane,
        np.float32(WAKE_AT),
    )  # fmt: skip
    birth = np.zeros(len(state.size), np.float32)
    if len(frame.events):
        _bear(breakup, frame, suited, rate, seed, state, birth)
    if state.n_born and not state.asleep[: state.n_born].all():
        grid = _HullGrid(breakup, frame, state.was)
        move_debris(
            state.position, state.rotation, state.velocity, state.spin, state.size, state.shape, state.drag,
            birth, state.asleep, state.support, state.calm, TABLE.points, TABLE.poses, TABLE.roll, state.frame,
            state.n_born,
            grid.planes, breakup.plane_start, grid.radius, frame.position, state.was, frame.velocity, frame.spin,
            grid.origin, grid.cell, grid.dims, grid.start, grid.items,
            plane, *boxes, np.float32(1 / rate / sub), sub,
        )  # fmt: skip
    state.was = frame.position.astype(np.float32, copy=True)
    state.was_rotation = frame.rotation.astype(np.float32, copy=True)


def _bear(
    breakup: Breakup, frame: BodyFrame, suited: U8, rate: float, seed: int, state: DebrisState, birth: F32
) -> None:
    rng = np.random.default_rng([seed, state.frame])
    room = len(state.size) - state.n_born
    now = state.frame / rate
    born = shed(breakup, frame, state.remaining, suited, now=now, before=now - 1 / rate, room=room, rng=rng)
    at = slice(state.n_born, state.n_born + len(born.size))
    state.position[at], state.velocity[at], state.rotation[at] = born.position, born.velocity, born.rotation
    state.spin[at], state.size[at] = born.spin, born.size
    state.source[at], state.shape[at] = born.source, born.shape
    # a = ½ ρ c A v² / m with c = 1.2, A = 0.6 s², m = density · 0.35 s³
    state.drag[at] = 0.5 * 1.2 * 1.2 * 0.6 / (breakup.density[born.source] * 0.35 * born.size)
    birth[at] = born.fraction
    state.n_born = at.stop


class _HullGrid:
    """Fragments of one frame sorted into cells."""

    def __init__(self, breakup: Breakup, frame: BodyFrame, was: F32) -> None:
        n = breakup.n_fragments
        self.planes = np.empty_like(breakup.hull_planes)
        self.radius = np.empty(n, np.float32)
        low, high = np.empty((n, 3), np.float32), np.empty((n, 3), np.float32)
        place_hulls(
            breakup.centre, breakup.hull_points, breakup.hull_start, breakup.hull_planes, breakup.plane_start,
            frame.position, frame.rotation, was, self.planes, low, high, self.radius,
        )  # fmt: skip
        self.origin = low.min(0)
        span = high.max(0) - self.origin
        self.cell = np.float32(max(0.5, float(np.prod(span.astype(float)) / MAX_CELLS) ** (1 / 3)))
        self.dims = (span / self.cell).astype(np.int32) + 1
        self.start = np.zeros(int(np.prod(self.dims.astype(np.int64))) + 1, np.int32)
        total = fill_grid(low, high, self.origin, self.cell, self.dims, self.start, np.zeros(0, np.int32))
        self.items = np.zeros(max(1, total), np.int32)
        if total:
            fill_grid(low, high, self.origin, self.cell, self.dims, self.start, self.items)


def _boxes(obstacles: tuple[Obstacle, ...]) -> tuple[F32, F32, F32]:
    """Centres (o, 3), axes (o, 3, 3) as rows and half sizes (o, 3) of the street objects."""
    centre, half = np.zeros((len(obstacles), 3), np.float32), np.zeros((len(obstacles), 3), np.float32)
    axes = np.zeros((len(obstacles), 3, 3), np.float32)
    for o, thing in enumerate(obstacles):
        centre[o], half[o] = thing.centre, thing.half
        c, s = math.cos(math.radians(thing.yaw_deg)), math.sin(math.radians(thing.yaw_deg))
        axes[o] = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    return centre, axes, half


def _picture(state: DebrisState) -> DebrisFrame:
    return DebrisFrame(
        position=state.position.copy(),
        rotation=state.rotation.copy(),
        velocity=state.velocity.copy(),
        size=state.size.copy(),
        source=state.source.copy(),
        shape=state.shape.copy(),
    )
