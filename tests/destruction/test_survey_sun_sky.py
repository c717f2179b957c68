from secondunit.departments.destruction.survey_sun import _sky_colour
from secondunit.slate.camera import Sun


def test_a_clouded_sky_is_grey_and_a_clear_one_blue():
    red, green, blue = _sky_colour(0.2)
    assert max(red, green, blue) / min(red, green, blue) < 1.1
    assert _sky_colour(4.0) == Sun.sky_colour
    assert _sky_colour(0.0)[2] < _sky_colour(0.8)[2] < _sky_colour(1.5)[2]
