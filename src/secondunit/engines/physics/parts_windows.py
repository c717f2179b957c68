"""Panes and frames set back in the reveals of a wall's windows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part, Surface
from secondunit.engines.physics.parts import ConvexPart, Finish, Hull, WallFace, slab_between

F64 = npt.NDArray[np.float64]
SETBACK_M, PANE_M, BAR_M, BAR_DEPTH_M = 0.10, 0.04, 0.07, 0.08


def bounds(wall: WallFace, rect: tuple[float, float, float, float], finish: int) -> tuple[list[F64], list[int]]:
    """Planes that cut a rectangle out of a face; edges at the ends of the wall are left to the mitre."""
    left, right, bottom, top = rect
    planes: list[F64] = []
    kinds: list[int] = []
    if left > 1e-6:
        planes.append(slab_between(wall.along, left, right, wall.origin)[:1])
        kinds.append(finish)
    if right < wall.side - 1e-6:
        planes.append(slab_between(wall.along, left, right, wall.origin)[1:])
        kinds.append(finish)
    up = np.array([0.0, 0.0, 1.0])
    planes.append(slab_between(up, bottom, top, wall.origin))
    kinds += [
        int(Finish.HIDDEN) if bottom < 1e-6 else finish,
        int(Finish.OUTER) if top > wall.height - 1e-6 else finish,
    ]
    return planes, kinds


def window_parts(
    hull: Hull, wall: WallFace, opening: F64, *, storey: int, coarse: float, frames: bool
) -> list[ConvexPart]:
    """Panes (and a frame of bars round them) behind the outer skin; nothing where the reveal is too small."""
    left, right, bottom, top = (float(v) for v in opening)
    setback = min(SETBACK_M, 0.3 * wall.thickness)
    bar = BAR_M if frames and min(right - left, top - bottom) > 6 * BAR_M else 0.0
    out = []
    n = max(1, round((right - left) / (1.5 * coarse)))
    posts = np.linspace(left, right, n + 1)
    pane_low, pane_high = bottom + bar, top - bar
    for i in range(n):
        a = float(posts[i]) + (bar if i == 0 else 0.5 * bar)
        b = float(posts[i + 1]) - (bar if i == n - 1 else 0.5 * bar)
        out.append(_plate(hull, wall, (a, b, pane_low, pane_high), setback + 0.02, PANE_M, storey, glass=True))
    if bar:
        for i, post in enumerate(posts):
            a = left if i == 0 else right - bar if i == n else float(post) - 0.5 * bar
            rect = (a, a + bar, bottom + bar, top - bar)
            out.append(_plate(hull, wall, rect, setback, BAR_DEPTH_M, storey, glass=False))
        for a, b in ((bottom, bottom + bar), (top - bar, top)):
            out.append(_plate(hull, wall, (left, right, a, b), setback, BAR_DEPTH_M, storey, glass=False))
    return out


def _plate(
    hull: Hull,
    wall: WallFace,
    rect: tuple[float, float, float, float],
    setback: float,
    depth: float,
    storey: int,
    *,
    glass: bool,
) -> ConvexPart:
    back = Surface.GLASS if glass else Surface.TIMBER
    cuts, kinds = bounds(wall, rect, int(Finish.HIDDEN))
    mitres = hull.no_deeper(wall.face)
    front = hull.deeper_than([wall.face], setback)
    planes = np.concatenate([front, hull.no_deeper_than([wall.face], setback + depth), mitres, *cuts])
    finish = [int(Finish.OUTER), int(back), *[int(Finish.HIDDEN)] * len(mitres), *kinds]
    wide = rect[1] - rect[0] > rect[3] - rect[2]
    grain = wall.along if wide else np.array([0.0, 0.0, 1.0])
    return ConvexPart(
        planes=planes,
        finish=np.array(finish, np.int32),
        part=Part.WINDOW,
        inside=back,
        density=1300.0 if glass else 600.0,
        storey=storey,
        rate=7.0 if glass else 1.2,
        per_piece=not glass,
        grain=None if glass else (float(grain[0]), float(grain[1]), float(grain[2])),
        thin=tuple(float(v) for v in wall.normal) if glass else None,  # type: ignore[arg-type]
        block=wall.block,
    )
