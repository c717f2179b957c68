"""Grain and edge sharpness: measured on known pictures, matched within a tenth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from secondunit.comp.clean_plate_codes import decode, encode
from secondunit.comp.edges import (
    coverage_widths,
    edge_width,
    plate_edge_width,
    soften,
    soften_outlines,
    softness_of_render,
)
from secondunit.comp.grain import grain_field, grain_ratio, measure_grain, new_grain

H, W = 288, 384


def plate(sigma=2.0, blur=0.0, seed=0, texture=True):
    """A ramp of light with grain of `sigma` codes and a textured lower third, scene-linear."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.linspace(40, 220, W)[None, :, None], H, 0).repeat(3, 2)
    noise = rng.normal(0, 1, (H, W, 3))
    if blur:
        noise = cv2.GaussianBlur(noise, (0, 0), blur)
        noise /= noise.std()
    codes = codes + sigma * noise
    if texture:
        codes[200:] += 40 * np.sin(np.mgrid[200:H, :W].sum(0) / 2.0)[..., None]
    return decode(codes.astype(np.float32))


@pytest.mark.parametrize(("sigma", "blur"), [(1.5, 0.0), (3.0, 0.0), (2.0, 1.2)])
def test_grain_strength_is_found_beside_texture(sigma, blur):
    grain = measure_grain(plate(sigma, blur))
    # A surface is taken out of each block, and with soft grain some of the grain goes with it.
    assert grain.strength.mean() == pytest.approx(sigma, rel=0.1)


def test_grain_that_grows_with_the_signal_is_followed():
    codes = np.repeat(np.linspace(40, 220, W)[None, :, None], H, 0).repeat(3, 2)
    rng = np.random.default_rng(2)
    codes = codes + rng.normal(0, 1, (H, W, 3)) * np.linspace(1.2, 2.4, W)[None, :, None]
    grain = measure_grain(decode(codes.astype(np.float32)))
    assert grain.strength_at(np.full(3, 60.0, np.float32)).mean() == pytest.approx(1.33, rel=0.12)
    assert grain.strength_at(np.full(3, 200.0, np.float32)).mean() == pytest.approx(2.27, rel=0.12)


@pytest.mark.parametrize("blur", [0.0, 1.2])
def test_new_grain_is_within_a_tenth_of_the_plates(blur):
    grain = measure_grain(plate(2.0, blur))
    flat = decode(np.repeat(np.linspace(60, 200, W)[None, :, None], H, 0).repeat(3, 2).astype(np.float32))
    grown = flat + new_grain(flat, grain, np.ones((H, W), np.float32), seed=1, frame=1001)
    assert grain_ratio(grown, grain, np.ones((H, W), bool)) == pytest.approx(1, abs=0.1)
    assert grain_ratio(flat + 0.5 * (grown - flat), grain, np.ones((H, W), bool)) == pytest.approx(0.5, abs=0.1)


def test_new_grain_has_the_plates_spectrum_and_channel_mix():
    soft = measure_grain(plate(2.0, 1.2))
    sharp = measure_grain(plate(2.0, 0.0))

    def neighbour(grain):
        field = grain_field(grain, (200, 200), seed=0, frame=0)
        return float((field[:, 1:] * field[:, :-1]).mean())

    assert neighbour(soft) > 0.5
    assert abs(neighbour(sharp)) < 0.1
    field = grain_field(sharp, (200, 200), seed=0, frame=0)
    assert field.std() == pytest.approx(1, abs=0.05)
    assert abs(np.corrcoef(field[..., 0].ravel(), field[..., 2].ravel())[0, 1]) < 0.1


def test_grain_is_new_in_each_frame_and_the_same_again():
    grain = measure_grain(plate())
    a = grain_field(grain, (64, 64), seed=3, frame=1001)
    assert np.array_equal(a, grain_field(grain, (64, 64), seed=3, frame=1001))
    assert abs(np.corrcoef(a.ravel(), grain_field(grain, (64, 64), seed=3, frame=1002).ravel())[0, 1]) < 0.05


def test_a_plate_without_grain_gets_none():
    grain = measure_grain(decode(np.full((H, W, 3), 120, np.float32)))
    assert not new_grain(
        np.full((64, 64, 3), 0.2, np.float32), grain, np.ones((64, 64), np.float32), seed=0, frame=1
    ).any()


