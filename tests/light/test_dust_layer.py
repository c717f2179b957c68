import dataclasses

import numpy as np
import pytest

from secondunit.engines.light.dust import DustLook, light_cloud, render_dust
from secondunit.engines.physics.motion import DustFrame
from secondunit.errors import BadInput
from secondunit.slate.camera import Camera, Ground, Sun

WIDTH, HEIGHT = 160, 90
CELL = 0.5
GROUND = Ground(0.0, 0.04, 0.2)


def camera(width=WIDTH, shift=(0.0, 0.0)):
    return Camera.looking(
        position=(shift[0], -18.0 + shift[1], 1.9), yaw_deg=0, pitch_deg=4, roll_deg=0, focal=width * 0.8,
        width=width, height=width * 9 // 16,
    )  # fmt: skip


def cloud(low=(-8.0, -8.0), peak=12.0, flow=0.0):
    """A round heap of dust 5 m wide on the ground at the origin, 1/m."""
    n = (32, 32, 16)
    grid = [np.arange(k) * CELL + CELL / 2 for k in n]
    x, y, z = np.meshgrid(grid[0] + low[0], grid[1] + low[1], grid[2], indexing="ij")
    far = np.sqrt(x**2 + y**2 + (1.3 * z) ** 2)
    density = peak * np.clip((3.2 - far) / 1.2, 0, 1) ** 2
    half = tuple(k // 2 for k in n)
    return DustFrame(
        density=density.astype(np.float16), velocity=np.zeros((3, *half), np.float16), low=(*low, GROUND.level),
        cell=CELL, tint=(0.5, 0.45, 0.4), slope=(GROUND.slope_x, GROUND.slope_y),
        flow=np.full((2, 3, *half), flow, np.float16), blend=(0.6, 0.4), resets=(0, 1),
    )  # fmt: skip


def street(cam):
    """Depth and position of the bare ground under the sky."""
    row, col = np.mgrid[: cam.height, : cam.width] + 0.5
    rays = cam.rays(np.c_[col.ravel(), row.ravel()]).reshape(cam.height, cam.width, 3)
    at = np.array(cam.position)
    over = at[2] - GROUND.height(at[0], at[1])
    t = -over / (rays[..., 2] - GROUND.slope_x * rays[..., 0] - GROUND.slope_y * rays[..., 1])
    depth = np.where((t > 0) & (t < 200), t, 1e4)
    return depth.astype(np.float32), (at + rays * depth[..., None]).astype(np.float32)


FRONT, BACK = Sun.from_angles(-160, 40), Sun.from_angles(15, 35)


def draw(frame=None, sun=FRONT, cam=None, depth=None, **rest):
    cam = cam or camera()
    bare, position = street(cam)
    depth = bare if depth is None else depth
    return render_dust(cloud() if frame is None else frame, cam, sun, depth, position, exposure=0.2, **rest)


def test_no_dust_leaves_everything_alone():
    layer = draw(dataclasses.replace(cloud(), density=np.zeros((2, 2, 2), np.float16)))
    assert (layer.rgba == 0).all() and (layer.sun == 1).all()


def test_where_no_dust_is_the_layer_is_exactly_clear():
    layer = draw()
    assert (layer.rgba[:10] == 0).all() and (layer.rgba[:, :10] == 0).all()
    assert layer.rgba[..., 3].max() > 0.99
    assert (layer.rgba >= 0).all() and (layer.rgba[..., 3] <= 1).all() and np.isfinite(layer.rgba).all()


def test_dust_behind_a_surface_is_hidden_and_part_of_it_is_half_hidden():
    cam = camera()
    bare, _ = street(cam)
    assert (draw(depth=np.minimum(bare, 10.0).astype(np.float32)).rgba == 0).all()
    thin = cloud(peak=0.5)
    through = draw(thin, depth=np.minimum(bare, 18.0).astype(np.float32)).rgba[..., 3].sum()
    assert 0.2 < through / draw(thin).rgba[..., 3].sum() < 0.8


def test_the_shadow_lies_on_the_side_away_from_the_sun():
    cam = camera()
    _, position = street(cam)
    near = (np.abs(position[..., 0]) < 1) & (street(cam)[0] < 100)
    before, behind = near & (np.abs(position[..., 1] + 6) < 1), near & (np.abs(position[..., 1] - 4.2) < 0.8)
    high_behind = Sun.from_angles(0, 25)
    assert draw(sun=high_behind).sun[before].mean() < 0.5
    low_before = Sun.from_angles(180, 25)
    assert draw(sun=low_before).sun[before].mean() > 0.99
    assert draw(sun=low_before).sun[behind].mean() < 0.5
    assert (draw().sun[:10] == 1).all(), "the sky has no shadow"


def test_lit_from_the_front_it_is_bright_and_from_behind_its_rim_glows():
    front, back = draw(sun=FRONT).rgba, draw(sun=BACK).rgba
    solid = front[..., 3] > 0.99
    rim = (back[..., 3] > 0.2) & (back[..., 3] < 0.9)
    value = front[solid, 1].mean()
    wall = 0.2 * (1 + FRONT.sun_to_sky) * 0.45  # a wall of the dust's albedo facing sun and sky
    assert 0.35 * wall < value < 1.2 * wall
    assert (back[rim, 1] / back[rim, 3]).mean() > 1.25 * back[solid, 1].mean()
    shaded, lit = front[solid, 1].min(), front[solid, 1].max()
    assert lit > 1.2 * shaded, "it shadows itself"
    assert shaded > 0.12 * wall, "and its shade is not dead"


def test_colour_is_that_of_dust_and_light():
    rgba = draw(cloud(), sun=dataclasses.replace(FRONT, sun_colour=(1, 1, 1), sky_colour=(1, 1, 1))).rgba
    r, g, b = rgba[rgba[..., 3] > 0.99, :3].mean(0)
    assert r > g > b
    assert 0.5 / 0.45 <= r / g < 1.25
    doubled = render_dust(cloud(), camera(), FRONT, *street(camera()), exposure=0.4).rgba
    assert doubled[..., :3] == pytest.approx(2 * draw().rgba[..., :3], rel=1e-4, abs=1e-6)


def test_more_density_hides_more_and_crispness_cuts_the_edge():
    thick, thin = (draw(cloud(peak=0.8), look=DustLook(density=d)).rgba[..., 3].sum() for d in (1.0, 0.3))
    assert thick > 1.2 * thin
    smooth, crisp = (draw(look=DustLook(crisp=c)).rgba[..., 3] for c in (0.1, 0.9))
    roughness = [np.abs(np.diff(a, axis=1)).sum() / a.sum() for a in (smooth, crisp)]
    assert roughness[1] > 1.15 * roughness[0]


def test_noise_rides_on_the_air_and_stays_when_the_grid_moves():
    still = draw().rgba
    metres = 8 * CELL  # the grid moves by one block and nothing else does: the same picture
    grid_moved = draw(cloud(low=(-8.0 + metres, -8.0))).rgba
    assert np.abs(grid_moved - still).max() < 0.05 * still.max()
    # cloud, noise and camera move together by 1.3 m: the same picture
    drift = 1.3
    moved = dataclasses.replace(cloud(), low=(-8.0 + drift, -8.0, GROUND.level))
    flow = np.zeros_like(moved.flow)
    flow[:, 0] = drift
    carried = draw(dataclasses.replace(moved, flow=flow), cam=camera(shift=(drift, 0.0))).rgba
    assert (
        np.abs(carried - still).mean()
        < 0.1 * np.abs(draw(moved, cam=camera(shift=(drift, 0.0))).rgba - still).mean()
    )


def test_the_same_twice_and_another_with_another_seed():
    assert np.array_equal(draw().rgba, draw().rgba)
    assert not np.array_equal(draw().rgba, draw(seed=1).rgba)


def test_half_raster_and_full_raster_agree():
    cam = camera(960)
    bare, position = street(cam)
    half = render_dust(cloud(), cam, FRONT, bare, position, exposure=0.2).rgba
    small = camera(480)
    full = render_dust(cloud(), small, FRONT, *street(small), exposure=0.2).rgba
    pooled = half.reshape(270, 2, 480, 2, 4).mean((1, 3))
    assert np.abs(pooled - full).mean() < 0.01
    assert pooled[..., 3].sum() == pytest.approx(full[..., 3].sum(), rel=0.02)


def test_a_cloud_lit_once_is_drawn_the_same_from_everywhere():
    lit = light_cloud(cloud(), FRONT)
    for cam in (camera(), camera(shift=(1.0, 2.0))):
        alone, shared = draw(cam=cam), draw(cam=cam, cloud=lit)
        assert alone.rgba.tobytes() == shared.rgba.tobytes() and alone.sun.tobytes() == shared.sun.tobytes()
    assert light_cloud(dataclasses.replace(cloud(), density=np.zeros((2, 2, 2), np.float16)), FRONT) is None


def test_rays_farther_apart_draw_the_same_cloud_softer():
    near, far = draw(cam=camera(480)).rgba, draw(cam=camera(480), step=2).rgba
    assert near.shape == far.shape and near.tobytes() != far.tobytes()
    assert np.abs(near - far).mean() < 0.01
    assert far[..., 3].sum() == pytest.approx(near[..., 3].sum(), rel=0.02)


def test_refuses_rasters_that_differ():
    cam = camera()
    bare, position = street(cam)
    with pytest.raises(BadInput):
        render_dust(cloud(), cam, FRONT, bare[:-1], position, exposure=0.2)
