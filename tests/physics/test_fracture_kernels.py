"""The fast loops of fracture against plain twins and against geometry known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.engines.physics.breakup_mesh_ears import cut_ears
from secondunit.engines.physics.bricks_own import UNOWNED, own_cells, own_cells_reference
from secondunit.engines.physics.fracture_budget import fill
from secondunit.engines.physics.support import find_bonds
from secondunit.engines.physics.voronoi import Cells, from_planes, sample_inside, voronoi
from secondunit.engines.physics.voronoi_reference import voronoi_reference


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> np.ndarray:
    rows = [[-1, 0, 0, low[0]], [1, 0, 0, -high[0]], [0, -1, 0, low[1]], [0, 1, 0, -high[1]]]
    return np.array([*rows, [0, 0, -1, low[2]], [0, 0, 1, -high[2]]], float)


def cells_of(*planes: np.ndarray) -> Cells:
    return from_planes(list(planes), [np.arange(len(p), dtype=np.int32) for p in planes])


def test_a_box_and_a_cut_corner_have_the_volumes_geometry_gives() -> None:
    corner = np.array([[1.0, 1.0, 1.0, -2.0]]) / math.sqrt(3.0)
    cells = cells_of(box((0, 0, 0), (1, 2, 3)), np.concatenate([box((0, 0, 0), (1, 1, 1)), corner]))
    assert cells.volume == pytest.approx([6.0, 1.0 - 1.0 / 6.0], rel=1e-9)
    assert cells.centroid[0] == pytest.approx([0.5, 1.0, 1.5])
    assert cells.face_areas()[:6].sum() == pytest.approx(22.0)


def test_planes_that_leave_nothing_give_an_empty_cell() -> None:
    cells = cells_of(np.concatenate([box((0, 0, 0), (1, 1, 1)), [[1.0, 0.0, 0.0, 0.5]]]))
    assert cells.volume[0] == 0.0
    assert len(cells.face_tag) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30), st.floats(0.2, 1.0))
def test_cells_agree_with_half_space_intersection(seed: int, n: int, stretch: float) -> None:
    rng = np.random.default_rng(seed)
    tilt = rng.normal(size=3)
    tilt /= np.linalg.norm(tilt)
    planes = np.concatenate([box((0, 0, 0), (2.0, 0.5, 1.5)), [[*tilt, -tilt @ (1.0, 0.25, 0.75) - 0.6]]])
    metric = np.eye(3) + (stretch**2 - 1.0) * np.outer(tilt, tilt)
    parent = cells_of(planes)
    seeds = sample_inside(parent, np.array([n], np.int32), rng)
    cells = voronoi(parent, seeds, np.array([0, n], np.int32), metric[None])
    volumes, centres = voronoi_reference(planes, seeds, metric)
    assert cells.volume == pytest.approx(volumes, rel=1e-5, abs=1e-8)
    assert np.abs(cells.centroid - centres).max() < 1e-4
    assert cells.volume.sum() == pytest.approx(parent.volume[0], rel=1e-9)


def test_samples_lie_inside_and_spread_evenly() -> None:
    parent = cells_of(box((0, 0, 0), (4, 1, 1)))
    points = sample_inside(parent, np.array([20_000], np.int32), np.random.default_rng(1))
    assert (points >= -1e-9).all()
    assert (points <= np.array([4, 1, 1]) + 1e-9).all()
    assert points.mean(0) == pytest.approx([2.0, 0.5, 0.5], abs=0.03)
    assert np.histogram(points[:, 0], bins=4, range=(0, 4))[0] == pytest.approx([5000] * 4, rel=0.06)


def test_bonds_are_the_areas_of_contact() -> None:
    tilted = np.array([[0.6, 0.0, 0.8, -5.0], [0.0, 1.0, 0.0, -1.0], [0.0, -1.0, 0.0, 0.0]])
    cells = cells_of(
        box((0, 0, 0), (1, 1, 1)),
        box((1, 0.25, 0.5), (2, 2, 2)),  # touches the first over 0.75 × 0.5
        box((0, 0, 1), (1, 1, 2)),  # lies on it, and touches the second over 0.75 × 1
        np.concatenate([tilted, [[-0.6, 0.0, -0.8, 4.5], [0.8, 0.0, -0.6, -1.0], [-0.8, 0.0, 0.6, -1.0]]]),
    )
    pairs, area = find_bonds(cells)
    found = {tuple(p): a for p, a in zip(pairs.tolist(), area.tolist(), strict=True)}
    assert found[0, 1] == pytest.approx(0.375, rel=1e-5)
    assert found[0, 2] == pytest.approx(1.0, rel=1e-5)
    assert found[1, 2] == pytest.approx(0.75, rel=1e-5)
    assert sum(3 in p for p in found) == 1  # touches nothing: tied to its nearest


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(5, 40), st.floats(0.0, 0.55))
def test_ears_cover_a_ragged_polygon_once(seed: int, n: int, ragged: float) -> None:
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    radius = 1.0 - ragged * rng.random(n)
    rim = np.zeros((n + 3, 3))
    rim[:n] = np.stack([radius * np.cos(angle), np.zeros(n), radius * np.sin(angle)], -1)
    triples = np.zeros((n, 3), np.int32)
    used = cut_ears(rim, n, np.array([0.0, -1.0, 0.0]), triples)
    assert used == n - 2
    x, z = rim[:n, 0], rim[:n, 2]
    whole = 0.5 * float((x * np.roll(z, -1) - z * np.roll(x, -1)).sum())
    a, b, c = (rim[triples[:used, k]] for k in range(3))
    parts = -0.5 * np.cross(b - a, c - a)[:, 1]
    assert (parts > -1e-12).all()
    assert parts.sum() == pytest.approx(whole, rel=1e-9)


def test_owners_agree_with_the_plain_twin() -> None:
    rng = np.random.default_rng(3)
    parent = cells_of(box((0, 0, 0), (3, 0.4, 2)))
    seeds = sample_inside(parent, np.array([25], np.int32), rng)
    cells = voronoi(parent, seeds, np.array([0, 25], np.int32), np.eye(3)[None])
    spots = rng.uniform((-0.1, 0, -0.1), (3.1, 0.4, 2.1), (20, 2, 30, 3))
    owner = np.where(rng.random((20, 2, 30)) < 0.1, -1, UNOWNED).astype(np.int32)
    plain = own_cells_reference(owner, spots, cells.face_plane, cells.face_start)
    spans = np.tile(np.array([0, 20, 0, 30], np.int32), (25, 1))
    own_cells(owner, spots, spans, cells.face_plane, cells.face_start)
    assert np.array_equal(owner, plain)


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=60), st.integers(1, 500))
def test_shares_are_whole_and_add_up(wanted: list[float], total: int) -> None:
    counts = fill(np.array(wanted), total)
    assert counts.min() >= 1
    assert counts.sum() == max(total, len(wanted))
