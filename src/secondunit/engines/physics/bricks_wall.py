"""One wall laid in courses, drawn: its lattice, who owns which cell, and what lies open to whom."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part, Surface
from secondunit.engines.physics.breakup_mesh import Mesh
from secondunit.engines.physics.bricks import BONDS, Lattice, lay_courses
from secondunit.engines.physics.bricks_corners import Limits, lattice_corners, smooth_noise
from secondunit.engines.physics.bricks_mesh import Laid, courses_mesh
from secondunit.engines.physics.bricks_own import give_cells
from secondunit.engines.physics.parts import BROKEN, WallFace
from secondunit.engines.physics.voronoi import Cells

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
UP = np.array([0.0, 0.0, 1.0])
WANDER_M, SWELL_M = 0.09, 0.4  # how far a crack strays from the straight cell it is drawn for, over what length


def mesh_wall(
    wall: WallFace,
    cells: Cells,
    fragment: I32,
    *,
    scale: float,
    step: int,
    seed: int,
    camera_position: F64,
    buried: list[F64],
) -> Mesh:
    """Triangles of all fragments (`cells`, drawn as `fragment`) of one wall.

    `scale` and `step` as in `lay_courses`; `buried`: planes of other blocks, whose insides hide a skin.
    """
    salt = seed * 7919 + wall.block * 131 + wall.face
    lattice = lay_courses(wall, scale=scale, step=step, seed=seed)
    frame = np.stack([wall.along, wall.inward, wall.inward * wall.lean + UP])
    limits = Limits(wall.ends, wall.top_limit, (not wall.square[0], not wall.square[1]))
    owner = _owners(wall, lattice, limits, cells, frame, scale, salt)
    broken = int(BROKEN[wall.material])
    cu, cz = middles(lattice.u), middles(lattice.z)
    skin, caps = _skins(wall, cu, cz, broken, camera_position, buried, frame)
    changes = _changes(skin, caps, len(lattice.w))
    corners = lattice_corners(owner, changes, lattice.u, lattice.w, lattice.z, limits, salt)
    jambs, sills = _reveals(wall, lattice, camera_position, frame)
    ends = [
        int(_outer(seen)) if square else broken for seen, square in zip(wall.seen_next, wall.square, strict=True)
    ]
    given = Laid(
        owner=owner,
        place=wall.origin + corners.place @ frame,
        turns=corners.turns,
        wears=corners.wears,
        step_u=_steps(lattice.u, frame[0]),
        step_w=_steps(lattice.w, frame[1]),
        step_z=_steps(lattice.z, frame[2]),
        skin=skin,
        plain=np.array([int(wall.inner), broken], np.uint8),
        caps=caps,
        ends=np.array(ends, np.uint8),
        jambs=jambs,
        sills=sills,
    )
    triangles, piece, surface, used = courses_mesh(given)
    return Mesh(triangles[:used].copy(), fragment[piece[:used]], surface[:used].copy())


def to_wall(wall: WallFace, points: F64) -> F64:
    """World points (n, 3) as (u, w, z) of a wall."""
    rel = points - wall.origin
    local: F64 = np.c_[rel @ wall.along, rel @ wall.inward - wall.lean * rel[:, 2], rel[:, 2]]
    return local


def middles(lines: F64) -> F64:
    """Half-way between neighbouring lines."""
    between: F64 = 0.5 * (lines[1:] + lines[:-1])
    return between


def inside_any(points: F64, solids: list[F64]) -> npt.NDArray[np.bool_]:
    """Whether each point (n, 3) lies inside one of the convex solids given by planes (k, 4)."""
    hit = np.zeros(len(points), bool)
    for planes in solids:
        hit |= (points @ planes[:, :3].T + planes[:, 3] < 1e-6).all(1)
    return hit


def _owners(
    wall: WallFace, lattice: Lattice, limits: Limits, cells: Cells, frame: F64, scale: float, salt: int
) -> I32:
    bond = BONDS[wall.material]
    cu, cw, cz = middles(lattice.u), middles(lattice.w), middles(lattice.z)
    shape = lattice.void.shape
    level = np.broadcast_to(lattice.level[:, None, None], shape)
    stray_u = WANDER_M * smooth_noise(lattice.unit / SWELL_M, level / SWELL_M, salt)
    stray_z = WANDER_M * smooth_noise(lattice.unit / SWELL_M, level / SWELL_M, salt + 9)
    layer = np.broadcast_to(cw[None, :, None], shape)
    asked = np.stack([lattice.unit + stray_u, layer, level + stray_z], -1)
    lies = np.stack(np.broadcast_arrays(cu[None, None, :], layer, cz[:, None, None]), -1)
    local = to_wall(wall, cells.vertices)
    low = np.minimum.reduceat(local, cells.vertex_start[:-1], axis=0)
    high = np.maximum.reduceat(local, cells.vertex_start[:-1], axis=0)
    past_corner = max(wall.neighbour_thickness) if any(wall.square) else 0.0
    margin_u = max(1.1 * bond.half * scale * bond.units[1], past_corner) + WANDER_M
    margin_z = 1.2 * bond.course * scale + WANDER_M
    spans = np.stack(
        [
            np.searchsorted(cz, low[:, 2] - margin_z),
            np.searchsorted(cz, high[:, 2] + margin_z),
            np.searchsorted(cu, low[:, 0] - margin_u),
            np.searchsorted(cu, high[:, 0] + margin_u),
        ],
        -1,
    ).astype(np.int32)
    return give_cells(
        lattice.void,
        np.broadcast_to(limits.real(lattice.u, lattice.w, lattice.z), shape),
        wall.origin + asked @ frame,
        wall.origin + lies @ frame,
        spans,
        cells.centroid,
        cells.face_plane,
        cells.face_start,
    )


def _steps(lines: F64, direction: F64) -> F64:
    """Per line, the world vector across the smaller of the two cells beside it, (n, 3)."""
    gaps = np.diff(lines)
    least = np.minimum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))
    steps: F64 = least[:, None] * direction
    return steps


def _outer(seen: bool) -> Surface:
    return Surface.PLATE if seen else Surface.FACADE


def _skins(
    wall: WallFace, cu: F64, cz: F64, broken: int, camera: F64, buried: list[F64], frame: F64
) -> tuple[U8, U8]:
    """The surface of the outer skin per cell (row, column), and of the bottom and the top per column (2, columns)."""
    grid = np.stack(np.broadcast_arrays(cu[None, :], np.full((1, 1), -0.02), cz[:, None]), -1).reshape(-1, 3)
    hidden = inside_any(wall.origin + grid @ frame, buried).reshape(len(cz), len(cu))
    skin = np.where(hidden, broken, int(_outer(wall.seen)))
    half = np.full_like(cu, 0.5 * wall.thickness)
    caps = []
    for z, sign in ((-0.02, -1.0), (wall.height + 0.02, 1.0)):
        beyond = wall.origin + np.stack([cu, half, np.full_like(cu, z)], -1) @ frame
        seen = bool(sign * (camera[2] - beyond[0, 2]) > 0)
        # a wall stands on the ground or another wall; a slope ends in a mitre with the roof's top
        hidden_end = sign < 0 if wall.part is Part.WALL else sign > 0
        covered = inside_any(beyond, buried) | hidden_end
        caps.append(np.where(covered, broken, int(_outer(seen))))
    return skin.astype(np.uint8), np.array(caps, np.uint8)


def _changes(skin: U8, caps: U8, n_w: int) -> npt.NDArray[np.bool_]:
    """Corners (rows + 1, n_w, columns + 1) at which a skin's surface changes along u: strips end there."""
    n_z, n_u = skin.shape
    out = np.zeros((n_z + 1, n_w, n_u + 1), bool)
    along = skin[:, 1:] != skin[:, :-1]
    out[:-1, 0, 1:-1] |= along
    out[1:, 0, 1:-1] |= along
    out[0, :, 1:-1] |= caps[0, 1:] != caps[0, :-1]
    out[-1, :, 1:-1] |= caps[1, 1:] != caps[1, :-1]
    return out


def _reveals(wall: WallFace, lattice: Lattice, camera: F64, frame: F64) -> tuple[U8, U8]:
    """Surfaces towards openings: per column line and per row line, of what lies on its higher side (which looks
    back, 0) and on its lower side (which looks ahead, 1), (columns + 1, 2) and (rows + 1, 2)."""
    eye = to_wall(wall, camera[None])[0]
    level = camera[2] - wall.origin[2]
    plate, facade = int(Surface.PLATE), int(Surface.FACADE)
    jambs = np.stack([np.where(sign * (eye[0] - lattice.u) > 0, plate, facade) for sign in (-1, 1)], -1)
    sills = np.stack([np.where(sign * (level - lattice.z) > 0, plate, facade) for sign in (-1, 1)], -1)
    return jambs.astype(np.uint8), sills.astype(np.uint8)
