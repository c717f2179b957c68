"""A person says whose a face is, or that nobody can be known by it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from secondunit.callsheet.faces import drop_crops, faces_unnamed, find_look
from secondunit.callsheet.rights_desk import change_records, opened
from secondunit.errors import BadInput
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.record_kinds import Record
from secondunit.rights.written.names import check_name
from secondunit.slate.rights_records import FaceNamed, Identifiable


def name_face(
    show: Path, shot: str, number: int, person: str, *, by: str, plate: str | None = None
) -> dict[str, Any]:
    """Say whose face it is; the person must be on record. Returns what `--json` prints. Raises `BadInput`."""
    return _say(show, shot, number, Identifiable.NAMED, by=by, person=person, plate=plate)


def dismiss_face(
    show: Path, shot: str, number: int, answer: Identifiable, *, by: str, plate: str | None = None
) -> dict[str, Any]:
    """Say that it is no face, or that nobody could be known by it; returns what `--json` prints. Raises `BadInput`."""
    return _say(show, shot, number, answer, by=by, person="", plate=plate)


def _say(
    show: Path, shot: str, number: int, answer: Identifiable, *, by: str, person: str, plate: str | None
) -> dict[str, Any]:
    author = check_name(by, what="name")
    with opened(show) as store:
        meant, look = find_look(store, shot, plate)
        numbers = [face.number for face in look.faces]
        if number not in numbers:
            known = ", ".join(map(str, numbers)) or "none"
            raise BadInput(
                f"the plate `{meant.label}` of `{shot}` has no face {number}", hint=f"its faces are {known}"
            )
        said = FaceNamed(meant.source_sha256, number, answer, author, person)

        def decide(known: Ledgered) -> Iterable[Record]:
            if person and person not in known.people:
                raise _nobody(person, known)
            return [said]

        (entry,) = change_records(store, decide, author=author)
        drop_crops(store, meant.source_sha256, number)
        left = faces_unnamed(store).get(meant.source_sha256)
    return {
        "shot": shot,
        "plate": meant.label,
        "face": number,
        "answer": str(answer),
        "person": person or None,
        "by": author,
        "line": entry.number,
        "unnamed": left,
    }


def _nobody(person: str, known: Ledgered) -> BadInput:
    near = difflib.get_close_matches(person, known.people, n=1)
    hint = f"did you mean `{near[0]}`" if near else "put the person on record first, with `secondunit rights add`"
    return BadInput(f"nobody is on record as `{person}`", hint=hint)
