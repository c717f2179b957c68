"""A building as a supervisor describes it: blocks with storeys, walls, windows and a roof.

A block is a convex prism or frustum: a footprint polygon at its base that may narrow (`top_scale`) towards its
top. A house is one block and a roof; a pagoda is a stack of octagons; a church is a nave, a tower and a spire.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from secondunit.errors import BadInput
from secondunit.slate.camera import Ground

MAX_SIDE_M = 400.0


class Material(StrEnum):
    """What a wall or roof is made of; each breaks in its own way."""

    BRICK = "brick"
    STONE = "stone"
    CONCRETE = "concrete"
    PLASTER = "plaster"
    TIMBER = "timber"
    GLASS = "glass"
    TILE = "tile"
    METAL = "metal"


class Role(StrEnum):
    """What a block is for. A roof or solid block has no storeys inside."""

    STOREYS = "storeys"
    ROOF = "roof"
    SOLID = "solid"


@dataclass(frozen=True)
class Window:
    """An opening in one face of a block, in metres along the face (`left`, `right`) and up from its base."""

    face: int
    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Block:
    """One convex part of a building.

    `footprint` lists (x, y) corners in metres, counter-clockwise from above; face i runs from corner i to
    corner i + 1. `base` is the height of its underside above the ground plane's zero, `height` its own height.
    `top_scale` narrows (or widens) the footprint about its centre towards the top. A hipped or gabled roof gives its
    upper corners in `top_corners`: one for each corner of the footprint, every side parallel to the one below.
    """

    name: str
    footprint: tuple[tuple[float, float], ...]
    base: float
    height: float
    storeys: int = 1
    material: Material = Material.BRICK
    role: Role = Role.STOREYS
    wall: float = 0.38
    top_scale: float = 1.0
    windows: tuple[Window, ...] = ()
    top_corners: tuple[tuple[float, float], ...] | None = None

    def __post_init__(self) -> None:
        _check_block(self)

    @property
    def top(self) -> float:
        """Height of the block's upper face."""
        return self.base + self.height

    @property
    def centre(self) -> tuple[float, float]:
        """The mean of the footprint's corners."""
        n = len(self.footprint)
        return sum(p[0] for p in self.footprint) / n, sum(p[1] for p in self.footprint) / n

    def top_footprint(self) -> tuple[tuple[float, float], ...]:
        """The footprint at the top."""
        if self.top_corners is not None:
            return self.top_corners
        cx, cy = self.centre
        s = self.top_scale
        return tuple((cx + (x - cx) * s, cy + (y - cy) * s) for x, y in self.footprint)


@dataclass(frozen=True)
class Obstacle:
    """A thing in the street that rubble strikes: a box on the ground (centre, half sizes, yaw), metres."""

    name: str
    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    yaw_deg: float = 0.0


@dataclass(frozen=True)
class Building:
    """The whole building, the ground under it and what stands in the street."""

    blocks: tuple[Block, ...]
    ground: Ground = Ground()
    obstacles: tuple[Obstacle, ...] = ()

    def __post_init__(self) -> None:
        if not self.blocks:
            raise BadInput("the building has no blocks", hint="add at least one `[[block]]` to building.toml")
        names = [block.name for block in self.blocks]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadInput(f"two blocks are called `{twice[0]}`", hint="give every block its own name")

    @property
    def height(self) -> float:
        """Height of the highest point above the lowest base."""
        return max(b.top for b in self.blocks) - min(b.base for b in self.blocks)

    @property
    def n_storeys(self) -> int:
        """Storeys of the tallest stack of blocks, counted by height."""
        return max(1, sum(b.storeys for b in self.blocks if b.role is Role.STOREYS))


def _check_block(block: Block) -> None:
    where = f"block `{block.name}`"
    n = len(block.footprint)
    if n < 3:
        raise BadInput(f"{where} has a footprint of {n} corners", hint="give at least three corners")
    if not 0.05 <= block.height <= MAX_SIDE_M:
        raise BadInput(f"{where} is {block.height:g} m high", hint=f"use 0.05 to {MAX_SIDE_M:g} m")
    if not 1 <= block.storeys <= 120:
        raise BadInput(f"{where} has {block.storeys} storeys", hint="use 1 to 120")
    if block.role is Role.STOREYS and block.height / block.storeys < 1.8:
        raise BadInput(
            f"{where} has storeys of {block.height / block.storeys:.2f} m",
            hint="a storey is at least 1.8 m high: give fewer storeys or more height",
        )
    if not 0.0 < block.top_scale <= 4.0:
        raise BadInput(f"{where} has a top scale of {block.top_scale:g}", hint="use 0.01 to 4")
    _check_footprint(block, where)
    if block.top_corners is not None:
        _check_top(block, where)
    for window in block.windows:
        _check_window(block, window, where)


def _check_footprint(block: Block, where: str) -> None:
    corners = block.footprint
    n = len(corners)
    sides = []
    for i, (x0, y0) in enumerate(corners):
        (x1, y1), (x2, y2) = corners[(i + 1) % n], corners[(i + 2) % n]
        cross = (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1)
        if cross <= 1e-9:
            raise BadInput(
                f"{where} has a footprint that is not convex and counter-clockwise at corner {(i + 1) % n}",
                hint="list the corners counter-clockwise from above and split an L or U into several blocks",
            )
        sides.append(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
    if min(sides) < 0.1 or max(sides) > MAX_SIDE_M:
        raise BadInput(
            f"{where} has a side of {min(sides) if min(sides) < 0.1 else max(sides):g} m",
            hint=f"sides are 0.1 to {MAX_SIDE_M:g} m",
        )
    if block.role is Role.STOREYS and not 0.05 <= block.wall < 0.5 * min(sides):
        raise BadInput(
            f"{where} has walls {block.wall:g} m thick and a side of {min(sides):g} m",
            hint="walls are at least 0.05 m and less than half the shortest side",
        )


def _check_top(block: Block, where: str) -> None:
    low, high = block.footprint, block.top_corners or ()
    if len(high) != len(low):
        raise BadInput(
            f"{where} has {len(low)} corners below and {len(high)} above", hint="give one upper corner for each"
        )
    n = len(low)
    for i in range(n):
        j = (i + 1) % n
        ax, ay = low[j][0] - low[i][0], low[j][1] - low[i][1]
        bx, by = high[j][0] - high[i][0], high[j][1] - high[i][1]
        long, short = (ax * ax + ay * ay) ** 0.5, (bx * bx + by * by) ** 0.5
        if short < 0.02 or abs(ax * by - ay * bx) > 1e-3 * long * short or ax * bx + ay * by <= 0:
            raise BadInput(
                f"{where} has a top side {i} that is not parallel to the side below it",
                hint="move whole sides inwards, and leave the ridge at least 0.02 m wide",
            )


def _check_window(block: Block, window: Window, where: str) -> None:
    n = len(block.footprint)
    if not 0 <= window.face < n:
        raise BadInput(f"{where} has a window in face {window.face}", hint=f"its faces are 0 to {n - 1}")
    (x0, y0), (x1, y1) = block.footprint[window.face], block.footprint[(window.face + 1) % n]
    side = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    if not 0 <= window.left < window.right <= side or not 0 <= window.bottom < window.top <= block.height:
        raise BadInput(
            f"{where} has a window outside face {window.face}",
            hint=f"the face is {side:.2f} m wide and {block.height:.2f} m high",
        )
