"""Which triangle each sample of each pixel sees: one depth and id buffer a sub-frame."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from secondunit.kernels.raster_fill import (
    CX,
    CY,
    FOCAL,
    NEAR_M,
    clip_near,
    fill_cut,
    fill_id,
    hash_unit,
    to_camera,
    to_pixel,
)


@njit(cache=True, fastmath=True)
def _to_view(cam, rotation, position, out):  # type: ignore[no-untyped-def]
    """(n, 12) matrices that carry fragment-local points straight into camera space."""
    for i in range(len(position)):
        x, y, z = to_camera(cam, position[i, 0], position[i, 1], position[i, 2])
        out[i, 9] = x
        out[i, 10] = y
        out[i, 11] = z
        for r in range(3):
            for c in range(3):
                out[i, r * 3 + c] = (
                    cam[r * 3] * rotation[i, 0, c]
                    + cam[r * 3 + 1] * rotation[i, 1, c]
                    + cam[r * 3 + 2] * rotation[i, 2, c]
                )


@njit(cache=True, fastmath=True)
def _out_of_sight(view, i, radius, cam, box):  # type: ignore[no-untyped-def]
    """Does the bounding sphere of fragment i miss the box (with room for distortion)?"""
    z = view[i, 11]
    if z < -radius[i]:
        return True
    if z < radius[i] + NEAR_M:
        return False
    reach = 1.3 * cam[FOCAL] * radius[i] / (z - radius[i]) + 4.0
    u, v = to_pixel(cam, view[i, 9], view[i, 10], z)
    return u + reach < box[0] or u - reach > box[2] or v + reach < box[1] or v - reach > box[3]


@njit(cache=True, fastmath=True)
def _draw_slowly(  # type: ignore[no-untyped-def]
    zb, ib, code, box, seen, rest, cut, matte, cam, lens, order, n_samples, p, clip, clip_rest
):
    """One triangle that crosses the near plane or must be cut by the matte."""
    n = clip_near(seen, rest, clip, clip_rest)
    for k in range(n):
        p[k, 0], p[k, 1] = to_pixel(lens, clip[k, 0], clip[k, 1], clip[k, 2])
        p[k, 2] = 1.0 / clip[k, 2]
    for k in range(1, n - 1):
        if cut:
            fill_cut(zb, ib, code, box, p, clip_rest, 0, k, k + 1, matte, cam, order, n_samples)
        else:
            m = k + 1
            fill_id(
                zb, ib, code, box,
                p[0, 0], p[0, 1], p[0, 2], p[k, 0], p[k, 1], p[k, 2], p[m, 0], p[m, 1], p[m, 2],
            )  # fmt: skip


@njit(cache=True, fastmath=True, parallel=True)
def draw_fragments(  # type: ignore[no-untyped-def]
    zb, ib, corners, centre, cut, first, radius, rotation, position, cam, jitter, order, matte, box
):
    """Draw all fragments into every sub-frame.

    zb (S, h, w) f32 1 / depth, 0 = nothing; ib (S, h, w) i32 triangle, −1 = nothing; corners (t, 3, 3) f32
    local to the fragment's centre (n, 3), triangles of fragment i are first[i]:first[i + 1]; cut (t,) u8: 1 =
    test against the matte; radius (n,); rotation (S, n, 3, 3) and position (S, n, 3) f32; cam (17,) f32; jitter
    (S, 2) pixel offset of each sub-frame; order (S,) i32 permutation for thresholds; matte (h, w) f32; box (4,)
    i32.
    """
    n_samples = zb.shape[0]
    for s in prange(n_samples):
        lens = cam.copy()
        lens[CX] -= jitter[s, 0]
        lens[CY] -= jitter[s, 1]
        n = len(centre)
        view = np.empty((n, 12), np.float32)
        _to_view(cam, rotation[s], position[s], view)
        seen = np.empty((3, 3), np.float32)
        rest = np.empty((3, 3), np.float32)
        p = np.empty((4, 3), np.float32)
        clip = np.empty((4, 3), np.float32)
        clip_rest = np.empty((4, 3), np.float32)
        for i in range(n):
            if first[i] == first[i + 1] or _out_of_sight(view, i, radius, cam, box):
                continue
            m = view[i]
            for t in range(first[i], first[i + 1]):
                front = True
                for k in range(3):
                    a, b, c = corners[t, k, 0], corners[t, k, 1], corners[t, k, 2]
                    z = m[6] * a + m[7] * b + m[8] * c + m[11]
                    seen[k, 0] = m[0] * a + m[1] * b + m[2] * c + m[9]
                    seen[k, 1] = m[3] * a + m[4] * b + m[5] * c + m[10]
                    seen[k, 2] = z
                    front = front and z >= NEAR_M
                if front and cut[t] == 0:
                    x0, y0 = to_pixel(lens, seen[0, 0], seen[0, 1], seen[0, 2])
                    x1, y1 = to_pixel(lens, seen[1, 0], seen[1, 1], seen[1, 2])
                    x2, y2 = to_pixel(lens, seen[2, 0], seen[2, 1], seen[2, 2])
                    one = np.float32(1.0)
                    fill_id(
                        zb[s], ib[s], t, box,
                        x0, y0, one / seen[0, 2], x1, y1, one / seen[1, 2], x2, y2, one / seen[2, 2],
                    )  # fmt: skip
                    continue
                for k in range(3):
                    a, b, c = corners[t, k, 0], corners[t, k, 1], corners[t, k, 2]
                    rest[k, 0], rest[k, 1], rest[k, 2] = to_camera(
                        cam, a + centre[i, 0], b + centre[i, 1], c + centre[i, 2]
                    )
                _draw_slowly(
                    zb[s], ib[s], t, box, seen, rest, cut[t] == 1, matte, cam, lens, order[s], n_samples,
                    p, clip, clip_rest,
                )  # fmt: skip


@njit(cache=True, fastmath=True)
def _splat(zb, ib, code, box, lens, x, y, z, radius, step_x, step_y, s):  # type: ignore[no-untyped-def]
    """A piece too small or too fast for its mesh: a disc that each pixel meets at its own instant.

    (step_x, step_y) is the way it goes during one sub-frame; an instant of its own for each pixel keeps a fast
    piece from showing as a row of beads.
    """
    u, v = to_pixel(lens, x, y, z)
    r = max(np.float32(0.56), lens[FOCAL] * radius / z)
    # A piece under a pixel covers only part of the samples, by its share of the drawn disc.
    share = (lens[FOCAL] * radius / z / r) ** 2
    reach_x = r + abs(step_x) * 0.5
    reach_y = r + abs(step_y) * 0.5
    iz = np.float32(1.0 / z)
    for py in range(max(box[1], int(v - reach_y)), min(box[3], int(v + reach_y) + 1)):
        for px in range(max(box[0], int(u - reach_x)), min(box[2], int(u + reach_x) + 1)):
            when = hash_unit(px, py, s * 131 + 7) - 0.5
            dx = px + 0.5 - u - step_x * when
            dy = py + 0.5 - v - step_y * when
            if dx * dx + dy * dy <= r * r and iz > zb[py, px]:
                if share < 1.0 and hash_unit(code, s, px * 4099 + py) > share:
                    continue
                zb[py, px] = iz
                ib[py, px] = code


@njit(cache=True, fastmath=True, parallel=True)
def draw_debris(  # type: ignore[no-untyped-def]
    zb, ib, base, shapes, n_faces, faces, shape, size, rotation, position, way, cam, jitter, box
):
    """Draw every piece of debris into every sub-frame.

    Ids are base + piece · (F + 1) + face, face F = drawn as a disc. shapes (k, P, 3) f32 unit points; faces
    (k, F, 3) i32 of which n_faces (k,) count; shape (m,) u8; size (m,) f32, 0 = not born; rotation (S, m, 4)
    quaternions; position (S, m, 3); way (m, 3) metres travelled during one sub-frame.
    """
    most = faces.shape[1]
    for s in prange(zb.shape[0]):
        lens = cam.copy()
        lens[CX] -= jitter[s, 0]
        lens[CY] -= jitter[s, 1]
        p = np.empty((shapes.shape[1], 3), np.float32)
        for i in range(len(size)):
            if size[i] <= 0.0:
                continue
            x, y, z = to_camera(cam, position[s, i, 0], position[s, i, 1], position[s, i, 2])
            if z < 3.0 * size[i] + NEAR_M:
                continue
            wx = lens[FOCAL] / z * (cam[0] * way[i, 0] + cam[1] * way[i, 1] + cam[2] * way[i, 2])
            wy = lens[FOCAL] / z * (cam[3] * way[i, 0] + cam[4] * way[i, 1] + cam[5] * way[i, 2])
            across = size[i] * lens[FOCAL] / z
            if across < 2.5 or across < 1.2 * math.sqrt(wx * wx + wy * wy):
                code = base + i * (most + 1) + most
                _splat(zb[s], ib[s], code, box, lens, x, y, z, 0.52 * size[i], wx, wy, s)
                continue
            k = shape[i]
            qx, qy, qz, qw = rotation[s, i, 0], rotation[s, i, 1], rotation[s, i, 2], rotation[s, i, 3]
            for j in range(shapes.shape[1]):
                a = shapes[k, j, 0] * size[i]
                b = shapes[k, j, 1] * size[i]
                c = shapes[k, j, 2] * size[i]
                tx = 2.0 * (qy * c - qz * b)
                ty = 2.0 * (qz * a - qx * c)
                tz = 2.0 * (qx * b - qy * a)
                cx, cy, cz = to_camera(
                    cam,
                    a + qw * tx + qy * tz - qz * ty + position[s, i, 0],
                    b + qw * ty + qz * tx - qx * tz + position[s, i, 1],
                    c + qw * tz + qx * ty - qy * tx + position[s, i, 2],
                )
                p[j, 0], p[j, 1] = to_pixel(lens, cx, cy, cz)
                p[j, 2] = 1.0 / cz
            for f in range(n_faces[k]):
                j0, j1, j2 = faces[k, f, 0], faces[k, f, 1], faces[k, f, 2]
                fill_id(
                    zb[s], ib[s], base + i * (most + 1) + f, box,
                    p[j0, 0], p[j0, 1], p[j0, 2], p[j1, 0], p[j1, 1], p[j1, 2], p[j2, 0], p[j2, 1], p[j2, 2],
                )  # fmt: skip
