"""Propose the layers behind a building from the plate alone: what a person would draw first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate_codes import encode
from secondunit.comp.layers import Background, Knots, Layer, LayerKind
from secondunit.comp.sky import fit_field, noise_of, segment_sky, steepness
from secondunit.kernels.patchmatch import spread

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Edge:
    """An upper edge seen in some columns: `y` (w,) rows, `seen` (w,)."""

    y: F64
    seen: Mask


def propose_layers(plate: F32, hole: Mask, matte: F32, holdout: F32) -> Background:
    """The layers behind the building, back to front: sky, a band, perhaps a plain (water, a field), the ground.

    `plate` (h, w, 3) scene-linear; `hole` (h, w) pixels to be replaced; `matte` (h, w) 0..1 the building with
    what hides it; `holdout` (h, w) 0..1 street objects in front. The skyline is read to the left and right of
    the hole and joined smoothly behind it (seen on one side only, it runs on and levels out); the ground begins
    at the building's base line.
    """
    codes = encode(plate)
    h, w = hole.shape
    front = holdout > 0.02
    unknown = (cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) | front
    sky = segment_sky(codes, unknown)
    ground = base_line(matte)
    ground = _seen_ground(codes, ground, hole, unknown)
    ground_y = np.minimum(_line(ground, w), h)
    layers = [Layer(LayerKind.SKY, sources=(), clouds=is_cloudy(codes, sky, hole))]
    columns = np.flatnonzero(hole.any(0))
    skyline = _skyline(sky, unknown)
    if len(columns) and skyline.seen.sum() >= 12:
        top = _knots(skyline, columns, w, h)
        layers += [] if not top else _between(codes, top, ground_y, hole, unknown, sky, skyline, columns)
    layers.append(Layer(LayerKind.GROUND, top=ground, max_dy=round(max(12.0, 0.05 * h), 1)))
    return Background(w, h, tuple(layers), halo=round(max(3.0, 0.004 * w), 1))


def is_cloudy(codes: F32, sky: Mask, hole: Mask) -> bool:
    """Whether the sky beside the hole needs patches: its smooth field leaves many codes of structure there."""
    reach = max(9, round(0.06 * hole.shape[1])) | 1
    beside = cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    inner = cv2.erode(sky.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    sure = beside & inner
    if sure.sum() < 400:
        return False
    rest: Any = spread(codes - fit_field(codes, sky).values, inner)
    rest = cv2.GaussianBlur(rest, (0, 0), 3.0)
    rough = rest - cv2.GaussianBlur(rest, (0, 0), 24.0)
    return bool((np.abs(rough).max(2)[sure] > 5.0).mean() > 0.12)


def base_line(matte: F32) -> Knots:
    """The line the building's feet stand on, from its leftmost to its rightmost foot, never below its base."""
    solid = matte > 0.5
    h, w = solid.shape
    columns = np.flatnonzero(solid.any(0))
    if not len(columns):
        return ((0.0, float(h)), (float(w - 1), float(h)))
    low = h - np.argmax(solid[::-1], 0)[columns]
    high = np.argmax(solid, 0)[columns]
    feet = low >= low.max() - 0.12 * (low.max() - high.min())
    x, y = columns[feet].astype(float), low[feet].astype(float)
    if len(x) < 2 or x[-1] - x[0] < 4:
        return ((0.0, float(y[0])), (float(w - 1), float(y[0])))
    n = max(1, len(x) // 6)
    left, right = float(np.median(y[:n])), float(np.median(y[-n:]))
    x0, x1 = float(x[:n].mean()), float(x[-n:].mean())
    line = left + (right - left) * (x - x0) / max(x1 - x0, 1.0)
    # The feet of a corner hang below the line: what they stood on is ground. A porch's may end above it.
    line = line - max(0.0, float(np.percentile(line - y, 90)))
    return ((round(x[0], 1), round(float(line[0]), 1)), (round(x[-1], 1), round(float(line[-1]), 1)))


def _seen_ground(codes: F32, ground: Knots, hole: Mask, unknown: Mask) -> Knots:
    """The base line raised to where the ground is seen to begin on both sides of the hole, if it clearly does.

    What stands behind the building stands further up the picture than the building's own base.
    """
    h, w = hole.shape
    columns = np.flatnonzero(hole.any(0))
    if not len(columns) or ground[0][1] >= h - 2:
        return ground
    reach, lift = max(12, round(0.12 * w)), round(0.07 * h)
    sides = [(int(columns[0]) - reach, int(columns[0]) - 4), (int(columns[-1]) + 5, int(columns[-1]) + reach)]
    found = [_ground_edge(codes, unknown, a, b, _line(ground, w), lift) for a, b in sides]
    rises = [rise for rise in found if rise is not None]
    if not rises or (len(rises) == 2 and abs(rises[0] - rises[1]) > 0.015 * h):
        return ground
    rise = float(np.mean(rises))
    return tuple((x, round(y - rise, 1)) for x, y in ground)


def _ground_edge(codes: F32, unknown: Mask, a: int, b: int, line: F64, lift: int) -> float | None:
    """Rows above the base line at which most columns of [a, b) change colour; None where none stands out."""
    h, w = unknown.shape
    x = np.arange(max(0, a), min(w, b))
    if len(x) < 12:
        return None
    rows = line[x].round().astype(int)[None] - np.arange(-8, lift + 8)[:, None]
    strip = codes[np.clip(rows, 0, h - 1), x[None]]
    free = ~unknown[np.clip(rows, 0, h - 1), x[None]].any(0)
    if free.sum() < max(12, 0.4 * len(x)):
        return None
    strip = strip[:, free]
    mean = cv2.blur(strip.astype(np.float32), (1, 5), borderType=cv2.BORDER_REPLICATE)
    step = np.abs(mean[:-5] - mean[5:]).max(2)
    crossed = (step > 14).mean(1)
    best = int(np.argmax(crossed))
    if crossed[best] < 0.8 or float(np.median(crossed)) > 0.4:
        return None
    centre = np.flatnonzero(crossed >= crossed[best] - 0.05)
    rise = float(centre.mean()) + 2.5 - 8
    return rise if rise > 2 else None


def _line(knots: Knots, w: int) -> F64:
    p = np.asarray(knots, float)
    line: F64 = np.interp(np.arange(w), p[:, 0], p[:, 1])
    return line


def _skyline(sky: Mask, unknown: Mask) -> _Edge:
    """The row below the lowest sky of each column, seen where what follows is neither hole nor street object."""
    h, w = sky.shape
    solid = cv2.morphologyEx(sky.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 1), np.uint8)) > 0
    any_sky = solid.any(0)
    y = np.where(any_sky, h - np.argmax(solid[::-1], 0), 0)
    beyond = np.zeros(w, bool)
    for k in range(1, 7):
        beyond |= unknown[np.minimum(y + k, h - 1), np.arange(w)]
    return _Edge(y.astype(float), any_sky & ~beyond & (y < h - 4))


