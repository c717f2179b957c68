"""Small inputs for the kernels of rigid bodies and fracture, and for their plain twins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from kernels_case import Case
from scipy.spatial import ConvexHull

from secondunit.engines.physics.bricks_own import UNOWNED, own_cells, own_cells_reference
from secondunit.engines.physics.voronoi import Cells, from_planes, sample_inside, voronoi
from secondunit.engines.physics.voronoi_reference import voronoi_reference
from secondunit.kernels import contact_reference
from secondunit.kernels.broadphase import find_pairs
from secondunit.kernels.broadphase_reference import find_pairs_reference
from secondunit.kernels.contact import NO_FACE, find_contacts
from secondunit.kernels.contact_depth import pair_gaps
from secondunit.kernels.contact_hulls import Hulls, hull_moments, lay_out_hulls
from secondunit.kernels.solver import Constraints, solve_step
from secondunit.kernels.solver_reference import solve_step_reference
from secondunit.kernels.solver_rows import FRICTION, ROW, prepare_rows, turn_bodies


def _pairs() -> Case:
    rng = np.random.default_rng(1)
    n = 300
    low = rng.uniform(-3, 3, (n, 3))
    high = low + rng.uniform(0.05, 0.8, (n, 3))
    bodies, mode = np.arange(n, dtype=np.int32), rng.integers(0, 2, n).astype(np.uint8)
    given = bodies, low, high, rng.normal(0, 4, (n, 3)), rng.uniform(0, 0.05, n), mode, 0.02
    return Case(f"{n} boxes", lambda: find_pairs(*given), lambda: find_pairs_reference(*given), np.array_equal)


def _hulls(rng: np.random.Generator, n: int) -> Hulls:
    found = [ConvexHull(rng.normal(0, 0.35, (int(rng.integers(5, 14)), 3))) for _ in range(n)]
    points, planes = [h.points[h.vertices] for h in found], [h.equations for h in found]
    starts = [np.cumsum([0, *map(len, rows)]).astype(np.int32) for rows in (points, planes)]
    centres = np.array([p.mean(0) for p in points])
    corners, faces = (np.concatenate(rows).astype(np.float32) for rows in (points, planes))
    return lay_out_hulls(corners, starts[0], faces, starts[1], centres)


def _turned(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quaternions (n, 4), matrices (n, 9) and world inertia (n, 6) of n bodies."""
    q = rng.normal(0, 1, (n, 4))
    q /= np.linalg.norm(q, axis=1)[:, None]
    rot, world = np.zeros((n, 9)), np.zeros((n, 6))
    turn_bodies(np.arange(n, dtype=np.int32), q, rot, np.tile([1.0, 2.0, 3.0, 0.1, 0.2, 0.3], (n, 1)), world)
    return q, rot, world


