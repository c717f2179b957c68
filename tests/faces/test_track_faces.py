from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from drawn_face import F32, is_at, put, wall

from secondunit.engines.faces import track
from secondunit.engines.faces.detect import Face
from secondunit.engines.faces.track import EVERY, MISSED, look_through, samples
from secondunit.slate.found_faces import Box

SMALL = np.zeros((36, 64, 3), np.float32)
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


def box(x: int, y: int = 0, size: int = 40) -> Box:
    return (x, y, x + size, y + size)


def test_some_frames_are_looked_at_and_always_the_first_and_last() -> None:
    frames = [sample.frame for sample in samples(range(1001, 1021), numbered)]
    assert frames == [1001, 1007, 1013, 1019, 1020]
    assert [sample.frame for sample in samples([5], numbered)] == [5]


def test_both_sides_of_a_cut_are_looked_at() -> None:
    seen = [(s.frame, s.cut) for s in samples(range(30), lambda f: numbered(f) + (0.5 if f >= 16 else 0))]
    assert (15, False) in seen
    assert (16, True) in seen
    assert sum(cut for _, cut in seen) == 1


def test_a_cut_at_every_frame_has_every_frame_looked_at() -> None:
    flicker = [s.frame for s in samples(range(9), lambda f: numbered(f) + 0.5 * (f % 2))]
    assert flicker == list(range(9))


def test_a_face_that_moves_is_one_face(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {f: [box(f * 3)] for f in range(0, 61, EVERY)})
    (face,) = look_through(range(61), numbered)
    assert (face.number, face.first, face.last) == (1, 0, 60)
    assert (face.frame, face.box) == (60, box(180))  # the script is surest at the end


def test_a_face_missed_for_a_moment_is_still_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list(range(0, 61, EVERY))
    for n_missed in range(1, MISSED + 3):
        gone = looks[3 : 3 + n_missed]
        scripted(monkeypatch, {f: [box(10)] for f in looks if f not in gone})
        assert len(look_through(range(61), numbered)) == (1 if n_missed <= MISSED else 2)


def test_two_who_stand_side_by_side_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {f: [box(100 + f), box(150 + f)] for f in range(0, 61, EVERY)})
    first, second = look_through(range(61), numbered)
    assert (first.number, second.number) == (1, 2)
    assert first.box[0] < second.box[0]


def test_a_face_elsewhere_or_of_another_size_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for other in (box(300), box(10, size=120)):
        scripted(monkeypatch, {0: [box(10)], EVERY: [other]})
        assert len(look_through(range(EVERY + 1), numbered)) == 2


def test_nobody_is_recognised_across_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_picture: F32) -> tuple[Face, ...]:
        return (Face(box(10), 0.9, (P, P, P, P, P)),)

    monkeypatch.setattr(track, "find_faces", find)
    assert len(look_through(range(13), lambda f: SMALL + (0.5 if f >= 6 else 0))) == 2


def test_any_number_of_workers_finds_the_same() -> None:
    def picture(frame: int) -> F32:
        return put(wall(320, 180), 20 + 4 * frame, 60)

    steps: list[tuple[int, int]] = []
    alone = look_through(range(20), picture, progress=lambda done, total: steps.append((done, total)))
    assert alone == look_through(range(20), picture, workers=3)
    (face,) = alone
    assert (face.first, face.last) == (0, 19)
    assert is_at(face.box, 20 + 4 * face.frame, 60)
    assert steps[-1] == (20, 20)
    assert steps == sorted(steps)


def test_a_frame_that_cannot_be_read_stops_it() -> None:
    def broken(frame: int) -> F32:
        if frame == 7:
            raise OSError("gone")
        return wall(320, 180)

    with pytest.raises(OSError, match="gone"):
        look_through(range(20), broken, workers=2)
