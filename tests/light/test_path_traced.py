"""The path-traced light on a small house: what it may change, what it must not, and what it is compared with."""

from dataclasses import replace

import box_house
import numpy as np
import pytest
from scipy import ndimage

from secondunit.engines.light import path_traced_filter as filters
from secondunit.engines.light.path_traced_world import covering, load_mitsuba, on_pinhole, path_tracer
from secondunit.engines.light.raster import LightScene, RasterSettings
from secondunit.engines.light.raster_view import make_view
from secondunit.engines.physics.breakup import Part
from secondunit.errors import BadInput
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground, Sun

W, H = 160, 90
SUN = Sun.from_angles(-140, 35)
SMALL = RasterSettings(samples=16, light_sets=8, sun_map=256, sky_map=128)
SEEN = ("standing", "holdout", "depth", "position", "normal", "motion", "ids", "photo")


def scenes(camera=None, house=None, obstacles=()):
    pytest.importorskip("mitsuba")
    from secondunit.engines.light.path_traced import PathTracedScene

    house, camera = house or box_house.house(), camera or box_house.camera(W, H)
    rng = np.random.default_rng(0)
    plate = rng.uniform(0.1, 0.5, (H, W, 3)).astype(np.float32)
    matte = np.ones((H, W), np.float32)
    made = [
        kind(house, camera, SUN, Ground(), obstacles, plate=plate, matte=matte, settings=SMALL)
        for kind in (LightScene, PathTracedScene)
    ]
    return house, plate, *made


@pytest.fixture(scope="module")
def both():
    return scenes()


def falling(house, time=0.7, least_x=3.0):
    moves = house.centre[:, 0] > least_x
    bodies = [box_house.tumble(house, time + k / 24, moves) for k in (-1, 0, 1)]
    return [*bodies, *(box_house.crumbs(house, time + k / 24) for k in (-1, 0, 1))]


@pytest.fixture(scope="module")
def frames(both):
    house, _, drawn, traced = both
    return drawn.render(*falling(house)), traced.render(*falling(house))


def test_what_is_seen_is_the_rasterisers(frames):
    drawn, traced = frames
    for name in SEEN:
        assert getattr(drawn, name).tobytes() == getattr(traced, name).tobytes(), name
    for name in ("fragments", "debris"):
        assert (getattr(drawn, name)[..., 3] == getattr(traced, name)[..., 3]).all(), name


def test_light_differs_only_where_it_may(frames):
    drawn, traced = frames
    for name in ("standing_ratio", "ground_ratio"):
        left_alone = (getattr(drawn, name) == 1).all(-1)
        assert 0.05 < left_alone.mean() < 1, name
        assert (getattr(traced, name)[left_alone] == 1).all(), name
    covered = drawn.fragments[..., 3] > 0.99
    changed = np.abs(traced.fragments[..., :3] / drawn.fragments[..., :3].clip(1e-3) - 1)[covered]
    assert np.isfinite(changed).all()
    assert np.median(changed) > 0.02  # it is other light
    assert 0.7 < traced.fragments[covered, :3].mean() / drawn.fragments[covered, :3].mean() < 1.4  # as much of it


def test_the_rest_pose_is_left_alone(both):
    house, _, drawn, traced = both
    rest = box_house.rest_frame(house)
    a, b = drawn.render(rest, rest, rest), traced.render(rest, rest, rest)
    assert (b.standing_ratio == 1).all() and (b.ground_ratio == 1).all()
    assert not b.fragments.any() and a.standing.tobytes() == b.standing.tobytes()


def test_a_piece_relit_where_it_stood_is_the_plate(both):
    house, plate, _, traced = both
    rest = box_house.rest_frame(house)
    woken = type(rest)(
        rest.position, rest.rotation, rest.velocity, rest.spin, rest.awake + np.uint8(1), rest.events
    )
    frame = traced.render(woken, woken, woken)
    whole = ndimage.binary_erosion(frame.fragments[..., 3] == 1) & (traced.rest.skin[..., 3] > 0)
    assert whole.sum() > 1000
    ratio = frame.fragments[..., :3][whole] / plate[whole]
    assert 0.85 < np.median(ratio) < 1.1  # a light film of dust lies on what has moved


def test_what_is_beyond_belief_does_not_flare(both, monkeypatch):
    """Where the photograph was brighter than its light at rest allows, more light than it had is mostly held back."""
    house, _, _, traced = both
    rest = box_house.rest_frame(house)
    woken = replace(rest, awake=rest.awake + np.uint8(1))
    before = traced.render(woken, woken, woken).fragments
    doubtful = traced._skin.copy()
    doubtful[..., 5], doubtful[..., 6] = 0.05, 0.4
    monkeypatch.setattr(traced, "_skin", doubtful)
    after = traced.render(woken, woken, woken).fragments
    whole = ndimage.binary_erosion(before[..., 3] == 1) & (doubtful[..., 3] > 0)
    kept = after[whole, :3].mean() / before[whole, :3].mean()
    assert 0.35 < kept < 0.6


