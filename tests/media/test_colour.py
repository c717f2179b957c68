from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput
from secondunit.media import colour


def every_code() -> np.ndarray:
    codes = np.arange(256, dtype=np.float32) / 255
    some = codes[::15]
    grid = np.stack(np.meshgrid(codes, some, some), axis=-1)
    return np.ascontiguousarray(grid.reshape(-1, 1, 3), dtype=np.float32)


def test_a_photograph_leaves_for_review_with_its_own_codes() -> None:
    codes = every_code()
    working = colour.to_working(codes, "sRGB - Texture")
    shown = colour.to_display(working, colour.review_for("sRGB - Texture"))
    assert np.abs(shown - codes).max() * 255 < 0.01


def test_a_graded_movie_leaves_for_review_with_its_own_codes() -> None:
    codes = every_code()
    shown = colour.to_display(colour.to_working(codes, colour.REC709), colour.review_for(colour.REC709))
    # A pure power is infinitely steep at black: a quarter of a code there, still the same code.
    assert np.abs(shown - codes).max() * 255 < 0.25


def test_mid_grey_becomes_linear() -> None:
    grey = np.full((1, 1, 3), 0.5, np.float32)
    expected = ((0.5 + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1
    assert np.allclose(colour.to_working(grey, colour.SRGB), expected, atol=1e-5)


def test_white_of_rec709_is_white_of_acescg() -> None:
    white = np.ones((1, 1, 3), np.float32)
    assert np.allclose(colour.to_working(white, colour.LINEAR_REC709), 1.0, atol=1e-4)


@given(st.lists(st.floats(-60, 400, width=32), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_values_above_one_and_below_zero_survive(values: list[float]) -> None:
    rgb = np.array(values, np.float32).reshape(1, 1, 3)
    for space in (colour.LINEAR_REC709, "ACES2065-1"):
        back = colour.from_working(colour.to_working(rgb, space), space)
        assert np.allclose(back, rgb, rtol=1e-4, atol=2e-3)


def test_a_scene_linear_source_is_shown_through_aces() -> None:
    assert "SDR" in colour.review_for("ACEScg").view
    bright = np.full((1, 1, 3), 8.0, np.float32)
    shown = colour.to_display(bright, colour.review_for("ACEScg"))
    assert 0.9 < shown.mean() <= 1.0


@pytest.mark.parametrize(("wrong", "right"), [("ACESgc", "ACEScg"), ("sRGB textur", colour.SRGB)])
def test_an_unknown_colour_space_suggests_near_names(wrong: str, right: str) -> None:
    with pytest.raises(BadInput) as caught:
        colour.find_colourspace(wrong)
    assert wrong in str(caught.value)
    assert right in caught.value.hint


def test_an_alias_is_found_by_its_canonical_name() -> None:
    assert colour.find_colourspace("srgb_texture") == colour.SRGB


def test_the_ocio_variable_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO", "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4")
    assert "ARRI LogC3 (EI800)" in colour.colourspaces()
    monkeypatch.setenv("OCIO", "/nowhere/config.ocio")
    with pytest.raises(BadInput, match="cannot be read"):
        colour.find_colourspace("ACEScg")


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(BadInput, match="no view"):
        colour.to_display(np.zeros((1, 1, 3), np.float32), colour.Review("sRGB - Display", "Nope"))
