"""Which lines of the ledger bear on a version, and which of them an outsider may read.

Open are those that speak of the version and of people at work on it. Sealed (shown by their hash alone) are consents,
what became of them, and every line that tells a name somebody did not agree to have told, or a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from secondunit.provenance.report.report_words import Hidden
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.record_kinds import WHOLE_SHOW
from secondunit.slate.entry import Entry
from secondunit.slate.founding import FOUNDING
from secondunit.slate.version_line import VersionLine

_ALWAYS_SEALED = frozenset({"consent", "standing", "person", "face", "historical_figure", "training_asset"})


def bearing_on(line: VersionLine, entries: Iterable[Entry]) -> list[Entry]:
    """The lines that bear on a version, in order; line 1 and every line about keys among them."""
    lines = list(entries)
    subjects = {line.content_sha256, line.request.sha256}
    said = [entry for entry in lines if entry.kind == "approval" and entry.subject in subjects]
    people = {entry.body.get("person") for entry in said}
    return [entry for entry in lines if entry in said or _bears(entry, line, people)]


def _bears(entry: Entry, line: VersionLine, people: set[Any]) -> bool:
    consents = {use.consent_id: use.version for use in line.consents}
    body = entry.body
    match entry.kind:
        case "founding" | "ledger_key":
            return True
        case "version" | "version_begun" | "delivery":
            return entry.subject == line.subject
        case "consent":
            return bool(consents.get(entry.subject) == body.get("version", 1))
        case "standing":
            return entry.subject in consents
        case "use_receipt":
            return bool(body.get("version") == line.subject)
        case "approver":
            return entry.subject in people
        case "footage_licence":
            return entry.subject in line.sources
        case "declaration":
            return entry.subject in (line.shot, WHOLE_SHOW)
        case "tool_card":
            return any(
                _is_card_of(body, step.weights_sha256, step.tool_id, step.version) for step in line.request.steps
            )
    return False


def _is_card_of(body: Mapping[str, Any], weights: str, tool_id: str, version: str) -> bool:
    if weights:
        return bool(body.get("weights_sha256") == weights)
    return (body.get("tool_id"), body.get("version")) == (tool_id, version)


def hidden_names(known: Ledgered) -> Hidden:
    """The names of the people on record who did not all the way through agree to be named in public."""
    public = {
        consent.subject.person_id
        for consent in known.consents.values()
        if consent.disclosure.public_name_in_manifest
    } - {
        consent.subject.person_id
        for consent in known.consents.values()
        if not consent.disclosure.public_name_in_manifest
    }
    names = {person.name: who for who, person in known.people.items() if who not in public}
    names |= {
        consent.subject.name: consent.subject.person_id
        for consent in known.versions.values()
        if consent.subject.person_id not in public
    }
    return Hidden(names)


def is_sealed(entry: Entry, hidden: Hidden, line: VersionLine) -> bool:
    """Whether an outsider sees a line by its hash alone."""
    if entry.kind in _ALWAYS_SEALED:
        return True
    if entry.kind == FOUNDING:
        return False  # whose ledger it is, an outsider must be able to read
    noted = entry.kind == "approval" and bool(entry.body.get("reason"))
    return noted or hidden.in_text(entry.canonical.decode())


def says(entry: Entry, line: VersionLine, hidden: Hidden) -> dict[str, Any]:
    """What may be told of a sealed line: its kind, and of a consent its hash and how it stands."""
    told: dict[str, Any] = {"kind": entry.kind}
    hashes = {use.consent_id: use.sha256 for use in line.consents}
    body = entry.body
    match entry.kind:
        case "consent" if entry.subject in hashes:
            told |= {"consent_sha256": hashes[entry.subject], "version": body.get("version", 1)}
            name = str(body["subject"]["name"])
            if not hidden.in_text(name):
                told["name"] = name
        case "standing" if entry.subject in hashes:
            told |= {"consent_sha256": hashes[entry.subject], "on": body["on"], "standing": body["standing"]}
        case "approval":
            told |= {key: body[key] for key in ("approved", "at", "role", "subject_sha256")}
        case "approver":
            told |= {"key": body["key"], "roles": list(body["roles"])}
    return told


def open_and_sealed(
    lines: Iterable[Entry], line: VersionLine, hidden: Hidden
) -> Iterator[tuple[Entry, dict[str, Any] | None]]:
    """Every line, with what it says where it is sealed, None where it is open."""
    for entry in lines:
        yield entry, says(entry, line, hidden) if is_sealed(entry, hidden, line) else None
