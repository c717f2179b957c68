"""The walls of a block: each face cut at storey lines and round its windows."""

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
)
from secondunit.engines.physics.parts_windows import bounds, window_parts

F64 = npt.NDArray[np.float64]
PANEL_M = 4.0
SNAP_M = 0.04  # window edges closer than this are one edge


def wall_face(
    hull: Hull, face: int, *, part: Part, thickness: float, block: int, seen: list[bool], inner: Surface
) -> WallFace:
    """The frame of one face of a block. `seen` says of every side (and the top) whether the camera faces it."""
    b = hull.block
    n = hull.n_sides
    corners = np.asarray(b.footprint, float)
    a, c = corners[face], corners[(face + 1) % n]
    side = float(np.linalg.norm(c - a))
    along = np.array([*((c - a) / side), 0.0])
    normal = hull.planes[face, :3]
    flat = float(np.hypot(normal[0], normal[1]))
    inward = np.array([-normal[0] / flat, -normal[1] / flat, 0.0])
    lean = float(normal[2] / flat)
    origin = np.array([*a, b.base])
    left, right = (face - 1) % n, (face + 1) % n
    ends = np.array([_end(hull, face, other, origin, along, inward, lean) for other in (left, right)])
    upright = abs(b.top_scale - 1.0) < 1e-9
    square = (
        upright and abs(float(hull.planes[left, :3] @ normal)) < 0.02,
        upright and abs(float(hull.planes[right, :3] @ normal)) < 0.02,
    )
    edges = [e for w in b.windows for e in (w.bottom, w.top)]
    return WallFace(
        block=block,
        face=face,
        part=part,
        material=b.material,
        origin=origin,
        along=along,
        inward=inward,
        lean=lean,
        side=side,
        height=b.height,
        thickness=thickness / flat,
        ends=ends,
        top_limit=np.array([b.height, 0.0]),
        openings=openings_of(hull, face),
        square=square,
        neighbour_thickness=(thickness, thickness),
        normal=normal,
        seen=seen[face],
        seen_next=(seen[left], seen[right]),
        levels=_snapped(np.array(edges)) if edges else np.zeros(0),
        inner=inner,
    )


def _end(hull: Hull, face: int, other: int, origin: F64, along: F64, inward: F64, lean: float) -> F64:
    """Where the wall meets its neighbour, as u = constant + per_w · w + per_z · z."""
    gap = hull.planes[other] - hull.planes[face]
    per_u = float(gap[:3] @ along)
    const = float(gap[:3] @ origin + gap[3])
    per_w = float(gap[:3] @ inward)
    per_z = float(gap[:3] @ (inward * lean + np.array([0.0, 0.0, 1.0])))
    return np.array([-const / per_u, -per_w / per_u, -per_z / per_u])


def openings_of(hull: Hull, face: int) -> F64:
    """The windows of a face as (left, right, bottom, top), edges snapped, without those over an earlier one."""
    rows = [(w.left, w.right, w.bottom, w.top) for w in hull.block.windows if w.face == face]
    if not rows:
        return np.zeros((0, 4))
    out = np.array(rows)
    out[:, :2] = _snap_to(out[:, :2])
    out[:, 2:] = _snap_to(out[:, 2:])
    kept: list[F64] = []
    for row in out:
        over = [k for k in kept if row[0] < k[1] and k[0] < row[1] and row[2] < k[3] and k[2] < row[3]]
        if not over and row[1] - row[0] > 0.15 and row[3] - row[2] > 0.15:
            kept.append(row)
    return np.array(kept).reshape(-1, 4)


def _snapped(values: F64) -> F64:
    """Sorted values with those closer than SNAP_M to their forerunner dropped."""
    values = np.sort(values)
    kept = [values[0]]
    for v in values[1:]:
        if v - kept[-1] > SNAP_M:
            kept.append(v)
    return np.array(kept)


def _snap_to(values: F64) -> F64:
    levels = _snapped(values.ravel())
    nearest: F64 = levels[np.abs(values[..., None] - levels).argmin(-1)]
    return nearest


