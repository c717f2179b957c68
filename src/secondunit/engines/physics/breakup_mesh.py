"""The picture of cells: triangles with ragged edges and rough breaks, flat on every skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.physics.breakup_mesh_ears import cut_ears
from secondunit.engines.physics.breakup_mesh_edges import CRACK, SEAM, Rims, ragged_points, swing
from secondunit.engines.physics.breakup_mesh_inside import Skins, hold_inside
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
        normals, good = triangle_normals(self.corners)
        return Mesh(self.corners[good], self.fragment[good], self.surface[good]), normals[good]


@dataclass(frozen=True)
class RoughCells:
    """Cells to be drawn. Per face: `kind` (CRACK, SKIN, FIXED, SEAM) and `surface`; per cell: the `fragment` it draws,
    `rough` (0 smooth … 0.25 jagged) and `detail` (metres, to be scaled); `skins` by cell."""

    cells: Cells
    rims: Rims
    kind: I32
    surface: U8
    fragment: I32
    rough: F64
    detail: F64
    skins: Skins

    def mesh(self, coarse: float, *, calm: bool) -> Mesh:
        """Triangles with all detail `coarse` times as large.

        With `calm`, rims that cross themselves (where cells are narrower than edges swing) are straightened.
        """
        still = np.zeros(0, np.int64)
        of_cell = self.cells.cell_of_face()
        detail = self.detail * coarse
        for _ in range(CALMING):
            start, points = ragged_points(self.cells, self.rims, self.rough, detail, still, self.skins)
            corners, of_face, used = fan_faces(
                self.cells.vertices,
                self.cells.loop,
                self.cells.loop_start,
                self.cells.face_plane,
                self.kind,
                self.rims.of_half,
                self.rims.faces,
                start,
                points,
                self.rough[of_cell],
                detail[of_cell],
                Skins(self.skins.planes, self.skins.start, self.skins.part[of_cell]),
            )
            corners, of_face = corners[:used], of_face[:used]
            folded = np.flatnonzero(folded_faces(corners, of_face, self.cells.face_plane, self.kind))
            if not calm or len(folded) == 0:
                break
            still = np.union1d(still, self.rims.pieces_of_faces(folded.astype(np.int32)))
        return Mesh(corners, self.fragment[of_cell[of_face]], self.surface[of_face])


@njit(cache=True)  # type: ignore[untyped-decorator]
def triangle_normals(corners: F32) -> tuple[F32, npt.NDArray[np.bool_]]:
    """Unit normals (t, 3) and whether each triangle has an area worth drawing (over 5e-9 m²)."""
    normals = np.zeros((len(corners), 3), np.float32)
    good = np.zeros(len(corners), np.bool_)
    for t in range(len(corners)):
        a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
        ux, uy, uz = np.float64(b[0]) - a[0], np.float64(b[1]) - a[1], np.float64(b[2]) - a[2]
        vx, vy, vz = np.float64(c[0]) - a[0], np.float64(c[1]) - a[1], np.float64(c[2]) - a[2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        size = np.sqrt(x * x + y * y + z * z)
        if size > 1e-8:
            good[t] = True
            normals[t, 0], normals[t, 1], normals[t, 2] = x / size, y / size, z / size
    return normals, good


@njit(cache=True)  # type: ignore[untyped-decorator]
def folded_faces(corners: F32, of_face: I32, planes: F64, kind: I32) -> npt.NDArray[np.bool_]:
    """True for each skin on which some triangle looks the wrong way, because its rim crosses itself."""
    out = np.zeros(len(kind), np.bool_)
    for t in range(len(corners)):
        f = of_face[t]
        if kind[f] == CRACK or kind[f] == SEAM or out[f]:
            continue
        a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
        ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        toward = planes[f, 0] * (uy * vz - uz * vy)
        toward += planes[f, 1] * (uz * vx - ux * vz) + planes[f, 2] * (ux * vy - uy * vx)
        out[f] = toward < -1e-7
    return out


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
    skins: Skins,
) -> tuple[F32, I32, int]:
    """Triangles (t, 3, 3) of all faces, the face of each, and how many of the rows are filled.

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
    middle, flat, normal = np.zeros(3), np.zeros(3), np.zeros(3)
    mid = np.empty((4096, 3))
    used = 0
    for f in range(n_faces):
        n = 0
        straight = True
        middle[0], middle[1], middle[2] = 0.0, 0.0, 0.0
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
        for axis in range(3):
            middle[axis] /= loop_start[f + 1] - loop_start[f]
            flat[axis] = middle[axis]
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
        for axis in range(3):
            normal[axis] = planes[f, axis]
        if not broken and kind[f] != SEAM:
            for t in range(cut_ears(rim, n, normal, triples)):
                used = _add(out, of_face, used, rim[triples[t, 0]], rim[triples[t, 1]], rim[triples[t, 2]], f)
            continue
        if normal[0] < -1e-6 or (abs(normal[0]) <= 1e-6 and (normal[1] < -1e-6 or normal[2] < -0.999)):
            for axis in range(3):
                normal[axis] = -normal[axis]
        ring = broken and radius > 2.6 * detail[f]
        if broken:
            out_by = 0.7 * rough[f] * radius * swing(flat[0], flat[1], flat[2], 5)
            for axis in range(3):
                middle[axis] += normal[axis] * out_by
            hold_inside(flat[0], flat[1], flat[2], middle, skins, f)
        if not ring:
            for k in range(n):
                used = _add(out, of_face, used, rim[k], rim[(k + 1) % n], middle, f)
            continue
        for k in range(n):
            x = flat[0] + 0.55 * (rim[k, 0] - flat[0])
            y = flat[1] + 0.55 * (rim[k, 1] - flat[1])
            z = flat[2] + 0.55 * (rim[k, 2] - flat[2])
            out_by = 0.5 * rough[f] * radius * swing(x, y, z, 6)
            mid[k, 0], mid[k, 1], mid[k, 2] = (
                x + normal[0] * out_by,
                y + normal[1] * out_by,
                z + normal[2] * out_by,
            )
            hold_inside(x, y, z, mid[k], skins, f)
        for k in range(n):
            m = (k + 1) % n
            used = _add(out, of_face, used, rim[k], rim[m], mid[k], f)
            used = _add(out, of_face, used, rim[m], mid[m], mid[k], f)
            used = _add(out, of_face, used, mid[k], mid[m], middle, f)
    return out, of_face, used


@njit(cache=True)  # type: ignore[untyped-decorator]
def _add(out: F32, of_face: I32, used: int, a: F64, b: F64, c: F64, face: int) -> int:
    for axis in range(3):
        out[used, 0, axis] = a[axis]
        out[used, 1, axis] = b[axis]
        out[used, 2, axis] = c[axis]
    of_face[used] = face
    return used + 1
