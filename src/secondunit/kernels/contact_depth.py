"""The true depth of two overlapping convex hulls: all face normals and all pairs of edges.

What the solver leaves out for speed (edges against edges), the measures of a heap must not.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from secondunit.kernels.contact import best_face, relative

MAX_EDGES = 96
_ALIKE = 1e-3  # edges closer in direction than this are one axis


@njit(cache=True)
def edge_directions(hulls, i, out):  # type: ignore[no-untyped-def]
    """Distinct unit directions of the edges of hull i into `out` (MAX_EDGES, 3); returns their number."""
    n = 0
    for f in range(hulls.face_start[i], hulls.face_start[i + 1]):
        s, e = hulls.loop_start[f], hulls.loop_start[f + 1]
        for k in range(s, e):
            p, q = hulls.loop[k], hulls.loop[k + 1 if k + 1 < e else s]
            x, y, z = hulls.x[q] - hulls.x[p], hulls.y[q] - hulls.y[p], hulls.z[q] - hulls.z[p]
            size = np.sqrt(x * x + y * y + z * z)
            if size < 1e-4 or n == MAX_EDGES:
                continue
            x, y, z = x / size, y / size, z / size
            known = False
            for m in range(n):
                if abs(x * out[m, 0] + y * out[m, 1] + z * out[m, 2]) > 1.0 - _ALIKE * _ALIKE:
                    known = True
                    break
            if not known:
                out[n, 0], out[n, 1], out[n, 2] = x, y, z
                n += 1
    return n


@njit(cache=True, fastmath=True)
def _extent(hulls, i, x, y, z):  # type: ignore[no-untyped-def]
    """(least, greatest) of hull i along a direction in its own axes."""
    low, high = np.float32(1e30), np.float32(-1e30)
    for p in range(hulls.point_start[i], hulls.point_start[i + 1]):
        d = x * hulls.x[p] + y * hulls.y[p] + z * hulls.z[p]
        low = min(low, d)
        high = max(high, d)
    return low, high


@njit(cache=True)
def _edge_gap(hulls, a, b, r, t, ea, na, eb, nb, best):  # type: ignore[no-untyped-def]
    """The widest gap along cross products of edges, if wider than `best`."""
    for j in range(nb):
        bx = r[0] * eb[j, 0] + r[1] * eb[j, 1] + r[2] * eb[j, 2]
        by = r[3] * eb[j, 0] + r[4] * eb[j, 1] + r[5] * eb[j, 2]
        bz = r[6] * eb[j, 0] + r[7] * eb[j, 1] + r[8] * eb[j, 2]
        for i in range(na):
            x = ea[i, 1] * bz - ea[i, 2] * by
            y = ea[i, 2] * bx - ea[i, 0] * bz
            z = ea[i, 0] * by - ea[i, 1] * bx
            size = np.sqrt(x * x + y * y + z * z)
            if size < 1e-2:
                continue
            x, y, z = np.float32(x / size), np.float32(y / size), np.float32(z / size)
            low_a, high_a = _extent(hulls, a, x, y, z)
            low_b, high_b = _extent(
                hulls,
                b,
                r[0] * x + r[3] * y + r[6] * z,
                r[1] * x + r[4] * y + r[7] * z,
                r[2] * x + r[5] * y + r[8] * z,
            )
            off = x * t[0] + y * t[1] + z * t[2]
            best = max(best, low_b + off - high_a, low_a - high_b - off)
            if best > 0:
                return best
    return best


@njit(cache=True)
def pair_gaps(hulls, pos, rot, first, second, reach, exact, gap):  # type: ignore[no-untyped-def]
    """Write the widest separation of each pair to `gap` (p,), metres: minus the depth where they overlap.

    `pos` (n, 3), `rot` (n, 9) row-major, `first`, `second` (p,). Pairs farther apart than `reach` get some gap
    above it. Without `exact` only face normals are tried, which may take crossed edges for touching.
    """
    r = np.empty(9, np.float32)
    ea, eb = np.empty((MAX_EDGES, 3), np.float32), np.empty((MAX_EDGES, 3), np.float32)
    for p in range(len(first)):
        a, b = first[p], second[p]
        t = relative(rot, pos, b, a, r)
        best = best_face(hulls, b, a, r, t[0], t[1], t[2], reach)[0]
        if best <= reach:
            t = relative(rot, pos, a, b, r)
            best = max(best, best_face(hulls, a, b, r, t[0], t[1], t[2], reach)[0])
        if exact and best < 0:
            na, nb = edge_directions(hulls, a, ea), edge_directions(hulls, b, eb)
            best = _edge_gap(hulls, a, b, r, t, ea, na, eb, nb, best)
        gap[p] = best
