"""Break a building: parts, then chunks, then fragments, their picture, and what holds them up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.breakup_mesh_building import mesh_building
from secondunit.engines.physics.fracture_budget import chunks_per_part, share_fragments, share_in_chunks
from secondunit.engines.physics.fracture_seeds import (
    chunk_seeds,
    far_enough,
    fragment_seeds,
    least_gaps,
    metrics,
    shard_directions,
)
from secondunit.engines.physics.parts import Parts
from secondunit.engines.physics.parts_building import take_apart
from secondunit.engines.physics.support import find_bonds, grounded
from secondunit.engines.physics.voronoi import Cells, voronoi
from secondunit.errors import BadInput
from secondunit.slate.building import Building

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
LEAST_FRAGMENTS, MOST_FRAGMENTS = 50, 200_000


def break_building(
    building: Building,
    *,
    n_fragments: int,
    seed: int,
    camera_position: tuple[float, float, float] | None = None,
    click: tuple[float, float, float] | None = None,
    detail_m: float = 0.11,
) -> Breakup:
    """Break a building into about `n_fragments` pieces (within a few per cent); same seed, same pieces.

    `camera_position` (world, metres) decides which outer skins are `Surface.PLATE` (they face it) and breaks
    those finer; without one the street side (-y) is taken. `click` is where failure starts: pieces are smaller
    near it. `detail_m` is the smallest detail worth drawing: bricks are laid up to 1.6 times its default.
    The blocks of the building must not overlap; they may touch.

    Raises `BadInput` for a number of fragments out of range or below the number of the building's parts.
    """
    if not LEAST_FRAGMENTS <= n_fragments <= MOST_FRAGMENTS:
        raise BadInput(
            f"{n_fragments} fragments cannot be made", hint=f"use {LEAST_FRAGMENTS} to {MOST_FRAGMENTS:,}"
        )
    if not 0.01 <= detail_m <= 10.0:
        raise BadInput(f"a detail of {detail_m:g} m cannot be drawn", hint="use 0.01 to 10 m")
    parts = take_apart(building, n_fragments=n_fragments, camera_position=camera_position, seed=seed)
    counts = share_fragments(parts, n_fragments, click)
    chunks = break_parts(parts, counts, seed)
    fragments = break_chunks(parts, chunks, counts, seed)
    part_of = chunks.parent[fragments.parent]
    mesh = mesh_building(
        building,
        parts,
        fragments,
        part_of,
        seed=seed,
        camera_position=camera_position,
        detail_m=detail_m,
    )
    mesh, normals = mesh.with_normals()
    bonds, bond_area = find_bonds(chunks)
    kinds = _of_parts(parts)
    return Breakup(
        centre=fragments.centroid.astype(np.float32),
        volume=fragments.volume.astype(np.float32),
        density=kinds[1][part_of].astype(np.float32),
        part=kinds[0][part_of].astype(np.uint8),
        storey=kinds[2][part_of].astype(np.int32),
        chunk=fragments.parent,
        hull_points=fragments.vertices.astype(np.float32),
        hull_start=fragments.vertex_start,
        hull_planes=fragments.face_plane.astype(np.float32),
        plane_start=fragments.face_start,
        chunk_centre=chunks.centroid.astype(np.float32),
        chunk_volume=chunks.volume.astype(np.float32),
        chunk_part=kinds[0][chunks.parent].astype(np.uint8),
        chunk_storey=kinds[2][chunks.parent].astype(np.int32),
        chunk_hull_points=chunks.vertices.astype(np.float32),
        chunk_hull_start=chunks.vertex_start,
        chunk_hull_planes=chunks.face_plane.astype(np.float32),
        chunk_plane_start=chunks.face_start,
        bonds=bonds,
        bond_area=bond_area,
        grounded=grounded(chunks, building.ground),
        corners=mesh.corners,
        tri_fragment=mesh.fragment,
        tri_surface=mesh.surface,
        tri_normal=normals,
    )


def break_parts(parts: Parts, fragments: I32, seed: int) -> Cells:
    """The chunks of all parts (`parent` = part), given how many fragments each part will have."""
    rng = np.random.default_rng([seed, 3])
    counts = chunks_per_part(parts, fragments)
    seeds = chunk_seeds(parts, counts, rng)
    gaps = least_gaps(parts, parts.cells.parent)
    return _cells(parts.cells, seeds, counts, gaps, metrics(parts))


def break_chunks(parts: Parts, chunks: Cells, fragments: I32, seed: int) -> Cells:
    """The fragments of all chunks (`parent` = chunk)."""
    gaps = least_gaps(parts, chunks.parent)
    more = 1.0
    for _ in range(2):  # seeds that come too close are lost: ask for as many more
        rng = np.random.default_rng([seed, 5])
        counts = share_in_chunks(chunks, np.round(fragments * more).astype(np.int32), rng)
        seeds = fragment_seeds(chunks, parts, counts, rng)
        kept = int(far_enough(seeds, _starts(counts), gaps).sum())
        more = float(fragments.sum()) / kept
        if more < 1.01:
            break
    shards = shard_directions(parts, chunks.parent, rng)
    return _cells(chunks, seeds, counts, gaps, metrics(parts, shards=shards, owner=chunks.parent))


def solid_volume(breakup: Breakup) -> float:
    """Volume of all fragments together, m³ (air in rooms not counted)."""
    return float(breakup.volume.astype(np.float64).sum())


def _starts(counts: I32) -> I32:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _cells(parents: Cells, seeds: F64, counts: I32, gaps: F64, metric: F64) -> Cells:
    keep = far_enough(seeds, _starts(counts), gaps)
    owner = np.repeat(np.arange(parents.n), counts)[keep]
    start = np.searchsorted(owner, np.arange(parents.n + 1)).astype(np.int32)
    cells = voronoi(parents, seeds[keep], start, metric)
    return cells.keep(cells.volume > 0.0)


def _of_parts(parts: Parts) -> tuple[I32, F64, I32]:
    return (
        np.array([int(p.part) for p in parts.parts], np.int32),
        np.array([p.density for p in parts.parts]),
        np.array([p.storey for p in parts.parts], np.int32),
    )
