"""Clip the face of one hull to the face of another and keep the four points that matter."""

from __future__ import annotations

import numpy as np
from numba import njit

from secondunit.kernels.contact_hulls import FACE_EPS, MAX_LOOP

MAX_POLYGON = 2 * MAX_LOOP
_SIDE_SLACK = 2e-3  # metres a corner may stand outside the reference face and still count


@njit(cache=True, fastmath=True)
def _lowest(hulls, other, mx, my, mz):  # type: ignore[no-untyped-def]
    """The corner of hull `other` farthest against (mx, my, mz)."""
    low = np.float32(1e30)
    corner = hulls.point_start[other]
    for p in range(hulls.point_start[other], hulls.point_start[other + 1]):
        d = mx * hulls.x[p] + my * hulls.y[p] + mz * hulls.z[p]
        if d < low:
            low = d
            corner = p
    return corner


@njit(cache=True)
def _facing(hulls, other, corner, mx, my, mz):  # type: ignore[no-untyped-def]
    """The face of hull `other` at `corner` whose normal points most against (mx, my, mz).

    Of all its faces the one most against the normal may lie beside the overlap; one at the deepest corner does not.
    """
    best = np.float32(2.0)
    face = hulls.face_start[other]
    for f in range(hulls.face_start[other], hulls.face_start[other + 1]):
        d = hulls.plane[f, 0] * mx + hulls.plane[f, 1] * my + hulls.plane[f, 2] * mz
        if d < best:
            near = hulls.plane[f, 0] * hulls.x[corner] + hulls.plane[f, 1] * hulls.y[corner]
            if near + hulls.plane[f, 2] * hulls.z[corner] > hulls.plane[f, 3] - np.float32(FACE_EPS):
                best = d
                face = f
    return face


@njit(cache=True)
def _cut(poly, start, n, sx, sy, sz, limit, target):  # type: ignore[no-untyped-def]
    """Sutherland–Hodgman: the part of `poly[start:start + n]` with s · p ≤ limit to `poly[target:]`."""
    m = 0
    for k in range(n):
        i = start + k
        j = start + (k + 1) % n
        di = sx * poly[i, 0] + sy * poly[i, 1] + sz * poly[i, 2] - limit
        dj = sx * poly[j, 0] + sy * poly[j, 1] + sz * poly[j, 2] - limit
        if di <= 0 and m < MAX_POLYGON:
            for c in range(3):
                poly[target + m, c] = poly[i, c]
            m += 1
        if (di < 0 < dj or dj < 0 < di) and m < MAX_POLYGON:
            u = di / (di - dj)
            for c in range(3):
                poly[target + m, c] = poly[i, c] + u * (poly[j, c] - poly[i, c])
            m += 1
    return m


