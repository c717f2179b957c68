"""The policies of a show, row by row: which rules fired on a version, which were silent, what is not confirmed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from secondunit.rights.facts import Scope
from secondunit.rights.likeness import look_at
from secondunit.rights.policies.policy import PolicyRule
from secondunit.rights.policies.policy_answers import Fired, policy_rules
from secondunit.rights.records import Records
from secondunit.slate.request import Request

FIRED, SILENT, NOT_ASKED = "fired", "silent", "not asked"


def policy_tables(request: Request, records: Records, today: dt.date) -> list[dict[str, Any]]:
    """A table a policy, in the order of the show's; a row a rule, in the order of its file.

    `not asked` is a rule about persons, tools or training where the version has none.
    """
    people = [look_at(request, likeness, records, today) for likeness in request.likenesses]
    found: dict[PolicyRule, list[Fired]] = {}
    for one in policy_rules(request, records, people, today):
        found.setdefault(one.rule, []).append(one)
    asked = {Scope.REQUEST}
    for scope, subjects in (
        (Scope.PERSON, people),
        (Scope.TOOL, request.steps),
        (Scope.TRAINING, request.training),
    ):
        if subjects:
            asked.add(scope)
    return [
        {
            "dated": policy.dated.isoformat(),
            "id": policy.id,
            "notice": " ".join(policy.notice.split()),
            "rows": [_row(rule, found.get(rule, []), rule.scope in asked) for rule in policy.rules],
            "sha256": policy.sha256,
            "source": policy.source,
            "title": policy.title,
            "unconfirmed": list(policy.unconfirmed),
            "version": policy.version,
        }
        for policy in records.policies
    ]


def _row(rule: PolicyRule, fired: list[Fired], asked: bool) -> dict[str, Any]:
    return {
        "about": sorted({one.about for one in fired if one.about}),
        "confirmed": rule.confirmed,
        "decision": str(rule.decision),
        "id": rule.id,
        "missing": rule.missing,
        "principle": rule.principle,
        "roles": [str(role) for role in rule.roles],
        "sentence": rule.sentence,
        "source": rule.source,
        "state": FIRED if fired else SILENT if asked else NOT_ASKED,
        "undeclared": sorted({fact for one in fired for fact in one.undeclared}),
    }
