"""A building taken apart into convex parts that do not overlap: walls, panes, slabs, partitions, beams, roofs.

Every block is convex, so its wall is exact without any meshing: with depth_i(x) the distance of a point below
face i, the wall of face i is where depth_i is the least of all depths and at most the wall's thickness; what is
deeper than that under every face is the room inside. That mitres every corner, for frusta and n-gons alike.

Blocks must not overlap each other; they may touch (stand on or beside each other).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part, Surface
from secondunit.engines.physics.voronoi import Cells, from_planes
from secondunit.slate.building import Block, Building, Material, Role

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]


class Finish(IntEnum):
    """What a face of a part is, where it is not simply a `Surface` (0 … 10). Cracks are negative."""

    OUTER = 32  # outer skin: PLATE where the camera sees it, else FACADE
    JOINT = 33  # meets another part of the same wall: breaks like a crack, ragged on the skin
    HIDDEN = 34  # meets another part or the ground: broken look, straight edges


@dataclass(frozen=True)
class ConvexPart:
    """One part: `planes` (k, 4) with n·x + d ≤ 0 inside and a `Finish` or `Surface` per plane.

    `inside` is what its broken faces show. `rate` says how finely it breaks (relative fragments per m² of its
    largest section, or per piece where `per_piece`). `grain` is the unit direction of long pieces, `thin` the
    unit direction through a plate; `wall` the index of its `WallFace` or -1.
    """

    planes: F64
    finish: I32
    part: Part
    inside: Surface
    density: float
    storey: int
    rate: float
    per_piece: bool = False
    grain: tuple[float, float, float] | None = None
    thin: tuple[float, float, float] | None = None
    wall: int = -1
    block: int = 0


@dataclass(frozen=True)
class WallFace:
    """One face of a block as a mason sees it: `u` metres along, `w` horizontally inwards, `z` up.

    A point is `origin` + u·`along` + (w + z·`lean`)·`inward` + z·up, z from the block's base. `ends` are the
    limits of u as (constant, per w, per z) at the left and the right, `top_limit` that of z as (constant, per w).
    `openings` (k, 4) are left, right, bottom, top; `levels` the heights of all window edges of the block.
    `square`: at a right-angled upright corner (left, right), bricks interlock with the neighbour.
    """

    block: int
    face: int
    part: Part
    material: Material
    origin: F64
    along: F64
    inward: F64
    lean: float
    side: float
    height: float
    thickness: float
    ends: F64
    top_limit: F64
    openings: F64
    square: tuple[bool, bool]
    neighbour_thickness: tuple[float, float]
    normal: F64
    seen: bool
    seen_next: tuple[bool, bool]
    levels: F64
    inner: Surface


@dataclass
class Parts:
    """All parts of a building and their polyhedra (`cells`, one a part, in order).

    `seen` holds, per block, the planes (k, 4) of the sides the camera faces.
    """

    parts: list[ConvexPart]
    walls: list[WallFace]
    seen: list[F64]
    cells: Cells = field(init=False)

    def __post_init__(self) -> None:
        cells = from_planes([p.planes for p in self.parts], [p.finish for p in self.parts])
        solid = cells.volume > MIN_PART_M3
        self.parts = [p for p, keep in zip(self.parts, solid, strict=True) if keep]
        cells = cells.keep(solid)
        self.cells = Cells(**{**cells.__dict__, "parent": np.arange(cells.n, dtype=np.int32)})


MIN_PART_M3 = 2e-4
DENSITY = {  # kg/m³ of what is laid, not of the pure material: roofs and partitions are partly air
    Material.BRICK: 1800.0,
    Material.STONE: 2400.0,
    Material.CONCRETE: 2400.0,
    Material.PLASTER: 900.0,
    Material.TIMBER: 550.0,
    Material.GLASS: 2500.0,
    Material.TILE: 900.0,
    Material.METAL: 700.0,
}
BROKEN = {
    Material.BRICK: Surface.BRICK,
    Material.STONE: Surface.STONE,
    Material.CONCRETE: Surface.CONCRETE,
    Material.PLASTER: Surface.PLASTER,
    Material.TIMBER: Surface.TIMBER,
    Material.GLASS: Surface.GLASS,
    Material.TILE: Surface.TILE,
    Material.METAL: Surface.METAL,
}


@dataclass(frozen=True)
class Hull:
    """A block as planes: sides in the order of its footprint's faces, then the top, then the bottom."""

    block: Block
    planes: F64

    @property
    def n_sides(self) -> int:
        """Number of side faces."""
        return len(self.planes) - 2

    def no_deeper(self, face: int, *, with_top: bool = False) -> F64:
        """Planes (k, 4) that keep the points whose nearest face is `face` (index into `planes`)."""
        others = [j for j in range(self.n_sides + (1 if with_top else 0)) if j != face]
        if face == self.n_sides:
            others = list(range(self.n_sides))
        return unit_planes(self.planes[others] - self.planes[face])

    def no_deeper_than(self, faces: list[int], depth: float) -> F64:
        """Planes that keep what lies at most `depth` under each of `faces`."""
        out = -self.planes[faces].copy()
        out[:, 3] -= depth
        return out

    def deeper_than(self, faces: list[int], depth: float) -> F64:
        """Planes that keep what lies at least `depth` under each of `faces`."""
        out = self.planes[faces].copy()
        out[:, 3] += depth
        return out

    def steepness(self) -> float:
        """The least angle of a side from the horizontal, degrees (90 = upright)."""
        return float(np.degrees(np.arccos(np.clip(np.abs(self.planes[:-2, 2]), 0, 1)).min()))


