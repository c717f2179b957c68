"""Mattes against known coverage, hold-outs with depth, the sun from shading, and the plates of the examples."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from secondunit.departments.destruction.building_file import BuildingFile, HoldoutTable
from secondunit.departments.destruction.mattes import building_matte, holdout_matte
from secondunit.departments.destruction.outline import fill_polygons
from secondunit.departments.destruction.survey import survey
from secondunit.departments.destruction.survey_building import depth_on_ground, holdout_depth, obstacle_of_holdout
from secondunit.departments.destruction.survey_file import read_building_file
from secondunit.engines.light.sunlight import Face, SkyLook, look_at_sky, propose_sun
from secondunit.slate.camera import Camera, Ground, Sun

ROOT = Path(__file__).parents[2]
TRUE = np.array([[60.3, 180], [60.3, 40.4], [130.7, 20.2], [200.6, 52.8], [200.6, 180]])


def scene(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A textured house before a graded sky, with its true coverage."""
    cover = fill_polygons([TRUE], 256, 200)[..., None]
    rows = np.linspace(0, 1, 200)[:, None, None]
    sky = np.array([0.25, 0.45, 0.85]) * (1 + 0.5 * rows) + 0 * cover
    wall = np.array([0.3, 0.16, 0.1]) * (0.7 + 0.6 * rng.random((200, 256, 1)))
    picture = wall * cover + sky * (1 - cover) + rng.normal(0, 0.004, (200, 256, 3))
    return picture.astype(np.float32), cover[..., 0]


def test_a_rough_outline_is_refined_to_the_true_edge():
    picture, cover = scene(np.random.default_rng(3))
    rough = TRUE + np.array([[-3, 0], [3.5, -3], [2, 3.5], [-3, -2.5], [3, 0]])
    guess = fill_polygons([rough], 256, 200)
    matte = building_matte(picture, guess, reach=6.0)
    upper = np.s_[:170]
    before, after = np.abs(guess - cover)[upper].sum(), np.abs(matte - cover)[upper].sum()
    assert after < 0.2 * before
    inside = cover[upper] > 0.99
    assert matte[upper][inside].mean() > 0.998


def test_a_busy_background_keeps_the_outline():
    rng = np.random.default_rng(5)
    picture = rng.random((200, 256, 3)).astype(np.float32)
    guess = fill_polygons([TRUE], 256, 200)
    assert np.array_equal(building_matte(picture, guess), guess)


def test_polygons_are_added_and_cut():
    picture, cover = scene(np.random.default_rng(3))
    hole = np.array([[90, 100], [120, 100], [120, 140], [90, 140]], float)
    mast = np.array([[128, 2], [132, 2], [132, 30], [128, 30]], float)
    matte = building_matte(picture, cover, add=[mast], cut=[hole])
    assert matte[120, 100] == 0 and matte[5, 130] == 1


def test_a_holdout_follows_colour_and_leaves_open_gaps():
    rng = np.random.default_rng(1)
    picture = np.full((160, 200, 3), (0.4, 0.2, 0.15), np.float32)
    truth = np.zeros((160, 200), np.float32)
    cv2.circle(truth, (100, 90), 40, 1.0, -1)
    cv2.circle(truth, (100, 90), 8, 0.0, -1)
    leaf = np.array([0.1, 0.3, 0.05]) * (0.6 + 0.8 * rng.random((160, 200, 1)))
    picture = np.where(truth[..., None] > 0, leaf, picture).astype(np.float32)
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    rough = np.c_[100 + 43 * np.cos(angles), 90 + 43 * np.sin(angles)]
    found = holdout_matte(picture, rough, reach=10.0, see_through=True)
    assert np.abs(found - truth).mean() < 0.012
    solid = holdout_matte(picture, rough, reach=10.0)
    assert solid[90, 100] == 1
    assert np.array_equal(holdout_matte(picture, rough, edge="hard"), fill_polygons([rough], 200, 160))


def view() -> Camera:
    return Camera.looking(
        position=(0.0, -20.0, 2.0), yaw_deg=0, pitch_deg=0, roll_deg=0, focal=500.0, width=640, height=360
    )


def test_depth_comes_from_where_a_foot_meets_the_ground():
    row = 180 + 500 * 2 / 10  # ten metres away, two below the lens
    assert depth_on_ground(np.array([[320, row]]), view(), Ground())[0] == pytest.approx(10.0)
    assert depth_on_ground(np.array([[320, 100.0]]), view(), Ground()) == [None]
    sloped = Ground(slope_y=0.05, level=0.2)
    depth = depth_on_ground(np.array([[320, row]]), view(), sloped)[0]
    y = -20 + depth
    assert 2 - depth * (row - 180) / 500 == pytest.approx(0.05 * y + 0.2)