def test_codes_come_back():
    values = np.array([-0.5, -0.001, 0, 0.0005, 0.18, 1, 12], np.float32)
    assert np.allclose(decode(encode(values)), values, rtol=1e-4, atol=1e-6)


def edges(sigma, angle=0.2, seed=0):
    """Slanted stripes of two levels, blurred by `sigma`, scene-linear."""
    big = 4
    y, x = np.mgrid[: H * big, : W * big] / big
    stripes = (((x + angle * y) // 24) % 2).astype(np.float32)
    stripes = cv2.GaussianBlur(stripes, (0, 0), max(0.01, sigma * big))
    small = cv2.resize(stripes, (W, H), interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(seed)
    return decode((70 + 100 * small + rng.normal(0, 0.5, (H, W)))[..., None].repeat(3, 2).astype(np.float32))


@pytest.mark.parametrize("sigma", [0.8, 1.2, 1.8])
def test_edge_width_is_that_of_the_blur(sigma):
    # The pixel's own box adds a twelfth to the variance.
    assert edge_width(edges(sigma), quantile=0.5) == pytest.approx(2.563 * np.hypot(sigma, 0.29), rel=0.1)


def test_a_picture_without_edges_has_no_width():
    assert edge_width(plate(texture=False)) is None


def cover(angle, *, cut=False):
    """Coverage of slanted stripes as sixteen sub-frames see it, or cut out pixel by pixel."""
    rows, columns = np.mgrid[:H, :W].astype(np.float32)
    drawn = np.zeros((H, W), np.float32)
    for k in range(16):
        jx, jy = (0.5 + (k + 1) * 0.7548776662) % 1, (0.5 + (k + 1) * 0.5698402910) % 1
        drawn += ((columns + jx) * np.cos(angle) + (rows + jy) * np.sin(angle)) // 30 % 2 / 16
    return (drawn > 0.5).astype(np.float32) if cut else drawn


def outline_width(coverage):
    return float(np.quantile(coverage_widths(coverage, np.ones((H, W), bool)), 0.3))


@pytest.mark.parametrize("sigma", [0.2, 0.45, 0.8, 1.5])
def test_a_blur_below_a_pixel_has_the_variance_it_says(sigma):
    spread = soften(np.pad(np.ones((1, 1), np.float32), 12), sigma).sum(0)
    x = np.arange(25) - 12
    assert spread.sum() == pytest.approx(1, abs=1e-5)
    assert (spread * x**2).sum() == pytest.approx(sigma**2, rel=0.03)


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("wanted", [1.15, 1.4, 2.2, 3.0])
def test_outlines_are_brought_to_the_plates_width(wanted, cut):
    sigma = softness_of_render(wanted)
    widths = []
    for angle in (0.25, 0.8, 1.3, 2.6):
        drawn = cover(angle, cut=cut)
        widths.append(outline_width(soften_outlines(np.dstack([drawn] * 4), sigma)[..., 3]))
    assert np.mean(widths) == pytest.approx(wanted, rel=0.1)


def test_outlines_left_as_drawn_are_sharper_than_a_plate_of_usual_width():
    assert outline_width(cover(0.8)) < 0.9 * 1.4
    assert softness_of_render(0.5) == 0


def test_a_plates_edges_are_those_of_the_buildings_outline():
    picture, matte = edges(2.5), np.zeros((H, W), np.float32)
    sharp = np.clip((np.mgrid[:H, :W][1] - 150) * 2.0, 0, 1)
    matte[:] = sharp
    codes = encode(picture)
    codes[:, 120:180] = (60 + 120 * sharp[:, 120:180])[..., None]
    width = plate_edge_width(decode(codes.astype(np.float32)), matte, np.zeros((H, W), np.float32))
    assert width < 0.5 * edge_width(picture)


def test_a_building_that_fills_the_picture_still_shows_grain():
    rng = np.random.default_rng(4)
    codes = 120 + rng.normal(0, 1.5, (H, W, 3))
    avoid = np.ones((H, W), bool)
    avoid[:76, :76] = False  # nine whole blocks, fewer than count
    grain = measure_grain(decode(codes.astype(np.float32)), avoid)
    assert grain.strength.mean() == pytest.approx(1.5, rel=0.12)
