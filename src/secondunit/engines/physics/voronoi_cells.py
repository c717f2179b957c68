"""The two loops over many polyhedra: parts from their planes, and Voronoi cells from their parents and seeds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.physics.voronoi_clip import (
    MAX_FACES,
    MAX_LOOP,
    MAX_VERTS,
    clip,
    measure,
    start_box,
    tidy,
)

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]


@njit(cache=True)  # type: ignore[untyped-decorator]
def emit(
    verts: F64,
    n_verts: int,
    loops: I32,
    lens: I32,
    tags: I32,
    planes: F64,
    n_faces: int,
    used: I32,
    out_verts: F64,
    out_loop: I32,
    out_len: I32,
    out_tag: I32,
    out_plane: F64,
) -> bool:
    """Append a polyhedron to packed arrays; `used` counts corners, loop entries and faces. False = full."""
    total = 0
    for f in range(n_faces):
        total += lens[f]
    full = (
        used[0] + n_verts > len(out_verts) or used[1] + total > len(out_loop) or used[2] + n_faces > len(out_len)
    )
    if full:
        return False
    for v in range(n_verts):
        for axis in range(3):
            out_verts[used[0] + v, axis] = verts[v, axis]
    at = used[1]
    for f in range(n_faces):
        for k in range(lens[f]):
            out_loop[at] = used[0] + loops[f, k]
            at += 1
        out_len[used[2] + f] = lens[f]
        out_tag[used[2] + f] = tags[f]
        for k in range(4):
            out_plane[used[2] + f, k] = planes[f, k]
    used[0] += n_verts
    used[1] = at
    used[2] += n_faces
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def cells_of_planes(
    in_planes: F64,
    in_tags: I32,
    start: I32,
    low: F64,
    high: F64,
    out_verts: F64,
    out_loop: I32,
    out_len: I32,
    out_tag: I32,
    out_plane: F64,
    n_faces_of: I32,
    n_verts_of: I32,
    volume: F64,
    centroid: F64,
) -> bool:
    """Polyhedron i is where all planes start[i] … start[i + 1] hold, inside the box. False = arrays too small."""
    verts, old = np.empty((MAX_VERTS, 3)), np.empty((MAX_VERTS, 3))
    loops, lens = np.empty((MAX_FACES, MAX_LOOP), np.int32), np.empty(MAX_FACES, np.int32)
    tags, planes = np.empty(MAX_FACES, np.int32), np.empty((MAX_FACES, 4))
    dist, remap = np.empty(MAX_VERTS), np.empty(MAX_VERTS, np.int32)
    pair, link = np.empty((MAX_VERTS, 2), np.int32), np.empty(MAX_VERTS, np.int32)
    used = np.zeros(3, np.int32)
    for i in range(len(start) - 1):
        start_box(low, high, verts, loops, lens, tags, planes)
        n_verts, n_faces = 8, 6
        for p in range(start[i], start[i + 1]):
            n_verts, n_faces = clip(
                verts,
                n_verts,
                loops,
                lens,
                tags,
                planes,
                n_faces,
                in_planes[p],
                in_tags[p],
                dist,
                old,
                remap,
                pair,
                link,
            )
            if n_faces == 0:
                break
        if n_faces > 0:
            n_verts, n_faces = tidy(verts, n_verts, loops, lens, tags, planes, n_faces)
        volume[i] = measure(verts, loops, lens, n_faces, centroid[i])
        if volume[i] < 1e-9:
            n_verts, n_faces, volume[i] = 0, 0, 0.0
        if not emit(
            verts,
            n_verts,
            loops,
            lens,
            tags,
            planes,
            n_faces,
            used,
            out_verts,
            out_loop,
            out_len,
            out_tag,
            out_plane,
        ):
            return False
        n_faces_of[i], n_verts_of[i] = n_faces, n_verts
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def cells_of_seeds(
    in_verts: F64,
    in_loop: I32,
    in_loop_start: I32,
    in_tag: I32,
    in_plane: F64,
    in_face_start: I32,
    in_vert_start: I32,
    seeds: F64,
    seed_start: I32,
    metric: F64,
    out_verts: F64,
    out_loop: I32,
    out_len: I32,
    out_tag: I32,
    out_plane: F64,
    n_faces_of: I32,
    n_verts_of: I32,
    volume: F64,
    centroid: F64,
) -> bool:
    """Voronoi cells of seeds seed_start[i] … seed_start[i + 1] inside parent i, one cell a seed.

    Distances are measured with the symmetric `metric` (parents, 3, 3), so cells can be long. The face towards
    seed j carries the tag -1 - j. False = arrays too small.
    """
    verts, old = np.empty((MAX_VERTS, 3)), np.empty((MAX_VERTS, 3))
    loops, lens = np.empty((MAX_FACES, MAX_LOOP), np.int32), np.empty(MAX_FACES, np.int32)
    tags, planes = np.empty(MAX_FACES, np.int32), np.empty((MAX_FACES, 4))
    dist, remap = np.empty(MAX_VERTS), np.empty(MAX_VERTS, np.int32)
    pair, link = np.empty((MAX_VERTS, 2), np.int32), np.empty(MAX_VERTS, np.int32)
    used = np.zeros(3, np.int32)
    plane = np.empty(4)
    for parent in range(len(seed_start) - 1):
        m = metric[parent]
        first, last = seed_start[parent], seed_start[parent + 1]
        gaps = np.empty(last - first)
        for i in range(first, last):
            v0, v1 = in_vert_start[parent], in_vert_start[parent + 1]
            f0, f1 = in_face_start[parent], in_face_start[parent + 1]
            for v in range(v0, v1):
                for axis in range(3):
                    verts[v - v0, axis] = in_verts[v, axis]
            for f in range(f0, f1):
                lens[f - f0] = in_loop_start[f + 1] - in_loop_start[f]
                tags[f - f0] = in_tag[f]
                for k in range(4):
                    planes[f - f0, k] = in_plane[f, k]
                for k in range(lens[f - f0]):
                    loops[f - f0, k] = in_loop[in_loop_start[f] + k] - v0
            n_verts, n_faces = v1 - v0, f1 - f0
            sx, sy, sz = seeds[i, 0], seeds[i, 1], seeds[i, 2]
            for j in range(first, last):
                gaps[j - first] = _gap(m, seeds[j, 0] - sx, seeds[j, 1] - sy, seeds[j, 2] - sz)
            reach = _reach(m, verts, n_verts, sx, sy, sz)
            gaps[i - first] = np.inf
            for rank in range(last - first - 1):
                j = first + np.argmin(gaps)
                if gaps[j - first] > 4.0 * reach or n_faces == 0:
                    break
                gaps[j - first] = np.inf
                dx, dy, dz = seeds[j, 0] - sx, seeds[j, 1] - sy, seeds[j, 2] - sz
                for axis in range(3):
                    plane[axis] = m[axis, 0] * dx + m[axis, 1] * dy + m[axis, 2] * dz
                size = np.sqrt(plane[0] ** 2 + plane[1] ** 2 + plane[2] ** 2)
                if size < 1e-12:
                    continue
                for axis in range(3):
                    plane[axis] /= size
                plane[3] = -(plane[0] * (sx + 0.5 * dx) + plane[1] * (sy + 0.5 * dy) + plane[2] * (sz + 0.5 * dz))
                before = n_verts
                n_verts, n_faces = clip(
                    verts,
                    n_verts,
                    loops,
                    lens,
                    tags,
                    planes,
                    n_faces,
                    plane,
                    -1 - j,
                    dist,
                    old,
                    remap,
                    pair,
                    link,
                )
                if n_verts != before or rank % 8 == 7:
                    reach = _reach(m, verts, n_verts, sx, sy, sz)
            if n_faces > 0:
                n_verts, n_faces = tidy(verts, n_verts, loops, lens, tags, planes, n_faces)
            volume[i] = measure(verts, loops, lens, n_faces, centroid[i])
            if volume[i] < 1e-9:
                n_verts, n_faces, volume[i] = 0, 0, 0.0
            if not emit(
                verts,
                n_verts,
                loops,
                lens,
                tags,
                planes,
                n_faces,
                used,
                out_verts,
                out_loop,
                out_len,
                out_tag,
                out_plane,
            ):
                return False
            n_faces_of[i], n_verts_of[i] = n_faces, n_verts
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _gap(m: F64, x: float, y: float, z: float) -> float:
    return float(
        x * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z)
        + y * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z)
        + z * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z)
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def _reach(m: F64, verts: F64, n_verts: int, x: float, y: float, z: float) -> float:
    """The largest squared distance from (x, y, z) to a corner: a bisector beyond twice of it cannot cut."""
    far = 0.0
    for v in range(n_verts):
        far = max(far, _gap(m, verts[v, 0] - x, verts[v, 1] - y, verts[v, 2] - z))
    return far
