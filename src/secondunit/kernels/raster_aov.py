"""Data about each pixel: depth, position, normal, motion and the pieces it shows."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from secondunit.kernels.raster_classify import BACKGROUND, DEBRIS, HOLDOUT
from secondunit.kernels.raster_fill import FOCAL, to_camera, to_pixel


@njit(cache=True, fastmath=True)
def _rigid(rotation, position, a, b, c):  # type: ignore[no-untyped-def]
    """Fragment-local point to world."""
    return (
        rotation[0, 0] * a + rotation[0, 1] * b + rotation[0, 2] * c + position[0],
        rotation[1, 0] * a + rotation[1, 1] * b + rotation[1, 2] * c + position[1],
        rotation[2, 0] * a + rotation[2, 1] * b + rotation[2, 2] * c + position[2],
    )


@njit(cache=True, fastmath=True)
def _shift(cam, x0, y0, z0, x1, y1, z1, motion):  # type: ignore[no-untyped-def]
    """Pixels from the projection of the first world point to that of the second, times two (half frame
    apart)."""
    a, b, c = to_camera(cam, x0, y0, z0)
    d, e, f = to_camera(cam, x1, y1, z1)
    if c > 0.1 and f > 0.1:
        u0, v0 = to_pixel(cam, a, b, c)
        u1, v1 = to_pixel(cam, d, e, f)
        motion[0] = 2.0 * (u1 - u0)
        motion[1] = 2.0 * (v1 - v0)


@njit(cache=True, fastmath=True, parallel=True)
def write_data(  # type: ignore[no-untyped-def]
    kind, zb, ib, cam, rays, ground, slope, jitter, by_time, moved, tri_fragment, tri_normal,
    rotation, position, ends_rotation, ends_position, per_piece, debris_ends,
    sky_depth, depth, place, normal, motion,
):  # fmt: skip
    """Fill depth (h, w), place and normal (h, w, 3) and motion (h, w, 2) from the sample nearest mid-shutter.

    by_time (S,) sub-frames sorted by distance from the middle; ends_* (2, n, …) poses a quarter frame before
    and after; debris_ends (2, m, 3); per_piece ids per piece of debris. A surface wins over the ground if any
    of the first quarter of `by_time` sees one.
    """
    n_samples, h, w = zb.shape
    n_triangles = len(tri_fragment)
    inv = 1.0 / np.sqrt(1.0 + slope[0] * slope[0] + slope[1] * slope[1])
    for y in prange(h):
        for x in range(w):
            best = -1
            for q in range(max(1, n_samples // 4)):
                s = by_time[q]
                if kind[s, y, x] != BACKGROUND and kind[s, y, x] != HOLDOUT and best < 0:
                    best = s
            for k in range(3):
                place[y, x, k] = 0.0
                normal[y, x, k] = 0.0
            motion[y, x, 0] = 0.0
            motion[y, x, 1] = 0.0
            if best < 0:
                t = ground[y, x]
                depth[y, x] = t if t > 0.0 else sky_depth
                if t > 0.0:
                    for k in range(3):
                        place[y, x, k] = cam[9 + k] + t * rays[y, x, k]
                    normal[y, x, 0] = -slope[0] * inv
                    normal[y, x, 1] = -slope[1] * inv
                    normal[y, x, 2] = inv
                continue
            s = best
            t = np.float32(1.0) / zb[s, y, x]
            depth[y, x] = t
            jx = jitter[s, 0] / cam[FOCAL]
            jy = jitter[s, 1] / cam[FOCAL]
            px = cam[9] + t * (rays[y, x, 0] + jx * cam[0] + jy * cam[3])
            py = cam[10] + t * (rays[y, x, 1] + jx * cam[1] + jy * cam[4])
            pz = cam[11] + t * (rays[y, x, 2] + jx * cam[2] + jy * cam[5])
            place[y, x, 0], place[y, x, 1], place[y, x, 2] = px, py, pz
            code = ib[s, y, x]
            if kind[s, y, x] == DEBRIS:
                i = (code - n_triangles) // per_piece
                normal[y, x, 0], normal[y, x, 1], normal[y, x, 2] = -cam[6], -cam[7], -cam[8]
                a, e = debris_ends[0, i], debris_ends[1, i]
                _shift(cam, a[0], a[1], a[2], e[0], e[1], e[2], motion[y, x])
                continue
            i = tri_fragment[code]
            r = rotation[s, i]
            for k in range(3):
                normal[y, x, k] = (
                    r[k, 0] * tri_normal[code, 0] + r[k, 1] * tri_normal[code, 1] + r[k, 2] * tri_normal[code, 2]
                )
            if moved[i] == 0:
                continue
            da, db, dc = px - position[s, i, 0], py - position[s, i, 1], pz - position[s, i, 2]
            lx = r[0, 0] * da + r[1, 0] * db + r[2, 0] * dc
            ly = r[0, 1] * da + r[1, 1] * db + r[2, 1] * dc
            lz = r[0, 2] * da + r[1, 2] * db + r[2, 2] * dc
            x0, y0, z0 = _rigid(ends_rotation[0, i], ends_position[0, i], lx, ly, lz)
            x1, y1, z1 = _rigid(ends_rotation[1, i], ends_position[1, i], lx, ly, lz)
            _shift(cam, x0, y0, z0, x1, y1, z1, motion[y, x])


@njit(cache=True, parallel=True)
def rank_ids(kind, ib, tri_fragment, hashes, debris_hash, ids):  # type: ignore[no-untyped-def]
    """Fill ids (h, w, R, 2): the R pieces that cover most of each pixel, by falling coverage.

    hashes (n,) f32 id of each fragment. All debris shares one id. Pieces beyond rank R are left out.
    """
    n_samples, h, w = ib.shape
    n_triangles = len(tri_fragment)
    n_ranks = ids.shape[2]
    share = np.float32(1.0 / n_samples)
    for y in prange(h):
        found = np.empty(n_samples, np.int64)
        count = np.empty(n_samples, np.int64)
        for x in range(w):
            n = 0
            for s in range(n_samples):
                what = kind[s, y, x]
                if what in (BACKGROUND, HOLDOUT):
                    continue
                code = ib[s, y, x]
                i = -1
                if code < n_triangles:
                    i = tri_fragment[code]
                k = 0
                while k < n and found[k] != i:
                    k += 1
                if k == n:
                    found[n] = i
                    count[n] = 0
                    n += 1
                count[k] += 1
            for r in range(n_ranks):
                best = -1
                for k in range(n):
                    if count[k] > 0 and (best < 0 or count[k] > count[best]):
                        best = k
                ids[y, x, r, 0] = 0.0
                ids[y, x, r, 1] = 0.0
                if best >= 0:
                    ids[y, x, r, 0] = debris_hash if found[best] < 0 else hashes[found[best]]
                    ids[y, x, r, 1] = count[best] * share
                    count[best] = 0
