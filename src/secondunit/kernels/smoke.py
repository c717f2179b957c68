"""Smoke on a staggered grid: advection, pressure and vorticity.

Speeds live on the faces of cells (Harlow and Welch 1965): u (nx + 1, ny, nz), v (nx, ny + 1, nz),
w (nx, ny, nz + 1), all m/s float32; density and the like at cell centres (nx, ny, nz). Axis 0, 1 or 2 names a
face field, 3 a centre field. One thread: a step is short, and
shots run side by side. Plain twins: `smoke_reference.py`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import fft

F32 = npt.NDArray[np.float32]


@njit(cache=True, fastmath=True, nogil=True)
def centre_speed(u, v, w, out):
    """Speed at cell centres, out (nx, ny, nz, 3), from the faces."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for k in range(out.shape[2]):
                out[i, j, k, 0] = np.float32(0.5) * (u[i, j, k] + u[i + 1, j, k])
                out[i, j, k, 1] = np.float32(0.5) * (v[i, j, k] + v[i, j + 1, k])
                out[i, j, k, 2] = np.float32(0.5) * (w[i, j, k] + w[i, j, k + 1])


@njit(cache=True, fastmath=True, nogil=True)
def _corner(a, x, y, z):
    """The lower corner and fractions of a point in index space, clamped to the array."""
    nx, ny, nz = a.shape
    x = min(max(x, np.float32(0)), np.float32(nx - 1.001))
    y = min(max(y, np.float32(0)), np.float32(ny - 1.001))
    z = min(max(z, np.float32(0)), np.float32(nz - 1.001))
    i, j, k = int(x), int(y), int(z)
    return i, j, k, x - np.float32(i), y - np.float32(j), z - np.float32(k)


@njit(cache=True, fastmath=True, nogil=True)
def sample(a, x, y, z):
    """Trilinear value of a (nx, ny, nz) at index coordinates, clamped at the faces."""
    i, j, k, p, q, r = _corner(a, x, y, z)
    one = np.float32(1)
    near = (a[i, j, k] * (one - r) + a[i, j, k + 1] * r) * (one - q)
    near += (a[i, j + 1, k] * (one - r) + a[i, j + 1, k + 1] * r) * q
    far = (a[i + 1, j, k] * (one - r) + a[i + 1, j, k + 1] * r) * (one - q)
    far += (a[i + 1, j + 1, k] * (one - r) + a[i + 1, j + 1, k + 1] * r) * q
    return near * (one - p) + far * p


@njit(cache=True, fastmath=True, nogil=True)
def _speed_at(c, i, j, k, axis, part):
    """Component `part` of the centre speeds c (nx, ny, nz, 3) at sample (i, j, k) of a field of this axis."""
    nx, ny, nz = c.shape[0], c.shape[1], c.shape[2]
    if axis == 0:
        return np.float32(0.5) * (c[max(i - 1, 0), j, k, part] + c[min(i, nx - 1), j, k, part])
    if axis == 1:
        return np.float32(0.5) * (c[i, max(j - 1, 0), k, part] + c[i, min(j, ny - 1), k, part])
    if axis == 2:
        return np.float32(0.5) * (c[i, j, max(k - 1, 0), part] + c[i, j, min(k, nz - 1), part])
    return c[i, j, k, part]


@njit(cache=True, fastmath=True, nogil=True)
def advect(out, a, c, scale, axis):
    """out(x) = a(x − scale · speed): one backward step (Stam 1999); `scale` = ± seconds / cell."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                x = np.float32(i) - scale * _speed_at(c, i, j, k, axis, 0)
                y = np.float32(j) - scale * _speed_at(c, i, j, k, axis, 1)
                z = np.float32(k) - scale * _speed_at(c, i, j, k, axis, 2)
                out[i, j, k] = sample(a, x, y, z)


@njit(cache=True, fastmath=True, nogil=True)
def advect_sharply(out, a, forward, c, scale, axis, busy):
    """MacCormack's correction of `forward` = advect(a), undone where it overshoots (Selle and others 2008).

    Only in blocks of 4³ cells where `busy` (nx/4, ny/4, nz/4, rounded up) is set; elsewhere `forward` is good
    enough.
    """
    bx, by, bz = busy.shape
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                if busy[min(i // 4, bx - 1), min(j // 4, by - 1), min(k // 4, bz - 1)] == 0:
                    out[i, j, k] = forward[i, j, k]
                    continue
                sx = scale * _speed_at(c, i, j, k, axis, 0)
                sy = scale * _speed_at(c, i, j, k, axis, 1)
                sz = scale * _speed_at(c, i, j, k, axis, 2)
                first = forward[i, j, k]
                back = sample(forward, np.float32(i) + sx, np.float32(j) + sy, np.float32(k) + sz)
                value = first + np.float32(0.5) * (a[i, j, k] - back)
                p, q, r, _, _, _ = _corner(a, np.float32(i) - sx, np.float32(j) - sy, np.float32(k) - sz)
                low = min(min(a[p, q, r], a[p, q, r + 1]), min(a[p, q + 1, r], a[p, q + 1, r + 1]))
                low = min(low, min(min(a[p + 1, q, r], a[p + 1, q, r + 1]),
                                   min(a[p + 1, q + 1, r], a[p + 1, q + 1, r + 1])))  # fmt: skip
                high = max(max(a[p, q, r], a[p, q, r + 1]), max(a[p, q + 1, r], a[p, q + 1, r + 1]))
                high = max(high, max(max(a[p + 1, q, r], a[p + 1, q, r + 1]),
                                     max(a[p + 1, q + 1, r], a[p + 1, q + 1, r + 1])))  # fmt: skip
                out[i, j, k] = first if value < low or value > high else value


@njit(cache=True, fastmath=True, nogil=True)
def divergence(u, v, w, out):
    """Net outflow of each cell in m/s (times cell side squared it is a volume a second)."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for k in range(out.shape[2]):
                out[i, j, k] = (
                    u[i + 1, j, k] - u[i, j, k] + v[i, j + 1, k] - v[i, j, k] + w[i, j, k + 1] - w[i, j, k]
                )


