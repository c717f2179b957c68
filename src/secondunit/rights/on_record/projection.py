"""What the ledger's lines amount to: the records as they stand, and every line that contradicts another.

Pure: entries in, `Ledgered` out. The last word on a thing counts; what came before stays known. Whatever cannot be
understood or contradicts itself is named, and the consent it is about counts as disputed, never as granted.
"""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from secondunit.rights.on_record.ledgered import Ledgered, LineFault
from secondunit.rights.on_record.merged_facts import identity_clash
from secondunit.rights.on_record.record_kinds import KINDS
from secondunit.rights.on_record.standing import revocation_of, settled
from secondunit.rights.written.record_shape import adapter
from secondunit.slate.consent import Consent, Subject
from secondunit.slate.entry import Entry
from secondunit.slate.footage_licence import FootageLicence
from secondunit.slate.rights_records import (
    Approval,
    Approver,
    Declaration,
    FaceNamed,
    HistoricalFigure,
    Standing,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    UseReceipt,
)


def project(entries: Iterable[Entry]) -> Ledgered:
    """Read the lines of a ledger in their order. The chain itself is not checked here (`store.chain`)."""
    projector = _Projector()
    with _no_collection():
        for entry in entries:
            projector.take(entry)
        return projector.done()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python looks for cycles among ever more records, three quarters of the time, and there are none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Projector:
    def __init__(self) -> None:
        self.consents: dict[str, Consent] = {}
        self.versions: dict[tuple[str, int], Consent] = {}
        self.events: dict[str, list[StandingEvent]] = {}
        self.people: dict[str, Subject] = {}
        self.latest: dict[type, dict[Any, Any]] = {kind.type: {} for kind in KINDS.values()}
        self.approvals: list[Approval] = []
        self.quarantined: set[str] = set()
        self.lines: dict[tuple[str, str], int] = {}
        self.faults: list[LineFault] = []
        self.last: Entry | None = None

    def take(self, entry: Entry) -> None:
        if self.last is not None and entry.at < self.last.at:
            self.fault(entry, f"is dated {entry.at:%Y-%m-%d %H:%M:%S}, before line {self.last.number}")
        self.last = entry
        kind = KINDS.get(entry.kind)
        if kind is None:  # keys of the ledger, and what another room writes
            return
        try:
            record: Any = adapter(kind.type).validate_python(dict(entry.body))
        except ValidationError as error:
            self.fault(entry, f"is no {entry.kind} that can be read ({error.error_count()} faults)")
            self.doubt(entry, entry.subject)
            return
        spoken_of = kind.subject(record)
        if spoken_of != entry.subject:
            self.fault(entry, f"is filed under `{entry.subject}` but speaks of `{spoken_of}`")
            self.doubt(entry, entry.subject)
            self.doubt(entry, spoken_of)
            return
        self.keep(entry, record)

    def keep(self, entry: Entry, record: Any) -> None:
        match record:
            case Consent():
                self.consent(entry, record)
            case StandingEvent():
                self.standing(entry, record)
            case Subject():
                self.person(entry, record)
            case Approval():
                self.approvals.append(record)
            case ToolCard():
                self.tool(entry, record)
            case _:
                key = _key(record)
                self.latest[type(record)][key] = record
                self.lines[entry.kind, entry.subject] = entry.number

    def consent(self, entry: Entry, consent: Consent) -> None:
        now = self.consents.get(consent.consent_id)
        before = self.versions.get((consent.consent_id, consent.version))
        if before is not None:
            self.fault(entry, f"writes version {consent.version} of the consent a second time")
            if before != consent:
                self.doubt(entry, consent.consent_id)
            return
        self.versions[consent.consent_id, consent.version] = consent
        if now is not None and consent.version < now.version:
            self.fault(entry, f"brings version {consent.version} after version {now.version}")
            return
        if now is not None and now.subject.person_id != consent.subject.person_id:
            self.fault(entry, f"gives the consent of `{now.subject.person_id}` to `{consent.subject.person_id}`")
            self.doubt(entry, consent.consent_id)
            return
        if revocation_of(self.events.get(consent.consent_id, ())) and now is not None:
            self.fault(entry, f"brings version {consent.version} of a consent that was revoked")
            return
        self.consents[consent.consent_id] = consent
        self.lines[entry.kind, entry.subject] = entry.number
        self.acquaint(entry, consent)

    def acquaint(self, entry: Entry, consent: Consent) -> None:
        """Compare the person with what is known; the person's own record outweighs what a consent says of them."""
        who = consent.subject
        known = self.people.get(who.person_id)
        if known is not None and (clash := identity_clash(known, who)):
            self.fault(entry, f"says of `{who.person_id}` {clash}")
            self.doubt(entry, consent.consent_id)
        if ("person", who.person_id) not in self.lines:
            self.people[who.person_id] = who

    def person(self, entry: Entry, person: Subject) -> None:
        known = self.people.get(person.person_id)
        if known is not None and known.died is not None and person.died is None:
            self.fault(entry, f"forgets that `{person.person_id}` died on {known.died}")
            person = replace(person, died=known.died, living=False)
        self.people[person.person_id] = person
        self.lines[entry.kind, entry.subject] = entry.number

    def standing(self, entry: Entry, event: StandingEvent) -> None:
        events = self.events.setdefault(event.consent_id, [])
        if event.consent_id not in self.consents:
            self.fault(entry, f"speaks of a consent `{event.consent_id}` that is not on record")
        ended = revocation_of(events)
        if ended is not None and event.standing is Standing.REVOKED and event.on >= ended.on:
            self.fault(entry, f"revokes what is revoked on {ended.on} already")
            return
        if ended is not None and event.standing is Standing.ACTIVE and event.on >= ended.on:
            self.fault(entry, "makes a consent active that was revoked")
            return
        events.append(event)

    def tool(self, entry: Entry, card: ToolCard) -> None:
        key = _tool_key(card)
        if key in self.quarantined and not card.quarantined:
            self.fault(entry, f"takes `{card.tool_id}` out of quarantine, which nothing does")
            card = replace(card, quarantined=True)
        if card.quarantined:
            self.quarantined.add(key)
        self.latest[ToolCard][key] = card
        self.lines[entry.kind, entry.subject] = entry.number

    def fault(self, entry: Entry, clause: str) -> None:
        self.faults.append(LineFault(entry.number, entry.subject, f"line {entry.number} {clause}"))

    def doubt(self, entry: Entry, subject: str) -> None:
        """A line that cannot be believed counts as the worst it may have said."""
        day = entry.at.astimezone(dt.UTC).date()
        match entry.kind:
            case "consent" | "standing" | "use_receipt":
                why = f"line {entry.number} of the ledger"
                event = StandingEvent(subject, Standing.DISPUTED, day, entry.author, why)
                self.events.setdefault(subject, []).append(event)
            case "tool_card":
                self.spoil(ToolCard, lambda card: card.tool_id == subject, quarantined=True)
                self.quarantined |= {
                    _tool_key(card) for card in self.latest[ToolCard].values() if card.quarantined
                }
            case "training_asset":
                self.spoil(TrainingAsset, lambda asset: asset.asset_id == subject, revoked=day)
            case "footage_licence":
                self.spoil(FootageLicence, lambda licence: licence.source_sha256 == subject, revoked=day)
            case "approver":
                self.spoil(Approver, lambda approver: approver.person == subject, roles=())
            case "strike":
                self.latest[StrikeNotice][subject, day] = StrikeNotice(subject, day)

    def spoil(self, kind: type, is_meant: Callable[[Any], bool], **worst: Any) -> None:
        records = self.latest[kind]
        records.update({key: replace(record, **worst) for key, record in records.items() if is_meant(record)})

    def done(self) -> Ledgered:
        latest = {kind: tuple(records.values()) for kind, records in self.latest.items()}
        return Ledgered(
            consents=MappingProxyType(self.consents),
            versions=MappingProxyType(self.versions),
            standing=MappingProxyType({who: settled(events) for who, events in self.events.items()}),
            people=MappingProxyType(self.people),
            tools=latest[ToolCard],
            assets=MappingProxyType(self.latest[TrainingAsset]),
            figures=MappingProxyType(self.latest[HistoricalFigure]),
            strikes=latest[StrikeNotice],
            footage=latest[FootageLicence],
            approvers=latest[Approver],
            approvals=tuple(self.approvals),
            receipts=latest[UseReceipt],
            declarations=latest[Declaration],
            faces=latest[FaceNamed],
            lines=MappingProxyType(self.lines),
            faults=tuple(self.faults),
            n_lines=self.last.number if self.last else 0,
        )


def _tool_key(card: ToolCard) -> str:
    """A model is known by its weights, another tool by name and version, as the gate knows them."""
    return card.weights_sha256 or f"{card.tool_id} {card.version}"


def _key(record: Any) -> Any:
    """What makes a later line about the same thing take the place of an earlier one."""
    match record:
        case TrainingAsset():
            return record.asset_id
        case HistoricalFigure():
            return record.person_id
        case StrikeNotice():
            return (record.union, record.start)
        case FootageLicence():
            return (record.source_sha256, record.owner)
        case Approver():
            return record.person
        case UseReceipt():
            return record.receipt_id
        case Declaration():
            return (record.shot, record.fact)
        case FaceNamed():
            return (record.source_sha256, record.face)
    raise TypeError(type(record).__name__)
