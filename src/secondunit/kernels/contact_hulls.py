"""Convex hulls laid out for the contact kernels: points, face planes and face loops about each body's centre."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]

FACE_EPS = 1e-3  # metres: how near a point must lie to a plane to be a corner of that face
MAX_LOOP = 32


class Hulls(NamedTuple):
    """n convex hulls in their own axes, the centre of mass at the origin, metres.

    Points of hull i: `x`, `y`, `z` at `point_start[i]` to `point_start[i + 1]`. Its faces: `plane` (f, 4) rows
    (normal, offset) with normal · p ≤ offset inside, at `face_start[i]` to `face_start[i + 1]`. Corners of face
    k, counter-clockwise from outside: `loop[loop_start[k]:loop_start[k + 1]]`, indices into `x`, `y`, `z`.
    `radius` (n,) of the sphere about the centre that holds all points.
    """

    x: F32
    y: F32
    z: F32
    point_start: I32
    plane: F32
    face_start: I32
    loop: I32
    loop_start: I32
    radius: F32


@njit(cache=True)
def _face_loop(x, y, z, p0, p1, nx, ny, nz, offset, loop, n_loop):  # type: ignore[no-untyped-def]
    """Append the corners of one face in order to `loop`; returns their number, 0 when fewer than three."""
    ids = np.empty(MAX_LOOP, np.int32)
    angle = np.empty(MAX_LOOP, np.float64)
    n = 0
    cx = cy = cz = 0.0
    for p in range(p0, p1):
        if nx * x[p] + ny * y[p] + nz * z[p] < offset - FACE_EPS or n == MAX_LOOP:
            continue
        twice = False
        for k in range(n):
            q = ids[k]
            if abs(x[q] - x[p]) + abs(y[q] - y[p]) + abs(z[q] - z[p]) < 3e-4:
                twice = True
        if not twice:
            ids[n] = p
            n += 1
            cx += x[p]
            cy += y[p]
            cz += z[p]
    if n < 3:
        return 0
    cx /= n
    cy /= n
    cz /= n
    ux, uy, uz = x[ids[0]] - cx, y[ids[0]] - cy, z[ids[0]] - cz
    vx, vy, vz = ny * uz - nz * uy, nz * ux - nx * uz, nx * uy - ny * ux
    for k in range(n):
        dx, dy, dz = x[ids[k]] - cx, y[ids[k]] - cy, z[ids[k]] - cz
        angle[k] = np.arctan2(dx * vx + dy * vy + dz * vz, dx * ux + dy * uy + dz * uz)
    for k in range(1, n):
        a, i, m = angle[k], ids[k], k - 1
        while m >= 0 and angle[m] > a:
            angle[m + 1] = angle[m]
            ids[m + 1] = ids[m]
            m -= 1
        angle[m + 1] = a
        ids[m + 1] = i
    for k in range(n):
        loop[n_loop + k] = ids[k]
    return n


@njit(cache=True)
def _lay_out(x, y, z, point_start, plane, plane_start):  # type: ignore[no-untyped-def]
    """Faces with at least three corners, their planes moved to touch the outermost point."""
    n = len(point_start) - 1
    faces = np.empty((len(plane), 4), np.float32)
    face_start = np.zeros(n + 1, np.int32)
    loop = np.empty(len(plane) * MAX_LOOP, np.int32)
    loop_start = np.zeros(len(plane) + 1, np.int32)
    radius = np.zeros(n, np.float32)
    n_face = 0
    n_loop = 0
    for i in range(n):
        p0, p1 = point_start[i], point_start[i + 1]
        r2 = 0.0
        for p in range(p0, p1):
            r2 = max(r2, x[p] * x[p] + y[p] * y[p] + z[p] * z[p])
        radius[i] = np.sqrt(r2)
        for k in range(plane_start[i], plane_start[i + 1]):
            nx, ny, nz = float(plane[k, 0]), float(plane[k, 1]), float(plane[k, 2])
            far = -1e30
            for p in range(p0, p1):
                far = max(far, nx * x[p] + ny * y[p] + nz * z[p])
            m = _face_loop(x, y, z, p0, p1, nx, ny, nz, far, loop, n_loop)
            if m >= 3:
                faces[n_face, 0] = nx
                faces[n_face, 1] = ny
                faces[n_face, 2] = nz
                faces[n_face, 3] = far
                n_loop += m
                n_face += 1
                loop_start[n_face] = n_loop
        face_start[i + 1] = n_face
    return faces[:n_face].copy(), face_start, loop[:n_loop].copy(), loop_start[: n_face + 1].copy(), radius


@njit(cache=True)
def _moments(x, y, z, face_start, loop, loop_start):  # type: ignore[no-untyped-def]
    """Volume (n,) and second moments ∫ x xᵀ (n, 6: xx yy zz xy xz yz) by tetrahedra from the centre."""
    n = len(face_start) - 1
    volume = np.zeros(n)
    second = np.zeros((n, 6))
    t = np.empty((4, 3))
    t[3] = 0.0
    for i in range(n):
        for k in range(face_start[i], face_start[i + 1]):
            s, e = loop_start[k], loop_start[k + 1]
            for m in range(s + 1, e - 1):
                for c, q in ((0, loop[s]), (1, loop[m]), (2, loop[m + 1])):
                    t[c, 0], t[c, 1], t[c, 2] = x[q], y[q], z[q]
                det = (
                    t[0, 0] * (t[1, 1] * t[2, 2] - t[1, 2] * t[2, 1])
                    - t[0, 1] * (t[1, 0] * t[2, 2] - t[1, 2] * t[2, 0])
                    + t[0, 2] * (t[1, 0] * t[2, 1] - t[1, 1] * t[2, 0])
                )
                volume[i] += det / 6.0
                for a, b, c in ((0, 0, 0), (1, 1, 1), (2, 2, 2), (0, 1, 3), (0, 2, 4), (1, 2, 5)):
                    sa = t[0, a] + t[1, a] + t[2, a]
                    sb = t[0, b] + t[1, b] + t[2, b]
                    dot = t[0, a] * t[0, b] + t[1, a] * t[1, b] + t[2, a] * t[2, b]
                    second[i, c] += det / 120.0 * (sa * sb + dot)
    return volume, second


def lay_out_hulls(points: F32, point_start: I32, planes: F32, plane_start: I32, centre: F64) -> Hulls:
    """Hulls about their centres from world points (p, 3) and planes (f, 4) with n·x + d ≤ 0 inside.

    `centre` (n, 3) is each hull's centre of mass. Planes with fewer than three corners are dropped; offsets are
    renewed from the points, so a plane that is a little off cannot let bodies sink.
    """
    owner = np.repeat(np.arange(len(centre)), np.diff(point_start))
    local = (np.asarray(points, np.float64) - centre[owner]).astype(np.float32)
    x, y, z = (np.ascontiguousarray(local[:, k]) for k in range(3))
    start = np.ascontiguousarray(point_start, np.int32)
    laid = _lay_out(x, y, z, start, np.ascontiguousarray(planes, np.float32), np.asarray(plane_start, np.int32))
    return Hulls(x, y, z, start, *laid)


def hull_moments(hulls: Hulls) -> tuple[F64, F64]:
    """Volume (n,) m³ and second moments ∫ x xᵀ dV (n, 3, 3) m⁵ of each hull about its origin.

    Exact for polyhedra: each face is fanned into tetrahedra from the origin (Tonon, J. Math. Stat. 1, 2004).
    """
    volume, s = _moments(hulls.x, hulls.y, hulls.z, hulls.face_start, hulls.loop, hulls.loop_start)
    full = np.empty((len(volume), 3, 3))
    for c, (a, b) in enumerate(((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))):
        full[:, a, b] = s[:, c]
        full[:, b, a] = s[:, c]
    return volume, full
