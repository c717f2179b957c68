"""Lines of a ledger as the ledger gives them back, for the tests of what they amount to."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from consent_texts import a_consent

from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.record_kinds import Record, draft_of
from secondunit.rights.on_record.standing import standing_on
from secondunit.slate.consent import Consent
from secondunit.slate.entry import GENESIS, Entry
from secondunit.slate.rights_records import Standing, StandingEvent

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
DAY = NOON.date()


def written(*records: Record | Entry, times: Sequence[dt.datetime] = ()) -> list[Entry]:
    """Lines as the ledger gives them back: after a trip through JSON."""
    lines = []
    for number, record in enumerate(records, 1):
        at = times[number - 1] if times else NOON + dt.timedelta(minutes=number)
        if isinstance(record, Entry):
            lines.append(replace(record, number=number, at=at))
            continue
        draft = draft_of(record)
        body = json.loads(json.dumps(draft.body))
        lines.append(Entry(number, at, draft.kind, draft.subject, body, "Bea", "k", GENESIS))
    return lines


def raw(kind: str, subject: str, body: dict[str, Any]) -> Entry:
    return Entry(0, NOON, kind, subject, body, "Bea", "k", GENESIS)


def event(standing: Standing, on: dt.date = DAY, consent: str = "C-2026-001") -> StandingEvent:
    return StandingEvent(consent, standing, on, "Bea Lawyer")


def now(ledgered: Ledgered, consent: str = "C-2026-001", day: dt.date = DAY) -> Standing | None:
    found = standing_on(ledgered.standing.get(consent, ()), day)
    return found.standing if found else None


def version(number: int, **changes: Any) -> Consent:
    return replace(a_consent(**changes), version=number)
