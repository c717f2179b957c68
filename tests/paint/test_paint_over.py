"""An engine's picture over the plate: bit for bit outside, grain as on the plate inside."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.comp.grain import grain_ratio, measure_grain
from secondunit.comp.paint_over import paint_over


def grainy(seed: int, size: tuple[int, int] = (240, 320)) -> np.ndarray:
    ramp = np.linspace(0.1, 0.6, size[1], dtype=np.float32)[None, :, None] * np.ones((size[0], 1, 3), np.float32)
    return ramp + np.random.default_rng(seed).normal(0, 0.012, (*size, 3)).astype(np.float32) * ramp


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(-2, 90))
def test_pixels_of_matte_zero_stay_the_plate_bit_for_bit(seed: int, bright: float) -> None:
    rng = np.random.default_rng(seed)
    plate = (rng.normal(0, 1, (24, 32, 3)) * bright).astype(np.float32)
    matte = np.clip(rng.normal(0, 1, (24, 32)), 0, 1).astype(np.float32)
    kept = np.full((24, 32), 0.2, np.float32)
    made = paint_over(plate, plate[::-1], matte, kept, measure_grain(grainy(1)), seed=seed, frame=1001)
    outside = matte == 0
    assert np.array_equal(made.beauty[outside].view(np.uint32), plate[outside].view(np.uint32))
    assert not made.grain[outside].any()


def test_what_averaging_took_of_the_grain_comes_back() -> None:
    plate = grainy(1)
    grain = measure_grain(plate)
    mean_of_nine = np.mean([grainy(seed) for seed in range(9)], 0).astype(np.float32)
    matte, kept = np.ones(plate.shape[:2], np.float32), np.full(plate.shape[:2], 1 / 9, np.float32)
    bare = grain_ratio(mean_of_nine, grain, matte > 0)
    made = paint_over(plate, mean_of_nine, matte, kept, grain, seed=3, frame=1001)
    again = grain_ratio(made.beauty, grain, matte > 0)
    assert bare is not None and bare < 0.5
    assert again is not None and 0.9 < again < 1.1


def test_a_copy_gets_no_second_grain_and_the_same_seed_the_same_pixels() -> None:
    plate, matte = grainy(1), np.ones((240, 320), np.float32)
    grain, copy = measure_grain(plate), np.ones((240, 320), np.float32)
    assert not paint_over(plate, grainy(2), matte, copy, grain, seed=3, frame=1001).grain.any()
    one, two = (
        paint_over(plate, grainy(2), matte, copy * 0.1, grain, seed=3, frame=f).beauty for f in (1001, 1001)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(
        one, paint_over(plate, grainy(2), matte, copy * 0.1, grain, seed=3, frame=1002).beauty
    )
