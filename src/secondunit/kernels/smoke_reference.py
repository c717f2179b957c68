"""The plain twins of `smoke`: the same sums in NumPy, for tiny grids and tests."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


def sample_reference(a: F64, x: F64, y: F64, z: F64) -> F64:
    """Trilinear values of a (nx, ny, nz) at index coordinates of any shape, clamped at the faces."""
    points = [np.clip(p, 0, n - 1.001) for p, n in zip((x, y, z), a.shape, strict=True)]
    base = [p.astype(int) for p in points]
    part = [p - b for p, b in zip(points, base, strict=True)]
    total = np.zeros(np.shape(x))
    for corner in itertools.product((0, 1), repeat=3):
        weight = np.ones(np.shape(x))
        for c, p in zip(corner, part, strict=True):
            weight = weight * (p if c else 1 - p)
        total += weight * a[tuple(b + c for b, c in zip(base, corner, strict=True))]
    return total


def _speed_reference(c: F64, axis: int) -> F64:
    """Centre speeds (nx, ny, nz, 3) at the samples of a field of this axis."""
    if axis == 3:
        return c
    first, last = np.take(c, [0], axis), np.take(c, [-1], axis)
    padded = np.concatenate([first, c, last], axis)
    n = padded.shape[axis]
    mean: F64 = 0.5 * (np.take(padded, range(n - 1), axis) + np.take(padded, range(1, n), axis))
    return mean


def _index(shape: tuple[int, ...]) -> list[F64]:
    return [g.astype(float) for g in np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")]


def advect_reference(a: F64, c: F64, scale: float, axis: int) -> F64:
    """`smoke.advect`."""
    speed = _speed_reference(c, axis)
    x, y, z = (g - scale * speed[..., d] for d, g in enumerate(_index(a.shape)))
    return sample_reference(a, x, y, z)


def advect_sharply_reference(a: F64, c: F64, scale: float, axis: int) -> F64:
    """`smoke.advect` followed by `smoke.advect_sharply`."""
    speed = _speed_reference(c, axis)
    index = _index(a.shape)
    forward = advect_reference(a, c, scale, axis)
    back = sample_reference(forward, *(g + scale * speed[..., d] for d, g in enumerate(index)))
    value = forward + 0.5 * (a - back)
    origin = [np.clip(g - scale * speed[..., d], 0, a.shape[d] - 1.001).astype(int) for d, g in enumerate(index)]
    corners = np.stack(
        [a[tuple(o + c for o, c in zip(origin, k, strict=True))] for k in itertools.product((0, 1), repeat=3)]
    )
    kept: F64 = np.where((value < corners.min(0)) | (value > corners.max(0)), forward, value)
    return kept


def divergence_reference(u: F64, v: F64, w: F64) -> F64:
    """`smoke.divergence`."""
    return np.diff(u, axis=0) + np.diff(v, axis=1) + np.diff(w, axis=2)


def project_reference(u: F64, v: F64, w: F64, source: F64) -> tuple[F64, F64, F64]:
    """`smoke.project` by a dense linear system: pressure 0 on the open faces, a wall under k = 0."""
    shape = source.shape
    w = w.copy()
    w[:, :, 0] = 0
    outflow = divergence_reference(u, v, w) - source
    matrix = np.zeros((source.size, source.size))
    number = np.arange(source.size).reshape(shape)
    for at in np.ndindex(shape):
        for axis, side in itertools.product(range(3), (-1, 1)):
            other = list(at)
            other[axis] += side
            if 0 <= other[axis] < shape[axis]:
                matrix[number[at], number[tuple(other)]] += 1
                matrix[number[at], number[at]] -= 1
            elif axis < 2 or side > 0:
                matrix[number[at], number[at]] -= 2
    pressure = np.linalg.solve(matrix, outflow.ravel()).reshape(shape)
    faces = []
    for axis, field in enumerate((u, v, w)):
        first, last = np.take(pressure, [0], axis), np.take(pressure, [-1], axis)
        padded = np.concatenate([first if axis == 2 else -first, pressure, -last], axis)
        faces.append(field - np.diff(padded, axis=axis))
    return faces[0], faces[1], faces[2]


def curl_reference(c: F64, cell: float) -> F64:
    """The first three channels of `smoke.curl`."""
    out = np.zeros((*c.shape[:3], 3))
    d = [[np.gradient(c[..., part], cell, axis=axis) for axis in range(3)] for part in range(3)]
    full = np.stack([d[2][1] - d[1][2], d[0][2] - d[2][0], d[1][0] - d[0][1]], -1)
    out[1:-1, 1:-1, 1:-1] = full[1:-1, 1:-1, 1:-1]
    return out