def test_a_holdout_becomes_a_box_where_it_stands():
    foot = 180 + 500 * 2 / 10
    car = HoldoutTable(
        name="car", kind="car", polygon=((300, foot), (400, foot), (400, foot - 75), (300, foot - 75))
    )
    assert holdout_depth(car, view(), Ground()) == pytest.approx(10.0)
    box = obstacle_of_holdout(car, view(), Ground())
    assert box is not None
    assert box.half[0] == pytest.approx(1.0, rel=0.02) and box.half[2] == pytest.approx(0.75, rel=0.05)
    assert -10.0 < box.centre[1] < -8.5 and box.centre[2] == pytest.approx(0.75, rel=0.05)
    given = car.model_copy(update={"depth": 6.0})
    assert holdout_depth(given, view(), Ground()) == 6.0


@pytest.mark.parametrize("azimuth", [120.0, 150.0, 220.0])
def test_shading_tells_the_suns_side(azimuth):
    light = Sun.from_angles(azimuth, 40.0, sun_to_sky=5.0)
    normals = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0))
    faces = tuple(Face(n, 0.3 * (5.0 * max(float(np.dot(n, light.direction)), 0.0) + 0.5)) for n in normals)
    ground = 0.3 * (5.0 * light.direction[2] + 1.0)
    best = propose_sun(faces, SkyLook(0.5, 1.8, 6.0), ground)[0]
    off = (best.sun.angles()[0] - azimuth + 180) % 360 - 180
    assert abs(off) <= 25 and abs(best.sun.angles()[1] - 40) <= 15
    assert 0 < best.confidence <= 1 and best.why


def test_an_overcast_sky_has_almost_no_sun():
    rng = np.random.default_rng(2)
    white = np.full((90, 160, 3), 0.8, np.float32)
    white[50:] = 0.2 * (1 + 0.1 * rng.standard_normal((40, 160, 1)))
    sky = np.zeros((90, 160), bool)
    sky[:40] = True
    low = np.zeros_like(sky)
    low[50:] = True
    assert look_at_sky(white, sky, low).sun_to_sky == 0.2
    clear = white.copy()
    clear[:40] = (0.2, 0.4, 0.9)
    clear[50:, :80] = 0.7
    clear[50:, 80:] = 0.1
    assert look_at_sky(clear, sky, low).sun_to_sky > 2


def test_holdouts_are_layered_by_depth():
    picture, _ = scene(np.random.default_rng(3))
    file = BuildingFile.model_validate(
        {
            "camera": {"focal": 300.0, "position": [5.0, -20.0, 1.7], "yaw": 0.0, "pitch": 4.0},
            "block": [{"name": "house", "width": 9.0, "depth": 8.0, "height": 7.0, "storeys": 2}],
            "holdout": [
                {
                    "name": "far",
                    "polygon": [[80, 120], [140, 120], [140, 190], [80, 190]],
                    "depth": 15,
                    "edge": "hard",
                },
                {
                    "name": "near",
                    "polygon": [[100, 130], [120, 130], [120, 195], [100, 195]],
                    "depth": 7,
                    "edge": "hard",
                },
            ],
        }
    )
    found = survey(picture, TRUE, file=file)
    assert found.holdout_depth[150, 110] == 7 and found.holdout_depth[150, 90] == 15
    assert found.holdout_depth[10, 10] == 1e4 and found.holdout[150, 90] == 1
    assert found.matte[150, 110] == 1  # the silhouette includes what hides behind
    assert {o.name for o in found.obstacles} == {"far", "near"}


PLATES = sorted(p.parent.name for p in (ROOT / "examples/plates").glob("*/building.toml"))


@pytest.mark.parametrize("name", PLATES)
def test_every_example_fits_a_plate_of_its_raster(name):
    file = read_building_file(ROOT / "examples/plates" / name / "building.toml")
    assert file.plate.width and file.plate.height and file.plate.licence and file.shot.fail_at
    grey = np.full((round(file.plate.height / 3), round(file.plate.width / 3), 3), 0.18, np.float32)
    found = survey(grey, file=file)
    assert found.reprojection_px < 1.5 / 3
    assert found.file.shot.fail_at is not None
    x, y = found.file.shot.fail_at
    assert found.matte[int(y), int(x)] > 0.5


def footage() -> Path | None:
    for place in (os.environ.get("SECONDUNIT_FOOTAGE"), ROOT.parent / "shared/footage"):
        if place and (Path(place) / "buildings").is_dir():
            return Path(place) / "buildings"
    return None


@pytest.mark.skipif(footage() is None, reason="no test footage on this machine")
def test_the_roofline_of_a_real_plate_is_clean():
    folder = footage()
    assert folder is not None
    picture = cv2.imread(str(folder / "truckee_brick_box.jpg"))
    small = cv2.resize(picture, (640, 476), interpolation=cv2.INTER_AREA)[..., ::-1].astype(np.float32) / 255
    found = survey(np.power(small, 2.2), file=read_building_file(ROOT / "examples/plates/truckee/building.toml"))
    luma = small.mean(axis=2)
    # White coping against deep blue: along the roof every column turns from sky to building within two pixels.
    widths = [
        int(((found.matte[:150, x] > 0.02) & (found.matte[:150, x] < 0.98)).sum()) for x in range(420, 630, 5)
    ]
    assert np.median(widths) <= 2
    assert luma[found.matte > 0.98].mean() != pytest.approx(luma[found.matte < 0.02].mean(), abs=1e-4)
