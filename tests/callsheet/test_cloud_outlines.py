"""No bright line of bare sky runs along outlines that stand in the cloud."""

import numpy as np

from secondunit.callsheet.collapse.cloud import behind_outlines
from secondunit.engines.light.dust import DustLayer


def test_the_open_part_of_an_outline_sees_the_dust_beyond():
    opened = np.ones((9, 12), np.float32)
    opened[:, :5], opened[:, 5] = 0, 0.75
    rgba = np.zeros((9, 12, 4), np.float32)
    rgba[:, 6:] = 0.4, 0.4, 0.4, 0.8
    layer = DustLayer(rgba, np.ones((9, 12), np.float32))
    mended = behind_outlines(layer, opened)
    assert np.allclose(mended.rgba[1:-1, 5], 0.75 * rgba[1:-1, 6])
    assert np.array_equal(mended.rgba[:, :5], rgba[:, :5]) and np.array_equal(mended.rgba[:, 6:], rgba[:, 6:])


def test_without_outlines_nothing_changes():
    layer = DustLayer(np.full((4, 4, 4), 0.3, np.float32), np.ones((4, 4), np.float32))
    assert behind_outlines(layer, np.ones((4, 4), np.float32)) is layer
