"""Every kind of record that people write as a file, in one table: how it is known, read and judged.

Enters: the text of a TOML or YAML file and the day. Leaves: a record and its cautions, or every fault with its line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from secondunit.errors import BadInput
from secondunit.rights.consents.consent_cautions import cautions as consent_cautions
from secondunit.rights.consents.consent_file import consent_of
from secondunit.rights.consents.person_sense import person_faults
from secondunit.rights.on_record.record_kinds import KINDS, Record
from secondunit.rights.written import record_sense as sense
from secondunit.rights.written.marked_text import Fault, Marked, read_marked
from secondunit.rights.written.record_shape import Fitted, fit
from secondunit.slate.consent import Consent, PersonKind


@dataclass(frozen=True)
class Reader:
    """One kind of file: `marks` are keys that only it has, `faults` and `cautions` judge what was read."""

    marks: frozenset[str]
    faults: Callable[[Any, dt.date], Iterator[Fault]]
    cautions: Callable[[Any], tuple[str, ...]] = lambda _record: ()


def _person(record: Any, today: dt.date) -> Iterator[Fault]:
    return person_faults(record, today)


# In the order in which they are tried on a file that does not name its kind.
READERS: Mapping[str, Reader] = {
    "consent": Reader(frozenset({"consent_id"}), lambda _record, _today: iter(()), consent_cautions),
    "tool_card": Reader(frozenset({"tool_id"}), sense.tool_faults, sense.tool_cautions),
    "training_asset": Reader(frozenset({"asset_id"}), sense.asset_faults, sense.asset_cautions),
    "footage_licence": Reader(frozenset({"source_sha256"}), sense.footage_faults, sense.footage_cautions),
    "historical_figure": Reader(
        frozenset({"heirs_known", "dignity_policy", "depiction", "editorial_approver"}),
        sense.figure_faults,
        sense.figure_cautions,
    ),
    "strike": Reader(frozenset({"start"}), sense.strike_faults),
    "approver": Reader(frozenset({"roles"}), sense.approver_faults),
    "person": Reader(frozenset({"person_id"}), _person, sense.person_cautions),
}

PAPERED = ("consent", "footage_licence")  # what comes with a signed paper


@dataclass(frozen=True)
class Filed:
    """A record from a file, and what weakens it."""

    kind: str
    record: Record
    cautions: tuple[str, ...]


def read_record(path: PurePath | str, text: str, *, today: dt.date, document_sha256: str = "") -> Filed:
    """Read any record. Its kind is what `kind = "…"` says, else what its keys tell.

    `document_sha256` is the hash of the signed paper that comes with it, for a consent or a footage licence. Raises
    `BadRecord` with every fault (`file:line: sentence`), `BadInput` for a file that is too big or of no kind.
    """
    marked = read_marked(path, text)
    word = _kind(marked)
    if document_sha256 and word not in PAPERED:
        raise BadInput(f"a {word.replace('_', ' ')} has no signed paper", hint="leave `--document` out")
    record = _read(word, marked, today, document_sha256)
    return Filed(word, record, READERS[word].cautions(record))


def _read(word: str, marked: Marked, today: dt.date, document_sha256: str) -> Record:
    if word == "consent":
        return consent_of(marked, today=today, document_sha256=document_sha256)
    values = dict(marked.values)
    if word != "person" or values.get("kind") == "person":
        values.pop("kind", None)
    if word == "footage_licence" and document_sha256:
        values.setdefault("document_sha256", document_sha256)
    fitted: Fitted[Any] = fit(KINDS[word].type, values)
    faults = list(fitted.faults)
    if fitted.record is not None:
        faults += READERS[word].faults(fitted.record, today)
        faults += _other_paper(fitted.record, document_sha256)
    marked.refuse(faults)
    record: Record | None = fitted.record
    assert record is not None and not isinstance(record, Consent)
    return record


def _other_paper(record: object, document_sha256: str) -> Iterator[Fault]:
    if document_sha256 not in ("", getattr(record, "document_sha256", "")):
        yield Fault(("document_sha256",), f"`document_sha256` is not the document's, {document_sha256}")


def _kind(marked: Marked) -> str:
    said = marked.values.get("kind")
    keys = set(marked.values)
    if (
        said == "historical_figure"
        and not keys & READERS["historical_figure"].marks
        and keys & {"born", "living"}
    ):
        return "person"  # a person of that kind, not the register's entry
    if isinstance(said, str) and said in READERS:
        return said
    if said is None or said in list(PersonKind):
        found = next((word for word, reader in READERS.items() if keys & reader.marks), None)
        if found is not None:
            return found
    words = ", ".join(READERS)
    where = f"`{marked.name}`" + ("" if said is None else f", line {marked.line(('kind',))},")
    raise BadInput(
        f"{where} does not say what kind of record it is", hint=f'write `kind = "…"` with one of {words}'
    )
