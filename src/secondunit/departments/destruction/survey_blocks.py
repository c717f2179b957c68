"""Blocks as a person writes them (a box, a ring of sides, a footprint; one on another) made into world geometry.

A box has its corner 0 at (x, y), `width` along its face 0 and `depth` behind it. A ring is a regular polygon
about (x, y) whose face 0 looks towards −y. `turn` turns either counter-clockwise about (x, y), in degrees. A
block that stands `on` another starts at that block's top, and its (x, y, turn) count from that block's own; given
no shape of its own it takes over that block's top, pushed out by `overhang`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import BlockTable, CornerTable, GroundTable
from secondunit.errors import BadInput
from secondunit.slate.camera import Ground

FloatArray = npt.NDArray[np.float64]
LENGTHS = ("width", "depth", "radius", "height", "top_scale")
PLACES = ("x", "y", "base", "overhang", "inset")
FREE_NUMBERS = (*LENGTHS, *PLACES, "turn")
LENGTH_SIGMA = 0.25
PLACE_SIGMA_M = 3.0
TURN_SIGMA_DEG = 8.0
_VERTEX = re.compile(r"([btg])(c|\d+(?:\.\d+)?)\Z")


@dataclass(frozen=True)
class PlacedBlock:
    """A block's footprint in world metres: `low` and `high` (n, 2) corners at `base` and at `top`."""

    name: str
    origin: tuple[float, float]
    turn: float
    base: float
    top: float
    low: FloatArray
    high: FloatArray

    def vertex(self, code: str, ground: Ground) -> FloatArray:
        """World point (3,) of `b0` (bottom corner 0), `t1.5` (top, halfway from 1 to 2), `tc`, `g0` (ground)."""
        match = _VERTEX.match(code)
        if not match:
            raise BadInput(
                f"`{code}` is not a vertex of block `{self.name}`",
                hint="write `b0` or `t0` for a bottom or top corner, `g0` for the ground, `tc` for the middle",
            )
        ring = self.high if match[1] == "t" else self.low
        x, y = ring.mean(axis=0) if match[2] == "c" else _along(ring, float(match[2]), self.name)
        z = {"b": self.base, "t": self.top}.get(match[1])
        if z is None:
            z = ground.slope_x * x + ground.slope_y * y + ground.level
        return np.array([x, y, z])


def _along(ring: FloatArray, place: float, name: str) -> FloatArray:
    n = len(ring)
    if place >= n:
        raise BadInput(
            f"block `{name}` has no corner {place:g}", hint=f"its corners are 0 to {n - 1}, counter-clockwise"
        )
    i, rest = int(place), place - int(place)
    spot: FloatArray = ring[i] * (1 - rest) + ring[(i + 1) % n] * rest
    return spot


def place_blocks(blocks: Sequence[BlockTable], ground: Ground = Ground()) -> dict[str, PlacedBlock]:
    """Place every block in the world; raises `BadInput` for one that stands on a block not listed before it."""
    placed: dict[str, PlacedBlock] = {}
    for block in blocks:
        under = _under(block, placed)
        x, y, turn = block.x, block.y, block.turn
        base = ground.level if block.base is None else block.base
        if under is not None:
            c, s = math.cos(math.radians(under.turn)), math.sin(math.radians(under.turn))
            x, y = under.origin[0] + c * block.x - s * block.y, under.origin[1] + s * block.x + c * block.y
            turn = under.turn + block.turn
            base = under.top + (block.base or 0.0)
        low = _footprint(block, x, y, math.radians(turn), under)
        high = _top_of(block, low)
        placed[block.name] = PlacedBlock(block.name, (x, y), turn, base, base + block.height, low, high)
    return placed


def _under(block: BlockTable, placed: dict[str, PlacedBlock]) -> PlacedBlock | None:
    if block.on is None:
        return None
    if block.on not in placed:
        raise BadInput(
            f"block `{block.name}` stands on `{block.on}`, which is not listed before it",
            hint="list the blocks from the ground up",
        )
    return placed[block.on]


def _footprint(block: BlockTable, x: float, y: float, turn: float, under: PlacedBlock | None) -> FloatArray:
    if block.footprint is not None:
        local = np.array(block.footprint, float)
    elif block.sides is not None and block.radius is not None:
        n = block.sides
        angle = -math.pi / 2 - math.pi / n + 2 * math.pi / n * np.arange(n)
        local = block.radius * np.c_[np.cos(angle), np.sin(angle)]
    elif block.width is not None and block.depth is not None:
        w, d = block.width, block.depth
        local = np.array([[0, 0], [w, 0], [w, d], [0, d]], float)
    elif under is not None and (block.width, block.depth, block.sides, block.radius) == (None,) * 4:
        return _pushed_out(under.high, block.overhang or 0.0)
    else:
        raise BadInput(
            f"block `{block.name}` has no shape",
            hint="give `width` and `depth`, or `sides` and `radius`, or `footprint`, or stand it `on` a block",
        )
    c, s = math.cos(turn), math.sin(turn)
    world: FloatArray = local @ np.array([[c, s], [-s, c]]) + np.array([x, y])
    return world


RIDGE_M = 0.1


