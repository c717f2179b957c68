"""The records of a ledger as they stand: frozen, made by `rights.projection`, read by the gate's room and the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secondunit.rights.on_record.merged_facts import with_facts_of
from secondunit.slate.consent import Consent, Subject
from secondunit.slate.footage_licence import FootageLicence
from secondunit.slate.rights_records import (
    Approval,
    Approver,
    Declaration,
    FaceNamed,
    HistoricalFigure,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    UseReceipt,
)


@dataclass(frozen=True, order=True)
class LineFault:
    """A line that contradicts another, or that nobody can read."""

    number: int
    subject: str
    sentence: str


@dataclass(frozen=True)
class Ledgered:
    """The records as they stand. Mappings are by id; sequences are in the order of the lines.

    `consents` are the current versions as they were signed, `versions` all of them by id and number. `standing` holds
    the events of each consent so ordered that the last one begun on a day counts (`rights.standing`). `lines` tells
    in which line each current consent, person, tool and so on stands, by kind and id.
    """

    consents: Mapping[str, Consent]
    versions: Mapping[tuple[str, int], Consent]
    standing: Mapping[str, tuple[StandingEvent, ...]]
    people: Mapping[str, Subject]
    tools: tuple[ToolCard, ...]
    assets: Mapping[str, TrainingAsset]
    figures: Mapping[str, HistoricalFigure]
    strikes: tuple[StrikeNotice, ...]
    footage: tuple[FootageLicence, ...]
    approvers: tuple[Approver, ...]
    approvals: tuple[Approval, ...]
    receipts: tuple[UseReceipt, ...]
    declarations: tuple[Declaration, ...]
    faces: tuple[FaceNamed, ...]
    lines: Mapping[tuple[str, str], int]
    faults: tuple[LineFault, ...]
    n_lines: int

    @property
    def events(self) -> tuple[StandingEvent, ...]:
        """All standing events, those of one consent together."""
        return tuple(event for events in self.standing.values() for event in events)

    @property
    def consents_for_gate(self) -> tuple[Consent, ...]:
        """The current consents with what is known of the person by now: a death, a birth, a union."""
        return tuple(with_facts_of(consent, self.people) for consent in self.consents.values())
