"""Suspending, resuming and revoking a consent, and declaring a fact: what is written down, or why not.

Pure, and asked with the records of the very moment of writing, so of two who revoke at once the second is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from secondunit.errors import BadInput, BadRecord
from secondunit.rights.facts import BY_SCOPE, UNKNOWN, Fact, Scope
from secondunit.rights.on_record.filing import NEW_ID, find_consent
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.standing import revocation_of, standing_on
from secondunit.rights.written.names import check_name, check_text, shown
from secondunit.slate.consent import Consent, Effect
from secondunit.slate.rights_records import Declaration, Standing, StandingEvent

EFFECTS = {
    Effect.STOP_NEW_ONLY: "no new work is made under it; what was made may stay",
    Effect.STOP_UNRELEASED: "no new work is made and nothing that is not released yet may go out",
    Effect.TAKEDOWN_RELEASED: "no new work is made, nothing goes out, and what is released must be taken down",
}


@dataclass(frozen=True)
class Withdrawal:
    """A revocation: the event to write, the consent it ends, and what should be known beside it."""

    event: StandingEvent
    consent: Consent
    notes: tuple[str, ...]

    @property
    def effect(self) -> str:
        """What the grant says must happen."""
        return EFFECTS[self.consent.revocation.effect]


def revoke(
    known: Ledgered, consent_id: str, *, by: str, reason: str, today: dt.date, on: dt.date | None = None
) -> Withdrawal:
    """Withdraw a consent from a day on, its notice after today unless `on` says otherwise.

    Raises `BadInput` for a consent that is not there, was not to be withdrawn or is revoked by then already.
    """
    consent = find_consent(known, consent_id)
    by, reason = _said(by, reason)
    if not consent.revocation.revocable:
        raise BadInput(
            f"`{consent_id}` was given without a right to withdraw it",
            hint="suspend it with `secondunit rights suspend` and ask a lawyer",
        )
    due = today + dt.timedelta(days=consent.revocation.notice_days)
    day = due if on is None else on
    if day < today:
        raise BadInput(
            f"a consent cannot be revoked for {day}, which is past: today is {today}",
            hint="leave `--on` out, or name today or a later day",
        )
    ended = revocation_of(known.standing.get(consent_id, ()))
    if ended is not None and day >= ended.on:
        raise BadInput(
            f"`{consent_id}` was revoked by {ended.by} already and ends on {ended.on}",
            hint="`secondunit rights show` tells what was written down",
        )
    notes = []
    if day < due:
        notice = consent.revocation.notice_days
        notes.append(f"the notice of {notice} days would end on {due}; stopping earlier is safe")
    if day > today:
        notes.append(f"it stands until the day before {day}: suspend it to stop at once")
    return Withdrawal(StandingEvent(consent_id, Standing.REVOKED, day, by, reason), consent, tuple(notes))


def suspend(known: Ledgered, consent_id: str, *, by: str, reason: str, today: dt.date) -> StandingEvent:
    """Stop a consent until somebody resumes it. Raises `BadInput` where it is stopped already."""
    by, reason = _said(by, reason)
    now = _now(known, consent_id, today)
    if now in (Standing.SUSPENDED, Standing.REVOKED, Standing.SUPERSEDED):
        raise BadInput(f"`{consent_id}` is {now} already", hint="nothing is to be done")
    return StandingEvent(consent_id, Standing.SUSPENDED, today, by, reason)


def resume(known: Ledgered, consent_id: str, *, by: str, reason: str, today: dt.date) -> StandingEvent:
    """Let a suspended or disputed consent stand again. Raises `BadInput` for any other."""
    by, reason = _said(by, reason)
    now = _now(known, consent_id, today)
    if now in (Standing.SUSPENDED, Standing.DISPUTED):
        return StandingEvent(consent_id, Standing.ACTIVE, today, by, reason)
    hints = {
        Standing.ACTIVE: "nothing is to be done",
        Standing.DRAFT: "add it again with its signed paper: `secondunit rights add FILE --document SIGNED.pdf`",
        None: "add it again with its signed paper: `secondunit rights add FILE --document SIGNED.pdf`",
    }
    raise BadInput(
        f"`{consent_id}` is {now or 'not active yet'} and cannot be resumed", hint=hints.get(now, NEW_ID)
    )


def declare(shot: str, words: Sequence[str], *, by: str) -> tuple[Declaration, ...]:
    """What a person says of a shot (empty: the whole show) as `fact=value` words.

    Raises `BadRecord` with every word that is no fact a person may declare.
    """
    by = check_name(by)
    said: dict[str, str] = {}
    faults = []
    for word in words:
        name, _, value = word.partition("=")
        fault = _fact_fault(name, value) or (f"`{name}` is declared twice" if name in said else "")
        if fault:
            faults.append(fault)
        said[name] = value
    if faults or not words:
        raise BadRecord(
            "nothing was declared",
            faults=faults,
            hint="write facts as `could_pass_as_real=no displaces_union_work=no`",
        )
    return tuple(Declaration(shot, name, value, by) for name, value in said.items())


def _fact_fault(name: str, value: str) -> str:
    fact: Fact | None = BY_SCOPE[Scope.REQUEST].get(name)
    if fact is None:
        known = ", ".join(sorted(fact.name for fact in BY_SCOPE[Scope.REQUEST].values() if fact.declared))
        return f"`{shown(name)}` is no fact; there are {known}"
    if not fact.declared:
        return f"`{name}` is worked out from the request and the records and cannot be declared"
    if value not in (*fact.values, UNKNOWN):
        return f"`{name}` is `{shown(value)}`, which is none of {', '.join((*fact.values, UNKNOWN))}"
    return ""


def _now(known: Ledgered, consent_id: str, today: dt.date) -> Standing | None:
    find_consent(known, consent_id)
    found = standing_on(known.standing.get(consent_id, ()), today)
    return found.standing if found else None


def _said(by: str, reason: str) -> tuple[str, str]:
    if not reason.strip():
        raise BadInput("no reason is given", hint="say why with `--reason`")
    return check_name(by), check_text(reason.strip(), what="reason")
