"""What holds what: the areas in which chunks touch, and which of them stand on the ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from secondunit.engines.physics.voronoi import Cells
from secondunit.slate.camera import Ground

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
NEAR_M = 0.012  # faces this close and back to back touch
LEAST_BOND_M2 = 1e-4
TIE_M2 = 0.02
GROUND_GAP_M = 0.03


def find_bonds(chunks: Cells) -> tuple[I32, F32]:
    """Pairs of chunks that touch, (k, 2) with the lower number first, and the area of each, (k,) m².

    Groups of chunks that touch no others are tied to the nearest chunk outside by a small bond, so that nothing
    floats for being surveyed a hand's breadth off its neighbour.
    """
    low, high = boxes(chunks)
    order = np.argsort(low[:, 0], kind="stable").astype(np.int32)
    pairs, n = near_pairs(low, high, order, NEAR_M, 24 * chunks.n)
    if n > len(pairs):
        pairs, n = near_pairs(low, high, order, NEAR_M, n)
    pairs = np.sort(pairs[:n], axis=1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    area = touching_areas(
        pairs,
        chunks.vertices,
        chunks.loop,
        chunks.loop_start,
        chunks.face_start,
        chunks.face_plane,
        *_face_boxes(chunks),
        NEAR_M,
    )
    touch = area > LEAST_BOND_M2
    pairs, area = pairs[touch], area[touch]
    ties = _ties(chunks, pairs)
    pairs = np.concatenate([pairs, ties])
    area = np.concatenate([area, np.full(len(ties), TIE_M2)])
    return pairs.astype(np.int32), area.astype(np.float32)


def boxes(cells: Cells) -> tuple[F64, F64]:
    """Lowest and highest corner of each cell's bounding box, (n, 3) each."""
    starts = cells.vertex_start[:-1]
    return np.minimum.reduceat(cells.vertices, starts, axis=0), np.maximum.reduceat(
        cells.vertices, starts, axis=0
    )


def grounded(chunks: Cells, ground: Ground) -> npt.NDArray[np.bool_]:
    """Whether some corner of each chunk lies on the ground (or in it), (n,)."""
    v = chunks.vertices
    gap = v[:, 2] - ground.height(v[:, 0], v[:, 1])
    down: npt.NDArray[np.bool_] = np.minimum.reduceat(gap, chunks.vertex_start[:-1]) < GROUND_GAP_M
    return down


def _ties(chunks: Cells, pairs: I32) -> I32:
    """The fewest pairs that join all groups of chunks to the largest one, (t, 2), each the nearest by centre."""
    out: list[tuple[int, int]] = []
    while True:
        every = np.concatenate([pairs, np.array(out, np.int32).reshape(-1, 2)])
        ones = np.ones(len(every))
        graph = coo_matrix((ones, (every[:, 0], every[:, 1])), shape=(chunks.n, chunks.n))
        n_groups, group = connected_components(graph, directed=False)
        if n_groups == 1:
            return np.array(out, np.int32).reshape(-1, 2)
        size = np.bincount(group)
        for g in np.flatnonzero(np.arange(n_groups) != size.argmax()):
            mine = np.flatnonzero(group == g)
            others = np.flatnonzero(group != g)
            found = cKDTree(chunks.centroid[others]).query(chunks.centroid[mine])
            gap, near = np.atleast_1d(found[0]), np.atleast_1d(found[1])
            i, j = int(mine[gap.argmin()]), int(others[near[gap.argmin()]])
            if (min(i, j), max(i, j)) not in out:
                out.append((min(i, j), max(i, j)))


