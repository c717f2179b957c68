from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from drawn_face import F32, is_at, put, wall

from secondunit.engines.faces import track
from secondunit.engines.faces.detect import Face
from secondunit.engines.faces.follow import U8, carry
from secondunit.engines.faces.track import EVERY, MISSED, look_through, samples
from secondunit.slate.found_faces import Box, FoundFace

SMALL = np.zeros((36, 64, 3), np.float32)
GREY = np.zeros((36, 64), np.uint8)
P = (0.0, 0.0)


def scripted(monkeypatch: pytest.MonkeyPatch, script: dict[int, list[Box]]) -> list[int]:
    """Make the detector find what a script says; frames are told apart by the value of a pixel."""
    looked: list[int] = []

    def find(picture: F32) -> tuple[Face, ...]:
        frame = round(float(picture[0, 0, 0]) * 1e4)
        looked.append(frame)
        return tuple(Face(box, 0.5 + frame / 1e5, (P, P, P, P, P)) for box in script.get(frame, []))

    monkeypatch.setattr(track, "find_faces", find)
    return looked


def numbered(frame: int) -> F32:
    return SMALL + np.float32(frame / 1e4)


def black(_frame: int) -> U8:
    return GREY


def grey_of(picture: F32) -> U8:
    return np.asarray(np.round(picture.mean(axis=2) * 255), np.uint8)


def box(x: int, y: int = 0, size: int = 40) -> Box:
    return (x, y, x + size, y + size)


def test_some_frames_are_looked_at_and_always_the_first_and_last() -> None:
    assert [sample.frame for sample in samples(range(1001, 1021), black)] == [1001, 1007, 1013, 1019, 1020]
    assert [sample.frame for sample in samples([5], black)] == [5]


def test_the_way_between_two_samples_holds_every_frame() -> None:
    ways = [[int(grey[0, 0]) for grey in s.way] for s in samples(range(14), lambda f: GREY + np.uint8(f))]
    assert ways == [[0], list(range(7)), list(range(6, 13)), [12, 13]]


def test_both_sides_of_a_cut_are_looked_at() -> None:
    seen = [(s.frame, s.cut, len(s.way)) for s in samples(range(30), lambda f: GREY + np.uint8(120 * (f >= 16)))]
    assert (15, False, 4) in seen
    assert (16, True, 1) in seen
    assert sum(cut for _, cut, _ in seen) == 1


def test_a_cut_at_every_frame_has_every_frame_looked_at() -> None:
    flicker = [s.frame for s in samples(range(9), lambda f: GREY + np.uint8(120 * (f % 2)))]
    assert flicker == list(range(9))


def test_a_face_that_moves_is_one_face(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {f: [box(f * 3)] for f in range(0, 61, EVERY)})
    (face,) = look_through(range(61), numbered, black)
    assert (face.number, face.first, face.last) == (1, 0, 60)
    assert (face.frame, face.box) == (60, box(180))  # the script is surest at the end


def test_a_face_missed_for_a_moment_is_still_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list(range(0, 61, EVERY))
    for n_missed in range(1, MISSED + 3):
        gone = looks[3 : 3 + n_missed]
        scripted(monkeypatch, {f: [box(10)] for f in looks if f not in gone})
        assert len(look_through(range(61), numbered, black)) == (1 if n_missed <= MISSED else 2)


def test_two_who_stand_side_by_side_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {f: [box(100 + f), box(150 + f)] for f in range(0, 61, EVERY)})
    first, second = look_through(range(61), numbered, black)
    assert (first.number, second.number) == (1, 2)
    assert first.box[0] < second.box[0]


def test_a_face_elsewhere_or_of_another_size_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for other in (box(300), box(10, size=120)):
        scripted(monkeypatch, {0: [box(10)], EVERY: [other]})
        assert len(look_through(range(EVERY + 1), numbered, black)) == 2


def test_nobody_is_recognised_across_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {f: [box(10)] for f in range(13)})
    assert len(look_through(range(13), numbered, lambda f: GREY + np.uint8(120 * (f >= 6)))) == 2


def walking(speed: int) -> Callable[[int], F32]:
    noise = np.random.default_rng(5).uniform(-0.1, 0.1, (180, 320, 1)).astype(np.float32)
    street = cv2.GaussianBlur(np.repeat(noise, 3, axis=2), (0, 0), 2) + wall(320, 180)
    return lambda frame: put(street, 5 + speed * frame, 60)


def test_a_face_that_runs_is_carried_by_its_motion(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = walking(12)  # 72 pixels from one look to the next: a face and a half
    scripted(monkeypatch, {f: [box(5 + 12 * f, 60, 48)] for f in range(0, 19, EVERY)})
    wide = lambda f: np.zeros((180, 320, 3), np.float32) + np.float32(f / 1e4)  # noqa: E731
    faces = look_through(range(19), wide, lambda f: grey_of(picture(f)))
    assert [(face.first, face.last) for face in faces] == [(0, 18)]
    assert len(look_through(range(19), wide, lambda f: np.zeros((180, 320), np.uint8))) == 4


def test_any_number_of_workers_finds_the_same() -> None:
    picture = walking(4)
    steps: list[tuple[int, int]] = []

    def look(workers: int) -> tuple[FoundFace, ...]:
        progress = lambda done, total: steps.append((done, total))  # noqa: E731
        return look_through(range(20), picture, lambda f: grey_of(picture(f)), workers=workers, progress=progress)

    alone = look(1)
    assert alone == look(3)
    (face,) = alone
    assert (face.first, face.last) == (0, 19)
    assert is_at(face.box, 5 + 4 * face.frame, 60)
    assert steps[: len(steps) // 2] == steps[len(steps) // 2 :] == sorted(set(steps))
    assert steps[-1] == (20, 20)


def test_a_frame_that_cannot_be_read_stops_it() -> None:
    def broken(frame: int) -> F32:
        if frame == 6:
            raise OSError("gone")
        return wall(320, 180)

    with pytest.raises(OSError, match="gone"):
        look_through(range(20), broken, black, workers=2)


@given(st.integers(-6, 6), st.integers(-6, 6), st.sampled_from([0.5, 1.0]))
def test_a_box_is_carried_with_what_lies_in_it(dx: int, dy: int, scale: float) -> None:
    texture = np.random.default_rng(2).uniform(0, 255, (120, 160)).astype(np.float32)
    first = np.asarray(cv2.GaussianBlur(texture, (0, 0), 2), np.float32)
    first = np.clip((first - 128) * 4 + 128, 0, 255)
    greys = [np.asarray(np.roll(first, (dy * i, dx * i), (0, 1)), np.uint8) for i in range(4)]
    start = (60 / scale, 40 / scale, 90 / scale, 70 / scale)
    assert carry(start, greys, scale) == pytest.approx(
        [side + 3 * move / scale for side, move in zip(start, (dx, dy, dx, dy), strict=True)], abs=1.0
    )


def test_a_box_on_a_flat_wall_stays() -> None:
    assert carry((10, 10, 50, 50), [GREY, GREY, GREY], 0.5) == pytest.approx((10, 10, 50, 50))


def test_one_frame_carries_nothing() -> None:
    assert carry((10, 10, 50, 50), [GREY], 1.0) == (10, 10, 50, 50)