def _top_of(block: BlockTable, low: FloatArray) -> FloatArray:
    """The upper corners: scaled about the middle, or with its sides moved in until they nearly meet in a ridge."""
    n = len(low)
    if block.inset is None and block.insets is None:
        centre = low.mean(axis=0)
        scaled: FloatArray = centre + (low - centre) * block.top_scale
        return scaled
    by = np.full(n, block.inset) if block.insets is None else np.array(block.insets, float)
    if len(by) != n:
        raise BadInput(f"block `{block.name}` has {len(by)} insets for {n} sides", hint="give one for each side")
    if n == 4:
        # Opposite sides may meet but not cross; a hipped roof slopes alike on all sides.
        fit = [_room(low, a, b) / max(float(by[a] + by[b]), 1e-9) for a, b in ((0, 2), (1, 3))]
        fit = [min(fit)] * 2 if block.insets is None else fit
        by = by * np.minimum(np.tile(fit, 2), 1.0)
    return _moved_sides(low, -by)


def _room(ring: FloatArray, a: int, b: int) -> float:
    """How far sides a and b may close in before they are a ridge apart, metres."""
    along, away = ring[(a + 1) % len(ring)] - ring[a], ring[b] - ring[a]
    apart = abs(float(along[0] * away[1] - along[1] * away[0])) / float(np.linalg.norm(along))
    return max(apart - RIDGE_M, 0.0)


def _pushed_out(ring: FloatArray, by: float) -> FloatArray:
    """A convex ring (n, 2) with every side moved outwards by `by` metres."""
    return _moved_sides(ring, np.full(len(ring), by))


def _moved_sides(ring: FloatArray, by: FloatArray) -> FloatArray:
    """A convex ring (n, 2) with side i moved outwards by `by[i]` metres."""
    side = np.roll(ring, -1, axis=0) - ring
    side = side / np.linalg.norm(side, axis=1, keepdims=True)
    out = np.c_[side[:, 1], -side[:, 0]]
    before, by_before = np.roll(out, 1, axis=0), np.roll(by, 1)
    # A corner is where its two moved sides meet: out · step = by, before · step = by_before.
    cosine = (out * before).sum(axis=1)
    along = (by - cosine * by_before) / np.maximum(1 - cosine**2, 1e-9)
    across = (by_before - cosine * by) / np.maximum(1 - cosine**2, 1e-9)
    moved: FloatArray = ring + along[:, None] * out + across[:, None] * before
    return moved


@dataclass(frozen=True)
class FreeNumber:
    """One number the fit may change: `table` is a block's index or -1 for the ground."""

    table: int
    key: str
    value: float
    sigma: float


def free_numbers(blocks: Sequence[BlockTable], ground: GroundTable) -> tuple[FreeNumber, ...]:
    """Every number listed in a `free` of a block or of the ground; lengths are handled as logarithms."""
    found = []
    for i, block in enumerate(blocks):
        for key in block.free:
            found.append(_free_of_block(i, block, key))
    for key in ground.free:
        if key not in ("slope_x", "slope_y", "level"):
            raise BadInput(f"the ground has no number `{key}` to free", hint="use slope_x, slope_y, level")
        sigma = 1.0 if key == "level" else 0.03
        found.append(FreeNumber(-1, key, float(getattr(ground, key)), sigma))
    return tuple(found)


def _free_of_block(index: int, block: BlockTable, key: str) -> FreeNumber:
    if key not in FREE_NUMBERS:
        raise BadInput(
            f"block `{block.name}` has no number `{key}` to free", hint=f"use {', '.join(FREE_NUMBERS)}"
        )
    value = getattr(block, key)
    if key == "base" and value is None:
        value = 0.0
    if value is None:
        raise BadInput(
            f"block `{block.name}` frees `{key}` but gives no value to start from", hint="write a rough value"
        )
    if key in LENGTHS:
        return FreeNumber(index, key, math.log(max(float(value), 1e-3)), LENGTH_SIGMA)
    return FreeNumber(index, key, float(value), TURN_SIGMA_DEG if key == "turn" else PLACE_SIGMA_M)


def with_numbers(
    blocks: Sequence[BlockTable], ground: GroundTable, free: Sequence[FreeNumber], values: FloatArray
) -> tuple[tuple[BlockTable, ...], GroundTable]:
    """The same blocks and ground with the free numbers replaced (values in the form of `FreeNumber.value`)."""
    changes: dict[int, dict[str, float]] = {}
    for number, value in zip(free, values.tolist(), strict=True):
        length = number.table >= 0 and number.key in LENGTHS
        changes.setdefault(number.table, {})[number.key] = math.exp(min(value, 8.0)) if length else value
    new = tuple(b.model_copy(update=changes[i]) if i in changes else b for i, b in enumerate(blocks))
    return new, ground.model_copy(update=changes[-1]) if -1 in changes else ground


def corner_ends(corners: Sequence[CornerTable], placed: dict[str, PlacedBlock], ground: Ground) -> FloatArray:
    """Ends (n, 2, 3) of what a person clicked: the same point twice, or two points of an edge (`t0-t1`)."""
    ends = []
    for corner in corners:
        if corner.point is not None:
            ends.append([np.array(corner.point, float)] * 2)
            continue
        if corner.block not in placed:
            raise BadInput(
                f"a corner belongs to block `{corner.block}`, which does not exist",
                hint=f"the blocks are {', '.join(placed)}",
            )
        codes = (corner.vertex or "").split("-")
        spots = [placed[corner.block].vertex(code.strip(), ground) for code in codes[:2]]
        ends.append([spots[0], spots[-1]])
    return np.array(ends, float).reshape(-1, 2, 3)
