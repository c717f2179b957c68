"""The upper edge of what stands behind the building: read beside the hole, joined behind it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.layers import Knots

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Edge:
    """An upper edge seen in some columns: `y` (w,) rows, `seen` (w,)."""

    y: F64
    seen: Mask


def read_skyline(sky: Mask, unknown: Mask) -> Edge:
    """The row below the lowest sky of each column, seen where what follows is neither hole nor street object."""
    h, w = sky.shape
    solid = cv2.morphologyEx(sky.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 1), np.uint8)) > 0
    any_sky = solid.any(0)
    y = np.where(any_sky, h - np.argmax(solid[::-1], 0), 0)
    beyond = np.zeros(w, bool)
    for k in range(1, 7):
        beyond |= unknown[np.minimum(y + k, h - 1), np.arange(w)]
    return Edge(y.astype(float), any_sky & ~beyond & (y < h - 4))


def edge_knots(edge: Edge, columns: npt.NDArray[np.int64], w: int, h: int) -> Knots:
    """The edge as a straight run on each side of the hole, joined smoothly behind it.

    A side that shows no steady line (roofs, trees) is taken level at its height beside the hole. Where one side
    shows nothing the other runs on and levels out; no knots where neither shows any.
    """
    left, right = blind_stretch(edge, columns)
    knots: list[tuple[float, float]] = []
    before, _ = edge_beside(edge, left, -1, w, h)
    after, _ = edge_beside(edge, right, 1, w, h)
    if before and after:
        knots = [*reversed(before), *after]
    elif before:
        knots = [*reversed(before), *_run_on(before, 1.0, w)]
    elif after:
        knots = [*reversed(_run_on(after, -1.0, w)), *after]
    return tuple((round(x, 1), round(min(max(y, 0.0), h - 1.0), 1)) for x, y in knots)


def blind_stretch(edge: Edge, columns: npt.NDArray[np.int64]) -> tuple[int, int]:
    """First and last column of the blind stretch behind the building: the longest one, gaps under 8 closed."""
    blind = closed(~edge.seen, 8)
    inside = np.zeros(len(blind), bool)
    inside[columns] = True
    edges = np.flatnonzero(np.diff(np.r_[False, blind, False].astype(np.int8))).reshape(-1, 2)
    behind = [(int(a), int(b) - 1) for a, b in edges if inside[a:b].any()]
    if not behind:
        return int(columns[0]), int(columns[-1])
    return max(behind, key=lambda run: run[1] - run[0])


def edge_beside(edge: Edge, gap: int, way: int, w: int, h: int) -> tuple[list[tuple[float, float]], bool]:
    """Knots from the gap outwards on one side, and whether the edge is steady there: if so they follow it, else
    they are level; none if unseen."""
    x = np.arange(gap + way, gap + way * round(0.35 * w), way)
    x = x[(x >= 0) & (x < w)]
    x = x[edge.seen[x]]
    if len(x) < 8 or abs(int(x[0]) - gap) > 0.2 * w:
        return [], False
    start = float(x[0])
    # Twigs and chimneys stand above a skyline, nothing hangs below it.
    level = float(np.percentile(edge.y[x[np.abs(x - start) < 0.05 * w]], 65))
    step = max(8, round(0.04 * w))
    knots: list[tuple[float, float]] = []
    for k in range(0, int(abs(x[-1] - start)) + 1, step):
        part = x[(np.abs(x - start) >= k) & (np.abs(x - start) < k + step)]
        if len(part) >= 0.4 * step:
            knots.append((float(part.mean()), float(np.median(edge.y[part]))))
    steady = _steady(knots, edge, h)
    if len(steady) >= 3:
        return steady, True
    reach = max(16.0, abs(float(x[-1]) - start))
    return [(start, level), (start + way * reach, level)], False


def _steady(knots: list[tuple[float, float]], edge: Edge, h: int) -> list[tuple[float, float]]:
    """The knots up to where the edge leaves their curve or turns too steep: a hill, a shore, a level roof."""
    kept = knots[:1]
    for near, far in pairwise(knots):
        lo, hi = sorted((near[0], far[0]))
        x = np.arange(round(lo), round(hi) + 1)
        x = x[edge.seen[x]]
        line = np.interp(x, [lo, hi], [near[1], far[1]] if near[0] < far[0] else [far[1], near[1]])
        rough = float(np.percentile(np.abs(edge.y[x] - line), 70)) if len(x) else np.inf
        if rough > max(3.0, 0.008 * h) or abs(far[1] - near[1]) > 0.5 * abs(far[0] - near[0]):
            break
        kept.append(far)
    return kept


def _run_on(side: list[tuple[float, float]], way: float, w: int) -> list[tuple[float, float]]:
    """Beyond the last seen edge: on with its slope, gently, then level."""
    (x, y), (far_x, far_y) = side[0], side[min(2, len(side) - 1)]
    slope = float(np.clip((y - far_y) / max(1.0, abs(x - far_x)), -0.12, 0.12))
    reach = 0.12 * w
    return [(x + way * reach * 0.5, y + slope * reach * 0.3), (x + way * reach, y + slope * reach * 0.4)]


def closed(mask: Mask, size: int) -> Mask:
    """A row of columns with gaps under `size` closed."""
    kernel = np.ones((1, max(1, size)), np.uint8)
    closed: Mask = cv2.morphologyEx(mask.astype(np.uint8)[None], cv2.MORPH_CLOSE, kernel)[0] > 0
    return closed
