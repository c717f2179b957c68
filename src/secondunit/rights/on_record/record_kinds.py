"""Every kind of record the ledger keeps, in one table: its word, its type, whose line it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from secondunit.rights.written.record_shape import body_of
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
from secondunit.store.chain import Draft

Record: TypeAlias = (
    "Consent | Subject | StandingEvent | ToolCard | TrainingAsset | HistoricalFigure | StrikeNotice | "
    "FootageLicence | Approver | Approval | UseReceipt | Declaration | FaceNamed"
)

WHOLE_SHOW = "show"  # the subject of what is said of no single shot


@dataclass(frozen=True)
class RecordKind:
    """`subject` names whose line it is, from the record; the ledger is searched by it."""

    word: str
    type: type
    subject: Callable[[Any], str]


KINDS: Mapping[str, RecordKind] = {
    kind.word: kind
    for kind in (
        RecordKind("consent", Consent, lambda r: r.consent_id),
        RecordKind("standing", StandingEvent, lambda r: r.consent_id),
        RecordKind("person", Subject, lambda r: r.person_id),
        RecordKind("tool_card", ToolCard, lambda r: r.tool_id),
        RecordKind("training_asset", TrainingAsset, lambda r: r.asset_id),
        RecordKind("historical_figure", HistoricalFigure, lambda r: r.person_id),
        RecordKind("strike", StrikeNotice, lambda r: r.union),
        RecordKind("footage_licence", FootageLicence, lambda r: r.source_sha256),
        RecordKind("approver", Approver, lambda r: r.person),
        RecordKind("approval", Approval, lambda r: r.subject_sha256),
        RecordKind("use_receipt", UseReceipt, lambda r: r.consent_id),
        RecordKind("declaration", Declaration, lambda r: r.shot or WHOLE_SHOW),
        RecordKind("face", FaceNamed, lambda r: r.source_sha256),
    )
}
_BY_TYPE = {kind.type: kind for kind in KINDS.values()}


def kind_of(record: Record) -> RecordKind:
    """The kind of a record."""
    return _BY_TYPE[type(record)]


def draft_of(record: Record) -> Draft:
    """A record as a line to write into the ledger (`store.chain.append_all`)."""
    kind = kind_of(record)
    return Draft(kind.word, kind.subject(record), body_of(record))
