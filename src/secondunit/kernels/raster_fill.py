"""Filling triangles into depth buffers: the innermost loops of the rasteriser.

Screen coordinates are pixels, y down; a pixel is covered when its centre lies in the triangle. Depth values
grow towards the viewer and are linear on the screen: 1 / depth in perspective, height towards the light in a
depth map. A triangle whose outward side faces the viewer turns clockwise on the screen seen with y down
(negative area).

Source: J. Pineda, A Parallel Algorithm for Polygon Rasterization, SIGGRAPH 1988.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# Barycentric slack: neighbours overlap by a hair instead of leaving pinholes.
SLACK = np.float32(-1e-5)
NEAR_M = 0.1
# Layout of the camera vector: rotation 0..8, position 9..11, then these.
FOCAL, CX, CY, K1, R2_MAX = 12, 13, 14, 15, 16


@njit(cache=True, fastmath=True)
def hash_unit(a, b, c):  # type: ignore[no-untyped-def]
    """A hash of three integers as a number in [0, 1)."""
    n = (a * 73856093) ^ (b * 19349663) ^ (c * 83492791)
    n = (n ^ (n >> 13)) * 1274126177
    n = n ^ (n >> 16)
    return np.float32((n & 0xFFFFFF) * (1.0 / 16777216.0))


@njit(cache=True, fastmath=True)
def threshold(order, n_samples, x, y, salt):  # type: ignore[no-untyped-def]
    """The stochastic threshold of one sample: over a pixel's samples it takes (k + 0.5) / n once for each k."""
    turn = int(hash_unit(x, y, salt) * n_samples)
    return np.float32(((order + turn) % n_samples + 0.5) / n_samples)


@njit(cache=True, fastmath=True)
def to_pixel(cam, x, y, z):  # type: ignore[no-untyped-def]
    """Camera-space point to pixel (u, v), radial distortion included."""
    iz = 1.0 / z
    fx = x * iz
    fy = y * iz
    bend = cam[FOCAL] * (1.0 + cam[K1] * min(fx * fx + fy * fy, cam[R2_MAX]))
    return np.float32(fx * bend + cam[CX]), np.float32(fy * bend + cam[CY])


@njit(cache=True, fastmath=True)
def to_camera(cam, x, y, z):  # type: ignore[no-untyped-def]
    """World point to camera space: right, down, depth."""
    a = x - cam[9]
    b = y - cam[10]
    c = z - cam[11]
    return (
        cam[0] * a + cam[1] * b + cam[2] * c,
        cam[3] * a + cam[4] * b + cam[5] * c,
        cam[6] * a + cam[7] * b + cam[8] * c,
    )


@njit(cache=True, fastmath=True)
def fill_id(zb, ib, code, box, ax, ay, az, bx, by, bz, cx, cy, cz):  # type: ignore[no-untyped-def]
    """Draw one triangle that faces the viewer into depth `zb` and id `ib`, inside `box` = (x0, y0, x1, y1)."""
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area >= 0.0:
        return
    half = np.float32(0.5)
    x0 = max(box[0], math.ceil(min(ax, bx, cx) - half))
    x1 = min(box[2] - 1, math.floor(max(ax, bx, cx) - half))
    y0 = max(box[1], math.ceil(min(ay, by, cy) - half))
    y1 = min(box[3] - 1, math.floor(max(ay, by, cy) - half))
    if x0 > x1 or y0 > y1:
        return
    inv = np.float32(1.0) / area
    e0 = (by - cy) * inv
    f0 = (cx - bx) * inv
    e1 = (cy - ay) * inv
    f1 = (ax - cx) * inv
    for y in range(y0, y1 + 1):
        py = np.float32(y) + half - cy
        r0 = py * f0
        r1 = py * f1
        for x in range(x0, x1 + 1):
            px = np.float32(x) + half - cx
            l0 = px * e0 + r0
            l1 = px * e1 + r1
            l2 = np.float32(1.0) - l0 - l1
            if l0 >= SLACK and l1 >= SLACK and l2 >= SLACK:
                z = l0 * az + l1 * bz + l2 * cz
                if z > zb[y, x]:
                    zb[y, x] = z
                    ib[y, x] = code


