"""The disclosure report as plain JSON: what was generated, by what, from what, with whose consent, approved by whom.

Pure: everything it tells is in `ShotFacts`. The HTML and the PDF are drawn from what `shot_report` gives back, so all
three say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import secondunit
from secondunit.provenance.report_people import person_rows
from secondunit.provenance.report_policies import FIRED, policy_tables
from secondunit.provenance.report_words import NOTICE, Hidden, disclosure_of, kind_in_words, learned_in_words
from secondunit.rights.approvals import holds
from secondunit.rights.facts import BY_SCOPE, Scope
from secondunit.rights.gate import Answer
from secondunit.rights.ledgered import Ledgered
from secondunit.rights.licences import terms_of
from secondunit.rights.policy import Decision
from secondunit.rights.record_kinds import WHOLE_SHOW
from secondunit.rights.records import Records
from secondunit.slate.clearance import Clearance, NeedsApproval, Refusal
from secondunit.slate.entry import Entry
from secondunit.slate.request import Request
from secondunit.slate.rights_records import Approval, TrainingData
from secondunit.slate.version_line import VersionLine

SCHEMA = "org.secondunit.report/1"


@dataclass(frozen=True)
class ShotFacts:
    """All that a report on a version is made from.

    `entries` are the lines of the ledger that bear on it, `request` what is asked now that it is to be seen by the
    audience, `answer` the gate's. `direction` says of each value of its building file whether a person set it.
    """

    line: VersionLine
    entries: Sequence[Entry]
    lineage: Mapping[str, Any]
    n_files: int
    n_bytes: int
    checks: Sequence[Mapping[str, Any]]
    direction: Mapping[str, Sequence[str]]
    request: Request
    answer: Answer
    records: Records
    known: Ledgered
    today: dt.date
    hidden: Hidden


def report_of(show: str, code: str, shots: Sequence[dict[str, Any]], today: dt.date) -> dict[str, Any]:
    """The whole report on some shots, each as `shot_report` gave it."""
    credits = [credit for shot in shots for credit in shot["disclosure"]["credits"]]
    lines = [line for shot in shots for line in shot["disclosure"]["lines"]]
    return {
        "credits": list(dict.fromkeys(credits)),
        "disclosure": list(dict.fromkeys(lines)),
        "made": today.isoformat(),
        "notice": NOTICE,
        "schema": SCHEMA,
        "shots": list(shots),
        "show": {"code": code, "name": show},
        "software": f"Second Unit {secondunit.__version__}",
    }


def shot_report(facts: ShotFacts, *, outside: bool = False) -> dict[str, Any]:
    """The report on one version. No name of anybody who did not agree to be named is in it, except in the credits
    they are owed. `outside` is for a bundle that leaves the house: not even those, no reasons given, fewer terms."""
    line, lineage = facts.line, facts.lineage
    request = line.request
    said = {
        "answer": _answer(facts.answer),
        "approvals": [_approval(facts, one) for one in _approvals(facts)],
        "checks": [dict(check) for check in facts.checks],
        "content_sha256": line.content_sha256,
        "created": lineage["created"],
        "department": line.department,
        "deliveries": [_delivery(entry) for entry in facts.entries if entry.kind == "delivery"],
        "description": lineage["description"],
        "files": {"bytes": facts.n_bytes, "n": facts.n_files},
        "frames": lineage["frames"],
        "generated": [_take(take) for take in lineage["takes"]],
        "human": _human(facts),
        "kind": {"source_type": lineage["source_type"], "words": kind_in_words(lineage["source_type"])},
        "lineage_sha256": line.lineage_sha256,
        "mark": line.mark,
        "models": list(_models(facts)),
        "people": _people(facts),
        "policies": _policies(facts),
        "rate": lineage["rate"],
        "scene": request.scene,
        "seconds": request.seconds,
        "shot": line.shot,
        "software": list(lineage["software"]),
        "sources": [_source(item) for item in lineage["ingredients"]],
        "subject": line.subject,
        "timeline": list(_timeline(facts)),
        "trained": _is_trained(facts),
        "version": line.version,
    }
    if outside:
        _narrow(said)
    told: dict[str, Any] = facts.hidden.scrubbed(said)
    told["disclosure"] = _disclosure(facts, outside=outside)
    return told


# Of a consent's terms an outsider learns what the version was held against, and no more.
_TOLD_OUTSIDE = frozenset({"project", "use", "scenes", "seconds on screen", "term"})


def _narrow(said: dict[str, Any]) -> None:
    """Take out what is between the people on the show: notes, and terms that no picture is held against."""
    for approval in said["approvals"]:
        approval["reason"] = ""
    for person in said["people"]:
        if person["consent"] is not None:
            person["consent"]["terms"] = [t for t in person["consent"]["terms"] if t["term"] in _TOLD_OUTSIDE]


def _answer(answer: Answer) -> dict[str, Any]:
    match answer:
        case Clearance():
            return {
                "answer": "cleared",
                "open": [],
                "owed": [_row(o.rule, o.sentence, o.source) for o in answer.obligations],
            }
        case NeedsApproval():
            rows = [_row(n.rule, f"{n.sentence}: {', '.join(n.roles)}", n.source) for n in answer.needs]
            return {"answer": "needs approval", "open": rows, "owed": []}
        case Refusal():
            rows = [_row(r.rule, f"{r.sentence}; ask {r.who}", r.source) for r in answer.reasons]
            return {"answer": "refused", "open": rows, "owed": []}


def _row(rule: str, sentence: str, source: str) -> dict[str, str]:
    return {"rule": rule, "sentence": sentence, "source": source}


def _take(take: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "engine": take["engine"],
        "engine_version": take["engine_version"],
        "kind": kind_in_words(take["source_type"]),
        "models": list(take["models"]),
        "name": take["name"],
        "seed": take["seed"],
        "settings": dict(take["settings"]),
        "sha256": take["sha256"],
    }


def _source(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = kind_in_words(item["source_type"]) if item["source_type"] else ""
    keys = ("title", "role", "relationship", "owner", "licence", "sha256")
    return {key: item[key] for key in keys} | {"kind": kind, "files": len(item["files"])}


def _models(facts: ShotFacts) -> Iterator[dict[str, Any]]:
    """Every tool that had a part; a model with what it learned from."""
    for step in facts.line.request.steps:
        card = facts.records.tool(step.tool_id, step.version, step.weights_sha256)
        if card is None:
            yield {
                "tool": step.tool_id,
                "version": step.version,
                "on_record": False,
                "trained": None,
                "datasets": [],
            }
            continue
        yield {
            "datasets": [_dataset(facts, name) for name in card.dataset_ids],
            "enterprise_secured": card.enterprise_secured,
            "learned_from": list(card.learned_from),
            "on_record": True,
            "quarantined": card.quarantined,
            "retains_inputs": card.retains_inputs,
            "tool": card.tool_id,
            "trained": card.training_data is not TrainingData.NONE,
            "training_data": learned_in_words(card.training_data),
            "trains_on_inputs": card.trains_on_inputs,
            "version": card.version,
            "weights_sha256": card.weights_sha256,
        }


def _dataset(facts: ShotFacts, name: str) -> dict[str, Any]:
    asset = facts.known.assets.get(name)
    if asset is None:
        return {"id": name, "on_record": False}
    return {
        "basis": None if asset.basis is None else str(asset.basis),
        "holder": asset.rights_holder,
        "id": name,
        "licence": asset.licence,
        "on_record": True,
        "opted_out": asset.opted_out,
        "people": list(asset.persons),
    }


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


def _human(facts: ShotFacts) -> dict[str, Any]:
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


def _timeline(facts: ShotFacts) -> Iterator[dict[str, Any]]:
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


def _policies(facts: ShotFacts) -> list[dict[str, Any]]:
    """The tables; of a row that wants somebody's yes also whether all of it is there (None where nobody looked)."""
    tables = policy_tables(facts.request, facts.records, facts.today)
    open_rules = {need.rule for need in facts.answer.needs} if isinstance(facts.answer, NeedsApproval) else set()
    for row in (row for table in tables for row in table["rows"]):
        asks = row["state"] == FIRED and row["decision"] == str(Decision.APPROVE)
        row["given"] = row["id"] not in open_rules if asks and not isinstance(facts.answer, Refusal) else None
    return tables


