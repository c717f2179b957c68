"""From a field of patches to pixels: each is the plain mean of what the patches that cover it say (Wexler et al. 2007).

Where all of them agree on one place the pixel is a straight copy. Twin: `reference.vote`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]


def vote(source: F32, field: I32, radius: int) -> F32:
    """The picture (h, w, c) that `field` (h, w, 2) makes of `source` (H, W, c), any range.

    `field` holds the x, y of each patch's centre in the source; −1 does not vote. Patches of the side 2 · `radius` + 1
    are cut at the picture's border; every source pixel they name must exist. A pixel that none covers is 0.
    """
    out = np.zeros((*field.shape[:2], source.shape[2]), np.float32)
    field = np.ascontiguousarray(field)
    whole = coherent(field, radius)
    vote_lines(np.ascontiguousarray(source, np.float32), field, whole, radius, out, 0, len(out))
    return out


@njit(cache=True, nogil=True)
def vote_lines(source, field, whole, radius, out, first, last):
    """Fill the lines `first` to `last` − 1 of `out` of `vote`. Sums in double, so that a lamp doesn't eat the rest."""
    h, w, _ = field.shape
    channels = source.shape[2]
    total = np.zeros(channels, np.float64)
    for y in range(first, last):
        y0, y1 = max(0, y - radius), min(h, y + radius + 1)
        for x in range(w):
            x0, x1 = max(0, x - radius), min(w, x + radius + 1)
            if whole[y, x]:
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


def packed(style: U8) -> U64:
    """Bytes (H, W, s) as words of four numbers of 16 bits each, (H, W, s / 4): four channels add up at once."""
    h, w, channels = style.shape
    words = -(-channels // 4)
    wide = np.zeros((h, w, words * 4), np.uint16)
    wide[..., :channels] = style
    return wide.view("<u8").astype(np.uint64, copy=False)


def coherent(field: I32, radius: int) -> U8:
    """1 (h, w) where all patches that cover a pixel are one piece: each square of 2 × 2 centres around it is."""
    h, w = field.shape[:2]
    squares = np.zeros((h, w), np.uint8)
    mark_squares(field, squares)
    # The last line and column begin no square; beyond the border nothing disagrees.
    side = np.ones((2 * radius, 2 * radius), np.uint8)
    inner = cv2.copyMakeBorder(squares[:-1, :-1], radius, radius, radius, radius, cv2.BORDER_CONSTANT, value=1)
    return np.asarray(cv2.erode(inner, side, anchor=(0, 0))[:h, :w], np.uint8)


@njit(cache=True, nogil=True)
def mark_squares(field, squares):
    """1 where a centre and those right of it, below it and both say the same of a pixel."""
    for y in range(squares.shape[0] - 1):
        for x in range(squares.shape[1] - 1):
            sx, sy = field[y, x, 0], field[y, x, 1]
            off = (field[y, x + 1, 0] - 1 - sx) | (field[y, x + 1, 1] - sy)
            off |= (field[y + 1, x, 0] - sx) | (field[y + 1, x, 1] - 1 - sy)
            off |= (field[y + 1, x + 1, 0] - 1 - sx) | (field[y + 1, x + 1, 1] - 1 - sy)
            squares[y, x] = 1 if off == 0 and sx >= 0 else 0


@njit(cache=True, nogil=True)
def vote_features(words, field, whole, table, radius, wanted, known, features, changed, first, last):
    """Vote in bytes: write the style of each `wanted`, not `known` pixel into `features` and mark those that changed.

    `words` (H, W, s / 4) is the `packed` source, `whole` (h, w) tells where the field is `coherent`, `table` (c, 256)
    folds the weights in, `features` (h + 2 r, w + 2 r, c).
    """
    h, w, _ = field.shape
    n_words = words.shape[2]
    n_style = table.shape[0]
    for y in range(first, last):
        y0, y1 = max(0, y - radius), min(h, y + radius + 1)
        for x in range(w):
            changed[y, x] = 0
            if wanted[y, x] == 0 or known[y, x]:
                continue
            x0, x1 = max(0, x - radius), min(w, x + radius + 1)
            for k in range(n_words):
                total, count = np.uint64(0), np.int64(1)
                if whole[y, x]:
                    total = words[field[y, x, 1], field[y, x, 0], k]
                else:
                    count = np.int64(0)
                    for j in range(y0, y1):
                        for i in range(x0, x1):
                            if field[j, i, 0] >= 0:
                                count += 1
                                total += words[field[j, i, 1] + y - j, field[j, i, 0] + x - i, k]
                    if count == 0:
                        continue
                for c in range(4 * k, min(4 * k + 4, n_style)):
                    one = np.int64((total >> np.uint64(16 * (c - 4 * k))) & np.uint64(0xFFFF))
                    byte = table[c, (one + (count >> 1)) // count]
                    if byte != features[y + radius, x + radius, c]:
                        features[y + radius, x + radius, c] = byte
                        changed[y, x] = 1
