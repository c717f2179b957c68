"""building.toml: a round trip loses nothing, comments stay, edits win, mistakes are named."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.departments.destruction.survey_building import building_of
from secondunit.departments.destruction.survey_camera import camera_of
from secondunit.departments.destruction.survey_file import (
    building_file_text,
    parse_building_file,
    read_building_file,
    write_building_file,
)
from secondunit.departments.destruction.survey_raster import scale_file
from secondunit.errors import BadInput

length = st.floats(0.5, 200).map(lambda v: round(v, 3))
pixel = st.tuples(length, length)
names = st.text("abcdefgh ", min_size=1, max_size=8).map(lambda s: f"n{s}".strip())
blocks = st.lists(
    st.fixed_dictionaries(
        {"name": names, "width": length, "depth": length, "height": length},
        optional={
            "storeys": st.integers(1, 9),
            "material": st.sampled_from(["brick", "stone", "tile"]),
            "role": st.sampled_from(["storeys", "roof", "solid"]),
            "top_scale": st.floats(0.1, 2).map(lambda v: round(v, 3)),
            "free": st.lists(st.sampled_from(["width", "height"]), max_size=2),
            "window": st.lists(st.fixed_dictionaries({"face": st.integers(0, 3), "left": length}), max_size=2),
        },
    ),
    max_size=3,
)
files = st.fixed_dictionaries(
    {},
    optional={
        "camera": st.fixed_dictionaries(
            {}, optional={"focal": length, "yaw": length, "position": st.tuples(*[length] * 3)}
        ),
        "sun": st.fixed_dictionaries({}, optional={"azimuth": length}),
        "block": blocks,
        "corner": st.lists(
            st.fixed_dictionaries({"image": pixel, "block": names, "vertex": st.just("b0")}), max_size=3
        ),
        "holdout": st.lists(
            st.fixed_dictionaries({"name": names, "polygon": st.lists(pixel, min_size=3, max_size=5)}), max_size=2
        ),
        "background": st.dictionaries(names, st.one_of(length, st.lists(length, max_size=3)), max_size=2),
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(files, st.booleans())
def test_a_round_trip_keeps_every_value_and_mark(values, mark):
    file = BuildingFile.model_validate(values)
    if mark and file.camera.focal is not None:
        file = file.model_copy(update={"proposed": frozenset({"camera.focal"})})
    text = building_file_text(file)
    back = parse_building_file(text)
    assert back == file
    assert back.proposed == file.proposed
    assert building_file_text(back, keep=text) == text


def test_comments_and_order_survive_a_rewrite(tmp_path):
    path = tmp_path / "building.toml"
    path.write_text("# my words\n[sun]\nazimuth = 12.0 # from the call sheet\n\n[camera]\n# lens?\nroll = 0.0\n")
    file = read_building_file(path)
    camera = file.camera.model_copy(update={"focal": 901.5})
    write_building_file(file.model_copy(update={"camera": camera, "proposed": frozenset({"camera.focal"})}), path)
    text = path.read_text()
    assert "# my words" in text and "# from the call sheet" in text and "# lens?" in text
    assert "focal = 901.5 # proposed" in text and text.index("[sun]") < text.index("[camera]")
    assert not list(tmp_path.glob("*.part"))


def test_an_edited_proposal_belongs_to_the_person():
    file = BuildingFile.model_validate({"camera": {"focal": 901.5, "yaw": 3.0}})
    text = building_file_text(file.model_copy(update={"proposed": frozenset({"camera.focal", "camera.yaw"})}))
    assert parse_building_file(text).proposed == {"camera.focal", "camera.yaw"}
    edited = parse_building_file(text.replace("901.5", "950.0"))
    assert edited.proposed == {"camera.yaw"}
    assert edited.is_given("camera.focal") and not edited.is_given("camera.yaw")


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("[camera]\nfocl = 3.0", "`camera.focl`", "`focal`"),
        ("[[block]]\nname = 'a'\nheight = 3.0\nstories = 2", "`block.0.stories`", "`storeys`"),
        ("[camra]\nx = 1", "`camra`", "`camera`"),
        ("[[block]]\nname = 'a'", "lacks `block.0.height`", "add"),
        ("[[block]]\nname = 'a'\nheight = -3.0", "`block.0.height` = -3", "greater"),
        ("[[block]]\nname = 'a'\nheight = 3.0\nmaterial = 'cheese'", "cheese", "brick"),
        ("[camera\nfocal = 3", "not valid TOML", "line"),
        ("proposed = ['camera.focal']", "unknown key `proposed`", "remove"),
    ],
)
def test_a_mistake_is_named_with_what_was_meant(text, words, hint):
    with pytest.raises(BadInput) as caught:
        parse_building_file(text)
    assert words in str(caught.value) and hint in caught.value.hint
    assert "\n" not in str(caught.value) and not str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"height": 9.0, "storeys": 9}, "storeys of 1.00 m"),
        ({"height": 900.0}, "900 m high"),
        ({"height": 9.0, "wall": 5.0}, "walls 5 m thick"),
        ({"height": 9.0, "width": 900.0}, "side of 900 m"),
        (
            {"height": 9.0, "window": [{"face": 0, "left": 1.0, "right": 90.0, "bottom": 1.0, "top": 2.0}]},
            "window",
        ),
        (
            {"height": 9.0, "window": [{"face": 7, "left": 1.0, "right": 2.0, "bottom": 1.0, "top": 2.0}]},
            "face 7",
        ),
        ({"height": 9.0, "windows": [{"count": 40}]}, "do not fit"),
        ({"height": 9.0, "insets": [1.0, 1.0]}, "2 insets"),
    ],
)
def test_impossible_sizes_are_named(block, words):
    camera = {"focal": 500.0, "position": [5.0, -20.0, 2.0], "yaw": 0.0, "pitch": 0.0}
    whole = {"name": "house", "width": 10.0, "depth": 8.0} | block
    file = BuildingFile.model_validate({"camera": camera, "block": [whole]})
    view = camera_of(file, 640, 360)
    assert view is not None
    with pytest.raises(BadInput, match=words):
        building_of(file, view)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(BadInput, match="no file"):
        read_building_file(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(BadInput, match="cannot be read"):
        read_building_file(tmp_path / "bad.toml")


def test_pixel_positions_follow_the_plates_raster():
    file = BuildingFile.model_validate(
        {
            "plate": {"width": 640, "height": 360, "outline": [[10, 10], [50, 10], [50, 60]]},
            "corner": [{"image": [100, 50], "block": "a", "vertex": "b0"}],
            "holdout": [{"name": "car", "polygon": [[1, 2], [3, 4], [5, 6]], "foot": 6.0}],
            "shot": {"fail_at": [30, 20]},
        }
    )
    double = scale_file(file, 1280, 720)
    assert double.corner[0].image == (200, 100) and double.holdout[0].foot == 12
    assert double.plate.outline == ((20, 20), (100, 20), (100, 120)) and double.shot.fail_at == (60, 40)
    with pytest.raises(BadInput, match="640 × 360"):
        scale_file(file, 1280, 900)
