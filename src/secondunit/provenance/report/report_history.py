"""What people did with a version and when: approvals, deliveries, declarations, the order of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from secondunit.provenance.report.report_facts import ShotFacts
from secondunit.rights.approvals import holds
from secondunit.rights.facts import BY_SCOPE, Scope
from secondunit.rights.on_record.record_kinds import WHOLE_SHOW
from secondunit.slate.entry import Entry
from secondunit.slate.rights_records import Approval


def approval_rows(facts: ShotFacts) -> list[dict[str, Any]]:
    """Everybody's yes and no to the version or to its request, in the order they were signed."""
    return [_approval(facts, one) for one in _approvals(facts)]


def delivery_rows(facts: ShotFacts) -> list[dict[str, Any]]:
    """When it went out, to whom."""
    return [_delivery(entry) for entry in facts.entries if entry.kind == "delivery"]


def _approvals(facts: ShotFacts) -> list[Approval]:
    subjects = {facts.line.content_sha256, facts.line.request.sha256}
    return sorted((a for a in facts.known.approvals if a.subject_sha256 in subjects), key=lambda a: a.at)


def _approval(facts: ShotFacts, approval: Approval) -> dict[str, Any]:
    return {
        "approved": approval.approved,
        "at": approval.at.astimezone(dt.UTC).isoformat(timespec="minutes"),
        "key": approval.key,
        "of": "this version" if approval.subject_sha256 == facts.line.content_sha256 else "the request",
        "person": approval.person,
        "reason": approval.reason,
        "role": str(approval.role),
        "signature_holds": holds(approval, facts.records),
    }


def _delivery(entry: Entry) -> dict[str, Any]:
    return {
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="minutes"),
        "by": entry.author,
        "to": entry.body["to"],
    }


def human_part(facts: ShotFacts) -> dict[str, Any]:
    """What people contributed, as far as it is on record: the Academy may ask for it, and so may a court."""
    words = {name: fact.means for name, fact in BY_SCOPE[Scope.REQUEST].items()}
    declared = [
        {
            "by": d.by,
            "fact": d.fact,
            "means": words.get(d.fact, ""),
            "of": d.shot or "the whole show",
            "value": d.value,
        }
        for d in facts.known.declarations
        if d.shot in ("", facts.line.shot)
    ]
    return {
        "brief": dict(facts.lineage["brief"]),
        "declared": declared,
        "direction": {key: list(values) for key, values in facts.direction.items()},
        "published_by": next((e.author for e in facts.entries if e.kind == "version"), ""),
    }


# What happened, in the order of the ledger; a consent stands by its hash.
_EVENTS = frozenset({"consent", "standing", "version", "approval", "delivery", "declaration", "footage_licence"})


def timeline(facts: ShotFacts) -> Iterator[dict[str, Any]]:
    """What happened, in order; what one person declares in one go is one event."""
    entries = [entry for entry in facts.entries if entry.kind in _EVENTS]
    for (kind, author, subject), run in groupby(entries, key=lambda e: (e.kind, e.author, e.subject)):
        lines = list(run)
        if kind == "declaration" and len(lines) > 1:
            of = "the show" if subject == WHOLE_SHOW else "the shot"
            what = f"{author} writes down {len(lines)} declarations on {of}"
            yield _event(lines[0]) | {"what": what}
        else:
            yield from (_event(entry, facts.line.content_sha256) for entry in lines)


def _event(entry: Entry, content: str = "") -> dict[str, Any]:
    body = entry.body
    match entry.kind:
        case "consent":
            what = f"consent of {body['subject']['person_id']} on record, version {body.get('version', 1)}"
        case "standing":
            what = f"a consent is {body['standing']} from {body['on']}"
        case "version":
            what = f"{body['version']} made, signed and on record"
        case "approval":
            verb = "approved" if body["approved"] else "declined"
            of = "this version" if body["subject_sha256"] == content else "the request"
            what = f"{of} {verb} by {body['person']} as {body['role'].replace('_', ' ')}"
        case "delivery":
            what = f"delivered to {body['to']}"
        case "declaration":
            what = f"{body['by']} declares {body['fact']} = {body['value']}"
        case _:
            what = f"terms of {body.get('owner', 'an owner')} for the footage on record"
    day = entry.at.astimezone(dt.UTC).isoformat(timespec="minutes")
    bad = body.get("approved") is False or body.get("standing") in ("revoked", "suspended", "disputed")
    return {"at": day, "bad": bad, "kind": entry.kind, "line": entry.number, "what": what}
