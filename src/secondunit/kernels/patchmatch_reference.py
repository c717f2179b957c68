"""The plain twin of `kernels.patchmatch`: every source patch is tried. For tests on tiny pictures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


def patch_distance_reference(
    picture: F32, trust: F32, source: F32, at: tuple[int, int], to: tuple[int, int], radius: int
) -> float:
    """Trusted squared difference of the patch at `at` (y, x) and the source patch at `to`."""
    h, w = trust.shape
    total = 0.0
    for j in range(-radius, radius + 1):
        for i in range(-radius, radius + 1):
            y, x = at[0] + j, at[1] + i
            if 0 <= y < h and 0 <= x < w:
                step = picture[y, x].astype(float) - source[to[0] + j, to[1] + i].astype(float)
                total += float(trust[y, x]) * float(step @ step)
    return total


def nearest_reference(
    picture: F32, trust: F32, source: F32, whole: Mask, points: I32, radius: int, max_dx: int, max_dy: int
) -> tuple[I32, F32]:
    """For each point (y, x) the source patch centre (x, y) of least distance within the lock, and the distance."""
    field = np.zeros((len(points), 2), np.int32)
    error = np.full(len(points), np.inf, np.float32)
    candidates = np.argwhere(whole)
    for p, (y, x) in enumerate(points):
        for cy, cx in candidates:
            if abs(cy - y) > max_dy or abs(cx - x) > max_dx:
                continue
            d = patch_distance_reference(picture, trust, source, (y, x), (cy, cx), radius)
            if d < error[p]:
                error[p], field[p] = d, (cx, cy)
    return field, error


def vote_reference(
    picture: F32, source: F32, hole: Mask, field: I32, error: F32, points: I32, radius: int, spread_of: float
) -> F32:
    """Hole pixels as the mean of what every patch that covers them says, weighted by exp(−error ÷ spread)."""
    out = picture.astype(np.float64).copy()
    index = {(int(y), int(x)): p for p, (y, x) in enumerate(points)}
    for y, x in np.argwhere(hole):
        total, weight = np.zeros(picture.shape[2]), 0.0
        for j in range(-radius, radius + 1):
            for i in range(-radius, radius + 1):
                p = index.get((int(y + j), int(x + i)))
                if p is None:
                    continue
                k = float(np.exp(-float(error[p]) / spread_of))
                total += k * source[field[p, 1] - j, field[p, 0] - i]
                weight += k
        out[y, x] = total / weight
    return out.astype(np.float32)
