"""A building broken into parts, chunks and fragments: what the solver moves and what the light engine draws.

Three levels. *Chunks* stand until failure reaches them, then fall in one piece. On impact a chunk breaks into its
*fragments*. *Debris* (see `debris`) is shed by fragments. Nothing overlaps at rest: the cells tile each part.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]


class Part(IntEnum):
    """What a fragment was before it broke."""

    WALL = 0
    WINDOW = 1
    SLAB = 2
    PARTITION = 3
    BEAM = 4
    FURNITURE = 5
    ROOF = 6


class Surface(IntEnum):
    """What a triangle shows. PLATE is the photographed skin; the others are procedural in rest space."""

    PLATE = 0
    BRICK = 1
    PLASTER = 2
    CONCRETE = 3
    TIMBER = 4
    FURNITURE = 5
    GLASS = 6
    STONE = 7
    TILE = 8
    METAL = 9
    FACADE = 10  # an outer skin the plate never saw: coloured like the photographed one


@dataclass(frozen=True)
class Breakup:
    """All pieces of one building at rest (world metres).

    n fragments: `centre` (n, 3) centre of mass; `volume` (n,) m³; `density` (n,) kg/m³; `part` (n,) `Part`;
    `storey` (n,); `chunk` (n,) index of its chunk. Fragment hulls are convex: points of fragment i are
    `hull_points[hull_start[i]:hull_start[i + 1]]` (absolute rest coordinates), its planes
    `hull_planes[plane_start[i]:plane_start[i + 1]]` as (nx, ny, nz, d) with n·x + d ≤ 0 inside.
    c chunks: the same fields with the prefix `chunk_`. `bonds` (k, 2) are pairs of chunks that touch;
    `bond_area` (k,) m². `grounded` (c,) is True where a chunk stands on the ground.

    The picture: t triangles, `corners` (t, 3, 3) at rest, `tri_fragment` (t,), `tri_surface` (t,) `Surface`,
    `tri_normal` (t, 3) outward unit. Triangles may be finer than the hulls (bricks along their bond).
    """

    centre: F32
    volume: F32
    density: F32
    part: U8
    storey: I32
    chunk: I32
    hull_points: F32
    hull_start: I32
    hull_planes: F32
    plane_start: I32
    chunk_centre: F32
    chunk_volume: F32
    chunk_part: U8
    chunk_storey: I32
    chunk_hull_points: F32
    chunk_hull_start: I32
    chunk_hull_planes: F32
    chunk_plane_start: I32
    bonds: I32
    bond_area: F32
    grounded: npt.NDArray[np.bool_]
    corners: F32
    tri_fragment: I32
    tri_surface: U8
    tri_normal: F32

    @property
    def n_fragments(self) -> int:
        """Number of fragments."""
        return len(self.centre)

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return len(self.chunk_centre)

    def save(self, path: Path) -> None:
        """Write everything to one `.npz`."""
        np.savez(path, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Breakup:
        """Read what `save` wrote."""
        with np.load(path) as data:
            return cls(**{f.name: data[f.name] for f in fields(cls)})
