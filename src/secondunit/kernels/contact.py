"""Contact points between convex hulls: the deepest face by separating axes, then the other's face clipped to it.

Method: Gregorius, "The Separating Axis Test between Convex Polyhedra" and "Robust Contact Creation for Physics
Simulations" (GDC 2013, 2015), with face axes only: the face that separated or touched last is tried first.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from secondunit.kernels.contact_clip import MAX_POLYGON, clip_face, keep_four

NO_FACE = -(1 << 30)
MAX_POINTS = 4
GROUND_REACH = 0.02  # metres
_BLOCK = 128
_HYSTERESIS = 1e-3  # metres a new face must beat the last one by, so that resting contacts do not flicker


@njit(cache=True, fastmath=True)
def face_gap(hulls, face, other, r, tx, ty, tz):  # type: ignore[no-untyped-def]
    """Distance of hull `other` from the plane of `face`, metres, negative inside.

    `r` (9,) rotates the other's axes into the face's, (tx, ty, tz) is its centre there.
    """
    nx, ny, nz = hulls.plane[face, 0], hulls.plane[face, 1], hulls.plane[face, 2]
    mx = r[0] * nx + r[3] * ny + r[6] * nz
    my = r[1] * nx + r[4] * ny + r[7] * nz
    mz = r[2] * nx + r[5] * ny + r[8] * nz
    low = np.float32(1e30)
    for p in range(hulls.point_start[other], hulls.point_start[other + 1]):
        low = min(low, mx * hulls.x[p] + my * hulls.y[p] + mz * hulls.z[p])
    return low + nx * tx + ny * ty + nz * tz - hulls.plane[face, 3]


@njit(cache=True, fastmath=True)
def best_face(hulls, a, b, r, tx, ty, tz, margin):  # type: ignore[no-untyped-def]
    """The face of `a` that hull `b` is farthest out of: (gap, face); stops at a gap above `margin`."""
    best = np.float32(-1e30)
    face = hulls.face_start[a]
    for f in range(hulls.face_start[a], hulls.face_start[a + 1]):
        gap = face_gap(hulls, f, b, r, tx, ty, tz)
        if gap > best:
            best = gap
            face = f
            if gap > margin:
                break
    return best, face


@njit(cache=True)
def relative(rot, pos, a, b, r):  # type: ignore[no-untyped-def]
    """Rotation of b's axes into a's into `r` (9,); returns b's centre in a's axes."""
    dx, dy, dz = pos[b, 0] - pos[a, 0], pos[b, 1] - pos[a, 1], pos[b, 2] - pos[a, 2]
    for i in range(3):
        for j in range(3):
            r[3 * i + j] = rot[a, i] * rot[b, j] + rot[a, 3 + i] * rot[b, 3 + j] + rot[a, 6 + i] * rot[b, 6 + j]
    return (
        np.float32(rot[a, 0] * dx + rot[a, 3] * dy + rot[a, 6] * dz),
        np.float32(rot[a, 1] * dx + rot[a, 4] * dy + rot[a, 7] * dz),
        np.float32(rot[a, 2] * dx + rot[a, 5] * dy + rot[a, 8] * dz),
    )


@njit(cache=True)
def _choose_face(hulls, a, b, hint, margin, r, rt, t, s):  # type: ignore[no-untyped-def]
    """(gap, face, whether the face is a's); `t`, `s` are each other's centres, `r`, `rt` the rotations."""
    hinted = np.float32(-1e30)
    if hint >= 0:
        hinted = face_gap(hulls, hint, b, r, t[0], t[1], t[2])
        if hinted > margin:
            return hinted, hint, True
    elif hint != NO_FACE:
        hinted = face_gap(hulls, -1 - hint, a, rt, s[0], s[1], s[2])
        if hinted > margin:
            return hinted, -1 - hint, False
    gap, face = best_face(hulls, a, b, r, t[0], t[1], t[2], margin)
    first = True
    if gap <= margin:
        gap2, face2 = best_face(hulls, b, a, rt, s[0], s[1], s[2], margin)
        if gap2 > gap + _HYSTERESIS:
            gap, face, first = gap2, face2, False
    if hint != NO_FACE and gap <= margin and hinted > gap - _HYSTERESIS:
        if hint >= 0:
            return hinted, hint, True
        return hinted, -1 - hint, False
    return gap, face, first


@njit(cache=True)
def _touch(hulls, pos, rot, a, b, hint, margin, r, rt, poly, normal, ra, rb, sep):  # type: ignore[no-untyped-def]
    """One pair's manifold into normal (3,), ra, rb (4, 3), sep (4,); returns (points, face code)."""
    t = relative(rot, pos, a, b, r)
    for i in range(3):
        for j in range(3):
            rt[3 * i + j] = r[3 * j + i]
    s = (
        -(r[0] * t[0] + r[3] * t[1] + r[6] * t[2]),
        -(r[1] * t[0] + r[4] * t[1] + r[7] * t[2]),
        -(r[2] * t[0] + r[5] * t[1] + r[8] * t[2]),
    )
    gap, face, first = _choose_face(hulls, a, b, hint, margin, r, rt, t, s)
    code = face if first else -1 - face
    if gap > margin:
        return 0, code
    if first:
        n = clip_face(hulls, face, b, r, t[0], t[1], t[2], margin, gap, poly)
    else:
        n = clip_face(hulls, face, a, rt, s[0], s[1], s[2], margin, gap, poly)
    if n > MAX_POINTS:
        n = keep_four(poly, n)
    owner = a if first else b
    nx, ny, nz = hulls.plane[face, 0], hulls.plane[face, 1], hulls.plane[face, 2]
    flip = 1.0 if first else -1.0
    for k in range(3):
        normal[k] = flip * (rot[owner, 3 * k] * nx + rot[owner, 3 * k + 1] * ny + rot[owner, 3 * k + 2] * nz)
    for q in range(n):
        # the contact lies midway between the point and the plane it is measured from
        half = 0.5 * poly[q, 3]
        x, y, z = poly[q, 0] - half * nx, poly[q, 1] - half * ny, poly[q, 2] - half * nz
        for k in range(3):
            w = rot[owner, 3 * k] * x + rot[owner, 3 * k + 1] * y + rot[owner, 3 * k + 2] * z
            across = pos[b, k] - pos[a, k]
            ra[q, k] = w if first else w + across
            rb[q, k] = w - across if first else w
        sep[q] = poly[q, 3]
    return n, code


@njit(cache=True)
def _touch_ground(  # type: ignore[no-untyped-def]
    hulls, pos, rot, vel, spin, a, plane, margin, dt, poly, normal, ra, rb, sep
):
    """The points of hull `a` that lie, or within `dt` will lie, less than `margin` above the ground plane.

    `plane` (nx, ny, nz, height); the contact normal points down.
    """
    ox = rot[a, 0] * plane[0] + rot[a, 3] * plane[1] + rot[a, 6] * plane[2]
    oy = rot[a, 1] * plane[0] + rot[a, 4] * plane[1] + rot[a, 7] * plane[2]
    oz = rot[a, 2] * plane[0] + rot[a, 5] * plane[1] + rot[a, 8] * plane[2]
    up = pos[a, 0] * plane[0] + pos[a, 1] * plane[1] + pos[a, 2] * plane[2] - plane[3]
    rise = vel[a, 0] * plane[0] + vel[a, 1] * plane[1] + vel[a, 2] * plane[2]
    # how fast a point at p sinks as the body turns: (spin × p) · n = p · (n × spin)
    cx = plane[1] * spin[a, 2] - plane[2] * spin[a, 1]
    cy = plane[2] * spin[a, 0] - plane[0] * spin[a, 2]
    cz = plane[0] * spin[a, 1] - plane[1] * spin[a, 0]
    tx = rot[a, 0] * cx + rot[a, 3] * cy + rot[a, 6] * cz
    ty = rot[a, 1] * cx + rot[a, 4] * cy + rot[a, 7] * cz
    tz = rot[a, 2] * cx + rot[a, 5] * cy + rot[a, 8] * cz
    n = 0
    for p in range(hulls.point_start[a], hulls.point_start[a + 1]):
        gap = ox * hulls.x[p] + oy * hulls.y[p] + oz * hulls.z[p] + up
        soon = gap + dt * (rise + tx * hulls.x[p] + ty * hulls.y[p] + tz * hulls.z[p])
        if min(gap, soon) <= margin and n < MAX_POLYGON:
            poly[n, 0], poly[n, 1], poly[n, 2] = hulls.x[p], hulls.y[p], hulls.z[p]
            poly[n, 3] = min(gap, soon)  # what will be deepest must be among the four
            n += 1
    if n > MAX_POINTS:
        n = keep_four(poly, n)
    for k in range(3):
        normal[k] = -plane[k]
    for q in range(n):
        for k in range(3):
            w = rot[a, 3 * k] * poly[q, 0] + rot[a, 3 * k + 1] * poly[q, 1] + rot[a, 3 * k + 2] * poly[q, 2]
            ra[q, k] = w
            rb[q, k] = w
        sep[q] = ox * poly[q, 0] + oy * poly[q, 1] + oz * poly[q, 2] + up
    return n


@njit(cache=True, parallel=True)
def find_contacts(  # type: ignore[no-untyped-def]
    hulls, pos, rot, vel, spin, pad, first, second, hint, plane, dt, count, normal, ra, rb, sep
):
    """Manifolds of up to four points for every pair; each pair writes only its own row, so threads do not matter.

    `pos` (n, 3), `rot` (n, 9) row-major, `vel`, `spin` (n, 3) and `pad` (n,) as for the broad phase; `first`, `second`
    (p,) bodies, `second` = n − 1 means the ground `plane` (4,). `hint` (p,) the face of the last step or NO_FACE,
    renewed. Results: `count` (p,), `normal` (p, 3) from first to second, `ra`, `rb` (p, 4, 3) the points from
    each centre in world axes, `sep` (p, 4) metres, negative where they overlap.
    """
    n_pairs = len(first)
    ground = len(pos) - 1
    for block in prange((n_pairs + _BLOCK - 1) // _BLOCK):
        r = np.empty(9, np.float32)
        rt = np.empty(9, np.float32)
        poly = np.empty((2 * MAX_POLYGON, 4), np.float32)
        for p in range(block * _BLOCK, min(n_pairs, (block + 1) * _BLOCK)):
            a, b = first[p], second[p]
            near = pad[a] + pad[b]
            dx, dy, dz = vel[a, 0] - vel[b, 0], vel[a, 1] - vel[b, 1], vel[a, 2] - vel[b, 2]
            margin = np.float32(near + dt * np.sqrt(dx * dx + dy * dy + dz * dz))
            if b == ground:
                count[p] = _touch_ground(
                    hulls, pos, rot, vel, spin, a, plane, GROUND_REACH, dt, poly, normal[p], ra[p], rb[p], sep[p]
                )
                continue
            n, code = _touch(hulls, pos, rot, a, b, hint[p], margin, r, rt, poly, normal[p], ra[p], rb[p], sep[p])
            count[p] = n
            hint[p] = code
