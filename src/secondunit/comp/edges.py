"""Edge sharpness: measured on the plate, matched on what is rendered.

Like is held against like: the outline of the building in the plate against the outlines of the pieces as they are
laid over it, for both are steps from one surface to another. Shadows, dust and the grain of a wall are edges too, and
soft ones.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate_codes import decode, encode
from secondunit.kernels.sub_frames import sub_frame_offsets

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

REACH = 6
STEP = 0.25
# 10 to 90 % of a step blurred by a Gaussian of sigma 1.
WIDTH_OF_SIGMA = 2.563
MOST_EDGES = 4000
LEAST_EDGES, SURE_EDGES = 20, 40
# Soft shadows and things out of focus are edges too: of all widths this part from the sharp end is taken.
SHARP_PART = 0.3
SLOW_PX = 0.5  # motion a frame below which motion blur does not widen an edge by more than a fiftieth
STRAIGHT_PX, SAME_WAY = 2.0, 0.97  # so far along an edge its normal may turn no farther than this cosine
_DARK, _LIGHT = decode(np.array([70.0, 160.0], np.float32))
CUT = 0.03  # an outline that steps from more than 1 − this to less is cut out, not drawn
SMALL_SIGMA = 0.6  # below it a sampled Gaussian is narrower than it says


def edge_width(picture: F32, where: Mask | None = None, *, quantile: float = SHARP_PART) -> float | None:
    """The 10–90 % width in pixels of the clear, isolated edges of `picture` (h, w, 3 scene-linear) in `where`.

    Of their widths the `quantile` is taken: the lower part, since soft shadows and things out of focus are edges
    too. None where there are fewer than 20.
    """
    widths = edge_widths(picture, where)
    return float(np.quantile(widths, quantile)) if len(widths) >= LEAST_EDGES else None


def edge_widths(picture: F32, where: Mask | None = None) -> F64:
    """The 10–90 % widths in pixels (n,) of the clear, isolated edges of `picture` (h, w, 3 scene-linear) in `where`.

    Edges are ridges of the gradient; a profile is read across each. Only profiles that rise between two level
    ends by 24 codes or more count.
    """
    grey = encode(picture).mean(2)
    ys, xs, nx, ny = _ridges(grey, where)
    return _widths(_profiles(grey, ys, xs, nx, ny)) if len(ys) else np.zeros(0)


def plate_edge_width(plate: F32, matte: F32, holdout: F32) -> float | None:
    """Width in pixels of the plate's edges: the building's outline, else its face, else the whole picture.

    `matte` (h, w) its silhouette, `holdout` (h, w) what stands before it. None where no edge is clear enough.
    """
    free = holdout < 0.02
    for where in (outline_of(matte) & free, (matte > 0.5) & free, free):
        widths = edge_widths(plate, where)
        if len(widths) >= SURE_EDGES:
            return float(np.quantile(widths, SHARP_PART))
    return edge_width(plate, free)


def outline_of(coverage: F32) -> Mask:
    """Pixels beside the outline of a coverage (h, w) 0..1."""
    inside, around = (coverage > 0.5).astype(np.uint8), np.ones((3, 3), np.uint8)
    outline: Mask = cv2.dilate(inside, around) != cv2.erode(inside, around)
    return outline


def new_outlines(coverage: F32, motion: F32, clear: Mask) -> Mask:
    """Outlines (h, w) of pieces that hardly move, against what stands behind them.

    `coverage` (h, w) of new pieces, `motion` (h, w, 2) pixels a frame, `clear` (h, w) where neither dust nor a street
    object lies over them.
    """
    slow = cv2.dilate(np.linalg.norm(motion, axis=2), np.ones((5, 5), np.uint8)) < SLOW_PX
    seen: Mask = outline_of(coverage) & slow & clear
    return seen


def coverage_widths(coverage: F32, where: Mask) -> F64:
    """Widths in pixels (n,) of the outlines of a coverage (h, w) 0..1 in `where`, as a picture of it shows them.

    Read at two levels a middling contrast apart, so that what is measured is how the pieces are laid over the plate
    and not what they show.
    """
    return edge_widths(
        np.repeat((_DARK + (_LIGHT - _DARK) * coverage)[..., None], 3, 2).astype(np.float32), where
    )


def soften(layer: F32, sigma: float) -> F32:
    """A layer (h, w) or (h, w, c) blurred by a Gaussian of `sigma` pixels, whose variance is kept below a pixel too."""
    if sigma <= 0:
        return layer.astype(np.float32)
    if sigma < SMALL_SIGMA:
        side = np.float32(0.5 * sigma**2)
        taps = np.array([side, 1 - 2 * side, side], np.float32)
        blurred = cv2.sepFilter2D(layer.astype(np.float32), -1, taps, taps, borderType=cv2.BORDER_REPLICATE)
    else:
        blurred = cv2.GaussianBlur(layer.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32).reshape(layer.shape)


def soften_outlines(layer: F32, sigma: float) -> F32:
    """A premultiplied layer (h, w, 4) softened by `sigma` pixels, and more where its outline steps within a pixel.

    An edge seen through the pixel's square is half covered somewhere; one cut out by a hard matte is not, and stays
    hard under a blur that is enough for the other.
    """
    if sigma <= 0:
        return layer.astype(np.float32)
    cover = np.ascontiguousarray(layer[..., 3])
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    step = (cv2.dilate(cover, cross) > 1 - CUT) & (cv2.erode(cover, cross) < CUT)
    step &= (cover > 1 - CUT) | (cover < CUT)
    soft = soften(layer, sigma)
    if not step.any():
        return soft
    share = soften(step.astype(np.float32), 0.5)[..., None]
    return np.asarray(soft + share * (soften(layer, _cut_sigma(sigma)) - soft), np.float32)


def _cut_sigma(sigma: float) -> float:
    """Sigma that gives cut out outlines the width that `sigma` gives those seen through the pixel's square."""
    sigmas, width = _rendered_widths()
    _, cut = _rendered_widths(cut=True)
    return float(np.interp(np.interp(sigma, sigmas, width), cut, sigmas))