def _knots(edge: _Edge, columns: npt.NDArray[np.int64], w: int, h: int) -> Knots:
    """The edge as a straight run on each side of the hole, joined smoothly behind it.

    A side that shows no steady line (roofs, trees) is taken level at its height beside the hole. Where one side
    shows nothing the other runs on and levels out; no knots where neither shows any.
    """
    left, right = _gap(edge, columns)
    knots: list[tuple[float, float]] = []
    before, _ = _side(edge, left, -1, w, h)
    after, _ = _side(edge, right, 1, w, h)
    if before and after:
        knots = [*reversed(before), *after]
    elif before:
        knots = [*reversed(before), *_run_on(before, 1.0, w)]
    elif after:
        knots = [*reversed(_run_on(after, -1.0, w)), *after]
    return tuple((round(x, 1), round(min(max(y, 0.0), h - 1.0), 1)) for x, y in knots)


def _gap(edge: _Edge, columns: npt.NDArray[np.int64]) -> tuple[int, int]:
    """First and last column of the blind stretch about the hole."""
    blind = columns[~edge.seen[columns]]
    left, right = (int(columns[0]), int(columns[-1])) if not len(blind) else (int(blind[0]), int(blind[-1]))
    while left > 0 and not edge.seen[left - 1]:
        left -= 1
    while right < len(edge.seen) - 1 and not edge.seen[right + 1]:
        right += 1
    return left, right


