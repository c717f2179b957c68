"""How the light on what did not move has changed: the shadow catcher for the ground and the standing
building."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from secondunit.kernels.raster_classify import BACKGROUND, FRAGMENT, STANDING
from secondunit.kernels.raster_fill import FOCAL
from secondunit.kernels.raster_light import FLOOR, GROUND, SKY, SUN, direct_light, light_changed, obscurance


@njit(cache=True, fastmath=True)
def _add(light, sun, sky, clear, nz, around, out):  # type: ignore[no-untyped-def]
    """Add the irradiance of one sample to out (3,); light bounced between pieces is left out."""
    down = (0.5 - 0.5 * nz) * (0.25 + 0.75 * clear)
    for k in range(3):
        soft = light[SKY + k] * sky + light[GROUND + k] * down + light[FLOOR + k] * (0.4 + 1.6 * clear)
        out[k] += light[SUN + k] * sun * (1.0 - 0.3 * (1.0 - around)) + soft * around


@njit(cache=True, fastmath=True, parallel=True)
def standing_ratio(  # type: ignore[no-untyped-def]
    kind, zb, ib, cam, rays, ground, jitter, sets, disc, tri_normal,
    sun_maps, rest_sun, sun_axes, sun_changed, sky_maps, rest_sky, sky_axes, sky_changed, sky_gain,
    bias, light, ratio,
):  # fmt: skip
    """Fill ratio (h, w, 3) with irradiance now ÷ at rest over the standing samples, exactly 1 where none
    changed.

    The same points are lit twice, by the maps of now and of the rest pose; pixels whose depths are all
    unchanged are passed over.
    """
    n_samples, h, w = zb.shape
    for y in prange(h):
        now = np.zeros(3, np.float32)
        was = np.zeros(3, np.float32)
        for x in range(w):
            for k in range(3):
                now[k] = 0.0
                was[k] = 0.0
                ratio[y, x, k] = 1.0
            touched = False
            for s in range(n_samples):
                if kind[s, y, x] != STANDING:
                    continue
                code = ib[s, y, x]
                depth = np.float32(1.0) / zb[s, y, x]
                jx = jitter[s, 0] / cam[FOCAL]
                jy = jitter[s, 1] / cam[FOCAL]
                px = cam[9] + depth * (rays[y, x, 0] + jx * cam[0] + jy * cam[3])
                py = cam[10] + depth * (rays[y, x, 1] + jx * cam[1] + jy * cam[4])
                pz = cam[11] + depth * (rays[y, x, 2] + jx * cam[2] + jy * cam[5])
                nx, ny, nz = tri_normal[code, 0], tri_normal[code, 1], tri_normal[code, 2]
                g = sets[s]
                changed = light_changed(
                    sun_changed, sun_axes, sky_changed, sky_axes, bias, g, px, py, pz, nx, ny, nz
                )
                filled = obscurance(
                    zb, kind, FRAGMENT, cam, rays, ground, disc, s, x, y, px, py, pz, nx, ny, nz, depth
                )
                touched = touched or changed or filled > 0.0
                sun, sky, clear = direct_light(
                    rest_sun, sun_axes, rest_sky, sky_axes, sky_gain, bias, g, px, py, pz, nx, ny, nz
                )
                _add(light, sun, sky, clear, nz, np.float32(1.0), was)
                if changed:
                    sun, sky, clear = direct_light(
                        sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, g, px, py, pz, nx, ny, nz
                    )
                _add(light, sun, sky, clear, nz, np.float32(1.0 - 0.85 * filled), now)
            if touched:
                for k in range(3):
                    if now[k] != was[k]:
                        ratio[y, x, k] = min(8.0, max(0.02, now[k] / was[k]))


@njit(cache=True, fastmath=True, parallel=True)
def ground_light(  # type: ignore[no-untyped-def]
    kind, zb, cam, rays, ground, seen, rest_light, slope, disc, reach,
    sun_maps, sun_axes, sun_changed, sky_maps, sky_axes, sky_changed, sky_gain,
    bias, light, irradiance, ratio,
):  # fmt: skip
    """Fill irradiance (h, w, 3) of the open ground now and ratio (h, w, 3) = now ÷ `rest_light` (h, w, 3).

    seen (h, w) u8: 1 where the plate shows this ground and an unchanged depth means a ratio of exactly 1;
    elsewhere `rest_light` is that of where the clean plate took its colour from. irradiance may be of height 0:
    not wanted. slope (2,) of the ground; reach (4,) x0, y0, x1, y1 metres: no map changed for ground outside.
    Light set g is read with sub-frame g, or g modulo their number where there are fewer.
    """
    h, w = ground.shape
    n_samples, n_sets = zb.shape[0], sun_maps.shape[0]
    inv = 1.0 / np.sqrt(1.0 + slope[0] * slope[0] + slope[1] * slope[1])
    nx, ny, nz = np.float32(-slope[0] * inv), np.float32(-slope[1] * inv), np.float32(inv)
    for y in prange(h):
        now = np.zeros(3, np.float32)
        for x in range(w):
            for k in range(3):
                ratio[y, x, k] = 1.0
                now[k] = 0.0
            depth = ground[y, x]
            if depth <= 0.0:
                continue
            shows = False
            for s in range(n_samples):
                shows = shows or kind[s, y, x] == BACKGROUND
            if not shows:
                continue
            px = cam[9] + depth * rays[y, x, 0]
            py = cam[10] + depth * rays[y, x, 1]
            pz = cam[11] + depth * rays[y, x, 2]
            changed = seen[y, x] == 0
            if not changed and reach[0] < px and px < reach[2] and reach[1] < py and py < reach[3]:
                for g in range(n_sets):
                    changed = changed or light_changed(
                        sun_changed, sun_axes, sky_changed, sky_axes, bias, g, px, py, pz, nx, ny, nz
                    )
            filled = np.float32(0.0)
            for g in range(n_sets):
                s = g % n_samples
                filled += obscurance(
                    zb, kind, FRAGMENT, cam, rays, ground, disc, s, x, y, px, py, pz, nx, ny, nz, depth
                )
            filled /= n_sets
            if not changed and filled == 0.0:
                continue
            around = np.float32(max(0.1, 1.0 - 0.85 * filled))
            for g in range(n_sets):
                sun, sky, clear = direct_light(
                    sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, g, px, py, pz, nx, ny, nz
                )
                _add(light, sun, sky, clear, nz, around, now)
            for k in range(3):
                now[k] /= n_sets
                if y < irradiance.shape[0]:
                    irradiance[y, x, k] = now[k]
                if now[k] != rest_light[y, x, k] and rest_light[y, x, k] > 0.0:
                    ratio[y, x, k] = min(8.0, max(0.02, now[k] / rest_light[y, x, k]))
