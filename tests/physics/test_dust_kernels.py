import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.kernels import smoke, smoke_forces
from secondunit.kernels import smoke_reference as plain

SHAPE = (6, 5, 7)


def faces(seed, shape=SHAPE):
    rng = np.random.default_rng(seed)
    sizes = [tuple(n + (axis == d) for d, n in enumerate(shape)) for axis in range(3)]
    return [rng.normal(0, 2, s).astype(np.float32) for s in sizes]


def centre_speed(u, v, w):
    c = np.empty((*SHAPE, 3), np.float32)
    smoke.centre_speed(u, v, w, c)
    return c


@pytest.mark.parametrize("axis", range(4))
def test_advection_equals_the_plain_twin(axis):
    u, v, w = faces(1)
    c = centre_speed(u, v, w)
    a = [u, v, w, np.random.default_rng(2).random(SHAPE, dtype=np.float32)][axis]
    forward, sharp = np.empty_like(a), np.empty_like(a)
    smoke.advect(forward, a, c, np.float32(0.37), axis)
    smoke.advect_sharply(sharp, a, forward, c, np.float32(0.37), axis, np.ones((2, 2, 2), np.uint8))
    assert forward == pytest.approx(
        plain.advect_reference(a.astype(float), c.astype(float), 0.37, axis), abs=2e-5
    )
    twin = plain.advect_sharply_reference(a.astype(float), c.astype(float), 0.37, axis)
    assert (np.abs(sharp - twin) > 1e-4).mean() < 0.01  # a value on the very limit may fall either way
    smoke.advect_sharply(sharp, a, forward, c, np.float32(0.37), axis, np.zeros((2, 2, 2), np.uint8))
    assert np.array_equal(sharp, forward)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_projection_equals_a_dense_solve_and_leaves_only_the_source(seed):
    u, v, w = faces(seed)
    source = np.random.default_rng(seed).normal(0, 1, SHAPE).astype(np.float32)
    twin = plain.project_reference(*(f.astype(float) for f in (u, v, w)), source.astype(float))
    before = np.abs(plain.divergence_reference(u, v, w) - source).max()
    smoke.project(u, v, w, source)
    for fast, slow in zip((u, v, w), twin, strict=True):
        assert fast == pytest.approx(slow, abs=2e-4)
    assert (w[:, :, 0] == 0).all()
    assert np.abs(plain.divergence_reference(u, v, w) - source).max() < 1e-4 * before


def test_still_uniform_wind_stays_as_it_is():
    u, v, w = (np.zeros_like(f) for f in faces(0))
    u += 3
    smoke.project(u, v, w, np.zeros(SHAPE, np.float32))
    assert u == pytest.approx(3, abs=1e-5) and v == pytest.approx(0, abs=1e-5) and w == pytest.approx(0, abs=1e-5)


def test_curl_equals_the_plain_twin_and_swirl_pushes_across_it():
    c = centre_speed(*faces(5))
    out = np.empty((*SHAPE, 4), np.float32)
    smoke.curl(c, np.float32(0.5), out)
    assert out[..., :3] == pytest.approx(plain.curl_reference(c.astype(float), 0.5), abs=1e-4)
    force = np.empty_like(c)
    smoke.swirl_force(out, np.float32(2), force)
    across = np.abs((force * out[..., :3]).sum(-1))
    assert across.max() < 1e-3 * np.abs(force).max() * out[..., 3].max()
    assert np.linalg.norm(force, axis=-1).max() <= 2 * out[..., 3].max() * 1.001


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 2.0))
def test_puffs_keep_their_sum(seed, radius):
    rng = np.random.default_rng(seed)
    n = 7
    at = rng.uniform(0, 1, (n, 3)) * (np.array(SHAPE) - 1)
    out = np.zeros(SHAPE, np.float32)
    amount = rng.random(n).astype(np.float32)
    smoke_forces.splat_puffs(at.astype(np.float32), np.full(n, radius, np.float32), amount, out)
    assert out.sum() == pytest.approx(amount.sum(), rel=1e-4)
    assert (out >= 0).all()


def test_solids_keep_volume_and_flux_and_drag_the_air_along():
    solid, flux = np.zeros(SHAPE, np.float32), np.zeros((*SHAPE, 3), np.float32)
    at = np.float32([[2.3, 1.6, 3.1], [3.0, 2.0, 2.0]])
    speed = np.float32([[1, -2, -6], [1, -2, -6]])
    smoke_forces.splat_solid(at, speed, np.float32([0.4, 0.6]), solid, flux)
    assert solid.sum() == pytest.approx(1.0)
    assert flux.sum((0, 1, 2)) == pytest.approx([1, -2, -6], rel=1e-5)
    u, v, w = (np.zeros_like(f) for f in faces(0))
    smoke_forces.drag_faces(u, v, w, solid, flux, np.float32(1e4))
    assert w[3, 2, 2] == pytest.approx(-6, rel=1e-2)
    assert w[0, 0, 5] == 0
