"""What moves smoke: its weight, bodies that fall through it, air that they press out, dust set free.

Fields as in `smoke`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, nogil=True)
def weigh(force, density, weight, tile, drift, constants):
    """Add to force (nx, ny, nz, 3) m/s²: the weight of fresh dust, the lift of old dust and small eddies in it.

    `tile` (m, m, m, 3) is a periodic random vector field of unit variance, one sample a metre and a quarter,
    moved by `drift` metres; `constants` are (heavy, half-heavy, lift, stir, slope x, slope y) as in
    `physics.dust`.
    """
    heavy, half, lift, stir, slope_x, slope_y = constants
    m = tile.shape[0]
    half_cells = np.float32(0.5)
    one = np.float32(1)
    for i in range(density.shape[0]):
        for j in range(density.shape[1]):
            for k in range(density.shape[2]):
                d, fresh = density[i, j, k], weight[i, j, k]
                if d < np.float32(0.003):
                    continue
                down = heavy * fresh / (fresh + half)
                force[i, j, k, 0] -= down * slope_x
                force[i, j, k, 1] -= down * slope_y
                force[i, j, k, 2] += lift * min(one, d - fresh) - down
                x = half_cells * (np.float32(i) + drift[0]) + np.float32(4096 * m)
                y = half_cells * (np.float32(j) + drift[1]) + np.float32(4096 * m)
                z = half_cells * (np.float32(k) + drift[2]) + np.float32(4096 * m)
                a, b, c = int(x), int(y), int(z)
                p, q, r = x - np.float32(a), y - np.float32(b), z - np.float32(c)
                a, b, c = a % m, b % m, c % m
                a1, b1, c1 = (a + 1) % m, (b + 1) % m, (c + 1) % m
                much = stir * min(one, fresh)
                for e in range(3):
                    near = (tile[a, b, c, e] * (one - r) + tile[a, b, c1, e] * r) * (one - q)
                    near += (tile[a, b1, c, e] * (one - r) + tile[a, b1, c1, e] * r) * q
                    far = (tile[a1, b, c, e] * (one - r) + tile[a1, b, c1, e] * r) * (one - q)
                    far += (tile[a1, b1, c, e] * (one - r) + tile[a1, b1, c1, e] * r) * q
                    force[i, j, k, e] += much * (near * (one - p) + far * p)


@njit(cache=True, fastmath=True, nogil=True)
def push_faces(u, v, w, force, dt):
    """Add force (nx, ny, nz, 3) m/s², given at centres, to the inner faces over dt seconds."""
    nx, ny, nz = force.shape[0], force.shape[1], force.shape[2]
    half = np.float32(0.5) * dt
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if i > 0:
                    u[i, j, k] += half * (force[i, j, k, 0] + force[i - 1, j, k, 0])
                if j > 0:
                    v[i, j, k] += half * (force[i, j, k, 1] + force[i, j - 1, k, 1])
                if k > 0:
                    w[i, j, k] += half * (force[i, j, k, 2] + force[i, j, k - 1, 2])


@njit(cache=True, fastmath=True, nogil=True)
def drag_faces(u, v, w, solid, flux, hold):
    """Air follows bodies: implicit drag of solid share (nx, ny, nz) with flux (…, 3) = share · body speed, m/s.

    `hold` = seconds times drag rate of full solid; ≫ 1 makes air in full cells move with the body.
    """
    nx, ny, nz = solid.shape
    one, half = np.float32(1), np.float32(0.5) * hold
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if i > 0:
                    s = half * (solid[i, j, k] + solid[i - 1, j, k])
                    if s > 0:
                        u[i, j, k] = (u[i, j, k] + half * (flux[i, j, k, 0] + flux[i - 1, j, k, 0])) / (one + s)
                if j > 0:
                    s = half * (solid[i, j, k] + solid[i, j - 1, k])
                    if s > 0:
                        v[i, j, k] = (v[i, j, k] + half * (flux[i, j, k, 1] + flux[i, j - 1, k, 1])) / (one + s)
                if k > 0:
                    s = half * (solid[i, j, k] + solid[i, j, k - 1])
                    if s > 0:
                        w[i, j, k] = (w[i, j, k] + half * (flux[i, j, k, 2] + flux[i, j, k - 1, 2])) / (one + s)


@njit(cache=True, fastmath=True, nogil=True)
def splat_solid(position, velocity, volume, solid, flux):
    """Share out bodies' volume (n,) in cells, and volume · velocity, over the eight cells round each position.

    Positions are in index coordinates (cell centres at whole numbers); parts outside are lost.
    """
    nx, ny, nz = solid.shape
    for n in range(len(position)):
        i, j, k = int(np.floor(position[n, 0])), int(np.floor(position[n, 1])), int(np.floor(position[n, 2]))
        p, q, r = position[n, 0] - i, position[n, 1] - j, position[n, 2] - k
        for a in range(2):
            for b in range(2):
                for c in range(2):
                    if 0 <= i + a < nx and 0 <= j + b < ny and 0 <= k + c < nz:
                        part = (p if a else 1 - p) * (q if b else 1 - q) * (r if c else 1 - r) * volume[n]
                        solid[i + a, j + b, k + c] += part
                        for d in range(3):
                            flux[i + a, j + b, k + c, d] += part * velocity[n, d]


@njit(cache=True, fastmath=True, nogil=True)
def splat_puffs(position, radius, amount, out):
    """Add `amount` (n,) spread as a bell of `radius` (n,) cells round each position; the sum is kept exactly.

    What would fall under the ground or outside goes to the cells of the bell that are inside.
    """
    nx, ny, nz = out.shape
    for n in range(len(position)):
        x, y, z, r = position[n, 0], position[n, 1], position[n, 2], radius[n]
        reach = int(np.ceil(2 * r))
        i0, i1 = max(0, round(x) - reach), min(nx - 1, round(x) + reach)
        j0, j1 = max(0, round(y) - reach), min(ny - 1, round(y) + reach)
        k0, k1 = max(0, round(z) - reach), min(nz - 1, round(z) + reach)
        total = 0.0
        for step in range(2):
            share = amount[n] / total if step else 0.0
            for i in range(i0, i1 + 1):
                for j in range(j0, j1 + 1):
                    for k in range(k0, k1 + 1):
                        far = ((i - x) ** 2 + (j - y) ** 2 + (k - z) ** 2) / (r * r)
                        if far < 4:
                            bell = (1 - 0.25 * far) ** 2
                            if step:
                                out[i, j, k] += bell * share
                            else:
                                total += bell
            if total <= 0:
                break
