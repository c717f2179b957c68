"""One frame of the comp: order, untouched pixels, layers that add up, grain on new pixels."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.comp.gone import gone_matte
from secondunit.comp.grain import Grain
from secondunit.comp.merge import merge, resum, resum_error, untouched_changed
from secondunit.engines.light.lit_frame import LitFrame
from secondunit.errors import BadInput

H, W = 48, 64


def half(a):
    return a.astype(np.float16).astype(np.float32)


def lit_frame(rng, *, moved=0.0, holdout=None):
    """A frame whose building covers columns 16 to 48; `moved` of it has become fragments."""
    standing = np.zeros((H, W), np.float32)
    standing[8:40, 16:48] = 1
    holdout = np.zeros((H, W), np.float32) if holdout is None else holdout
    standing = standing * (1 - holdout)
    left = standing.copy()
    left[8 : 8 + int(32 * moved)] = 0
    fragments = np.zeros((H, W, 4), np.float32)
    gone = (standing - left) * 0.5
    fragments[..., :3] = rng.random((H, W, 3)) * gone[..., None]
    fragments[..., 3] = gone
    return LitFrame(
        fragments=fragments,
        debris=np.zeros((H, W, 4), np.float32),
        standing=left,
        standing_ratio=np.ones((H, W, 3), np.float32),
        holdout=holdout,
        ground_ratio=np.ones((H, W, 3), np.float32),
        depth=np.ones((H, W), np.float32),
        position=np.zeros((H, W, 3), np.float32),
        normal=np.zeros((H, W, 3), np.float32),
        motion=np.zeros((H, W, 2), np.float32),
        ids=np.zeros((H, W, 6, 2), np.float32),
    )


def scene(seed=0, moved=0.5):
    rng = np.random.default_rng(seed)
    plate, clean = half(rng.random((H, W, 3)).astype(np.float32)), half(rng.random((H, W, 3)).astype(np.float32))
    rest = lit_frame(rng).standing
    hole = np.zeros((H, W), bool)
    hole[5:43, 13:51] = True
    clean[~hole] = plate[~hole]
    return plate, clean, hole, rest, lit_frame(rng, moved=moved)


def test_a_building_at_rest_leaves_every_pixel_of_the_plate():
    plate, clean, hole, rest, lit = scene(moved=0)
    comp = merge(plate, clean, hole, rest, lit)
    assert not comp.touched.any()
    assert np.array_equal(comp.beauty, plate)


def test_where_the_building_left_the_clean_plate_shows():
    plate, clean, hole, rest, lit = scene(moved=0.5)
    lit = replace(lit, fragments=np.zeros_like(lit.fragments))
    comp = merge(plate, clean, hole, rest, lit)
    assert np.allclose(comp.beauty[10:20, 20:40], clean[10:20, 20:40], atol=1e-6)
    assert np.array_equal(comp.beauty[30:40, 20:40], plate[30:40, 20:40])


def test_the_halo_around_the_building_goes_with_what_stood_beside_it():
    plate, clean, hole, rest, lit = scene(moved=0.5)
    comp = merge(plate, clean, hole, rest, lit)
    assert np.allclose(comp.beauty[6, 20:40], clean[6, 20:40], atol=1e-6)
    assert np.array_equal(comp.beauty[41, 20:40], plate[41, 20:40])


def test_street_objects_stay_as_in_the_plate():
    plate, clean, hole, _rest, _ = scene()
    rng = np.random.default_rng(3)
    holdout = np.zeros((H, W), np.float32)
    holdout[20:30, 20:30] = 1
    at_rest, now = lit_frame(rng, holdout=holdout), lit_frame(rng, moved=1.0, holdout=holdout)
    comp = merge(plate, clean, hole, at_rest.standing, now)
    assert np.allclose(comp.beauty[20:30, 20:30], plate[20:30, 20:30], atol=1e-6)


def test_fringes_of_street_objects_take_their_own_colour_once_the_building_is_gone():
    plate, clean, hole, _rest, _ = scene()
    rng = np.random.default_rng(3)
    holdout = np.zeros((H, W), np.float32)
    holdout[20:30, 20:30] = 0.5
    own = np.zeros_like(plate)
    at_rest, now = lit_frame(rng, holdout=holdout), lit_frame(rng, moved=1.0, holdout=holdout)
    now = replace(now, fragments=np.zeros_like(now.fragments))
    comp = merge(plate, clean, hole, at_rest.standing, now, front=own)
    assert np.allclose(comp.beauty[22:28, 22:28], 0.5 * clean[22:28, 22:28], atol=1e-5)


def test_dust_lies_over_everything_and_takes_the_suns_share():
    plate, clean, hole, rest, lit = scene(moved=0)
    rgba = np.zeros((H, W, 4), np.float32)
    rgba[:, :8] = 0.4, 0.4, 0.4, 0.5
    sun = np.ones((H, W), np.float32)
    sun[:, 56:] = 0.5
    comp = merge(plate, clean, hole, rest, lit, SimpleNamespace(rgba=rgba, sun=sun), sun_share=0.8)
    assert np.allclose(comp.beauty[:, :8], plate[:, :8] * 0.5 + 0.4, atol=1e-6)
    assert np.allclose(comp.beauty[:, 56:], plate[:, 56:] * 0.6, atol=1e-6)
    assert np.array_equal(comp.beauty[:, 8:56], plate[:, 8:56])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 2))
def test_layers_sum_to_the_comp_and_untouched_pixels_are_the_plates(seed, moved, softness):
    plate, clean, hole, rest, lit = scene(seed, moved)
    rng = np.random.default_rng(seed)
    ground = np.ones((H, W, 3), np.float32)
    ground[40:, :] = rng.random((8, W, 1))
    debris = np.zeros((H, W, 4), np.float32)
    debris[30:34, 4:8] = 0.3
    lit = replace(lit, ground_ratio=ground, debris=debris)
    rgba = (rng.random((H, W, 4)) * 0.3 * (rng.random((H, W, 1)) > 0.5)).astype(np.float32)
    dust = SimpleNamespace(rgba=rgba, sun=rng.random((H, W)).astype(np.float32).round())
    comp = merge(plate, clean, hole, rest, lit, dust, softness=softness, grain=grain(), seed=seed, frame=1001)
    assert resum_error(comp) < 1e-4
    stored = {name: half(layer) for name, layer in comp.layers.items()}
    error = np.abs(resum(stored, {k: half(v) for k, v in comp.mattes.items()}) - half(comp.beauty))
    assert (error / np.maximum(1, np.abs(comp.beauty))).max() < 2e-3
    assert untouched_changed(comp, plate) == 0


def test_a_changed_untouched_pixel_is_counted():
    plate, clean, hole, rest, lit = scene(moved=0)
    comp = merge(plate, clean, hole, rest, lit)
    other = plate.copy()
    other[0, 0] += 0.1
    assert untouched_changed(comp, other) == 1


def grain():
    return Grain(np.array([0.0, 255.0]), np.full((2, 3), 3.0), np.eye(3), np.ones((1, 1), np.float32))


def test_new_grain_falls_on_rendered_pixels_only_and_changes_with_the_frame():
    plate, clean, hole, rest, lit = scene(moved=0.5)
    a = merge(plate, clean, hole, rest, lit, grain=grain(), seed=1, frame=1001)
    b = merge(plate, clean, hole, rest, lit, grain=grain(), seed=1, frame=1002)
    again = merge(plate, clean, hole, rest, lit, grain=grain(), seed=1, frame=1001)
    rendered = lit.fragments[..., 3] > 0
    assert np.array_equal(a.beauty, again.beauty)
    assert (a.beauty != b.beauty)[rendered].mean() > 0.9
    assert np.array_equal(a.beauty[~rendered], b.beauty[~rendered])


def test_gone_is_what_left_of_what_stood():
    rest = np.zeros((H, W), np.float32)
    rest[:, 10:20] = 1
    rest[:, 20] = 0.3
    standing = rest * 0.25
    hole = np.zeros((H, W), bool)
    hole[:, 8:24] = True
    gone = gone_matte(standing, rest, hole)
    assert np.allclose(gone[:, 8:24], 0.75)
    assert not gone[:, :8].any()


def test_rasters_of_two_sizes_are_refused():
    plate, clean, hole, rest, lit = scene()
    with pytest.raises(BadInput, match="clean plate is 64×24"):
        merge(plate, clean[:24], hole, rest, lit)


def test_a_crack_that_pieces_fill_shows_no_sky():
    """A pixel shared by a moved piece and the wall beside it has nothing of the clean plate in it."""
    plate, clean, hole, rest, lit = scene(moved=0)
    standing = lit.standing.copy()
    standing[20:24, 30] = 0.875
    piece = np.zeros_like(lit.fragments)
    piece[20:24, 30] = 0.125 * np.array([0.1, 0.1, 0.1, 1], np.float32)
    comp = merge(plate, clean, hole, rest, replace(lit, standing=standing, fragments=piece))
    assert np.allclose(comp.beauty[20:24, 30], 0.875 * plate[20:24, 30] + 0.0125, atol=1e-6)
    opened = merge(plate, clean, hole, rest, replace(lit, standing=standing * 0.8, fragments=piece))
    share = 0.875 * 0.2 / 0.875
    both = plate[20:24, 30] * (1 - share) + clean[20:24, 30] * share
    assert np.allclose(opened.beauty[20:24, 30], 0.875 * both + 0.0125, atol=1e-6)


def test_behind_whole_pieces_lies_what_is_beside_them():
    standing, hole, rest = np.ones((H, W), np.float32), np.ones((H, W), bool), np.ones((H, W), np.float32)
    covered = np.zeros((H, W), np.float32)
    covered[10:30, 20:40] = 1
    standing[10:30, 20:40] = 0
    standing[:, 40:] = 0
    gone = gone_matte(standing, rest, hole, 0.0, covered)
    assert (gone[12:28, 20:22] == 0).all() and (gone[12:28, 38:] == 1).all()
    assert (gone[18:22, 26:34] == 1).all()
