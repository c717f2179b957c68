"""No seam: copies are joined in gradients, with the plate around the hole and with one another.

Source: P. Pérez, M. Gangnet, A. Blake, "Poisson image editing", SIGGRAPH 2003, in least squares over the edges between
neighbouring pixels, as A. Agarwala et al., "Interactive digital photomontage", 2004, join many sources. Works in codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import cg

from secondunit.engines.removal.hole import Hole

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MOST = 24.0  # codes: a larger step is another thing, not another light
SOFT = 2.5  # pixels along the seam over which its step is averaged, so that grain is not carried inwards
PULL = 2e-4  # towards no correction, so that it fades over about 1 / √PULL = 70 pixels
EXACT = 1e-3


@dataclass(frozen=True)
class Step:
    """One direction of neighbours: pixel `a` (m,) of the hole and the one beside it, `b` (m,), −1 where that is plate.

    `over` (m, 3) codes: by how much the correction of a must exceed that of b (or 0) for no step to show.
    """

    a: I64
    b: I64
    over: F32


def corrections(hole: Hole, steps: list[Step]) -> F32:
    """The correction in codes (n, 3) that takes the steps out, smooth between them."""
    n = len(hole)
    if n == 0:
        return np.zeros((0, 3), np.float32)
    a, b = np.concatenate([s.a for s in steps]), np.concatenate([s.b for s in steps])
    over = np.clip(np.concatenate([s.over for s in steps]), -MOST, MOST).astype(np.float64)
    inner = b >= 0
    diagonal = np.bincount(a, minlength=n) + np.bincount(b[inner], minlength=n) + PULL
    rows = np.concatenate([np.arange(n), a[inner], b[inner]])
    columns = np.concatenate([np.arange(n), b[inner], a[inner]])
    values = np.concatenate([diagonal, -np.ones(2 * int(inner.sum()))])
    matrix = csr_matrix((values, (rows, columns)), shape=(n, n))
    jacobi = csr_matrix((1 / diagonal, (np.arange(n), np.arange(n))), shape=(n, n))
    out = np.zeros((n, 3), np.float32)
    for c in range(3):
        right = np.bincount(a, over[:, c], n) - np.bincount(b[inner], over[inner, c], n)
        out[:, c] = cg(matrix, right, rtol=EXACT, atol=1e-4, maxiter=600, M=jacobi)[0]
    return out


def softened(hole: Hole, pixel: I64, over: F32) -> F32:
    """Steps (m, 3) at pixels (m,) averaged along the seam they lie on."""
    if not len(pixel):
        return over
    count = np.bincount(pixel, minlength=len(hole)).astype(np.float32)
    total = np.stack([np.bincount(pixel, over[:, c], len(hole)) for c in range(3)], -1).astype(np.float32)
    box = hole.box(round(3 * SOFT) + 1)
    sums, counts = np.asarray(hole.image(total), np.float32)[box], np.asarray(hole.image(count), np.float32)[box]
    mean = (
        cv2.GaussianBlur(sums, (0, 0), SOFT) / np.maximum(cv2.GaussianBlur(counts, (0, 0), SOFT), 1e-6)[..., None]
    )
    out: F32 = mean[hole.y[pixel] - box[0].start, hole.x[pixel] - box[1].start].astype(np.float32)
    return out
