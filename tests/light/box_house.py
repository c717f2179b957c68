"""A small synthetic house for the light engine's tests: walls and slabs cut into boxes, and frames of its fall."""

from __future__ import annotations

import numpy as np

from secondunit.engines.physics.breakup import Breakup, Part, Surface
from secondunit.engines.physics.motion import BodyFrame, DebrisFrame
from secondunit.slate.camera import Camera

FACES = [  # corner indices (x + 2y + 4z), outward counter-clockwise, with their normals
    ((0, 1, 5, 4), (0, -1, 0)),
    ((3, 2, 6, 7), (0, 1, 0)),
    ((2, 0, 4, 6), (-1, 0, 0)),
    ((1, 3, 7, 5), (1, 0, 0)),
    ((4, 5, 7, 6), (0, 0, 1)),
    ((2, 3, 1, 0), (0, 0, -1)),
]


def camera(width: int = 320, height: int = 180, k1: float = 0.0, yaw: float = 12.0) -> Camera:
    return Camera.looking(
        position=(-3.0, -15.0, 1.7), yaw_deg=yaw, pitch_deg=7.0, roll_deg=0.0,
        focal=0.9 * width, width=width, height=height, k1=k1,
    )  # fmt: skip


def house(size=(10.0, 6.0, 6.0), step=1.0, wall=0.4) -> Breakup:
    """Four walls and two slabs; the wall at y = 0 and the one at x = 0 carry the photographed skin."""
    w, d, h = size
    boxes = []
    for x in np.arange(0, w, step):
        for z in np.arange(0, h, step):
            boxes.append((x, 0, z, x + step, wall, z + step, Part.WALL))
            boxes.append((x, d - wall, z, x + step, d, z + step, Part.WALL))
    for y in np.arange(wall, d - wall - 1e-6, step):
        y1 = min(y + step, d - wall)
        for z in np.arange(0, h, step):
            boxes.append((0, y, z, wall, y1, z + step, Part.WALL))
            boxes.append((w - wall, y, z, w, y1, z + step, Part.WALL))
    for z in (h / 2, h - 0.2):
        for x in np.arange(wall, w - wall - 1e-6, 2 * step):
            for y in np.arange(wall, d - wall - 1e-6, 2 * step):
                boxes.append(
                    (x, y, z, min(x + 2 * step, w - wall), min(y + 2 * step, d - wall), z + 0.2, Part.SLAB)
                )
    return from_boxes(boxes, size)


def from_boxes(boxes, size) -> Breakup:
    corners, fragment, surface, normal, centre, volume, part = [], [], [], [], [], [], []
    for i, (x0, y0, z0, x1, y1, z1, kind) in enumerate(boxes):
        points = np.array([[x, y, z] for z in (z0, z1) for y in (y0, y1) for x in (x0, x1)], float)
        centre.append(points.mean(0))
        volume.append((x1 - x0) * (y1 - y0) * (z1 - z0))
        part.append(kind)
        for quad, n in FACES:
            middle = points[list(quad)].mean(0)
            for a, b, c in ((0, 1, 2), (0, 2, 3)):
                corners.append(points[[quad[a], quad[b], quad[c]]])
                fragment.append(i)
                surface.append(_surface(kind, middle, n, size))
                normal.append(n)
    n = len(boxes)
    empty = np.zeros((0, 3), np.float32)
    start = np.zeros(n + 1, np.int32)
    return Breakup(
        centre=np.array(centre, np.float32), volume=np.array(volume, np.float32),
        density=np.full(n, 1800, np.float32), part=np.array(part, np.uint8), storey=np.zeros(n, np.int32),
        chunk=np.arange(n, dtype=np.int32), hull_points=empty, hull_start=start,
        hull_planes=np.zeros((0, 4), np.float32), plane_start=start, chunk_centre=np.array(centre, np.float32),
        chunk_volume=np.array(volume, np.float32), chunk_part=np.array(part, np.uint8),
        chunk_storey=np.zeros(n, np.int32), chunk_hull_points=empty, chunk_hull_start=start,
        chunk_hull_planes=np.zeros((0, 4), np.float32), chunk_plane_start=start,
        bonds=np.zeros((0, 2), np.int32), bond_area=np.zeros(0, np.float32), grounded=np.zeros(n, bool),
        corners=np.array(corners, np.float32), tri_fragment=np.array(fragment, np.int32),
        tri_surface=np.array(surface, np.uint8), tri_normal=np.array(normal, np.float32),
    )  # fmt: skip


