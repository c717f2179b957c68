"""Lattice noise in space, for materials that have no texture coordinates.

Source: K. Perlin, An Image Synthesizer, SIGGRAPH 1985 (value noise on a table of random numbers, period 64).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

SIDE = 64


def make_lattice(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(64, 64, 64) uniform random numbers in [0, 1): the table every noise reads."""
    return rng.random((SIDE, SIDE, SIDE), dtype=np.float32)


@njit(cache=True, fastmath=True)
def noise(lattice, x, y, z):  # type: ignore[no-untyped-def]
    """Smooth noise, 0 to 1, one bump a unit of length."""
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - fx, y - fy, z - fz
    i0, j0, k0 = int(fx) & 63, int(fy) & 63, int(fz) & 63
    i1, j1, k1 = (i0 + 1) & 63, (j0 + 1) & 63, (k0 + 1) & 63
    u, v, w = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v), w * w * (3.0 - 2.0 * w)
    a = (lattice[i0, j0, k0] * (1 - w) + lattice[i0, j0, k1] * w) * (1 - v) + (
        lattice[i0, j1, k0] * (1 - w) + lattice[i0, j1, k1] * w
    ) * v
    b = (lattice[i1, j0, k0] * (1 - w) + lattice[i1, j0, k1] * w) * (1 - v) + (
        lattice[i1, j1, k0] * (1 - w) + lattice[i1, j1, k1] * w
    ) * v
    return a * (1 - u) + b * u


@njit(cache=True, fastmath=True)
def noise_slope(lattice, x, y, z):  # type: ignore[no-untyped-def]
    """The gradient of trilinear (unsmoothed) lattice noise: three numbers, about −1 to 1, for bumps."""
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - fx, y - fy, z - fz
    i0, j0, k0 = int(fx) & 63, int(fy) & 63, int(fz) & 63
    i1, j1, k1 = (i0 + 1) & 63, (j0 + 1) & 63, (k0 + 1) & 63
    c000, c001 = lattice[i0, j0, k0], lattice[i0, j0, k1]
    c010, c011 = lattice[i0, j1, k0], lattice[i0, j1, k1]
    c100, c101 = lattice[i1, j0, k0], lattice[i1, j0, k1]
    c110, c111 = lattice[i1, j1, k0], lattice[i1, j1, k1]
    gx = ((c100 - c000) * (1 - v) + (c110 - c010) * v) * (1 - w)
    gx += ((c101 - c001) * (1 - v) + (c111 - c011) * v) * w
    gy = ((c010 - c000) * (1 - u) + (c110 - c100) * u) * (1 - w)
    gy += ((c011 - c001) * (1 - u) + (c111 - c101) * u) * w
    gz = ((c001 - c000) * (1 - u) + (c101 - c100) * u) * (1 - v)
    gz += ((c011 - c010) * (1 - u) + (c111 - c110) * u) * v
    return gx, gy, gz
