"""Whose yes is wanted, and whose is there: an approval counts for one exact hash, by a known key, in an office held.

Signatures are Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of everything else that the approval says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from secondunit.rights.likeness import Covered
from secondunit.rights.records import Records
from secondunit.slate.canonical import Json, canonical_json, plain_json
from secondunit.slate.clearance import Need
from secondunit.slate.consent import ApprovalAsked, Stage
from secondunit.slate.request import Request
from secondunit.slate.rights_records import Approval, Role
from secondunit.store.keys import check_signature

_SHOWN = (Stage.FINAL, Stage.MARKETING)
# What a grant may ask for besides the studio's yes: from which stages on, and whose.
_ASKED: dict[ApprovalAsked, tuple[tuple[Stage, ...], Role]] = {
    ApprovalAsked.PERFORMER_PER_SHOT: (tuple(Stage), Role.PERFORMER_OR_REP),
    ApprovalAsked.PERFORMER_FINAL: (_SHOWN, Role.PERFORMER_OR_REP),
    ApprovalAsked.DIRECTOR: (_SHOWN, Role.DIRECTOR),
    ApprovalAsked.ESTATE_FINAL: (_SHOWN, Role.ESTATE),
}


def needs_of(request: Request, people: Iterable[Covered]) -> Iterator[Need]:
    """The approvals that the consents themselves and the house ask for, whatever policies a show has picked."""
    if request.output_sha256 and request.stage in _SHOWN:
        sentence = "what was made is a proposal until a named person approves it"
        yield Need("version.approved", "", (str(Role.VFX_SUPERVISOR),), sentence, "house rule: people decide")
    for one in people:
        person = one.likeness.person_id
        if one.figure is not None and one.facts.get("historical") == "yes" and one.consent is None:
            sentence = f"an editor answers for how {one.figure.name} is shown"
            yield Need(
                "likeness.history", person, (str(Role.EDITORIAL),), sentence, "house rule: figures of history"
            )
        if one.consent is None:
            continue
        for asked in one.consent.approval_required:
            stages, role = _ASKED[asked]
            if request.stage in stages:
                sentence = f"consent {one.consent.consent_id} asks for {asked.replace('_', ' ')}"
                yield Need(f"consent.{asked}", person, (str(role),), sentence, "the person's own terms")


def still_needed(
    needs: Iterable[Need], given: Sequence[Approval], records: Records, today: dt.date
) -> Iterator[Need]:
    """The needs that no approval answers yet. Every role of a need has to say yes, and nobody in it no.

    A yes dated ahead of the clock is not said yet; one day is spared, because a yes may come from further east.
    """
    last: dict[tuple[str, str], Approval] = {}
    # By the time that was signed, not by when it was handed in: an old yes handed in again stays old.
    timed = (approval for approval in given if approval.at.tzinfo is not None)
    for approval in sorted(timed, key=lambda a: (a.at, not a.approved)):
        ahead = approval.at.date() > today + dt.timedelta(1)
        if not (ahead and approval.approved) and holds(approval, records):
            last[(str(approval.role), approval.person)] = approval
    agreed = {role for (role, _), approval in last.items() if approval.approved}
    agreed -= {role for (role, _), approval in last.items() if not approval.approved}
    for need in needs:
        missing = tuple(role for role in need.roles if role not in agreed)
        if missing:
            yield Need(need.rule, need.about, missing, need.sentence, need.source)


def holds(approval: Approval, records: Records) -> bool:
    """True where the signature is right and the key is on record for that person in that office."""
    known = any(
        a.person == approval.person and a.key == approval.key and approval.role in a.roles
        for a in records.approvers
    )
    return known and signed(approval)


def signed(approval: Approval) -> bool:
    """True where the signature is the key's over what the approval says."""
    return check_signature(approval.key, canonical_json(spoken(approval)), approval.signature)


def spoken(approval: Approval) -> Json:
    """What is signed: everything but the signature."""
    said = plain_json(approval)
    assert isinstance(said, dict)
    return {key: value for key, value in said.items() if key != "signature"}
