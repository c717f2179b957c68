"""What is on record, told: one record, lists of them, people, models, and how much of a consent is used."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from secondunit.callsheet.records_now import ledgered
from secondunit.callsheet.rights_desk import Answer, opened
from secondunit.engines.own_cards import OWN_CARDS
from secondunit.errors import BadInput
from secondunit.rights.consents.consent_cautions import cautions
from secondunit.rights.on_record.filing import find_consent
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.meter import Reading, read_meter
from secondunit.rights.on_record.record_kinds import KINDS, Record, kind_of
from secondunit.rights.on_record.standing import standing_on
from secondunit.rights.written.record_shape import body_of
from secondunit.slate.consent import Consent
from secondunit.slate.rights_records import TrainingAsset
from secondunit.store.vault import Vault

# What `rights list` lists; standing and receipts are told with the consent they belong to.
LISTED = ("consent", "person", "tool_card", "training_asset", "historical_figure", "strike", "footage_licence",
          "approver", "declaration")  # fmt: skip


def list_records(show: Path, *, kind: str | None = None, person: str | None = None) -> Answer:
    """Every record, or those of a kind or about a person; returns what `--json` prints. Raises `BadInput`."""
    if kind is not None and kind not in LISTED:
        raise BadInput(f"`{kind}` is no kind of record that is listed", hint="there are " + ", ".join(LISTED))
    known = _read(show)
    rows = [
        {
            "kind": word,
            "id": KINDS[word].subject(record),
            "about": _about(record),
            "standing": _standing(known, record),
        }
        for word, record in _records(known)
        if (kind is None or word == kind) and (person is None or person in _persons(record))
    ]
    return {"records": rows, "faults": [fault.sentence for fault in known.faults]}


def show_record(show: Path, name: str) -> Answer:
    """All that is on record under one id, as plain JSON. Raises `BadInput` when nothing is."""
    with opened(show) as store:
        known = ledgered(store)
        vault = Vault(store.root)
        found = [
            _told(known, record, vault) for word, record in _records(known) if KINDS[word].subject(record) == name
        ]
    if not found:
        find_consent(known, name)
    about = [fault.sentence for fault in known.faults if fault.subject == name]
    return {"id": name, "records": found, "faults": about}


def list_people(show: Path) -> Answer:
    """The people on record, with their consents; returns what `--json` prints."""
    known = _read(show)
    given: dict[str, list[str]] = {}
    for consent in known.consents.values():
        given.setdefault(consent.subject.person_id, []).append(consent.consent_id)
    rows = [
        {**body_of(person), "consents": sorted(given.get(who, []))}
        for who, person in sorted(known.people.items())
    ]
    return {"people": rows}


def list_models(show: Path) -> Answer:
    """The tools and models on record and those that come with Second Unit; returns what `--json` prints."""
    cards = (*OWN_CARDS, *_read(show).tools)
    return {"models": [body_of(card) for card in sorted(cards, key=lambda c: (c.tool_id, c.version))]}


def read_meters(show: Path, consent_id: str | None = None) -> Answer:
    """Seconds and scenes used of one consent or of all; returns what `--json` prints. Raises `BadInput`."""
    known = _read(show)
    if consent_id is not None:
        find_consent(known, consent_id)
    return {"meters": [_reading(reading) for reading in read_meter(known, consent_id)]}


def _read(show: Path) -> Ledgered:
    with opened(show) as store:
        return ledgered(store)


def _records(known: Ledgered) -> Iterator[tuple[str, Record]]:
    groups: tuple[Iterable[Record], ...] = (
        known.consents.values(),
        known.people.values(),
        known.tools,
        known.assets.values(),
        known.figures.values(),
        known.strikes,
        known.footage,
        known.approvers,
        known.declarations,
    )
    for word, records in zip(LISTED, groups, strict=True):
        for record in records:
            yield word, record


def _told(known: Ledgered, record: Record, vault: Vault) -> dict[str, Any]:
    word = kind_of(record).word
    told: dict[str, Any] = {"kind": word, "record": body_of(record)}
    told["line"] = known.lines.get((word, KINDS[word].subject(record)))
    if isinstance(record, Consent):
        name = record.consent_id
        told["standing"] = _standing(known, record)
        told["events"] = [body_of(event) for event in known.standing.get(name, ())]
        told["versions"] = sorted(number for one, number in known.versions if one == name)
        told["document"] = "in the vault" if vault.has(record.evidence.document_sha256) else "not in the vault"
        told["cautions"] = list(cautions(record))
        told["meter"] = _reading(read_meter(known, name)[0])
    return told


def _standing(known: Ledgered, record: Record) -> str:
    if not isinstance(record, Consent):
        return "quarantined" if getattr(record, "quarantined", False) else ""
    event = standing_on(known.standing.get(record.consent_id, ()), dt.date.today())
    return str(event.standing) if event else "not active"


def _about(record: Record) -> str:
    match record:
        case Consent():
            uses = ", ".join(record.uses)
            return (
                f"{record.subject.name}: {uses} in {', '.join(record.projects)} to {record.term.end or 'no end'}"
            )
        case TrainingAsset():
            return f"{record.rights_holder}, {record.licence}"
    words = ("name", "version", "start", "owner", "licence", "roles", "fact", "value")
    values = (getattr(record, word, "") for word in words)
    return ", ".join(", ".join(v) if isinstance(v, tuple) else str(v) for v in values if v)


def _persons(record: Record) -> tuple[str, ...]:
    match record:
        case Consent():
            return (record.subject.person_id, record.grantor.party_id)
        case TrainingAsset():
            return record.persons
    return (getattr(record, "person_id", ""), *getattr(record, "learned_from", ()))


def _reading(reading: Reading) -> dict[str, Any]:
    return {**dataclasses.asdict(reading), "left": reading.left}
