"""The ragged edges of broken pieces: every edge of every cell as a line of points that its neighbours share.

A piece fits its neighbours at rest because the points depend on the place alone: an edge is halved again and
again, each middle moved by a number hashed from where it lies (midpoint displacement; Fournier, Fussell and
Carpenter 1982). On a skin, edges move within the skin, and only between corners that pieces on *both* sides know,
so nothing gapes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.physics.breakup_mesh_inside import Skins, hold_inside
from secondunit.engines.physics.breakup_mesh_meet import SWEEP, find_edges, longer, meeting_points
from secondunit.engines.physics.voronoi import Cells

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# What a face is to its edges. A SEAM (between panels of a wall, or towards its windows) is a crack on the skin, but
# flat and straight through the wall.
CRACK, SKIN, FIXED, SEAM = 0, 1, 2, 3
LONGEST_SWUNG_M = 0.5  # longer edges swing no farther than edges of this length
GRID_M = 1e-3  # places are hashed on this grid


@dataclass(frozen=True)
class Rims:
    """Edges of all cells, each between two faces of one cell, and what may happen to each.

    `of_half` (l,): the edge of each loop entry (from that corner to the next); `ends` (e, 2) corners as the face
    `faces[:, 0]` runs through them; `move` (e,) 0 stays straight, 1 swings within the plane of `normal` (e, 3),
    2 swings freely. Corners of other skins cut edge i into pieces piece_start[i]:piece_start[i + 1] at the
    parameters `meet` (rising; one fewer than pieces). `key` names each piece as its neighbour does (-1 off the
    skins); `shared` is True where a neighbour has it too. `cell` (e,) whose edge it is.
    """

    of_half: I32
    ends: I32
    faces: I32
    cell: I32
    move: I32
    normal: F64
    meet_start: I32
    meet: F64
    key: I64
    shared: Bools

    def pieces_of_faces(self, faces: I32) -> I64:
        """Keys of all pieces on the rims of some faces."""
        edges = np.flatnonzero(np.isin(self.faces, faces).any(1))
        first = self.meet_start[:-1] + np.arange(len(self.ends))
        last = self.meet_start[1:] + np.arange(len(self.ends)) + 1
        spans = [self.key[first[e] : last[e]] for e in edges]
        return np.concatenate(spans) if spans else np.zeros(0, np.int64)


def find_rims(cells: Cells, kind: I32, group: I32) -> Rims:
    """All edges of `cells`. Per face: `kind` CRACK, SKIN, FIXED or SEAM, and the `group` of its plane.

    Skins in one plane that look the same way share a group.
    """
    of_half, ends, faces, n = find_edges(cells.loop, cells.loop_start, cells.face_start)
    ends, faces = ends[:n], faces[:n]
    kinds = kind[faces]
    kinds[faces[:, 1] < 0] = FIXED
    skin_side = np.where(kinds[:, 0] == SKIN, faces[:, 0], faces[:, 1])
    on_skin = (kinds == SKIN).any(1) & ((kinds == CRACK) | (kinds == SEAM)).any(1)
    free = (kinds == CRACK).all(1)
    edge_group = np.where(on_skin, group[skin_side], -1).astype(np.int32)
    known, known_start = _corners_by_group(cells, kind, group)
    meet_start, meet, n_meet = meeting_points(
        cells.vertices, ends, edge_group, known, known_start, cells.vertices[known] @ SWEEP
    )
    meet = meet[:n_meet]
    key = _piece_keys(cells, ends, edge_group, meet_start, meet)
    _, which, count = np.unique(key, return_inverse=True, return_counts=True)
    return Rims(
        of_half=of_half,
        ends=ends,
        faces=faces,
        cell=cells.cell_of_face()[faces[:, 0]],
        move=np.where(on_skin, 1, np.where(free, 2, 0)).astype(np.int32),
        normal=np.ascontiguousarray(cells.face_plane[np.maximum(skin_side, 0), :3]),
        meet_start=meet_start,
        meet=meet,
        key=key,
        shared=(count[which] >= 2) & (key >= 0),
    )


def ragged_points(cells: Cells, rims: Rims, rough: F64, detail: F64, calm: I64, skins: Skins) -> tuple[I32, F64]:
    """The points between the ends of each edge, `points[start[e]:start[e + 1]]`.

    Per cell: `rough` (largest swing over length) and `detail` (least length to halve, m), both the same where
    cells share a skin; `skins` by cell. Pieces with a key in `calm` stay straight.
    """
    swings = rims.shared & ~np.isin(rims.key, calm) if len(calm) else rims.shared
    start, points, used = edge_points(
        cells.vertices,
        rims.ends,
        rims.move,
        rims.normal,
        rims.meet_start,
        rims.meet,
        swings,
        rough[rims.cell],
        detail[rims.cell],
        Skins(skins.planes, skins.start, skins.part[rims.cell]),
    )
    return start, points[:used]


def _corners_by_group(cells: Cells, kind: I32, group: I32) -> tuple[I32, I32]:
    """Corners of the skins of each group, sorted along SWEEP within it; where each group starts."""
    of_entry = np.repeat(np.arange(len(kind)), np.diff(cells.loop_start))
    skin = kind[of_entry] == SKIN
    corner, of_group = cells.loop[skin], group[of_entry[skin]]
    order = np.lexsort((cells.vertices[corner] @ SWEEP, of_group))
    n_groups = int(group.max(initial=-1)) + 1
    return corner[order], np.searchsorted(of_group[order], np.arange(n_groups + 1)).astype(np.int32)


def _piece_keys(cells: Cells, ends: I32, edge_group: I32, t_start: I32, t_value: F64) -> I64:
    """A number per piece of an edge (between meeting points) that the neighbour's piece shares; -1 off the skins."""
    n_pieces = np.diff(t_start) + 1
    edge = np.repeat(np.arange(len(ends)), n_pieces)
    first = np.concatenate([[0], np.cumsum(n_pieces)])[:-1]
    low, high = np.zeros(len(edge)), np.ones(len(edge))
    inner = np.ones(len(edge), bool)
    inner[first] = False
    low[inner] = t_value
    high[np.flatnonzero(inner) - 1] = t_value
    a, b = cells.vertices[ends[edge, 0]], cells.vertices[ends[edge, 1]]
    middle = a + (b - a) * (0.5 * (low + high))[:, None]
    q = np.round(middle / GRID_M).astype(np.int64)
    key = (
        (q[:, 0] * 73856093)
        ^ (q[:, 1] * 19349663)
        ^ (q[:, 2] * 83492791)
        ^ (edge_group[edge].astype(np.int64) * 2654435761)
    )
    key &= 0x7FFFFFFFFFFFFFFF
    keys: I64 = np.where(edge_group[edge] >= 0, key, -1)
    return keys


