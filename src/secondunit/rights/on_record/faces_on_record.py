"""What the ledger says of faces: which plates were looked through, what was found, and what people said of each face.

The boxes lie in a file beside the plate; the ledger holds the hash of that file, so a file that somebody edited,
shortened or took away counts as no look at all. A word on a face counts only when the face had been found by then:
nobody can name what is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import ValidationError

from secondunit.rights.written.record_shape import adapter, body_of
from secondunit.slate.consent import STRICT
from secondunit.slate.entry import Entry
from secondunit.slate.found_faces import FacesLook
from secondunit.slate.plate import Plate
from secondunit.slate.rights_records import FaceNamed, Identifiable
from secondunit.store.chain import Draft

LOOKED, SAID = "faces_looked", "face"
"""The kinds of line in the ledger that speak of faces."""


@dataclass(frozen=True)
class LookLine:
    """The line about one look at one plate. `highest` is the highest number that a face of it has."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    plate: str
    source_sha256: str
    detector: str
    faces_sha256: str
    n_faces: int
    highest: int

    def draft(self) -> Draft:
        """As a line to write."""
        return Draft(LOOKED, self.source_sha256, body_of(self))


@dataclass(frozen=True)
class FacesOnRecord:
    """`looks` is the last look at each plate, `highest` the highest number ever given in each source, `said` what was
    last said of each face by source and number."""

    looks: Mapping[str, LookLine]
    highest: Mapping[str, int]
    said: Mapping[tuple[str, int], FaceNamed]

    def is_valid(self, plate: Plate, look: FacesLook, sha256: str, detector: str) -> bool:
        """Whether a file is what the last look at this plate with this detector wrote."""
        line = self.looks.get(plate_key(plate))
        return (
            line is not None
            and line.faces_sha256 == sha256
            and line.source_sha256 == look.source_sha256 == plate.source_sha256
            and line.detector == look.detector == detector
            and (look.width, look.height, look.frames) == (plate.width, plate.height, str(plate.frames))
        )


def plate_key(plate: Plate) -> str:
    """How the ledger calls a plate: `AGM_104_TCC_0010 PL01_v001`."""
    return f"{plate.shot} {plate.label}"


def line_of(plate: Plate, look: FacesLook, sha256: str) -> LookLine:
    """The line to write about a look whose file has this hash."""
    return LookLine(plate_key(plate), plate.source_sha256, look.detector, sha256, len(look.faces), look.highest)


def read_face_lines(lines: Iterable[Entry]) -> FacesOnRecord:
    """The faces on record, from lines of the ledger in their order; other kinds are passed over.

    A line that cannot be read says nothing, so what it was about is still unknown or unnamed.
    """
    looks: dict[str, LookLine] = {}
    highest: dict[str, int] = {}
    said: dict[tuple[str, int], FaceNamed] = {}
    for line in lines:
        record = _read(line)
        if isinstance(record, LookLine):
            looks[record.plate] = record
            highest[record.source_sha256] = max(record.highest, highest.get(record.source_sha256, 0))
        elif isinstance(record, FaceNamed) and _counts(record, highest.get(record.source_sha256, 0)):
            said[record.source_sha256, record.face] = record
    return FacesOnRecord(MappingProxyType(looks), MappingProxyType(highest), MappingProxyType(said))


def count_unnamed(record: FacesOnRecord, looks: Iterable[tuple[Plate, FacesLook | None]]) -> Mapping[str, int]:
    """How many faces nobody has spoken of, by source; `looks` are all plates with their valid look, or None.

    A source with a plate that was not looked through is absent: nobody knows.
    """
    open_faces: dict[str, set[int]] = {}
    unknown: set[str] = set()
    for plate, look in looks:
        source = plate.source_sha256
        if look is None:
            unknown.add(source)
            continue
        left = open_faces.setdefault(source, set())
        left |= {face.number for face in look.faces if (source, face.number) not in record.said}
    return {source: len(left) for source, left in open_faces.items() if source not in unknown}


def _counts(said: FaceNamed, highest: int) -> bool:
    """Whether a word is about a face that had been found, by somebody, and says who it is where it says that."""
    is_somebody = bool(said.person_id.strip()) or said.answer is not Identifiable.NAMED
    return 1 <= said.face <= highest and bool(said.by.strip()) and is_somebody


def _read(line: Entry) -> LookLine | FaceNamed | None:
    kind: type | None = {LOOKED: LookLine, SAID: FaceNamed}.get(line.kind)
    if kind is None:
        return None
    try:
        record: LookLine | FaceNamed = adapter(kind).validate_python(dict(line.body))
    except ValidationError:
        return None
    return record if record.source_sha256 == line.subject else None
