"""A search that is not PatchMatch: no neighbour is asked and nothing is tried at random.

Patches are brought down to a few numbers (principal components, as in Hertzmann et al., Image Analogies, SIGGRAPH 2001,
and PCA trees since), and a k-d tree names the nearest source patches of each; the best of them by their whole distance
is taken if it is better than what there was. It costs many times more: see docs/patents.md.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from numpy import int64

from secondunit.kernels.patch.distance import PatchShape, whole
from secondunit.kernels.patch.search import price, settle

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

COMPONENTS = 10
CANDIDATES = 4
SAMPLE = 4096
SLACK_SHARE = 1.0  # a named patch may be this share further than the nearest


class PatchTree:
    """The usable patches of one source, flat bytes with lines of `row` bytes, ready to be asked."""

    def __init__(self, shape: PatchShape, source: U8, row: int, usable: Mask) -> None:
        from scipy.spatial import cKDTree  # half a second to import, and only this search needs it

        self.shape = shape
        self.centres = np.argwhere(usable).astype(np.int32)[:, ::-1].copy()
        corners = self.centres - shape.side // 2
        n = shape.side * shape.side * shape.channels
        sample = corners[:: max(1, len(corners) // SAMPLE)]
        whole_patches = np.empty((len(sample), n), np.float32)
        project(source, row, shape.channels, shape.side, sample, np.eye(n, dtype=np.float32), whole_patches)
        covariance = np.cov(whole_patches, rowvar=False).astype(np.float64)
        self.basis = np.ascontiguousarray(np.linalg.eigh(covariance)[1][:, : -COMPONENTS - 1 : -1].T, np.float32)
        self.tree = cKDTree(self._projected(source, row, corners), leafsize=24)

    def _projected(self, flat: U8, row: int, corners: I32) -> F32:
        out = np.empty((len(corners), len(self.basis)), np.float32)
        project(flat, row, self.shape.channels, self.shape.side, np.ascontiguousarray(corners), self.basis, out)
        return out

    def candidates(self, features: U8, row: int, corners: I32, cost: I32) -> I32:
        """Centres (m, k, 2) x, y named for the patches that begin at `corners` (m, 2) x, y; −1 where none is nearer.

        `cost` (m,): the distance there is already; a projection is never longer, so what lies further can't be better.
        """
        asked = self._projected(features, row, corners)
        found = np.full((len(corners), CANDIDATES, 2), -1, np.int32)
        order = np.argsort(cost, kind="stable")
        for some in np.array_split(order, max(1, len(order) // 4096)):
            if not len(some):
                continue
            limit = float(np.sqrt(cost[some].max())) + 1.0
            _, which = self.tree.query(asked[some], CANDIDATES, eps=SLACK_SHARE, distance_upper_bound=limit)
            known = np.asarray(which < len(self.centres))
            found[some] = np.where(known[..., None], self.centres[np.where(known, which, 0)], -1)
        return found


@njit(cache=True, nogil=True, fastmath=True)
def project(flat, row, channels, side, corners, basis, out):
    """The patches that begin at `corners` (m, 2) x, y on the `basis` (k, side · side · channels): `out` (m, k)."""
    length = side * channels
    for m in range(corners.shape[0]):
        at = int64(corners[m, 1]) * row + int64(corners[m, 0]) * channels
        for k in range(basis.shape[0]):
            total = np.float32(0)
            for j in range(side):
                for i in range(length):
                    total += basis[k, j * length + i] * np.float32(flat[at + j * row + i])
            out[m, k] = total


@njit(cache=True, nogil=True)
def pick(shape, features, row, source, source_row, corners, named, field, cost, moved, crowd, bins, toll):
    """Take the best of the `named` (m, k, 2) candidates for each patch, where it is better than what there is."""
    n, r = shape.channels, shape.radius
    for m in range(corners.shape[0]):
        x, y = corners[m, 0], corners[m, 1]
        old_x, old_y = int64(field[y, x, 0]), int64(field[y, x, 1])
        bx, by, best = old_x, old_y, cost[y, x] + price(crowd, bins, toll, old_x, old_y)
        for k in range(named.shape[1]):
            cx, cy = int64(named[m, k, 0]), int64(named[m, k, 1])
            if cx < 0:
                continue
            there = (cy - r) * source_row + (cx - r) * n
            found = price(crowd, bins, toll, cx, cy)
            found += whole(shape, features, int64(y) * row + int64(x) * n, row, 0, source, there, source_row, 0)
            if found < best:
                bx, by, best = cx, cy, found
        if bx != old_x or by != old_y:
            settle(field, cost, moved, crowd, bins, toll, x, y, bx, by, best)
