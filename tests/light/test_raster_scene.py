from functools import cache

import box_house
import numpy as np
import pytest
from scipy import ndimage

from secondunit.engines.light.cryptomatte import fragment_ids, id_of_name
from secondunit.engines.light.raster import LightScene, RasterSettings
from secondunit.engines.light.raster_mesh import build_mesh
from secondunit.engines.light.raster_pose import rest_poses
from secondunit.engines.light.raster_view import make_view
from secondunit.errors import BadInput
from secondunit.kernels.raster_visibility import draw_fragments
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground, Sun

W, H = 160, 90
SETTINGS = RasterSettings(samples=16, light_sets=8, sun_map=256, sky_map=128)
SUN = Sun.from_angles(-140, 35)


def plate(seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 0.5, (H, W, 3)).astype(np.float32)


@cache
def proxy():
    """(H, W) coverage of the house as its triangles alone give it."""
    house, camera = box_house.house(), box_house.camera(W, H)
    view = make_view(camera, Ground(), 16, 8, 0)
    full = np.ones((H, W), np.float32)
    mesh = build_mesh(house, camera, full)
    poses = rest_poses(mesh.centre, 16)
    zb, ib = np.zeros((16, H, W), np.float32), np.full((16, H, W), -1, np.int32)
    draw_fragments(
        zb, ib, mesh.corners, mesh.centre, mesh.cut, mesh.first, mesh.radius, poses.rotation, poses.position,
        view.cam, view.jitter, view.order, full, np.array([0, 0, W, H], np.int32),
    )  # fmt: skip
    return (ib >= 0).mean(0).astype(np.float32)


def scene(breakup, obstacles=(), matte=None, settings=SETTINGS, **rest):
    matte = proxy() if matte is None else matte
    return LightScene(
        breakup,
        box_house.camera(W, H),
        SUN,
        Ground(),
        obstacles,
        plate=plate(),
        matte=matte,
        settings=settings,
        **rest,
    )


@pytest.fixture(scope="module")
def breakup():
    return box_house.house()


@pytest.fixture(scope="module")
def standing_scene(breakup):
    return scene(breakup)


def frames_of(breakup, time, moves=None):
    return [box_house.tumble(breakup, time + k / 24, moves) for k in (-1, 0, 1)]


def crumbs_of(breakup, time):
    return [box_house.crumbs(breakup, time + k / 24) for k in (-1, 0, 1)]


def test_rest_pose_changes_nothing(breakup, standing_scene):
    rest = box_house.rest_frame(breakup)
    frame = standing_scene.render(rest, rest, rest)
    assert (frame.standing_ratio == 1).all()
    assert (frame.ground_ratio == 1).all()
    assert not frame.fragments.any()
    assert not frame.debris.any()
    assert not frame.motion.any()
    assert frame.standing.max() == 1


def test_rest_coverage_is_the_matte(breakup):
    """Checklist 3: a matte smaller than the proxy is met by 99.5 % and overshot by 0.5 % at most."""
    inside = proxy() == 1
    row, column = np.mgrid[:H, :W]
    soft = np.clip((30 - np.hypot(row - 50, (column - 90) * 0.6)) / 3 + 0.5, 0, 1)
    matte = np.where(inside, soft, 0).astype(np.float32)
    rest = box_house.rest_frame(breakup)
    frame = scene(breakup, matte=matte).render(rest, rest, rest)
    assert np.minimum(frame.standing, matte).sum() / matte.sum() >= 0.995
    assert np.maximum(frame.standing - matte, 0).sum() / matte.sum() <= 0.005


def test_a_matte_wider_than_the_proxy_is_covered_too(breakup):
    """A cap of two pixels all round that the proxy misses stands at rest and goes when its pieces go."""
    wide = ndimage.binary_dilation(proxy() > 0, iterations=2).astype(np.float32)
    lit = scene(breakup, matte=wide)
    rest = box_house.rest_frame(breakup)
    frame = lit.render(rest, rest, rest)
    assert np.minimum(frame.standing, wide).sum() / wide.sum() >= 0.995
    assert np.maximum(frame.standing - wide, 0).sum() / wide.sum() <= 0.005
    gone = lit.render(*frames_of(breakup, 0.5))
    assert gone.standing.sum() == 0


def test_coverages_and_ids_sum_up(breakup, standing_scene):
    moves = breakup.centre[:, 0] > 3
    frame = standing_scene.render(*frames_of(breakup, 0.7, moves), *crumbs_of(breakup, 0.7))
    total = frame.fragments[..., 3] + frame.debris[..., 3] + frame.standing + frame.holdout
    assert total.max() <= 1 + 1e-6
    assert frame.fragments[..., 3].max() == 1
    assert frame.debris[..., 3].max() > 0.5
    ids, cover = frame.ids[..., 0], frame.ids[..., 1]
    assert (np.diff(cover, axis=-1) <= 1e-7).all()
    full = cover[..., -1] == 0  # fewer pieces than ranks: nothing can be missing
    assert full.mean() > 0.95
    np.testing.assert_allclose(cover.sum(-1)[full], (total - frame.holdout)[full], atol=1e-5)
    known = {float(v) for v in fragment_ids(breakup.n_fragments)} | {id_of_name("debris"), 0.0}
    assert {float(v) for v in np.unique(ids)} <= {float(np.float32(v)) for v in known}
    debris_cover = (cover * (ids == np.float32(id_of_name("debris")))).sum(-1)
    np.testing.assert_allclose(debris_cover[full], frame.debris[..., 3][full], atol=1e-5)


