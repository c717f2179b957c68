from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from secondunit.rights.on_record.faces_on_record import LOOKED, SAID, count_unnamed, line_of, read_face_lines
from secondunit.rights.written.record_shape import body_of
from secondunit.slate.entry import Entry
from secondunit.slate.found_faces import FacesLook, FoundFace
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Licence, Plate
from secondunit.slate.rights_records import FaceNamed, Identifiable

SOURCE, OTHER, FILE = "a" * 64, "b" * 64, "f" * 64
SHOT = ShotName.parse("TLN_101_BAR_0010")
PLATE = Plate(
    SHOT,
    "PL01_v001",
    FrameRange(1001, 1010),
    640,
    360,
    Fraction(24),
    "plates/TLN_101_BAR_0010/PL01_v001/x.####.exr",
    SOURCE,
    "x.mov",
    "sRGB",
    "Ada Films",
    Licence("owned", True, True),
)


def look(n_faces: int, first: int = 1) -> FacesLook:
    faces = tuple(
        FoundFace(first + i, 1001, 1010, 1005, (50 * i, 0, 50 * i + 40, 40), 0.9) for i in range(n_faces)
    )
    return FacesLook(SOURCE, "detector 1", 640, 360, "1001-1010", faces)


def entry(number: int, kind: str, body: Mapping[str, Any], subject: str = SOURCE) -> Entry:
    return Entry(number, dt.datetime(2026, 11, 22, tzinfo=dt.UTC), kind, subject, body, "Bea", "k" * 64, "p" * 64)


def looked(number: int, n_faces: int, plate: Plate = PLATE, first: int = 1) -> Entry:
    return entry(number, LOOKED, body_of(line_of(plate, look(n_faces, first), FILE)))


def said(number: int, face: int, answer: Identifiable = Identifiable.NAMED, person: str = "p:ada") -> Entry:
    return entry(number, SAID, body_of(FaceNamed(SOURCE, face, answer, "Bea", person)))


def left(*lines: Entry, n_faces: int = 3) -> int | None:
    return count_unnamed(read_face_lines(lines), [(PLATE, look(n_faces))]).get(SOURCE)


def test_each_face_waits_until_somebody_speaks_of_it() -> None:
    assert left(looked(1, 3)) == 3
    assert left(looked(1, 3), said(2, 1)) == 2
    dismissed = said(3, 2, Identifiable.NOT_A_FACE, ""), said(4, 3, Identifiable.NOT_IDENTIFIABLE, "")
    assert left(looked(1, 3), said(2, 1), *dismissed) == 0
    assert left(looked(1, 0), n_faces=0) == 0


def test_the_last_word_on_a_face_counts() -> None:
    record = read_face_lines([looked(1, 3), said(2, 1), said(3, 1, person="p:bob")])
    assert record.said[SOURCE, 1].person_id == "p:bob"


def test_nobody_can_name_what_was_not_found_yet() -> None:
    assert left(*(said(n, n) for n in range(1, 4)), looked(4, 3)) == 3
    assert left(looked(1, 1), said(2, 2), looked(3, 3)) == 3


@pytest.mark.parametrize("face", [0, -1, 4, 10**9])
def test_a_word_on_no_face_counts_for_nothing(face: int) -> None:
    assert left(looked(1, 3), said(2, face)) == 3


def test_a_name_without_a_person_is_no_name() -> None:
    assert left(looked(1, 3), said(2, 1, person=" ")) == 3
    assert left(looked(1, 3), entry(2, SAID, {**said(2, 1).body, "by": ""})) == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source_sha256": SOURCE, "face": "one", "answer": "named", "by": "Bea", "person_id": "p:ada"},
        {"source_sha256": SOURCE, "face": 1, "answer": "surely", "by": "Bea"},
        {
            "source_sha256": SOURCE,
            "face": 1,
            "answer": "named",
            "by": "Bea",
            "person_id": "p:ada",
            "template": "…",
        },
        {"source_sha256": OTHER, "face": 1, "answer": "named", "by": "Bea", "person_id": "p:ada"},
    ],
)
def test_a_line_that_cannot_be_read_names_nobody(body: dict[str, Any]) -> None:
    assert left(looked(1, 3), entry(2, SAID, body)) == 3


def test_a_word_on_another_source_counts_for_nothing() -> None:
    elsewhere = entry(2, SAID, body_of(FaceNamed(OTHER, 1, Identifiable.NAMED, "Bea", "p:ada")), OTHER)
    assert left(looked(1, 3), elsewhere) == 3


def test_a_source_with_a_plate_that_nobody_looked_through_is_unknown() -> None:
    record = read_face_lines([looked(1, 0)])
    second = replace(PLATE, label="PL01_v002")
    assert count_unnamed(record, [(PLATE, look(0)), (second, None)]) == {}
    assert count_unnamed(record, [(second, None), (PLATE, look(0))]) == {}


def test_faces_of_two_plates_of_one_source_are_counted_by_number() -> None:
    second = replace(PLATE, label="PL01_v002")
    record = read_face_lines([looked(1, 2), looked(2, 2, second, first=3), said(3, 3)])
    assert count_unnamed(record, [(PLATE, look(2)), (second, look(2, first=3))]) == {SOURCE: 3}


def test_a_look_is_valid_only_for_the_very_file_plate_and_detector() -> None:
    record = read_face_lines([looked(1, 2)])
    assert record.is_valid(PLATE, look(2), FILE, "detector 1")
    assert not record.is_valid(PLATE, look(2), "0" * 64, "detector 1")
    assert not record.is_valid(PLATE, look(2), FILE, "detector 2")
    for other in (
        replace(PLATE, label="PL01_v002"),
        replace(PLATE, source_sha256=OTHER),
        replace(PLATE, width=1280),
        replace(PLATE, frames=FrameRange(1001, 1011)),
    ):
        assert not record.is_valid(other, look(2), FILE, "detector 1")


def test_a_later_look_takes_the_place_of_an_earlier_one() -> None:
    again = entry(2, LOOKED, body_of(replace(line_of(PLATE, look(2), "e" * 64), detector="detector 2")))
    record = read_face_lines([looked(1, 3), again])
    assert not record.is_valid(PLATE, look(3), FILE, "detector 1")
    assert record.highest[SOURCE] == 3