def test_the_same_frame_twice_is_the_same_pixels(both, frames):
    house, _, _, traced = both
    traced.render(*falling(house, 0.3))
    again = traced.render(*falling(house))
    for name in ("fragments", "debris", "standing_ratio", "ground_ratio"):
        assert getattr(again, name).tobytes() == getattr(frames[1], name).tobytes(), name


def test_a_layer_no_path_met_stays_as_it_was():
    pytest.importorskip("mitsuba")
    from secondunit.engines.light.path_traced import relit

    layer, white = (np.full((4, 5, 4), v, np.float32) for v in (0.3, 0.6))
    light, known = np.full((4, 5, 3), 3, np.float32), np.zeros((4, 5), bool)
    assert relit(layer, white, np.float32(0.5), light, known) is layer
    known[2, 2] = True
    np.testing.assert_allclose(
        relit(layer, white, np.float32(0.5), light, known)[..., :3], 0.3 * 1.5 / 1, rtol=1e-5
    )


def test_threads_change_nothing(both, frames):
    house, _, _, traced = both
    drjit = pytest.importorskip("drjit")
    for n in (1, 3):
        drjit.set_thread_count(n)
        again = traced.render(*falling(house))
        assert again.fragments.tobytes() == frames[1].fragments.tobytes()


def test_a_shadow_on_the_ground_has_the_sky_left():
    """A slab lifted high above the ground takes the sun from it and little of the sky."""
    slab = box_house.from_boxes([(0.0, -3.0, 0.0, 5.0, 2.0, 0.3, Part.SLAB)], (50.0, 50.0, 50.0))
    *_, traced = scenes(house=slab)
    rest = box_house.rest_frame(slab)
    high = replace(rest, position=rest.position + np.float32([0, 0, 4]), awake=rest.awake + np.uint8(1))
    frame = traced.render(high, high, high)
    street = (frame.open > 0.9) & (traced.view.ground > 0)
    dark = street & (frame.ground_ratio.mean(-1) < 0.6)
    assert dark.sum() > 40
    sky_share = 1 / (1 + SUN.sun_to_sky * SUN.direction[2])
    assert 0.6 * sky_share < np.median(frame.ground_ratio[dark]) < 1.1 * sky_share
    assert np.median(frame.ground_ratio[street & ~dark]) == pytest.approx(1, abs=0.02)


def test_a_distorting_lens_puts_light_on_the_same_walls():
    """Light is traced without distortion; with one, each pixel finds it where its own ray goes."""
    house, _, drawn, traced = scenes(box_house.camera(W, H, k1=-0.25))
    a, b = drawn.render(*falling(house)), traced.render(*falling(house))
    solid = ndimage.binary_erosion(a.fragments[..., 3] == 1)
    x, y = (ndimage.uniform_filter(f.fragments[..., :3].mean(-1), 3)[solid] for f in (a, b))
    assert np.corrcoef(x, y)[0, 1] > 0.85


def test_street_objects_cast_shadows_unless_they_hide_the_building():
    """A path has to reach what is beyond a hold-out's box, for the picture shows it round the hold-out's outline."""
    before = Obstacle("sign", (1.0, -6.0, 1.0), (0.5, 0.5, 1.0), 0.0)
    beside = Obstacle("car", (-6.0, 0.0, 1.0), (1.0, 1.0, 1.0), 0.0)
    *_, traced = scenes(obstacles=(before, beside))
    kept = traced._street()
    assert len(kept) == 12
    np.testing.assert_allclose(kept.reshape(-1, 3).mean(0), beside.centre, atol=1e-4)


