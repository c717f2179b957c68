"""Measures of a heap of rubble: how deep pieces lie in each other, what hangs in the air, how much it bulks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from secondunit.engines.physics.bodies_setup import box_hull, depth_in_ground
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.motion import BodyFrame
from secondunit.kernels.broadphase import AWAKE, find_pairs, update_boxes
from secondunit.kernels.contact_depth import pair_gaps
from secondunit.kernels.contact_hulls import Hulls, lay_out_hulls
from secondunit.kernels.solver_rows import turn_bodies
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
B1 = npt.NDArray[np.bool_]

TOUCH = 0.02  # metres within which a piece counts as held by its neighbour
SLOW = 0.3  # m/s


@dataclass(frozen=True)
class Penetration:
    """How deep fragments lie in others or in the ground, metres, over those that fell and came to rest."""

    p50: float
    p99: float
    deepest: float


def fragment_hulls(breakup: Breakup, obstacles: Sequence[Obstacle] = ()) -> Hulls:
    """The hulls of the fragments, then of the street's obstacles, about their centres of mass."""
    boxes = [box_hull(o) for o in obstacles]
    points, planes = 8 * np.arange(1, len(boxes) + 1), 6 * np.arange(1, len(boxes) + 1)
    return lay_out_hulls(
        np.concatenate([breakup.hull_points, *(b[0] for b in boxes)]).astype(np.float32),
        np.concatenate([breakup.hull_start, breakup.hull_start[-1] + points]).astype(np.int32),
        np.concatenate([breakup.hull_planes, *(b[1] for b in boxes)]).astype(np.float32),
        np.concatenate([breakup.plane_start, breakup.plane_start[-1] + planes]).astype(np.int32),
        np.concatenate([np.asarray(breakup.centre, np.float64), _centres(obstacles)]),
    )


def penetration(breakup: Breakup, frame: BodyFrame, ground: Ground, hulls: Hulls | None = None) -> Penetration:
    """The true depth (separating axes of faces and edges), each fragment by its deepest contact.

    Fragments that still ride on one chunk are not compared with each other: they lie as they were cut. Where
    the ground buried a piece from the start, only what it sank since counts. At rest is slower than 0.3 m/s; all
    three are NaN where nothing that fell is.
    """
    hulls = fragment_hulls(breakup) if hulls is None else hulls
    rot = _rotations(frame)
    pairs, gap = _gaps(hulls, breakup, frame, frame.position.astype(np.float64), rot, 0.0)
    buried = depth_in_ground(breakup, ground)[breakup.n_chunks :]
    depth = np.maximum(-_clearance(hulls, frame, rot, ground) - buried, 0.0)
    np.maximum.at(depth, pairs[:, 0], np.maximum(-gap, 0.0))
    np.maximum.at(depth, pairs[:, 1], np.maximum(-gap, 0.0))
    lies = depth[(frame.awake > 0) & (np.linalg.norm(frame.velocity, axis=1) < SLOW)]
    if not len(lies):
        return Penetration(math.nan, math.nan, math.nan)
    return Penetration(float(np.median(lies)), float(np.percentile(lies, 99)), float(lies.max()))


def floating_count(
    breakup: Breakup,
    frames: Sequence[BodyFrame],
    ground: Ground,
    obstacles: Sequence[Obstacle] = (),
    over: int = 3,
) -> int:
    """Fragments that hang in the air for more than `over` frames in a row.

    A fragment hangs in a frame when it is slower than 0.3 m/s and no chain of pieces within 2 cm of each other
    leads from it to the ground, to an obstacle or to what still stands. (What falls freely is not slow for long.)
    """
    hulls = fragment_hulls(breakup, obstacles)
    floats = np.zeros(breakup.n_fragments, bool)
    seen: dict[int, B1] = {}

    def hangs(k: int) -> B1:
        if k not in seen:
            frame = frames[k]
            slow = (frame.awake > 0) & (np.linalg.norm(frame.velocity, axis=1) < SLOW)
            seen[k] = slow & ~_held(hulls, breakup, frame, ground, obstacles) if slow.any() else slow
        return seen[k]

    # every run of more than `over` frames holds one of these
    for k in range(over, len(frames), over + 1):
        if not hangs(k).any():
            continue
        for first in range(max(0, k - over), min(k, len(frames) - over - 1) + 1):
            floats |= np.logical_and.reduce([hangs(j) for j in range(first, first + over + 1)])
    return int(floats.sum())