@njit(cache=True, fastmath=True)
def fill_depth(zb, ax, ay, az, bx, by, bz, cx, cy, cz):  # type: ignore[no-untyped-def]
    """Draw one triangle that faces the light into the depth map `zb`."""
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area >= 0.0:
        return
    half = np.float32(0.5)
    x0 = max(0, math.ceil(min(ax, bx, cx) - half))
    x1 = min(zb.shape[1] - 1, math.floor(max(ax, bx, cx) - half))
    y0 = max(0, math.ceil(min(ay, by, cy) - half))
    y1 = min(zb.shape[0] - 1, math.floor(max(ay, by, cy) - half))
    if x0 > x1 or y0 > y1:
        return
    inv = np.float32(1.0) / area
    e0 = (by - cy) * inv
    f0 = (cx - bx) * inv
    e1 = (cy - ay) * inv
    f1 = (ax - cx) * inv
    for y in range(y0, y1 + 1):
        py = np.float32(y) + half - cy
        r0 = py * f0
        r1 = py * f1
        for x in range(x0, x1 + 1):
            px = np.float32(x) + half - cx
            l0 = px * e0 + r0
            l1 = px * e1 + r1
            l2 = np.float32(1.0) - l0 - l1
            if l0 >= SLACK and l1 >= SLACK and l2 >= SLACK:
                z = l0 * az + l1 * bz + l2 * cz
                if z > zb[y, x]:
                    zb[y, x] = z


@njit(cache=True, fastmath=True)
def passes_matte(matte, cam, x, y, z, limit):  # type: ignore[no-untyped-def]
    """Is the rest point (camera space) inside the matte? Out of frame and behind the camera count as inside."""
    if z < NEAR_M:
        return True
    u, v = to_pixel(cam, x, y, z)
    if u < 0.0 or v < 0.0 or u >= matte.shape[1] or v >= matte.shape[0]:
        return True
    return matte[int(v), int(u)] > limit


@njit(cache=True, fastmath=True)
def fill_cut(zb, ib, code, box, p, q, i, j, k, matte, cam, order, n_samples):  # type: ignore[no-untyped-def]
    """Draw corners i, j, k of `p` (screen x, y, 1 / depth) where the rest point lies in the matte.

    `q` holds the same corners at rest in camera space; they are interpolated with perspective.
    """
    ax, ay, az = p[i, 0], p[i, 1], p[i, 2]
    bx, by, bz = p[j, 0], p[j, 1], p[j, 2]
    cx, cy, cz = p[k, 0], p[k, 1], p[k, 2]
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area >= 0.0:
        return
    half = np.float32(0.5)
    x0 = max(box[0], math.ceil(min(ax, bx, cx) - half))
    x1 = min(box[2] - 1, math.floor(max(ax, bx, cx) - half))
    y0 = max(box[1], math.ceil(min(ay, by, cy) - half))
    y1 = min(box[3] - 1, math.floor(max(ay, by, cy) - half))
    if x0 > x1 or y0 > y1:
        return
    inv = np.float32(1.0) / area
    e0 = (by - cy) * inv
    f0 = (cx - bx) * inv
    e1 = (cy - ay) * inv
    f1 = (ax - cx) * inv
    for y in range(y0, y1 + 1):
        py = np.float32(y) + half - cy
        for x in range(x0, x1 + 1):
            px = np.float32(x) + half - cx
            l0 = px * e0 + py * f0
            l1 = px * e1 + py * f1
            l2 = np.float32(1.0) - l0 - l1
            if l0 >= SLACK and l1 >= SLACK and l2 >= SLACK:
                z = l0 * az + l1 * bz + l2 * cz
                if z > zb[y, x]:
                    w0 = l0 * az / z
                    w1 = l1 * bz / z
                    w2 = l2 * cz / z
                    rx = w0 * q[i, 0] + w1 * q[j, 0] + w2 * q[k, 0]
                    ry = w0 * q[i, 1] + w1 * q[j, 1] + w2 * q[k, 1]
                    rz = w0 * q[i, 2] + w1 * q[j, 2] + w2 * q[k, 2]
                    if passes_matte(matte, cam, rx, ry, rz, threshold(order, n_samples, x, y, 1)):
                        zb[y, x] = z
                        ib[y, x] = code


@njit(cache=True, fastmath=True)
def clip_near(corners, rest, out, out_rest):  # type: ignore[no-untyped-def]
    """Cut a camera-space triangle (3, 3) at the near plane; returns how many corners of `out` (4, 3) it keeps.

    `rest` is cut alongside into `out_rest`. Source: Sutherland and Hodgman, CACM 17(1), 1974.
    """
    n = 0
    for i in range(3):
        j = (i + 1) % 3
        zi = corners[i, 2]
        zj = corners[j, 2]
        if zi >= NEAR_M:
            for c in range(3):
                out[n, c] = corners[i, c]
                out_rest[n, c] = rest[i, c]
            n += 1
        if (zi >= NEAR_M) != (zj >= NEAR_M):
            t = (NEAR_M - zi) / (zj - zi)
            for c in range(3):
                out[n, c] = corners[i, c] + t * (corners[j, c] - corners[i, c])
                out_rest[n, c] = rest[i, c] + t * (rest[j, c] - rest[i, c])
            out[n, 2] = NEAR_M
            n += 1
    return n
