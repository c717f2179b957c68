"""What is known about the rights at one moment: frozen, the same in any order, quick to look things up in."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from secondunit.rights.licences import is_named
from secondunit.rights.policies.policy import Policy
from secondunit.slate.canonical import canonical_sha256, plain_json
from secondunit.slate.consent import Consent
from secondunit.slate.plate import Licence, Plate
from secondunit.slate.rights_records import (
    Approval,
    Approver,
    Declaration,
    HistoricalFigure,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    UseReceipt,
)

T = TypeVar("T")


@dataclass(frozen=True)
class PlateRecord:
    """Who owns a plate and on what terms it is here.

    `uses` names what a contract permits (`vfx`, …), None where it draws no such line. `revoked` is the first
    day on which the licence no longer holds.
    """

    label: str
    source_sha256: str
    owner: str
    licence: Licence
    uses: tuple[str, ...] | None = None
    revoked: dt.date | None = None

    def __post_init__(self) -> None:
        if self.uses is not None:
            object.__setattr__(self, "uses", tuple(sorted(set(self.uses))))

    @classmethod
    def of(cls, plate: Plate) -> PlateRecord:
        """The record that an ingested plate carries with it."""
        return cls(plate.label, plate.source_sha256, plate.owner, plate.licence)


@dataclass(frozen=True)
class Records:
    """Everything the gate may look at. The order in which things are listed carries no meaning.

    `commercial` says whether the show will earn money. It is True unless somebody declares otherwise, because
    footage under a non-commercial licence in a film that is sold later cannot be taken back out. `faces` tells how
    many faces nobody has named in each source that was looked through; a source that is not there was not looked
    through. `made` tells on which day a version was written down, by the hash of its content. `consents` are the
    current versions.
    """

    plates: tuple[PlateRecord, ...] = ()
    commercial: bool = True
    consents: tuple[Consent, ...] = ()
    standing: tuple[StandingEvent, ...] = ()
    tools: tuple[ToolCard, ...] = ()
    training: tuple[TrainingAsset, ...] = ()
    figures: tuple[HistoricalFigure, ...] = ()
    strikes: tuple[StrikeNotice, ...] = ()
    approvers: tuple[Approver, ...] = ()
    approvals: tuple[Approval, ...] = ()
    receipts: tuple[UseReceipt, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    faces: Mapping[str, int] = field(default_factory=dict)
    made: Mapping[str, dt.date] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()

    @classmethod
    def from_plates(cls, plates: Iterable[Plate], *, commercial: bool = True) -> Records:
        """The records that ingested plates carry with them."""
        return cls(tuple(PlateRecord.of(plate) for plate in plates), commercial)

    def plates_of(self, source: str) -> tuple[PlateRecord, ...]:
        """Every record of one source."""
        return self._plates.get(source, ())

    def consents_of(self, person: str) -> tuple[Consent, ...]:
        """Every consent of one person."""
        return self._consents.get(person, ())

    def standing_of(self, consent: str, today: dt.date) -> StandingEvent | None:
        """How a consent stands on a day: the last event that has begun, in the order they were written."""
        begun = [event for event in self._standing.get(consent, ()) if event.on <= today]
        return begun[-1] if begun else None

    def tool(self, tool_id: str, version: str, weights: str) -> ToolCard | None:
        """The card of a tool: a model's by its weights whatever it calls itself, another's by name and version."""
        return self._by_weights.get(weights) if weights else self._by_name.get((tool_id, version))

    def asset(self, sha256: str) -> TrainingAsset | None:
        """A thing a model may learn from, by its content."""
        return self._assets.get(sha256)

    def lessons(self, asset_id: str) -> tuple[TrainingAsset, ...]:
        """Every record of a thing models learned from, by the name that tool cards know it by."""
        return self._lessons.get(asset_id, ())

    def figure(self, person: str) -> HistoricalFigure | None:
        """A figure of history."""
        return self._figures.get(person)

    def on_strike(self, today: dt.date) -> frozenset[str]:
        """The unions on strike on a day."""
        return frozenset(s.union for s in self.strikes if s.start <= today and (s.end is None or today <= s.end))

    def receipts_of(self, consent: str) -> tuple[UseReceipt, ...]:
        """What has been used of a consent."""
        return self._receipts.get(consent, ())

    def approvals_of(self, subject: str) -> tuple[Approval, ...]:
        """What people said of one exact thing, by its hash, in the order they said it."""
        return self._approvals.get(subject, ())

    def declared(self, shot: str) -> dict[str, str]:
        """What people declared of a shot; the shot's own word goes before the show's, a later one before an earlier.

        A word that nobody put their name to is no declaration.
        """
        show = {d.fact: d.value for d in self.declarations if not d.shot and is_named(d.by)}
        return show | {d.fact: d.value for d in self._declarations.get(shot, ()) if is_named(d.by)}

    @cached_property
    def _plates(self) -> dict[str, tuple[PlateRecord, ...]]:
        return _grouped(self.plates, lambda record: record.source_sha256)

    @cached_property
    def _consents(self) -> dict[str, tuple[Consent, ...]]:
        return _grouped(self.consents, lambda consent: consent.subject.person_id)

    @cached_property
    def _standing(self) -> dict[str, tuple[StandingEvent, ...]]:
        return _grouped(self.standing, lambda event: event.consent_id)

    @cached_property
    def _by_weights(self) -> dict[str, ToolCard]:
        return {card.weights_sha256: card for card in self.tools if card.weights_sha256}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], ToolCard]:
        return {(card.tool_id, card.version): card for card in self.tools if not card.weights_sha256}

    @cached_property
    def _assets(self) -> dict[str, TrainingAsset]:
        return {asset.sha256: asset for asset in self.training}

    @cached_property
    def _lessons(self) -> dict[str, tuple[TrainingAsset, ...]]:
        return _grouped(self.training, lambda asset: asset.asset_id)

    @cached_property
    def _figures(self) -> dict[str, HistoricalFigure]:
        return {figure.person_id: figure for figure in self.figures}

    @cached_property
    def _receipts(self) -> dict[str, tuple[UseReceipt, ...]]:
        return _grouped(self.receipts, lambda receipt: receipt.consent_id)

    @cached_property
    def _approvals(self) -> dict[str, tuple[Approval, ...]]:
        return _grouped(self.approvals, lambda approval: approval.subject_sha256)

    @cached_property
    def _declarations(self) -> dict[str, tuple[Declaration, ...]]:
        return _grouped((d for d in self.declarations if d.shot), lambda declaration: declaration.shot)


def _grouped(things: Iterable[T], key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    groups: dict[str, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return {name: tuple(group) for name, group in groups.items()}


def digest(records: Iterable[Any]) -> str:
    """SHA-256 over the records that bear on an answer, in any order, twins counted once.

    A record's own digest is kept with it: a consent that a thousand shots rest on is written down once.
    """
    return hashlib.sha256("".join(sorted(set(_digests(records)))).encode()).hexdigest()


def _digests(records: Iterable[Any]) -> Iterator[str]:
    for record in records:
        if record is None:
            continue
        known = record.sha256 if isinstance(record, Policy) else record.__dict__.get("_digest")
        if known is None:
            known = canonical_sha256([type(record).__name__, plain_json(record)])
            object.__setattr__(record, "_digest", known)
        yield known
