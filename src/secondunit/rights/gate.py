"""The gate: every rule is asked, every answer is kept, and one reason is enough to refuse.

The shape is pyblish's: all validators run, one stop rule decides, so a person sees every problem at once. What is
missing refuses; where nothing is missing but somebody's word, the answer names whose.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from secondunit.errors import NotCleared
from secondunit.rights.approvals import needs_of, still_needed
from secondunit.rights.consents.consent_rules import SEXUAL
from secondunit.rights.facts import YES, Scope, settled
from secondunit.rights.likeness import Covered, look_at
from secondunit.rights.plate_rules import REQUEST_RULES, RULES, Case, Verdict, obligations_of, plate_recorded
from secondunit.rights.policies.policy_answers import forbidden, notices, policy_rules, to_approve
from secondunit.rights.records import Records, digest
from secondunit.rights.tool_rules import cards_of, tool_reasons, training_reasons
from secondunit.slate.clearance import (
    _SEAL,
    Basis,
    Clearance,
    ConsentUse,
    NeedsApproval,
    Obligation,
    Reason,
    Refusal,
)
from secondunit.slate.frames import FrameRange
from secondunit.slate.request import Request

Answer = Clearance | NeedsApproval | Refusal
_ASK_AGAIN = "run the command again: clearance is asked for anew"


def gate(request: Request, records: Records, today: dt.date) -> Answer:
    """Clear a request, say whose approval is missing, or refuse it with every reason.

    Pure: the answer depends on the three arguments and on nothing else, neither on the order in which plates or
    records are listed. Only a hash of the records that bear on the request goes into the clearance.
    """
    people = [look_at(request, likeness, records, today) for likeness in request.likenesses]
    rules = set(policy_rules(request, records, people, today))
    verdicts = set(_plate_verdicts(request, records, today))
    reasons = {v for v in verdicts if isinstance(v, Reason)}
    reasons |= {*_reasons(request, records, people, today), *forbidden(rules)}
    if reasons:
        return Refusal(request.sha256, tuple(sorted(reasons)))
    subject = request.output_sha256 or request.sha256
    asked = {*to_approve(rules), *needs_of(request, people)}
    needs = tuple(sorted(still_needed(asked, records.approvals_of(subject), records, today)))
    if needs:
        return NeedsApproval(request.sha256, subject, needs)
    owed = {*_obligations(request, records, today), *notices(rules)}
    basis = {v for v in verdicts if isinstance(v, Basis)} | {b for one in people for b in one.basis}
    consents = {_consent_use(one) for one in people if one.consent is not None}
    return Clearance(
        request.sha256,
        digest(_bearing(request, records, people, today)),
        today,
        tuple(sorted(basis)),
        tuple(sorted(owed)),
        tuple(sorted(consents)),
        tuple(sorted({one.person_id for one in request.likenesses if one.person_id})),
        seal=_SEAL,
    )


def recheck(
    clearance: Clearance,
    request: Request,
    records: Records,
    today: dt.date,
    *,
    frames: FrameRange | None = None,
) -> None:
    """Ask again before a chunk; raises `NotCleared` with every reason when the answer is no longer yes.

    The clearance is not believed: the gate is asked again with the records of this moment. A licence or consent
    withdrawn or run out, another plate or engine than was asked for, records that were edited since, `frames`
    outside the request or a calendar that stands before the day of the clearance all stop the chunk.
    """
    reasons: list[Reason] = []
    answer = gate(request, records, today)
    if isinstance(answer, NeedsApproval):
        raise answer.error()
    if isinstance(answer, Refusal):
        reasons.extend(answer.reasons)
    elif clearance.records_sha256 != answer.records_sha256:
        reasons.append(_stale("clearance.records", "the records it rests on changed since clearance was given"))
    if clearance.request_sha256 != request.sha256:
        reasons.append(_stale("clearance.request", "this clearance was given for another request"))
    if today < clearance.granted:
        sentence = f"today is {today}, before the clearance of {clearance.granted}"
        reasons.append(Reason("clearance.day", "", sentence, "whoever keeps the clock", "house rule"))
    if frames is not None and not (frames.first in request.frames and frames.last in request.frames):
        reasons.append(_stale("clearance.frames", f"frames {frames} are outside the cleared {request.frames}"))
    if reasons:
        raise Refusal(request.sha256, tuple(sorted(reasons))).error()


def restore(data: Mapping[str, Any], request: Request, records: Records, today: dt.date) -> Clearance:
    """A clearance again from `Clearance.to_dict()`, for a worker in another process or on another machine.

    Nothing in `data` is taken on trust: the gate answers anew for the day on which the clearance was given,
    and the two must be equal to the letter. Raises `NotCleared`.
    """
    try:
        granted = dt.date.fromisoformat(str(data["granted"]))
    except (KeyError, ValueError):
        raise _forged() from None
    answer = gate(request, records, granted)
    if not isinstance(answer, Clearance):
        raise answer.error()
    if answer.to_dict() != data:
        raise _forged()
    recheck(answer, request, records, today)
    return answer


def _plate_verdicts(request: Request, records: Records, today: dt.date) -> Iterator[Verdict]:
    """What every rule about the request as such and about its plates says, for and against."""
    yield from (ask(request) for ask in REQUEST_RULES)
    for use in request.plates:
        yield plate_recorded(use, recorded=bool(records.plates_of(use.source_sha256)))
    for case in _cases(request, records, today):
        yield from (rule(case) for rule in RULES)


def _reasons(request: Request, records: Records, people: list[Covered], today: dt.date) -> Iterator[Reason]:
    """What speaks against its tools, what it would learn from and whom it shows."""
    for step, card in cards_of(request, records):
        yield from tool_reasons(request, step, card, records, today)
    for sha256 in request.training:
        yield from training_reasons(request, sha256, records, today)
    for one in people:
        yield from one.reasons
        yield from _never(request, one)


def _never(request: Request, one: Covered) -> Iterator[Reason]:
    """No consent and no exception reaches this: nobody under age, in life or in the picture, in sexual content."""
    facts = settled(one.facts, Scope.PERSON)
    if set(request.content) & SEXUAL and YES in (facts["minor"], facts["depicted_minor"]):
        sentence = f"{one.likeness.person_id or 'somebody'} is under age or looks it, or nobody knows: never"
        yield Reason("likeness.minor", one.likeness.person_id, sentence, "nobody", "SAG-AFTRA 2026 39.F, 43.E")


def _obligations(request: Request, records: Records, today: dt.date) -> Iterator[Obligation]:
    for case in _cases(request, records, today):
        yield from obligations_of(case)


def _cases(request: Request, records: Records, today: dt.date) -> Iterator[Case]:
    for use in request.plates:
        for record in records.plates_of(use.source_sha256):
            yield Case(request, use, record, records.commercial, today)


def _consent_use(one: Covered) -> ConsentUse:
    assert one.consent is not None
    return ConsentUse(one.consent.consent_id, one.consent.version, digest((one.consent,)), one.likeness.person_id)


def _bearing(request: Request, records: Records, people: list[Covered], today: dt.date) -> Iterator[Any]:
    """The records that an edit of makes the clearance void. What others use up meanwhile does not."""
    for use in request.plates:
        yield from records.plates_of(use.source_sha256)
    for one in people:
        if one.consent is not None:
            yield one.consent
            yield records.standing_of(one.consent.consent_id, today)
        if one.figure is not None:
            yield one.figure
    for _, card in cards_of(request, records):
        yield card
    for sha256 in request.training:
        yield records.asset(sha256)
    yield from records.policies


def _stale(rule: str, sentence: str) -> Reason:
    return Reason(
        rule, "", sentence, "the show's rights clearance manager", "house rule: asked before each chunk"
    )


def _forged() -> NotCleared:
    sentence = "the clearance handed over is not the one the gate gives (clearance.forged)"
    return NotCleared("not cleared for 1 reason", reasons=[sentence], hint=_ASK_AGAIN)
