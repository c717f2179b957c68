"""Pitched roofs: a shell over rafters on a deck, and a drum under the top where another block stands on it."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part, Surface
from secondunit.engines.physics.parts import (
    BROKEN,
    DENSITY,
    ConvexPart,
    Finish,
    Hull,
    WallFace,
    slab_between,
    unit_planes,
)
from secondunit.engines.physics.parts_bays import bays, flat_roof
from secondunit.engines.physics.parts_walls import _split, wall_face
from secondunit.slate.building import Material

F64 = npt.NDArray[np.float64]
SKIN_M = {Material.TILE: 0.22, Material.METAL: 0.16, Material.TIMBER: 0.18}
RAFTER_M, RAFTER_WIDTH_M = 0.18, 0.12
DECK_M = 0.14
FLAT_ABOVE_DEG = 80.0  # sides steeper than this are a parapet, not a roof slope
HIDDEN, JOINT, OUTER = int(Finish.HIDDEN), int(Finish.JOINT), int(Finish.OUTER)


def roof_parts(
    hull: Hull,
    block: int,
    *,
    n_walls: int,
    storey: int,
    coarse: float,
    seen: list[bool],
    rate: list[float],
    carries: bool,
    rng: np.random.Generator,
) -> tuple[list[ConvexPart], list[WallFace]]:
    """The parts of a roof block and the faces (laid in courses) they belong to, numbered from `n_walls`.

    `rate` is one per face; `carries` is True where another block stands on the roof's top.
    """
    if hull.steepness() > FLAT_ABOVE_DEG:
        return flat_roof(hull, block, storey=storey, coarse=coarse, rate=max(rate)), []
    return _pitched(
        hull, block, n_walls, storey=storey, coarse=coarse, seen=seen, rate=rate, carries=carries, rng=rng
    )


def _pitched(
    hull: Hull,
    block: int,
    n_walls: int,
    *,
    storey: int,
    coarse: float,
    seen: list[bool],
    rate: list[float],
    carries: bool,
    rng: np.random.Generator,
) -> tuple[list[ConvexPart], list[WallFace]]:
    b = hull.block
    skin = SKIN_M.get(b.material, 0.26)
    parts: list[ConvexPart] = []
    walls: list[WallFace] = []
    ends = np.array([[0.0, 0.0, 1.0, -b.top], [0.0, 0.0, -1.0, b.base]])
    for face in range(hull.n_sides):
        wall = wall_face(hull, face, part=Part.ROOF, thickness=skin, block=block, seen=seen, inner=Surface.TIMBER)
        mitres = hull.no_deeper(face, with_top=True)
        shell = np.concatenate([hull.planes[[face]], hull.no_deeper_than([face], skin), mitres, ends])
        kinds = [OUTER, int(Surface.TIMBER), *[HIDDEN] * len(mitres), HIDDEN, OUTER]
        for left, right, low, high in _slope_panels(hull, wall, 3.6 * coarse, rng):
            cuts, cut_kinds = _cut(hull, wall, left, right, low, high)
            parts.append(
                ConvexPart(
                    planes=np.concatenate([shell, cuts]),
                    finish=np.array([*kinds, *cut_kinds], np.int32),
                    part=Part.ROOF,
                    inside=BROKEN[b.material],
                    density=DENSITY[b.material],
                    storey=storey,
                    rate=rate[face],
                    grain=_slope_axis(wall) if b.material is Material.TIMBER else None,
                    thin=_vector(wall.normal),
                    wall=n_walls + len(walls),
                    block=block,
                )
            )
        parts += _rafters(hull, wall, skin, storey, coarse)
        walls.append(_with_top(hull, wall))
    parts += _cap(hull, block, skin, storey, coarse, max(rate))
    parts += _deck(hull, block, skin, storey, coarse)
    if carries:
        parts += _drum(hull, block, skin, storey)
    return parts, walls


def _with_top(hull: Hull, wall: WallFace) -> WallFace:
    """The face with its upper limit where it meets the cap (depth under the face = depth under the top)."""
    gap = hull.planes[hull.n_sides] - hull.planes[wall.face]
    per_z = float(gap[:3] @ (wall.inward * wall.lean + np.array([0.0, 0.0, 1.0])))
    const = float(gap[:3] @ wall.origin + gap[3])
    limit = np.array([-const / per_z, -float(gap[:3] @ wall.inward) / per_z])
    return WallFace(**{**wall.__dict__, "top_limit": limit})


def _slope_axis(wall: WallFace) -> tuple[float, float, float]:
    up = wall.inward * wall.lean + np.array([0.0, 0.0, 1.0])
    return _vector(up / np.linalg.norm(up))


def _slope_panels(
    hull: Hull, wall: WallFace, panel: float, rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    """Rectangles in (u, z) over a slope: rows up the slope, each split along it."""
    slope = wall.height * float(np.hypot(1.0, wall.lean))
    rows = max(1, round(slope / panel))
    levels = np.linspace(0.0, wall.height, rows + 1)
    out = []
    for low, high in itertools.pairwise(levels):
        left = max(0.0, float(wall.ends[0, 0] + wall.ends[0, 2] * low))
        right = min(wall.side, float(wall.ends[1, 0] + wall.ends[1, 2] * low))
        out += _split((left, right, float(low), float(high)), panel, wall.side, rng)
    return out


def _cut(hull: Hull, wall: WallFace, left: float, right: float, low: float, high: float) -> tuple[F64, list[int]]:
    rows, kinds = [], []
    first = max(0.0, float(wall.ends[0, 0] + wall.ends[0, 2] * low))
    last = min(wall.side, float(wall.ends[1, 0] + wall.ends[1, 2] * low))
    sides = slab_between(wall.along, left, right, wall.origin)
    heights = slab_between(np.array([0.0, 0.0, 1.0]), low, high, wall.origin)
    for wanted, row in (
        (left > first + 1e-6, sides[0]),
        (right < last - 1e-6, sides[1]),
        (low > 1e-6, heights[0]),
        (high < wall.height - 1e-6, heights[1]),
    ):
        if wanted:
            rows.append(row)
            kinds.append(JOINT)
    return np.array(rows).reshape(-1, 4), kinds


def _rafters(hull: Hull, wall: WallFace, skin: float, storey: int, coarse: float) -> list[ConvexPart]:
    """Timber bars under the shell, up the slope."""
    n = max(1, round(wall.side / (1.6 * coarse)))
    under = hull.deeper_than([wall.face], skin)
    above = hull.no_deeper_than([wall.face], skin + RAFTER_M)
    mitres = hull.no_deeper(wall.face, with_top=True)
    below_cap = hull.deeper_than([hull.n_sides], skin)
    bottom = np.array([[0.0, 0.0, -1.0, hull.block.base + DECK_M]])
    wood = int(Surface.TIMBER)
    kinds = [HIDDEN, wood, *[HIDDEN] * len(mitres), HIDDEN, HIDDEN, wood, wood]
    out = []
    for x in (np.arange(n) + 0.5) * wall.side / n:
        bar = slab_between(wall.along, x - 0.5 * RAFTER_WIDTH_M, x + 0.5 * RAFTER_WIDTH_M, wall.origin)
        out.append(
            ConvexPart(
                planes=np.concatenate([under, above, mitres, below_cap, bottom, bar]),
                finish=np.array(kinds, np.int32),
                part=Part.BEAM,
                inside=Surface.TIMBER,
                density=DENSITY[Material.TIMBER],
                storey=storey,
                rate=3.0,
                grain=_slope_axis(wall),
                block=wall.block,
            )
        )
    return out


def _cap(hull: Hull, block: int, skin: float, storey: int, coarse: float, rate: float) -> list[ConvexPart]:
    """The flat top of a roof that does not come to a point."""
    b = hull.block
    mitres = hull.no_deeper(hull.n_sides)
    top = hull.planes[[hull.n_sides]]
    planes = np.concatenate(
        [top, hull.no_deeper_than([hull.n_sides], skin), mitres, hull.planes[[hull.n_sides + 1]]]
    )
    kinds = [OUTER, int(Surface.TIMBER), *[HIDDEN] * len(mitres), HIDDEN]
    return bays(
        hull,
        planes,
        kinds,
        3.8 * coarse,
        part=Part.ROOF,
        inside=BROKEN[b.material],
        density=DENSITY[b.material],
        storey=storey,
        rate=rate,
        thin=(0.0, 0.0, 1.0),
        block=block,
    )


def _deck(hull: Hull, block: int, skin: float, storey: int, coarse: float) -> list[ConvexPart]:
    """A boarded floor across the foot of the roof: it ties the slopes together and closes the eaves below."""
    sides = list(range(hull.n_sides))
    lid = np.array([[0.0, 0.0, 1.0, -hull.block.base - DECK_M]])
    planes = np.concatenate([hull.deeper_than(sides, skin), hull.planes[-1:], lid])
    kinds = [*[HIDDEN] * hull.n_sides, OUTER, int(Surface.TIMBER)]
    return bays(
        hull,
        planes,
        kinds,
        4.2 * coarse,
        part=Part.SLAB,
        inside=Surface.TIMBER,
        density=DENSITY[Material.TIMBER],
        storey=storey,
        rate=2.0,
        thin=(0.0, 0.0, 1.0),
        block=block,
    )


def _drum(hull: Hull, block: int, skin: float, storey: int) -> list[ConvexPart]:
    """Upright boards from the deck to the underside of the top, just clear of the rafters."""
    n = hull.n_sides
    corners = np.asarray(hull.block.top_footprint(), float)
    room = hull.deeper_than(list(range(n)), skin + RAFTER_M)
    ends = np.array([[0.0, 0.0, -1.0, hull.block.base + DECK_M], [0.0, 0.0, 1.0, -hull.block.top + skin]])
    upright = np.zeros((n, 4))
    for face in range(n):
        normal = hull.planes[face, :3]
        flat = float(np.hypot(normal[0], normal[1]))
        clear = (skin * (1.0 - normal[2]) + RAFTER_M) / flat + 0.02
        upright[face, :3] = np.array([normal[0], normal[1], 0.0]) / flat
        upright[face, 3] = clear - upright[face, :2] @ corners[face]
    out = []
    for face in range(n):
        others = [j for j in range(n) if j != face]
        mitres = unit_planes(upright[others] - upright[face])
        inner = -upright[[face]] - np.array([[0.0, 0.0, 0.0, 0.16]])
        wood = int(Surface.TIMBER)
        kinds = [wood, wood, *[HIDDEN] * len(mitres), *[HIDDEN] * n, HIDDEN, HIDDEN]
        out.append(
            ConvexPart(
                planes=np.concatenate([upright[[face]], inner, mitres, room, ends]),
                finish=np.array(kinds, np.int32),
                part=Part.PARTITION,
                inside=Surface.TIMBER,
                density=DENSITY[Material.TIMBER],
                storey=storey,
                rate=2.0,
                grain=(0.0, 0.0, 1.0),
                block=block,
            )
        )
    return out


def _vector(v: F64) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