def project(u: F32, v: F32, w: F32, source: F32) -> None:
    """Make the outflow of every cell equal `source` (nx, ny, nz), m/s, in place, exactly.

    The ground (k = 0) is a wall, the other five faces are open (pressure 0), so sine transforms along x and y and
    the fourth cosine transform along z turn Poisson's equation into a division.
    """
    w[:, :, 0] = 0
    outflow = np.empty_like(source)
    divergence(u, v, w, outflow)
    outflow -= source
    wave = fft.dct(fft.dstn(outflow, type=2, axes=(0, 1), overwrite_x=True), type=4, axis=2, overwrite_x=True)
    wave /= _eigenvalues(source.shape)
    pressure = fft.idstn(fft.idct(wave, type=4, axis=2, overwrite_x=True), type=2, axes=(0, 1), overwrite_x=True)
    _subtract_gradient(u, v, w, np.ascontiguousarray(pressure, dtype=np.float32))


def _eigenvalues(shape: tuple[int, ...]) -> F32:
    nx, ny, nz = shape
    x = -4 * np.sin(np.pi * (np.arange(nx) + 1) / (2 * nx)) ** 2
    y = -4 * np.sin(np.pi * (np.arange(ny) + 1) / (2 * ny)) ** 2
    z = -4 * np.sin(np.pi * (np.arange(nz) + 0.5) / (2 * nz)) ** 2
    return np.asarray(x[:, None, None] + y[:, None] + z, np.float32)


@njit(cache=True, fastmath=True, nogil=True)
def _subtract_gradient(u, v, w, p):
    nx, ny, nz = p.shape
    two = np.float32(2)
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                here = p[i, j, k]
                u[i, j, k] -= here - p[i - 1, j, k] if i > 0 else two * here
                v[i, j, k] -= here - p[i, j - 1, k] if j > 0 else two * here
                if k > 0:
                    w[i, j, k] -= here - p[i, j, k - 1]
                if i == nx - 1:
                    u[nx, j, k] += two * here
                if j == ny - 1:
                    v[i, ny, k] += two * here
                if k == nz - 1:
                    w[i, j, nz] += two * here


@njit(cache=True, fastmath=True, nogil=True)
def curl(c, cell, out):
    """Vorticity (1/s) at centres, out (nx, ny, nz, 4): x, y, z and its length; 0 on the rim."""
    nx, ny, nz = c.shape[0], c.shape[1], c.shape[2]
    half = np.float32(0.5) / cell
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if i == 0 or j == 0 or k == 0 or i == nx - 1 or j == ny - 1 or k == nz - 1:
                    out[i, j, k, :] = np.float32(0)
                    continue
                a = (c[i, j + 1, k, 2] - c[i, j - 1, k, 2] - c[i, j, k + 1, 1] + c[i, j, k - 1, 1]) * half
                b = (c[i, j, k + 1, 0] - c[i, j, k - 1, 0] - c[i + 1, j, k, 2] + c[i - 1, j, k, 2]) * half
                d = (c[i + 1, j, k, 1] - c[i - 1, j, k, 1] - c[i, j + 1, k, 0] + c[i, j - 1, k, 0]) * half
                out[i, j, k, 0], out[i, j, k, 1], out[i, j, k, 2] = a, b, d
                out[i, j, k, 3] = np.sqrt(a * a + b * b + d * d)


@njit(cache=True, fastmath=True, nogil=True)
def swirl_force(vorticity, strength, out):
    """Vorticity confinement (Fedkiw and others 2001): out (nx, ny, nz, 3) = strength · N × ω, m/s²."""
    nx, ny, nz = out.shape[0], out.shape[1], out.shape[2]
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if i == 0 or j == 0 or k == 0 or i == nx - 1 or j == ny - 1 or k == nz - 1:
                    out[i, j, k, :] = np.float32(0)
                    continue
                x = vorticity[i + 1, j, k, 3] - vorticity[i - 1, j, k, 3]
                y = vorticity[i, j + 1, k, 3] - vorticity[i, j - 1, k, 3]
                z = vorticity[i, j, k + 1, 3] - vorticity[i, j, k - 1, 3]
                m = strength / (np.sqrt(x * x + y * y + z * z) + np.float32(1e-4))
                a, b, d = vorticity[i, j, k, 0], vorticity[i, j, k, 1], vorticity[i, j, k, 2]
                out[i, j, k, 0] = m * (y * d - z * b)
                out[i, j, k, 1] = m * (z * a - x * d)
                out[i, j, k, 2] = m * (x * b - y * a)