def bulking(breakup: Breakup, frame: BodyFrame, ground: Ground, cell: float = 0.1) -> float:
    """Volume under the heap's upper surface over the volume of its pieces; what never moved is left out.

    The surface is the height of the topmost piece above each cell of `cell` metres, so hollows under pieces
    count as heap and bare ground between scattered pieces does not.
    """
    moved = np.flatnonzero(frame.awake > 0).astype(np.int32)
    solid = float(np.asarray(breakup.volume, float)[moved].sum())
    if solid <= 0:
        return float("nan")
    top, x0, y0 = height_field(breakup, frame, moved, cell)
    rows, cols = np.indices(top.shape)
    base = ground.height(np.asarray(x0 + (cols + 0.5) * cell), np.asarray(y0 + (rows + 0.5) * cell))
    return float(np.maximum(np.where(np.isfinite(top), top - base, 0.0), 0.0).sum()) * cell * cell / solid


def height_field(breakup: Breakup, frame: BodyFrame, who: I32, cell: float) -> tuple[F64, float, float]:
    """(height (rows, cols) of the topmost of the fragments `who`, −inf where none is; its x and y origin)."""
    hulls = fragment_hulls(breakup)
    rot, pos = _rotations(frame), frame.position.astype(np.float64)
    low, high = np.zeros_like(pos), np.zeros_like(pos)
    update_boxes(hulls, who, pos, rot, low, high)
    x0, y0 = (float(v) for v in low[who, :2].min(0))
    size = np.ceil((high[who, :2].max(0) - [x0, y0]) / cell).astype(int) + 1
    top = np.full((size[1], size[0]), -np.inf)
    _raise(hulls, who, pos, rot, low, high, x0, y0, cell, top)
    return top, x0, y0


@njit(cache=True)
def _raise(hulls, who, pos, rot, low, high, x0, y0, cell, top):  # type: ignore[no-untyped-def]
    """Lift `top` to the upper side of each piece: the least of its upward faces where no side face cuts."""
    for w in range(len(who)):
        i = who[w]
        c0, c1 = int((low[i, 0] - x0) / cell), int((high[i, 0] - x0) / cell) + 1
        r0, r1 = int((low[i, 1] - y0) / cell), int((high[i, 1] - y0) / cell) + 1
        for r in range(r0, min(r1, top.shape[0])):
            for c in range(c0, min(c1, top.shape[1])):
                x, y = x0 + (c + 0.5) * cell - pos[i, 0], y0 + (r + 0.5) * cell - pos[i, 1]
                upper, lower = 1e30, -1e30
                for f in range(hulls.face_start[i], hulls.face_start[i + 1]):
                    a, b, d = hulls.plane[f, 0], hulls.plane[f, 1], hulls.plane[f, 2]
                    nx = rot[i, 0] * a + rot[i, 1] * b + rot[i, 2] * d
                    ny = rot[i, 3] * a + rot[i, 4] * b + rot[i, 5] * d
                    nz = rot[i, 6] * a + rot[i, 7] * b + rot[i, 8] * d
                    left = hulls.plane[f, 3] - nx * x - ny * y
                    if nz > 1e-6:
                        upper = min(upper, left / nz)
                    elif nz < -1e-6:
                        lower = max(lower, left / nz)
                    elif left < 0:
                        upper = -1e30
                if upper > lower and upper < 1e29:
                    top[r, c] = max(top[r, c], upper + pos[i, 2])


def _centres(obstacles: Sequence[Obstacle]) -> F64:
    return np.array([o.centre for o in obstacles], float).reshape(-1, 3)


def _rotations(frame: BodyFrame) -> F64:
    n = len(frame.position)
    rot, unused = np.zeros((n, 9)), np.zeros((n, 6))
    turn_bodies(np.arange(n, dtype=np.int32), frame.rotation.astype(np.float64), rot, unused.copy(), unused)
    return rot


