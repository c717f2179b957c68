"""A policy: rules as data, and which of them fire on a set of facts. Pure, total on settled facts, nothing executes.

    fired(policies, Scope.PERSON, settled(facts, Scope.PERSON), request_facts)   → the rules that fire, in order
    protected_until(died, "US-CA", policies)                                     → the last protected day

A rule fires when everything in `when` holds and, where it names alternatives, everything in at least one of them.
Decisions form a chain, allow < notify < approve < forbid, and the worst of those that fired counts; forbid means that
it cannot go on until the evidence it names exists. This is not legal advice.
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property

from secondunit.rights.facts import BY_SCOPE, Kind, Scope, Value
from secondunit.rights.policy_places import touches
from secondunit.slate.rights_records import Role

UNKNOWN_LAW_YEARS = 70
"""Years after death that count where no policy knows the law of a home: the longest any law on file has."""


class Decision(IntEnum):
    """What a rule says; `max` of several is the answer."""

    ALLOW = 0
    NOTIFY = 1
    APPROVE = 2
    FORBID = 3

    def __str__(self) -> str:
        return self.name.lower()


class Op(StrEnum):
    """How a condition looks at a fact."""

    IS = "is"  # one of the words; of a set: any in common
    NOT = "not"  # none of the words, and not known counts as none of them; of a set: as `none_of`
    NONE_OF = "none_of"
    ALL_OF = "all_of"
    UNDER = "under"
    OVER = "over"
    TOUCHES = "touches"


@dataclass(frozen=True)
class Condition:
    """One look at one fact. `unknown` says whether a number that is not known holds; for words it has no meaning."""

    fact: str
    op: Op
    words: tuple[str, ...] = ()
    number: float = 0.0
    unknown: bool = False
    of_request: bool = False

    @property
    def name(self) -> str:
        """As a policy file writes it: `use`, `request.stage`."""
        return f"request.{self.fact}" if self.of_request else self.fact

    def holds(self, value: Value) -> bool:
        """Whether it holds of a settled value. Plain on purpose: the compiled form is tested against this."""
        if self.op in (Op.UNDER, Op.OVER):
            if not isinstance(value, float | int):
                return self.unknown
            return value < self.number if self.op is Op.UNDER else value > self.number
        if self.op is Op.TOUCHES:
            return any(touches(word, self.words[0]) for word in _as_words(value))
        if isinstance(value, frozenset):
            return self._holds_of_set(value)
        return (value in self.words) == (self.op is Op.IS)

    def _holds_of_set(self, value: frozenset[str]) -> bool:
        if self.op is Op.ALL_OF:
            return value.issuperset(self.words)
        return value.isdisjoint(self.words) != (self.op is Op.IS)


def _as_words(value: Value) -> Iterable[str | None]:
    """The words of a place fact; nothing said is one word that nobody knows."""
    if isinstance(value, frozenset):
        return value or (None,)
    return (value,) if isinstance(value, str) else (None,)


Example = tuple[tuple[str, str | float | tuple[str, ...]], ...]
"""Facts by name, `request.` before those of the request; what is not named counts as not known."""

Conditions = tuple[Condition, ...]


@dataclass(frozen=True)
class PolicyRule:
    """One row of a policy.

    `sentence` says what was found, `missing` what evidence would lift it, `who` can give that, `roles` who approves
    or is told, `source` what it rests on and `principle` its own words where it has some. `confirmed` is False where
    the source itself has not been read.
    """

    id: str
    scope: Scope
    decision: Decision
    when: Conditions
    any: tuple[Conditions, ...]
    roles: tuple[Role, ...]
    sentence: str
    missing: str
    who: str
    source: str
    confirmed: bool
    principle: str = ""
    note: str = ""
    fires: tuple[Example, ...] = ()
    silent: tuple[Example, ...] = ()

    def holds(self, facts: Mapping[str, Value], request: Mapping[str, Value]) -> bool:
        """Whether it fires on settled facts, read plainly."""

        def all_hold(conditions: Conditions) -> bool:
            return all(c.holds((request if c.of_request else facts)[c.fact]) for c in conditions)

        return all_hold(self.when) and (not self.any or any(all_hold(alternative) for alternative in self.any))


@dataclass(frozen=True)
class PostMortem:
    """How long a place's law protects a likeness after death, in years from the day of death.

    `extended_by_use`: it goes on while the heirs use it, so that the years are only the least there is.
    """

    place: str
    years: int
    source: str
    confirmed: bool
    extended_by_use: bool = False
    note: str = ""


@dataclass(frozen=True)
class Policy:
    """One policy file. `sha256` is of its text, so that a clearance can say under which words it was given."""

    id: str
    title: str
    version: int
    dated: dt.date
    source: str
    notice: str
    rules: tuple[PolicyRule, ...]
    post_mortem: tuple[PostMortem, ...] = ()
    sha256: str = ""

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """The ids of the rows whose source has not been read."""
        return tuple(rule.id for rule in self.rules if not rule.confirmed)

    @cached_property
    def _compiled(self) -> dict[Scope, tuple[_Ready, ...]]:
        return {scope: tuple(_Ready(r) for r in self.rules if r.scope is scope) for scope in Scope}


def fired(
    policies: Sequence[Policy],
    scope: Scope,
    facts: Mapping[str, Value],
    request: Mapping[str, Value] | None = None,
) -> tuple[PolicyRule, ...]:
    """The rules of a scope that fire, in the order of the policies and of their rows.

    `facts` and `request` (the facts of the whole request; left out in that scope) are settled: a fact that is not
    there at all raises `KeyError`, because a rule that was not asked must never look like one that is silent.
    """
    whole = facts if request is None else request
    found: list[PolicyRule] = []
    for policy in policies:
        for ready in policy._compiled[scope]:
            for name, words in ready.own:
                if facts[name] not in words:
                    break
            else:
                for name, words in ready.requested:
                    if whole[name] not in words:
                        break
                else:
                    if ready.rest is None or ready.rest.hold(facts, whole):
                        found.append(ready.rule)
    return tuple(found)


class _Ready:
    """A rule made ready to be asked often: plain words first, as sets, everything else after."""

    __slots__ = ("own", "requested", "rest", "rule")

    def __init__(self, rule: PolicyRule) -> None:
        self.rule = rule
        plain = [c for c in rule.when if _is_plain(c, rule.scope)]
        self.own = tuple((c.fact, frozenset(c.words)) for c in plain if not c.of_request)
        self.requested = tuple((c.fact, frozenset(c.words)) for c in plain if c.of_request)
        others = tuple(c for c in rule.when if not _is_plain(c, rule.scope))
        self.rest = _Rest(others, rule.any) if others or rule.any else None


class _Rest:
    """The conditions that are more than a word among words."""

    __slots__ = ("alternatives", "conditions")

    def __init__(self, conditions: Conditions, alternatives: tuple[Conditions, ...]) -> None:
        self.conditions = conditions
        self.alternatives = alternatives

    def hold(self, facts: Mapping[str, Value], request: Mapping[str, Value]) -> bool:
        for c in self.conditions:
            if not c.holds((request if c.of_request else facts)[c.fact]):
                return False
        if not self.alternatives:
            return True
        for alternative in self.alternatives:
            for c in alternative:
                if not c.holds((request if c.of_request else facts)[c.fact]):
                    break
            else:
                return True
        return False


def _is_plain(condition: Condition, scope: Scope) -> bool:
    fact = BY_SCOPE[Scope.REQUEST if condition.of_request else scope][condition.fact]
    return condition.op is Op.IS and fact.kind is Kind.WORD


def worst(rules: Iterable[PolicyRule]) -> Decision:
    """The answer of several rules; allow where none fired."""
    return max((rule.decision for rule in rules), default=Decision.ALLOW)


def roles_of(rules: Iterable[PolicyRule], decision: Decision) -> tuple[Role, ...]:
    """Everybody whose yes (`APPROVE`) or ear (`NOTIFY`) the rules of that decision ask for, without twins."""
    return tuple(sorted({role for rule in rules if rule.decision is decision for role in rule.roles}))


def protected_until(died: dt.date | None, domicile: str, policies: Iterable[Policy]) -> dt.date | None:
    """The last day on which some term after death runs under these policies; None where the day of death is not known.

    The longest term counts, wherever it comes from, because a show is seen in many places. Where no policy knows the
    law of the person's home, or that law goes on while heirs use it, at least `UNKNOWN_LAW_YEARS` count.
    """
    if died is None:
        return None
    terms = [term for policy in policies for term in policy.post_mortem]
    own = [term for term in terms if term.place == domicile]
    years = [term.years for term in terms]
    if not own or any(term.extended_by_use for term in own):
        years.append(UNKNOWN_LAW_YEARS)
    year = died.year + max(years)
    if year > dt.MAXYEAR:
        return dt.date.max
    leap_day = (died.month, died.day) == (2, 29) and not isleap(year)
    return dt.date(year, 3, 1) if leap_day else died.replace(year=year)
