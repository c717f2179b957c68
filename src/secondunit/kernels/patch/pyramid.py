"""Smaller and smaller rasters of bytes. A forbidden pixel never bleeds into its neighbours on the way down."""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def halved(picture: U8, use: Mask | None = None) -> U8:
    """`picture` (h, w, c) at half its size, rounded up: the mean of the up to four pixels below that are in `use`."""
    h, w, channels = picture.shape
    out = np.empty(((h + 1) // 2, (w + 1) // 2, channels), np.uint8)
    halve(picture, np.ones((1, 1), np.bool_) if use is None else use, use is not None, out)
    return out


def halved_mask(use: Mask, least: int) -> Mask:
    """`use` (h, w) at half its size: true where at least `least` of the four pixels below are; outside is false."""
    h, w = use.shape
    even = np.zeros((h + h % 2, w + w % 2), np.uint8)
    even[:h, :w] = use
    count = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
    return np.asarray(count >= least)


@njit(cache=True, nogil=True)
def halve(picture, use, limited, out):
    """Fill `out` of `halved`."""
    h, w, channels = picture.shape
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for c in range(channels):
                total, count, every, n = 0, 0, 0, 0
                for j in range(2 * y, min(2 * y + 2, h)):
                    for i in range(2 * x, min(2 * x + 2, w)):
                        value = int(picture[j, i, c])
                        every += value
                        n += 1
                        if not limited or use[j, i]:
                            total += value
                            count += 1
                if count == 0:
                    total, count = every, n
                out[y, x, c] = np.uint8((total + count // 2) // count)
