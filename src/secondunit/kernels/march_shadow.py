"""Light that reaches into the cloud: depths swept through the grid, shadows on surfaces, the map of empty space.

Twins: `march_reference.py`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from secondunit.kernels.march_density import look_up

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