def _side(edge: _Edge, gap: int, way: int, w: int, h: int) -> tuple[list[tuple[float, float]], bool]:
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


def _steady(knots: list[tuple[float, float]], edge: _Edge, h: int) -> list[tuple[float, float]]:
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


def _between(
    codes: F32,
    top: Knots,
    ground_y: F64,
    hole: Mask,
    unknown: Mask,
    sky: Mask,
    seen: _Edge,
    columns: npt.NDArray[np.int64],
) -> list[Layer]:
    """The band below the skyline and, where there is one, the plain between it and the ground."""
    h, w = hole.shape
    skyline = Layer(LayerKind.BAND, top=top).top_at(np.arange(w, dtype=float))
    if float(np.median((ground_y - skyline)[columns])) < 5:
        return []
    plain = _find_plain(codes, skyline, ground_y, hole, unknown | sky)
    bottom = ground_y
    found: list[Layer] = []
    shore = () if plain is None else _knots(plain[0], columns, w, h)
    if plain is not None and shore:
        bottom = np.minimum(Layer(LayerKind.PLAIN, top=shore).top_at(np.arange(w, dtype=float)), ground_y)
        found.append(Layer(LayerKind.PLAIN, top=shore, sources=plain[1]))
    usual = _like_the_shore(plain[0], skyline, bottom) if found and plain is not None else np.ones(w, bool)
    sources = _clear_columns(codes, skyline, bottom, unknown, sky, seen, columns, usual)
    piece = (max(8.0, round(0.07 * w)), max(16.0, round(0.22 * w)))
    band = [Layer(LayerKind.BAND, top=top, sources=sources, piece=piece)] if sources else []
    return [*band, *found]


