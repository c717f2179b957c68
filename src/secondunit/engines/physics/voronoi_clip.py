"""Cutting convex polyhedra by planes: the one geometric operation every cell is made with.

A polyhedron in work is `verts` (., 3) with `n_verts` used, and `loops` (., .) of vertex numbers, anticlockwise
seen from outside, with `lens`, `tags` and `planes` (nx, ny, nz, d; n·x + d ≤ 0 inside) per face. Voronoi cells
are cut from their parent by the bisectors to ever farther neighbours until none can reach the cell any more
(Rycroft 2009, Voro++, "A three-dimensional Voronoi cell library in C++").
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]

MAX_VERTS, MAX_FACES, MAX_LOOP = 320, 128, 96
ON_PLANE_M = 1e-7  # a corner this close outside a plane counts as on it
SAME_POINT_M = 2e-6
BOX_FACES = np.array(
    [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]], np.int32
)


@njit(cache=True)  # type: ignore[untyped-decorator]
def start_box(low: F64, high: F64, verts: F64, loops: I32, lens: I32, tags: I32, planes: F64) -> None:
    """Fill the work arrays with the box from `low` to `high`; its faces are tagged -2³¹ + 1 (to be cut)."""
    for i in range(8):
        verts[i, 0] = high[0] if i & 1 else low[0]
        verts[i, 1] = high[1] if i & 2 else low[1]
        verts[i, 2] = high[2] if i & 4 else low[2]
    for f in range(6):
        lens[f] = 4
        tags[f] = -2147483647
        axis = f // 2
        planes[f, 0], planes[f, 1], planes[f, 2] = 0.0, 0.0, 0.0
        planes[f, axis] = 1.0 if f % 2 else -1.0
        planes[f, 3] = -high[axis] if f % 2 else low[axis]
        for k in range(4):
            loops[f, k] = BOX_FACES[f, k]


@njit(cache=True)  # type: ignore[untyped-decorator]
def clip(
    verts: F64,
    n_verts: int,
    loops: I32,
    lens: I32,
    tags: I32,
    planes: F64,
    n_faces: int,
    plane: F64,
    tag: int,
    dist: F64,
    old: F64,
    remap: I32,
    pair: I32,
    link: I32,
) -> tuple[int, int]:
    """Keep the part of the polyhedron with n·x + d ≤ 0. Returns the new numbers of corners and faces (0 = empty).

    `dist`, `old`, `remap`, `pair`, `link` are scratch of MAX_VERTS rows.
    """
    outside = 0
    for v in range(n_verts):
        dist[v] = plane[0] * verts[v, 0] + plane[1] * verts[v, 1] + plane[2] * verts[v, 2] + plane[3]
        if dist[v] > ON_PLANE_M:
            outside += 1
    if outside == 0:
        return n_verts, n_faces
    if outside == n_verts or n_verts > MAX_VERTS - 64 or n_faces >= MAX_FACES - 1:
        return (0, 0) if outside == n_verts else (n_verts, n_faces)
    kept = 0
    for v in range(n_verts):
        old[v, 0], old[v, 1], old[v, 2] = verts[v, 0], verts[v, 1], verts[v, 2]
        if dist[v] <= ON_PLANE_M:
            verts[kept, 0], verts[kept, 1], verts[kept, 2] = old[v, 0], old[v, 1], old[v, 2]
            remap[v] = kept
            kept += 1
        else:
            remap[v] = -1
    first_new = kept
    n_new = 0
    out_face = 0
    fresh = np.empty(MAX_LOOP, np.int32)
    for f in range(n_faces):
        count = 0
        leave = -1
        enter = -1
        for k in range(lens[f]):
            a = loops[f, k]
            b = loops[f, (k + 1) % lens[f]]
            if remap[a] >= 0:
                fresh[count] = remap[a]
                count += 1
            if (remap[a] >= 0) != (remap[b] >= 0):
                low, high = (a, b) if a < b else (b, a)
                found = -1
                for q in range(n_new):
                    if pair[q, 0] == low and pair[q, 1] == high:
                        found = first_new + q
                if found < 0:
                    t = dist[low] / (dist[low] - dist[high])
                    t = min(1.0, max(0.0, t))
                    found = first_new + n_new
                    for axis in range(3):
                        verts[found, axis] = old[low, axis] + t * (old[high, axis] - old[low, axis])
                    pair[n_new, 0], pair[n_new, 1] = low, high
                    link[n_new] = -1
                    n_new += 1
                fresh[count] = found
                count += 1
                if remap[a] >= 0:
                    leave = found
                else:
                    enter = found
        if count >= 3:
            for k in range(count):
                loops[out_face, k] = fresh[k]
            lens[out_face] = count
            tags[out_face] = tags[f]
            for k in range(4):
                planes[out_face, k] = planes[f, k]
            out_face += 1
        if leave >= 0 and enter >= 0:
            link[enter - first_new] = leave
    # The new face runs against the edges the cut left in the old ones.
    count = 0
    at = first_new
    while n_new >= 3 and count < n_new and at >= first_new:
        fresh[count] = at
        count += 1
        at = link[at - first_new]
        if at == first_new:
            break
    if count >= 3:
        for k in range(count):
            loops[out_face, k] = fresh[k]
        lens[out_face] = count
        tags[out_face] = tag
        for k in range(4):
            planes[out_face, k] = plane[k]
        out_face += 1
    return first_new + n_new, out_face


@njit(cache=True)  # type: ignore[untyped-decorator]
def tidy(
    verts: F64, n_verts: int, loops: I32, lens: I32, tags: I32, planes: F64, n_faces: int
) -> tuple[int, int]:
    """Merge corners that coincide and drop faces that vanish with them. Returns corners and faces left."""
    remap = np.empty(n_verts, np.int32)
    kept = 0
    for v in range(n_verts):
        remap[v] = -1
        for w in range(kept):
            gap = (
                (verts[v, 0] - verts[w, 0]) ** 2
                + (verts[v, 1] - verts[w, 1]) ** 2
                + (verts[v, 2] - verts[w, 2]) ** 2
            )
            if gap < SAME_POINT_M * SAME_POINT_M:
                remap[v] = w
                break
        if remap[v] < 0:
            for axis in range(3):
                verts[kept, axis] = verts[v, axis]
            remap[v] = kept
            kept += 1
    out_face = 0
    for f in range(n_faces):
        count = 0
        n = lens[f]
        for k in range(n):
            here = remap[loops[f, k]]
            if count == 0 or loops[out_face, count - 1] != here:
                loops[out_face, count] = here
                count += 1
        if count > 1 and loops[out_face, count - 1] == loops[out_face, 0]:
            count -= 1
        if count >= 3:
            lens[out_face] = count
            tags[out_face] = tags[f]
            for k in range(4):
                planes[out_face, k] = planes[f, k]
            out_face += 1
    return kept, out_face


@njit(cache=True)  # type: ignore[untyped-decorator]
def measure(verts: F64, loops: I32, lens: I32, n_faces: int, centroid: F64) -> float:
    """Volume of the polyhedron by signed tetrahedra; its centre of mass goes into `centroid` (3,)."""
    volume = 0.0
    centroid[0], centroid[1], centroid[2] = 0.0, 0.0, 0.0
    if n_faces < 4:
        return 0.0
    o = loops[0, 0]
    ox, oy, oz = verts[o, 0], verts[o, 1], verts[o, 2]
    for f in range(n_faces):
        a = loops[f, 0]
        ax, ay, az = verts[a, 0] - ox, verts[a, 1] - oy, verts[a, 2] - oz
        for k in range(1, lens[f] - 1):
            b, c = loops[f, k], loops[f, k + 1]
            bx, by, bz = verts[b, 0] - ox, verts[b, 1] - oy, verts[b, 2] - oz
            cx, cy, cz = verts[c, 0] - ox, verts[c, 1] - oy, verts[c, 2] - oz
            part = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
            volume += part
            centroid[0] += part * (ax + bx + cx)
            centroid[1] += part * (ay + by + cy)
            centroid[2] += part * (az + bz + cz)
    if volume > 1e-15:
        centroid[0] = ox + centroid[0] / (4.0 * volume)
        centroid[1] = oy + centroid[1] / (4.0 * volume)
        centroid[2] = oz + centroid[2] / (4.0 * volume)
    return volume / 6.0
