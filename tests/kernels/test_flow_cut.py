"""A cut is found; a fast pan, a flash and plain walls are none."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from secondunit.kernels.flow_cut import is_cut

FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or Path(__file__).parents[3] / "shared" / "footage")


def _scene(seed: int, level: float = 0.3) -> np.ndarray:
    noise = np.random.default_rng(seed).random((120, 260, 3))
    soft = gaussian_filter(noise, (3, 3, 0))
    return ((soft - soft.mean()) * 4 + level).clip(0.01).astype(np.float32)


def test_another_scene_is_a_cut_in_both_directions() -> None:
    assert is_cut(_scene(1), _scene(2, 0.6))
    assert is_cut(_scene(2, 0.6), _scene(1))


@pytest.mark.parametrize("shift", [0, 4, 16])
def test_a_pan_is_no_cut(shift: int) -> None:
    wide = _scene(3)
    assert not is_cut(wide[:, :200], wide[:, shift : 200 + shift])


def test_a_flash_is_no_cut() -> None:
    assert not is_cut(_scene(4), _scene(4) * 3)


def test_grain_on_a_plain_wall_is_no_cut() -> None:
    rng = np.random.default_rng(5)
    grey = np.full((120, 200, 3), 0.2, np.float32)
    assert not is_cut(grey, grey)
    assert not is_cut(*((grey + rng.normal(0, 0.004, grey.shape)).astype(np.float32) for _ in range(2)))


def test_the_two_cuts_of_a_battle_are_found_and_its_flashes_are_not() -> None:
    clip = FOOTAGE / "clips" / "tos_soldier_smoke_debris_sound.mp4"
    if not clip.is_file():
        pytest.skip("the footage is not here")
    movie, frames = cv2.VideoCapture(str(clip)), []
    while (read := movie.read())[0]:
        small = cv2.resize(read[1], (160, 66), interpolation=cv2.INTER_AREA)
        frames.append((small[..., ::-1] / np.float32(255)).astype(np.float32) ** np.float32(2.4))
    assert [n for n in range(1, len(frames)) if is_cut(frames[n - 1], frames[n])] == [42, 95]
