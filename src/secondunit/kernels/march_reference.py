"""The plain twins of `march` and its neighbours: straight sums along rays in NumPy, for small grids and tests."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from secondunit.kernels.march_density import DECADES, LARGE, SMALL, SOFT, THINNEST
from secondunit.kernels.march_screen import ALIKE, STOPPED

F64 = npt.NDArray[np.float64]


def look_up_reference(a: F64, points: F64) -> F64:
    """Trilinear values at grid coordinates (n, 3), 0 outside; the lowest layer goes on into the ground."""
    padded = np.pad(a.astype(float), ((1, 1), (1, 1), (0, 1)))
    padded = np.concatenate([padded[:, :, :1], padded], 2)
    limits = np.array(a.shape)
    inside = ((points > -1) & (points < limits)).all(1)
    at = np.clip(points, -1, limits - 1e-9) + 1
    base = np.minimum(np.floor(at).astype(int), np.array(padded.shape) - 2)
    part = at - base
    total = np.zeros(len(points))
    for corner in itertools.product((0, 1), repeat=3):
        weight = np.prod([part[:, d] if c else 1 - part[:, d] for d, c in enumerate(corner)], axis=0)
        total += weight * padded[tuple(base[:, d] + c for d, c in enumerate(corner))]
    return np.where(inside, total, 0.0)


def depth_reference(density: F64, points: F64, direction: F64, cell: float, step: float = 0.02) -> F64:
    """Optical depth from grid coordinates (n, 3) to the outside along `direction` (3,) cells; `step` in cells."""
    unit = direction / np.linalg.norm(direction)
    total = np.zeros(len(points))
    for s in np.arange(step / 2, float(np.linalg.norm(density.shape)), step):
        total += look_up_reference(density, points + s * unit)
    return total * step * cell


def tile_value_reference(tile: F64, points: F64) -> F64:
    """Trilinear values of a periodic cube at (n, 3) samples."""
    base = np.floor(points).astype(int)
    part = points - base
    total = np.zeros(len(points))
    for corner in itertools.product((0, 1), repeat=3):
        weight = np.prod([part[:, d] if c else 1 - part[:, d] for d, c in enumerate(corner)], axis=0)
        total += weight * tile[tuple((base[:, d] + c) % tile.shape[0] for d, c in enumerate(corner))]
    return total


def billow_reference(tile: F64, offset: F64, corner: F64, points: F64) -> F64:
    """`march.billow` with fine heads, in still air, one phase of weight 1."""
    at = points + corner
    large = tile_value_reference(tile, at * LARGE + offset)
    small = tile_value_reference(tile, at[:, [1, 2, 0]] * SMALL + offset[[1, 2, 0]])
    total: F64 = 0.81 * large + 0.19 * small
    return total


def carve_reference(share: F64, n: F64, crisp: float | F64) -> F64:
    """`march.carve`."""
    k = np.clip((share - crisp * (1 - n)) / SOFT, 0, 1)
    return np.where(k > 0, (np.exp(share * DECADES + THINNEST) + 3.5 * share**3) * k, 0.0)


def opacity_reference(share: F64, tile: F64, offset: F64, corner: F64, start: F64, ray: F64, far: float,
                      length: float, crisp: float, step: float = 0.004) -> float:  # fmt: skip
    """Opacity along one ray (3,) of `march.march` up to depth `far`; `length` metres a unit of depth."""
    t = np.arange(step / 2, far, step)
    points = start + t[:, None] * ray
    share_here = look_up_reference(share, points)
    limits = np.array(share.shape) - 0.5
    share_here[~((points > -0.5) & (points < limits)).all(1)] = 0
    inside = share_here > 0
    density = np.zeros(len(t))
    density[inside] = carve_reference(
        share_here[inside],
        billow_reference(tile, offset, corner, points[inside]),
        crisp * np.minimum(1.0, 0.35 + 0.26 * np.maximum(points[inside, 2] + 0.5, 0)),
    )
    return float(1 - np.exp(-density.sum() * step * length))


def settle_reference(rgba: F64, span: F64) -> F64:
    """`march_screen.settle`."""
    out = np.empty_like(rgba)
    for row, col in np.ndindex(rgba.shape[:2]):
        around = np.s_[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2]
        weight = np.clip(1 - np.abs(rgba[around][..., 3] - rgba[row, col, 3]) / ALIKE, 0, None)
        ends, here = span[around][..., 1], span[row, col, 1]
        weight[(np.maximum(ends, here) < STOPPED) & (np.abs(ends - here) > 0.02 * here + 0.05)] = 0
        out[row, col] = (weight[..., None] * rgba[around]).sum((0, 1)) / weight.sum()
    return out
