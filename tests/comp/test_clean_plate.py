"""The clean plate against backgrounds that are known, and against plain Telea and plain patch fill."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scenes import H, W, scene

from secondunit.comp.clean_plate import clean_plate, hole_of
from secondunit.comp.clean_plate_codes import decode, encode
from secondunit.comp.clean_plate_measures import structure_left
from secondunit.comp.layers import Background, Layer, LayerKind, background_from_dict, background_to_dict
from secondunit.comp.layers_propose import propose_layers
from secondunit.errors import BadInput
from secondunit.kernels.patchmatch import patch_fill


def cleaned(made, seed=1):
    hole = hole_of(made.matte, made.holdout)
    background = propose_layers(made.plate, hole, made.matte, made.holdout)
    return hole, background, clean_plate(made.plate, hole, background, made.holdout, seed)


def soft_error(codes, truth, where, sigma=3.0):
    """Mean error of the blurred pictures: texture need not match leaf for leaf, place and colour must."""
    a, b = (cv2.GaussianBlur(p, (0, 0), sigma) for p in (codes, truth))
    return float(np.abs(a - b).mean(2)[where].mean())


def line_error(codes, truth):
    """How far the skyline behind the building is from the true one, mean over its columns, pixels."""

    def line(picture):
        blue = cv2.GaussianBlur(picture, (0, 0), 1.5)[90:215, 175:315, 2]
        return np.argmax(blue < 150, 0)

    return float(np.abs(line(codes) - line(truth)).mean())


@pytest.fixture(scope="module")
def both_sides():
    made = scene()
    return made, *cleaned(made)


def test_the_proposal_finds_skyline_and_ground(both_sides):
    made, _, background, _ = both_sides
    kinds = [str(layer.kind) for layer in background.layers]
    assert kinds == ["sky", "band", "ground"]
    x = np.arange(170, 320, dtype=float)
    assert np.abs(background.layers[1].top_at(x) - made.skyline[170:320]).mean() < 7
    assert np.abs(background.layers[2].top_at(x) - made.ground).max() < 4
    assert any(b <= 170 for _, b in background.layers[1].sources)
    assert any(a >= 320 for a, _ in background.layers[1].sources)


def test_it_recovers_the_background_better_than_plain_fills(both_sides):
    made, hole, _, clean = both_sides
    codes = encode(made.plate)
    telea = cv2.inpaint(np.clip(codes, 0, 255).astype(np.uint8), hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    source = ~cv2.dilate((hole | (made.holdout > 0)).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    patches = patch_fill(codes, hole, source, seed=1).picture
    ours = encode(clean.picture)
    y = np.arange(H)[:, None]
    inner = hole & (made.holdout == 0)
    sky = inner & (y < made.skyline[None] - 8)
    band = inner & (y > made.skyline[None] - 8) & (y < 210)
    assert soft_error(ours, made.truth, sky) < 1.5
    for rival in (telea.astype(np.float32), patches):
        assert soft_error(ours, made.truth, sky) < 0.7 * soft_error(rival, made.truth, sky)
        # Leaves cannot match leaf for leaf: the band is compared at the size of its crowns.
        assert soft_error(ours, made.truth, band, 8.0) < 0.8 * soft_error(rival, made.truth, band, 8.0)
        assert line_error(ours, made.truth) < min(4.0, 0.8 * line_error(rival, made.truth))


def test_grain_of_the_filled_sky_is_the_skys(both_sides):
    _, _, _, clean = both_sides
    ours = encode(clean.picture)
    detail = ours - cv2.GaussianBlur(ours, (0, 0), 2.0)
    filled, visible = detail[60:130, 190:300].std(), detail[60:130, 20:150].std()
    assert filled / visible == pytest.approx(1, abs=0.1)


def test_nothing_of_the_building_is_left(both_sides):
    _, _, _, clean = both_sides
    assert clean.measures["structure_left"] < 0.1
    assert clean.measures["sky_seam"] < 1.5
    assert 0.5 < clean.measures["band_gradient"] < 1.6


def test_pixels_outside_the_hole_and_under_street_objects_are_the_plates(both_sides):
    made, _, _, clean = both_sides
    assert np.array_equal(clean.picture[~clean.hole], made.plate[~clean.hole])
    solid = made.holdout == 1
    assert np.array_equal(clean.picture[solid], made.plate[solid])
    assert not clean.filled_from[~clean.hole].any()
    assert {clean.names[i] for i in np.unique(clean.filled_from)} <= set(clean.names)


def test_the_same_arguments_give_the_same_pixels(both_sides):
    made, hole, background, clean = both_sides
    again = clean_plate(made.plate, hole, background, made.holdout, 1)
    other = clean_plate(made.plate, hole, background, made.holdout, 2)
    assert np.array_equal(clean.picture, again.picture)
    assert not np.array_equal(clean.picture, other.picture)


def test_a_building_that_runs_out_of_the_picture_is_continued_from_one_side():
    made = scene(seed=2, one_sided=True)
    hole, background, clean = cleaned(made)
    assert {str(layer.kind) for layer in background.layers} >= {"sky", "band", "ground"}
    y = np.arange(H)[:, None]
    band = hole & (made.holdout == 0) & (y > made.skyline[None] + 20) & (y < 205)
    assert soft_error(encode(clean.picture), made.truth, band) < 12
    assert clean.measures["structure_left"] < 0.1


def test_a_lake_is_found_and_continued():
    made = scene(seed=3, lake=True)
    hole, background, clean = cleaned(made)
    assert [str(layer.kind) for layer in background.layers] == ["sky", "band", "plain", "ground"]
    y = np.arange(H)[:, None]
    lake = hole & (made.holdout == 0) & (y > made.skyline[None] + 36) & (y < 210)
    assert soft_error(encode(clean.picture), made.truth, lake) < 4


def test_values_above_one_and_below_zero_pass_outside_the_hole():
    made = scene()
    plate = made.plate.copy()
    plate[5, 5], plate[6, 6] = 9.0, -0.2
    hole = hole_of(made.matte, made.holdout)
    background = propose_layers(plate, hole, made.matte, made.holdout)
    clean = clean_plate(plate, hole, background, made.holdout, 1)
    assert np.array_equal(clean.picture[~clean.hole], plate[~clean.hole])
    assert np.isfinite(clean.picture).all()


def test_a_band_without_sources_leaves_nothing_of_the_building(both_sides):
    made, hole, background, _ = both_sides
    bare = replace(
        background, layers=(background.layers[0], replace(background.layers[1], sources=()), background.layers[2])
    )
    clean = clean_plate(made.plate, hole, bare, made.holdout, 1)
    assert clean.measures["structure_left"] < 0.1


def test_structure_left_sees_a_building_that_is_still_there():
    made = scene()
    codes = encode(made.plate)
    assert structure_left(codes, codes, made.matte > 0) > 0.99


def test_a_background_goes_to_toml_and_back(both_sides):
    _, _, background, _ = both_sides
    table = background_to_dict(background)
    again = background_from_dict(table)
    assert background_to_dict(again) == table
    assert background_from_dict({}, background) == background


def test_single_fields_of_a_proposal_can_be_overridden(both_sides):
    _, _, background, _ = both_sides
    table = {"avoid": [[[0, 0], [10, 0], [10, 10]]], "layer": [{}, {"haze": 0.3, "sources": [[10, 90]]}, {}]}
    changed = background_from_dict(table, background)
    assert changed.layers[1].haze == 0.3
    assert changed.layers[1].sources == ((10.0, 90.0),)
    assert changed.layers[1].top == background.layers[1].top
    assert changed.layers[0] == background.layers[0]
    assert len(changed.avoid) == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"sky": 1}, "unknown key `sky`"),
        ({"layer": [{"kind": "sky", "colour": 1}]}, "unknown key `colour`"),
        ({"layer": [{"kind": "moon"}]}, "cannot be read"),
        ({"layer": [{"kind": "band"}]}, "no `top` curve"),
        ({"layer": [{"kind": "band", "top": [[9, 5], [3, 5]]}]}, "runs backwards"),
        ({"layer": [{"kind": "band", "top": [[0, 5]], "sources": [[4, 6]]}]}, "under 8 pixels"),
        ({"layer": []}, "no layers"),
        ({"halo": 900}, "halo"),
        ({"layer": [{"kind": "band", "top": [[0, 5]], "haze": 7}]}, "impossible numbers"),
        ({"layer": [{"top": [[0, 5]]}]}, "no `kind`"),
    ],
)
def test_bad_background_tables_are_refused(both_sides, table, said):
    with pytest.raises(BadInput, match=said):
        background_from_dict(table, both_sides[2])


def test_a_background_scales_with_the_raster(both_sides):
    _, _, background, _ = both_sides
    half = background.scaled(0.5)
    assert (half.width, half.height) == (W // 2, H // 2)
    x = np.arange(100, dtype=float)
    assert np.allclose(half.layers[1].top_at(x) * 2, background.layers[1].top_at(2 * x), atol=0.5)


def test_rasters_that_differ_and_empty_holes_are_refused(both_sides):
    made, hole, background, _ = both_sides
    with pytest.raises(BadInput, match="the hole 240×300"):
        clean_plate(made.plate, hole[:, :240], background, made.holdout, 1)
    with pytest.raises(BadInput, match="covers 0%"):
        clean_plate(made.plate, np.zeros_like(hole), background, made.holdout, 1)
    with pytest.raises(BadInput, match="drawn on 240×150"):
        clean_plate(made.plate, hole, background.scaled(0.5), made.holdout, 1)


def test_a_plate_without_sky_is_filled_all_the_same():
    rng = np.random.default_rng(0)
    leaves = cv2.GaussianBlur(rng.normal(0, 1, (160, 200, 3)).astype(np.float32), (0, 0), 1.5) * 90 + 100
    matte = np.zeros((160, 200), np.float32)
    matte[40:120, 70:130] = 1
    plate = decode(leaves.astype(np.float32))
    plate[matte > 0] = 0.9
    none = np.zeros_like(matte)
    hole = hole_of(matte, none)
    background = propose_layers(plate, hole, matte, none)
    clean = clean_plate(plate, hole, background, none, 1)
    assert np.abs(encode(clean.picture)[hole].mean() - leaves.mean()) < 25


def test_a_layer_by_hand_needs_only_its_curve():
    ground = Layer(LayerKind.GROUND, top=((0, 200),))
    assert Background(W, H, (Layer(LayerKind.SKY), ground)).names == ("plate", "1 sky", "2 ground")


def test_trees_beside_the_building_are_the_background_where_nothing_else_is():
    """All that is seen beside the building is a street object: the band is taken from it all the same."""
    made = scene(seed=4)
    holdout = made.holdout.copy()
    y = np.arange(H)[:, None]
    trees = (y > made.skyline[None] + 4) & (y < made.ground) & (made.matte == 0)
    holdout[trees] = 1
    hole = hole_of(made.matte, holdout)
    background = propose_layers(made.plate, hole, made.matte, holdout)
    band = background.layers[1]
    assert band.kind is LayerKind.BAND
    assert band.in_front
    clean = clean_plate(made.plate, hole, background, holdout, 1)
    inner = hole & (made.holdout == 0) & (y > made.skyline[None] + 8) & (y < 205)
    assert soft_error(encode(clean.picture), made.truth, inner, 8.0) < 10


def test_gaps_inside_a_keyed_tree_stay_tree():
    matte = np.ones((80, 120), np.float32)
    holdout = np.zeros_like(matte)
    holdout[20:70, 30:90] = 1
    holdout[40:43, 50:53] = 0
    hole = hole_of(matte, holdout)
    assert not hole[41, 51]
    assert hole[10, 60]
    assert hole[45, 20]