def hull_of(block: Block) -> Hull:
    """The planes of a block; each passes through its base and top edges exactly."""
    low, high = np.asarray(block.footprint, float), np.asarray(block.top_footprint(), float)
    n = len(low)
    planes = np.zeros((n + 2, 4))
    for i in range(n):
        a = np.array([*low[i], block.base])
        b = np.array([*low[(i + 1) % n], block.base])
        c = np.array([*high[i], block.top])
        normal = np.cross(b - a, c - a)
        normal /= np.linalg.norm(normal)
        planes[i, :3], planes[i, 3] = normal, -normal @ a
    planes[n] = (0.0, 0.0, 1.0, -block.top)
    planes[n + 1] = (0.0, 0.0, -1.0, block.base)
    return Hull(block, planes)


def unit_planes(planes: F64) -> F64:
    """Scale planes so that their normals have length one; planes without a normal are dropped."""
    size = np.linalg.norm(planes[:, :3], axis=1)
    good = size > 1e-9
    out: F64 = planes[good] / size[good, None]
    return out


def slab_between(axis: F64, low: float, high: float, origin: F64) -> F64:
    """Two planes that keep low ≤ axis·(x − origin) ≤ high."""
    shift = float(axis @ origin)
    return np.array([[*(-axis), low + shift], [*axis, -high - shift]])


def first_storeys(building: Building) -> list[int]:
    """How many storeys lie below each block, from what it stands on."""
    blocks = building.blocks
    order = sorted(range(len(blocks)), key=lambda i: blocks[i].base)
    first = [0] * len(blocks)
    for i in order:
        for j in order:
            if j == i or not stands_on(blocks[i], blocks[j]):
                continue
            own = blocks[j].storeys if blocks[j].role is Role.STOREYS else 0
            first[i] = max(first[i], first[j] + own)
    return first


def stands_on(upper: Block, lower: Block) -> bool:
    """Whether a block's base lies on another's top."""
    if abs(lower.top - upper.base) > 0.05:
        return False
    a, b = np.asarray(upper.footprint), np.asarray(lower.top_footprint())
    return bool(np.all(a.min(0) < b.max(0)) and np.all(b.min(0) < a.max(0)))
