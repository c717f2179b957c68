"""Flat roofs with a parapet, and solid blocks: polyhedra cut into bays."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part
from secondunit.engines.physics.parts import (
    BROKEN,
    DENSITY,
    ConvexPart,
    Finish,
    Hull,
    slab_between,
)

F64 = npt.NDArray[np.float64]
DECK_M = 0.3
HIDDEN, JOINT, OUTER = int(Finish.HIDDEN), int(Finish.JOINT), int(Finish.OUTER)


def flat_roof(hull: Hull, block: int, *, storey: int, coarse: float, rate: float) -> list[ConvexPart]:
    """A deck, and a parapet round it where the block is higher than the deck."""
    b = hull.block
    inside = BROKEN[b.material]
    kind = {"inside": inside, "density": max(1500.0, DENSITY[b.material]), "storey": storey, "block": block}
    if b.height <= DECK_M + 0.15:
        kinds = [*[OUTER] * hull.n_sides, OUTER, HIDDEN]
        return bays(hull, hull.planes, kinds, 3.6 * coarse, part=Part.ROOF, rate=rate, thin=(0, 0, 1), **kind)
    thick = min(0.3, 0.2 * float(np.sqrt(_area(hull))))
    parts = []
    sides = list(range(hull.n_sides))
    deck = np.concatenate([hull.deeper_than(sides, thick), hull.planes[-1:], [[0.0, 0.0, 1.0, -b.base - DECK_M]]])
    kinds = [*[HIDDEN] * hull.n_sides, HIDDEN, OUTER]
    parts += bays(hull, deck, kinds, 3.6 * coarse, part=Part.ROOF, rate=rate, thin=(0, 0, 1), **kind)
    for face in sides:
        mitres = hull.no_deeper(face)
        planes = np.concatenate(
            [hull.planes[[face]], hull.no_deeper_than([face], thick), mitres, hull.planes[-2:]]
        )
        finish = [OUTER, OUTER, *[HIDDEN] * len(mitres), OUTER, HIDDEN]
        parts += bays(
            hull,
            planes,
            finish,
            3.6 * coarse,
            part=Part.ROOF,
            rate=rate,
            thin=_vector(hull.planes[face, :3]),
            **kind,
        )
    return parts


def solid_parts(hull: Hull, block: int, *, storey: int, coarse: float, rate: float) -> list[ConvexPart]:
    """A block that is filled: bays of stone, concrete or brick through its whole depth."""
    b = hull.block
    kinds = [*[OUTER] * hull.n_sides, OUTER, HIDDEN]
    bay = 3.0 * coarse
    n = max(1, round(b.height / bay))
    levels = np.linspace(b.base, b.top, n + 1)
    out: list[ConvexPart] = []
    for k, (low, high) in enumerate(itertools.pairwise(levels)):
        cut = np.array([[0.0, 0.0, -1.0, low], [0.0, 0.0, 1.0, -high]])
        which = [i for i, there in enumerate((k > 0, k < n - 1)) if there]
        out += bays(
            hull,
            np.concatenate([hull.planes, cut[which]]),
            [*kinds, *[JOINT] * len(which)],
            bay,
            part=Part.WALL,
            inside=BROKEN[b.material],
            density=DENSITY[b.material],
            storey=storey + int((low - b.base + 0.1) / 3.3),
            rate=rate,
            block=block,
        )
    return out


def _area(hull: Hull) -> float:
    p = np.asarray(hull.block.footprint, float)
    q = np.roll(p, -1, axis=0)
    return 0.5 * abs(float((p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum()))


def bays(hull: Hull, planes: F64, kinds: list[int], bay: float, **kind: object) -> list[ConvexPart]:
    """A polyhedron cut by a grid of upright planes along its block's longest side, `bay` metres apart."""
    corners = np.concatenate([np.asarray(hull.block.footprint, float), np.asarray(hull.block.top_footprint())])
    sides = np.roll(corners[: hull.n_sides], -1, axis=0) - corners[: hull.n_sides]
    longest = sides[int(np.argmax(np.linalg.norm(sides, axis=1)))]
    axes = np.array([longest, [-longest[1], longest[0]]]) / np.linalg.norm(longest)
    local = corners @ axes.T
    low, high = local.min(0), local.max(0)
    grids = [np.linspace(low[k], high[k], max(1, round((high[k] - low[k]) / bay)) + 1) for k in (0, 1)]
    zero = np.zeros(3)
    out = []
    for i in range(len(grids[0]) - 1):
        for j in range(len(grids[1]) - 1):
            cuts = []
            for axis, grid, at in ((axes[0], grids[0], i), (axes[1], grids[1], j)):
                pair = slab_between(np.array([*axis, 0.0]), float(grid[at]), float(grid[at + 1]), zero)
                cuts += [pair[0]] * (at > 0) + [pair[1]] * (at < len(grid) - 2)
            out.append(
                ConvexPart(
                    planes=np.concatenate([planes, np.array(cuts).reshape(-1, 4)]),
                    finish=np.array([*kinds, *[JOINT] * len(cuts)], np.int32),
                    **kind,  # type: ignore[arg-type]
                )
            )
    return out


def _vector(v: F64) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