def _face_boxes(cells: Cells) -> tuple[F64, F64]:
    at = cells.vertices[cells.loop]
    return (
        np.minimum.reduceat(at, cells.loop_start[:-1], axis=0),
        np.maximum.reduceat(at, cells.loop_start[:-1], axis=0),
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def near_pairs(low: F64, high: F64, order: I32, gap: float, room: int) -> tuple[I32, int]:
    """Pairs whose boxes come within `gap`, by a sweep along x (`order` sorts low x), and how many there are.

    Only the first `room` are stored.
    """
    out = np.empty((room, 2), np.int32)
    n = 0
    for a in range(len(order)):
        i = order[a]
        for b in range(a + 1, len(order)):
            j = order[b]
            if low[j, 0] > high[i, 0] + gap:
                break
            if low[j, 1] > high[i, 1] + gap or low[i, 1] > high[j, 1] + gap:
                continue
            if low[j, 2] > high[i, 2] + gap or low[i, 2] > high[j, 2] + gap:
                continue
            if n < len(out):
                out[n, 0], out[n, 1] = i, j
            n += 1
    return out, n


@njit(cache=True)  # type: ignore[untyped-decorator]
def touching_areas(
    pairs: I32,
    verts: F64,
    loop: I32,
    loop_start: I32,
    face_start: I32,
    planes: F64,
    face_low: F64,
    face_high: F64,
    gap: float,
) -> F64:
    """For each pair the area in which faces lie back to back within `gap`, (k,) m²."""
    out = np.zeros(len(pairs))
    poly, work = np.empty((128, 3)), np.empty((128, 3))
    for k in range(len(pairs)):
        i, j = pairs[k]
        for f in range(face_start[i], face_start[i + 1]):
            for g in range(face_start[j], face_start[j + 1]):
                dot = planes[f, 0] * planes[g, 0] + planes[f, 1] * planes[g, 1] + planes[f, 2] * planes[g, 2]
                if dot > -0.9995:
                    continue
                apart = False
                for axis in range(3):
                    if (
                        face_low[f, axis] > face_high[g, axis] + gap
                        or face_low[g, axis] > face_high[f, axis] + gap
                    ):
                        apart = True
                first = verts[loop[loop_start[g]]]
                off = planes[f, 0] * first[0] + planes[f, 1] * first[1] + planes[f, 2] * first[2] + planes[f, 3]
                if not apart and abs(off) < gap:
                    out[k] += _overlap(verts, loop, loop_start, f, g, planes[f], poly, work)
    return out


@njit(cache=True)  # type: ignore[untyped-decorator]
def _overlap(verts: F64, loop: I32, loop_start: I32, f: int, g: int, plane: F64, poly: F64, work: F64) -> float:
    """Area of face g clipped by the edges of face f (Sutherland and Hodgman 1974), in the plane of f."""
    n = 0
    for k in range(loop_start[g], loop_start[g + 1]):
        for axis in range(3):
            poly[n, axis] = verts[loop[k], axis]
        n += 1
    for k in range(loop_start[f], loop_start[f + 1]):
        a = verts[loop[k]]
        b = verts[loop[k + 1] if k + 1 < loop_start[f + 1] else loop[loop_start[f]]]
        # inward normal of the edge within the plane: normal × edge
        ex, ey, ez = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        nx, ny, nz = plane[1] * ez - plane[2] * ey, plane[2] * ex - plane[0] * ez, plane[0] * ey - plane[1] * ex
        m = 0
        for q in range(n):
            p0, p1 = poly[q], poly[(q + 1) % n]
            d0 = nx * (p0[0] - a[0]) + ny * (p0[1] - a[1]) + nz * (p0[2] - a[2])
            d1 = nx * (p1[0] - a[0]) + ny * (p1[1] - a[1]) + nz * (p1[2] - a[2])
            if d0 >= 0 and m < 126:
                for axis in range(3):
                    work[m, axis] = p0[axis]
                m += 1
            if (d0 >= 0) != (d1 >= 0) and m < 126:
                t = d0 / (d0 - d1)
                for axis in range(3):
                    work[m, axis] = p0[axis] + t * (p1[axis] - p0[axis])
                m += 1
        n = m
        if n < 3:
            return 0.0
        for q in range(n):
            for axis in range(3):
                poly[q, axis] = work[q, axis]
    sx, sy, sz = 0.0, 0.0, 0.0
    for q in range(1, n - 1):
        ux, uy, uz = poly[q, 0] - poly[0, 0], poly[q, 1] - poly[0, 1], poly[q, 2] - poly[0, 2]
        vx, vy, vz = poly[q + 1, 0] - poly[0, 0], poly[q + 1, 1] - poly[0, 1], poly[q + 1, 2] - poly[0, 2]
        sx += uy * vz - uz * vy
        sy += uz * vx - ux * vz
        sz += ux * vy - uy * vx
    return 0.5 * float(np.sqrt(sx * sx + sy * sy + sz * sz))
