"""Density of dust at a point: the grid's, cut into heads and creases by noise that rides on the air.

Grid coordinates: cell centres at whole numbers. Twins: `march_reference.py`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit

LARGE = 64 / 24  # samples of the tile a cell: heads of 6, 3, 1.5 and 0.75 cells
SMALL = 64 / 6.4  # heads of 1.6 cells down to a fifth of a cell
SOFT = 0.12  # width of the cut on that scale
THINNEST, DECADES = -4.0, 6.2  # natural logarithms of density (1/m): share 0 is 0.018, share 1 is 9


@njit(cache=True, fastmath=True)
def look_up(a, x, y, z):
    """Trilinear value of a at grid coordinates, 0 outside."""
    nx, ny, nz = a.shape
    if x <= -1 or y <= -1 or z <= -1 or x >= nx or y >= ny or z >= nz:
        return 0.0
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    p, q, r = x - i, y - j, z - k
    if 0 <= i < nx - 1 and 0 <= j < ny - 1 and 0 <= k < nz - 1:
        near = (a[i, j, k] * (1 - r) + a[i, j, k + 1] * r) * (1 - q)
        near += (a[i, j + 1, k] * (1 - r) + a[i, j + 1, k + 1] * r) * q
        far = (a[i + 1, j, k] * (1 - r) + a[i + 1, j, k + 1] * r) * (1 - q)
        far += (a[i + 1, j + 1, k] * (1 - r) + a[i + 1, j + 1, k + 1] * r) * q
        return near * (1 - p) + far * p
    # the rim: nothing beyond the sides and the top, the lowest layer goes on into the ground
    total = 0.0
    for e in range(8):
        u, v, w = i + (e & 1), j + ((e >> 1) & 1), max(0, k + (e >> 2))
        if 0 <= u < nx and 0 <= v < ny and w < nz:
            weight = (p if e & 1 else 1 - p) * (q if (e >> 1) & 1 else 1 - q) * (r if e >> 2 else 1 - r)
            total += weight * a[u, v, w]
    return total


@njit(cache=True, fastmath=True)
def tile_value(tile, x, y, z):
    """Trilinear value of a periodic cube at any coordinates over −10⁶ samples."""
    m = tile.shape[0]
    x, y, z = x + 1048576.0, y + 1048576.0, z + 1048576.0
    a, b, c = int(x), int(y), int(z)
    p, q, r = x - a, y - b, z - c
    a, b, c = a & (m - 1), b & (m - 1), c & (m - 1)
    d, e, f = (a + 1) & (m - 1), (b + 1) & (m - 1), (c + 1) & (m - 1)
    near = (tile[a, b, c] * (1 - r) + tile[a, b, f] * r) * (1 - q) + (
        tile[a, e, c] * (1 - r) + tile[a, e, f] * r
    ) * q
    far = (tile[d, b, c] * (1 - r) + tile[d, b, f] * r) * (1 - q) + (
        tile[d, e, c] * (1 - r) + tile[d, e, f] * r
    ) * q
    return near * (1 - p) + far * p


@njit(cache=True, fastmath=True)
def flow_at(flow, x, y, z, out):
    """How many cells the air at grid coordinates has come in each phase, out (6,); `flow` (nx/2, ny/2, nz/2,
    6)."""
    hx, hy, hz = flow.shape[0], flow.shape[1], flow.shape[2]
    u = min(max(0.5 * x - 0.25, 0.0), hx - 1.001)
    v = min(max(0.5 * y - 0.25, 0.0), hy - 1.001)
    w = min(max(0.5 * z - 0.25, 0.0), hz - 1.001)
    i, j, k = int(u), int(v), int(w)
    p, q, r = u - i, v - j, w - k
    i1, j1, k1 = min(i + 1, hx - 1), min(j + 1, hy - 1), min(k + 1, hz - 1)
    for e in range(6):
        near = (flow[i, j, k, e] * (1 - r) + flow[i, j, k1, e] * r) * (1 - q)
        near += (flow[i, j1, k, e] * (1 - r) + flow[i, j1, k1, e] * r) * q
        far = (flow[i1, j, k, e] * (1 - r) + flow[i1, j, k1, e] * r) * (1 - q)
        far += (flow[i1, j1, k, e] * (1 - r) + flow[i1, j1, k1, e] * r) * q
        out[e] = near * (1 - p) + far * p


@njit(cache=True, fastmath=True)
def billow(tile, come, blend, offset, corner, x, y, z, fine):
    """Noise 0..1 at grid coordinates: two sizes of heads, carried back along the flow, in two overlapping phases.

    `come` (6,) cells that the air has come (`flow_at`); `offset` (2, 3) samples; `corner` (3,) grid coordinate of
    the world's origin with its sign turned, so that noise stands still when the grid moves. Contrast is kept
    where the phases overlap. Without `fine` only the large heads.
    """
    total, power = 0.0, 0.0
    for phase in range(2):
        much = blend[phase]
        if much < 0.06:
            continue
        x0 = x + corner[0] - come[3 * phase]
        y0 = y + corner[1] - come[3 * phase + 1]
        z0 = z + corner[2] - come[3 * phase + 2]
        n = tile_value(tile, x0 * LARGE + offset[phase, 0], y0 * LARGE + offset[phase, 1],
                       z0 * LARGE + offset[phase, 2])  # fmt: skip
        if fine:
            n = 0.81 * n + 0.19 * tile_value(tile, y0 * SMALL + offset[phase, 1], z0 * SMALL + offset[phase, 2],
                                             x0 * SMALL + offset[phase, 0])  # fmt: skip
        total += much * (n - 0.5)
        power += much * much
    return 0.5 + total / max(power, 1e-6) ** 0.5


@njit(cache=True, fastmath=True)
def crisp_at(crisp, z):
    """How deep creases are cut at grid height z: less near the ground, on which dust lies without a gap."""
    return crisp * min(1.0, 0.35 + 0.26 * max(z + 0.5, 0.0))


@njit(cache=True, fastmath=True)
def carve(share, n, crisp):
    """Density (1/m) of dust at a `share` of the logarithmic scale and noise n: heads stay, creases are cut out.

    The logarithm of density falls about evenly towards the edge of the cloud, so cutting it at a level that noise
    sets pushes the edge in and out by up to two cells and leaves it hard. Thin dust breaks up into wisps.
    """
    k = min(max((share - crisp * (1 - n)) / SOFT, 0.0), 1.0)
    if k == 0:
        return 0.0
    return (np.exp(share * DECADES + THINNEST) + 3.5 * share * share * share) * k
