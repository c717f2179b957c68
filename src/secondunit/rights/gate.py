"""The gate: every rule is asked, every answer is kept, and one reason is enough to refuse.

The shape is pyblish's: all validators run, one stop rule decides, so a person sees every problem at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from secondunit.errors import NotCleared
from secondunit.rights.records import PlateRecord, Records
from secondunit.rights.rules import REQUEST_RULES, RULES, Case, Verdict, obligations_of, plate_recorded
from secondunit.slate.clearance import _SEAL, Basis, Clearance, Obligation, Reason, Refusal
from secondunit.slate.frames import FrameRange
from secondunit.slate.request import PlateUse, Request

_ASK_AGAIN = "ask for clearance again with `secondunit destroy`"


def gate(request: Request, records: Records, today: dt.date) -> Clearance | Refusal:
    """Clear a request or refuse it with every reason.

    Pure: the answer depends on the three arguments and on nothing else, neither on the order in which plates
    or records are listed. Only a hash of the records that bear on the request goes into the clearance.
    """
    known = records.about(request)
    verdicts = set(_verdicts(request, known, today))
    reasons = tuple(sorted(v for v in verdicts if isinstance(v, Reason)))
    if reasons:
        return Refusal(request.sha256, reasons)
    owed: set[Obligation] = set()
    for case in _cases(request, known, today):
        owed.update(obligations_of(case))
    basis = tuple(sorted(v for v in verdicts if isinstance(v, Basis)))
    return Clearance(request.sha256, known.sha256, today, basis, tuple(sorted(owed)), seal=_SEAL)


def recheck(
    clearance: Clearance,
    request: Request,
    records: Records,
    today: dt.date,
    *,
    frames: FrameRange | None = None,
) -> None:
    """Ask again before a chunk; raises `NotCleared` with every reason when the answer is no longer yes.

    The clearance is not believed: the gate is asked again with the records of this moment. A licence withdrawn
    or run out, another plate or engine than was asked for, records that were edited since, `frames` outside the
    request or a calendar that stands before the day of the clearance all stop the chunk.
    """
    reasons: list[Reason] = []
    answer = gate(request, records, today)
    if isinstance(answer, Refusal):
        reasons.extend(answer.reasons)
    elif clearance.records_sha256 != answer.records_sha256:
        reasons.append(_stale("clearance.records", "the records of the plates changed since clearance was given"))
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
    if isinstance(answer, Refusal):
        raise answer.error()
    if answer.to_dict() != data:
        raise _forged()
    recheck(answer, request, records, today)
    return answer


def _verdicts(request: Request, known: Records, today: dt.date) -> Iterator[Verdict]:
    for ask in REQUEST_RULES:
        yield ask(request)
    recorded = {record.source_sha256 for record in known.plates}
    for use in request.plates:
        yield plate_recorded(use, recorded=use.source_sha256 in recorded)
    for case in _cases(request, known, today):
        for rule in RULES:
            yield rule(case)


def _cases(request: Request, known: Records, today: dt.date) -> Iterator[Case]:
    for use in request.plates:
        for record in _records_of(use, known):
            yield Case(request, use, record, known.commercial, today)


def _records_of(use: PlateUse, known: Records) -> Iterator[PlateRecord]:
    return (record for record in known.plates if record.source_sha256 == use.source_sha256)


def _stale(rule: str, sentence: str) -> Reason:
    return Reason(
        rule, "", sentence, "the show's rights clearance manager", "house rule: asked before each chunk"
    )


def _forged() -> NotCleared:
    sentence = "the clearance handed over is not the one the gate gives (clearance.forged)"
    return NotCleared("not cleared for 1 reason", reasons=[sentence], hint=_ASK_AGAIN)
