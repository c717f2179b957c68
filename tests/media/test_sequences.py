from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.errors import BadInput, BadMedia
from secondunit.media.images import write_picture
from secondunit.media.sequences import check_sizes, find_sequence, is_sequence, spell_ranges


def make(
    folder: Path, numbers: range | list[int], name: str = "plate.{:04d}.png", size: tuple[int, int] = (8, 6)
) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    for number in numbers:
        write_picture(folder / name.format(number), np.zeros((size[1], size[0], 3), np.float32))


@pytest.mark.parametrize(
    "notation",
    [
        "plate.####.png",
        "plate.#.png",
        "plate.@@@@.png",
        "plate.%04d.png",
        "plate.$F4.png",
        "plate.1001-1012####.png",
        "plate.1001-1012#.png",
        "plate.1001-1012@@@@.png",
        "plate.1001-1012.png",
        "plate.####.png 1001-1012",
        "plate.1001-1006,1007-1012#.png",
    ],
)
def test_every_notation_finds_the_same_frames(tmp_path: Path, notation: str) -> None:
    make(tmp_path, range(1001, 1013))
    assert is_sequence(tmp_path / notation)
    found = find_sequence(tmp_path / notation)
    assert found.numbers == tuple(range(1001, 1013))
    assert found.paths[3].name == "plate.1004.png"


def test_a_step_is_kept(tmp_path: Path) -> None:
    make(tmp_path, range(1, 101, 5))
    assert find_sequence(tmp_path / "plate.1-100x5#.png").numbers == tuple(range(1, 101, 5))


def test_unpadded_numbers(tmp_path: Path) -> None:
    make(tmp_path, range(8, 13), "plate.{}.png")
    assert find_sequence(tmp_path / "plate.@.png").numbers == (8, 9, 10, 11, 12)
    assert find_sequence(tmp_path / "plate.$F.png").numbers == (8, 9, 10, 11, 12)
    assert find_sequence(tmp_path / "plate.%d.png").numbers == (8, 9, 10, 11, 12)


def test_five_digits_follow_four(tmp_path: Path) -> None:
    make(tmp_path, range(9998, 10003))
    assert find_sequence(tmp_path / "plate.####.png").numbers == (9998, 9999, 10000, 10001, 10002)


def test_a_folder_with_one_sequence(tmp_path: Path) -> None:
    make(tmp_path / "a folder", range(1001, 1004))
    assert len(find_sequence(tmp_path / "a folder")) == 3
    make(tmp_path / "a folder", range(1001, 1004), "other.{:04d}.png")
    with pytest.raises(BadMedia, match="holds 2 sequences"):
        find_sequence(tmp_path / "a folder")


def test_a_file_whose_name_holds_a_sign_is_a_file(tmp_path: Path) -> None:
    write_picture(tmp_path / "take #3.png", np.zeros((4, 4, 3), np.float32))
    assert not is_sequence(tmp_path / "take #3.png")


def test_holes_are_named(tmp_path: Path) -> None:
    make(tmp_path, [*range(1001, 1010), 1013, 1014, 1016])
    with pytest.raises(BadMedia, match="frames 1010-1012, 1015 are missing"):
        find_sequence(tmp_path / "plate.####.png")
    with pytest.raises(BadMedia, match="frame 1010 is missing"):
        find_sequence(tmp_path / "plate.1001-1010####.png")
    assert len(find_sequence(tmp_path / "plate.1001-1009####.png")) == 9


def test_a_range_that_runs_backwards(tmp_path: Path) -> None:
    make(tmp_path, range(1001, 1004))
    with pytest.raises(BadInput, match="runs backwards"):
        find_sequence(tmp_path / "plate.1003-1001#.png")


def test_no_frames(tmp_path: Path) -> None:
    make(tmp_path, range(1001, 1003))
    with pytest.raises(BadMedia, match="no frames fit") as caught:
        find_sequence(tmp_path / "plates.####.png")
    assert "plate.1001.png" in caught.value.hint
    with pytest.raises(BadMedia, match="does not exist"):
        find_sequence(tmp_path / "nowhere" / "plate.####.png")


def test_the_first_frame_of_another_size_is_named(tmp_path: Path) -> None:
    make(tmp_path, range(1001, 1006))
    make(tmp_path, [1004], size=(10, 6))
    with pytest.raises(BadMedia, match="frame 1004 is 10×6 and frame 1001 is 8×6"):
        check_sizes(find_sequence(tmp_path / "plate.####.png"))
    assert check_sizes(find_sequence(tmp_path / "plate.1001-1003#.png")) == (8, 6)


@given(st.sets(st.integers(0, 300), min_size=1))
def test_spelled_ranges_name_every_frame_once(numbers: set[int]) -> None:
    spelled: list[int] = []
    for part in spell_ranges(numbers).split(", "):
        first, _, last = part.partition("-")
        spelled += range(int(first), int(last or first) + 1)
    assert spelled == sorted(numbers)
