"""What a policy is made of: frozen data, and how one condition and one rule are read plainly. No I/O."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from secondunit.rights.facts import Scope, Value
from secondunit.rights.policies.policy_places import touches
from secondunit.slate.rights_records import Role


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

    def __hash__(self) -> int:
        return hash((self.id, self.sentence))  # cheap: rules are put in sets by the gate

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

    def __hash__(self) -> int:
        return hash((self.id, self.version, self.sha256))

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """The ids of the rows whose source has not been read."""
        return tuple(rule.id for rule in self.rules if not rule.confirmed)
