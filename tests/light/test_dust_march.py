import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from secondunit.engines.light.dust import jitter_pattern
from secondunit.kernels import march, march_density, march_screen, march_shadow
from secondunit.kernels import march_reference as plain
from secondunit.kernels.noise import billow_tile, nearest_seed, nearest_seed_reference, vector_tile

TILE = billow_tile(3, 32)
directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda d: np.linalg.norm(d) > 0.2)


def blob(shape=(20, 18, 14), centre=(10, 9, 6), size=3.5):
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1)
    return np.exp(-(((grid - np.array(centre)) / size) ** 2).sum(-1)).astype(np.float32)


@settings(max_examples=6, deadline=None)
@given(directions)
def test_swept_depth_equals_the_sum_along_the_ray(direction):
    density = blob()
    depth = march_shadow.sweep_depth(density, direction, 0.5)
    at = np.random.default_rng(0).integers(1, 13, (60, 3))
    twin = plain.depth_reference(density, at.astype(float), np.array(direction), 0.5, 0.1)
    error = np.abs(depth[tuple(at.T)] - twin)
    # Between slices a slanted ray is spread over its neighbours: a point at the rim of the cloud is up to a fifth off.
    assert error.max() < 0.3 * twin.max() and error.mean() < 0.03 * twin.max()


def test_swept_depth_of_a_uniform_slab_is_exact():
    depth = march_shadow.sweep_depth(np.full((6, 5, 8), 2.0, np.float32), (0, 0, 1), 0.25)
    assert depth[3, 2] == pytest.approx(2.0 * 0.25 * (8 - np.arange(8) - 0.5), rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.tuples(st.floats(-2, 21), st.floats(-2, 19), st.floats(-2, 15)))
def test_look_up_equals_the_plain_twin(point):
    density = blob(centre=(1, 16, 0))
    twin = plain.look_up_reference(density, np.array([point]))[0]
    assert march_density.look_up(density, *map(float, point)) == pytest.approx(twin, abs=1e-5)


def test_noise_equals_the_plain_twin_and_is_periodic_and_equalised():
    seeds = np.random.default_rng(1).random((3, 3, 3, 3))
    fast = np.empty((9, 9, 9))
    nearest_seed(seeds, 9, fast)
    assert fast == pytest.approx(nearest_seed_reference(seeds, 9), abs=1e-9)
    assert np.quantile(TILE, [0, 0.25, 0.5, 1]) == pytest.approx([0, 0.25, 0.5, 1], abs=1e-3)
    jump = np.abs(TILE[0] - TILE[-1]).mean() / np.abs(np.diff(TILE, axis=0)).mean()
    assert jump < 1.3
    eddies = vector_tile(5)
    assert eddies.mean((0, 1, 2)) == pytest.approx(0, abs=1e-5) and eddies.std() == pytest.approx(1, rel=1e-3)


def integrate(
    share, rays, *, far=1e4, crisp=0.0, start=(-6.0, 9.0, 6.0), sun=(0, 0, 1.0), g=0.0, step=0.05, jitter=0.5
):
    """March over rays (h, w, 3) in a grid of 1 m cells with all sunlight and sky let in."""
    rays = np.asarray(rays, np.float32)
    h, w = rays.shape[:2]
    out, span = np.empty((h, w, 4), np.float32), np.empty((h, w, 2), np.float32)
    depth = np.full((h, w), far, np.float32)
    clear = np.zeros_like(share)
    march.march(
        share, clear, np.ones_like(share), np.zeros_like(share), march_shadow.block_map(share), TILE,
        np.zeros((1, 1, 1, 6), np.float32), np.array([1, 0], np.float32), np.full((2, 3), 5.5), np.zeros(3),
        np.array(start), rays, depth, np.full((64, 64), jitter, np.float32), np.array(sun, float), rays,
        np.array(sun, float), crisp, g, step, out, span,
    )  # fmt: skip
    return out, span


@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("thick", [2, 5])
def test_a_uniform_slab_lets_through_what_beer_and_lambert_say(share, thick):
    slab = np.full((12, 40, 40), share, np.float32)
    near = 0.3  # no ray is marched closer to the lens
    out, _ = integrate(slab, [[(1.0, 0, 0)]], start=(2.0, 20.0, 20.0), far=near + thick, jitter=0.0)
    sigma = float(plain.carve_reference(np.array([share]), np.array([1.0]), 0.0)[0])
    assert sigma == pytest.approx(np.exp(share * march_density.DECADES + march_density.THINNEST) + 3.5 * share**3)
    assert 1 - out[0, 0, 3] == pytest.approx(np.exp(-sigma * thick), abs=0.0105)  # under 1 % it stops


def test_opacity_with_noise_equals_the_sum_along_each_ray():
    share = gaussian_filter(blob(size=4.5), 1.0) * 1.1 - 0.05
    angles = np.linspace(-0.25, 0.25, 5)
    rays = np.array([[(1.0, a, b) for a in angles] for b in angles[:3]])
    for jitter in (0.0, 0.7):
        out, _ = integrate(share, rays, crisp=0.8, step=0.02, jitter=jitter)
        for row in range(rays.shape[0]):
            for col in range(rays.shape[1]):
                twin = plain.opacity_reference(
                    share, TILE, np.full(3, 5.5), np.zeros(3), np.array([-6.0, 9, 6]), rays[row, col], 40.0,
                    float(np.linalg.norm(rays[row, col])), 0.8,
                )  # fmt: skip
                assert out[row, col, 3] == pytest.approx(twin, abs=0.04)


