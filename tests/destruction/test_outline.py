"""Outlines, masks and clicks: what is refused, and in which words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.departments.destruction.outline import (
    check_click,
    check_mask,
    fill_polygons,
    outline_of_mask,
    parse_outline,
    polygon_area,
)
from secondunit.errors import BadInput

SQUARE = "10,10 90,10 90,60 10,60"


def test_an_outline_is_read_and_a_closing_corner_dropped():
    assert parse_outline(SQUARE, 100, 80).shape == (4, 2)
    assert len(parse_outline(SQUARE + " 10,10", 100, 80)) == 4
    assert parse_outline("10.5,10 ; 90,10 ; 90,60.25", 100, 80)[2, 1] == 60.25


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10,10 90,60 90,10 10,60", "crosses itself"),
        ("10,10 90,10 190,60", "outside the plate"),
        ("-4,10 90,10 90,60", "outside the plate"),
        ("10,10 90,10", "2 corners"),
        ("", "0 corners"),
        ("10,10 12,10 12,14", "only 4 pixels"),
        ("10,10 90,10 90;60,x", "not a corner"),
        ("10,10 90,10 nan,60", "not a corner"),
    ],
)
def test_an_outline_that_cannot_be_used_says_why_in_one_sentence(text, words):
    with pytest.raises(BadInput, match=words) as caught:
        parse_outline(text, 100, 80)
    assert not str(caught.value).endswith(".") and caught.value.hint


@given(st.integers(3, 24), st.floats(0, 6), st.floats(12, 39))
def test_a_star_shaped_outline_is_never_refused(n, phase, radius):
    angles = phase + 2 * np.pi * np.arange(n) / n
    reach = radius * (0.6 + 0.4 * np.cos(3 * angles) ** 2)
    corners = np.c_[50 + reach * np.cos(angles), 40 + reach * np.sin(angles)]
    text = " ".join(f"{x:.3f},{y:.3f}" for x, y in corners)
    if polygon_area(corners) > 60:
        assert parse_outline(text, 100, 80) == pytest.approx(corners, abs=1e-3)


def test_a_mask_is_checked_for_size_and_content():
    good = np.zeros((80, 100), np.uint8)
    good[20:60, 30:70] = 255
    assert check_mask(good, 100, 80)[40, 50] == 1
    rgba = np.zeros((80, 100, 4), np.uint16)
    rgba[20:60, 30:70, 3] = 65535
    assert check_mask(rgba, 100, 80).sum() == 1600
    dot = np.zeros((80, 100), np.uint8)
    dot[4, 4:7] = 255
    for mask, words in (
        (good[:40], "100 × 40"),
        (np.zeros_like(good), "empty"),
        (np.full_like(good, 255), "whole plate"),
        (dot, "only 3 pixels"),
    ):
        with pytest.raises(BadInput, match=words):
            check_mask(mask, 100, 80)


def test_a_mask_and_its_outline_cover_the_same():
    mask = fill_polygons([np.array([[20, 20], [80.5, 15], [70, 60], [25, 66]], float)], 100, 80)
    back = fill_polygons([outline_of_mask(mask)], 100, 80)
    assert np.abs(mask - back).sum() < 0.06 * mask.sum()


def test_polygons_are_filled_with_exact_coverage():
    cover = fill_polygons([np.array([[10.5, 10], [20, 10], [20, 20.25], [10.5, 20.25]])], 40, 40)
    assert cover.sum() == pytest.approx(9.5 * 10.25, rel=0.03)
    assert cover[15, 15] == 1 and cover[15, 10] == pytest.approx(0.5, abs=0.15)


def test_a_click_must_lie_on_the_building():
    cover = fill_polygons([np.array([[10, 10], [90, 10], [90, 60], [10, 60]], float)], 100, 80)
    assert check_click((50, 30), cover) == (50, 30)
    with pytest.raises(BadInput, match="not on the building") as caught:
        check_click((50, 70), cover)
    assert ",59" in caught.value.hint
    for outside in ((-1, 5), (100, 5), (5, 80), (float("nan"), 5)):
        with pytest.raises(BadInput, match="outside the plate"):
            check_click(outside, cover)
