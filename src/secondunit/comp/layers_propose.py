"""Propose the layers behind a building from the plate alone: what a person would draw first."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate_codes import encode
from secondunit.comp.layers import Background, Knots, Layer, LayerKind
from secondunit.comp.sky import fit_field, noise_of, segment_sky, steepness

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
    ground_y = np.minimum(_line(ground, w), h)
    layers = [Layer(LayerKind.SKY, sources=(), clouds=is_cloudy(codes, sky))]
    columns = np.flatnonzero(hole.any(0))
    skyline = _skyline(sky, unknown)
    if len(columns) and skyline.seen.sum() >= 12:
        top = _knots(skyline, columns, w, h)
        layers += _between(codes, top, ground_y, hole, unknown, sky, columns)
    layers.append(Layer(LayerKind.GROUND, top=ground, max_dy=round(max(12.0, 0.05 * h), 1)))
    return Background(w, h, tuple(layers), halo=round(max(3.0, 0.004 * w), 1))


def is_cloudy(codes: F32, sky: Mask) -> bool:
    """Whether the sky's detail needs patches: its smooth field leaves more than a few codes of structure."""
    if sky.sum() < 400:
        return False
    field = fit_field(codes, sky)
    soft = cv2.GaussianBlur(codes - field.values, (0, 0), 4.0)
    sure = cv2.erode(sky.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if sure.sum() < 400:
        return False
    return bool(np.percentile(np.abs(soft).max(2)[sure], 95) > 14.0)


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
    n = max(1, len(x) // 20)
    left, right = float(np.median(y[:n])), float(np.median(y[-n:]))
    chord = np.interp(x, [x[0], x[-1]], [left, right])
    lift = max(0.0, float(np.percentile(chord - y, 98)))
    return ((round(x[0], 1), round(left - lift, 1)), (round(x[-1], 1), round(right - lift, 1)))


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
    """Medians of the edge in windows beside the hole (close) and further off (wide), ends that level out."""
    step = max(8, round(0.025 * w))
    gap_left, gap_right = _gap(edge, columns)
    knots: list[tuple[float, float]] = []
    for centre in _centres(gap_left, gap_right, step, w):
        lo, hi = max(0, int(centre - step / 2)), min(w, int(centre + step / 2) + 1)
        good = edge.seen[lo:hi]
        if good.sum() >= max(4, 0.3 * step):
            middle = float(np.mean(np.arange(lo, hi)[good]))
            if not knots or middle > knots[-1][0] + 2:
                knots.append((middle, float(np.median(edge.y[lo:hi][good]))))
    if not knots:
        seen = np.flatnonzero(edge.seen) if edge.seen.any() else np.arange(w)
        knots = [(float(np.mean(seen)), float(np.median(edge.y[seen])))]
    knots = _levelled(knots, gap_left, gap_right, w)
    return tuple((round(x, 1), round(min(max(y, 0.0), h - 1.0), 1)) for x, y in knots)


def _gap(edge: _Edge, columns: npt.NDArray[np.int64]) -> tuple[int, int]:
    """First and last column of the hole whose edge is not seen."""
    blind = columns[~edge.seen[columns]]
    if not len(blind):
        return int(columns[0]), int(columns[-1])
    return int(blind[0]), int(blind[-1])


def _centres(left: int, right: int, step: int, w: int) -> list[float]:
    near = [left - step * (k + 0.5) for k in range(4)]
    near += [right + 1 + step * (k + 0.5) for k in range(4)]
    far = [left - step * (4 + 3 * k) for k in range(w)] + [right + step * (4 + 3 * k) for k in range(w)]
    inside = list(np.arange(left + step / 2, right, step))
    return sorted(float(c) for c in {*near, *far, *inside} if -step / 2 < c < w + step / 2)


def _levelled(knots: list[tuple[float, float]], left: int, right: int, w: int) -> list[tuple[float, float]]:
    """Where one side of the hole shows nothing, go on with the last slope, gently, and level out."""
    reach = 0.12 * w
    if not any(x > right for x, _ in knots) and right - knots[-1][0] > 0.05 * w:
        knots = [*knots, *_run_on(knots[-3:], reach, 1.0, w)]
    if not any(x < left for x, _ in knots) and knots[0][0] - left > 0.05 * w:
        knots = [*reversed(_run_on(knots[:3][::-1], reach, -1.0, w)), *knots]
    return knots


def _run_on(last: list[tuple[float, float]], reach: float, way: float, w: int) -> list[tuple[float, float]]:
    x, y = last[-1]
    slope = 0.0
    if len(last) > 1:
        slope = (y - last[0][1]) / (abs(x - last[0][0]) + 1e-6)
    slope = float(np.clip(slope, -0.12, 0.12))
    rise = slope * reach * 0.4
    return [(x + way * reach * 0.5, y + rise * 0.6), (x + way * reach, y + rise)]


def _between(
    codes: F32,
    top: Knots,
    ground_y: F64,
    hole: Mask,
    unknown: Mask,
    sky: Mask,
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
    if plain is not None:
        shore = _knots(plain[0], columns, w, h)
        bottom = np.minimum(Layer(LayerKind.PLAIN, top=shore).top_at(np.arange(w, dtype=float)), ground_y)
        found.append(Layer(LayerKind.PLAIN, top=shore, sources=plain[1]))
    sources = _clear_columns(skyline, bottom, unknown, columns)
    piece = (max(8.0, round(0.05 * w)), max(16.0, round(0.14 * w)))
    return [Layer(LayerKind.BAND, top=top, sources=sources, piece=piece), *found]


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
        if k and wide > 0.15 * w and area > 0.01 * h * w and (beside & (label == k)).any():
            main, mean = int(k), codes[label == k].mean(0)
            break
    if not main:
        return None
    mask = label == main
    for k in range(1, n):
        like = np.abs(codes[label == k].mean(0) - mean).max() < 30
        if k != main and stats[k, cv2.CC_STAT_AREA] > 0.001 * h * w and like and (beside & (label == k)).any():
            mask |= label == k
    seen = mask.any(0)
    top = np.argmax(mask, 0).astype(float)
    above = np.zeros(w, bool)
    for k in range(2, 9):
        above |= taken[np.maximum(top.astype(int) - k, 0), np.arange(w)]
    spans = _runs(seen, max(8, round(0.02 * w)))
    edge = _Edge(top, seen & ~above)
    return (edge, spans) if edge.seen.sum() >= 12 else None


def _clear_columns(
    top: F64, bottom: F64, unknown: Mask, columns: npt.NDArray[np.int64]
) -> tuple[tuple[float, float], ...]:
    """Column ranges near the hole where the band is whole and about as tall as behind the building."""
    h, w = unknown.shape
    rows = np.arange(h)[:, None]
    inside = (rows >= top[None] - 2) & (rows < bottom[None])
    tall = np.maximum(inside.sum(0), 1)
    clear = 1 - (inside & unknown).sum(0) / tall
    wanted = float(np.median(tall[columns]))
    alike = (tall > 0.5 * wanted) & (tall < 1.8 * wanted)
    x = np.arange(w)
    near = (x > columns[0] - 0.45 * w) & (x < columns[-1] + 0.45 * w)
    for least in (0.98, 0.85, 0.6):
        for same in (alike, np.ones(w, bool)):
            runs = _runs((clear >= least) & same & near & (inside.sum(0) > 2), max(16, round(0.03 * w)))
            if runs:
                return runs
    return ()


def _runs(mask: Mask, least: int) -> tuple[tuple[float, float], ...]:
    """Runs of True at least `least` long, as (first, last + 1)."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return tuple((float(a), float(b)) for a, b in edges.reshape(-1, 2) if b - a >= least)