def test_thick_dust_is_as_bright_as_a_white_wall_and_brighter_against_the_light():
    share = np.full((12, 40, 40), 0.9, np.float32)
    ray = [[(1.0, 0, 0)]]
    start = (-4.0, 20.0, 20.0)
    plain_phase, _ = integrate(share, ray, start=start, g=0.0, sun=(-1.0, 0, 0), step=0.02)
    assert 0.5 < plain_phase[0, 0, 0] + plain_phase[0, 0, 1] < 2.0
    behind, _ = integrate(np.full((1, 40, 40), 0.4, np.float32), ray, start=start, g=0.55, sun=(1.0, 0, 0))
    front, _ = integrate(np.full((1, 40, 40), 0.4, np.float32), ray, start=start, g=0.55, sun=(-1.0, 0, 0))
    assert behind[0, 0, 0] > 2.5 * front[0, 0, 0]


def test_a_surface_ends_the_ray_and_span_says_so():
    share = np.full((12, 40, 40), 0.3, np.float32)
    ray = [[(1.0, 0, 0)]]
    whole, open_span = integrate(share, ray, start=(-4.0, 20.0, 20.0))
    cut, span = integrate(share, ray, start=(-4.0, 20.0, 20.0), far=5.0)
    assert 0 < cut[0, 0, 3] < whole[0, 0, 3]
    assert span[0, 0, 1] == 5.0 and span[0, 0, 0] <= 5.0 and open_span[0, 0, 1] > 1e8
    before, _ = integrate(share, ray, start=(-4.0, 20.0, 20.0), far=3.0)
    assert (before == 0).all()


@settings(max_examples=6, deadline=None)
@given(directions.filter(lambda d: d[2] > 0.1))
def test_shadow_at_points_inside_and_outside_the_grid(direction):
    density = blob()
    toward = np.array(direction) / np.linalg.norm(direction)
    depth = march_shadow.sweep_depth(density, tuple(toward), 1.0)
    rng = np.random.default_rng(2)
    points = rng.uniform([-15, -15, 0], [35, 33, 6], (1, 40, 3))
    out = np.empty((1, 40), np.float32)
    march_shadow.shade_points(depth, points.astype(np.float32), np.zeros(3), np.eye(3), toward, out)
    twin = np.exp(-plain.depth_reference(density, points[0], toward, 1.0, 0.05))
    error = np.abs(out[0] - twin)  # slices soften the rim of a shadow by a cell or two
    assert error.max() < 0.3 and error.mean() < 0.04


def test_upsampling_keeps_constants_and_does_not_leak_over_edges():
    small = np.zeros((8, 8, 2), np.float32)
    small[:, :4] = 0.8  # dust at 20 m before the sky on the left; on the right a post at 5 m, nothing before it
    span = np.full((8, 8, 2), (20.0, 1e9), np.float32)
    span[:, 4:] = (0.0, 5.0)
    depth = np.full((16, 16), 1e4, np.float32)
    depth[:, 8:] = 5.0
    out = np.empty((16, 16, 2), np.float32)
    march_screen.upsample(small, span, depth, 2, out)
    assert out[:, :8] == pytest.approx(0.8, abs=0.02)
    assert out[:, 8:] == pytest.approx(0.0, abs=0.02)
    march_screen.upsample(
        np.full((8, 8, 2), 0.3, np.float32), np.full((8, 8, 2), (1.0, 1e9), np.float32), depth, 2, out
    )
    assert out == pytest.approx(0.3, abs=1e-6)


def test_settling_equals_the_plain_twin_and_keeps_edges():
    rng = np.random.default_rng(7)
    rgba = rng.random((9, 12, 4)).astype(np.float32)
    span = np.stack([np.ones((9, 12)), rng.choice([5.0, 5.05, 30.0, 1e9], (9, 12))], -1).astype(np.float32)
    out = np.empty_like(rgba)
    march_screen.settle(rgba, span, out)
    assert out == pytest.approx(plain.settle_reference(rgba.astype(float), span.astype(float)), abs=1e-5)

    edge = np.zeros((8, 8, 4), np.float32)
    edge[:, 4:] = 0.9
    march_screen.settle(edge, np.full((8, 8, 2), 1e9, np.float32), rgba := np.empty_like(edge))
    assert rgba == pytest.approx(edge, abs=1e-6)


def test_the_starts_of_the_rays_leave_no_pattern_in_thick_dust():
    """Rays through the same dust differ by where they start; neighbours must not show it."""
    share = gaussian_filter(blob(size=4.5), 1.0) * np.float32(1.1) - np.float32(0.05)
    y, z = np.meshgrid(np.linspace(-0.02, 0.02, 40), np.linspace(-0.02, 0.02, 40))
    rays = np.stack([np.ones_like(y), y, z], -1)
    started, span = integrate(share, rays, crisp=0.85, step=0.4, jitter=jitter_pattern())
    settled = np.empty_like(started)
    march_screen.settle(started, span, settled)

    def rough(a):
        return float(np.abs(a[1:-1, 1:-1, 0] - a[1:-1, :-2, 0]).mean())

    assert rough(settled) < 0.35 * rough(started)


def test_empty_blocks_hide_no_dust():
    share = np.zeros((17, 9, 9), np.float32)
    share[8, 4, 4] = 0.9
    blocks = march_shadow.block_map(share)
    assert blocks.sum() < blocks.size
    rng = np.random.default_rng(4)
    for point in rng.uniform(0, [16, 8, 8], (3000, 3)):
        if march_density.look_up(share, *point) > 0:
            assert blocks[tuple((point // march_shadow.BLOCK).astype(int))]
