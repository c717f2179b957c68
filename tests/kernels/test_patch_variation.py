"""New arrangements of owned pictures and films: what they are made of, that they differ, that nothing is lost."""

from typing import Any

import cv2
import numpy as np
import pytest

from secondunit.errors import BadInput
from secondunit.kernels.patch.settings import PatchSettings
from secondunit.kernels.patch.space_time import ClipVariation, vary_clip
from secondunit.kernels.patch.synthesis import Synthesis
from secondunit.kernels.patch.vote import vote

QUICK = PatchSettings(radius=2, rounds=(2, 3), sweeps=(2,), reach=(16,))


@pytest.fixture(scope="module")
def pebbles() -> np.ndarray:
    noise = np.random.default_rng(4).normal(size=(60, 72, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return np.clip(smooth / smooth.std() * 0.2 + 0.5, 0, None).astype(np.float32)


@pytest.fixture(scope="module")
def film(pebbles: np.ndarray) -> np.ndarray:
    return np.stack([np.roll(pebbles, 2 * k, 1)[:40, :48] for k in range(8)])


def vary_still(source: np.ndarray, h: int, w: int, *, allowed: np.ndarray | None = None, **how: Any) -> Synthesis:
    """One frame of one frame, its field as x, y."""
    usable = None if allowed is None else allowed[None]
    made = vary_clip(source[None], 1, h, w, settings=QUICK, frames=1, allowed=usable, **how)
    return Synthesis(made.picture[0], np.ascontiguousarray(made.field[0, ..., :0:-1]), made.error[0])


def rebuilt(source: np.ndarray, made: ClipVariation, reach: int, radius: int) -> np.ndarray:
    """The plain mean of what the field's patches say."""
    n, h, w = made.field.shape[:3]
    total, count = np.zeros(made.picture.shape), np.zeros((n, h, w, 1))
    for t, y, x in np.argwhere(made.field[..., 0] >= 0):
        st, sy, sx = made.field[t, y, x]
        there = np.s_[t - reach : t + reach + 1, y - radius : y + radius + 1, x - radius : x + radius + 1]
        total[there] += source[
            st - reach : st + reach + 1, sy - radius : sy + radius + 1, sx - radius : sx + radius + 1
        ]
        count[there] += 1
    return total / count


def test_a_still_of_another_size_is_made_of_the_source_alone(pebbles: np.ndarray) -> None:
    made = vary_still(pebbles, 50, 90, seed=1, noise=2, completeness=0.3)
    assert made.picture.shape == (50, 90, 3)
    assert np.array_equal(vote(pebbles, made.field, 2), made.picture)
    assert made.error.mean() < 60  # 8 of 255 levels
    assert made.picture.std() > 0.85 * pebbles.std()


def test_seeds_differ_and_repeat(pebbles: np.ndarray) -> None:
    one, again, other = (
        vary_still(pebbles, 60, 72, seed=s, noise=2, completeness=0.3).picture for s in (1, 1, 2)
    )
    assert np.array_equal(one, again)
    assert np.abs(one - other).mean() > 0.05
    assert np.abs(one - pebbles).mean() > 0.05


def test_completeness_leaves_less_of_the_source_unused(pebbles: np.ndarray) -> None:
    def used(completeness: float) -> float:
        shares = []
        for seed in range(3):
            made = vary_still(pebbles, 60, 72, seed=seed, noise=3, completeness=completeness)
            places = np.zeros(pebbles.shape[:2], np.uint8)
            x, y = made.field[made.field[..., 0] >= 0].T
            places[y, x] = 1
            shares.append(cv2.dilate(places, np.ones((5, 5), np.uint8)).mean())
        return float(np.mean(shares))

    assert used(0.8) > used(0)


def test_a_film_is_the_vote_of_its_space_time_patches(film: np.ndarray) -> None:
    made = vary_clip(film, 7, 36, 54, seed=1, settings=QUICK, noise=2)
    assert made.picture.shape == (7, 36, 54, 3)
    assert np.allclose(made.picture, rebuilt(film, made, 1, 2), atol=1e-5)


def test_a_film_keeps_the_motion_of_its_source(film: np.ndarray) -> None:
    """The source drifts two columns a frame; so must the new film, where patches cover three frames."""
    made = vary_clip(film, 8, 40, 48, seed=1, settings=QUICK, noise=2).picture
    moved = np.abs(made[1:, 4:-4, 8:-4] - made[:-1, 4:-4, 6:-6]).mean()
    still = np.abs(made[1:, 4:-4, 8:-4] - made[:-1, 4:-4, 8:-4]).mean()
    assert moved < 0.4 * still


def test_pixels_that_may_not_be_used_are_not(pebbles: np.ndarray) -> None:
    allowed = np.ones(pebbles.shape[:2], bool)
    allowed[:, 40:] = False
    made = vary_still(pebbles, 40, 50, seed=1, noise=2, completeness=0.3, allowed=allowed)
    assert made.field[..., 0].max() <= 37


def test_a_film_shorter_than_a_patch_is_refused(film: np.ndarray) -> None:
    with pytest.raises(BadInput, match="smaller than a patch of 3 × 5 × 5"):
        vary_clip(film[:2], 8, 40, 48, seed=1, settings=QUICK)
    with pytest.raises(BadInput, match="no whole patch"):
        vary_clip(film, 8, 40, 48, seed=1, settings=QUICK, allowed=np.zeros(film.shape[:3], bool))
