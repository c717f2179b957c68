"""The photograph as a texture: read so that it comes out as sharp as it went in.

A sub-frame's place within the pixel is taken back before the photograph is read: it has been through a pixel's
square once, in the camera, and would be blurred by a second. Where a piece shows its photograph smaller than the
camera did, as much of the sub-frame's place is kept as stops it from flickering. Read by cubics through its texels
(E. Catmull and R. Rom, 1974), so a piece that has not moved shows the plate's own pixels.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from secondunit.kernels.raster_fill import NEAR_M, to_camera, to_pixel

ON_TEXEL = np.float32(0.02)  # nearer to a texel's centre than this, it is the texel
SAME_SURFACE_M = np.float32(0.5)


@njit(cache=True, fastmath=True)
def cubic(t):  # type: ignore[no-untyped-def]
    """Weights of the texels before, at, after and beyond a point t (0..1) of the way from one to the next."""
    t2, t3 = t * t, t * t * t
    return (
        np.float32(0.5) * (-t3 + 2 * t2 - t),
        np.float32(0.5) * (3 * t3 - 5 * t2 + 2),
        np.float32(0.5) * (-3 * t3 + 4 * t2 + t),
        np.float32(0.5) * (t3 - t2),
    )


@njit(cache=True, fastmath=True)
def read_photo(skin, u, v, i, j, out):  # type: ignore[no-untyped-def]
    """Reflectance at pixel place (u, v) into out (3,); (i, j) column and row of the texel it lies in.

    skin (h, w, 7): reflectance, valid, depth, see `photographed`. Texels of another surface, or of none, take that
    texel's colour.
    """
    h, w = skin.shape[0], skin.shape[1]
    du, dv = np.float32(u) - i - np.float32(0.5), np.float32(v) - j - np.float32(0.5)
    if abs(du) < ON_TEXEL and abs(dv) < ON_TEXEL:
        for k in range(3):
            out[k] = skin[j, i, k]
        return
    i0 = i - 1 if du >= 0.0 else i - 2
    j0 = j - 1 if dv >= 0.0 else j - 2
    across, down = cubic(du if du >= 0.0 else du + 1), cubic(dv if dv >= 0.0 else dv + 1)
    depth = skin[j, i, 4]
    r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for n in range(4):
        for m in range(4):
            y, x = min(max(j0 + n, 0), h - 1), min(max(i0 + m, 0), w - 1)
            if skin[y, x, 3] <= 0.0 or abs(skin[y, x, 4] - depth) > SAME_SURFACE_M:
                y, x = j, i
            weight = down[n] * across[m]
            r += weight * skin[y, x, 0]
            g += weight * skin[y, x, 1]
            b += weight * skin[y, x, 2]
    out[0], out[1], out[2] = max(np.float32(0.0), r), max(np.float32(0.0), g), max(np.float32(0.0), b)


@njit(cache=True, fastmath=True)
def photographed(skin, cam, x, y, z, back, tolerance, out):  # type: ignore[no-untyped-def]
    """Reflectance the plate shows at a rest point into out[:3]; False where it is hidden or out of frame.

    skin (h, w, 7): reflectance, valid, depth of the nearest surface at rest, and two that go into out[3:5] for
    `held`. back (4,): what leads from the rest
    point to that under the pixel's centre (metres), and the length of the sub-frame's offset (pixels).
    """
    a, b, c = to_camera(cam, x, y, z)
    if c < NEAR_M:
        return False
    u, v = to_pixel(cam, a, b, c)
    if u < 0.0 or v < 0.0 or u >= skin.shape[1] or v >= skin.shape[0]:
        return False
    i, j = int(u), int(v)
    if skin[j, i, 3] <= 0.0 or c > skin[j, i, 4] + tolerance:
        return False
    if back[3] > 0.0:
        a, b, c = to_camera(cam, x + back[0], y + back[1], z + back[2])
        if c >= NEAR_M:
            u0, v0 = to_pixel(cam, a, b, c)
            du, dv = u - u0, v - v0
            smaller = (du * du + dv * dv) / (back[3] * back[3])
            keep = np.float32(0.0) if smaller <= 1.0 else np.float32(math.sqrt(1.0 - 1.0 / smaller))
            u, v = u0 + keep * du, v0 + keep * dv
            p, q = math.floor(u), math.floor(v)
            inside = 0 <= p < skin.shape[1] and 0 <= q < skin.shape[0]
            if not inside or skin[q, p, 3] <= 0.0 or abs(skin[q, p, 4] - skin[j, i, 4]) > SAME_SURFACE_M:
                u, v = np.float32(i + 0.5), np.float32(j + 0.5)  # off the surface: the sub-frame's own texel
            else:
                i, j = p, q
    read_photo(skin, u, v, i, j, out)
    out[3], out[4] = skin[j, i, 5], skin[j, i, 6]
    return True


@njit(cache=True, fastmath=True)
def held(light, at_rest, likely):  # type: ignore[no-untyped-def]
    """Share of its brightness that a place keeps in `light` whose reflectance is beyond belief.

    There the model had too little light at rest (`at_rest`, 0 = all is well): a shadow the plate does not have. In the
    full light it may become as bright as it was, or as its `likely` share of that reflectance makes it.
    """
    if at_rest <= 0.0 or light <= at_rest:
        return np.float32(1.0)
    return np.float32(max(at_rest, likely * light) / light)