def _surface(kind, middle, n, size) -> Surface:
    if kind == Part.SLAB:
        return Surface.CONCRETE
    w, d, _ = size
    if (n[1] == -1 and middle[1] < 1e-6) or (n[0] == -1 and middle[0] < 1e-6):
        return Surface.PLATE
    if (n[1] == 1 and middle[1] > d - 1e-6) or (n[0] == 1 and middle[0] > w - 1e-6):
        return Surface.FACADE
    inward = (n[1] == 1 and middle[1] < 1) or (n[0] == 1 and middle[0] < 1)
    return Surface.PLASTER if inward else Surface.BRICK


def rest_frame(breakup: Breakup) -> BodyFrame:
    n = breakup.n_fragments
    turn = np.zeros((n, 4), np.float32)
    turn[:, 3] = 1
    zero = np.zeros((n, 3), np.float32)
    return BodyFrame(
        breakup.centre.copy(), turn, zero, zero, np.zeros(n, np.uint8), np.zeros((0, 10), np.float32)
    )


def tumble(breakup: Breakup, time: float, moves=None, seed: int = 3) -> BodyFrame:
    """The pieces `moves` (all by default) in free fall after `time` seconds, each with its own push and spin."""
    rng = np.random.default_rng(seed)
    n = breakup.n_fragments
    moves = np.ones(n, bool) if moves is None else moves
    axis = rng.normal(size=(n, 3))
    axis /= np.linalg.norm(axis, axis=1)[:, None]
    rate = rng.uniform(0, 2.5, n) * moves
    push = rng.normal(0, 0.5, (n, 3)) * moves[:, None]
    push[:, 1] -= 0.7 * moves
    fall = np.array([0, 0, -9.81])
    position = breakup.centre + push * time + 0.5 * fall * time**2 * moves[:, None]
    low = 0.25
    lands = moves & (position[:, 2] < low)
    position[lands, 2] = low
    angle = 0.5 * rate * time
    turn = np.c_[axis * np.sin(angle)[:, None], np.cos(angle)]
    velocity = push + fall * time * moves[:, None]
    velocity[lands] = 0
    return BodyFrame(
        position.astype(np.float32), turn.astype(np.float32), velocity.astype(np.float32),
        (axis * rate[:, None]).astype(np.float32), moves.astype(np.uint8), np.zeros((0, 10), np.float32),
    )  # fmt: skip


def crumbs(breakup: Breakup, time: float, count: int = 400, seed: int = 5) -> DebrisFrame:
    rng = np.random.default_rng(seed)
    source = rng.integers(0, breakup.n_fragments, count).astype(np.int32)
    push = rng.normal(0, 1.5, (count, 3)) + np.array([0, -2, 1])
    position = breakup.centre[source] + push * time + np.array([0, 0, -4.9]) * time**2
    position[:, 2] = np.maximum(position[:, 2], 0.05)
    turn = rng.normal(size=(count, 4))
    turn /= np.linalg.norm(turn, axis=1)[:, None]
    velocity = push + np.array([0, 0, -9.81]) * time
    return DebrisFrame(
        position.astype(np.float32), turn.astype(np.float32), velocity.astype(np.float32),
        rng.uniform(0.05, 0.3, count).astype(np.float32), source, rng.integers(0, 8, count).astype(np.uint8),
    )  # fmt: skip
