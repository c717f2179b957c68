"""The division of cosines solves the equation that its docstring names."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.kernels.screened_poisson import screened_poisson


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 24), st.integers(3, 24), st.floats(0.5, 20), st.integers(0, 2**31))
def test_it_solves_the_equation(h: int, w: int, reach: float, seed: int) -> None:
    source = np.random.default_rng(seed).normal(size=(h, w, 2)).astype(np.float32)
    u = screened_poisson(source, reach).astype(np.float64)
    padded = np.pad(u, ((1, 1), (1, 1), (0, 0)), mode="edge")
    laplacian = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2] - 4 * u
    assert np.abs(u / reach**2 - laplacian - source).max() < 1e-3 * max(1.0, float(np.abs(u).max()))