def softness_of_render(plate_width: float) -> float:
    """Sigma in pixels for `soften` that gives rendered edges the plate's width; 0 where the plate is as sharp."""
    sigma, width = _rendered_widths()
    return float(np.interp(plate_width, width, sigma))


@lru_cache(maxsize=2)
def _rendered_widths(*, cut: bool = False) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Sigmas, and the width that edges drawn by the rasteriser's sub-frames have once softened by them.

    Measured as pictures are, on slanted stripes seen through the pixel's square, or `cut` out pixel by pixel.
    """
    rows, columns = np.mgrid[:96, :96].astype(np.float32)
    sigmas = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0)
    widths: list[list[float]] = [[] for _ in sigmas]
    for angle in (0.1, 0.6, 1.2, 2.2):
        cover = np.zeros_like(rows)
        for jx, jy in sub_frame_offsets(16).tolist():
            across = (columns + jx) * np.float32(np.cos(angle)) + (rows + jy) * np.float32(np.sin(angle))
            cover += (across // 24 % 2) / 16
        cover = (cover > 0.5).astype(np.float32) if cut else cover
        for found, sigma in zip(widths, sigmas, strict=True):
            found += coverage_widths(soften(cover, sigma), np.ones(cover.shape, np.bool_)).tolist()
    sharp = [float(np.quantile(found, SHARP_PART)) for found in widths]
    return sigmas, tuple(np.maximum.accumulate(sharp).tolist())


def _ridges(grey: F32, where: Mask | None) -> tuple[F64, F64, F64, F64]:
    """Pixels on a straight ridge of the gradient and the unit normal of the edge there."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    gx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    size = np.hypot(gx, gy)
    ux, uy = gx / np.maximum(size, 1e-6), gy / np.maximum(size, 1e-6)
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]].astype(np.float32)
    ahead = cv2.remap(size, columns + ux, rows + uy, cv2.INTER_LINEAR)
    behind = cv2.remap(size, columns - ux, rows - uy, cv2.INTER_LINEAR)
    straight = np.ones(grey.shape, np.bool_)
    for step in (-STRAIGHT_PX, STRAIGHT_PX):
        at = columns - step * uy, rows + step * ux
        sx, sy = cv2.remap(gx, *at, cv2.INTER_LINEAR), cv2.remap(gy, *at, cv2.INTER_LINEAR)
        straight &= sx * ux + sy * uy > SAME_WAY * np.hypot(sx, sy)
    ridge = straight & (size > 3.0) & (size >= ahead) & (size > behind)
    ridge[: REACH + 1] = ridge[-REACH - 1 :] = False
    ridge[:, : REACH + 1] = ridge[:, -REACH - 1 :] = False
    if where is not None:
        ridge &= where
    ys, xs = np.nonzero(ridge)
    if len(ys) > MOST_EDGES:
        strongest = np.argsort(-size[ys, xs], kind="stable")[: 4 * MOST_EDGES : 4]
        ys, xs = ys[strongest], xs[strongest]
    return ys.astype(float), xs.astype(float), ux[ys, xs].astype(float), uy[ys, xs].astype(float)


def _profiles(grey: F32, ys: F64, xs: F64, nx: F64, ny: F64) -> F32:
    """(n, samples) read across each edge from dark to light."""
    t = np.arange(-REACH, REACH + STEP / 2, STEP)
    mx = (xs[:, None] + nx[:, None] * t).astype(np.float32)
    my = (ys[:, None] + ny[:, None] * t).astype(np.float32)
    profiles: F32 = cv2.remap(grey, mx, my, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    return profiles


def _widths(profiles: F32) -> F64:
    """10–90 % widths in pixels of the profiles that are one clean step."""
    n = profiles.shape[1]
    quarter = n // 4
    low = profiles[:, :quarter].mean(1)
    high = profiles[:, -quarter:].mean(1)
    rise = high - low
    level = np.maximum(profiles[:, :quarter].std(1), profiles[:, -quarter:].std(1))
    clean = (rise > 24) & (level < 0.08 * rise)
    clean &= (profiles.max(1) < high + 0.25 * rise) & (profiles.min(1) > low - 0.25 * rise)
    widths = []
    for profile, a, r in zip(profiles[clean], low[clean], rise[clean], strict=True):
        share = (profile - a) / r
        middle = int(np.argmin(np.abs(share[quarter:-quarter] - 0.5))) + quarter
        start = _crossing(share, middle, 0.1, -1)
        end = _crossing(share, middle, 0.9, 1)
        if start is not None and end is not None:
            widths.append((end - start) * STEP)
    return np.asarray(widths)


def _crossing(share: F32, middle: int, value: float, way: int) -> float | None:
    """Where the profile first passes `value` walking `way` from its middle, in samples."""
    i = middle
    while 0 < i < len(share) - 1:
        a, b = float(share[i]), float(share[i + way])
        if (b - value) * way >= 0 and (a - value) * way < 0:
            return i + way * abs(value - a) / max(1e-9, abs(b - a))
        i += way
    return None
