"""How a consent stands on a day, whatever was written down in which order.

What stops a consent is never undone by a line that came first, by one that is dated earlier, or by anybody after a
revocation: who withdrew has withdrawn, and a new agreement is a new consent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from secondunit.slate.rights_records import Standing, StandingEvent

FINAL = frozenset({Standing.REVOKED, Standing.SUPERSEDED})


def settled(events: Iterable[StandingEvent]) -> tuple[StandingEvent, ...]:
    """The events of one consent, given as they were written, so ordered that the last one begun on a day counts.

    They follow their days, with two exceptions: what stops a consent stays behind every `active` written before it,
    even if it is dated back, and what ends one for good stays behind all others.
    """
    written: list[tuple[bool, dt.date, int, StandingEvent]] = []
    latest_active = dt.date.min
    for number, event in enumerate(events):
        day = event.on
        if event.standing is Standing.ACTIVE:
            latest_active = max(latest_active, day)
        else:
            day = max(day, latest_active)
        written.append((event.standing in FINAL, day, number, event))
    return tuple(event for *_, event in sorted(written, key=lambda row: row[:3]))


def standing_on(events: Sequence[StandingEvent], day: dt.date) -> StandingEvent | None:
    """The event that counts on a day, of one consent's `settled` events; None before the first."""
    begun = [event for event in events if event.on <= day]
    return begun[-1] if begun else None


def revocation_of(events: Iterable[StandingEvent]) -> StandingEvent | None:
    """The withdrawal of a consent, begun or to come: the earliest one."""
    ended = [event for event in events if event.standing is Standing.REVOKED]
    return min(ended, key=lambda event: event.on, default=None)
