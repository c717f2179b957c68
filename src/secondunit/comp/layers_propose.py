"""Propose the layers behind a building from the plate alone: what a person would draw first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate_codes import encode
from secondunit.comp.layers import Background, Knots, Layer, LayerKind
from secondunit.comp.layers_edges import Edge, blind_stretch, closed, edge_beside, edge_knots, read_skyline
from secondunit.comp.layers_ground import base_line, seen_ground, straight_line
from secondunit.comp.sky import fit_field, noise_of, segment_sky, steepness
from secondunit.kernels.patchmatch import spread

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def propose_layers(plate: F32, hole: Mask, matte: F32, holdout: F32) -> Background:
    """The layers behind the building, back to front: sky, a band, perhaps a plain (water, a field), the ground.

    `plate` (h, w, 3) scene-linear; `hole` (h, w) pixels to be replaced; `matte` (h, w) 0..1 the building with
    what hides it; `holdout` (h, w) 0..1 street objects in front. The skyline is read to the left and right of
    the hole and joined smoothly behind it (seen on one side only, it runs on and levels out); the ground begins
    at the building's base line.
    """
    codes = encode(plate)
    h, w = hole.shape
    beside = cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    unknown = beside | (holdout > 0.02)
    sky = segment_sky(codes, unknown)
    ground = seen_ground(codes, base_line(matte), hole, unknown)
    ground_y = np.minimum(straight_line(ground, w), h)
    layers = [Layer(LayerKind.SKY, sources=(), clouds=is_cloudy(codes, sky, hole))]
    middle = _middle(codes, ground_y, hole, unknown, sky)
    if not middle and (holdout > 0.02).any():
        # Nothing but street objects beside the building (trees): then they are the background.
        inside = cv2.dilate((matte > 0.02).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        middle = _middle(codes, ground_y, hole, beside | ((holdout > 0.02) & inside), sky, in_front=True)
    layers += middle
    layers.append(Layer(LayerKind.GROUND, top=ground, max_dy=round(max(12.0, 0.05 * h), 1)))
    return Background(w, h, tuple(layers), halo=round(max(3.0, 0.004 * w), 1))


def _middle(
    codes: F32, ground_y: F64, hole: Mask, unknown: Mask, sky: Mask, in_front: bool = False
) -> list[Layer]:
    """The layers between sky and ground; none where no skyline is seen beside the hole."""
    columns = np.flatnonzero(hole.any(0))
    skyline = read_skyline(sky, unknown)
    if not len(columns) or skyline.seen.sum() < 12:
        return []
    top = edge_knots(skyline, columns, hole.shape[1], hole.shape[0])
    if not top:
        return []
    tall = np.median(ground_y[columns] - Layer(LayerKind.BAND, top=top).top_at(columns.astype(float)))
    if in_front and tall > 0.4 * hole.shape[0]:
        return []  # branches overhead, not a skyline
    found = _between(codes, top, ground_y, hole, unknown, sky, skyline, columns)
    return [replace(layer, in_front=in_front) if layer.kind is LayerKind.BAND else layer for layer in found]


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


def _between(
    codes: F32,
    top: Knots,
    ground_y: F64,
    hole: Mask,
    unknown: Mask,
    sky: Mask,
    seen: Edge,
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
    shore = () if plain is None else edge_knots(plain[0], columns, w, h)
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
) -> tuple[Edge, tuple[tuple[float, float], ...]] | None:
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
    edge = Edge(top, seen & ~above)
    return (edge, spans) if edge.seen.sum() >= 12 else None


def _like_the_shore(edge: Edge, top: F64, shore: F64) -> Mask:
    """Columns whose shore lies near its curve, or is not seen: elsewhere the plain would be taken for land."""
    near: Mask = ~edge.seen | (np.abs(edge.y - shore) < 0.35 * np.maximum(shore - top, 1))
    return near


def _clear_columns(
    codes: F32,
    top: F64,
    bottom: F64,
    unknown: Mask,
    sky: Mask,
    edge: Edge,
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
    steady = closed(edge.seen & (off < 0.02 * h) & _steady_columns(edge, columns, w, h), round(0.02 * w))
    unhidden = closed(edge.seen & (off < 0.4 * tall), 9)
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
    return closed(far, 15)


def _steady_columns(edge: Edge, columns: npt.NDArray[np.int64], w: int, h: int) -> Mask:
    """Columns on the sides of the hole where the edge is steady."""
    left, right = blind_stretch(edge, columns)
    mask = np.zeros(w, bool)
    mask[:left] = edge_beside(edge, left, -1, w, h)[1]
    mask[right + 1 :] = edge_beside(edge, right, 1, w, h)[1]
    return mask


def _runs(mask: Mask, least: int) -> tuple[tuple[float, float], ...]:
    """Runs of True at least `least` long, as (first, last + 1)."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return tuple((float(a), float(b)) for a, b in edges.reshape(-1, 2) if b - a >= least)
