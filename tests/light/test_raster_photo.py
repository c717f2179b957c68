"""The photograph on a moving piece is as sharp as in the plate, and the shutter leaves its angle in the picture."""

from dataclasses import replace

import box_house
import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from secondunit.comp.shutter import shutter_angles
from secondunit.engines.light.raster import LightScene, RasterSettings
from secondunit.engines.light.surface import make_skin
from secondunit.kernels.raster_photo import cubic, held, read_photo
from secondunit.slate.camera import Ground, Sun

W, H = 240, 135
SETTINGS = RasterSettings(samples=16, light_sets=8, sun_map=128, sky_map=64)


def skin(seed=0):
    rng = np.random.default_rng(seed)
    picture = np.ones((12, 14, 7), np.float32)
    picture[..., :3] = rng.uniform(0.1, 0.9, (12, 14, 3))
    picture[..., 4] = 10
    return picture


def read(picture, u, v):
    out = np.zeros(3, np.float32)
    read_photo(picture, np.float32(u), np.float32(v), int(u), int(v), out)
    return out


def read_reference(picture, u, v):
    """Cubic convolution by its kernel, plainly."""

    def kernel(x):
        x = abs(x)
        if x < 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0

    total = np.zeros(3)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            total += kernel(u - x - 0.5) * kernel(v - y - 0.5) * picture[y, x, :3]
    return np.maximum(total, 0)


@pytest.mark.parametrize(("u", "v"), [(5.5, 6.5), (5.0, 6.0), (7.31, 4.86), (6.98, 5.02), (8.5, 3.2)])
def test_the_photograph_is_read_by_cubics(u, v):
    assert read(skin(), u, v) == pytest.approx(read_reference(skin(), u, v), abs=2e-3)


def test_a_texels_centre_is_the_texel_and_weights_sum_to_one():
    assert np.array_equal(read(skin(), 4.5, 3.5), skin()[3, 4, :3])
    assert all(sum(cubic(np.float32(t))) == pytest.approx(1, abs=1e-6) for t in (0, 0.3, 0.9))


def test_another_surface_beside_it_does_not_bleed_in():
    picture = skin()
    picture[:, :7, :3] = 0.5
    picture[:, 7:, :3] = 9.0
    picture[:, 7:, 4] = 30
    assert read(picture, 6.9, 5.2) == pytest.approx(0.5, abs=1e-6)


def test_a_shadow_the_plate_does_not_have_lights_nothing_up():
    """Where the model had a fifth of the light at rest, the wall is no brighter than it was, or as white as others."""
    assert held(0.2, 0.2, 0.25) == 1 and held(0.1, 0.2, 0.25) == 1
    assert held(0.5, 0.2, 0.25) * 0.5 == pytest.approx(0.2)
    assert held(2.0, 0.2, 0.25) * 2.0 == pytest.approx(0.5)
    assert held(2.0, 0.0, 1.0) == 1


def test_reflectance_in_a_wrong_shadow_is_found():
    facade, light = np.full((40, 40, 3), 0.5, np.float32), np.full((40, 40, 3), 1.0, np.float32)
    light[:6] = 0.15
    everywhere = np.ones((40, 40), bool)
    made = make_skin(facade, light, np.full((40, 40), 9, np.float32), everywhere, everywhere)
    assert made[2, 20, 5] == pytest.approx(0.15) and made[2, 20, 6] < 0.25
    assert (made[10:, :, 5] == 0).all() and (made[10:, :, 6] == 1).all()
    assert made[2, 20, 0] * 0.15 > 0.4  # and where it stands it looks as it did


@pytest.fixture(scope="module")
def breakup():
    return box_house.house()


@pytest.fixture(scope="module")
def scene(breakup):
    """A house under a flat sky whose plate is fine vertical stripes, four pixels from one to the next."""
    plate = np.zeros((H, W, 3), np.float32) + (0.3 + 0.1 * np.sin(np.arange(W) * np.pi / 2 + 0.4))[:, None]
    plate = plate.astype(np.float32)
    matte = np.ones((H, W), np.float32)
    sun = replace(Sun.from_angles(-140, 35), sun_to_sky=0.05)
    return LightScene(breakup, box_house.camera(W, H), sun, Ground(), plate=plate, matte=matte, settings=SETTINGS)


def contrast(scene, frame):
    """Strength of the stripes on whole photographed pixels, over the mean of the four pixels around."""
    grey = frame.fragments[..., 1]
    around = uniform_filter1d(grey, 4, axis=1)
    seen = uniform_filter1d((frame.photo > 0.99).astype(np.float32), 7, axis=1) > 0.999
    return float(np.sqrt(((grey / np.maximum(around, 1e-3) - 1)[seen] ** 2).mean()))


def shifted(breakup, pixels):
    rest = box_house.rest_frame(breakup)
    place = rest.position.copy()
    place[:, 0] += pixels * 15 / (0.9 * W)
    return replace(rest, position=place, awake=np.ones_like(rest.awake))


def test_the_photograph_stays_sharp_when_a_piece_moves_by_part_of_a_pixel(breakup, scene):
    still, half = shifted(breakup, 0.0), shifted(breakup, 0.5)
    sharp = contrast(scene, scene.render(still, still, still))
    moved = contrast(scene, scene.render(half, half, half))
    # Half a pixel off, straight lines between texels would leave 0.71 of their strength, cubics 0.88.
    assert 0.8 * sharp < moved < 1.05 * sharp


def test_photographed_share_lies_within_the_pieces(breakup, scene):
    frames = [box_house.tumble(breakup, 0.3 + k / 24) for k in (-1, 0, 1)]
    lit = scene.render(*frames)
    assert lit.photo.max() > 0.9
    assert (lit.photo <= lit.fragments[..., 3] + 1e-5).all()


@pytest.mark.parametrize("shutter", [0.25, 0.5, 1.0])
def test_the_angle_of_the_shutter_is_read_from_the_rendered_picture(breakup, scene, shutter):
    """Pieces of the wall fall past the sky; the angle that the renderer was given is in their blur."""
    moves = (breakup.centre[:, 2] > 4) & (breakup.centre[:, 1] < 1)
    rest = box_house.rest_frame(breakup)
    frames = []
    for k in (-1, 0, 1):
        place = rest.position.copy()
        place[moves, 2] += 3.0 + 0.6 * k
        place[moves, 1] -= 2
        frames.append(replace(rest, position=place, awake=moves.astype(np.uint8)))
    lit = scene.render(*frames, shutter=shutter)
    drawn = lit.fragments[..., 3] + lit.debris[..., 3]
    found = shutter_angles(drawn, lit.motion, drawn + lit.open > 0.98)
    assert len(found) >= 10
    assert np.median(found[:, 0]) == pytest.approx(360 * shutter, rel=0.12)