@pytest.mark.parametrize("k1", [0.0, -0.2, 0.1])
def test_the_pinhole_raster_covers_every_ray(k1):
    view = make_view(box_house.camera(W, H, k1=k1), Ground(), 4, 4, 0)
    for coarser in (1, 2, 3):
        raster = covering(view.cam, view.rays, coarser)
        corner = np.array([raster.cx, raster.cy]) * coarser - view.cam[13:15]
        at = (on_pinhole(view.cam, view.rays) + corner) / coarser
        assert at.min() >= 0 and (at.reshape(-1, 2).max(0) <= (raster.width, raster.height)).all()
        assert raster.width <= -(-(np.ptp(at[..., 0]) + 3) // 1)
    if k1 == 0:
        assert (covering(view.cam, view.rays).width, covering(view.cam, view.rays).height) == (W, H)


def test_without_the_package_one_sentence(monkeypatch):
    from importlib import metadata

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    monkeypatch.setitem(__import__("sys").modules, "mitsuba", None)
    for ask in (path_tracer, load_mitsuba):
        with pytest.raises(BadInput, match="not installed") as refused:
            ask()
        assert "secondunit[pathtracer]" in refused.value.hint


# The filter


def slope(h=24, w=30):
    """Two planes that meet in the middle, noise on them."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:h, :w].astype(np.float32) * 0.1
    left = x < 0.1 * w / 2
    place = np.stack([x, np.where(left, 0, x - 0.05 * w), y], -1).astype(np.float32)
    normal = np.where(left[..., None], [0, -1, 0], [0.7071, -0.7071, 0]).astype(np.float32)
    light = rng.uniform(0, 2, (h, w, 3)).astype(np.float32) + np.where(left, 0, 3)[..., None].astype(np.float32)
    foot = np.full((h, w), 0.1, np.float32)
    foot[:3] = 0
    return light, place, normal, foot, left


def plain_smooth(light, place, normal, foot, step):
    out = light.copy()
    spline = np.array([1, 4, 6, 4, 1]) / 16
    h, w = foot.shape
    for y, x in np.argwhere(foot > 0):
        total, colour = 0.0, np.zeros(3)
        for n in range(5):
            for m in range(5):
                j, i = y + (n - 2) * step, x + (m - 2) * step
                if not (0 <= j < h and 0 <= i < w) or foot[j, i] <= 0:
                    continue
                away = normal[y, x] @ (place[j, i] - place[y, x]) / (0.03 + foot[y, x] * step)
                alike = max(0, normal[y, x] @ normal[j, i]) ** 8 * np.exp(-(away**2))
                weight = spline[n] * spline[m] * (1 if n == m == 2 else alike)
                total += weight
                colour += weight * light[j, i]
        out[y, x] = colour / total
    return out


@pytest.mark.parametrize("step", [1, 4])
def test_the_filter_is_its_plain_twin(step):
    light, place, normal, foot, _ = slope()
    out = np.empty_like(light)
    filters.smooth_once(light, place, normal, foot, step, out)
    np.testing.assert_allclose(out, plain_smooth(light, place, normal, foot, step), rtol=2e-4)


def test_the_filter_smooths_a_wall_and_keeps_its_edge():
    light, place, normal, foot, left = slope()
    smooth = filters.smooth(light, place, normal, foot, 3)
    seen = foot > 0
    for side, mean in ((seen & left, 1.0), (seen & ~left, 4.0)):
        assert abs(smooth[side].mean() - mean) < 0.1
        assert smooth[side].std() < 0.3 * light[side].std()


def test_light_read_on_the_ground_is_its_plain_twin():
    light, place, normal, foot, _ = slope()
    h, w = foot.shape
    rng = np.random.default_rng(2)
    at = rng.uniform((0, 0), (w, h), (5, 7, 2)).astype(np.float32)
    row, column = np.floor(at[..., 1]).astype(int), np.floor(at[..., 0]).astype(int)
    points = place[row, column] + rng.normal(0, 0.03, (5, 7, 3)).astype(np.float32)
    up = np.float32([0, -1, 0])
    out, found = np.zeros((5, 7, 3), np.float32), np.ones((5, 7), bool)
    want = rng.random((5, 7)) < 0.8
    filters.read_ground(light, place, normal, foot, at, points, up, want, np.float32(0.5), out, found)
    for y, x in np.ndindex(5, 7):
        total, colour = 0.0, np.zeros(3)
        for j in range(max(0, row[y, x] - 2), min(h, row[y, x] + 3)):
            for i in range(max(0, column[y, x] - 2), min(w, column[y, x] + 3)):
                off = up @ (place[j, i] - points[y, x]) / (0.03 + foot[j, i])
                near = np.exp(-0.5 * ((i + 0.5 - at[y, x, 0]) ** 2 + (j + 0.5 - at[y, x, 1]) ** 2))
                weight = (foot[j, i] > 0) * near * max(0, up @ normal[j, i]) ** 4 * np.exp(-(off**2))
                total += weight
                colour += weight * light[j, i]
        assert found[y, x] == (want[y, x] and total > 1e-4)
        if found[y, x]:
            np.testing.assert_allclose(out[y, x], colour / total, rtol=1e-3)
    assert 5 < found.sum() < 35


def test_light_smeared_along_its_motion_is_the_mean_of_its_way():
    light = np.zeros((9, 41, 3), np.float32)
    light[:, 20:] = 1
    motion = np.zeros((9, 41, 2), np.float32)
    motion[..., 0] = 16
    out = np.empty_like(light)
    filters.smear(light, motion, 0.5, out)
    assert (out[:, :15] == 0).all() and (out[:, 25:] == 1).all()
    assert (np.diff(out[4, 14:27, 0]) >= 0).all() and 0.4 < out[4, 20, 0] < 0.6