def _find_plain(
    codes: F32, skyline: F64, ground_y: F64, hole: Mask, taken: Mask
) -> tuple[_Edge, tuple[tuple[float, float], ...]] | None:
    """A wide smooth area below the skyline that meets the hole: its upper edge and its columns."""
    h, w = hole.shape
    rows = np.arange(h)[:, None]
    zone = (rows > skyline[None] + 4) & (rows < ground_y[None]) & ~taken
    smooth = zone & (steepness(codes, 2.0) < max(1.1, 2.0 * noise_of(codes)))
    smooth = cv2.morphologyEx(smooth.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0
    n, label, stats, _ = cv2.connectedComponentsWithStats(smooth.astype(np.uint8), connectivity=4)
    reach = max(3, round(0.05 * w)) | 1
    beside = cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    main, mean = 0, np.zeros(3)
    for k in np.argsort(-stats[:, cv2.CC_STAT_AREA]):
        wide, area = stats[k, cv2.CC_STAT_WIDTH], stats[k, cv2.CC_STAT_AREA]
        tall = np.median((label == k).sum(0)[(label == k).any(0)]) if k else 0
        large = wide > 0.15 * w and area > 0.01 * h * w and tall > max(12, 0.03 * h)
        if k and large and (beside & (label == k)).any():
            main, mean = int(k), codes[label == k].mean(0)
            break
    if not main:
        return None
    mask = label == main
    for k in range(1, n):
        if k == main or stats[k, cv2.CC_STAT_AREA] < 0.001 * h * w or not (beside & (label == k)).any():
            continue
        if np.abs(codes[label == k].mean(0) - mean).max() < 70 and stats[k, cv2.CC_STAT_WIDTH] > 0.03 * w:
            mask |= label == k
    seen = mask.any(0)
    top = np.argmax(mask, 0).astype(float)
    above = np.zeros(w, bool)
    for k in range(2, 9):
        above |= taken[np.maximum(top.astype(int) - k, 0), np.arange(w)]
    spans = _runs(seen, max(8, round(0.02 * w)))
    edge = _Edge(top, seen & ~above)
    return (edge, spans) if edge.seen.sum() >= 12 else None


def _like_the_shore(edge: _Edge, top: F64, shore: F64) -> Mask:
    """Columns whose shore lies near its curve, or is not seen: elsewhere the plain would be taken for land."""
    near: Mask = ~edge.seen | (np.abs(edge.y - shore) < 0.35 * np.maximum(shore - top, 1))
    return near


def _clear_columns(
    codes: F32,
    top: F64,
    bottom: F64,
    unknown: Mask,
    sky: Mask,
    edge: _Edge,
    columns: npt.NDArray[np.int64],
    usual: Mask,
) -> tuple[tuple[float, float], ...]:
    """Column ranges near the hole that show the band: whole, about as tall as behind the building, nothing
    nearer before its upper edge. Tried strictly first, then with less and less asked."""
    h, w = unknown.shape
    rows = np.arange(h)[:, None]
    inside = (rows >= top[None] - 2) & (rows < bottom[None])
    tall = np.maximum(inside.sum(0), 1)
    clear = 1 - (inside & unknown).sum(0) / tall
    over = (rows < top[None] - 3) & (rows > (top - tall)[None])
    bare = 1 - (over & ~sky & ~unknown).sum(0) / np.maximum(over.sum(0), 1)
    wanted = float(np.median(tall[columns]))
    x = np.arange(w)
    fits = (tall > 0.4 * wanted) & (tall < 2.6 * wanted) & (inside.sum(0) > 2)
    fits &= usual & (x > columns[0] - 0.45 * w) & (x < columns[-1] + 0.45 * w)
    off = np.abs(edge.y - top)
    steady = _closed(edge.seen & (off < 0.02 * h) & _steady_columns(edge, columns, w, h), round(0.02 * w))
    unhidden = _closed(edge.seen & (off < 0.4 * tall), 9)
    enough = max(0.08 * w, 0.25 * len(columns))
    best: tuple[tuple[float, float], ...] = ()
    for least, free in (
        (0.98, steady & (bare > 0.9) & ~_stands_before(codes, top, bottom, steady)),
        (0.98, steady & (bare > 0.9)),
        (0.98, unhidden & (bare > 0.8)),
        (0.95, unhidden),
        (0.98, fits),
        (0.85, fits),
        (0.4, fits),
    ):
        runs = _runs((clear >= least) & free & fits, max(16, round(0.03 * w)))
        if sum(b - a for a, b in runs) >= enough:
            return runs
        best = max(best, runs, key=lambda spans: sum(b - a for a, b in spans))
    return best


def _stands_before(codes: F32, top: F64, bottom: F64, steady: Mask) -> Mask:
    """Columns whose colours leave, in a third of the band's rows, what the steady columns show at that height."""
    far = np.zeros(len(top), bool)
    x = np.flatnonzero(steady)
    if len(x) < 24:
        return far
    share = np.linspace(0.1, 0.9, 17)[:, None]
    y = (top[None, x] + share * (bottom - top)[None, x]).round().astype(int)
    seen = codes[np.clip(y, 0, codes.shape[0] - 1), x[None]]
    usual = np.median(seen, 1, keepdims=True)
    off = np.abs(seen - usual).max(2)
    limit = 4 * np.median(off, 1, keepdims=True) + 15
    far[x] = (off > limit).mean(0) > 0.3
    return _closed(far, 15)


def _steady_columns(edge: _Edge, columns: npt.NDArray[np.int64], w: int, h: int) -> Mask:
    """Columns on the sides of the hole where the edge is steady."""
    left, right = _gap(edge, columns)
    mask = np.zeros(w, bool)
    mask[:left] = _side(edge, left, -1, w, h)[1]
    mask[right + 1 :] = _side(edge, right, 1, w, h)[1]
    return mask


def _closed(mask: Mask, size: int) -> Mask:
    kernel = np.ones((1, max(1, size)), np.uint8)
    closed: Mask = cv2.morphologyEx(mask.astype(np.uint8)[None], cv2.MORPH_CLOSE, kernel)[0] > 0
    return closed


def _runs(mask: Mask, least: int) -> tuple[tuple[float, float], ...]:
    """Runs of True at least `least` long, as (first, last + 1)."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return tuple((float(a), float(b)) for a, b in edges.reshape(-1, 2) if b - a >= least)
