"""Faces that were found in a plate: where each is and when, so that a person can say whose it is.

Boxes only. Nothing by which a face could be recognised again is computed or kept, here or anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from secondunit.slate.consent import STRICT

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class FoundFace:
    """One face over the frames `first` to `last`. `number` is its name for people and never used twice in a source.

    `box` is left, top, right, bottom in pixels of the plate at `frame`, where it is seen best; `score` 0..1.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    number: int
    first: int
    last: int
    frame: int
    box: Box
    score: float


@dataclass(frozen=True)
class FacesLook:
    """A plate that was looked through for faces, by which detector, and what it found."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    source_sha256: str
    detector: str
    width: int
    height: int
    frames: str
    faces: tuple[FoundFace, ...]

    @property
    def highest(self) -> int:
        """The highest number given, 0 for none."""
        return max((face.number for face in self.faces), default=0)


def carry_numbers(
    found: tuple[FoundFace, ...], before: tuple[FoundFace, ...], taken: int
) -> tuple[FoundFace, ...]:
    """Give the faces of a new look the numbers of an earlier look at the same pictures, where they are the same ones.

    The same: best seen in the same frame, in boxes that share at least half; the most alike go together first.
    Others get numbers above `taken`, so that what was said of one face is never taken for another.
    """
    pairs = [(_sameness(face, old), i, j) for i, face in enumerate(found) for j, old in enumerate(before)]
    numbers: dict[int, int] = {}
    given: set[int] = set()
    for sameness, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if sameness >= 0.5 and i not in numbers and j not in given:
            numbers[i] = before[j].number
            given.add(j)
    fresh = max([taken, *(old.number for old in before)])
    for i in range(len(found)):
        if i not in numbers:
            fresh += 1
            numbers[i] = fresh
    carried = (replace(face, number=numbers[i]) for i, face in enumerate(found))
    return tuple(sorted(carried, key=lambda face: face.number))


def _sameness(a: FoundFace, b: FoundFace) -> float:
    if a.frame != b.frame:
        return 0.0
    width = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    height = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(a.box) + _area(b.box) - shared)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
