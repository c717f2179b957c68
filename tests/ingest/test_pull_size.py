"""A plate can be pulled at another size."""

import numpy as np
import pytest

from secondunit.errors import BadInput
from secondunit.ingest.pull_size import pull_size, resized


def test_proportions_are_kept_and_even():
    assert pull_size(640, 427, 1280) == (1280, 854)
    assert pull_size(640, 427, None) == (640, 427)
    assert pull_size(2296, 1707, 1280) == (1280, 952)
    with pytest.raises(BadInput, match="10 pixels wide"):
        pull_size(640, 427, 10)


def test_up_and_down_keep_the_mean_and_add_no_extremes():
    picture = np.random.default_rng(1).random((40, 60, 3), np.float32)
    for size in ((120, 80), (30, 20)):
        other = resized(picture, size)
        assert other.shape == (size[1], size[0], 3)
        assert abs(other.mean() - picture.mean()) < 0.01
        assert other.min() >= picture.min() and other.max() <= picture.max()
