"""Rays through dust: sunlight and skylight scattered towards the camera, opacity front to back.

A ray is start + t · direction in grid coordinates (cell centres at whole numbers), t the depth in metres along
the camera's axis. Twins: `march_reference.py`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit, prange

from secondunit.kernels.march_density import billow, carve, crisp_at, flow_at, look_up
from secondunit.kernels.march_shadow import BLOCK


@njit(cache=True, fastmath=True)
def _phase(g, cosine):
    """Henyey and Greenstein (1941), 1 everywhere for g = 0."""
    return (1 - g * g) / max(1 + g * g - 2 * g * cosine, 1e-3) ** 1.5


@njit(cache=True, fastmath=True)
def lobes(g, cosine, out):
    """Weight of each of four orders of scattering, out (4,): each order fainter and rounder (Wrenninge 2013)."""
    for n in range(4):
        narrow = 0.5**n
        two = 0.65 * _phase(g * narrow, cosine) + 0.35 * _phase(-0.3 * narrow, cosine)
        out[n] = 1.0 * 0.42**n * two


@njit(cache=True, fastmath=True, parallel=True)
def march(share, sun_depth, sky, glow, blocks, tile, flow, blend, offset, corner, start, rays, far, jitter, toward,
          world_rays, sun, crisp, g, step, out, span):  # fmt: skip
    """Integrate every ray; out (h, w, 4): sunlight of the first two orders, of the later ones, skylight, opacity.

    span (h, w, 2): depth of the last dust met, and the depth up to which the result holds.

    `share` (nx, ny, nz) is where density lies between THINNEST and THINNEST + DECADES, negative outside the dust.
    `start` (3,) and `rays` (h, w, 3) in grid coordinates per metre of depth; `world_rays` (h, w, 3) in metres;
    `far` (h, w) depth at which a surface ends the ray; `toward` (3,) one metre towards the sun in grid
    coordinates, `sun` (3,) the same in the world; `sun_depth` optical depth towards the sun; `sky` share of
    the sky seen from each cell; `step` metres between
    samples in dust.
    """
    h, w = far.shape
    nx, ny, nz = share.shape
    for row in prange(h):
        weights, come = np.empty(4, np.float64), np.empty(6, np.float64)
        for col in range(w):
            out[row, col, :] = np.float32(0)
            last_dust, holds = 0.0, 1e9
            span[row, col, 0], span[row, col, 1] = last_dust, far[row, col]
            dx, dy, dz = rays[row, col, 0], rays[row, col, 1], rays[row, col, 2]
            a0, a1 = 0.3, far[row, col]
            for axis in range(3):
                s, d = start[axis], rays[row, col, axis]
                top = (nx, ny, nz)[axis]
                if abs(d) < 1e-9:
                    if s < -0.5 or s > top - 0.5:
                        a1 = -1.0
                    continue
                near, away = (-0.5 - s) / d, (top - 0.5 - s) / d
                a0, a1 = max(a0, min(near, away)), min(a1, max(near, away))
            if a0 >= a1:
                if a0 < far[row, col] or a1 < 0:
                    span[row, col, 1] = holds
                continue
            if a1 == far[row, col]:
                holds = a1
            wx, wy, wz = world_rays[row, col, 0], world_rays[row, col, 1], world_rays[row, col, 2]
            length = (wx * wx + wy * wy + wz * wz) ** 0.5
            cosine = (wx * sun[0] + wy * sun[1] + wz * sun[2]) / length
            lobes(g, cosine, weights)
            fine = step / length
            t = a0 + fine * jitter[row & 63, col & 63]
            clear, direct, late, ambient, outside = 1.0, 0.0, 0.0, 0.0, True
            lit, first, more, above = False, 0.0, 0.0, 0.0
            while t < a1:
                x, y, z = start[0] + t * dx, start[1] + t * dy, start[2] + t * dz
                bi, bj, bk = int(max(x, 0.0)) // BLOCK, int(max(y, 0.0)) // BLOCK, int(max(z, 0.0)) // BLOCK
                if blocks[bi, bj, bk] == 0:
                    # on to the far side of the empty block, in whole steps so that the jitter stays the same
                    leave = 1e9
                    if dx != 0:
                        leave = min(leave, ((bi + (dx > 0)) * BLOCK - x) / dx)
                    if dy != 0:
                        leave = min(leave, ((bj + (dy > 0)) * BLOCK - y) / dy)
                    if dz != 0:
                        leave = min(leave, ((bk + (dz > 0)) * BLOCK - z) / dz)
                    t += fine * max(1.0, np.ceil(leave / fine))
                    continue
                base = look_up(share, x, y, z)
                if base <= 0:
                    t += 2 * fine
                    continue
                flow_at(flow, x, y, z, come)
                n = billow(tile, come, blend, offset, corner, x, y, z, True)
                here = carve(base, n, crisp_at(crisp, z))
                if here < 0.01:
                    t += fine
                    outside = True
                    continue
                if outside:
                    # just entered: halve the way back thrice, so that the surface does not depend on the jitter
                    outside = False
                    back = fine
                    for _ in range(3):
                        back *= 0.5
                        if t - back < a0:
                            continue
                        s = t - back
                        x, y, z = start[0] + s * dx, start[1] + s * dy, start[2] + s * dz
                        b = look_up(share, x, y, z)
                        m = billow(tile, come, blend, offset, corner, x, y, z, True)
                        if b > 0 and carve(b, m, crisp_at(crisp, z)) >= 0.01:
                            t -= back
                            n, here = m, carve(b, m, crisp_at(crisp, z))
                    x, y, z = start[0] + t * dx, start[1] + t * dy, start[2] + t * dz
                stride = fine * min(max(0.4 / (here * step), 1.0), 3.0)
                stride = min(stride, a1 - t + 1e-4)
                if clear > 0.2 or not lit:
                    # towards the sun: close by with the noise, then the swept depth; deep inside the last will do
                    lit = True
                    depth, last = 0.0, 0.0
                    for tap in range(3):
                        ahead = (0.14, 0.5, 1.6)[tap]
                        sx, sy, sz = x + toward[0] * ahead, y + toward[1] * ahead, z + toward[2] * ahead
                        b = look_up(share, sx, sy, sz)
                        if b > 0:
                            m = billow(tile, come, blend, offset, corner, sx, sy, sz, tap < 2)
                            depth += carve(b, m, crisp_at(crisp, sz)) * (ahead - last)
                        last = ahead
                    depth += look_up(sun_depth, x + toward[0] * last, y + toward[1] * last, z + toward[2] * last)
                    first = weights[0] * np.exp(-depth) + weights[1] * np.exp(-0.4 * depth)
                    more = weights[2] * np.exp(-0.16 * depth) + weights[3] * np.exp(-0.064 * depth)
                    crease = 0.35 + 0.65 * min(1.0, max(0.0, 1.35 * n))
                    above = look_up(sky, x, y, z) * crease
                    more += look_up(glow, x, y, z) * crease
                dense = 1 - np.exp(-here * stride * length)
                gain = clear * dense
                direct += gain * first
                late += gain * more
                ambient += gain * above
                clear *= 1 - dense
                last_dust = t
                if clear < 0.01:
                    # what little is left would look the same
                    direct, late, ambient = direct / (1 - clear), late / (1 - clear), ambient / (1 - clear)
                    clear = 0.0
                    holds = 1e9
                    break
                t += stride
            out[row, col, 0], out[row, col, 1] = direct, late
            out[row, col, 2], out[row, col, 3] = ambient, 1 - clear
            span[row, col, 0], span[row, col, 1] = last_dust, holds
