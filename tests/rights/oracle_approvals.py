"""The oracle on approvals: whose yes a grant asks for, and whose counts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import fields

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from oracle_words import SEEN_BY_AUDIENCE

from secondunit.rights.records import Records
from secondunit.slate.consent import ApprovalAsked, Consent
from secondunit.slate.request import Request
from secondunit.slate.rights_records import Approval, Role


def approvals_of_consent(consent: Consent | None, request: Request) -> Iterator[Role]:
    """What the grant itself asks for."""
    asked = set(consent.approval_required) if consent else set()
    seen = request.stage in SEEN_BY_AUDIENCE
    if ApprovalAsked.PERFORMER_PER_SHOT in asked or (ApprovalAsked.PERFORMER_FINAL in asked and seen):
        yield Role.PERFORMER_OR_REP
    if ApprovalAsked.DIRECTOR in asked and seen:
        yield Role.DIRECTOR
    if ApprovalAsked.ESTATE_FINAL in asked and seen:
        yield Role.ESTATE


def said_yes(role: Role, request: Request, records: Records, today: dt.date) -> bool:
    """Whether somebody in this office says yes to exactly this, and nobody in it no: of each person the last word."""
    subject = request.output_sha256 or request.sha256
    last: dict[str, Approval] = {}
    for a in sorted(records.approvals, key=lambda a: a.at):
        ahead = a.at.date() > today + dt.timedelta(1)  # a clock elsewhere may be a day ahead, not more
        if a.subject_sha256 == subject and a.role is role and valid(a, records) and not (ahead and a.approved):
            last[a.person] = a
    return bool(last) and all(a.approved for a in last.values())


def valid(approval: Approval, records: Records) -> bool:
    """Said by somebody on record in that office, with their own key, and unchanged since."""
    known = any(
        a.person == approval.person and approval.role in a.roles and a.key == approval.key
        for a in records.approvers
    )
    return known and signature_holds(approval)


def signature_holds(approval: Approval) -> bool:
    said = {f.name: getattr(approval, f.name) for f in fields(approval) if f.name != "signature"}
    said["role"], said["at"] = str(approval.role), approval.at.isoformat()
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(approval.key))
        key.verify(bytes.fromhex(approval.signature), text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True