def _people(facts: ShotFacts) -> list[dict[str, Any]]:
    """Their rows, each consent also by the hash that manifests and lineage know it by."""
    hashes = {use.consent_id: use.sha256 for use in facts.line.consents}
    rows = person_rows(facts.request, facts.records, facts.known, facts.today)
    for row in rows:
        if row["consent"] is not None:
            row["consent"]["sha256"] = hashes.get(row["consent"]["id"], "")
    return rows


def _is_trained(facts: ShotFacts) -> bool:
    return any(take["models"] for take in facts.lineage["takes"]) or any(
        model["trained"] is not False for model in _models(facts)
    )


def _disclosure(facts: ShotFacts, *, outside: bool) -> dict[str, Any]:
    people = person_rows(facts.request, facts.records, facts.known, facts.today)
    agreed = bool(people) and all(row["covered"] for row in people)
    uses = [row["use"] for row in people]
    lines = disclosure_of(trained=_is_trained(facts), uses=uses, agreed=agreed)
    return {"credits": list(dict.fromkeys(_credits(facts, outside=outside))), "lines": lines}


def _credits(facts: ShotFacts, *, outside: bool) -> Iterator[str]:
    for item in facts.lineage["ingredients"]:
        if item["licence"] and terms_of(item["licence"]).attribution:
            yield f"Contains footage by {item['owner']}, licensed under {item['licence']}"
    for use in facts.line.consents:
        consent = facts.known.consents.get(use.consent_id)
        if consent is None or not consent.disclosure.credit_required:
            continue
        text = consent.disclosure.credit_text or consent.subject.name
        if outside and facts.hidden.in_text(text):
            yield f"a credit is owed under the consent {use.sha256[:12]}…, in the words it names"
        else:
            yield text
