"""The picture of all fragments of a building: walls in courses as bricks, everything else as rough cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part, Surface
from secondunit.engines.physics.breakup_mesh import Mesh, RoughCells
from secondunit.engines.physics.breakup_mesh_edges import CRACK, FIXED, SEAM, SKIN, find_rims
from secondunit.engines.physics.breakup_mesh_inside import Skins
from secondunit.engines.physics.bricks import BONDS, step_of
from secondunit.engines.physics.bricks_wall import inside_any, mesh_wall, to_wall
from secondunit.engines.physics.parts import Finish, Parts, WallFace
from secondunit.engines.physics.parts_building import block_planes
from secondunit.engines.physics.voronoi import Cells
from secondunit.slate.building import Building

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
ROUGH = {  # how far a broken edge or face swings, over its length
    Surface.CONCRETE: 0.20,
    Surface.STONE: 0.18,
    Surface.BRICK: 0.20,
    Surface.PLASTER: 0.16,
    Surface.TIMBER: 0.10,
    Surface.TILE: 0.14,
    Surface.METAL: 0.08,
}
COARSEST_BRICK = 1.6  # with less detail than this many half bricks, walls are drawn as rough cells
BRICK_DETAIL_M = 0.11
TRIANGLES, ROUNDS = 78, 4  # a fragment; tries to come down to them
DETAIL = {Part.SLAB: 1.8, Part.PARTITION: 2.2}  # of `detail_m`; other parts 1.25


def mesh_building(
    building: Building,
    parts: Parts,
    fragments: Cells,
    part_of: I32,
    *,
    seed: int,
    camera_position: tuple[float, float, float] | None,
    detail_m: float,
) -> Mesh:
    """Triangles of all `fragments` (part_of: (n,) the part of each), at most about TRIANGLES each on average.

    Where the finest detail asked for would take more, all detail grows until it does not.
    """
    camera = _camera_or_street(building, camera_position)
    solids = block_planes(building.blocks)
    wall_of = np.array([p.wall for p in parts.parts], np.int32)[part_of]
    lays = detail_m / BRICK_DETAIL_M <= COARSEST_BRICK
    laid = np.array([lays and w.material in BONDS for w in parts.walls], bool)
    in_courses = (wall_of >= 0) & laid[np.maximum(wall_of, 0)] if len(laid) else np.zeros(fragments.n, bool)
    cells = _rough_cells(parts, fragments, part_of, ~in_courses, camera, solids, detail_m)

    def walls(coarse: float) -> list[Mesh]:
        scale = max(1.0, detail_m / BRICK_DETAIL_M) * coarse
        return [
            _mesh_wall(parts.walls[k], fragments, in_courses & (wall_of == k), scale, seed, camera, solids)
            for k in np.unique(wall_of[in_courses])
        ]

    coarse = 1.0
    in_bond = walls(coarse)
    for _ in range(ROUNDS):
        count = len(cells.mesh(coarse, calm=False).fragment) + sum(len(m.fragment) for m in in_bond)
        over = count / (TRIANGLES * fragments.n)
        if over <= 1.03:
            break
        coarse *= max(1.1, over**0.75)
        in_bond = walls(coarse)
    return Mesh.joined([cells.mesh(coarse, calm=True), *in_bond])


def _mesh_wall(
    wall: WallFace,
    fragments: Cells,
    mine: npt.NDArray[np.bool_],
    scale: float,
    seed: int,
    camera: F64,
    solids: list[F64],
) -> Mesh:
    step = step_of(wall)
    return mesh_wall(
        wall,
        fragments.keep(mine),
        np.flatnonzero(mine).astype(np.int32),
        scale=step * scale,
        step=step,
        seed=seed,
        camera_position=camera,
        buried=[s for k, s in enumerate(solids) if k != wall.block],
    )


def _camera_or_street(building: Building, camera_position: tuple[float, float, float] | None) -> F64:
    """The camera, or a spot far down the street (-y) at eye height where none is known."""
    if camera_position is not None:
        return np.asarray(camera_position, float)
    x = float(np.mean([b.centre[0] for b in building.blocks]))
    return np.array([x, -1e4, 1.7])


def _rough_cells(
    parts: Parts,
    fragments: Cells,
    part_of: I32,
    which: npt.NDArray[np.bool_],
    camera: F64,
    solids: list[F64],
    detail_m: float,
) -> RoughCells:
    cells = fragments.keep(which)
    part = part_of[which]
    kind, surface = _faces(parts, cells, part, camera, solids)
    inside = np.array([p.inside for p in parts.parts])[part]
    rough = np.zeros(cells.n)
    for material, amount in ROUGH.items():
        rough[inside == material] = amount
    return RoughCells(
        cells=cells,
        rims=find_rims(cells, kind, _plane_groups(cells.face_plane)),
        kind=kind,
        surface=surface,
        fragment=np.flatnonzero(which).astype(np.int32),
        rough=rough,
        skins=_skins(parts, part),
        detail=detail_m * np.array([DETAIL.get(p.part, 1.25) for p in parts.parts])[part],
    )


def _skins(parts: Parts, part: I32) -> Skins:
    """The faces of every part that breaks must stay behind: all but its joints to the next panel."""
    cells = parts.cells
    wanted = cells.face_tag != Finish.JOINT
    count = np.add.reduceat(wanted.astype(np.int32), cells.face_start[:-1])
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    return Skins(np.ascontiguousarray(cells.face_plane[wanted]), start, part)


def _faces(parts: Parts, cells: Cells, part: I32, camera: F64, solids: list[F64]) -> tuple[I32, U8]:
    """What each face is to its edges, and what it shows."""
    tag = cells.face_tag
    of_face = part[cells.cell_of_face()]
    inside = np.array([int(p.inside) for p in parts.parts])[of_face]
    block = np.array([p.block for p in parts.parts])[of_face]
    kind = np.full(len(tag), SKIN, np.int32)
    kind[(tag < 0) | (tag == Finish.JOINT)] = CRACK
    kind[tag == Finish.HIDDEN] = FIXED
    wall = np.array([p.wall for p in parts.parts])[of_face]
    pierced = np.array([len(w.openings) > 0 for w in parts.walls], bool)
    if pierced.any():
        kind[(tag == Finish.JOINT) & (wall >= 0) & pierced[np.maximum(wall, 0)]] = SEAM
    surface = np.where(kind == SKIN, tag, inside)
    middle = cells.face_centres()
    open_to = _reveals(parts, cells, of_face, middle)
    kind[open_to] = SKIN
    outer = (tag == Finish.OUTER) | open_to
    faces_camera = ((camera - middle) * cells.face_plane[:, :3]).sum(1) > 0
    surface[outer] = np.where(faces_camera, int(Surface.PLATE), int(Surface.FACADE))[outer]
    out = np.flatnonzero(outer)
    beyond = middle[out] + 0.02 * cells.face_plane[out, :3]
    for k, planes in enumerate(solids):
        hit = inside_any(beyond, [planes]) & (block[out] != k)
        surface[out[hit]] = inside[out[hit]]
    return kind, surface.astype(np.uint8)


def _reveals(parts: Parts, cells: Cells, of_face: I32, middle: F64) -> npt.NDArray[np.bool_]:
    """Faces between panels of a wall that look into a window instead."""
    out = np.zeros(len(of_face), bool)
    wall_of = np.array([p.wall for p in parts.parts])[of_face]
    joint = cells.face_tag == Finish.JOINT
    for index, wall in enumerate(parts.walls):
        if len(wall.openings) == 0 or wall.part is not Part.WALL:
            continue
        mine = np.flatnonzero(joint & (wall_of == index))
        at = to_wall(wall, middle[mine] + 0.01 * cells.face_plane[mine, :3])
        for left, right, bottom, top in wall.openings:
            hit = (at[:, 0] > left) & (at[:, 0] < right) & (at[:, 2] > bottom) & (at[:, 2] < top)
            out[mine[hit]] = True
    return out


def _plane_groups(planes: F64) -> I32:
    """A number per face, the same for faces in one plane that look the same way."""
    rounded = np.ascontiguousarray(np.round(planes, 6) + 0.0)
    keys = rounded.view(np.dtype((np.void, rounded.dtype.itemsize * 4))).ravel()
    group: I32 = np.unique(keys, return_inverse=True)[1].astype(np.int32)
    return group
