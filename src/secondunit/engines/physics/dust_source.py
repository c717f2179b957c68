"""Where dust comes from, and how falling bodies move the air: fragments as small lumps of solid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup, Part
from secondunit.engines.physics.motion import BREAK, BodyFrame

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

DUSTINESS = {
    Part.WALL: 1.0, Part.WINDOW: 0.1, Part.SLAB: 0.9, Part.PARTITION: 2.0, Part.BEAM: 0.3, Part.FURNITURE: 0.4,
    Part.ROOF: 0.8,
}  # fmt: skip
YIELD = 120.0
"""Extinction area in m² that one m³ of masonry gives: about 0.2 % of 1,900 kg/m³ stays in the air as grains near
10 µm, each kilogram of which covers some 60 m² (Hinds, Aerosol Technology, 1999, on extinction by mass)."""


AIR = 3.0
"""m³ of air that each m³ of masonry presses out as it lands at 8 m/s; a house holds about four times as much."""


SEEP = 0.035  # share of its dust that fallen rubble gives off in a second: the heap smokes on


@dataclass(frozen=True)
class Lumps:
    """Fragments cut into s lumps: `fragment` (s,), `offset` (s, 3) from the centre at rest, `volume` (s,) m³."""

    fragment: I64
    offset: F64
    volume: F64


@dataclass(frozen=True)
class Puffs:
    """Dust set free within one frame: `position` (p, 3) m, `radius` (p,) m, `amount` (p,) m², `air` (p,) m³.

    `air` is what the blow pushes out of the rooms and gaps that it closes.
    """

    position: F64
    radius: F64
    amount: F64
    air: F64


def cut_lumps(breakup: Breakup, cell: float) -> Lumps:
    """Lumps of about half a cell, spread through each hull."""
    rng = np.random.default_rng(7)
    volume = breakup.volume.astype(float)
    count = np.clip(np.ceil(volume / (0.5 * cell**3)), 1, 40).astype(np.int64)
    fragment = np.repeat(np.arange(len(volume)), count)
    n_points = np.diff(breakup.hull_start)[fragment]
    pick = breakup.hull_start[fragment] + (rng.random(len(fragment)) * n_points).astype(np.int64)
    other = breakup.hull_start[fragment] + (rng.random(len(fragment)) * n_points).astype(np.int64)
    blend = rng.random((len(fragment), 1))
    skin = breakup.hull_points[pick] * blend + breakup.hull_points[other] * (1 - blend)
    offset = (skin - breakup.centre[fragment]) * rng.random((len(fragment), 1)) ** (1 / 3)
    offset[count[fragment] == 1] = 0
    return Lumps(fragment, offset.astype(float), volume[fragment] / count[fragment])


def place_lumps(lumps: Lumps, frame: BodyFrame) -> tuple[F64, F64]:
    """Position (s, 3) m and velocity (s, 3) m/s of every lump."""
    q = frame.rotation[lumps.fragment].astype(float)
    twice = 2 * np.cross(q[:, :3], lumps.offset)
    arm = lumps.offset + q[:, 3:] * twice + np.cross(q[:, :3], twice)
    turning = np.cross(frame.spin[lumps.fragment].astype(float), arm)
    position: F64 = frame.position[lumps.fragment].astype(float) + arm
    velocity: F64 = frame.velocity[lumps.fragment].astype(float) + turning
    return position, velocity


def free_dust(
    breakup: Breakup,
    frame: BodyFrame,
    lumps: Lumps,
    placed: tuple[F64, F64],
    left: F64,
    *,
    seconds: float,
    gain: float,
    cell: float,
    rng: np.random.Generator,
) -> Puffs:
    """Dust of this frame's breaks and hits, and what moving fragments trail; `left` (n,) is drawn down."""
    dusty = YIELD * gain * np.array([DUSTINESS[p] for p in Part])[breakup.part] * breakup.volume
    events = frame.events.astype(float)
    own = events[:, 8].astype(np.int64)
    speed = np.linalg.norm(events[:, 4:7], axis=1)
    share = np.where(events[:, 9] == BREAK, 0.025, 0.62 * (1 - np.exp(-speed / 6)))
    freed = np.zeros(len(events))
    air = AIR * breakup.volume[own] * left[own] * np.where(events[:, 9] == BREAK, 0, np.minimum(speed / 8, 1.5))
    for e, fragment in enumerate(own):
        freed[e] = left[fragment] * share[e]
        left[fragment] -= freed[e]
    # uneven from one hit to the next: lumps in the sources become lobes of the cloud
    freed *= dusty[own] * np.exp(rng.normal(0, 1.1, len(events)) - 0.6)
    size = np.cbrt(breakup.volume[own].astype(float))
    at = events[:, 1:4] + rng.normal(0, 0.35, (len(events), 3)) * size[:, None]
    radius = np.clip(0.9 * size, 1.1 * cell, 2.5 * cell)

    position, velocity = placed
    pace = np.linalg.norm(velocity, axis=1)
    slow = np.linalg.norm(frame.velocity, axis=1) < 2
    fell = slow & (breakup.centre[:, 2] - frame.position[:, 2] > 0.5)
    moving = np.flatnonzero(((frame.awake[lumps.fragment] == 1) & (pace > 0.5)) | fell[lumps.fragment])
    trail = np.minimum((0.005 * pace[moving] + SEEP * fell[lumps.fragment[moving]]) * seconds, 0.1)
    source = lumps.fragment[moving]
    part = trail * lumps.volume[moving] / breakup.volume[source]
    shed = part * left[source] * dusty[source]
    np.subtract.at(left, source, part * left[source])
    back = velocity[moving] * (seconds * rng.random((len(moving), 1)))
    return Puffs(
        position=np.concatenate([at, position[moving] - back]),
        radius=np.concatenate([radius, np.full(len(moving), 1.2 * cell)]),
        amount=np.concatenate([freed, shed]),
        air=np.concatenate([air, np.zeros(len(moving))]),
    )
