"""Bands behind the building: what stands once in the plate is not to be seen again and again."""

from __future__ import annotations

import numpy as np

from secondunit.comp.bands_quilt import Quilt, Strip, rareness


def hedge(columns: int, seed: int) -> np.ndarray:
    """A strip (40, columns, 4) of leaves, codes, all of it opaque."""
    rng = np.random.default_rng(seed)
    leaves = rng.normal(0, 12, (40, columns, 1)) + np.array([60.0, 110.0, 50.0])
    return np.dstack([leaves, np.full((40, columns), 255.0)]).astype(np.float32)


def with_a_sign(strip: np.ndarray, at: int) -> np.ndarray:
    strip[10:30, at : at + 10, :3] = (220, 30, 30)
    return strip


def test_what_stands_there_once_is_rare():
    source = Strip(with_a_sign(hedge(160, 1), 70), np.ones((40, 160), bool), np.arange(160.0))
    (rare,) = rareness([source], apart=20)
    assert rare[72:78].min() > 1.0
    assert np.median(rare) < 0.3


def test_a_sign_is_not_laid_again_and_again():
    width = 500
    rgba = np.zeros((40, width, 4), np.float32)
    known = np.zeros((40, width), bool)
    source = with_a_sign(hedge(160, 1), 70)
    rgba[:, :160] = source
    known[:, :160] = True
    wanted = ~known
    strip = Strip(source, np.ones((40, 160), bool), np.arange(160.0))
    quilt = Quilt(rgba, known, wanted, [strip], (30.0, 60.0), 10, 8, np.random.default_rng(5))
    quilt.lay()
    red = (quilt.rgba[..., 0] > 180)[:, 160:].any(0)
    assert quilt.filled.all()
    assert not red.any()
