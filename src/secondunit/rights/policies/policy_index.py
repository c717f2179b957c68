"""Policies made ready to be asked thousands of times a second. Tied by tests to the plain reading in `policy_types`.

Rules lie under the value of one of their facts, so that most are never looked at; what is left of their conditions is
asked with sets made once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from secondunit.rights.facts import BY_SCOPE, Fact, Kind, Scope, Value
from secondunit.rights.policies.policy_types import Condition, Conditions, Op, Policy, PolicyRule

Test = tuple[bool, str, Callable[[Value], bool]]
"""Whether the fact is one of the whole request, its name, and whether its value will do."""


@dataclass(frozen=True)
class Ready:
    """A rule without the condition it lies under. `order` is its place among all."""

    order: int
    rule: PolicyRule
    tests: tuple[Test, ...]
    any: tuple[tuple[Test, ...], ...]

    def holds(self, facts: Mapping[str, Value], request: Mapping[str, Value]) -> bool:
        """Whether the rest of it holds."""
        for of_request, name, will_do in self.tests:
            if not will_do((request if of_request else facts)[name]):
                return False
        if not self.any:
            return True
        for alternative in self.any:
            for of_request, name, will_do in alternative:
                if not will_do((request if of_request else facts)[name]):
                    break
            else:
                return True
        return False


@dataclass(frozen=True)
class Index:
    """The rules of a scope: those under a fact's value, and those that are always asked."""

    under: tuple[tuple[bool, str, dict[Value, tuple[Ready, ...]]], ...]
    always: tuple[Ready, ...]
    facts: frozenset[str] = field(default_factory=frozenset)
    request_facts: frozenset[str] = field(default_factory=frozenset)


@lru_cache(maxsize=256)
def index_of(policies: tuple[Policy, ...], scope: Scope) -> Index:
    """The index of a scope of these policies, made once."""
    under: dict[tuple[bool, str], dict[Value, list[Ready]]] = {}
    always: list[Ready] = []
    rules = [rule for policy in policies for rule in policy.rules if rule.scope is scope]
    for order, rule in enumerate(rules):
        plain = [c for c in rule.when if c.op is Op.IS and _fact(c, scope).kind is Kind.WORD]
        first = min(plain, key=lambda c: _share(c, scope), default=None)
        rest = tuple(c for c in rule.when if c is not first)
        ready = Ready(order, rule, _tests(rest, scope), tuple(_tests(a, scope) for a in rule.any))
        if first is None:
            always.append(ready)
            continue
        table = under.setdefault((first.of_request, first.fact), {})
        for word in first.words:
            table.setdefault(word, []).append(ready)
    seen = [c for rule in rules for part in (rule.when, *rule.any) for c in part]
    return Index(
        tuple((*key, {word: tuple(lie) for word, lie in table.items()}) for key, table in under.items()),
        tuple(always),
        frozenset(c.fact for c in seen if not c.of_request),
        frozenset(c.fact for c in seen if c.of_request),
    )


def _tests(conditions: Conditions, scope: Scope) -> tuple[Test, ...]:
    # Words first: they are the quickest to ask.
    ordered = sorted(conditions, key=lambda c: (c.op is not Op.IS, _fact(c, scope).kind is not Kind.WORD))
    return tuple((c.of_request, c.fact, _test(c, _fact(c, scope))) for c in ordered)


def _test(condition: Condition, fact: Fact) -> Callable[[Value], bool]:
    words = frozenset(condition.words)
    if condition.op is Op.IS:
        return words.__contains__ if fact.kind is Kind.WORD else lambda value: not words.isdisjoint(_set(value))
    if fact.kind is Kind.SET and condition.op in (Op.NOT, Op.NONE_OF):
        return lambda value: words.isdisjoint(_set(value))
    if fact.kind is Kind.WORD and condition.op is Op.NOT:
        return lambda value: value not in words
    return condition.holds


def _set(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _fact(condition: Condition, scope: Scope) -> Fact:
    return BY_SCOPE[Scope.REQUEST if condition.of_request else scope][condition.fact]


def _share(condition: Condition, scope: Scope) -> float:
    """How much of what a fact can be lets the condition through; the least makes the best place to lie."""
    return len(condition.words) / (len(_fact(condition, scope).values) or 1000)