def wall_parts(
    hull: Hull,
    wall: WallFace,
    index: int,
    *,
    storeys: list[float],
    first_storey: int,
    coarse: float,
    frames: bool,
    rate: float,
    rng: np.random.Generator,
) -> list[ConvexPart]:
    """Panels of one face, storey by storey (`storeys`: heights over the base, from 0 to the block's)."""
    parts = []
    bands = list(itertools.pairwise(storeys))
    for k, (low, high) in enumerate(bands):
        for left, right, bottom, top in _free_panels(wall, low, high, PANEL_M * coarse, rng):
            parts.append(
                _panel(hull, wall, index, (left, right, bottom, top), storey=first_storey + k, rate=rate)
            )
        for opening in _within(wall.openings, low, high):
            parts += window_parts(hull, wall, opening, storey=first_storey + k, coarse=coarse, frames=frames)
    return parts


def _within(openings: F64, low: float, high: float) -> F64:
    """Openings cut to a band of height."""
    out = openings.copy()
    out[:, 2] = np.maximum(out[:, 2], low)
    out[:, 3] = np.minimum(out[:, 3], high)
    inside: F64 = out[out[:, 3] - out[:, 2] > SNAP_M]
    return inside


def _free_panels(
    wall: WallFace, low: float, high: float, panel: float, rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    """Rectangles (left, right, bottom, top) that tile a band without its openings."""
    holes = _within(wall.openings, low, high)
    out: list[tuple[float, float, float, float]] = []
    if len(holes) == 0:
        return _split((0.0, wall.side, low, high), panel, wall.side, rng)
    aligned = np.ptp(holes[:, 2]) < 1e-9 and np.ptp(holes[:, 3]) < 1e-9
    edges = [0.0, *np.unique(holes[:, :2]).tolist(), wall.side]
    if aligned:
        bottom, top = float(holes[0, 2]), float(holes[0, 3])
        for a, b in ((low, bottom), (top, high)):
            if b - a > 1e-6:
                out += _split((0.0, wall.side, a, b), panel, wall.side, rng)
        low, high = bottom, top
    for left, right in itertools.pairwise(edges):
        if right - left < 1e-6:
            continue
        middle = 0.5 * (left + right)
        column = holes[(holes[:, 0] < middle) & (middle < holes[:, 1])]
        at = low
        for a, b in sorted((float(h[2]), float(h[3])) for h in column):
            if a - at > 1e-6:
                out += _split((left, right, at, a), panel, wall.side, rng)
            at = max(at, b)
        if high - at > 1e-6:
            out += _split((left, right, at, high), panel, wall.side, rng)
    return out


def _split(
    rect: tuple[float, float, float, float], panel: float, side: float, rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    """A wide panel as several, with uneven joints that do not line up from storey to storey."""
    left, right, bottom, top = rect
    n = max(1, round((right - left) / panel))
    if n == 1:
        return [rect]
    joints = (np.arange(1, n) + rng.uniform(-0.28, 0.28, n - 1)) / n
    edges = [left, *(left + joints * (right - left)).tolist(), right]
    return [(a, b, bottom, top) for a, b in itertools.pairwise(edges)]


def _panel(
    hull: Hull,
    wall: WallFace,
    index: int,
    rect: tuple[float, float, float, float],
    *,
    storey: int,
    rate: float,
) -> ConvexPart:
    depth = wall.thickness * float(np.hypot(wall.normal[0], wall.normal[1]))
    mitres = hull.no_deeper(wall.face)
    cuts, kinds = bounds(wall, rect, int(Finish.JOINT))
    planes = np.concatenate([hull.planes[[wall.face]], hull.no_deeper_than([wall.face], depth), mitres, *cuts])
    finish = [int(Finish.OUTER), int(wall.inner), *[int(Finish.HIDDEN)] * len(mitres), *kinds]
    return ConvexPart(
        planes=planes,
        finish=np.array(finish, np.int32),
        part=wall.part,
        inside=BROKEN[wall.material],
        density=DENSITY[wall.material],
        storey=storey,
        rate=rate,
        grain=(0.0, 0.0, 1.0) if wall.material.value == "timber" else None,
        thin=tuple(float(v) for v in wall.normal),  # type: ignore[arg-type]
        wall=index,
        block=wall.block,
    )
