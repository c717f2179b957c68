"""The policies that ship, and facts drawn at random from the catalogue."""

from __future__ import annotations

import random
from functools import cache
from importlib.resources import files

from hypothesis import strategies as st

from secondunit.rights.facts import BY_SCOPE, Fact, Facts, Kind, Scope, Value, settled
from secondunit.rights.policies.policy import Policy
from secondunit.rights.policies.policy_file import read_policy

PLACES = ("WORLD", "EU", "US", "US-CA", "US-NY", "US-TN", "FR", "DK", "GB", "Moon")
NUMBERS = (0.0, 1.0, 17.0, 39.0, 40.0, 49.0, 50.0, 69.0, 70.0, 200.0)
FREE = ("destruction", "original", "fr", "svod")


@cache
def shipped() -> dict[str, Policy]:
    folder = files("secondunit.rights") / "policies"
    texts = sorted((f.name, f.read_bytes()) for f in folder.iterdir() if f.name.endswith(".toml"))
    return {policy.id: policy for policy in (read_policy(name, text) for name, text in texts)}


def policies(*names: str) -> tuple[Policy, ...]:
    return tuple(shipped()[name] for name in names or sorted(shipped()))


def _words(fact: Fact) -> tuple[str, ...]:
    return fact.values or (PLACES if fact.name in ("territories", "domicile") else FREE)


def _value(fact: Fact) -> st.SearchStrategy[Value]:
    if fact.kind is Kind.NUMBER:
        return st.sampled_from((None, *NUMBERS))
    if fact.kind is Kind.SET:
        return st.frozensets(st.sampled_from(_words(fact)), max_size=3)
    return st.sampled_from((None, "unknown", *_words(fact)))


def facts_of(scope: Scope) -> st.SearchStrategy[Facts]:
    """Settled facts of a scope, any of them unknown."""
    values = st.fixed_dictionaries({name: _value(fact) for name, fact in BY_SCOPE[scope].items()})
    return values.map(lambda facts: settled(facts, scope))


def drawn(scope: Scope, rng: random.Random) -> Facts:
    """The same by a plain generator, for many at once."""
    facts: Facts = {}
    for name, fact in BY_SCOPE[scope].items():
        if fact.kind is Kind.NUMBER:
            facts[name] = rng.choice((None, *NUMBERS))
        elif fact.kind is Kind.SET:
            facts[name] = frozenset(rng.sample(_words(fact), rng.randint(0, 2)))
        else:
            facts[name] = rng.choice((None, *_words(fact)))
    return settled(facts, scope)