def _gaps(hulls: Hulls, breakup: Breakup, frame: BodyFrame, pos: F64, rot: F64, reach: float) -> tuple[I32, F64]:
    """(pairs (p, 2) with boxes within `reach`, their gaps (p,)) of bodies that do not ride on one chunk."""
    n, total = breakup.n_fragments, len(hulls.point_start) - 1
    everyone = np.arange(total, dtype=np.int32)
    low, high, zero = np.zeros((total, 3)), np.zeros((total, 3)), np.zeros((total, 3))
    update_boxes(hulls, everyone, pos, rot, low, high)
    mode = np.zeros(total, np.uint8)
    mode[:n][frame.awake > 0] = AWAKE
    keys = find_pairs(everyone, low, high, zero, np.full(total, 0.5 * reach), mode, 1.0)
    first, second = (keys // total).astype(np.int32), (keys % total).astype(np.int32)
    chunk = np.append(breakup.chunk, np.full(total - n, -1))
    riding = (chunk[first] == chunk[second]) & (rot[first] == rot[second]).all(1) & (second < n)
    first, second = first[~riding], second[~riding]
    gap = np.zeros(len(first))
    pair_gaps(hulls, pos, rot, first, second, np.float32(reach), reach == 0.0, gap)
    return np.stack([first, second], 1), gap


def _clearance(hulls: Hulls, frame: BodyFrame, rot: F64, ground: Ground) -> F64:
    """Distance of each fragment's lowest point from the ground, metres, negative below it."""
    n = len(frame.position)
    start = hulls.point_start[: n + 1]
    owner = np.repeat(np.arange(n), np.diff(start))
    local = np.stack([hulls.x, hulls.y, hulls.z], 1).astype(float)
    world = np.einsum("pij,pj->pi", rot.reshape(n, 3, 3)[owner], local[: len(owner)]) + frame.position[owner]
    slant = float(np.hypot(1.0, np.hypot(ground.slope_x, ground.slope_y)))
    over = (world[:, 2] - ground.height(world[:, 0], world[:, 1])) / slant
    return np.asarray(np.minimum.reduceat(over, start[:-1]), np.float64)


def _held(hulls: Hulls, breakup: Breakup, frame: BodyFrame, ground: Ground, obstacles: Sequence[Obstacle]) -> B1:
    """Fragments that a chain of neighbours within TOUCH joins to the ground or to what stands."""
    n = breakup.n_fragments
    rot = _rotations(frame)
    pos = np.concatenate([frame.position.astype(np.float64), _centres(obstacles)])
    turned = np.concatenate([rot, np.tile(np.eye(3).ravel(), (len(obstacles), 1))])
    pairs, gap = _gaps(hulls, breakup, frame, pos, turned, TOUCH)
    touching = np.minimum(pairs[gap <= TOUCH], n)  # an obstacle is as good as the ground
    down = np.flatnonzero((_clearance(hulls, frame, rot, ground) <= TOUCH) | (frame.awake == 0))
    # fragments that ride on one chunk hold each other: join them through a node of the chunk and its rotation
    mates = _chunk_mates(breakup, frame)
    rows = np.concatenate([touching[:, 0], down, mates[:, 0]])
    cols = np.concatenate([touching[:, 1], np.full(len(down), n), mates[:, 1]])
    graph = coo_matrix((np.ones(len(rows)), (rows, cols)), shape=(n + 1, n + 1))
    label = connected_components(graph, directed=False)[1]
    held: B1 = label[:n] == label[n]
    return held


def _chunk_mates(breakup: Breakup, frame: BodyFrame) -> npt.NDArray[np.int64]:
    """Pairs (k, 2) of neighbours in the list of fragments by chunk that turn alike, that is, still ride on it."""
    order = np.argsort(breakup.chunk, kind="stable")
    a, b = order[:-1], order[1:]
    same = (breakup.chunk[a] == breakup.chunk[b]) & (frame.rotation[a] == frame.rotation[b]).all(1)
    return np.stack([a[same], b[same]], 1)
