"""Triangles of a flat ragged face by cutting ears (Meisters 1975): none folds over, whatever the rim does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]


@njit(cache=True)  # type: ignore[untyped-decorator]
def cut_ears(rim: F64, n: int, normal: F64, triples: I32) -> int:
    """Triangulate the polygon of the first `n` points of `rim` (., 3), anticlockwise round `normal`.

    Corner numbers go into `triples` (., 3); returns how many triangles. Where the rim crosses itself no ear is
    left; then the widest corner is cut, so that the whole face is still covered.
    """
    x, y = np.empty(n), np.empty(n)
    axis = 0
    for k in range(1, 3):
        if abs(normal[k]) > abs(normal[axis]):
            axis = k
    sign = 1.0 if normal[axis] > 0 else -1.0
    for i in range(n):
        x[i] = rim[i, (axis + 1) % 3]
        y[i] = rim[i, (axis + 2) % 3] * sign
    left = np.arange(n)
    count = n
    used = 0
    while count > 3:
        best, most = -1, -1e18
        fallback, widest = 0, -1e18
        for i in range(count):
            a, b, c = left[(i + count - 1) % count], left[i], left[(i + 1) % count]
            area = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
            if area > widest:
                widest, fallback = area, i
            if area <= 1e-12:
                continue
            long = max(
                (x[b] - x[a]) ** 2 + (y[b] - y[a]) ** 2,
                (x[c] - x[b]) ** 2 + (y[c] - y[b]) ** 2,
                (x[a] - x[c]) ** 2 + (y[a] - y[c]) ** 2,
            )
            shape = area / long
            if shape > most and _empty(x, y, left, count, a, b, c):
                most, best = shape, i
        if best < 0:
            best = fallback
        a, b, c = left[(best + count - 1) % count], left[best], left[(best + 1) % count]
        triples[used, 0], triples[used, 1], triples[used, 2] = a, b, c
        used += 1
        for k in range(best, count - 1):
            left[k] = left[k + 1]
        count -= 1
    triples[used, 0], triples[used, 1], triples[used, 2] = left[0], left[1], left[2]
    return used + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _empty(x: F64, y: F64, left: I32, count: int, a: int, b: int, c: int) -> bool:
    """Whether no other corner lies in the triangle a, b, c."""
    for k in range(count):
        p = left[k]
        if p in (a, b, c):
            continue
        d0 = (x[b] - x[a]) * (y[p] - y[a]) - (y[b] - y[a]) * (x[p] - x[a])
        d1 = (x[c] - x[b]) * (y[p] - y[b]) - (y[c] - y[b]) * (x[p] - x[b])
        d2 = (x[a] - x[c]) * (y[p] - y[c]) - (y[a] - y[c]) * (x[p] - x[c])
        if d0 >= 0 and d1 >= 0 and d2 >= 0:
            return False
    return True
