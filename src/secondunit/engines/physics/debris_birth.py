"""Where debris comes from: each fragment sheds its share when it breaks free and at every hit.

A fragment owns as many pieces as its surface has of all surface, so the amount follows the broken area whatever
part of the building comes down; less than half goes at the break, the rest with each impact by its speed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup, Part, Surface
from secondunit.engines.physics.debris_shapes import CRUMBS, HALF_BRICKS, SHARDS, SPLINTERS
from secondunit.engines.physics.motion import BREAK, BodyFrame

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]

SHARE = {
    Part.WALL: 1.0, Part.WINDOW: 0.5, Part.SLAB: 0.75, Part.PARTITION: 0.8, Part.BEAM: 0.2, Part.FURNITURE: 0.25,
    Part.ROOF: 0.8,
}  # fmt: skip
SMALLEST, MIDDLE, LARGEST = 0.02, 0.05, 0.30  # metres: small change under MIDDLE, pieces from there on
POWER = 1.9  # number of pieces larger than s falls as s^-POWER (crushed masonry: 1.5 to 2.5)
SHED_MORE = 1.15  # a fragment seldom sheds all it may: so that a total collapse comes to about `n_pieces`
SMALL_CHANGE = 0.3  # share of pieces under MIDDLE


@dataclass(frozen=True)
class Births:
    """New pieces, b of them: all arrays (b, …); `fraction` of the frame at which each is born, 0..1."""

    position: F64
    velocity: F64
    rotation: F64
    spin: F64
    size: F64
    source: I32
    shape: npt.NDArray[np.uint8]
    fraction: F64


def shares(breakup: Breakup, n_pieces: int) -> F64:
    """Pieces that each fragment may shed, (n,), somewhat over `n_pieces` in all."""
    weight = breakup.volume.astype(float) ** (2 / 3) * np.array([SHARE[p] for p in Part])[breakup.part]
    return np.asarray(weight * (SHED_MORE * n_pieces / max(weight.sum(), 1e-12)))


def favoured_shapes(breakup: Breakup) -> npt.NDArray[np.uint8]:
    """For each fragment eight shapes that suit its material, (n, 8)."""
    brick, crumb, shard, splinter = (list(r) for r in (HALF_BRICKS, CRUMBS, SHARDS, SPLINTERS))
    mixes = {
        "masonry": brick + crumb + [shard[3]],
        "shards": crumb[1:4] + shard + [brick[0]],
        "crumbs": crumb + shard[:2] + crumb[:2],
        "splinters": splinter * 2 + shard[1:3],
    }
    by_part = {
        Part.WALL: "masonry", Part.WINDOW: "splinters", Part.SLAB: "shards", Part.PARTITION: "crumbs",
        Part.BEAM: "splinters", Part.FURNITURE: "splinters", Part.ROOF: "shards",
    }  # fmt: skip
    table = np.array([mixes[by_part[p]] for p in Part], np.uint8)[breakup.part]
    concrete = np.isin(breakup.tri_surface, (Surface.CONCRETE, Surface.STONE))
    bricks = breakup.tri_surface == Surface.BRICK
    n = breakup.n_fragments
    stony = np.bincount(breakup.tri_fragment[concrete], minlength=n) > np.bincount(
        breakup.tri_fragment[bricks], minlength=n
    )
    table[stony & np.isin(breakup.part, (Part.WALL, Part.BEAM))] = np.array(mixes["shards"], np.uint8)
    return table


def shed(
    breakup: Breakup,
    frame: BodyFrame,
    remaining: F64,
    suited: npt.NDArray[np.uint8],
    *,
    now: float,
    before: float,
    room: int,
    rng: np.random.Generator,
) -> Births:
    """The pieces born between `before` and `now` seconds; `remaining` (n,) is drawn down."""
    events = frame.events
    own = events[:, 8].astype(np.int64)
    speed = np.linalg.norm(events[:, 4:7], axis=1)
    part = np.where(events[:, 9] == BREAK, 0.45, 0.2 + 0.65 * (1 - np.exp(-speed / 4)))
    chance = rng.random(len(events))
    count = np.zeros(len(events), np.int64)
    for e, (fragment, portion) in enumerate(zip(own, part, strict=True)):
        wanted = remaining[fragment] * portion
        remaining[fragment] -= wanted
        count[e] = int(wanted + chance[e])
    over = np.cumsum(count) - room
    count = np.clip(count - np.maximum(over, 0), 0, None)
    which = np.repeat(np.arange(len(events)), count)
    fraction = np.clip((events[which, 0] - before) / max(now - before, 1e-9), 0, 0.999)
    return _scatter(breakup, frame, events[which], own[which], suited, fraction.astype(float), rng)


def _scatter(
    breakup: Breakup,
    frame: BodyFrame,
    event: F32,
    own: npt.NDArray[np.int64],
    suited: npt.NDArray[np.uint8],
    fraction: F64,
    rng: np.random.Generator,
) -> Births:
    """Pieces on the skin of their fragments, flung off as far as the blow was hard."""
    n = len(event)
    out = rng.normal(size=(n, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-9
    reach = _to_skin(breakup, own, out)
    world = _rotate(frame.rotation[own].astype(float), out)
    position = event[:, 1:4] + world * reach[:, None]
    velocity, speed = event[:, 4:7].astype(float), np.linalg.norm(event[:, 4:7], axis=1).astype(float)
    size = np.minimum(_sizes(n, rng), 0.62 * breakup.volume[own].astype(float) ** (1 / 3))
    is_break = event[:, 9] == BREAK
    # the same blow throws small pieces farther
    light = np.clip((0.06 / size) ** 0.5, 0.45, 1.2)
    fling = light * np.where(is_break, 0.25 + 0.08 * speed, 0.3 + 0.2 * speed)
    # what is hit from above bursts sideways: most of the scatter is level
    burst = rng.normal(size=(n, 3)) * [1.0, 1.0, 0.45]
    velocity = velocity * np.where(is_break, 1.0, 0.55)[:, None] + fling[:, None] * (0.7 * burst + 0.7 * world)
    # spray out of the building on the side where the fragment is: it makes the fan before the heap
    middle = breakup.centre[:, :2].mean(0)
    aside = position[:, :2] - middle
    aside /= np.linalg.norm(aside, axis=1, keepdims=True) + 0.5
    velocity[:, :2] += aside * (light * np.where(is_break, 0.12, 0.55) * speed * rng.random(n) ** 1.6)[:, None]
    velocity[:, 2] = np.minimum(velocity[:, 2], 1.2)
    rotation = rng.normal(size=(n, 4))
    rotation /= np.linalg.norm(rotation, axis=1, keepdims=True)
    spin = rng.normal(0, 1, (n, 3)) * (1.5 + 0.9 * speed)[:, None]
    shape = suited[own, rng.integers(0, suited.shape[1], n)]
    return Births(position, velocity, rotation, spin, size, own.astype(np.int32), shape, fraction)


def _sizes(n: int, rng: np.random.Generator) -> F64:
    """Edges in metres: a bounded power law for pieces and for small change."""
    small = rng.random(n) < SMALL_CHANGE
    low, high = np.where(small, SMALLEST, MIDDLE), np.where(small, MIDDLE, LARGEST)
    u = rng.random(n)
    return np.asarray((low**-POWER - u * (low**-POWER - high**-POWER)) ** (-1 / POWER))


def _to_skin(breakup: Breakup, own: npt.NDArray[np.int64], out: F64) -> F64:
    """Metres from the centres of the fragments `own` (b,) to their hulls along rest directions `out` (b, 3)."""
    first, n_planes = breakup.plane_start[own], np.diff(breakup.plane_start)[own]
    owner = np.repeat(np.arange(len(own)), n_planes)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(n_planes) - n_planes, n_planes)
    planes = breakup.hull_planes[np.repeat(first, n_planes) + within].astype(float)
    gap = -(np.einsum("ij,ij->i", planes[:, :3], breakup.centre[own][owner].astype(float)) + planes[:, 3])
    along = np.einsum("ij,ij->i", planes[:, :3], out[owner])
    away = np.where(along > 1e-6, np.maximum(gap, 0) / np.maximum(along, 1e-6), 1e9)
    reach = np.full(len(own), 1e9)
    np.minimum.at(reach, owner, away)
    return np.asarray(np.minimum(reach, 5.0))


def _rotate(q: F64, vectors: F64) -> F64:
    """Vectors (n, 3) turned by unit quaternions (n, 4)."""
    twice = 2 * np.cross(q[:, :3], vectors)
    turned: F64 = vectors + q[:, 3:] * twice + np.cross(q[:, :3], twice)
    return turned
