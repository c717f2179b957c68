"""The disclosure report as plain JSON: what was generated, by what, from what, with whose consent, approved by whom.

Pure: everything it tells is in `ShotFacts`. The HTML and the PDF are drawn from what `shot_report` gives back, so all
three say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import secondunit
from secondunit.provenance.report.report_facts import ShotFacts
from secondunit.provenance.report.report_history import approval_rows, delivery_rows, human_part, timeline
from secondunit.provenance.report.report_made import model_rows, source_row, take_row
from secondunit.provenance.report.report_people import person_rows
from secondunit.provenance.report.report_policies import FIRED, policy_tables
from secondunit.provenance.report.report_words import NOTICE, disclosure_of, kind_in_words
from secondunit.rights.gate import Answer
from secondunit.rights.licences import terms_of
from secondunit.rights.policies.policy import Decision
from secondunit.slate.clearance import Clearance, NeedsApproval, Refusal

SCHEMA = "org.secondunit.report/1"


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
        "approvals": approval_rows(facts),
        "checks": [dict(check) for check in facts.checks],
        "content_sha256": line.content_sha256,
        "created": lineage["created"],
        "department": line.department,
        "deliveries": delivery_rows(facts),
        "description": lineage["description"],
        "files": {"bytes": facts.n_bytes, "n": facts.n_files},
        "frames": lineage["frames"],
        "generated": [take_row(take) for take in lineage["takes"]],
        "human": human_part(facts),
        "kind": {"source_type": lineage["source_type"], "words": kind_in_words(lineage["source_type"])},
        "lineage_sha256": line.lineage_sha256,
        "mark": line.mark,
        "models": list(model_rows(facts)),
        "people": _people(facts),
        "policies": _policies(facts),
        "rate": lineage["rate"],
        "scene": request.scene,
        "seconds": request.seconds,
        "shot": line.shot,
        "software": list(lineage["software"]),
        "sources": [source_row(item) for item in lineage["ingredients"]],
        "subject": line.subject,
        "timeline": list(timeline(facts)),
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
        model["trained"] is not False for model in model_rows(facts)
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
