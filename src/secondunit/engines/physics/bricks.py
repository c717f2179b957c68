"""Walls laid in courses: where bricks, stones and roof tiles lie in a wall, and which fragment each belongs to.

The wall of a whole face is one lattice of half-units, so cracks run through the courses past every panel joint.
A half-unit goes to the fragment its unit's centre lies in: a crack follows the joints, except through the share
of units that crack themselves, whose halves go where they lie. The fragment's hull stays the convex cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.parts import WallFace
from secondunit.slate.building import Material

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
OPENING, OTHER_WALL = -1, -2


@dataclass(frozen=True)
class Bond:
    """Sizes of half a unit (metres along, up the face), layers through the wall, share of units that crack."""

    half: float
    course: float
    layers: int
    cracked: float
    units: tuple[int, int] = (2, 2)
    uneven: float = 0.0


# Half of a 240 × 115 × 71 mm brick with its joints; ashlar in uneven courses; plain tiles in pairs.
BONDS = {
    Material.BRICK: Bond(0.125, 0.0833, 2, 0.34),
    Material.STONE: Bond(0.22, 0.27, 2, 0.18, (1, 3), 0.3),
    Material.TILE: Bond(0.17, 0.30, 1, 0.25),
}


def step_of(wall: WallFace) -> int:
    """How many fine courses one course of this wall is drawn as: 2 for small units the camera does not face."""
    return 1 if wall.seen or wall.material is Material.STONE else 2


@dataclass(frozen=True)
class Lattice:
    """Lines of a wall's lattice (m) and per cell: the fragment or a void, and the centre of its unit along u."""

    u: F64
    w: F64
    z: F64
    course: I32
    unit: F64
    level: F64
    void: I32


def lay_courses(wall: WallFace, *, scale: float, step: int, seed: int) -> Lattice:
    """The lattice of one wall.

    `scale` draws every unit that much larger; `step` (1 or 2) says how many of the
    block's finest courses one of this wall is: corners interlock by pairs of those, on whichever wall.
    """
    bond = BONDS[wall.material]
    rng = np.random.default_rng([seed, 23, wall.block, wall.face])
    half, course = bond.half * scale, bond.course * scale / float(np.hypot(1.0, wall.lean))
    u_special = [0.0, wall.side, *wall.openings[:, :2].ravel().tolist()]
    if wall.square[0]:
        u_special.append(wall.neighbour_thickness[0])
    if wall.square[1]:
        u_special.append(wall.side - wall.neighbour_thickness[1])
    u = _lines(np.arange(half, wall.side, half), np.array(u_special), 0.3 * half)
    fine = _beds(wall.height, course / step, bond.uneven, np.random.default_rng([seed, 29, wall.block]))
    beds, toothing = fine[::step], fine[::2]
    fixed = [0.0, wall.height, *wall.levels.tolist(), *(toothing.tolist() if any(wall.square) else [])]
    z = _lines(beds[1:-1], np.array(fixed), 0.3 * course)
    layers = bond.layers if wall.thickness > 0.2 else 1
    w = np.linspace(0.0, wall.thickness, layers + 1)
    cu, cz = 0.5 * (u[1:] + u[:-1]), 0.5 * (z[1:] + z[:-1])
    row = (np.searchsorted(beds, cz) - 1).astype(np.int32)
    level = 0.5 * (beds[row] + beds[row + 1])
    unit = _unit_centres(cu, row, layers, half, bond, rng)
    teeth = np.searchsorted(toothing, cz) % 2 == 0
    return Lattice(u, w, z, row, unit, level, _voids(wall, cu, cz, teeth, layers))


def _beds(height: float, course: float, uneven: float, rng: np.random.Generator) -> F64:
    n = 2 * max(1, round(0.5 * height / course))
    steps = np.full(n, height / n) * (1.0 + uneven * rng.uniform(-1, 1, n))
    return np.concatenate([[0.0], np.cumsum(steps) * (height / steps.sum())])


def _lines(regular: F64, special: F64, least: float) -> F64:
    """Special lines, and the regular ones not closer than `least` to any of them."""
    special = np.unique(np.round(special, 6))
    gap = np.abs(regular[:, None] - special).min(1) if len(regular) else np.zeros(0)
    lines: F64 = np.sort(np.concatenate([special, regular[gap > least]]))
    return lines


def _unit_centres(cu: F64, row: I32, layers: int, half: float, bond: Bond, rng: np.random.Generator) -> F64:
    """Centre along u of the unit each cell (row, layer, column) belongs to; cracked units fall to their cells."""
    column = np.floor(cu / half).astype(int)
    n_columns = int(column.max(initial=0)) + 4
    n_rows = int(row.max(initial=0)) + 1
    least, most = bond.units
    centre = np.empty((n_rows, layers, n_columns))
    if least == most == 2:
        shift = (np.arange(n_rows)[:, None] + np.arange(layers)) % 2
        index = np.arange(n_columns)
        centre[:] = ((index + shift[..., None]) // 2 * 2 - shift[..., None] + 1) * half
    else:
        for r in range(n_rows):
            for k in range(layers):
                sizes = rng.integers(least, most + 1, n_columns)
                edges = np.concatenate([[0], np.cumsum(sizes)])
                middle = 0.5 * (edges[1:] + edges[:-1]) * half
                centre[r, k] = np.repeat(middle, sizes)[:n_columns]
    out: F64 = centre[row][:, :, column]
    share = bond.cracked * 2.0 * _patches(n_rows, n_columns, rng)
    broken = rng.random((n_rows, layers, n_columns)) < share[:, None, :]
    broken = broken[row][:, :, column]
    mine = np.broadcast_to(cu, out.shape)
    centres: F64 = np.where(broken, mine, out)
    return centres


def _patches(n_rows: int, n_columns: int, rng: np.random.Generator) -> F64:
    """Smooth random numbers in 0..1 (rows, columns): where units snap rather than part at their joints."""
    coarse = rng.random((n_rows // 7 + 2, n_columns // 5 + 2))
    rows, columns = np.arange(n_rows) / 7.0, np.arange(n_columns) / 5.0
    r, c = rows.astype(int), columns.astype(int)
    a, b = (rows - r)[:, None], columns - c
    low = coarse[r][:, c] * (1 - b) + coarse[r][:, c + 1] * b
    high = coarse[r + 1][:, c] * (1 - b) + coarse[r + 1][:, c + 1] * b
    mixed: F64 = low * (1 - a) + high * a
    return mixed


def _voids(wall: WallFace, cu: F64, cz: F64, teeth: npt.NDArray[np.bool_], layers: int) -> I32:
    """OPENING or OTHER_WALL per cell (row, layer, column), else 0. `teeth`: rows that reach right."""
    void = np.zeros((len(cz), layers, len(cu)), np.int32)
    even = teeth[:, None]
    if wall.square[0]:
        void[np.broadcast_to((even & (cu < wall.neighbour_thickness[0]))[:, None, :], void.shape)] = OTHER_WALL
    if wall.square[1]:
        end = wall.side - wall.neighbour_thickness[1]
        void[np.broadcast_to((~even & (cu > end))[:, None, :], void.shape)] = OTHER_WALL
    for left, right, bottom, top in wall.openings:
        hole = ((cz > bottom) & (cz < top))[:, None] & ((cu > left) & (cu < right))
        void[np.broadcast_to(hole[:, None, :], void.shape)] = OPENING
    return void
