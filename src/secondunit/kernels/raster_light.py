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
# Layout of the light vector, all scene-linear irradiance on the plate's scale.
SUN, SKY, GROUND, FLOOR = 0, 3, 6, 9


@njit(cache=True, fastmath=True)
def _texel(axes, m, x, y, z):  # type: ignore[no-untyped-def]
    """World point to texel (u, v) and height towards the light of map m."""
    return (
        axes[m, 0, 0] * x + axes[m, 0, 1] * y + axes[m, 0, 2] * z + axes[m, 0, 3],
        axes[m, 1, 0] * x + axes[m, 1, 1] * y + axes[m, 1, 2] * z + axes[m, 1, 3],
        axes[m, 2, 0] * x + axes[m, 2, 1] * y + axes[m, 2, 2] * z + axes[m, 2, 3],
    )


@njit(cache=True, fastmath=True)
def _lit_smoothly(maps, m, u, v, height):  # type: ignore[no-untyped-def]
    """Share of the four texels around (u, v) that let light through, 0 to 1, weighted by nearness."""
    u -= 0.5
    v -= 0.5
    i = math.floor(u)
    j = math.floor(v)
    if i < 0 or j < 0 or i >= maps.shape[2] - 1 or j >= maps.shape[1] - 1:
        return np.float32(1.0)
    a = u - i
    b = v - j
    lit = 0.0
    if maps[m, j, i] <= height:
        lit += (1 - a) * (1 - b)
    if maps[m, j, i + 1] <= height:
        lit += a * (1 - b)
    if maps[m, j + 1, i] <= height:
        lit += (1 - a) * b
    if maps[m, j + 1, i + 1] <= height:
        lit += a * b
    return np.float32(lit)


@njit(cache=True, fastmath=True)
def _lit(maps, m, u, v, height):  # type: ignore[no-untyped-def]
    """Does the texel under (u, v) let light through?"""
    if u < 0.0 or v < 0.0 or u >= maps.shape[2] or v >= maps.shape[1]:
        return True
    return maps[m, int(v), int(u)] <= height