@njit(cache=True)  # type: ignore[untyped-decorator]
def swing(x: float, y: float, z: float, salt: int) -> float:
    """A number in -1..1 that depends on the place only (hashed on GRID_M)."""
    h = np.int64(np.round(x * 1000.0)) * 73856093
    h ^= np.int64(np.round(y * 1000.0)) * 19349663
    h ^= np.int64(np.round(z * 1000.0)) * 83492791
    h += np.int64(salt) * 374761393
    h = (h ^ (h >> 13)) * 1274126177
    h = h ^ (h >> 16)
    return float(h & 65535) / 32767.5 - 1.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def edge_points(
    verts: F64,
    ends: I32,
    move: I32,
    normal: F64,
    t_start: I32,
    t_value: F64,
    shared: Bools,
    rough: F64,
    detail: F64,
    skins: Skins,
) -> tuple[I32, F64, int]:
    """The points of each edge between its ends. `move`: 0 straight, 1 within the plane of `normal`, 2 freely."""
    start = np.zeros(len(ends) + 1, np.int32)
    out = np.empty((4 * len(ends) + 1024, 3))
    line = np.empty((9, 3))
    used = 0
    piece = 0
    for e in range(len(ends)):
        n_t = t_start[e + 1] - t_start[e]
        a0, b0 = verts[ends[e, 0]], verts[ends[e, 1]]
        if used + 8 * (n_t + 1) + 8 > len(out):
            out = longer(out, 2 * len(out) + 8 * n_t + 64, used)
        for s in range(n_t + 1):
            t0 = 0.0 if s == 0 else t_value[t_start[e] + s - 1]
            t1 = 1.0 if s == n_t else t_value[t_start[e] + s]
            size = 0.0
            for axis in range(3):
                size += ((b0[axis] - a0[axis]) * (t1 - t0)) ** 2
            size = np.sqrt(size)
            steps = 1
            moves = move[e] == 2 or (move[e] == 1 and shared[piece])
            if moves and rough[e] > 0.0:
                while steps < 8 and size / steps > 1.6 * detail[e]:
                    steps *= 2
            for axis in range(3):
                line[0, axis] = a0[axis] + (b0[axis] - a0[axis]) * t0
                line[steps, axis] = a0[axis] + (b0[axis] - a0[axis]) * t1
            stride = steps
            while stride > 1:
                half = stride // 2
                for m in range(half, steps, stride):
                    _move_middle(line, m - half, m, m + half, move[e], normal[e], rough[e], skins, e)
                stride = half
            for m in range(1, steps):
                for axis in range(3):
                    out[used, axis] = line[m, axis]
                used += 1
            if s < n_t:
                for axis in range(3):
                    out[used, axis] = line[steps, axis]
                used += 1
            piece += 1
        start[e + 1] = used
    return start, out, used


@njit(cache=True)  # type: ignore[untyped-decorator]
def _move_middle(
    line: F64, a: int, m: int, b: int, move: int, normal: F64, rough: float, skins: Skins, edge: int
) -> None:
    """Set line[m] to the displaced middle of line[a] and line[b], the same whichever way the edge is walked."""
    dx, dy, dz = line[b, 0] - line[a, 0], line[b, 1] - line[a, 1], line[b, 2] - line[a, 2]
    size = np.sqrt(dx * dx + dy * dy + dz * dz)
    x = 0.5 * (line[a, 0] + line[b, 0])
    y = 0.5 * (line[a, 1] + line[b, 1])
    z = 0.5 * (line[a, 2] + line[b, 2])
    reach = rough * min(1.0, LONGEST_SWUNG_M / max(size, 1e-9))
    if move == 1:
        sign = 1.0
        if dx < -1e-5 or (abs(dx) <= 1e-5 and (dy < -1e-5 or (abs(dy) <= 1e-5 and dz < 0))):
            sign = -1.0
        h = sign * reach * swing(x, y, z, 1)
        line[m, 0] = x + h * (normal[1] * dz - normal[2] * dy)
        line[m, 1] = y + h * (normal[2] * dx - normal[0] * dz)
        line[m, 2] = z + h * (normal[0] * dy - normal[1] * dx)
    else:
        h = reach * size
        line[m, 0] = x + h * swing(x, y, z, 1)
        line[m, 1] = y + h * swing(x, y, z, 2)
        line[m, 2] = z + h * swing(x, y, z, 3)
        hold_inside(x, y, z, line[m], skins, edge)
