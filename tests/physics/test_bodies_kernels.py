"""Each fast kernel against its plain twin."""

from __future__ import annotations

import numpy as np
import pytest
from bodies_scene import box
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from secondunit.kernels.broadphase import find_pairs
from secondunit.kernels.broadphase_reference import find_pairs_reference
from secondunit.kernels.contact import GROUND_REACH, NO_FACE, find_contacts
from secondunit.kernels.contact_depth import pair_gaps
from secondunit.kernels.contact_hulls import hull_moments, lay_out_hulls
from secondunit.kernels.contact_reference import contact_reference, depth_reference, moments_reference
from secondunit.kernels.solver import Constraints, solve_step
from secondunit.kernels.solver_reference import solve_step_reference
from secondunit.kernels.solver_rows import FRICTION, ROW, prepare_rows, turn_bodies


def random_hulls(rng, n, spread=0.8):
    """n convex hulls of random points about random centres."""
    points, planes, starts, plane_starts, centres = [], [], [0], [0], []
    for _ in range(n):
        c = rng.uniform(-spread, spread, 3)
        p = c + rng.normal(0, 0.35, (int(rng.integers(5, 14)), 3))
        hull = ConvexHull(p)
        p = p[hull.vertices]
        points.append(p)
        planes.append(hull.equations)
        starts.append(starts[-1] + len(p))
        plane_starts.append(plane_starts[-1] + len(hull.equations))
        centres.append(p.mean(0))
    return lay_out_hulls(
        np.concatenate(points).astype("f4"),
        np.array(starts, "i4"),
        np.concatenate(planes).astype("f4"),
        np.array(plane_starts, "i4"),
        np.array(centres),
    ), np.array(centres)


def turned(rng, n):
    q = rng.normal(0, 1, (n, 4))
    q /= np.linalg.norm(q, axis=1)[:, None]
    rot, world = np.zeros((n, 9)), np.zeros((n, 6))
    turn_bodies(np.arange(n, dtype="i4"), q, rot, np.tile([1.0, 2.0, 3.0, 0.1, 0.2, 0.3], (n, 1)), world)
    return q, rot, world


def test_rotation_and_inertia():
    from scipy.spatial.transform import Rotation

    q, rot, world = turned(np.random.default_rng(0), 20)
    expected = Rotation.from_quat(q).as_matrix()
    assert np.allclose(rot.reshape(-1, 3, 3), expected, atol=1e-12)
    own = np.array([[1.0, 0.1, 0.2], [0.1, 2.0, 0.3], [0.2, 0.3, 3.0]])
    full = expected @ own @ expected.transpose(0, 2, 1)
    assert np.allclose(world, full[:, [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]], atol=1e-12)


