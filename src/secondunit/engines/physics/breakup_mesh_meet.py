"""Edges of cells, and where corners of other cells' skins lie on them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
ON_LINE_M, APART_M = 2e-5, 1e-4
SWEEP = np.array([0.6127, 0.5343, 0.5823])  # a direction no edge of a building is square to


@njit(cache=True)  # type: ignore[untyped-decorator]
def find_edges(loop: I32, loop_start: I32, face_start: I32) -> tuple[I32, I32, I32, int]:
    """Pair the half-edges of every cell: the edge of each loop entry, ends and faces (-1: none), how many."""
    of_half = np.full(len(loop), -1, np.int32)
    ends = np.empty((len(loop), 2), np.int32)
    faces = np.full((len(loop), 2), -1, np.int32)
    n = 0
    for cell in range(len(face_start) - 1):
        first = n
        for f in range(face_start[cell], face_start[cell + 1]):
            for k in range(loop_start[f], loop_start[f + 1]):
                a = loop[k]
                b = loop[k + 1] if k + 1 < loop_start[f + 1] else loop[loop_start[f]]
                found = -1
                for e in range(first, n):
                    if ends[e, 0] == b and ends[e, 1] == a and faces[e, 1] < 0:
                        found = e
                        break
                if found < 0:
                    ends[n, 0], ends[n, 1], faces[n, 0] = a, b, f
                    found = n
                    n += 1
                else:
                    faces[found, 1] = f
                of_half[k] = found
    return of_half, ends, faces, n


@njit(cache=True)  # type: ignore[untyped-decorator]
def meeting_points(
    verts: F64, ends: I32, edge_group: I32, known: I32, known_start: I32, place: F64
) -> tuple[I32, F64, int]:
    """Where other skins' corners lie on each edge: parameters in 0..1, rising, `t_start[e]:t_start[e + 1]`.

    `known` are corners by group, sorted by `place` (their SWEEP) within each group.
    """
    start = np.zeros(len(ends) + 1, np.int32)
    values = np.empty(len(ends) + 1024)
    line = np.empty(256)
    used = 0
    for e in range(len(ends)):
        g = edge_group[e]
        count = 0
        if g >= 0:
            a, b = ends[e, 0], ends[e, 1]
            dx, dy, dz = verts[b, 0] - verts[a, 0], verts[b, 1] - verts[a, 1], verts[b, 2] - verts[a, 2]
            size = np.sqrt(dx * dx + dy * dy + dz * dz)
            from_, to = _sweep(verts, a), _sweep(verts, b)
            low, high = min(from_, to) - 1e-4, max(from_, to) + 1e-4
            k = _first_at(place, known_start[g], known_start[g + 1], low)
            while size > 1e-9 and k < known_start[g + 1] and place[k] <= high:
                v = known[k]
                x, y, z = verts[v, 0] - verts[a, 0], verts[v, 1] - verts[a, 1], verts[v, 2] - verts[a, 2]
                t = (x * dx + y * dy + z * dz) / (size * size)
                if t * size > APART_M and (1.0 - t) * size > APART_M and count < 250:
                    off = (x - t * dx) ** 2 + (y - t * dy) ** 2 + (z - t * dz) ** 2
                    if off < ON_LINE_M * ON_LINE_M:
                        count = _insert(line, count, t, APART_M / size)
                k += 1
        if used + count > len(values):
            values = longer(values.reshape(-1, 1), 2 * len(values) + count, used).reshape(-1)
        for m in range(count):
            values[used + m] = line[m]
        used += count
        start[e + 1] = used
    return start, values, used


@njit(cache=True)  # type: ignore[untyped-decorator]
def longer(rows: F64, length: int, used: int) -> F64:
    """The same `used` rows in a longer array."""
    out = np.empty((length, rows.shape[1]))
    for i in range(used):
        for k in range(rows.shape[1]):
            out[i, k] = rows[i, k]
    return out


@njit(cache=True)  # type: ignore[untyped-decorator]
def _sweep(verts: F64, v: int) -> float:
    return float(verts[v, 0] * SWEEP[0] + verts[v, 1] * SWEEP[1] + verts[v, 2] * SWEEP[2])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _first_at(place: F64, start: int, end: int, low: float) -> int:
    """The first of the rising place[start:end] that is at least `low`, by halving."""
    while start < end:
        middle = (start + end) // 2
        if place[middle] < low:
            start = middle + 1
        else:
            end = middle
    return start


@njit(cache=True)  # type: ignore[untyped-decorator]
def _insert(line: F64, count: int, value: float, apart: float) -> int:
    """Put `value` into the rising line[:count] unless one lies within `apart` of it. Returns the new count."""
    at = count
    for m in range(count):
        if abs(line[m] - value) < apart:
            return count
    while at > 0 and line[at - 1] > value:
        line[at] = line[at - 1]
        at -= 1
    line[at] = value
    return count + 1
