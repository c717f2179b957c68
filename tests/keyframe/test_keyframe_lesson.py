"""What is read from an artist's frames."""

from __future__ import annotations

import numpy as np
import pytest
from small_shot import FIRST, H, N, W, graded, half_graded, plate

from secondunit.engines.keyframe.lesson import Lesson, lesson_of, visits_of
from secondunit.errors import BadInput

KEYS = (FIRST, FIRST + 4, FIRST + N - 1)


def read(edit=graded, **given) -> Lesson:
    plates = np.stack([plate(frame) for frame in KEYS])
    return lesson_of(KEYS, plates, np.stack([edit(frame) for frame in KEYS]), seed=1, **given)


def test_an_edit_of_the_whole_frame_is_known_as_that() -> None:
    lesson = read()
    assert lesson.is_whole
    assert (lesson.mattes == 1).all()


def test_an_edit_of_a_part_is_found_to_the_pixel_and_half_floats_are_no_edit() -> None:
    lesson = read(lambda frame: half_graded(frame).astype(np.float16).astype(np.float32))
    assert not lesson.is_whole
    for matte in lesson.mattes:
        assert matte[:, W // 2 + 10 :].min() > 0.9
        assert matte[:, : W // 2 - 10].max() == 0


def test_an_edit_that_is_the_plate_is_refused_by_its_frame() -> None:
    with pytest.raises(BadInput, match=f"edit of frame {KEYS[1]} is the plate itself"):
        read(lambda frame: plate(frame) if frame == KEYS[1] else graded(frame))


def test_a_part_of_one_key_is_kept_back_where_the_edit_is() -> None:
    lesson = read(half_graded)
    assert lesson.exam.frame == KEYS[1]
    assert lesson.frames == KEYS
    np.testing.assert_array_equal(lesson.held[1], lesson.exam.area)
    assert not lesson.held[[0, 2]].any()
    share = lesson.exam.area[:, W // 2 :].mean()
    assert 0.08 < share < 0.18
    assert lesson.exam.area[:, : W // 2 - 10].sum() == 0


def test_a_key_left_out_is_the_exam_and_is_not_learned() -> None:
    lesson = read(leave_out=KEYS[2])
    assert lesson.frames == KEYS[:2]
    assert lesson.exam.frame == KEYS[2]
    assert lesson.exam.area.all()
    assert len(lesson.plates) == len(lesson.held) == 2
    assert not lesson.held.any()


def test_half_of_the_visits_go_to_a_small_edit_and_all_stay_inside() -> None:
    mattes = np.zeros((2, 360, 640), np.float32)
    mattes[1, 160:192, 480:512] = 1
    drawn = visits_of(mattes).draw(128, 2000, np.random.default_rng(0))
    assert all(0 <= top <= 360 - 128 and 0 <= left <= 640 - 128 for _, top, left in drawn)
    sees = [
        k == 1 and top <= 160 and top + 128 >= 192 and left <= 480 and left + 128 >= 512 for k, top, left in drawn
    ]
    assert 0.5 < np.mean(sees) < 0.6
    assert {k for k, _, _ in drawn} == {0, 1}


def test_a_frame_smaller_than_a_crop_is_visited_whole() -> None:
    drawn = visits_of(np.ones((1, H, W), np.float32)).draw(H, 50, np.random.default_rng(0))
    assert all(top == 0 and 0 <= left <= W - H for _, top, left in drawn)
