"""The shutter's angle is read from the blur of the pieces, not from a setting."""

import numpy as np
import pytest

from secondunit.comp.shutter import shutter_angles

H, W = 120, 200


def bars(motion: float, share: float, angle: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Wide bars that move across their length by `motion` pixels a frame, seen for `share` of it, and their motion."""
    rows, columns = np.mgrid[:H, :W].astype(float)
    way = np.array([np.cos(angle), np.sin(angle)])
    cover = np.zeros((H, W))
    for k in range(64):
        jx, jy = (0.5 + (k + 1) * 0.7548776662) % 1, (0.5 + (k + 1) * 0.5698402910) % 1
        across = (columns + jx) * way[0] + (rows + jy) * way[1] - motion * share * ((k + 0.5) / 64 - 0.5)
        cover += (across // 40 % 2) / 64
    moving = np.where(cover[..., None] > 0, motion * way, 0)
    return cover.astype(np.float32), moving.astype(np.float32)


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
@pytest.mark.parametrize(("motion", "angle"), [(6.0, 0.1), (8.0, 0.5), (12.0, 2.0)])
def test_a_quarter_half_and_open_shutter_are_told_apart(share, motion, angle):
    cover, moving = bars(motion, share, angle)
    read = shutter_angles(cover, moving, np.ones((H, W), bool))
    assert len(read) > 20
    assert np.median(read[:, 0]) == pytest.approx(360 * share, rel=0.1)
    assert read[:, 1] == pytest.approx(motion, rel=0.01)


def test_slow_pieces_and_hidden_edges_tell_nothing():
    cover, moving = bars(1.0, 0.5)
    assert not len(shutter_angles(cover, moving, np.ones((H, W), bool)))
    cover, moving = bars(8.0, 0.5)
    assert not len(shutter_angles(cover, moving, np.zeros((H, W), bool)))
