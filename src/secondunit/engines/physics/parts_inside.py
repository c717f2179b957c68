"""What shows when a wall is gone: slabs in bays, beams under them, partitions with doors, furniture."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part, Surface
from secondunit.engines.physics.parts import ConvexPart, Finish, Hull, slab_between
from secondunit.slate.building import Block, Material

F64 = npt.NDArray[np.float64]
UP = np.array([0.0, 0.0, 1.0])
PARTITION_M = 0.12
CLEAR_M = 0.02  # nothing but structure touches: furniture stands free of walls


@dataclass(frozen=True)
class Floor:
    """How floors of a material are built, metres: slab, beam depth and width, spacing of beams."""

    slab: float
    beam: float
    width: float
    spacing: float
    surface: Surface
    beam_surface: Surface
    density: float
    beam_density: float


CONCRETE_FLOOR = Floor(0.24, 0.36, 0.28, 4.2, Surface.CONCRETE, Surface.CONCRETE, 2400.0, 2400.0)
JOIST_FLOOR = Floor(0.22, 0.24, 0.14, 1.5, Surface.CONCRETE, Surface.TIMBER, 1600.0, 550.0)
TIMBER_FLOOR = Floor(0.10, 0.22, 0.12, 1.2, Surface.TIMBER, Surface.TIMBER, 600.0, 550.0)


def floor_of(block: Block) -> Floor:
    """The floor a block of this material usually has."""
    if block.material in (Material.TIMBER, Material.PLASTER):
        return TIMBER_FLOOR
    return JOIST_FLOOR if block.material in (Material.BRICK, Material.STONE) else CONCRETE_FLOOR


@dataclass(frozen=True)
class Plan:
    """Local axes of a block's inside: `across` its longest side, `deep` square to it, and the room's limits."""

    hull: Hull
    index: int
    inner: F64
    origin: F64
    across: F64
    deep: F64
    width: float
    depth: float

    def box(self, a: tuple[float, float], b: tuple[float, float], z: tuple[float, float]) -> F64:
        """Planes of a box in local metres, heights in the world."""
        return np.concatenate(
            [
                slab_between(self.across, *a, self.origin),
                slab_between(self.deep, *b, self.origin),
                np.array([[0.0, 0.0, -1.0, z[0]], [0.0, 0.0, 1.0, -z[1]]]),
            ]
        )


def plan_of(hull: Hull, index: int) -> Plan:
    """The plan of a block: axes along its longest side, limits of the room within its walls."""
    corners = np.asarray(hull.block.footprint, float)
    sides = np.roll(corners, -1, axis=0) - corners
    longest = sides[int(np.argmax(np.linalg.norm(sides, axis=1) + 1e-6 * np.arange(len(sides))[::-1]))]
    across = np.array([*(longest / np.linalg.norm(longest)), 0.0])
    deep = np.array([-across[1], across[0], 0.0])
    wide = np.concatenate([corners, np.asarray(hull.block.top_footprint(), float)])
    local = wide @ np.stack([across[:2], deep[:2]]).T
    low, high = local.min(0), local.max(0)
    origin = across * low[0] + deep * low[1]
    inner = hull.deeper_than(list(range(hull.n_sides)), hull.block.wall)
    return Plan(hull, index, inner, origin, across, deep, *(float(v) for v in high - low))


def inside_parts(
    plan: Plan, *, levels: list[float], first_storey: int, coarse: float, rng: np.random.Generator
) -> list[ConvexPart]:
    """Everything inside one block. `levels`: world heights of its storey lines, from base to top."""
    floor = floor_of(plan.hull.block)
    parts: list[ConvexPart] = []
    rooms = _rooms(plan, coarse)
    for k, (low, high) in enumerate(itertools.pairwise(levels)):
        storey = first_storey + k
        under_slab = high - floor.slab
        under_beam = under_slab - floor.beam
        parts += _slabs(plan, floor, (under_slab, high), storey, coarse, top=k == len(levels) - 2)
        parts += _beams(plan, floor, (under_beam, under_slab), storey, coarse)
        parts += _partitions(plan, rooms, (low, under_beam), storey)
        parts += _furniture(plan, rooms, low, storey, coarse, rng)
    return parts


def _part(plan: Plan, planes: F64, finish: list[int], storey: int, **kind: object) -> ConvexPart:
    """A part kept inside the walls (those faces hidden)."""
    all_planes = np.concatenate([planes, plan.inner])
    all_finish = np.array([*finish, *[int(Finish.HIDDEN)] * len(plan.inner)], np.int32)
    return ConvexPart(planes=all_planes, finish=all_finish, storey=storey, block=plan.index, **kind)  # type: ignore[arg-type]


def _steps(length: float, step: float) -> F64:
    return np.linspace(0.0, length, max(1, round(length / step)) + 1)


def _slabs(
    plan: Plan, floor: Floor, z: tuple[float, float], storey: int, coarse: float, *, top: bool
) -> list[ConvexPart]:
    joint = int(Finish.JOINT)
    upper = Finish.OUTER if top else floor.surface
    finish = [joint, joint, joint, joint, int(Surface.PLASTER), int(upper)]
    xs, ys = _steps(plan.width, 3.6 * coarse), _steps(plan.depth, 3.4 * coarse)
    grain = _vector(plan.across) if floor.surface is Surface.TIMBER else None
    return [
        _part(
            plan,
            plan.box((a, b), (c, d), z),
            finish,
            storey,
            part=Part.SLAB,
            inside=floor.surface,
            density=floor.density,
            rate=3.0,
            thin=(0.0, 0.0, 1.0),
            grain=grain,
        )
        for a, b in itertools.pairwise(xs)
        for c, d in itertools.pairwise(ys)
    ]


def _beams(plan: Plan, floor: Floor, z: tuple[float, float], storey: int, coarse: float) -> list[ConvexPart]:
    n = max(1, round(plan.width / (floor.spacing * coarse)))
    centres = (np.arange(n) + 0.5) * plan.width / n
    pieces = _steps(plan.depth, 5.5 * coarse)
    face = int(floor.beam_surface)
    hidden = int(Finish.HIDDEN)
    return [
        _part(
            plan,
            plan.box((x - 0.5 * floor.width, x + 0.5 * floor.width), (c, d), z),
            [face, face, hidden, hidden, face, hidden],
            storey,
            part=Part.BEAM,
            inside=floor.beam_surface,
            density=floor.beam_density,
            rate=3.2,
            grain=_vector(plan.deep),
        )
        for x in centres
        for c, d in itertools.pairwise(pieces)
    ]


@dataclass(frozen=True)
class Rooms:
    """Where partitions stand: at `across` positions and, if deep enough, one along `corridor`."""

    cross: F64
    corridor: float | None


def _rooms(plan: Plan, coarse: float) -> Rooms:
    wall = plan.hull.block.wall
    n = max(0, round((plan.width - 2 * wall) / (4.8 * coarse)) - 1)
    cross = (np.arange(1, n + 1)) / (n + 1) * plan.width
    corridor = 0.52 * plan.depth if plan.depth - 2 * wall > 5.0 else None
    return Rooms(cross, corridor)


def _partitions(plan: Plan, rooms: Rooms, z: tuple[float, float], storey: int) -> list[ConvexPart]:
    if z[1] - z[0] < 1.2:
        return []
    half = 0.5 * PARTITION_M
    plaster, hidden = int(Surface.PLASTER), int(Finish.HIDDEN)
    kind = {"part": Part.PARTITION, "inside": Surface.CONCRETE, "density": 1100.0, "rate": 2.6}
    out = []
    stops = [0.0, plan.depth]
    if rooms.corridor is not None:
        line = rooms.corridor
        stops = [0.0, line - half, line + half, plan.depth]
        edges = [0.0, *rooms.cross.tolist(), plan.width]
        for a, b in itertools.pairwise(edges):
            door = min(1.0, 0.3 * (b - a))  # the gap of a door at the right end of each room
            out.append(
                _part(
                    plan,
                    plan.box((a, b - door), (line - half, line + half), z),
                    [hidden, plaster, plaster, plaster, hidden, hidden],
                    storey,
                    thin=_vector(plan.deep),
                    **kind,
                )
            )
    for x in rooms.cross:
        for c, d in zip(stops[::2], stops[1::2], strict=True):
            out.append(
                _part(
                    plan,
                    plan.box((x - half, x + half), (c, d), z),
                    [plaster, plaster, hidden, hidden, hidden, hidden],
                    storey,
                    thin=_vector(plan.across),
                    **kind,
                )
            )
    return out


def _furniture(
    plan: Plan, rooms: Rooms, low: float, storey: int, coarse: float, rng: np.random.Generator
) -> list[ConvexPart]:
    """Boxes of the size of tables, cupboards and beds, each in a stand of its own, clear of everything."""
    edges_a = [0.0, *rooms.cross.tolist(), plan.width]
    edges_b = [0.0, plan.depth] if rooms.corridor is None else [0.0, rooms.corridor, plan.depth]
    wall = plan.hull.block.wall
    out = []
    face = int(Surface.FURNITURE)
    for a, b in itertools.pairwise(edges_a):
        for c, d in itertools.pairwise(edges_b):
            a0, a1, b0, b1 = a + wall + CLEAR_M, b - wall - CLEAR_M, c + wall + CLEAR_M, d - wall - CLEAR_M
            n = max(1, round((a1 - a0) / (1.9 * coarse)))
            stands = np.linspace(a0, a1, n + 1)
            for p, q in itertools.pairwise(stands):
                size = rng.uniform((0.5, 0.4, 0.42), (1.5, 0.8, 1.15))
                at = rng.random(2)
                if rng.random() < 0.25 or q - p < 0.45 or b1 - b0 < 0.45:
                    continue
                wide, long = min(size[0], q - p - 0.1), min(size[1], b1 - b0 - 0.1)
                x, y = p + at[0] * (q - p - wide), b0 + at[1] * (b1 - b0 - long)
                planes = plan.box((x, x + wide), (y, y + long), (low, low + size[2]))
                if not _fits(plan, planes, low):
                    continue
                out.append(
                    _part(
                        plan,
                        planes,
                        [face, face, face, face, int(Finish.HIDDEN), face],
                        storey,
                        part=Part.FURNITURE,
                        inside=Surface.FURNITURE,
                        density=160.0,
                        rate=3.0,
                        per_piece=True,
                    )
                )
    return out


def _fits(plan: Plan, planes: F64, low: float) -> bool:
    """Whether a box stands wholly inside the walls (n-gons cut corners off)."""
    xs, ys = (planes[0, 3], -planes[1, 3]), (planes[2, 3], -planes[3, 3])
    spots = [plan.across * x + plan.deep * y for x in xs for y in ys]
    for spot in spots:
        for z in (low, -planes[5, 3]):
            p = np.array([spot[0], spot[1], z])
            if (plan.inner[:, :3] @ p + plan.inner[:, 3] > -CLEAR_M).any():
                return False
    return True


def _vector(v: F64) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
