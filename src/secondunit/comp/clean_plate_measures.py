"""How good a clean plate is, in numbers that need no truth."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.layers import Background, LayerKind
from secondunit.comp.sky import steepness

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def measure_clean_plate(
    before: F32,
    after: F32,
    hole: Mask,
    sky: Mask,
    filled_from: npt.NDArray[np.uint8],
    background: Background,
    source_x: F32,
    holdout: F32,
) -> dict[str, float]:
    """Measures of a clean plate; `before` and `after` (h, w, 3) are codes of the plate and of the clean plate.

    - `structure_left`: correlation of the gradients inside the hole before and after, 0..1; 0 where nothing of
      the building is left.
    - `sky_seam`: mean step over the hole's rim in the sky over the mean step between the same distances inside
      the visible sky; 1 is no seam.
    - `band_gradient`: mean gradient of the filled band over that of the visible band beside it; 1 is as rich.
    - `repeats`: share of the band's filled columns whose source column serves twice or more.
    Those without pixels to measure on are left out.
    """
    out: dict[str, float] = {"hole_share": float(hole.mean())}
    clear = hole & (holdout < 0.02)
    out["structure_left"] = structure_left(before, after, clear)
    kinds = {i + 1: layer.kind for i, layer in enumerate(background.layers)}
    in_sky = np.isin(filled_from, [i for i, k in kinds.items() if k is LayerKind.SKY])
    in_band = np.isin(filled_from, [i for i, k in kinds.items() if k is LayerKind.BAND])
    seam = sky_seam(after, in_sky, sky)
    if seam is not None:
        out["sky_seam"] = seam
    if in_band.sum() > 200:
        steep = steepness(after, 0.8)
        ring: Mask = cv2.dilate(in_band.astype(np.uint8), np.ones((1, 161), np.uint8)) > 0
        rows: Mask = np.asarray(in_band.any(1))
        ring &= ~hole & ~sky & (holdout < 0.02) & rows[:, None]
        if ring.sum() > 200:
            out["band_gradient"] = float(steep[in_band].mean() / max(1e-6, float(steep[ring].mean())))
        out["repeats"] = repeats_share(source_x, in_band)
    return out


def structure_left(before: F32, after: F32, where: Mask) -> float:
    """Correlation of the gradient vectors of two pictures inside `where`, 3 pixels away from its rim."""
    inner = cv2.erode(where.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    if inner.sum() < 50:
        return 0.0

    def gradients(codes: F32) -> F32:
        grey = cv2.GaussianBlur(codes.mean(2), (0, 0), 1.0)
        parts = [cv2.Sobel(grey, -1, 1, 0, ksize=3)[inner], cv2.Sobel(grey, -1, 0, 1, ksize=3)[inner]]
        return np.concatenate(parts)

    a, b = gradients(before), gradients(after)
    return max(0.0, float((a * b).sum() / max(1e-6, float(np.sqrt((a * a).sum() * (b * b).sum())))))


def sky_seam(after: F32, filled: Mask, sky: Mask, distance: int = 4) -> float | None:
    """Mean step over the rim between filled and visible sky, over that of pairs inside the visible sky."""
    soft = cv2.GaussianBlur(after, (0, 0), 1.5)
    over: list[F32] = []
    inside: list[F32] = []
    for dy, dx in ((0, 1), (1, 0)):
        a, b = (
            soft[: -2 * distance * dy or None, : -2 * distance * dx or None],
            soft[2 * distance * dy :, 2 * distance * dx :],
        )
        step = np.abs(a - b).max(2)
        fa, fb = _pair(filled, dy, dx, distance)
        sa, sb = _pair(sky, dy, dx, distance)
        over.append(step[(fa & sb) | (sa & fb)])
        near = cv2.dilate(filled.astype(np.uint8), np.ones((61, 61), np.uint8)) > 0
        na, _ = _pair(near, dy, dx, distance)
        inside.append(step[sa & sb & na])
    a_all, b_all = np.concatenate(over), np.concatenate(inside)
    if len(a_all) < 50 or len(b_all) < 50:
        return None
    return float(a_all.mean() / max(1e-6, float(b_all.mean())))


def _pair(mask: Mask, dy: int, dx: int, distance: int) -> tuple[Mask, Mask]:
    oy, ox = 2 * distance * dy, 2 * distance * dx
    return mask[: -oy or None, : -ox or None], mask[oy:, ox:]


def repeats_share(source_x: F32, where: Mask) -> float:
    """Share of the filled columns of a band that show a source column which another filled column shows too."""
    columns = []
    for x in np.flatnonzero(where.any(0)):
        came = source_x[where[:, x], x]
        came = came[came >= 0]
        if len(came):
            columns.append(round(float(np.median(came))))
    if not columns:
        return 0.0
    _, counts = np.unique(np.asarray(columns) // 2, return_counts=True)
    # A source at half scale serves a pair of columns once.
    return float(counts[counts > 2].sum() / len(columns))
