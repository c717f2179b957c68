"""The network before it has learned anything, its codes and its tiles."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from secondunit.engines.keyframe.log_code import from_code, pack, to_code, unpack  # noqa: E402
from secondunit.engines.keyframe.network import Shape, ShotNetwork  # noqa: E402
from secondunit.engines.keyframe.speak import speak  # noqa: E402
from secondunit.media.colour import from_working  # noqa: E402


def wild_picture(h: int, w: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return (np.exp2(rng.uniform(-12, 12, (h, w, 3))) * rng.choice([1, -0.01], (h, w, 3))).astype(np.float32)


def stirred(shape: Shape, seed: int = 0) -> ShotNetwork:
    """A network that says something, as none does before it has learned."""
    network = ShotNetwork(shape, seed).requires_grad_(False)
    network.said.weight.normal_(0, 0.05, generator=torch.Generator().manual_seed(seed))
    return network


def test_the_code_is_acescct_and_goes_both_ways_unclamped() -> None:
    picture = wild_picture(32, 32)
    code = to_code(torch.from_numpy(picture))
    np.testing.assert_allclose(code.numpy(), from_working(picture, "ACEScct"), atol=2e-5, rtol=1e-5)
    np.testing.assert_allclose(from_code(code).numpy(), picture, rtol=2e-4, atol=1e-6)


def test_packing_is_undone_and_puts_a_cell_into_one_pixel() -> None:
    pixels = torch.arange(2 * 8 * 12 * 3.0).reshape(2, 8, 12, 3)
    packed = pack(pixels, 2)
    assert packed.shape == (2, 12, 4, 6)
    assert packed.is_contiguous(memory_format=torch.channels_last)
    assert set(packed[0, :, 0, 0].tolist()) == set(pixels[0, :2, :2].reshape(-1).tolist())
    assert torch.equal(unpack(packed, 2), pixels)


def test_untrained_it_gives_the_plate_back_highlights_and_negatives_too() -> None:
    plate = wild_picture(45, 61)
    picture, matte = speak(ShotNetwork(Shape(), 0), plate, "cpu")
    np.testing.assert_allclose(picture, plate, rtol=2e-4, atol=1e-6)
    assert (matte == 1).all()
    assert not speak(ShotNetwork(Shape(n_said=4), 0), plate, "cpu")[1].any()


def test_no_pixel_beyond_its_reach_matters() -> None:
    shape = Shape()
    network = stirred(shape)
    one = torch.zeros(1, 12, 96, 96)
    other = one.clone()
    other[..., 48, 48] = 100
    changed = (network(one) != network(other)).any(1)[0].nonzero()
    far = (changed - 48).abs().max() * shape.side
    assert far <= shape.reach
    assert far > shape.reach / 2


def test_tiles_say_what_the_whole_says() -> None:
    plate = np.abs(wild_picture(200, 264)) ** 0.1
    network = stirred(Shape(n_said=4))
    whole, tiled = speak(network, plate, "cpu"), speak(network, plate, "cpu", tile=80)
    assert np.abs(whole[0] - plate).max() > 0.1
    for one, other in zip(whole, tiled, strict=True):
        np.testing.assert_allclose(one, other, rtol=5e-3, atol=2e-3)


def test_the_same_seed_begins_with_the_same_weights() -> None:
    states = [ShotNetwork(Shape(), seed).state_dict() for seed in (1, 1, 2)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["down.0.first.weight"], states[2]["down.0.first.weight"])
