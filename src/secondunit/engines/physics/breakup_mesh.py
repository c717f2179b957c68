"""The picture of cells: triangles with ragged edges and rough breaks, flat on every skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.physics.breakup_mesh_ears import cut_ears
from secondunit.engines.physics.breakup_mesh_edges import CRACK, Edges, ragged_edges, swing
from secondunit.engines.physics.voronoi import Cells

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]


CALMING = 4  # rounds in which rims that cross themselves are straightened


@dataclass(frozen=True)
class Mesh:
    """Triangles: `corners` (t, 3, 3) metres, `fragment` (t,), `surface` (t,) `Surface`."""

    corners: F32
    fragment: I32
    surface: U8

    @classmethod
    def joined(cls, meshes: list[Mesh]) -> Mesh:
        """Several as one."""
        return cls(
            np.concatenate([m.corners for m in meshes]),
            np.concatenate([m.fragment for m in meshes]),
            np.concatenate([m.surface for m in meshes]),
        )

    def with_normals(self) -> tuple[Mesh, F32]:
        """Itself without triangles of no area, and the outward unit normals (t, 3)."""
        cross = np.cross(self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0])
        size = np.linalg.norm(cross, axis=1)
        good = size > 1e-8
        normals = (cross[good] / size[good, None]).astype(np.float32)
        return Mesh(self.corners[good], self.fragment[good], self.surface[good]), normals


def rough_mesh(
    cells: Cells, *, kind: I32, group: I32, surface: U8, fragment: I32, rough: F64, detail: F64
) -> Mesh:
    """Triangles of `cells`. Per face: `kind` (CRACK, SKIN, FIXED), `group` of its plane, `surface`; per cell:
    `fragment` it draws, `rough` (0 smooth … 0.25 jagged), `detail` metres."""
    calm = np.zeros(0, np.int64)
    of_cell = cells.cell_of_face()
    for _ in range(CALMING):
        edges = ragged_edges(cells, kind, group, rough, detail, calm=calm)
        arrays = (cells.vertices, cells.loop, cells.loop_start, cells.face_plane, kind, *_edge_arrays(edges))
        corners, of_face = fan_faces(*arrays, rough[of_cell], detail[of_cell])
        folded = _folded(corners, of_face, cells.face_plane, kind)
        if len(folded) == 0:
            break
        calm = np.union1d(calm, edges.keys_of_faces(folded))
    return Mesh(corners, fragment[of_cell[of_face]], surface[of_face])


def _folded(corners: F32, of_face: I32, planes: F64, kind: I32) -> I32:
    """Skins on which some triangle looks the wrong way, because its rim crosses itself."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    away = (cross * planes[of_face, :3]).sum(1) < -1e-7
    return np.unique(of_face[away & (kind[of_face] != CRACK)]).astype(np.int32)


def _edge_arrays(edges: Edges) -> tuple[I32, I32, I32, F64]:
    return edges.of_half, edges.faces, edges.start, edges.points


@njit(cache=True)  # type: ignore[untyped-decorator]
def fan_faces(
    verts: F64,
    loop: I32,
    loop_start: I32,
    planes: F64,
    kind: I32,
    of_half: I32,
    edge_faces: I32,
    edge_start: I32,
    edge_points: F64,
    rough: F64,
    detail: F64,
) -> tuple[F32, I32]:
    """Triangles (t, 3, 3) of all faces and the face of each.

    A straight face is fanned from a corner, a ragged skin is cut into ears, a broken face is fanned from its
    middle, which the hash of its place moves in or out.
    """
    n_faces = len(loop_start) - 1
    bound = 0
    for k in range(len(loop)):
        bound += 3 * (1 + edge_start[of_half[k] + 1] - edge_start[of_half[k]])
    out = np.empty((bound, 3, 3), np.float32)
    of_face = np.empty(bound, np.int32)
    rim = np.empty((4096, 3))
    triples = np.empty((4096, 3), np.int32)
    used = 0
    for f in range(n_faces):
        n = 0
        straight = True
        middle = np.zeros(3)
        for k in range(loop_start[f], loop_start[f + 1]):
            v = verts[loop[k]]
            for axis in range(3):
                rim[n, axis] = v[axis]
                middle[axis] += v[axis]
            n += 1
            e = of_half[k]
            a, b = edge_start[e], edge_start[e + 1]
            forward = edge_faces[e, 0] == f
            for q in range(b - a):
                p = edge_points[a + q] if forward else edge_points[b - 1 - q]
                for axis in range(3):
                    rim[n, axis] = p[axis]
                n += 1
                straight = False
        middle /= loop_start[f + 1] - loop_start[f]
        radius = 0.0
        for k in range(n):
            radius += np.sqrt(
                (rim[k, 0] - middle[0]) ** 2 + (rim[k, 1] - middle[1]) ** 2 + (rim[k, 2] - middle[2]) ** 2
            )
        radius /= n
        broken = kind[f] == CRACK and rough[f] > 0.0
        if straight and not (broken and radius > 1.2 * detail[f]):
            for k in range(1, n - 1):
                used = _add(out, of_face, used, rim[0], rim[k], rim[k + 1], f)
            continue
        normal = planes[f, :3]
        if not broken:
            for t in range(cut_ears(rim, n, normal, triples)):
                used = _add(out, of_face, used, rim[triples[t, 0]], rim[triples[t, 1]], rim[triples[t, 2]], f)
            continue
        if normal[0] < -1e-6 or (abs(normal[0]) <= 1e-6 and (normal[1] < -1e-6 or normal[2] < -0.999)):
            normal = -normal
        ring = broken and radius > 2.6 * detail[f]
        flat = middle.copy()
        middle = flat + normal * (0.7 * rough[f] * radius * swing(flat[0], flat[1], flat[2], 5))
        if not ring:
            for k in range(n):
                used = _add(out, of_face, used, rim[k], rim[(k + 1) % n], middle, f)
            continue
        mid = np.empty((n, 3))
        for k in range(n):
            on = flat + 0.55 * (rim[k] - flat)
            mid[k] = on + normal * (0.5 * rough[f] * radius * swing(on[0], on[1], on[2], 6))
        for k in range(n):
            m = (k + 1) % n
            used = _add(out, of_face, used, rim[k], rim[m], mid[k], f)
            used = _add(out, of_face, used, rim[m], mid[m], mid[k], f)
            used = _add(out, of_face, used, mid[k], mid[m], middle, f)
    return out[:used].copy(), of_face[:used].copy()


@njit(cache=True)  # type: ignore[untyped-decorator]
def _add(out: F32, of_face: I32, used: int, a: F64, b: F64, c: F64, face: int) -> int:
    for axis in range(3):
        out[used, 0, axis] = a[axis]
        out[used, 1, axis] = b[axis]
        out[used, 2, axis] = c[axis]
    of_face[used] = face
    return used + 1
