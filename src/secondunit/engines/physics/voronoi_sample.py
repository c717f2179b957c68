"""Random points inside convex polyhedra."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]


@njit(cache=True)  # type: ignore[untyped-decorator]
def points_inside(
    verts: F64, loop: I32, loop_start: I32, face_start: I32, centroid: F64, owner: I32, draws: F64, points: F64
) -> None:
    """A uniform random point of polyhedron owner[k] for each row of `draws` (k, 4) in 0..1, into `points` (k, 3).

    A tetrahedron between the centroid and a fan triangle of a face is picked by volume, then a point in it
    (Rocchini and Cignoni 2000). Rows must be sorted by `owner`.
    """
    weights = np.empty(2048)
    e = np.empty((3, 3))
    tri = np.empty((2048, 3), np.int32)
    n_tri = 0
    last = -1
    for k in range(len(owner)):
        cell = owner[k]
        if cell != last:
            n_tri = 0
            total = 0.0
            for f in range(face_start[cell], face_start[cell + 1]):
                a = loop[loop_start[f]]
                for q in range(loop_start[f] + 1, loop_start[f + 1] - 1):
                    b, c = loop[q], loop[q + 1]
                    for axis in range(3):
                        o = centroid[cell, axis]
                        e[0, axis], e[1, axis], e[2, axis] = (
                            verts[a, axis] - o,
                            verts[b, axis] - o,
                            verts[c, axis] - o,
                        )
                    total += abs(
                        e[0, 0] * (e[1, 1] * e[2, 2] - e[1, 2] * e[2, 1])
                        + e[0, 1] * (e[1, 2] * e[2, 0] - e[1, 0] * e[2, 2])
                        + e[0, 2] * (e[1, 0] * e[2, 1] - e[1, 1] * e[2, 0])
                    )
                    weights[n_tri] = total
                    tri[n_tri, 0], tri[n_tri, 1], tri[n_tri, 2] = a, b, c
                    n_tri += 1
            last = cell
        pick = 0
        while pick < n_tri - 1 and weights[pick] < draws[k, 0] * weights[n_tri - 1]:
            pick += 1
        s = draws[k, 1] ** (1.0 / 3.0)
        t = np.sqrt(draws[k, 2])
        u = draws[k, 3]
        for axis in range(3):
            o = centroid[cell, axis]
            a_, b_, c_ = verts[tri[pick, 0], axis], verts[tri[pick, 1], axis], verts[tri[pick, 2], axis]
            on = a_ * (1 - t) + b_ * t * (1 - u) + c_ * t * u
            points[k, axis] = o + (on - o) * s
