"""A consent as a lawyer writes it down, in TOML or YAML, and as the ledger keeps it, in canonical JSON.

Enters: the text of a file and the day. Leaves: a `Consent`, or every fault at once with file and line. A template to
fill in is `templates/consent.toml`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from importlib import resources
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from secondunit.errors import BadInput
from secondunit.rights.consents.consent_sense import consent_faults
from secondunit.rights.written.marked_text import Fault, KeyPath, Marked, read_marked
from secondunit.rights.written.record_shape import adapter, body_of, fit
from secondunit.slate.canonical import canonical_json
from secondunit.slate.consent import Consent

_PAPER: KeyPath = ("evidence", "document_sha256")

# A consent without a fault: its values stand in for faulty ones, so that the rest of a file can be judged too.
_EXAMPLE: dict[str, Any] = {
    "consent_id": "C-0",
    "subject": {"person_id": "p:0", "name": "Nobody", "born": "1980-01-01", "living": True},
    "grantor": {"party_id": "p:0", "capacity": "self"},
    "representation": "union_cba",
    "attributes": ["face"],
    "replica_class": "EBDR",
    "uses": ["deage"],
    "description_of_use": "one two three four five six seven eight nine ten eleven",
    "projects": ["ZERO"],
    "territories": ["WORLD"],
    "term": {"start": "2026-01-01", "end": "2027-01-01"},
    "compensation": {"basis": "none"},
    "evidence": {
        "document_sha256": "0" * 64,
        "signed_at": "2000-01-01",
        "separately_signed": True,
        "clear_and_conspicuous": True,
    },
}


def read_consent(path: PurePath | str, text: str, *, today: dt.date) -> Consent:
    """The consent of a file; `path` only tells TOML from YAML and names the file in messages.

    Raises `BadRecord` with every fault (`file:line: sentence`), `BadInput` for a file that is too big.
    """
    return consent_of(read_marked(path, text), today=today)


def consent_of(marked: Marked, *, today: dt.date, document_sha256: str = "") -> Consent:
    """The same from a text that was read; a key `kind = "consent"` is allowed.

    `document_sha256` is the hash of the signed paper where it is at hand: it fills an empty `document_sha256` and
    contradicts another one. Raises `BadRecord`.
    """
    values = {key: value for key, value in marked.values.items() if key != "kind"}
    fitted = fit(Consent, _with_document(values, document_sha256), example=_example())
    faults = list(fitted.faults)
    if fitted.record is not None:
        faults += _untouched(consent_faults(fitted.record, today), fitted.mended)
        if document_sha256 not in ("", fitted.record.evidence.document_sha256):
            faults.append(Fault(_PAPER, f"`evidence.document_sha256` is not the document's, {document_sha256}"))
    marked.refuse(faults)
    assert fitted.record is not None  # without a record there are faults
    return fitted.record


def consent_to_json(consent: Consent) -> bytes:
    """Canonical JSON (RFC 8785) with every key."""
    return canonical_json(body_of(consent))


def consent_from_json(data: bytes | str) -> Consent:
    """The inverse of `consent_to_json`; raises `BadInput` for anything else."""
    try:
        consent: Consent = adapter(Consent).validate_python(json.loads(data))
        return consent
    except (ValidationError, ValueError, RecursionError):
        raise BadInput(
            "this is not the JSON of a consent", hint="write consents with `secondunit rights add`"
        ) from None


def consent_template() -> str:
    """A commented TOML file to fill in."""
    return resources.files("secondunit.rights.consents").joinpath("consent.toml").read_text(encoding="utf-8")


def _with_document(values: dict[str, Any], sha256: str) -> dict[str, Any]:
    evidence = values.get("evidence")
    if sha256 and isinstance(evidence, dict) and evidence.get("document_sha256", "") == "":
        return {**values, "evidence": {**evidence, "document_sha256": sha256}}
    return values


def _example() -> dict[str, Any]:
    return body_of(adapter(Consent).validate_python(_EXAMPLE))


def _untouched(faults: Iterable[Fault], mended: Iterable[KeyPath]) -> list[Fault]:
    """Without those that rest on a value which the file does not hold."""
    changed = tuple(mended)

    def rests_on_example(fault: Fault) -> bool:
        return any(_meet(key, other) for key in (fault.where, *fault.also) for other in changed)

    return [fault for fault in faults if not rests_on_example(fault)]


def _meet(one: KeyPath, other: KeyPath) -> bool:
    n = min(len(one), len(other))
    return one[:n] == other[:n]
