"""Rays through dust: density with noise riding on the air, sunlight from inside the cloud, opacity front to back.

Grid coordinates: cell centres at whole numbers. A ray is start + t · direction in grid coordinates, t the
depth in metres along the camera's axis. Twins: `march_reference.py`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange

F32 = npt.NDArray[np.float32]

BLOCK = 4  # cells along the side of a block of the map of empty space


def sweep_depth(density: F32, direction: tuple[float, float, float], cell: float) -> F32:
    """Optical depth from each cell centre to the outside along `direction`, (nx, ny, nz).

    `direction` in cells, any length ≠ 0. Slice by slice from the side the light comes from: each ray goes
    through the slice before it, between whose cells the depth is interpolated (Kniss's half-angle slicing for
    one direction).
    """
    along = np.asarray(direction, float)
    axis = int(np.argmax(np.abs(along)))
    order = (axis, *(a for a in range(3) if a != axis))
    work = np.moveaxis(density, axis, 0)
    if along[axis] < 0:
        work = work[::-1]
    step = along[list(order)] / abs(along[axis])
    length = cell * float(np.linalg.norm(step))
    depth = np.empty(work.shape, np.float32)
    depth[-1] = 0.5 * length * work[-1]
    for s in range(len(work) - 2, -1, -1):
        beyond = depth[s + 1] + np.float32(0.5 * length) * work[s + 1]
        depth[s] = _shifted(beyond, step[1], step[2]) + np.float32(0.5 * length) * work[s]
    if along[axis] < 0:
        depth = depth[::-1]
    return np.ascontiguousarray(np.moveaxis(depth, 0, axis))


def _shifted(plane: F32, dy: float, dz: float) -> F32:
    """out[j, k] = plane at (j + dy, k + dz), |dy|, |dz| ≤ 1, bilinear; nothing outside."""
    padded = np.pad(plane, 2)
    ny, nz = plane.shape
    j, k = int(np.floor(dy)), int(np.floor(dz))
    p, q = np.float32(dy - j), np.float32(dz - k)
    one = np.float32(1)
    rows = padded[2 + j : 2 + j + ny] * (one - p) + padded[3 + j : 3 + j + ny] * p
    out = rows[:, 2 + k : 2 + k + nz] * (one - q) + rows[:, 3 + k : 3 + k + nz] * q
    return np.asarray(out, np.float32)


def block_map(density: F32) -> npt.NDArray[np.uint8]:
    """1 for each block of BLOCK³ cells that a trilinear look-up inside could find dusty."""
    dusty = density > 0
    for axis in range(3):
        wide = dusty.copy()
        lower, upper = [slice(None)] * 3, [slice(None)] * 3
        lower[axis], upper[axis] = slice(None, -1), slice(1, None)
        wide[tuple(lower)] |= dusty[tuple(upper)]
        wide[tuple(upper)] |= dusty[tuple(lower)]
        dusty = wide
    pad = [(0, -n % BLOCK) for n in dusty.shape]
    full = np.pad(dusty, pad)
    a, b, c = (n // BLOCK for n in full.shape)
    blocks = full.reshape(a, BLOCK, b, BLOCK, c, BLOCK).any((1, 3, 5))
    return np.asarray(blocks, np.uint8)


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


LARGE = 64 / 24  # samples of the tile a cell: heads of 6, 3, 1.5 and 0.75 cells
SMALL = 64 / 6.4  # heads of 1.6 cells down to a fifth of a cell


SOFT = 0.12  # width of the cut on that scale
THINNEST, DECADES = -4.0, 6.2  # natural logarithms of density (1/m): share 0 is 0.018, share 1 is 9


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
    return (np.exp(share * DECADES + THINNEST) + 3.0 * share * share) * k


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
def march(share, sun_depth, sky, blocks, tile, flow, blend, offset, corner, start, rays, far, jitter, toward,
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


@njit(cache=True, fastmath=True, parallel=True)
def shade_points(depth, points, origin, to_grid, toward, out):
    """Transmittance of sunlight at world points (h, w, 3): out (h, w).

    `origin` (3,) and `to_grid` (3, 3) turn world into grid coordinates; `toward` (3,) is a metre towards the
    sun in grid coordinates. A point outside the grid sees the cloud from where its sun ray enters the grid.
    """
    h, w = out.shape
    for row in prange(h):
        for col in range(w):
            x, y, z = points[row, col, 0], points[row, col, 1], points[row, col, 2]
            a0, a1 = 0.0, 1e9
            for axis in range(3):
                s = origin[axis] + to_grid[axis, 0] * x + to_grid[axis, 1] * y + to_grid[axis, 2] * z
                d = toward[axis]
                top = depth.shape[axis] - 0.5
                if abs(d) < 1e-9:
                    if s < -0.5 or s > top:
                        a1 = -1.0
                    continue
                near, away = (-0.5 - s) / d, (top - s) / d
                a0, a1 = max(a0, min(near, away)), min(a1, max(near, away))
            out[row, col] = np.float32(1)
            if a0 < a1:
                s0 = origin[0] + to_grid[0, 0] * x + to_grid[0, 1] * y + to_grid[0, 2] * z + a0 * toward[0]
                s1 = origin[1] + to_grid[1, 0] * x + to_grid[1, 1] * y + to_grid[1, 2] * z + a0 * toward[1]
                s2 = origin[2] + to_grid[2, 0] * x + to_grid[2, 1] * y + to_grid[2, 2] * z + a0 * toward[2]
                out[row, col] = np.exp(-look_up(depth, s0, s1, s2))


@njit(cache=True, fastmath=True, parallel=True)
def upsample(small, span, depth, factor, out):
    """Joint bilateral: out (h, w, c) from small (h/f, w/f, c), which holds for surfaces within `span` of depth.

    A neighbour whose ray met dust behind this pixel's surface, or stopped before it, counts for little.
    """
    h, w = depth.shape
    sh, sw, channels = small.shape
    for row in prange(h):
        y = (row + 0.5) / factor - 0.5
        j = int(np.floor(y))
        for col in range(w):
            x = (col + 0.5) / factor - 0.5
            i = int(np.floor(x))
            here = depth[row, col]
            total = 0.0
            for c in range(channels):
                out[row, col, c] = np.float32(0)
            for e in range(4):
                r, s = min(max(j + (e >> 1), 0), sh - 1), min(max(i + (e & 1), 0), sw - 1)
                a = y - j if e >> 1 else 1 - (y - j)
                b = x - i if e & 1 else 1 - (x - i)
                apart = max(0.0, span[r, s, 0] - here) + max(0.0, here - span[r, s, 1])
                apart /= 0.02 * here + 0.05
                weight = (a * b + 1e-3) / (1 + apart * apart)
                total += weight
                for c in range(channels):
                    out[row, col, c] += np.float32(weight) * small[r, s, c]
            for c in range(channels):
                out[row, col, c] /= np.float32(total)
