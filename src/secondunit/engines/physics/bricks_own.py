"""Which fragment each half-unit of a wall belongs to."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial import cKDTree

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
UNOWNED = -9


def give_cells(
    void: I32,
    real: npt.NDArray[np.bool_],
    spots: F64,
    places: F64,
    spans: I32,
    centres: F64,
    planes: F64,
    face_start: I32,
) -> I32:
    """The fragment of each cell (rows, layers, columns): the one whose hull its spot lies in, or lies nearest to.

    `void` is negative where there is no wall (and kept); `real` is False where a mitre leaves nothing of a cell.
    `spots` (…, 3) say where each cell is asked for, `places` (…, 3) where it lies (world). Fragment i (`centres`
    (n, 3), planes face_start[i] …) is asked only within rows and columns `spans[i]` = (z0, z1, u0, u1). Each
    fragment gets at least the cell nearest to its centre, where that one's owner has others.
    """
    owner = np.where(void < 0, void, UNOWNED).astype(np.int32)
    own_cells(owner, spots, spans, planes, face_start)
    lost = owner == UNOWNED
    tree = cKDTree(centres)
    if lost.any():
        owner[lost] = tree.query(places[lost])[1]
    solid = real & (owner >= 0)
    count = np.bincount(owner[solid], minlength=len(centres))
    if (count == 0).any():
        _feed_empty(owner, np.flatnonzero(solid), places, centres, count)
    return owner


def _feed_empty(
    owner: I32, solid: npt.NDArray[np.intp], places: F64, centres: F64, count: npt.NDArray[np.intp]
) -> None:
    tree = cKDTree(places.reshape(-1, 3)[solid])
    flat = owner.reshape(-1)
    for i in np.flatnonzero(count == 0):
        for near in np.atleast_1d(tree.query(centres[i], k=min(24, len(solid)))[1]):
            had = flat[solid[near]]
            if count[had] > 1:
                count[had] -= 1
                count[i] = 1
                flat[solid[near]] = i
                break


@njit(cache=True)  # type: ignore[untyped-decorator]
def own_cells(owner: I32, spots: F64, spans: I32, planes: F64, face_start: I32) -> None:
    """Set `owner`, where it is UNOWNED, to the fragment with the least of the largest distances over its planes."""
    n_w = owner.shape[1]
    best = np.full(owner.shape, 1e9)
    for i in range(len(spans)):
        for z in range(spans[i, 0], spans[i, 1]):
            for w in range(n_w):
                for u in range(spans[i, 2], spans[i, 3]):
                    if owner[z, w, u] < 0 and owner[z, w, u] != UNOWNED:
                        continue
                    x, y, h = spots[z, w, u, 0], spots[z, w, u, 1], spots[z, w, u, 2]
                    worst = -1e9
                    for p in range(face_start[i], face_start[i + 1]):
                        d = planes[p, 0] * x + planes[p, 1] * y + planes[p, 2] * h + planes[p, 3]
                        if d > worst:
                            worst = d
                            if worst >= best[z, w, u]:
                                break
                    if worst < best[z, w, u]:
                        best[z, w, u] = worst
                        owner[z, w, u] = i


def own_cells_reference(owner: I32, spots: F64, planes: F64, face_start: I32) -> I32:
    """What `own_cells` gives when every fragment may reach everywhere."""
    worst = np.stack(
        [(spots @ planes[a:b, :3].T + planes[a:b, 3]).max(-1) for a, b in itertools.pairwise(face_start)]
    )
    nearest: I32 = np.where(owner == UNOWNED, worst.argmin(0), owner).astype(np.int32)
    return nearest
