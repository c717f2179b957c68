"""Convex polyhedra in packed arrays, and the exact Voronoi cells they are broken into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.voronoi_cells import cells_of_planes, cells_of_seeds
from secondunit.engines.physics.voronoi_sample import points_inside

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
Room = tuple[F64, I32, I32, I32, F64, I32, I32, F64, F64]


@dataclass(frozen=True)
class Cells:
    """n convex polyhedra.

    `vertices` (v, 3) metres; those of polyhedron i are vertex_start[i]:vertex_start[i + 1]. Its faces are
    face_start[i]:face_start[i + 1]; face f has the corners `loop[loop_start[f]:loop_start[f + 1]]` (numbers into
    `vertices`, anticlockwise from outside), `face_tag` (what its plane was given as; negative for a crack) and
    `face_plane` (f, 4) with n·x + d ≤ 0 inside. `volume` (n,) m³, `centroid` (n, 3), `parent` (n,).
    """

    vertices: F64
    vertex_start: I32
    loop: I32
    loop_start: I32
    face_start: I32
    face_tag: I32
    face_plane: F64
    volume: F64
    centroid: F64
    parent: I32

    @property
    def n(self) -> int:
        """Number of polyhedra."""
        return len(self.volume)

    def cell_of_face(self) -> I32:
        """The polyhedron each face belongs to, (f,)."""
        return np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.face_start))

    def face_centres(self) -> F64:
        """The mean of each face's corners, (f, 3)."""
        sums = np.add.reduceat(self.vertices[self.loop], self.loop_start[:-1], axis=0)
        centres: F64 = sums / np.diff(self.loop_start)[:, None]
        return centres

    def face_areas(self) -> F64:
        """The area of each face, (f,) m²."""
        at = self.vertices[self.loop]
        following = np.arange(1, len(self.loop) + 1)
        following[self.loop_start[1:] - 1] = self.loop_start[:-1]
        first = np.repeat(at[self.loop_start[:-1]], np.diff(self.loop_start), axis=0)
        pieces = np.cross(at - first, at[following] - first)
        areas: F64 = 0.5 * np.linalg.norm(np.add.reduceat(pieces, self.loop_start[:-1], axis=0), axis=1)
        return areas

    def planes_of(self, i: int) -> F64:
        """The planes of one polyhedron, (k, 4)."""
        return self.face_plane[self.face_start[i] : self.face_start[i + 1]]

    def keep(self, which: npt.NDArray[np.bool_]) -> Cells:
        """Only the polyhedra where `which` (n,) is True, in the same order; `parent` is kept as it was."""
        faces = np.repeat(which, np.diff(self.face_start))
        n_loop = np.diff(self.loop_start)
        corners = np.repeat(which, np.diff(self.vertex_start))
        renumber = np.cumsum(corners, dtype=np.int32) - 1
        entries = np.repeat(faces, n_loop)
        return Cells(
            vertices=self.vertices[corners],
            vertex_start=_starts(np.diff(self.vertex_start)[which]),
            loop=renumber[self.loop[entries]].astype(np.int32),
            loop_start=_starts(n_loop[faces]),
            face_start=_starts(np.diff(self.face_start)[which]),
            face_tag=self.face_tag[faces],
            face_plane=self.face_plane[faces],
            volume=self.volume[which],
            centroid=self.centroid[which],
            parent=self.parent[which],
        )


def from_planes(planes: list[F64], tags: list[I32], *, half_size: float = 2000.0) -> Cells:
    """The polyhedra bounded by each set of planes (k, 4) with face tags (k,); empty ones are kept with no faces.

    Everything must lie within `half_size` metres of the origin.
    """
    n = len(planes)
    start = _starts(np.array([len(p) for p in planes]))
    flat = np.concatenate(planes) if n else np.zeros((0, 4))
    flat_tags = np.concatenate(tags).astype(np.int32) if n else np.zeros(0, np.int32)
    box = np.full(3, half_size)
    capacity = max(1, n)
    while True:
        out = _room(n, capacity)
        if cells_of_planes(np.ascontiguousarray(flat), flat_tags, start, -box, box, *out):
            return _pack(out, np.arange(n, dtype=np.int32))
        capacity *= 2


def voronoi(parents: Cells, seeds: F64, seed_start: I32, metric: F64) -> Cells:
    """The Voronoi cells of `seeds` (s, 3), those of parent i being seed_start[i]:seed_start[i + 1].

    `metric` (parents, 3, 3) is the symmetric matrix distances are measured with. One cell a seed, in order,
    `parent` set; a cell without volume has no faces. The face towards seed j has the tag -1 - j.
    """
    capacity = max(1, len(seeds))
    while True:
        out = _room(len(seeds), capacity)
        done = cells_of_seeds(
            parents.vertices,
            parents.loop,
            parents.loop_start,
            parents.face_tag,
            parents.face_plane,
            parents.face_start,
            parents.vertex_start,
            np.ascontiguousarray(seeds, np.float64),
            seed_start,
            np.ascontiguousarray(metric),
            *out,
        )
        if done:
            return _pack(out, np.repeat(np.arange(parents.n, dtype=np.int32), np.diff(seed_start)))
        capacity *= 2


def sample_inside(cells: Cells, count: I32, rng: np.random.Generator) -> F64:
    """`count[i]` uniform random points inside each polyhedron i, in order, (sum of count, 3)."""
    owner = np.repeat(np.arange(cells.n, dtype=np.int32), count)
    points = np.empty((len(owner), 3))
    draws = rng.random((len(owner), 4))
    points_inside(
        cells.vertices, cells.loop, cells.loop_start, cells.face_start, cells.centroid, owner, draws, points
    )
    return points


def _starts(counts: npt.NDArray[np.integer]) -> I32:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _room(n: int, capacity: int) -> Room:
    return (
        np.empty((capacity * 32, 3)),
        np.empty(capacity * 96, np.int32),
        np.empty(capacity * 20, np.int32),
        np.empty(capacity * 20, np.int32),
        np.empty((capacity * 20, 4)),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n),
        np.zeros((n, 3)),
    )


def _pack(out: Room, parent: I32) -> Cells:
    verts, loop, lens, tag, plane, n_faces, n_verts, volume, centroid = out
    face_start, vertex_start = _starts(n_faces), _starts(n_verts)
    f, v = int(face_start[-1]), int(vertex_start[-1])
    loop_start = _starts(lens[:f])
    return Cells(
        vertices=verts[:v].copy(),
        vertex_start=vertex_start,
        loop=loop[: loop_start[-1]].copy(),
        loop_start=loop_start,
        face_start=face_start,
        face_tag=tag[:f].copy(),
        face_plane=plane[:f].copy(),
        volume=volume,
        centroid=centroid,
        parent=parent,
    )
