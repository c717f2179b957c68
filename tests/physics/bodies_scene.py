"""Small breakups made of boxes, for the tests of the rigid bodies."""

from __future__ import annotations

import numpy as np

from secondunit.engines.physics.breakup import Breakup, Part
from secondunit.engines.physics.failure import FailurePlan


def _turn(axis_angle) -> np.ndarray:
    v = np.asarray(axis_angle, float)
    a = np.linalg.norm(v)
    if a == 0:
        return np.eye(3)
    k = v / a
    K = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return np.eye(3) + np.sin(a) * K + (1 - np.cos(a)) * K @ K


def box(centre, half, turn=(0, 0, 0)):
    """Corners (8, 3) and planes (6, 4) of a box; `turn` is an axis times an angle."""
    R = _turn(turn)
    signs = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)], float)
    corners = np.asarray(centre) + (signs * half) @ R.T
    normals = np.concatenate([R.T, -R.T])
    return corners, np.c_[normals, -(normals @ np.asarray(centre)) - np.tile(half, 2)]


def breakup_of(boxes, chunk=None, part=None, storey=None, density=1900.0, grounded=None) -> Breakup:
    """A breakup of `boxes` (centre, half[, turn]); `chunk`, `part`, `storey` per box (each its own chunk)."""
    n = len(boxes)
    chunk = np.arange(n) if chunk is None else np.asarray(chunk)
    part = np.full(n, Part.WALL) if part is None else np.asarray(part)
    storey = np.zeros(n, int) if storey is None else np.asarray(storey)
    made = [box(*b) for b in boxes]
    c = chunk.max() + 1
    low = np.array([m[0].min(0) for m in made])
    high = np.array([m[0].max(0) for m in made])
    volume = np.array([8 * np.prod(b[1]) for b in boxes])
    centre = np.array([b[0] for b in boxes], float)
    rho = np.full(n, density, float)
    clow = np.array([low[chunk == i].min(0) for i in range(c)])
    chigh = np.array([high[chunk == i].max(0) for i in range(c)])
    whole = [
        made[int(np.flatnonzero(chunk == i)[0])]
        if (chunk == i).sum() == 1
        else box((clow[i] + chigh[i]) / 2, (chigh[i] - clow[i]) / 2)
        for i in range(c)
    ]
    bonds, area = [], []
    for i in range(c):
        over = np.minimum(chigh, chigh[i]) - np.maximum(clow, clow[i])
        for j in np.flatnonzero((over > -2e-3).all(1)):
            side = np.sort(over[j])[1:]
            if j > i and side.min() > 0.02:
                bonds.append((i, j))
                area.append(float(np.prod(side)))
    mass = volume * rho
    cmass = np.bincount(chunk, mass)
    first = np.array([int(np.flatnonzero(chunk == i)[0]) for i in range(c)])
    return Breakup(
        centre=centre.astype("f4"),
        volume=volume.astype("f4"),
        density=rho.astype("f4"),
        part=part.astype("u1"),
        storey=storey.astype("i4"),
        chunk=chunk.astype("i4"),
        hull_points=np.concatenate([m[0] for m in made]).astype("f4"),
        hull_start=(8 * np.arange(n + 1)).astype("i4"),
        hull_planes=np.concatenate([m[1] for m in made]).astype("f4"),
        plane_start=(6 * np.arange(n + 1)).astype("i4"),
        chunk_centre=np.stack([np.bincount(chunk, mass * centre[:, k]) / cmass for k in range(3)], 1).astype(
            "f4"
        ),
        chunk_volume=np.bincount(chunk, volume).astype("f4"),
        chunk_part=part[first].astype("u1"),
        chunk_storey=storey[first].astype("i4"),
        chunk_hull_points=np.concatenate([m[0] for m in whole]).astype("f4"),
        chunk_hull_start=(8 * np.arange(c + 1)).astype("i4"),
        chunk_hull_planes=np.concatenate([m[1] for m in whole]).astype("f4"),
        chunk_plane_start=(6 * np.arange(c + 1)).astype("i4"),
        bonds=np.array(bonds, "i4").reshape(-1, 2),
        bond_area=np.array(area, "f4"),
        grounded=(clow[:, 2] < 0.02) if grounded is None else np.asarray(grounded, bool),
        corners=np.zeros((0, 3, 3), "f4"),
        tri_fragment=np.zeros(0, "i4"),
        tri_surface=np.zeros(0, "u1"),
        tri_normal=np.zeros((0, 3), "f4"),
    )


def _split(low, high, size, rng, jitter=0.25):
    """Boxes (low, high) that tile one box, about `size` metres each, with jittered cuts."""
    cuts = []
    for k in range(3):
        m = max(1, round((high[k] - low[k]) / size))
        t = np.linspace(low[k], high[k], m + 1)
        if m > 1:
            t[1:-1] += rng.uniform(-jitter, jitter, m - 1) * (high[k] - low[k]) / m
        cuts.append(t)
    for i in range(len(cuts[0]) - 1):
        for j in range(len(cuts[1]) - 1):
            for k in range(len(cuts[2]) - 1):
                yield (
                    np.array([cuts[0][i], cuts[1][j], cuts[2][k]]),
                    np.array([cuts[0][i + 1], cuts[1][j + 1], cuts[2][k + 1]]),
                )


def house(width=8.0, depth=5.0, storeys=2, chunk_size=1.6, piece=0.5, seed=0) -> Breakup:
    """A house of brick walls and slabs: each wall and slab in chunks, each chunk in pieces, all boxes."""
    rng = np.random.default_rng(seed)
    h, t, s = 3.0, 0.36, 0.22
    parts = []
    for k in range(storeys):
        z0, z1 = k * h, (k + 1) * h - s
        parts += [
            ([0, 0, z0], [width, t, z1], Part.WALL, k),
            ([0, depth - t, z0], [width, depth, z1], Part.WALL, k),
            ([0, t, z0], [t, depth - t, z1], Part.WALL, k),
            ([width - t, t, z0], [width, depth - t, z1], Part.WALL, k),
            ([width / 2 - 0.06, t, z0], [width / 2 + 0.06, depth - t, z1], Part.PARTITION, k),
            ([0, 0, z1], [width, depth, z1 + s], Part.SLAB, k),
        ]
    boxes, chunk, part, storey = [], [], [], []
    c = 0
    for low, high, p, k in parts:
        big = chunk_size * (1.5 if p == Part.SLAB else 1.0)
        for cl, ch in _split(np.array(low, float), np.array(high, float), big, rng):
            for pl, ph in _split(cl, ch, piece * (1.3 if p == Part.SLAB else 1.0), rng):
                boxes.append(((pl + ph) / 2, (ph - pl) / 2))
                chunk.append(c)
                part.append(p)
                storey.append(k)
            c += 1
    return breakup_of(boxes, chunk, part, storey)


def let_go(breakup: Breakup, at=0.0, velocity=None, break_speed=np.inf, whole_for=np.inf) -> FailurePlan:
    """Release chunks at the seconds `at` (scalar or per chunk), unbreakable unless asked."""
    c = breakup.n_chunks
    v = np.zeros((c, 3)) if velocity is None else np.asarray(velocity, float)
    return FailurePlan(
        release=np.broadcast_to(np.asarray(at, float), (c,)).copy(),
        by_front=np.ones(c, bool),
        distance=np.zeros(c),
        lean=v,
        break_speed=np.full(c, break_speed),
        whole_for=np.full(c, whole_for),
        click=(0.0, 0.0, 0.0),
        start=0.0,
        end=0.0,
        speed=10.0,
        first=0,
    )