def _couples(n: int, spread: float) -> tuple[Hulls, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """n couples of hulls about the origin, the ground last: hulls, places, turns, the first and second of each."""
    rng = np.random.default_rng(4)
    hulls, (_, rot, _) = _hulls(rng, 2 * n), _turned(rng, 2 * n + 1)
    pos = np.concatenate([rng.uniform(-spread, spread, (2 * n, 3)), np.zeros((1, 3))])
    first = np.arange(0, 2 * n, 2, dtype=np.int32)
    return hulls, pos, rot, first, first + np.int32(1)


def _contacts() -> Case:
    n, margin = 200, 0.025
    hulls, pos, rot, first, second = _couples(n, 0.35)
    still, pad, ground = np.zeros_like(pos), np.full(2 * n + 1, margin / 2), np.array([0, 0, 1.0, -9])

    def fast() -> tuple[np.ndarray, ...]:
        count, normal, sep = np.zeros(n, "i4"), np.zeros((n, 3), "f4"), np.zeros((n, 4), "f4")
        ra, rb, hint = np.zeros((n, 4, 3), "f4"), np.zeros((n, 4, 3), "f4"), np.full(n, NO_FACE, "i4")
        find_contacts(
            hulls, pos, rot, still, still, pad, first, second, hint, ground, 0.02, count, normal, ra, rb, sep
        )
        return count, normal, ra, sep

    def agree(ours: tuple[np.ndarray, ...], twin: list[tuple[float, np.ndarray, np.ndarray]]) -> bool:
        same = [c == min(len(points), 4) for c, (_, _, points) in zip(ours[0], twin, strict=True)]
        for a, count, normal, ra, sep, (_, direction, points) in zip(first, *ours, twin, strict=True):
            if count:
                off = np.abs(points[:, None, :3] - (pos[a] + ra[:count])).max(2).min(0)
                same += [np.allclose(normal, direction, atol=1e-4), bool((off < 2e-4).all())]
                same.append(abs(float(sep[:count].min() - points[:, 3].min())) < 1e-4)
        return all(same) and int((ours[0] > 0).sum()) > n / 3

    def plain() -> list[tuple[float, np.ndarray, np.ndarray]]:
        return [contact_reference.contact_reference(hulls, pos, rot, a, a + 1, margin) for a in first.tolist()]

    return Case(f"{n} pairs of hulls", fast, plain, agree)


def _depths() -> Case:
    n = 12
    hulls, pos, rot, first, second = _couples(n, 0.15)

    def fast() -> np.ndarray:
        gap = np.zeros(n)
        pair_gaps(hulls, pos, rot, first, second, np.float32(0), True, gap)
        return gap

    def agree(ours: np.ndarray, twin: np.ndarray) -> bool:
        return bool(np.where(twin > 0, ours > 0, np.abs(ours - twin) < 2e-4).all())

    return Case(
        f"{n} pairs of hulls",
        fast,
        lambda: np.array([contact_reference.depth_reference(hulls, pos, rot, a, a + 1) for a in first.tolist()]),
        agree,
    )


def _moments() -> Case:
    n = 150
    hulls = _hulls(np.random.default_rng(2), n)

    def agree(ours: tuple[np.ndarray, np.ndarray], twin: list[tuple[float, np.ndarray]]) -> bool:
        volumes, seconds = (np.array(part) for part in zip(*twin, strict=True))
        return np.allclose(ours[0], volumes, rtol=1e-4) and np.allclose(ours[1], seconds, rtol=1e-3, atol=1e-6)

    def plain() -> list[tuple[float, np.ndarray]]:
        return [contact_reference.moments_reference(hulls, i) for i in range(n)]

    return Case(f"{n} hulls", lambda: hull_moments(hulls), plain, agree)


def _solver() -> Case:
    rng = np.random.default_rng(7)
    n, m = 60, 90
    q, _, world = _turned(rng, n)
    inv_mass = rng.uniform(0.5, 2.0, n)
    inv_mass[-1], world[-1] = 0.0, 0.0
    first = rng.integers(0, n - 1, m).astype("i4")
    second = ((first + 1 + rng.integers(0, n - 2, m)) % n).astype("i4")
    count, normal = rng.integers(1, 5, m).astype("i4"), rng.normal(0, 1, (m, 3))
    normal = (normal / np.linalg.norm(normal, axis=1)[:, None]).astype("f4")
    ra, rb, sep = (
        rng.normal(0, s, shape).astype("f4") for s, shape in ((0.4, (m, 4, 3)),) * 2 + ((0.02, (m, 4)),)
    )
    allow, warm = rng.uniform(0, 0.01, m).astype("f4"), rng.uniform(0, 0.3, (m, 4)).astype("f4")
    drag, spin_at = rng.normal(0, 0.05, (m, 3)).astype("f4"), rng.normal(0, 0.01, m).astype("f4")
    given = first, second, count, normal, ra, rb, sep, allow, inv_mass, world, rng.uniform(0.3, 0.8, n)
    given += warm, drag, spin_at
    state = [rng.normal(0, 1, (n, 3)), q, rng.normal(0, 1, (n, 3)), rng.normal(0, 1, (n, 3))]
    state[2][-1] = state[3][-1] = 0.0
    active, awake = np.arange(m), np.arange(n - 1, dtype="i4")

    def fast() -> list[np.ndarray]:
        rows, fric, push = np.zeros((m, 4, ROW), "f4"), np.zeros((m, FRICTION), "f4"), np.zeros(m)
        prepare_rows(active, *given, rows, fric)
        moved = [a.copy() for a in state]
        held = Constraints(active, first, second, count, normal, rows, fric)
        solve_step(awake, held, inv_mass, *moved, 9.81, 0.15, 1 / 384, 3, 2.5, push)
        return [*moved, push]

    def plain() -> list[np.ndarray]:
        moved = [a.copy() for a in state]
        push = solve_step_reference(
            awake, *given, *moved, gravity=9.81, damping=0.15, h=1 / 384, n_sub=3, fastest=2.5
        )
        return [*moved, push]

    def agree(ours: list[np.ndarray], twin: list[np.ndarray]) -> bool:
        moved = all(np.allclose(a, b, atol=2e-4) for a, b in zip(ours[:4], twin[:4], strict=True))
        return moved and np.allclose(ours[4], twin[4], rtol=1e-3, atol=1e-3)

    return Case(f"{n} bodies, {m} manifolds, 3 sub-steps", fast, plain, agree)


# Fracture


def _parent(high: tuple[float, float, float]) -> tuple[np.ndarray, Cells]:
    planes = np.concatenate([np.c_[-np.eye(3), np.zeros(3)], np.c_[np.eye(3), -np.array(high)]])
    return planes, from_planes([planes], [np.arange(6, dtype=np.int32)])


def _voronoi() -> Case:
    n = 80
    planes, parent = _parent((2.0, 0.5, 1.5))
    seeds = sample_inside(parent, np.array([n], np.int32), np.random.default_rng(3))
    starts, metric = np.array([0, n], np.int32), np.diag([1.0, 0.5, 1.0])

    def agree(ours: Cells, twin: tuple[np.ndarray, np.ndarray]) -> bool:
        close = np.allclose(ours.volume, twin[0], rtol=1e-5, atol=1e-8)
        return close and float(np.abs(ours.centroid - twin[1]).max()) < 1e-4

    return Case(
        f"{n} cells in a box",
        lambda: voronoi(parent, seeds, starts, metric[None]),
        lambda: voronoi_reference(planes, seeds, metric),
        agree,
    )


def _bricks() -> Case:
    n, (rows, layers, columns) = 60, (40, 2, 120)
    rng = np.random.default_rng(3)
    _, parent = _parent((6.0, 0.4, 4.0))
    seeds = sample_inside(parent, np.array([n], np.int32), rng)
    cells = voronoi(parent, seeds, np.array([0, n], np.int32), np.eye(3)[None])
    spots = rng.uniform((-0.1, 0, -0.1), (6.1, 0.4, 4.1), (rows, layers, columns, 3))
    owner = np.where(rng.random((rows, layers, columns)) < 0.1, -1, UNOWNED).astype(np.int32)
    spans = np.tile(np.array([0, rows, 0, columns], np.int32), (n, 1))

    def fast() -> np.ndarray:
        out = owner.copy()
        own_cells(out, spots, spans, cells.face_plane, cells.face_start)
        return out

    return Case(
        f"{rows} × {columns} half bricks in {layers} layers, {n} fragments, none fenced in",
        fast,
        lambda: own_cells_reference(owner, spots, cells.face_plane, cells.face_start),
        np.array_equal,
    )


CASES: dict[str, Callable[[], Case]] = {
    "broadphase.find_pairs": _pairs,
    "contact.find_contacts": _contacts,
    "contact_depth.pair_gaps": _depths,
    "contact_hulls.hull_moments": _moments,
    "solver.solve_step": _solver,
    "voronoi.voronoi": _voronoi,
    "bricks_own.own_cells": _bricks,
}
