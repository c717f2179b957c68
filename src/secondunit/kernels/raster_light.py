"""How much sun and sky reaches a point, read from depth maps, and how much its near surroundings take away.

Sources: R. Williams, Casting Curved Shadows on Curved Surfaces, SIGGRAPH 1978; M. McGuire et al., The Alchemy
Screen-Space Ambient Obscurance Algorithm, HPG 2011.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from secondunit.kernels.raster_fill import FOCAL, hash_unit
from secondunit.kernels.raster_maps import BLOCK

AO_RADIUS_M = 0.55
AO_TAPS = 2
# Layout of the light vector, all scene-linear irradiance on the plate's scale.
SUN, SKY, GROUND, FLOOR = 0, 3, 6, 9


@njit(cache=True, fastmath=True)
def _texel(axes, x, y, z):  # type: ignore[no-untyped-def]
    """World point to texel (u, v) and height towards the light."""
    return (
        axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z + axes[0, 3],
        axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z + axes[1, 3],
        axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z + axes[2, 3],
    )


@njit(cache=True, fastmath=True)
def _lit_smoothly(depth_map, u, v, height):  # type: ignore[no-untyped-def]
    """Share of the four texels around (u, v) that let light through, 0 to 1, weighted by nearness."""
    u -= 0.5
    v -= 0.5
    i = math.floor(u)
    j = math.floor(v)
    if i < 0 or j < 0 or i >= depth_map.shape[1] - 1 or j >= depth_map.shape[0] - 1:
        return np.float32(1.0)
    a = u - i
    b = v - j
    lit = 0.0
    if depth_map[j, i] <= height:
        lit += (1 - a) * (1 - b)
    if depth_map[j, i + 1] <= height:
        lit += a * (1 - b)
    if depth_map[j + 1, i] <= height:
        lit += (1 - a) * b
    if depth_map[j + 1, i + 1] <= height:
        lit += a * b
    return np.float32(lit)


@njit(cache=True, fastmath=True)
def _lit(depth_map, u, v, height):  # type: ignore[no-untyped-def]
    """Does the texel under (u, v) let light through?"""
    if u < 0.0 or v < 0.0 or u >= depth_map.shape[1] or v >= depth_map.shape[0]:
        return True
    return depth_map[int(v), int(u)] <= height


@njit(cache=True, fastmath=True)
def direct_light(  # type: ignore[no-untyped-def]
    sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, g, x, y, z, nx, ny, nz
):
    """Light of set g at a point: (sun cosine × visibility, sky over that of open flat ground, open share of
    sky).

    sun_maps (G, r, r), sky_maps (G · K, q, q) with axes (·, 3, 4); sky_gain (G · K,); bias (2,) metres that a
    point is lifted along its normal for the sun and the sky.
    """
    axes = sun_axes[g]
    cosine = nx * axes[2, 0] + ny * axes[2, 1] + nz * axes[2, 2]
    sun = np.float32(0.0)
    if cosine > 0.0:
        o = bias[0]
        u, v, h = _texel(axes, x + nx * o, y + ny * o, z + nz * o)
        sun = np.float32(cosine * _lit_smoothly(sun_maps[g], u, v, h + 0.4 * o))
    k = sky_maps.shape[0] // sun_maps.shape[0]
    sky = np.float32(0.0)
    n_open = 0
    n_seen = 0
    o = bias[1]
    px, py, pz = x + nx * o, y + ny * o, z + nz * o
    for m in range(g * k, (g + 1) * k):
        axes = sky_axes[m]
        cosine = nx * axes[2, 0] + ny * axes[2, 1] + nz * axes[2, 2]
        if cosine > 0.0:
            n_seen += 1
            u, v, h = _texel(axes, px, py, pz)
            if _lit(sky_maps[m], u, v, h + 0.4 * o):
                sky += np.float32(cosine * sky_gain[m])
                n_open += 1
    if n_seen == 0:
        return sun, sky, np.float32(0.4)
    return sun, sky, np.float32(n_open / n_seen)


@njit(cache=True, fastmath=True)
def light_changed(  # type: ignore[no-untyped-def]
    sun_changed, sun_axes, sky_changed, sky_axes, bias, g, x, y, z, nx, ny, nz
):
    """Could any depth that `direct_light` reads for this point differ from the rest pose?"""
    axes = sun_axes[g]
    o = bias[0]
    u, v, _ = _texel(axes, x + nx * o, y + ny * o, z + nz * o)
    n = sun_changed.shape[1] * BLOCK
    if 0.0 <= u < n and 0.0 <= v < n and sun_changed[g, int(v) // BLOCK, int(u) // BLOCK] != 0:
        return True
    k = sky_changed.shape[0] // sun_changed.shape[0]
    n = sky_changed.shape[1] * BLOCK
    o = bias[1]
    for m in range(g * k, (g + 1) * k):
        u, v, _ = _texel(sky_axes[m], x + nx * o, y + ny * o, z + nz * o)
        if 0.0 <= u < n and 0.0 <= v < n and sky_changed[m, int(v) // BLOCK, int(u) // BLOCK] != 0:
            return True
    return False


@njit(cache=True, fastmath=True)
def obscurance(  # type: ignore[no-untyped-def]
    zb, kind, least, cam, rays, ground, disc, s, x, y, px, py, pz, nx, ny, nz, depth
):
    """How much of the near hemisphere is filled, 0 to about 1.5, from a few taps around pixel (x, y).

    Only taps whose kind (see `raster_classify`) is at least `least` and not a hold-out count. rays (h, w, 3)
    world rays per metre of depth; ground (h, w) its depth, 0 = none; disc (64, 2) points of the unit disc.
    """
    h, w = zb.shape
    reach = min(48.0, AO_RADIUS_M * cam[FOCAL] / depth)
    if reach < 1.5:
        return np.float32(0.0)
    total = 0.0
    start = int(hash_unit(x, y, s) * 64.0)
    for k in range(AO_TAPS):
        q = (start + k * 23) & 63
        i = x + math.floor(reach * disc[q, 0] + 0.5)
        j = y + math.floor(reach * disc[q, 1] + 0.5)
        if i < 0 or j < 0 or i >= w or j >= h or kind[j, i] < least or kind[j, i] == 4:
            continue
        iz = zb[j, i]
        away = ground[j, i] if iz == 0.0 else 1.0 / iz
        if away <= 0.0:
            continue
        vx = cam[9] + away * rays[j, i, 0] - px
        vy = cam[10] + away * rays[j, i, 1] - py
        vz = cam[11] + away * rays[j, i, 2] - pz
        d2 = vx * vx + vy * vy + vz * vz
        near = 1.0 - d2 * (1.0 / (AO_RADIUS_M * AO_RADIUS_M))
        up = vx * nx + vy * ny + vz * nz - 0.004 * depth * 0.25 - 0.01
        if near > 0.0 and up > 0.0:
            total += near * up / math.sqrt(d2 + 1e-4)
    return np.float32(1.5 * total / AO_TAPS)


@njit(cache=True, fastmath=True)
def bounce_at(volume, low, inv_cell, x, y, z, out):  # type: ignore[no-untyped-def]
    """Light from nearby surfaces: `volume` (nx, ny, nz, 3) read between its cells into out (3,)."""
    u = min(max((x - low[0]) * inv_cell - 0.5, 0.0), volume.shape[0] - 1.001)
    v = min(max((y - low[1]) * inv_cell - 0.5, 0.0), volume.shape[1] - 1.001)
    w = min(max((z - low[2]) * inv_cell - 0.5, 0.0), volume.shape[2] - 1.001)
    i, j, k = int(u), int(v), int(w)
    a, b, c = u - i, v - j, w - k
    for e in range(3):
        near = volume[i, j, k, e] * (1 - c) + volume[i, j, k + 1, e] * c
        near = near * (1 - b) + (volume[i, j + 1, k, e] * (1 - c) + volume[i, j + 1, k + 1, e] * c) * b
        far = volume[i + 1, j, k, e] * (1 - c) + volume[i + 1, j, k + 1, e] * c
        far = far * (1 - b) + (volume[i + 1, j + 1, k, e] * (1 - c) + volume[i + 1, j + 1, k + 1, e] * c) * b
        out[e] = near * (1 - a) + far * a
