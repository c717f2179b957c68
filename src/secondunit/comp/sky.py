"""The sky: where it is, its smooth field, and its continuation behind the building."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.kernels.patchmatch import patch_fill, spread

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FIT_SAMPLES = 40000


@dataclass(frozen=True)
class Field:
    """A robust polynomial of low order in x and y: `values` (h, w, 3) codes, `spread` of the fit's residual."""

    values: F32
    spread: float


def noise_of(codes: F32) -> float:
    """Standard deviation of the finest detail, codes (median absolute deviation of a Laplacian)."""
    grey = codes.mean(2)
    detail = cv2.filter2D(grey, -1, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    return float(np.median(np.abs(detail)) / 0.6745 / 6.0)


def steepness(codes: F32, sigma: float = 1.2) -> F32:
    """Largest gradient over the channels (h, w), codes per pixel, after a blur of `sigma`."""
    soft = cv2.GaussianBlur(codes, (0, 0), sigma)
    dx = cv2.Sobel(soft, -1, 1, 0, ksize=3, scale=1 / 8)
    dy = cv2.Sobel(soft, -1, 0, 1, ksize=3, scale=1 / 8)
    steep: F32 = np.sqrt(dx * dx + dy * dy).max(2).astype(np.float32)
    return steep


def fit_field(codes: F32, where: Mask, orders: tuple[int, int] = (2, 3), rounds: int = 5) -> Field:
    """Fit a polynomial of `orders` in (x, y) to the pixels of `where`, dropping outliers by rounds."""
    h, w = where.shape
    ys, xs = np.nonzero(where)
    if len(ys) > FIT_SAMPLES:
        pick = np.random.default_rng(0).permutation(len(ys))[:FIT_SAMPLES]
        ys, xs = ys[pick], xs[pick]
    basis = _basis(xs / w - 0.5, ys / h - 0.5, orders)
    wanted = codes[ys, xs].astype(np.float64)
    good = np.ones(len(ys), bool)
    ridge = 1e-5 * len(ys) * np.eye(basis.shape[1])
    spread_of = 1.0
    coefficients: F64 = np.zeros((basis.shape[1], 3))
    for _ in range(rounds):
        some = basis[good]
        coefficients = np.asarray(np.linalg.solve(some.T @ some + ridge, some.T @ wanted[good]), float)
        residual = np.abs(wanted - basis @ coefficients).max(1)
        spread_of = 1.48 * float(np.median(residual[good]))
        good = residual < max(2.0, 3.0 * spread_of)
    rows = np.arange(h, dtype=float) / h - 0.5
    columns = np.arange(w, dtype=float) / w - 0.5
    values = np.empty((h, w, 3), np.float32)
    for y in range(h):
        values[y] = _basis(columns, np.full(w, rows[y]), orders) @ coefficients
    return Field(values, spread_of)


def _basis(x: F64, y: F64, orders: tuple[int, int]) -> F64:
    powers = [(i, j) for i in range(orders[0] + 1) for j in range(orders[1] + 1) if i + j <= max(orders)]
    return np.stack([x**i * y**j for i, j in powers], -1)


def segment_sky(codes: F32, unknown: Mask) -> Mask:
    """Pixels of the sky (h, w): smooth areas joined to the upper edge, their clouds, what shows between twigs.

    `codes` (h, w, 3) perceptual; `unknown` (h, w) is never sky (the hole and street objects). A plate without
    sky gives an empty mask. Grown areas must follow the sky's own field, so that haze does not leak into hills.
    """
    h, w = unknown.shape
    steep = steepness(codes)
    smooth = (steep < max(3.0, 2.5 * noise_of(codes))) & ~unknown
    core = cv2.erode(smooth.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)
    seeds = _pieces(core > 0, 0.003 * h * w, lambda top, _bottom: top < 0.02 * h)
    if not _is_sky_colour(codes, seeds):
        # Branches or a cornice may close the sky off from the edge.
        seeds = _pieces(core > 0, 0.01 * h * w, lambda _top, bottom: bottom < 0.7 * h)
    if not _is_sky_colour(codes, seeds):
        return np.zeros((h, w), bool)
    field = fit_field(codes, seeds)
    off = codes - field.values
    near = np.abs(off).max(2) < max(8.0, 3 * field.spread)
    cloud = (off.min(2) > -6.0) & (off.mean(2) > 0) & (steep < 9.0)
    sky = _joined((near | cloud) & ~unknown, seeds)
    if not sky.any():
        return sky
    return sky | _islands(
        codes, sky, smooth_behind(codes, sky, field.values), max(8.0, 2 * field.spread), ~unknown
    )


def _islands(codes: F32, sky: Mask, model: F32, limit: float, free: Mask) -> Mask:
    """Sky that hangs together with the rest behind something: between twigs, under branches, ragged clouds.

    Only down to the lowest row of the sky. Near the smooth `model` of the sky; or, where that is blue, of its
    hue but darker (twigs finer than a pixel); or brighter and beside the sky.
    """
    h = sky.shape[0]
    above = (np.arange(h)[:, None] < np.percentile(np.nonzero(sky)[0], 99.5) + 4) & free & ~sky
    near = np.abs(codes - model).max(2) < limit
    shade = (codes * model).sum(2) / np.maximum((model * model).sum(2), 1)
    hue = np.abs(codes - shade[..., None] * model).max(2)
    blue = model[..., 2] - model[..., 0] > 30
    dimmed = blue & (hue < 7.0) & (shade > 0.7) & (shade < 1.05)
    close = above & (near | dimmed)
    opened = cv2.morphologyEx(close.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    bright = above & ((codes - model).min(2) > 4.0)
    beside = cv2.dilate((sky | opened).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    result: Mask = opened | _joined(bright, bright & beside)
    return result


def _pieces(mask: Mask, least: float, wanted: Callable[[int, int], bool]) -> Mask:
    """Connected pieces of at least `least` pixels whose top and bottom rows are `wanted`."""
    n, label, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    keep = np.zeros(n, bool)
    for k in range(1, n):
        top, tall = int(stats[k, cv2.CC_STAT_TOP]), int(stats[k, cv2.CC_STAT_HEIGHT])
        keep[k] = stats[k, cv2.CC_STAT_AREA] > least and wanted(top, top + tall)
    chosen: Mask = keep[label]
    return chosen


def _joined(mask: Mask, seeds: Mask) -> Mask:
    """The connected pieces of `mask` that hold a seed."""
    _, label = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    touched = np.unique(label[seeds & mask])
    grown: Mask = np.isin(label, touched[touched > 0])
    return grown


def _is_sky_colour(codes: F32, where: Mask) -> bool:
    """Whether there are pixels and they are no redder than a hazy or white sky."""
    if not where.any():
        return False
    mean = codes[where].mean(0)
    return bool(mean[2] > 0.93 * mean[0])


def fill_sky(codes: F32, need: Mask, sky: Mask, *, clouds: bool, seed: int) -> F32:
    """The sky in every pixel of `need` (h, w), codes (h, w, 3); elsewhere the smooth field.

    `sky` are the visible pixels to learn from. A polynomial plus a smooth remainder carries the gradient;
    detail is untouched blocks of the visible sky's grain, or with `clouds` a patch fill of the remainder.
    """
    sure = cv2.erode(sky.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if sure.sum() < 400:
        sure = sky
    field = fit_field(codes, sure, orders_for(sure, need))
    if clouds:
        smooth = smooth_behind(codes, sure, field.values, 40.0)
        # A wisp is a remainder of few codes; the gain makes it count in the patch distance.
        rest = ((codes - smooth) * 2 + 128).astype(np.float32)
        fill = patch_fill(rest, need, sure, seed=seed, levels=6, repeat_penalty=2.0)
        smooth = (smooth + (fill.picture - 128) / 2).astype(np.float32)
    else:
        smooth = smooth_behind(codes, sure, field.values)
        rest = (codes - smooth).astype(np.float32)
        steady = sure & (np.abs(rest).max(2) < max(4.0, 4 * field.spread))
        smooth = (smooth + grain_blocks(rest, steady, need, seed=seed)).astype(np.float32)
    return meet_rim(smooth, codes, need, sure)


def orders_for(known: Mask, need: Mask) -> tuple[int, int]:
    """Orders in x and y that may be trusted in `need`: straight where it reaches far beyond what is known."""
    orders = []
    for axis, most in ((0, 2), (1, 3)):
        have, want = np.flatnonzero(known.any(axis)), np.flatnonzero(need.any(axis))
        if not len(have) or not len(want):
            return (1, 1)
        beyond = max(have[0] - want[0], want[-1] - have[-1], 0)
        orders.append(most if beyond < 0.25 * (have[-1] - have[0] + 1) else 1)
    return orders[0], orders[1]


def smooth_behind(codes: F32, known: Mask, field: F32, sigma: float = 20.0) -> F32:
    """`field` plus the blurred remainder of what is known, spread smoothly over what is not."""
    rest = spread(codes - field, known)
    return (field + cv2.GaussianBlur(rest, (0, 0), sigma)).astype(np.float32)


def grain_blocks(rest: F32, source: Mask, need: Mask, *, seed: int, block: int = 48, near: int = 200) -> F32:
    """Tile `need` with blocks of the remainder `rest` (h, w, 3) that lie whole in `source`.

    Blocks come from close by, since grain changes with the signal, and are cross-faded at constant variance.
    No matching: matching prefers the smoothest block. Zero where the source holds no whole block.
    """
    h, w = need.shape
    out = np.zeros((h, w, 3), np.float32)
    while block > 6:
        box = (block, block)
        full = cv2.boxFilter(source.astype(np.float32), -1, box, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        ys, xs = np.nonzero(full[: h - block + 1, : w - block + 1] > 0.995)
        if len(ys) >= 40:
            break
        block //= 2
    if len(ys) < 4:
        return out
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(ys))[:6000])
    ys, xs = ys[some], xs[some]
    window = np.sin(np.pi * (np.arange(block) + 0.5) / block)
    weight = np.outer(window, window).astype(np.float32)
    power = np.full((h + 2 * block, w + 2 * block), 1e-6, np.float32)
    total = np.zeros((h + 2 * block, w + 2 * block, 3), np.float32)
    for y in range(-block // 2, h, block // 2):
        for x in range(-block // 2, w, block // 2):
            if not need[max(0, y) : y + block, max(0, x) : x + block].any():
                continue
            far = (xs - x) ** 2 + 4 * (ys - y) ** 2
            close = np.argpartition(far, min(near, len(far)) - 1)[:near]
            k = int(close[rng.integers(len(close))])
            piece = rest[ys[k] : ys[k] + block, xs[k] : xs[k] + block]
            total[y + block : y + 2 * block, x + block : x + 2 * block] += weight[..., None] * piece
            power[y + block : y + 2 * block, x + block : x + 2 * block] += weight * weight
    out += (total / np.sqrt(power)[..., None])[block:-block, block:-block]
    return out


def meet_rim(fill: F32, codes: F32, need: Mask, known: Mask, sigma: float = 4.0, reach: float = 60.0) -> F32:
    """Take the low-frequency step between `fill` and the plate at the rim out of the fill, fading over `reach`.

    `known` are plate pixels of the same layer; only rim beside them counts.
    """
    a, near = _blurred(codes, known, sigma)
    b, _ = _blurred(fill, need, sigma)
    beside = cv2.dilate(known.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    rim = need & beside & (near > 0.08)
    if rim.sum() < 20:
        return fill
    step = spread((a - b).astype(np.float32), rim)
    fade = np.exp(-cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, 5) / reach)
    out: F32 = (fill + cv2.GaussianBlur(step * fade[..., None], (0, 0), sigma)).astype(np.float32)
    return out


def _blurred(values: F32, where: Mask, sigma: float) -> tuple[F32, F32]:
    weight = cv2.GaussianBlur(where.astype(np.float32), (0, 0), sigma)
    total = cv2.GaussianBlur(values * where[..., None].astype(np.float32), (0, 0), sigma)
    mean = total / np.maximum(weight, 1e-4)[..., None]
    return mean.astype(np.float32), weight.astype(np.float32)
