"""The patch fill against its plain twin, and what it promises: locks, sources, sameness."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from secondunit.errors import BadInput
from secondunit.kernels.patchmatch import _Level, distances, patch_fill, search, vote
from secondunit.kernels.patchmatch_reference import nearest_reference, patch_distance_reference, vote_reference


def textured(h, w, seed=0):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:h, :w]
    base = 120 + 50 * np.sin(x / 3.0) + 30 * np.cos(y / 4.0)
    return (base[..., None] + rng.normal(0, 4, (h, w, 3))).astype(np.float32)


def tiny(max_dx=1 << 30, max_dy=1 << 30):
    picture = textured(26, 30)
    hole = np.zeros((26, 30), bool)
    hole[10:15, 12:17] = True
    whole = np.zeros_like(hole)
    whole[3:23, 3:8] = True
    whole[3:23, 22:27] = True
    level = _Level(picture, hole, whole, 2, max_dx=max_dx, max_dy=max_dy, penalty=0.0)
    return picture, hole, whole, level


def test_patch_distance_is_the_twins():
    picture, _, whole, level = tiny()
    field = np.argwhere(whole)[: len(level.points), ::-1].astype(np.int32)
    field = np.resize(field, (len(level.points), 2))
    fast = distances(picture, level.trust, picture, field, level.points, 2)
    for p in range(0, len(level.points), 7):
        slow = patch_distance_reference(
            picture, level.trust, picture, tuple(level.points[p]), (field[p, 1], field[p, 0]), 2
        )
        assert fast[p] == pytest.approx(slow, rel=1e-4)


@pytest.mark.parametrize(("max_dx", "max_dy"), [(1 << 30, 1 << 30), (1 << 30, 3), (12, 1 << 30)])
def test_search_comes_close_to_trying_every_patch(max_dx, max_dy):
    picture, hole, whole, level = tiny(max_dx, max_dy)
    rng = np.random.default_rng(1)
    _, field = level.start(None, None, picture, rng)
    uses = np.zeros(hole.shape, np.float32)
    for sweep in range(12):
        field = search(
            picture, level.trust, picture, whole, field, level.points, level.index, uses, 2, sweep % 2,
            int(rng.integers(1, 1 << 30)), max_dx, max_dy, 30,
        )  # fmt: skip
    fast = distances(picture, level.trust, picture, field, level.points, 2)
    _, best = nearest_reference(picture, level.trust, picture, whole, level.points, 2, max_dx, max_dy)
    assert (fast >= best * (1 - 1e-4)).all()
    assert fast.mean() < 1.05 * best.mean()
    off = np.abs(field - level.points[:, ::-1])
    assert off[:, 0].max() <= max_dx
    assert off[:, 1].max() <= max_dy


def test_vote_is_the_twins():
    picture, hole, whole, level = tiny()
    field, error = nearest_reference(picture, level.trust, picture, whole, level.points, 2, 99, 99)
    origin = np.full((*hole.shape, 2), -1, np.int32)
    spread = np.float32(2 * np.median(error))
    fast = vote(picture, picture, hole, field, error, level.points, level.index, 2, spread, False, origin)
    slow = vote_reference(picture, picture, hole, field, error, level.points, 2, float(spread))
    assert np.allclose(fast, slow, atol=0.02)


def test_a_picked_fill_holds_only_pixels_of_the_source():
    picture = textured(80, 90)
    hole = np.zeros((80, 90), bool)
    hole[30:50, 30:60] = True
    source = np.zeros_like(hole)
    source[20:60] = True
    fill = patch_fill(picture, hole, source, seed=3, levels=3, max_dy=6)
    x, y = fill.source[hole].T
    assert source[y, x].all()
    assert not hole[y, x].any()
    assert np.array_equal(fill.picture[hole], picture[y, x])
    assert np.array_equal(fill.picture[~hole], picture[~hole])
    rows = np.nonzero(hole)[0]
    # A patch keeps within the lock; its pixels may lie a radius further off.
    assert np.abs(y - rows).max() <= 6 + 3


def test_a_periodic_texture_is_continued():
    _, x = np.mgrid[:96, :96]
    picture = np.repeat((127 + 80 * np.sign(np.sin(x * np.pi / 6)))[..., None], 3, 2).astype(np.float32)
    hole = np.zeros((96, 96), bool)
    hole[36:60, 40:58] = True
    fill = patch_fill(picture, hole, ~hole, seed=0, levels=4)
    assert np.abs(fill.picture - picture).mean() < 1.5


def test_the_same_seed_gives_the_same_pixels_whatever_the_threads():
    picture = textured(70, 80)
    hole = np.zeros((70, 80), bool)
    hole[25:45, 25:50] = True
    before = numba.get_num_threads()
    runs = []
    try:
        for n in {1, before}:
            numba.set_num_threads(n)
            runs.append(patch_fill(picture, hole, ~hole, seed=5, levels=3).picture)
    finally:
        numba.set_num_threads(before)
    again = patch_fill(picture, hole, ~hole, seed=5, levels=3).picture
    other = patch_fill(picture, hole, ~hole, seed=6, levels=3).picture
    assert all(np.array_equal(again, run) for run in runs)
    assert not np.array_equal(again, other)


def test_repeats_cost():
    """A fill that crowds on the smoothest source spreads over many more when repeats cost."""
    rng = np.random.default_rng(4)
    picture = rng.normal(120, 6, (80, 150, 3)).astype(np.float32)
    picture[:, 40:110] = rng.normal(120, 1, (80, 70, 3))
    hole = np.zeros((80, 150), bool)
    hole[20:60, 50:100] = True

    def places(penalty, seed):
        fill = patch_fill(picture, hole, ~hole, seed=seed, levels=2, rounds=(4, 2), repeat_penalty=penalty)
        _, uses = np.unique(fill.source[hole] // 6, axis=0, return_counts=True)
        return 1 / ((uses / uses.sum()) ** 2).sum()

    assert sum(places(20.0, s) for s in range(3)) > 1.5 * sum(places(0.0, s) for s in range(3))


def test_without_a_source_it_says_so():
    picture = textured(60, 60)
    hole = np.zeros((60, 60), bool)
    hole[20:30, 20:30] = True
    with pytest.raises(BadInput, match="no whole patch"):
        patch_fill(picture, hole, np.zeros_like(hole), seed=0)
