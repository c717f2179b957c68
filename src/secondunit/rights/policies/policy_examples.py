"""Does a policy do what its examples say, and does every condition of it matter to one of them? Pure.

An example is settled like anything else at the gate, so what it does not name counts as not known. A condition is
pinned when the examples notice that it is dropped, that a word of it is, or that a number of it moves by one (mutation
testing, DeMillo, Lipton and Sayward 1978); one that is not pinned is a hole through which a rule can rot unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from secondunit.rights.facts import UNKNOWN, Facts, Scope, settled
from secondunit.rights.policies.policy import Condition, Conditions, Example, Op, Policy, PolicyRule
from secondunit.rights.policies.policy_rows import REQUEST


@dataclass(frozen=True, order=True)
class Finding:
    """Something wrong with a row. `kind` is `example` (it does not come out as written) or `hole` (not pinned)."""

    policy: str
    rule: str
    kind: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.policy} {self.rule}: {self.sentence}"


def check_policy(policy: Policy) -> tuple[Finding, ...]:
    """Every example that fails and every condition that no example pins, in the order of the rows."""
    return tuple(
        Finding(policy.id, rule.id, kind, sentence) for rule in policy.rules for kind, sentence in _faults(rule)
    )


def facts_of(example: Example, scope: Scope) -> tuple[Facts, Facts]:
    """The settled facts of an example and those of its request; in the scope of the request they are the same."""
    own: Facts = {}
    whole: Facts = {}
    for name, value in example:
        inner = name.removeprefix(f"{REQUEST}.")
        known = None if value == UNKNOWN else (frozenset(value) if isinstance(value, tuple) else value)
        (whole if inner != name else own)[inner] = known
    facts = settled(own, scope)
    return facts, facts if scope is Scope.REQUEST else settled(whole, Scope.REQUEST)


def _faults(rule: PolicyRule) -> Iterator[tuple[str, str]]:
    asked = [(*facts_of(example, rule.scope), wanted, example) for wanted, example in _wanted(rule)]
    bad = [(wanted, example) for facts, whole, wanted, example in asked if rule.holds(facts, whole) != wanted]
    for wanted, example in bad:
        verb = "should fire and is silent" if wanted else "should be silent and fires"
        yield "example", f"{verb} on {_told(example)}"
    if bad:
        return  # what the examples pin means nothing while they are wrong
    for what, mutant in _mutants(rule):
        if all(mutant.holds(facts, whole) == wanted for facts, whole, wanted, _ in asked):
            yield "hole", f"no example notices when {what}"


def _wanted(rule: PolicyRule) -> Iterator[tuple[bool, Example]]:
    yield from ((True, example) for example in rule.fires)
    yield from ((False, example) for example in rule.silent)


def _mutants(rule: PolicyRule) -> Iterator[tuple[str, PolicyRule]]:
    for what, when in _changed(rule.when):
        yield what, replace(rule, when=when)
    for number, alternative in enumerate(rule.any):

        def with_other(*others: Conditions, at: int = number) -> PolicyRule:
            return replace(rule, any=(*rule.any[:at], *others, *rule.any[at + 1 :]))

        place = f"alternative {number + 1}"
        yield f"{place} is dropped", with_other()
        for what, changed in _changed(alternative):
            # An alternative with nothing left in it always holds.
            yield f"in {place} {what}", with_other(changed) if changed else replace(rule, any=())


def _changed(conditions: Conditions) -> Iterator[tuple[str, Conditions]]:
    """The conditions with one of them dropped or changed."""
    for number, condition in enumerate(conditions):
        before, after = conditions[:number], conditions[number + 1 :]
        yield f"`{condition.name}` ({condition.op}) is dropped", (*before, *after)
        for what, other in _weakened(condition):
            yield f"`{condition.name}` {what}", (*before, other, *after)


def _weakened(condition: Condition) -> Iterator[tuple[str, Condition]]:
    if condition.op in (Op.UNDER, Op.OVER):
        for step in (-1, 1):
            moved = condition.number + step
            yield f"is asked {condition.op} {moved:g}", replace(condition, number=moved)
        yield "takes not known the other way", replace(condition, unknown=not condition.unknown)
    elif len(condition.words) > 1:
        for word in condition.words:
            rest = tuple(other for other in condition.words if other != word)
            yield f"loses the word `{word}`", replace(condition, words=rest)


def _told(example: Example) -> str:
    def said(value: str | float | tuple[str, ...]) -> str:
        if isinstance(value, float):
            return f"{value:g}"
        return value if isinstance(value, str) else f"[{', '.join(value)}]"

    return ", ".join(f"{name} = {said(value)}" for name, value in example) or "nothing known"
