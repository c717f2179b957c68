"""CIEDE2000 against the published test pairs."""

import numpy as np
import pytest

from secondunit.comp.delta_e import delta_e_2000, lab, median_delta_e

# From table 1 of Sharma, Wu and Dalal 2005.
PAIRS = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
    ((50, -0.0010, 2.4900), (50, 0.0009, -2.4900), 4.8045),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_published_pairs(one, other, expected):
    assert delta_e_2000(np.array(one, float), np.array(other, float)) == pytest.approx(expected, abs=1e-4)


def test_white_is_white_and_grey_is_grey():
    assert lab([1.0, 1.0, 1.0]) == pytest.approx([100, 0, 0], abs=1e-6)
    assert lab([0.18, 0.18, 0.18])[0] == pytest.approx(49.5, abs=0.1)


def test_a_median_over_nothing_is_none():
    picture = np.full((4, 4, 3), 0.2, np.float32)
    assert median_delta_e(picture, picture, np.zeros((4, 4), bool)) is None
    assert median_delta_e(picture, picture, np.ones((4, 4), bool)) == 0
