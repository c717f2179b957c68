"""No shadow falls on what is not the ground, and what is not seen is not measured."""

import numpy as np

from secondunit.callsheet.frames import on_seen_ground
from secondunit.callsheet.measure import contact_light, dust_shadow
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
