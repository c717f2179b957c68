"""Direction that cannot be followed: one sentence before any work is done, exit code 2, the show as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from desk import (
    DESTROY,
    HEIGHT,
    OUTLINE,
    SHOT,
    WIDTH,
    Said,
    bring_in,
    done,
    is_refused,
    small_plate,
    tree,
    type_in,
    untouched,
)

from secondunit.media.exr import write_exr
from secondunit.media.images import write_picture

HOUSE = """
[plate]
width = 320
height = 200
outline = [[108, 50], [198, 50], [198, 164], [108, 164]]
[camera]
focal = 420.0
position = [3.6, -30.0, 2.4]
yaw = 0.0
pitch = 3.0
[[block]]
name = "house"
width = 7.0
depth = 8.0
height = 9.0
storeys = 3
"""


def destroy(show: Path, *options: object) -> Said:
    return type_in(*DESTROY, *options, "--show", show)


def refused(show: Path, words: tuple[str, ...], *options: object) -> Said:
    with untouched(show):
        return is_refused(destroy(show, *options), 2, *words)


def is_tidy(before: dict[str, str], after: dict[str, str]) -> None:
    """The surveyed set is whole and stays for the next try; nothing else does, nothing is half made."""
    assert {name.split("/")[0] for name in set(after) - set(before)} <= {"setups", "takes"}
    assert "half made" not in after.values()


# The mask


def mask(folder: Path, picture: np.ndarray) -> Path:
    path = folder / "mask.png"
    write_picture(path, np.repeat(picture.astype(np.float32)[..., None], 3, axis=2))
    return path


def test_a_mask_of_another_size(plated: Path, tmp_path: Path) -> None:
    other = mask(tmp_path, np.ones((100, 160)))
    refused(plated, ("160 × 100", "320 × 200"), "--mask", other)


@pytest.mark.parametrize("level, words", [(0.0, "empty"), (1.0, "whole plate")])
def test_a_mask_of_nothing_and_of_everything(plated: Path, tmp_path: Path, level: float, words: str) -> None:
    refused(plated, (words,), "--mask", mask(tmp_path, np.full((HEIGHT, WIDTH), level)))


def test_a_mask_of_three_pixels(plated: Path, tmp_path: Path) -> None:
    picture = np.zeros((HEIGHT, WIDTH))
    picture[100, 100:103] = 1
    refused(plated, ("only 3 pixels",), "--mask", mask(tmp_path, picture))


def test_a_mask_that_is_no_picture(plated: Path, tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_text("white on the building")
    refused(plated, ("mask.png",), "--mask", tmp_path / "mask.png")
    refused(plated, ("nowhere.png",), "--mask", tmp_path / "nowhere.png")


def test_a_mask_and_an_outline(plated: Path, tmp_path: Path) -> None:
    refused(plated, ("both",), "--mask", mask(tmp_path, np.zeros((HEIGHT, WIDTH))), "--outline", OUTLINE)


# The outline


@pytest.mark.parametrize(
    "outline, words",
    [
        ("108,50 198,164 198,50 108,164", "crosses itself"),
        ("108,50 198,50 198,264 108,164", "outside the plate"),
        ("108,50 198,50 -8,164", "outside the plate"),
        ("108,50 198,50", "2 corners"),
        ("", "0 corners"),
        ("108,50 110,50 110,52", "covers only"),
        ("108,50 198,50 150,50", "covers only"),
        ("108,50 198,fifty 198,164", "not a corner"),
        ("108 50 198 50 198 164", "not a corner"),
        ("nan,nan 198,50 198,164", "not a corner"),
    ],
)
def test_an_outline_that_is_none(plated: Path, outline: str, words: str) -> None:
    refused(plated, (words,), "--outline", outline)


def test_no_outline_and_no_building_file(plated: Path) -> None:
    said = refused(plated, ("no outline",))
    assert "--outline" in said.hint and "--mask" in said.hint


# The click


@pytest.mark.parametrize("click, words", [("20,20", "not on the building"), ("400,100", "outside the plate")])
def test_a_click_outside_the_building(plated: Path, click: str, words: str) -> None:
    refused(plated, (words,), "--outline", OUTLINE, "--fail-at", click)


@pytest.mark.parametrize("click", ["20", "a,b", "", "1,2,3", "nan,3", "inf,3"])
def test_a_click_that_is_no_point(plated: Path, click: str) -> None:
    refused(plated, ("not a point",), "--outline", OUTLINE, "--fail-at", click)


# The building file


@pytest.mark.parametrize(
    "line, words",
    [
        ("heigth = 9.0", ("unknown key `block.0.heigth`", "did you mean `height`")),
        ("storeys = 0", ("storeys",)),
        ("height = -3.0", ("height",)),
        ("height = 1e9", ("1e+09 m high",)),
        ("width = 0.0", ("width",)),
        ("width = 4000.0", ("4000 m",)),
        ("depth = 'deep'", ("depth",)),
        ("storeys = 40", ("storeys of",)),
        ("wall = 9.0", ("walls 9 m thick",)),
        ("material = 'cheese'", ("material", "brick")),
        ("height = nan", ("height",)),
    ],
)
def test_a_building_file_with_a_slip(plated: Path, tmp_path: Path, line: str, words: tuple[str, ...]) -> None:
    key = line.split(" ")[0]
    kept = [old for old in HOUSE.strip().splitlines() if not (old.startswith(f"{key} ") and old != "width = 320")]
    path = tmp_path / "house.toml"
    path.write_text("\n".join([*kept, line]) + "\n")
    refused(plated, words, "--building", path)


@pytest.mark.parametrize(
    "text, words",
    [
        ("[block\n", ("not valid TOML",)),
        ("[roof]\npitch = 3\n", ("unknown key `roof`",)),
        ("\0\1\2", ("house.toml",)),
        (HOUSE + "[shot]\nfragments = 3\n", ("shot.fragments",)),
        (HOUSE + "[shot]\nstart = 5\n", ("frame 5",)),
        (HOUSE.replace("height = 200", "height = 320"), ("320 × 320", "320 × 200")),
        (HOUSE + '[[block]]\nname = "house"\nwidth = 2.0\ndepth = 2.0\nheight = 3.0\n', ("two blocks",)),
    ],
)
def test_a_building_file_that_is_none(plated: Path, tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "house.toml"
    path.write_text(text)
    refused(plated, words, "--building", path)


@pytest.mark.parametrize(
    "table, words",
    [
        ("[background]\nhalo = 900.0\n", ("halo",)),
        ("[background]\nskyline = 3\n", ("unknown key `skyline`",)),
        ("[background]\nlayer = 3\n", ("[[background.layer]]",)),
        ("[[background.layer]]\nkind = 'cheese'\n", ("layer", "cheese")),
        ("[[background.layer]]\nkind = 'band'\ntop = [[9, 5], [3, 5]]\n", ("runs backwards",)),
        ("[[background.layer]]\n\n[[background.layer]]\nhaze = 4\n", ("impossible numbers",)),
    ],
)
def test_a_background_that_is_none(plated: Path, tmp_path: Path, table: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "house.toml"
    path.write_text(HOUSE + table)
    refused(plated, words, "--building", path)


def test_a_building_file_that_is_not_there_or_not_text(plated: Path, tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_bytes(b"\xff\xfe\x00 name")
    refused(plated, ("house.toml",), "--building", tmp_path / "house.toml")
    refused(plated, ("nowhere.toml",), "--building", tmp_path / "nowhere.toml")
    refused(plated, (tmp_path.name,), "--building", tmp_path)


# Numbers


@pytest.mark.parametrize(
    "option, value, words",
    [
        ("--fragments", "0", "0 fragments"),
        ("--fragments", "1000000000", "1000000000 fragments"),
        ("--fragments", "-5", "-5 fragments"),
        ("--fragments", "many", "many"),
        ("--fragments", "1e3", "1e3"),
        ("--dust", "2", "dust 2"),
        ("--dust", "-0.1", "dust -0.1"),
        ("--dust", "nan", "dust nan"),
        ("--front-speed", "0", "0 m/s"),
        ("--front-speed", "1000", "1000 m/s"),
        ("--front-speed", "nan", "nan m/s"),
        ("--seed", "-1", "seed -1"),
        ("--start", "1000", "frame 1000"),
        ("--start", "1009", "frame 1009"),
        ("--start", "soon", "soon"),
    ],
)
def test_a_number_outside_its_range(plated: Path, option: str, value: str, words: str) -> None:
    with untouched(plated):
        is_refused(
            type_in("destroy", SHOT, "--preview", "--outline", OUTLINE, f"{option}={value}", "--show", plated),
            2,
            words,
        )


def test_fewer_fragments_than_the_building_has_parts(plated: Path) -> None:
    words = ("destroy", SHOT, "--outline", OUTLINE, "--fragments", "50", "--preview", "--show", plated)
    before = tree(plated)
    said = type_in(*words)
    assert said.code == 2
    assert "50 fragments are too few" in said.sentence
    assert "100" in said.hint
    is_tidy(before, tree(plated))


# The plate


def test_a_shot_without_a_plate(show: Path) -> None:
    with untouched(show):
        said = is_refused(destroy(show, "--outline", OUTLINE), 2, "has no plate")
        assert "secondunit ingest" in said.hint


def test_a_plate_whose_files_are_gone(plated: Path) -> None:
    next(plated.glob("plates/*/*/*.exr")).unlink()
    refused(plated, ("is gone",), "--outline", OUTLINE)


def test_a_plate_that_was_damaged(plated: Path) -> None:
    path = next(plated.glob("plates/*/*/*.exr"))
    path.write_bytes(path.read_bytes()[:3000])
    refused(plated, (path.name,), "--outline", OUTLINE)


def test_a_moving_camera_is_refused(show: Path, tmp_path: Path) -> None:
    picture = small_plate()
    for k in range(4):
        write_exr(tmp_path / f"pan.{1001 + k}.exr", {"beauty": np.roll(picture, 2 * k, axis=1)}, colourspace="")
    words = ("--shot", SHOT, "--owner", "A. Lens", "--licence", "owned")
    done("ingest", tmp_path / "pan.####.exr", *words, "--show", show)
    said = refused(show, ("camera moves", "px"), "--outline", OUTLINE)
    assert "locked-off" in said.hint


def test_a_plate_too_small_to_shoot_in(show: Path, tmp_path: Path) -> None:
    source = tmp_path / "tiny.png"
    write_picture(source, np.full((12, 16, 3), 0.5, np.float32))
    bring_in(show, source)
    before = tree(show)
    said = destroy(show, "--outline", "3,3 12,3 12,10 3,10")
    assert said.code == 2, said.err
    assert said.sentence and said.hint
    is_tidy(before, tree(show))
