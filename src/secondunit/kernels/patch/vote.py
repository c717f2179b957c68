"""From a field of patches to pixels: each is the plain mean of what the patches that cover it say (Wexler et al. 2007).

Where all of them agree on one place the pixel is a straight copy. Twin: `reference.vote`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]


def vote(source: F32, field: I32, radius: int) -> F32:
    """The picture (h, w, c) that `field` (h, w, 2) makes of `source` (H, W, c), any range.

    `field` holds the x, y of each patch's centre in the source; −1 does not vote. Patches of the side 2 · `radius` + 1
    are cut at the picture's border; every source pixel they name must exist. A pixel that none covers is 0.
    """
    out = np.zeros((*field.shape[:2], source.shape[2]), np.float32)
    vote_lines(np.ascontiguousarray(source, np.float32), np.ascontiguousarray(field), radius, out, 0, len(out))
    return out


@njit(cache=True, nogil=True, inline="always")
def agree(field, x, y, x0, x1, y0, y1):
    """Whether all patches whose centres lie in the window say the same of the pixel x, y."""
    off_x, off_y = field[y, x, 0] - x, field[y, x, 1] - y
    for j in range(y0, y1):
        different = 0
        for i in range(x0, x1):
            different |= (field[j, i, 0] - i) ^ off_x
            different |= (field[j, i, 1] - j) ^ off_y
        if different != 0:
            return False
    return field[y, x, 0] >= 0


@njit(cache=True, nogil=True)
def vote_lines(source, field, radius, out, first, last):
    """Fill the lines `first` to `last` − 1 of `out` of `vote`. Sums in double, so that a lamp doesn't eat the rest."""
    h, w, _ = field.shape
    channels = source.shape[2]
    total = np.zeros(channels, np.float64)
    for y in range(first, last):
        y0, y1 = max(0, y - radius), min(h, y + radius + 1)
        for x in range(w):
            x0, x1 = max(0, x - radius), min(w, x + radius + 1)
            if agree(field, x, y, x0, x1, y0, y1):
                for c in range(channels):
                    out[y, x, c] = source[field[y, x, 1], field[y, x, 0], c]
                continue
            total[:] = 0
            count = 0
            for j in range(y0, y1):
                for i in range(x0, x1):
                    if field[j, i, 0] < 0:
                        continue
                    count += 1
                    for c in range(channels):
                        total[c] += source[field[j, i, 1] + y - j, field[j, i, 0] + x - i, c]
            for c in range(channels):
                out[y, x, c] = total[c] / max(count, 1)


@njit(cache=True, nogil=True)
def vote_features(source, field, table, radius, wanted, known, features, changed, first, last):
    """Vote in bytes: write the style of each `wanted`, not `known` pixel into `features` and mark those that changed.

    `source` (H, W, s) bytes, `table` (c, 256) folds the weights in, `features` (h + 2 r, w + 2 r, c).
    """
    h, w, _ = field.shape
    channels = source.shape[2]
    total = np.zeros(channels, np.int32)
    for y in range(first, last):
        y0, y1 = max(0, y - radius), min(h, y + radius + 1)
        for x in range(w):
            changed[y, x] = 0
            if wanted[y, x] == 0 or known[y, x]:
                continue
            x0, x1 = max(0, x - radius), min(w, x + radius + 1)
            count = 1
            if agree(field, x, y, x0, x1, y0, y1):
                for c in range(channels):
                    total[c] = source[field[y, x, 1], field[y, x, 0], c]
            else:
                total[:] = 0
                count = 0
                for j in range(y0, y1):
                    for i in range(x0, x1):
                        if field[j, i, 0] < 0:
                            continue
                        count += 1
                        sx, sy = field[j, i, 0] + x - i, field[j, i, 1] + y - j
                        for c in range(channels):
                            total[c] += source[sy, sx, c]
            if count == 0:
                continue
            for c in range(channels):
                byte = table[c, (total[c] + (count >> 1)) // count]
                if byte != features[y + radius, x + radius, c]:
                    features[y + radius, x + radius, c] = byte
                    changed[y, x] = 1
