"""Where the ground is in sight: below the horizon, or where the building file says so."""

import numpy as np
import pytest

from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.departments.destruction.survey_file import building_file_text, parse_building_file
from secondunit.departments.destruction.survey_ground import ground_seen
from secondunit.departments.destruction.survey_raster import scale_file
from secondunit.errors import BadInput
from secondunit.slate.camera import Camera

CAMERA = Camera.looking(
    position=(0, -20, 1.7), yaw_deg=0, pitch_deg=0, roll_deg=0, focal=300, width=160, height=100
)
NOTHING = np.zeros((100, 160), np.float32)


def file(text: str) -> BuildingFile:
    return scale_file(parse_building_file(text), 160, 100)


def test_by_default_it_is_all_that_lies_below_the_horizon():
    seen = ground_seen(BuildingFile(), CAMERA, NOTHING)
    assert not seen[:50].any() and seen[52:].all()


def test_a_slope_towards_the_camera_lifts_the_horizon():
    seen = ground_seen(file("[ground]\nslope_y = 0.05"), CAMERA, NOTHING)
    assert seen[36:].all() and not seen[:34].any()


def test_a_street_object_hides_it():
    car = NOTHING.copy()
    car[70:90, 40:80] = 1
    seen = ground_seen(BuildingFile(), CAMERA, car)
    assert not seen[70:90, 40:80].any() and seen[95].all()


def test_an_empty_region_is_nowhere_and_survives_a_rewrite():
    nowhere = file("[ground]\nregion = []")
    assert not ground_seen(nowhere, CAMERA, NOTHING).any()
    assert parse_building_file(building_file_text(nowhere)).ground.region == ()


def test_a_drawn_region_follows_the_plates_raster():
    drawn = file(
        "[plate]\nwidth = 320\nheight = 200\n[ground]\nregion = [[[0, 120], [100, 120], [100, 200], [0, 200]]]"
    )
    seen = ground_seen(drawn, CAMERA, NOTHING)
    assert seen[60:, :50].all() and seen.sum() == 40 * 50


def test_a_region_needs_three_corners():
    with pytest.raises(BadInput):
        file("[ground]\nregion = [[[0, 1], [2, 3]]]")
