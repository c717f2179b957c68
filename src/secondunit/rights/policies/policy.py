"""A policy: rules as data, and which of them fire on a set of facts. Pure, total on settled facts, nothing executes.

    fired(policies, Scope.PERSON, settled(facts, Scope.PERSON), request_facts)   → the rules that fire, in order
    protected_until(died, policies)                                              → the last protected day

A rule fires when everything in `when` holds and, where it names alternatives, everything in at least one of them.
Decisions form a chain, allow < notify < approve < forbid, and the worst of those that fired counts; forbid means that
it cannot go on until the evidence it names exists. This is not legal advice.
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence

from secondunit.rights.facts import Scope, Value
from secondunit.rights.policies.policy_index import index_of
from secondunit.rights.policies.policy_types import (
    Condition,
    Conditions,
    Decision,
    Example,
    Op,
    Policy,
    PolicyRule,
    PostMortem,
)
from secondunit.slate.rights_records import Role

__all__ = [
    "LONGEST_TERM_YEARS",
    "Condition",
    "Conditions",
    "Decision",
    "Example",
    "Op",
    "Policy",
    "PolicyRule",
    "PostMortem",
    "fired",
    "protected_until",
    "roles_of",
    "worst",
]

LONGEST_TERM_YEARS = 70
"""Years after death that count whichever policies a show has picked: the longest any law on file has."""


def fired(
    policies: Sequence[Policy],
    scope: Scope,
    facts: Mapping[str, Value],
    request: Mapping[str, Value] | None = None,
) -> tuple[PolicyRule, ...]:
    """The rules of a scope that fire, in the order of the policies and of their rows.

    `facts` and `request` (the facts of the whole request; left out in that scope) are settled: a fact that a rule
    wants and that is not there at all raises `KeyError`, because a rule that was not asked must never look like one
    that is silent.
    """
    index = index_of(policies if isinstance(policies, tuple) else tuple(policies), scope)
    whole = facts if request is None else request
    for name in index.facts - facts.keys() or index.request_facts - whole.keys():
        raise KeyError(name)
    found = [ready for ready in index.always if ready.holds(facts, whole)]
    for of_request, name, table in index.under:
        for ready in table.get((whole if of_request else facts)[name], ()):
            if ready.holds(facts, whole):
                found.append(ready)
    found.sort(key=lambda ready: ready.order)
    return tuple(ready.rule for ready in found)


def worst(rules: Iterable[PolicyRule]) -> Decision:
    """The answer of several rules; allow where none fired."""
    return max((rule.decision for rule in rules), default=Decision.ALLOW)


def roles_of(rules: Iterable[PolicyRule], decision: Decision) -> tuple[Role, ...]:
    """Everybody whose yes (`APPROVE`) or ear (`NOTIFY`) the rules of that decision ask for, without twins."""
    return tuple(sorted({role for rule in rules if rule.decision is decision for role in rule.roles}))


def protected_until(died: dt.date | None, policies: Iterable[Policy]) -> dt.date | None:
    """The last day on which some term after death may run; None where the day of death is not known.

    A show is seen in many places, and a law it has not picked runs there all the same: the longest term counts,
    `LONGEST_TERM_YEARS` at least, and more where a policy says so.
    """
    if died is None:
        return None
    terms = [term.years for policy in policies for term in policy.post_mortem]
    year = died.year + max((LONGEST_TERM_YEARS, *terms))
    if year > dt.MAXYEAR:
        return dt.date.max
    leap_day = (died.month, died.day) == (2, 29) and not isleap(year)
    return dt.date(year, 3, 1) if leap_day else died.replace(year=year)