def test_moments_of_a_box_and_of_random_hulls():
    corners, planes = box((1, 2, 3), (0.5, 0.4, 0.2), (0.3, 0.1, 0.2))
    hulls = lay_out_hulls(
        corners.astype("f4"),
        np.array([0, 8], "i4"),
        planes.astype("f4"),
        np.array([0, 6], "i4"),
        np.array([[1.0, 2, 3]]),
    )
    volume, second = hull_moments(hulls)
    assert volume[0] == pytest.approx(0.32, rel=1e-4)
    assert np.trace(second[0]) == pytest.approx(0.32 / 3 * (0.25 + 0.16 + 0.04), rel=1e-4)
    hulls, _ = random_hulls(np.random.default_rng(1), 6)
    volume, second = hull_moments(hulls)
    for i in range(6):
        v, s = moments_reference(hulls, i)
        assert volume[i] == pytest.approx(v, rel=1e-4)
        assert np.allclose(second[i], s, rtol=1e-3, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_broadphase(seed, second):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    low = rng.uniform(-2, 2, (n, 3))
    high = low + rng.uniform(0.05, 0.8, (n, 3))
    vel, pad = rng.normal(0, 4, (n, 3)), rng.uniform(0, 0.05, n)
    mode = rng.integers(0, 4 if second else 2, n).astype("u1")
    bodies = np.flatnonzero(rng.random(n) < 0.8).astype("i4")
    fast = find_pairs(bodies, low, high, vel, pad, mode, 0.02, second=second)
    assert np.array_equal(fast, find_pairs_reference(bodies, low, high, vel, pad, mode, 0.02, second=second))


def test_contacts():
    rng = np.random.default_rng(4)
    touched = 0
    for _ in range(60):
        hulls, pos = random_hulls(rng, 2, 0.35)
        pos = np.concatenate([pos, np.zeros((1, 3))])
        _q, rot, _ = turned(rng, 3)
        pad = np.array([0.01, 0.015, 0.0])
        out = {
            "count": np.zeros(1, "i4"),
            "normal": np.zeros((1, 3), "f4"),
            "ra": np.zeros((1, 4, 3), "f4"),
            "rb": np.zeros((1, 4, 3), "f4"),
            "sep": np.zeros((1, 4), "f4"),
        }
        hint = np.full(1, NO_FACE, "i4")
        plane = np.array([0, 0, 1.0, -9])
        one, two = np.array([0], "i4"), np.array([1], "i4")
        find_contacts(
            hulls, pos, rot, np.zeros((3, 3)), np.zeros((3, 3)), pad, one, two, hint, plane, 0.02, **out
        )
        gap, normal, points = contact_reference(hulls, pos, rot, 0, 1, 0.025)
        assert out["count"][0] == min(len(points), 4)
        if gap > 0.025 or not len(points):
            continue
        touched += 1
        assert np.allclose(out["normal"][0], normal, atol=1e-4)
        n = out["count"][0]
        assert out["sep"][0, :n].min() == pytest.approx(points[:, 3].min(), abs=1e-4)
        for q in range(n):  # each kept point is one of the twin's
            at = pos[0] + out["ra"][0, q]
            assert np.abs(points[:, :3] - at).max(1).min() < 2e-4
            assert np.allclose(at, pos[1] + out["rb"][0, q], atol=1e-5)
    assert touched > 20


def test_the_ground_is_touched_by_the_lowest_points():
    rng = np.random.default_rng(5)
    hulls, pos = random_hulls(rng, 1)
    pos = np.concatenate([pos, np.zeros((1, 3))])
    _q, rot, _ = turned(rng, 2)
    local = np.stack([hulls.x, hulls.y, hulls.z], 1)
    world = local @ rot[0].reshape(3, 3).T + pos[0]
    level = world[:, 2].min() + 0.01
    count, normal = np.zeros(1, "i4"), np.zeros((1, 3), "f4")
    ra, rb, sep = np.zeros((1, 4, 3), "f4"), np.zeros((1, 4, 3), "f4"), np.zeros((1, 4), "f4")
    ids = np.array([0], "i4"), np.array([1], "i4"), np.full(1, NO_FACE, "i4")
    plane = np.array([0, 0, 1.0, level])
    find_contacts(
        hulls,
        pos,
        rot,
        np.zeros((2, 3)),
        np.zeros((2, 3)),
        np.full(2, 0.005),
        *ids,
        plane,
        0.02,
        count,
        normal,
        ra,
        rb,
        sep,
    )
    expected = np.sort(world[world[:, 2] <= level + GROUND_REACH, 2] - level)[:4]
    assert count[0] == len(expected)
    assert np.allclose(normal[0], [0, 0, -1])
    assert sep[0, : count[0]].min() == pytest.approx(-0.01, abs=1e-5)


def test_depth():
    rng = np.random.default_rng(6)
    overlapping = 0
    for _ in range(40):
        hulls, pos = random_hulls(rng, 2, 0.5)
        _q, rot, _ = turned(rng, 2)
        gap = np.zeros(1)
        pair_gaps(hulls, pos, rot, np.array([0], "i4"), np.array([1], "i4"), np.float32(0.0), True, gap)
        expected = depth_reference(hulls, pos, rot, 0, 1)
        if expected > 0:
            assert gap[0] > 0
        else:
            overlapping += 1
            assert gap[0] == pytest.approx(expected, abs=2e-4)
    assert overlapping > 10


def test_solver():
    rng = np.random.default_rng(7)
    n, m = 7, 9
    q, _rot, world = turned(rng, n)
    inv_mass = rng.uniform(0.5, 2.0, n)
    inv_mass[-1] = 0.0
    world[-1] = 0.0
    first = rng.integers(0, n - 1, m).astype("i4")
    second = ((first + 1 + rng.integers(0, n - 2, m)) % n).astype("i4")
    count = rng.integers(1, 5, m).astype("i4")
    normal = rng.normal(0, 1, (m, 3))
    normal = (normal / np.linalg.norm(normal, axis=1)[:, None]).astype("f4")
    ra, rb = rng.normal(0, 0.4, (m, 4, 3)).astype("f4"), rng.normal(0, 0.4, (m, 4, 3)).astype("f4")
    sep, allow = rng.normal(0, 0.02, (m, 4)).astype("f4"), rng.uniform(0, 0.01, m).astype("f4")
    warm, drag = rng.uniform(0, 0.3, (m, 4)).astype("f4"), rng.normal(0, 0.05, (m, 3)).astype("f4")
    spin_at, mu = rng.normal(0, 0.01, m).astype("f4"), rng.uniform(0.3, 0.8, n)
    state = [rng.normal(0, 1, (n, 3)), q, rng.normal(0, 1, (n, 3)), rng.normal(0, 1, (n, 3))]
    state[2][-1] = state[3][-1] = 0.0
    rows, fric = np.zeros((m, 4, ROW), "f4"), np.zeros((m, FRICTION), "f4")
    active, awake = np.arange(m), np.arange(n - 1, dtype="i4")
    prepare_rows(
        active,
        first,
        second,
        count,
        normal,
        ra,
        rb,
        sep,
        allow,
        inv_mass,
        world,
        mu,
        warm,
        drag,
        spin_at,
        rows,
        fric,
    )
    fast = [a.copy() for a in state]
    push = np.zeros(m)
    c = Constraints(active, first, second, count, normal, rows, fric)
    solve_step(awake, c, inv_mass, *fast, 9.81, 0.15, 1 / 384, 3, 2.5, push)
    slow = [a.copy() for a in state]
    expected = solve_step_reference(
        awake, first, second, count, normal, ra, rb, sep, allow, inv_mass, world, mu, warm, drag, spin_at, *slow,
        gravity=9.81, damping=0.15, h=1 / 384, n_sub=3, fastest=2.5,
    )  # fmt: skip
    for a, b in zip(fast, slow, strict=True):
        assert np.allclose(a, b, atol=2e-4)
    assert np.allclose(push, expected, rtol=1e-3, atol=1e-3)
    assert push.max() > 0.1