@njit(cache=True, fastmath=True)
def direct_light(  # type: ignore[no-untyped-def]
    sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, g, x, y, z, nx, ny, nz
):
    """Light of set g at a point: (sun cosine × visibility, sky over that of open flat ground, open share of
    sky).

    sun_maps (G, r, r), sky_maps (G · K, q, q) with axes (·, 3, 4); sky_gain (G · K,); bias (2,) metres that a
    point is lifted along its normal for the sun and the sky.
    """
    cosine = nx * sun_axes[g, 2, 0] + ny * sun_axes[g, 2, 1] + nz * sun_axes[g, 2, 2]
    sun = np.float32(0.0)
    if cosine > 0.0:
        o = bias[0]
        u, v, h = _texel(sun_axes, g, x + nx * o, y + ny * o, z + nz * o)
        sun = np.float32(cosine * _lit_smoothly(sun_maps, g, u, v, h + 0.4 * o))
    k = sky_maps.shape[0] // sun_maps.shape[0]
    sky = np.float32(0.0)
    n_open = 0
    n_seen = 0
    o = bias[1]
    px, py, pz = x + nx * o, y + ny * o, z + nz * o
    for m in range(g * k, (g + 1) * k):
        cosine = nx * sky_axes[m, 2, 0] + ny * sky_axes[m, 2, 1] + nz * sky_axes[m, 2, 2]
        if cosine > 0.0:
            n_seen += 1
            u, v, h = _texel(sky_axes, m, px, py, pz)
            if _lit(sky_maps, m, u, v, h + 0.4 * o):
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
    o = bias[0]
    u, v, _ = _texel(sun_axes, g, x + nx * o, y + ny * o, z + nz * o)
    n = sun_changed.shape[1] * BLOCK
    if 0.0 <= u < n and 0.0 <= v < n and sun_changed[g, int(v) // BLOCK, int(u) // BLOCK] != 0:
        return True
    k = sky_changed.shape[0] // sun_changed.shape[0]
    n = sky_changed.shape[1] * BLOCK
    o = bias[1]
    for m in range(g * k, (g + 1) * k):
        u, v, _ = _texel(sky_axes, m, x + nx * o, y + ny * o, z + nz * o)
        if 0.0 <= u < n and 0.0 <= v < n and sky_changed[m, int(v) // BLOCK, int(u) // BLOCK] != 0:
            return True
    return False


@njit(cache=True, fastmath=True)
def obscurance(  # type: ignore[no-untyped-def]
    zb, kind, least, cam, rays, ground, disc, s, x, y, px, py, pz, nx, ny, nz, depth
):
    """How much of the near hemisphere is filled, 0 to about 1.7, by one tap near pixel (x, y).

    With least > 0 only taps whose kind (see `raster_classify`) is at least that and not a hold-out count. rays
    (h, w, 3) world rays per metre of depth; ground (h, w) its depth, 0 = none; disc (64, 2) points of the unit disc.
    """
    _, h, w = zb.shape
    inv_focal = np.float32(1.0) / cam[FOCAL]
    reach = min(np.float32(48.0), np.float32(AO_RADIUS_M) * cam[FOCAL] / depth)
    if reach < 1.5:
        return np.float32(0.0)
    # Over a pixel's samples the taps walk the whole disc; each pixel starts elsewhere.
    q = (int(hash_unit(x, y, 3) * 64.0) + s * 23) & 63
    di = math.floor(reach * disc[q, 0] + np.float32(0.5))
    dj = math.floor(reach * disc[q, 1] + np.float32(0.5))
    i = x + di
    j = y + dj
    if i < 0 or j < 0 or i >= w or j >= h:
        return np.float32(0.0)
    if least > 0 and (kind[s, j, i] < least or kind[s, j, i] == 4):
        return np.float32(0.0)
    iz = zb[s, j, i]
    away = ground[j, i] if iz == 0.0 else np.float32(1.0) / iz
    if away <= 0.0:
        return np.float32(0.0)
    # The tap's ray, from this pixel's by the pinhole alone: distortion is nothing over so few pixels.
    a = np.float32(di) * inv_focal
    b = np.float32(dj) * inv_focal
    vx = cam[9] + away * (rays[y, x, 0] + a * cam[0] + b * cam[3]) - px
    vy = cam[10] + away * (rays[y, x, 1] + a * cam[1] + b * cam[4]) - py
    vz = cam[11] + away * (rays[y, x, 2] + a * cam[2] + b * cam[5]) - pz
    d2 = vx * vx + vy * vy + vz * vz
    near = np.float32(1.0) - d2 * np.float32(1.0 / (AO_RADIUS_M * AO_RADIUS_M))
    up = vx * nx + vy * ny + vz * nz - np.float32(0.001) * depth - np.float32(0.01)
    if near <= 0.0 or up <= 0.0:
        return np.float32(0.0)
    return np.float32(1.7) * near * up / np.sqrt(d2 + np.float32(1e-4))


@njit(cache=True, fastmath=True)
def _between(volume, i, j, k, a, b, c, e):  # type: ignore[no-untyped-def]
    """Trilinear value of channel e, (a, b, c) of the way from cell (i, j, k) to the next."""
    near = volume[i, j, k, e] * (1 - c) + volume[i, j, k + 1, e] * c
    near = near * (1 - b) + (volume[i, j + 1, k, e] * (1 - c) + volume[i, j + 1, k + 1, e] * c) * b
    far = volume[i + 1, j, k, e] * (1 - c) + volume[i + 1, j, k + 1, e] * c
    far = far * (1 - b) + (volume[i + 1, j + 1, k, e] * (1 - c) + volume[i + 1, j + 1, k + 1, e] * c) * b
    return near * (1 - a) + far * a


@njit(cache=True, fastmath=True)
def bounce_at(volume, low, inv_cell, x, y, z):  # type: ignore[no-untyped-def]
    """Light from nearby surfaces: `volume` (nx, ny, nz, 3) read between its cells as three numbers."""
    u = min(max((x - low[0]) * inv_cell - 0.5, 0.0), volume.shape[0] - 1.001)
    v = min(max((y - low[1]) * inv_cell - 0.5, 0.0), volume.shape[1] - 1.001)
    w = min(max((z - low[2]) * inv_cell - 0.5, 0.0), volume.shape[2] - 1.001)
    i, j, k = int(u), int(v), int(w)
    a, b, c = u - i, v - j, w - k
    red = _between(volume, i, j, k, a, b, c, 0)
    green = _between(volume, i, j, k, a, b, c, 1)
    return red, green, _between(volume, i, j, k, a, b, c, 2)
