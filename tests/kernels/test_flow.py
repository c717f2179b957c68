"""Flow finds a known motion, warping follows it, and the round trip tells where neither holds."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from secondunit.kernels.flow import flow_between, perceptual, scene_linear
from secondunit.kernels.warp import agreement, warp
from secondunit.kernels.warp_reference import warp_plainly


def _texture(h: int, w: int, seed: int = 3) -> np.ndarray:
    noise = np.random.default_rng(seed).random((h, w, 3))
    soft = np.stack([gaussian_filter(noise[..., c], 1.6) for c in range(3)], -1)
    return ((soft - soft.min()) / (soft.max() - soft.min())).astype(np.float32)


@pytest.mark.parametrize("scale", [0.02, 1.0, 40.0])
def test_a_known_shift_is_found_in_dark_and_in_bright_shots(scale: float) -> None:
    big = _texture(96, 120) * scale
    a, b = big[8:-8, 8:-8], big[5:-11, 10:-6]  # a(p) = b(p + (-2, 3))
    flow = flow_between(a, b)
    inner = flow[12:-12, 12:-12]
    assert np.abs(np.median(inner, (0, 1)) - [-2, 3]).max() < 0.1
    assert np.abs(warp(b, flow) - a)[12:-12, 12:-12].mean() < 0.1 * np.abs(b - a)[12:-12, 12:-12].mean()


def test_the_same_pictures_give_the_same_flow() -> None:
    a, b = _texture(64, 64), _texture(64, 64, 4)
    assert np.array_equal(flow_between(a, b), flow_between(a, b))


@pytest.mark.parametrize("shape", [(1, 1), (5, 40), (40, 7)])
def test_tiny_pictures_have_a_flow_too(shape: tuple[int, int]) -> None:
    a = _texture(40, 40)[: shape[0], : shape[1]]
    flow = flow_between(a, a, start=np.zeros((*shape, 2), np.float32))
    assert flow.shape == (*shape, 2)
    assert np.abs(flow).max() < 0.5


@pytest.mark.parametrize("cubic", [False, True])
def test_warp_equals_its_plain_twin_inside_and_beyond_the_edge(cubic: bool) -> None:
    rng = np.random.default_rng(1)
    picture = rng.normal(0, 5, (9, 11, 3)).astype(np.float32)
    flow = rng.normal(0, 4, (9, 11, 2)).astype(np.float32)
    flow[0, 0] = np.nan
    assert np.allclose(warp(picture, flow, cubic=cubic), warp_plainly(picture, flow, cubic=cubic), atol=2e-5)
    assert np.array_equal(warp(picture, np.zeros_like(flow), cubic=cubic), picture)
    assert np.array_equal(warp(picture[..., 0], flow, cubic=cubic), warp(picture, flow, cubic=cubic)[..., 0])


def test_a_picture_of_one_row_can_be_warped() -> None:
    picture = np.arange(5, dtype=np.float32)[None]
    flow = np.full((1, 5, 2), 0.5, np.float32)
    assert np.allclose(warp(picture, flow), [[0.5, 1.5, 2.5, 3.5, 4]])


def test_the_round_trip_is_short_where_both_see_the_place_and_long_where_one_does_not() -> None:
    forward = np.full((20, 30, 2), (4, 0), np.float32)
    backward = -forward
    backward[:, 15:] = 0  # something else stands there
    gap = agreement(forward, backward)
    assert gap[:, :10].max() < 1e-6
    assert np.allclose(gap[:, 11:25], 4)
    assert np.isinf(gap[:, 26:]).all()


def test_perceptual_codes_come_back_with_sign_and_highlights() -> None:
    values = np.array([-0.2, 0, 1e-4, 0.18, 1, 60], np.float32)
    assert np.allclose(scene_linear(perceptual(values)), values, rtol=1e-5)
