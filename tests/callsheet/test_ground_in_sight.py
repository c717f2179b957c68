"""No shadow falls on what is not the ground, and what is not seen is not measured."""

from dataclasses import replace

import numpy as np

from secondunit.callsheet.collapse.frames import on_seen_ground
from secondunit.callsheet.collapse.measure import contact_light, dust_shadow
from secondunit.engines.light.dust import DustLayer
from secondunit.engines.light.lit_frame import LitFrame

H, W = 80, 120
LEFT = np.zeros((H, W), bool)
LEFT[:, : W // 2] = True


def street() -> tuple[LitFrame, DustLayer]:
    """Ground everywhere, a row of pieces across the middle with a shadow beside it, half the sun gone in dust."""
    none = np.zeros((H, W), np.float32)
    pieces = np.zeros((H, W, 4), np.float32)
    pieces[36:44, :, 3] = 1
    ratio = np.ones((H, W, 3), np.float32)
    ratio[32:48] = 0.6
    up = np.tile(np.array([0, 0, 1], np.float32), (H, W, 1))
    lit = LitFrame(
        fragments=pieces,
        debris=np.zeros((H, W, 4), np.float32),
        standing=none,
        standing_ratio=np.ones((H, W, 3), np.float32),
        holdout=none,
        ground_ratio=ratio,
        depth=none + 10,
        position=up * 0,
        normal=up,
        motion=np.zeros((H, W, 2), np.float32),
        ids=np.zeros((H, W, 6, 2), np.float32),
    )
    return lit, DustLayer(np.zeros((H, W, 4), np.float32), none + 0.5)


def test_shadows_stay_on_the_ground_that_is_seen_and_on_the_pieces():
    lit, dust = on_seen_ground(*street(), LEFT)
    assert dust is not None
    assert np.allclose(lit.ground_ratio[34, :60], 0.6) and (lit.ground_ratio[:, 60:] == 1).all()
    assert np.allclose(dust.sun[:, :60], 0.5)
    assert np.allclose(dust.sun[36:44, 60:], 0.5) and (dust.sun[:36, 60:] == 1).all()


def test_where_all_is_ground_nothing_changes():
    lit, dust = street()
    same, sun = on_seen_ground(lit, dust, np.ones((H, W), bool))
    assert sun is not None
    assert np.array_equal(same.ground_ratio, lit.ground_ratio) and np.array_equal(sun.sun, dust.sun)


def test_ground_out_of_sight_is_not_measured():
    lit, dust = street()
    assert contact_light(lit, np.ones((H, W), bool)) is not None and dust_shadow(lit, dust, LEFT) == 0.5
    nowhere = np.zeros((H, W), bool)
    assert contact_light(lit, nowhere) is None and dust_shadow(lit, dust, nowhere) is None


def test_a_piece_that_rests_darkens_the_ground_below_it_and_one_that_floats_does_not():
    lit, _ = street()
    everywhere = np.ones((H, W), bool)
    assert contact_light(lit, everywhere) < 0.9
    bright = replace(lit, ground_ratio=np.ones((H, W, 3), np.float32))
    assert contact_light(bright, everywhere) == 1


def test_ground_before_a_heap_that_lies_beyond_it_is_no_contact():
    lit, _ = street()
    depth = lit.depth.copy()
    depth[36:44] = 20
    assert contact_light(replace(lit, depth=depth), np.ones((H, W), bool)) is None


def test_what_moves_rests_on_nothing_and_thick_dust_hides_the_ground():
    lit, dust = street()
    everywhere = np.ones((H, W), bool)
    assert contact_light(replace(lit, motion=lit.motion + 3), everywhere) is None
    thick = replace(dust, rgba=np.ones((H, W, 4), np.float32))
    assert contact_light(lit, everywhere, thick) is None and dust_shadow(lit, thick, everywhere) is None


def test_the_clouds_shadow_counts_where_it_is_darkest():
    lit, dust = street()
    sun = np.ones((H, W), np.float32)
    everywhere = np.ones((H, W), bool)
    assert dust_shadow(lit, replace(dust, sun=sun), everywhere) == 1
    sun[60:70, 40:60] = 0.3
    assert dust_shadow(lit, replace(dust, sun=sun), everywhere) < 0.9