def test_unmoved_pieces_far_from_the_fall_keep_their_light(breakup, standing_scene):
    moves = breakup.centre[:, 0] > 8
    frame = standing_scene.render(*frames_of(breakup, 0.2, moves))
    assert 0.3 < frame.standing.sum() / (standing_scene.rest_ib >= 0).mean(0).sum() < 1
    untouched = (frame.standing_ratio == 1).all(-1) & (frame.standing > 0)
    assert untouched.sum() > 0.1 * (frame.standing > 0).sum()


def test_the_same_frame_twice_is_the_same_pixels_whatever_came_between(breakup, standing_scene):
    first = standing_scene.render(*frames_of(breakup, 0.4), *crumbs_of(breakup, 0.4))
    standing_scene.render(*frames_of(breakup, 0.9))
    again = standing_scene.render(*frames_of(breakup, 0.4), *crumbs_of(breakup, 0.4))
    for name in ("fragments", "debris", "standing", "ground_ratio", "depth", "motion", "ids"):
        assert (getattr(first, name) == getattr(again, name)).all(), name


def test_a_piece_relit_where_it_stood_is_the_plate(breakup):
    """Checklist 4: rest pose drawn as moved pieces against the plate."""
    lit = scene(breakup, settings=RasterSettings(samples=16, light_sets=8, sun_map=512, sky_map=256))
    rest = box_house.rest_frame(breakup)
    woken = [rest for _ in range(3)]
    now = type(rest)(
        rest.position, rest.rotation, rest.velocity, rest.spin, rest.awake + np.uint8(1), rest.events
    )
    frame = lit.render(woken[0], now, woken[2])
    skin = (lit.rest.skin[..., 3] > 0) & (frame.fragments[..., 3] == 1)
    assert skin.sum() > 1000
    ratio = frame.fragments[..., :3][skin] / plate()[skin]
    assert 0.8 < np.median(ratio) < 1.1  # a light film of dust lies on what has moved


def test_pieces_in_the_air_shade_ground_and_wall(breakup, standing_scene):
    moves = (breakup.centre[:, 0] > 4) & (breakup.centre[:, 1] < 1) & (breakup.centre[:, 0] < 7)
    frames = frames_of(breakup, 0.3, moves)
    for frame in frames:
        frame.position[moves, 1] -= 4
    frame = standing_scene.render(*frames)
    assert (frame.ground_ratio < 0.6).all(-1).sum() > 20
    assert (frame.standing_ratio < 0.6).all(-1).sum() > 20
    far = np.zeros((H, W), bool)
    far[-3:, :5] = True
    assert np.abs(frame.ground_ratio[far] - 1).max() < 0.02


def test_holdouts_hide_only_what_lies_behind_them(breakup):
    hold = np.zeros((H, W), np.float32)
    hold[:, 60:100] = 1
    near = np.full((H, W), np.inf, np.float32)
    near[:, 60:80] = 5.0  # metres: before the house
    near[:, 80:100] = 60.0  # behind it
    frame = scene(breakup, holdout=hold, holdout_depth=near).render(*frames_of(breakup, 0.5))
    assert (frame.holdout[:, 60:80] == 1).all()
    assert not frame.fragments[:, 60:80].any()
    assert frame.fragments[:, 80:100, 3].sum() > 50
    assert not frame.holdout[:, :60].any()
    pieces = frame.fragments[:, 80:100, 3] == 1
    assert (frame.holdout[:, 80:100][pieces] == 0).all()


def test_half_a_holdout_covers_half(breakup):
    hold = np.full((H, W), 0.5, np.float32)
    near = np.full((H, W), 3.0, np.float32)
    rest = box_house.rest_frame(breakup)
    frame = scene(breakup, holdout=hold, holdout_depth=near).render(rest, rest, rest)
    np.testing.assert_allclose(frame.holdout, 0.5)


def test_obstacles_cast_shadow_at_rest_and_change_nothing(breakup):
    car = Obstacle("car", (3.0, -4.0, 0.8), (2.0, 0.9, 0.8), 10.0)
    rest = box_house.rest_frame(breakup)
    with_car = scene(breakup, (car,))
    frame = with_car.render(rest, rest, rest)
    assert (frame.ground_ratio == 1).all()
    pixel, _ = box_house.camera(W, H).project(np.array([[3.0, -5.3, 0.0], [5.2, -2.8, 0.0]]))  # lit side, shaded
    lit, shaded = (with_car.rest.ground_light[int(v), int(u)].sum() for u, v in pixel)
    assert shaded < 0.5 * lit


def test_depth_position_and_motion_agree_with_the_camera(breakup, standing_scene):
    frames = frames_of(breakup, 0.5)
    frame = standing_scene.render(*frames)
    camera = box_house.camera(W, H)
    surface = frame.depth < 1e3
    pixel, depth = camera.project(frame.position[surface].astype(float))
    np.testing.assert_allclose(depth, frame.depth[surface], rtol=1e-3)
    rows, columns = np.nonzero(surface)
    assert np.abs(pixel - np.stack([columns + 0.5, rows + 0.5], 1)).max() < 0.75
    fast = np.hypot(*np.moveaxis(frame.motion, -1, 0))
    assert np.median(frame.motion[..., 1][fast > 1]) > 1  # it falls: down is positive
    unit = np.linalg.norm(frame.normal[surface], axis=-1)
    np.testing.assert_allclose(unit, 1, atol=1e-3)


def test_wrong_sizes_are_refused(breakup, standing_scene):
    with pytest.raises(BadInput, match="matte"):
        scene(breakup, matte=np.ones((5, 5), np.float32))
    small = box_house.rest_frame(box_house.house(step=2.0))
    with pytest.raises(BadInput, match="fragments"):
        standing_scene.render(small, small, small)