@njit(cache=True)
def clip_face(hulls, face, other, r, tx, ty, tz, margin, gap, poly):  # type: ignore[no-untyped-def]
    """Points of hull `other` that lie over `face` and within `margin` of its plane.

    `poly` (2 · MAX_POLYGON, 4) receives (x, y, z, distance from the plane) in the axes of the face's hull;
    returns their number. Where the clipped face is empty and the hulls overlap on every axis (edges that cross
    beside the face), the deepest corner alone is kept.
    """
    nx, ny, nz = hulls.plane[face, 0], hulls.plane[face, 1], hulls.plane[face, 2]
    offset = hulls.plane[face, 3]
    mx = r[0] * nx + r[3] * ny + r[6] * nz
    my = r[1] * nx + r[4] * ny + r[7] * nz
    mz = r[2] * nx + r[5] * ny + r[8] * nz
    corner = _lowest(hulls, other, mx, my, mz)
    facing = _facing(hulls, other, corner, mx, my, mz)
    n = 0
    for k in range(hulls.loop_start[facing], hulls.loop_start[facing + 1]):
        p = hulls.loop[k]
        x, y, z = hulls.x[p], hulls.y[p], hulls.z[p]
        poly[n, 0] = r[0] * x + r[1] * y + r[2] * z + tx
        poly[n, 1] = r[3] * x + r[4] * y + r[5] * z + ty
        poly[n, 2] = r[6] * x + r[7] * y + r[8] * z + tz
        n += 1
    start = 0
    s, e = hulls.loop_start[face], hulls.loop_start[face + 1]
    for k in range(s, e):
        p = hulls.loop[k]
        q = hulls.loop[k + 1 if k + 1 < e else s]
        ex, ey, ez = hulls.x[q] - hulls.x[p], hulls.y[q] - hulls.y[p], hulls.z[q] - hulls.z[p]
        sx, sy, sz = ey * nz - ez * ny, ez * nx - ex * nz, ex * ny - ey * nx
        length = np.sqrt(sx * sx + sy * sy + sz * sz)
        limit = sx * hulls.x[p] + sy * hulls.y[p] + sz * hulls.z[p] + np.float32(_SIDE_SLACK) * length
        n = _cut(poly, start, n, sx, sy, sz, limit, MAX_POLYGON - start)
        start = MAX_POLYGON - start
        if n == 0:
            break
    m = 0
    for k in range(start, start + n):
        d = nx * poly[k, 0] + ny * poly[k, 1] + nz * poly[k, 2] - offset
        if d <= margin:
            x, y, z = poly[k, 0], poly[k, 1], poly[k, 2]
            poly[m, 0], poly[m, 1], poly[m, 2], poly[m, 3] = x, y, z, d
            m += 1
    if m == 0 and gap < 0:
        x, y, z = hulls.x[corner], hulls.y[corner], hulls.z[corner]
        poly[0, 0] = r[0] * x + r[1] * y + r[2] * z + tx
        poly[0, 1] = r[3] * x + r[4] * y + r[5] * z + ty
        poly[0, 2] = r[6] * x + r[7] * y + r[8] * z + tz
        poly[0, 3] = gap
        m = 1
    return m


@njit(cache=True)
def _to_front(poly, target, i):  # type: ignore[no-untyped-def]
    """Swap rows `target` and `i`."""
    for c in range(4):
        keep = poly[target, c]
        poly[target, c] = poly[i, c]
        poly[i, c] = keep


@njit(cache=True)
def keep_four(poly, n):  # type: ignore[no-untyped-def]
    """Move to the front the deepest point, the farthest from it and the two widest to both sides; returns 4."""
    best = 0
    for i in range(1, n):
        if poly[i, 3] < poly[best, 3] - 1e-6:
            best = i
    _to_front(poly, 0, best)
    far, best = -1.0, 1
    for i in range(1, n):
        d = (poly[i, 0] - poly[0, 0]) ** 2 + (poly[i, 1] - poly[0, 1]) ** 2 + (poly[i, 2] - poly[0, 2]) ** 2
        if d > far:
            far, best = d, i
    _to_front(poly, 1, best)
    ux, uy, uz = poly[1, 0] - poly[0, 0], poly[1, 1] - poly[0, 1], poly[1, 2] - poly[0, 2]
    far, best = -1.0, 2
    kx = ky = kz = 0.0
    for i in range(2, n):
        vx, vy, vz = poly[i, 0] - poly[0, 0], poly[i, 1] - poly[0, 1], poly[i, 2] - poly[0, 2]
        cx, cy, cz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        d = cx * cx + cy * cy + cz * cz
        if d > far:
            far, best = d, i
            kx, ky, kz = cx, cy, cz
    _to_front(poly, 2, best)
    far, best = 1e30, 3
    for i in range(3, n):
        vx, vy, vz = poly[i, 0] - poly[0, 0], poly[i, 1] - poly[0, 1], poly[i, 2] - poly[0, 2]
        d = kx * (uy * vz - uz * vy) + ky * (uz * vx - ux * vz) + kz * (ux * vy - uy * vx)
        if d < far:
            far, best = d, i
    _to_front(poly, 3, best)
    return 4
