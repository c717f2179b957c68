"""The whole building taken apart, as coarsely as the number of fragments asks for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part, Surface
from secondunit.engines.physics.parts import (
    ConvexPart,
    Hull,
    Parts,
    WallFace,
    first_storeys,
    hull_of,
    stands_on,
)
from secondunit.engines.physics.parts_bays import solid_parts
from secondunit.engines.physics.parts_inside import inside_parts, plan_of
from secondunit.engines.physics.parts_roof import roof_parts
from secondunit.engines.physics.parts_walls import wall_face, wall_parts
from secondunit.errors import BadInput
from secondunit.slate.building import Block, Building, Role

F64 = npt.NDArray[np.float64]
SHARE_OF_PARTS = 0.45  # parts may be at most this share of the fragments, so that most parts still break
COARSEST = 12.0
SEEN_RATE, UNSEEN_RATE = 8.0, 2.4


def take_apart(
    building: Building, *, n_fragments: int, camera_position: tuple[float, float, float] | None, seed: int
) -> Parts:
    """All parts of a building. Panels, bays and rooms grow until the parts are few enough for `n_fragments`.

    Raises `BadInput` when even the coarsest cut has more parts than fragments were asked for.
    """
    coarse = 1.0
    while True:
        parts = _cut(building, coarse, n_fragments, camera_position, seed)
        if len(parts.parts) <= SHARE_OF_PARTS * n_fragments:
            return parts
        if coarse > COARSEST:
            break
        coarse *= 1.3
    if len(parts.parts) > n_fragments:
        raise BadInput(
            f"{n_fragments} fragments are too few: the building alone has {len(parts.parts)} parts",
            hint=f"ask for at least {-(-len(parts.parts) // 50) * 50} fragments, or give fewer windows",
        )
    return parts


def _cut(
    building: Building,
    coarse: float,
    n_fragments: int,
    camera_position: tuple[float, float, float] | None,
    seed: int,
) -> Parts:
    parts: list[ConvexPart] = []
    walls: list[WallFace] = []
    seen_planes: list[F64] = []
    n_windows = sum(len(b.windows) for b in building.blocks)
    frames = coarse < 1.5 and n_windows * 6 <= 0.12 * n_fragments
    for i, (block, first) in enumerate(zip(building.blocks, first_storeys(building), strict=True)):
        rng = np.random.default_rng([seed, 11, i])
        hull = hull_of(block)
        seen = seen_faces(hull, camera_position)
        rates = [SEEN_RATE if s else UNSEEN_RATE for s in seen]
        seen_planes.append(hull.planes[: hull.n_sides][seen[: hull.n_sides]])
        if block.role is Role.SOLID:
            parts += solid_parts(hull, i, storey=first, coarse=coarse, rate=0.8 * max(rates))
        elif block.role is Role.ROOF:
            more, faces = roof_parts(
                hull,
                i,
                n_walls=len(walls),
                storey=first,
                coarse=coarse,
                seen=seen,
                rate=[0.8 * r for r in rates],
                carries=any(stands_on(other, block) for other in building.blocks),
                rng=rng,
            )
            parts += more
            walls += faces
        else:
            more, faces = _storeys(hull, i, len(walls), first, coarse, frames, seen, rates, rng)
            parts += more
            walls += faces
    return Parts(parts, walls, seen_planes)


def _storeys(
    hull: Hull,
    index: int,
    n_walls: int,
    first: int,
    coarse: float,
    frames: bool,
    seen: list[bool],
    rates: list[float],
    rng: np.random.Generator,
) -> tuple[list[ConvexPart], list[WallFace]]:
    block = hull.block
    levels = np.linspace(0.0, block.height, block.storeys + 1).tolist()
    parts: list[ConvexPart] = []
    walls = []
    for face in range(hull.n_sides):
        wall = wall_face(
            hull, face, part=Part.WALL, thickness=block.wall, block=index, seen=seen, inner=Surface.PLASTER
        )
        parts += wall_parts(
            hull,
            wall,
            n_walls + face,
            storeys=levels,
            first_storey=first,
            coarse=coarse,
            frames=frames,
            rate=rates[face],
            rng=rng,
        )
        walls.append(wall)
    heights = [block.base + z for z in levels]
    parts += inside_parts(plan_of(hull, index), levels=heights, first_storey=first, coarse=coarse, rng=rng)
    return parts, walls


def seen_faces(hull: Hull, camera_position: tuple[float, float, float] | None) -> list[bool]:
    """Whether each side, the top and the bottom of a block face the camera (without one: face -y)."""
    if camera_position is None:
        return [bool(p[1] < -0.2) for p in hull.planes]
    at = np.asarray(camera_position, float)
    return [bool(v > 0) for v in hull.planes[:, :3] @ at + hull.planes[:, 3]]


def block_planes(blocks: tuple[Block, ...]) -> list[F64]:
    """The planes of every block, to ask what lies inside which."""
    return [hull_of(b).planes for b in blocks]
