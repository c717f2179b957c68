"""The marched picture made whole: the pattern of the rays' starts taken out, and a small raster brought up.

Twins: `march_reference.py`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit, prange

ALIKE = 0.25  # neighbours whose opacity differs by more belong to another part of the cloud
STOPPED = 1e8  # a ray that holds to less depth than this ended at a surface


@njit(cache=True, fastmath=True, parallel=True)
def settle(rgba, span, out):
    """Mean of the 3 × 3 rays around each, out (h, w, 4), over those that saw the same part of the cloud.

    The starts of any 3 × 3 rays cover a step about evenly (interleaved gradient noise, Jimenez 2014), so what is
    left of the pattern in the single ray, a fingerprint in thick dust, is gone from their mean. `rgba` (h, w, 4)
    with opacity last, `span` (h, w, 2) of `march`.
    """
    h, w, channels = rgba.shape
    for row in prange(h):
        total = np.empty(channels, np.float32)
        for col in range(w):
            total[:] = rgba[row, col]
            count = np.float32(1)
            ends = span[row, col, 1]
            for r in range(max(row - 1, 0), min(row + 2, h)):
                for s in range(max(col - 1, 0), min(col + 2, w)):
                    weight = 1 - abs(rgba[r, s, channels - 1] - rgba[row, col, channels - 1]) / ALIKE
                    if weight <= 0 or (r == row and s == col):
                        continue
                    beside = span[r, s, 1]
                    if max(ends, beside) < STOPPED and abs(ends - beside) > 0.02 * ends + 0.05:
                        continue
                    count += np.float32(weight)
                    for c in range(channels):
                        total[c] += np.float32(weight) * rgba[r, s, c]
            for c in range(channels):
                out[row, col, c] = total[c] / count


@njit(cache=True, fastmath=True, parallel=True)
def upsample(small, span, depth, factor, out):
    """Joint bilateral: out (h, w, c) from small (h/f, w/f, c), which holds for surfaces within `span` of depth.

    A neighbour whose ray met dust behind this pixel's surface, or stopped before it, counts for little.
    """
    h, w = depth.shape
    sh, sw, channels = small.shape
    for row in prange(h):
        y = (row + 0.5) / factor - 0.5
        j = int(np.floor(y))
        for col in range(w):
            x = (col + 0.5) / factor - 0.5
            i = int(np.floor(x))
            here = depth[row, col]
            total = 0.0
            for c in range(channels):
                out[row, col, c] = np.float32(0)
            for e in range(4):
                r, s = min(max(j + (e >> 1), 0), sh - 1), min(max(i + (e & 1), 0), sw - 1)
                a = y - j if e >> 1 else 1 - (y - j)
                b = x - i if e & 1 else 1 - (x - i)
                apart = max(0.0, span[r, s, 0] - here) + max(0.0, here - span[r, s, 1])
                apart /= 0.02 * here + 0.05
                weight = (a * b + 1e-3) / (1 + apart * apart)
                total += weight
                for c in range(channels):
                    out[row, col, c] += np.float32(weight) * small[r, s, c]
            for c in range(channels):
                out[row, col, c] /= np.float32(total)
