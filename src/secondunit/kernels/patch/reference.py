"""The plain twins of the patch kernels: slow, short, nothing left out. Tests tie the kernels to them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]


def patch_distance(a: U8, b: U8) -> int:
    """Summed squared difference of two patches of any shape."""
    return int(((a.astype(np.int64) - b.astype(np.int64)) ** 2).sum())


def vote(source: F32, field: I32, radius: int) -> F32:
    """The plain mean of `vote.vote`."""
    h, w = field.shape[:2]
    out = np.zeros((h, w, source.shape[2]), np.float32)
    for y in range(h):
        for x in range(w):
            said = [
                source[field[j, i, 1] + y - j, field[j, i, 0] + x - i].astype(np.float64)
                for j in range(max(0, y - radius), min(h, y + radius + 1))
                for i in range(max(0, x - radius), min(w, x + radius + 1))
                if field[j, i, 0] >= 0
            ]
            if said:
                out[y, x] = np.mean(said, axis=0)
    return out
