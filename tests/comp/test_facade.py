"""Street objects painted out of the facade, and their own colour without the facade."""

from __future__ import annotations

import numpy as np
import pytest

from secondunit.comp.clean_plate_codes import decode, encode
from secondunit.comp.facade import fill_facade, front_colour
from secondunit.errors import BadInput

H, W = 160, 240


def house():
    """Courses of bricks with rows of windows, a lamp post and a bush before it."""
    y, x = np.mgrid[:H, :W]
    wall = 150 + 18 * ((y // 5 % 2) == (x // 10 % 2))
    codes = np.stack([wall, wall * 0.65, wall * 0.55], -1).astype(np.float32)
    windows = ((y // 25) % 2 == 1) & ((x // 20) % 2 == 1)
    codes[windows] = (40, 45, 60)
    rng = np.random.default_rng(0)
    codes += rng.normal(0, 1.5, codes.shape)
    matte = np.zeros((H, W), np.float32)
    matte[15:150, 20:220] = 1
    codes[matte == 0] = (120, 160, 220)
    truth = codes.copy()
    holdout = np.zeros((H, W), np.float32)
    holdout[30:150, 104:112] = 1
    holdout[110:150, 150:190] = 1
    codes[holdout > 0] = (15, 70, 20)
    return truth.astype(np.float32), decode(codes.astype(np.float32)), matte, holdout


def test_hidden_wall_is_recovered_from_visible_wall():
    truth, plate, matte, holdout = house()
    facade = encode(fill_facade(plate, matte, holdout, seed=1))
    post = holdout[:, :140] > 0
    error = np.abs(facade - truth).mean(2)
    assert error[:, :140][post].mean() < 12
    assert np.abs(facade[..., 1] - 70)[holdout > 0].mean() > 20
    inner = (matte > 0) & (holdout == 0)
    inner[:, 100:195] = False
    inner[:20] = inner[145:] = False
    inner[:, :25] = inner[:, 215:] = False
    assert np.allclose(facade[inner], encode(plate)[inner], atol=1e-3)


def test_the_silhouette_is_wall_and_not_sky():
    _, plate, matte, holdout = house()
    facade = encode(fill_facade(plate, matte, holdout, seed=1))
    beside = facade[60:100, 12:19]
    assert (beside[..., 2] < beside[..., 0]).mean() > 0.95
    assert np.array_equal(fill_facade(plate, matte, holdout, seed=1)[:, :5], plate[:, :5])


def test_the_same_seed_gives_the_same_wall():
    _, plate, matte, holdout = house()
    assert np.array_equal(fill_facade(plate, matte, holdout, 3), fill_facade(plate, matte, holdout, 3))


def test_a_building_wholly_hidden_is_refused():
    _, plate, matte, _ = house()
    with pytest.raises(BadInput, match="almost nothing"):
        fill_facade(plate, matte, matte)


def test_edges_of_street_objects_get_their_own_colour():
    plate = np.full((40, 60, 3), 0.8, np.float32)
    holdout = np.zeros((40, 60), np.float32)
    holdout[10:30, 20:40] = 1
    holdout[10:30, 19] = holdout[10:30, 40] = 0.5
    plate = plate * (1 - holdout[..., None]) + 0.1 * holdout[..., None]
    own = front_colour(plate, holdout)
    assert np.allclose(own[12:28, 19], 0.1, atol=0.02)
    assert np.array_equal(own[:, :19], plate[:, :19])


def test_a_cap_two_pixels_high_stays_on_the_wall():
    _, plate, matte, holdout = house()
    codes = encode(plate)
    codes[15:17, 20:220] = 235
    facade = encode(fill_facade(decode(codes.astype(np.float32)), matte, holdout))
    assert np.abs(facade[15:17, 24:216] - 235).max() < 1
