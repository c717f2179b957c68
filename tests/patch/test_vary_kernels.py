"""The loops of the variations against plain NumPy, and what each is for on a picture where it can be seen."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from secondunit.engines.vary.compose import RADIUS as SMALL_RADIUS
from secondunit.engines.vary.compose import _distances, _patches, charge_repeats
from secondunit.engines.vary.lay import RADIUS, breaks, copied, grown, misfit, near_seams, sweep
from secondunit.engines.vary.measures import near_copies
from secondunit.engines.vary.pieces import align_pieces
from secondunit.engines.vary.seams import mended, missing_steps


def _field(h: int, w: int, dx: int = 0, dy: int = 0) -> np.ndarray:
    rows, columns = np.indices((h, w))
    return np.ascontiguousarray(np.stack([columns + dx, rows + dy], -1).astype(np.int32))


def test_distances_of_bytes_are_exact() -> None:
    rng = np.random.default_rng(0)
    for low in (0, 250):
        a, b = (rng.integers(low, 256, (12, 14, 3), np.uint8) for _ in range(2))
        found = _distances(_patches(a), _patches(b))
        p, q = (_patches(x).astype(np.int64) for x in (a, b))
        np.testing.assert_array_equal(found, ((p[:, None] - q[None]) ** 2).sum(-1))


@pytest.mark.parametrize(("x", "y", "sx", "sy"), [(5, 6, 9, 4), (0, 0, 3, 3), (11, 9, 0, 0), (4, 4, 15, 13)])
def test_a_misfit_is_that_of_plain_numpy(x: int, y: int, sx: int, sy: int) -> None:
    rng = np.random.default_rng(1)
    copy, source = rng.random((10, 12, 3), np.float32), rng.random((14, 16, 3), np.float32)
    total, n, whole = 0.0, 0, 0
    for dy in range(-RADIUS, RADIUS + 1):
        for dx in range(-RADIUS, RADIUS + 1):
            if 0 <= y + dy < 10 and 0 <= x + dx < 12:
                whole += 1
                if 0 <= sy + dy < 14 and 0 <= sx + dx < 16:
                    n += 1
                    total += ((copy[y + dy, x + dx] - source[sy + dy, sx + dx]) ** 2).mean()
    assert misfit(copy, source, x, y, sx, sy) == pytest.approx(total / n * (2 - n / whole), rel=1e-5)


def test_seams_are_where_pieces_meet() -> None:
    field = _field(20, 30)
    field[:, 15:] += 4
    near = near_seams(field)
    assert near[:, 15 - RADIUS - 1 + 0 : 15 + RADIUS + 1].all()
    assert not near[:, : 15 - RADIUS - 1].any() and not near[:, 15 + RADIUS + 1 :].any()
    assert breaks(field, 14, 5, 14, 5) == 1 and breaks(field, 3, 3, 3, 3) == 0


def test_a_field_grows_with_its_pieces() -> None:
    field = _field(10, 12, 3, 1)
    out = grown(field, 2.0, 20, 24, 40, 60)
    np.testing.assert_array_equal(out, _field(20, 24, 6, 2))
    assert grown(field, 2.0, 20, 24, 12, 12).max() == 11


def test_a_piece_one_pixel_off_is_moved_as_a_whole() -> None:
    rng = np.random.default_rng(2)
    source = cv2.GaussianBlur(rng.random((40, 50, 3), np.float32), (0, 0), 1.5)
    field = _field(30, 40)
    field[8:20, 10:25] += np.int32([1, -1])
    align_pieces(source, field, 2)
    assert not near_seams(field).any()


def test_a_sweep_moves_a_seam_to_where_nothing_shows() -> None:
    """Two pieces whose sources are alike in a stripe: the seam belongs there."""
    rng = np.random.default_rng(3)
    left, right = (cv2.GaussianBlur(rng.random((30, 40)), (0, 0), 2).astype(np.float32) * 8 for _ in range(2))
    right[:, 8:22] = left[:, 8:22]
    source = np.ascontiguousarray(np.concatenate([left, right], 1)[..., None])
    field = _field(30, 40)
    field[:, 25:, 0] += 40
    copy = copied(source, field)

    def steps() -> float:
        return float(np.abs(np.stack(missing_steps(source, field, np.float32(100)))).sum())

    before = steps()
    for turn in range(8):
        sweep(copy, source, field, near_seams(field), 2, turn % 2 == 1, 7)
    assert steps() < 0.7 * before
    np.testing.assert_array_equal(copy, copied(source, field))


def test_a_step_of_light_is_mended_and_an_edge_is_kept() -> None:
    source = np.full((32, 80, 3), 0.25, np.float32)
    source[:, 40:] = 0.27
    field = _field(32, 40)
    field[:, 20:, 0] += 40
    added = mended(source, field)
    after = source[field[..., 1], field[..., 0]] + added
    assert np.abs(np.diff(after, axis=1)).max() < 0.25 * 0.02
    source[:, 40:] = 0.9
    kept = source[field[..., 1], field[..., 0]] + mended(source, field)
    assert np.abs(np.diff(kept, axis=1)).max() > 0.8 * 0.65


def test_nothing_is_added_to_a_picture_in_one_piece() -> None:
    source = np.random.default_rng(4).random((20, 30, 3), np.float32)
    assert not mended(source, _field(20, 30)).any()
    right, down = missing_steps(source, _field(20, 30), np.float32(0.1))
    assert not right.any() and not down.any()


def test_near_copies_are_those_of_a_plain_search() -> None:
    rng = np.random.default_rng(5)
    place = rng.integers(0, 40, (9, 11))
    found = near_copies(place, np.int64(3))
    for y, x in np.ndindex(place.shape):
        window = place[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4]
        assert found[y, x] == ((window == place[y, x]).sum() > 1)


def test_of_two_copies_side_by_side_the_worse_one_pays() -> None:
    W = 20 - 2 * SMALL_RADIUS
    field = np.ascontiguousarray(_field(12, 14, SMALL_RADIUS, SMALL_RADIUS) % 6 + SMALL_RADIUS)
    cost = np.ones((12 * 14, W * 10), np.float32)
    cost[: 12 * 7] = 0.5
    before = cost.copy()
    charge_repeats(cost, field, W, 8, np.float32(2))
    assert (cost >= before).all() and (cost > before).any()
    alone = np.ascontiguousarray(_field(12, 14, SMALL_RADIUS, SMALL_RADIUS))
    untouched = np.ones((12 * 14, 14 * 12), np.float32)
    charge_repeats(untouched, alone, 14, 8, np.float32(2))
    assert (untouched == 1).all()


def test_a_seam_between_two_borders_of_the_source_is_mended_too() -> None:
    """The last row of the source meets the first: neither side knows how it goes on."""
    source = np.repeat(np.linspace(0.25, 0.28, 16, dtype=np.float32)[:, None, None], 24, 1).repeat(3, 2)
    field = np.concatenate([_field(16, 24), _field(16, 24)])
    copy = source[field[..., 1], field[..., 0]]
    after = copy + mended(source, field)
    assert abs(np.diff(copy, axis=0)[15]).max() > 0.029
    assert abs(np.diff(after, axis=0)[15]).max() < 0.01
