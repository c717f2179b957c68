"""What an artist hands in, held against the plate before anything is made."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.departments.paint.keys import check_edit, parse_keys
from secondunit.departments.paint.masks import check_mask
from secondunit.departments.paint.pixel import check_pixel
from secondunit.errors import BadInput
from secondunit.slate.frames import FrameRange

FRAMES = FrameRange(1001, 1009)


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    for name in ("a.exr", "b.exr"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def picture(seed: int = 1) -> np.ndarray:
    ramp = np.linspace(0.02, 0.9, 64 * 48, dtype=np.float32).reshape(48, 64, 1)
    return np.repeat(ramp, 3, 2) + np.random.default_rng(seed).normal(0, 0.02, (48, 64, 3)).astype(np.float32)


def test_keys_come_in_the_order_of_their_frames(edits: Path) -> None:
    found = parse_keys([f"1004={edits / 'b.exr'}", f"1001={edits / 'a.exr'}"], FRAMES)
    assert [frame for frame, _ in found] == [1001, 1004]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "no key was given"),
        (["a.exr"], "is not a key"),
        (["1001=nowhere.exr"], "does not exist"),
        (["1001={a}", "1001={b}"], "two edits"),
        (["1010={a}"], "not in the plate's 1001-1009"),
    ],
)
def test_a_key_that_cannot_be_one_is_said_in_one_sentence(edits: Path, words: list[str], says: str) -> None:
    filled = [word.format(a=edits / "a.exr", b=edits / "b.exr") for word in words]
    with pytest.raises(BadInput, match=says) as caught:
        parse_keys(filled, FRAMES)
    assert caught.value.hint


def test_an_edit_of_another_size_is_refused() -> None:
    with pytest.raises(BadInput, match="is 32×48, the plate 64×48"):
        check_edit(1001, picture()[:, :32], picture())


def test_an_edit_that_is_the_plate_is_said() -> None:
    rounded = picture().astype(np.float16).astype(np.float32)
    with pytest.raises(BadInput, match="is the plate itself"):
        check_edit(1001, rounded, picture())


def test_a_small_stroke_is_an_edit() -> None:
    edit = picture()
    edit[10:13, 10:13] = 0
    check_edit(1001, edit, picture())


@given(st.floats(0.3, 0.6) | st.floats(1.7, 2.6))
def test_the_plate_in_another_encoding_is_found(gamma: float) -> None:
    plate = np.abs(picture()) + 1e-3
    with pytest.raises(BadInput, match="another colour space"):
        check_edit(1001, (plate**gamma).astype(np.float32), plate)


@given(st.floats(0.25, 4), st.floats(-0.02, 0.05))
def test_a_grade_by_exposure_and_lift_is_no_other_encoding(gain: float, lift: float) -> None:
    edit = (picture() * np.float32(gain) + np.float32(lift)).astype(np.float32)
    edit[5:9, 5:9, 0] += 1
    check_edit(1001, edit, picture())


def test_masks_that_cannot_be_meant_are_refused() -> None:
    full, empty, dot = (
        np.ones((48, 64), np.float32),
        np.zeros((48, 64), np.float32),
        np.zeros((48, 64), np.float32),
    )
    dot[3, 3:6] = 1
    for mask, says in (
        (full, "leaves nothing"),
        (empty, "is empty"),
        (dot, "marks 3 pixels"),
        (full[:9], "the plate"),
    ):
        with pytest.raises(BadInput, match=says):
            check_mask(mask, 64, 48)


@pytest.mark.parametrize("text", ["a,b", "3", "64,0", "0,48", "-1,2", "1,2,3"])
def test_a_pixel_outside_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        check_pixel(text, 64, 48)
