"""Which rules fire: the quick way and the plain way agree; what is not known never makes a rule milder."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_cases import drawn, facts_of, policies, shipped

from secondunit.rights.facts import BY_SCOPE, Fact, Kind, Scope, settled
from secondunit.rights.policies.policy import (
    LONGEST_TERM_YEARS,
    Condition,
    Decision,
    Op,
    PostMortem,
    fired,
    protected_until,
    roles_of,
    worst,
)
from secondunit.rights.policies.policy_places import MEMBERS, touches
from secondunit.slate.rights_records import Role

WORLDWIDE = settled({}, Scope.REQUEST)


def plainly(scope: Scope, facts: dict, request: dict) -> list[str]:
    return [r.id for p in policies() for r in p.rules if r.scope is scope and r.holds(facts, request)]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(list(Scope)))
def test_the_index_says_what_the_plain_reading_says(data: st.DataObject, scope: Scope) -> None:
    request = data.draw(facts_of(Scope.REQUEST))
    facts = request if scope is Scope.REQUEST else data.draw(facts_of(scope))
    said = fired(policies(), scope, facts, None if scope is Scope.REQUEST else request)
    assert [rule.id for rule in said] == plainly(scope, facts, request)


def test_the_same_over_thousands() -> None:
    rng = random.Random(4)
    counted = 0
    for _ in range(1500):
        request = drawn(Scope.REQUEST, rng)
        for scope in Scope:
            facts = request if scope is Scope.REQUEST else drawn(scope, rng)
            said = [rule.id for rule in fired(policies(), scope, facts, request)]
            assert said == plainly(scope, facts, request)
            counted += len(said)
    assert counted > 10_000


def test_fewer_policies_never_say_more() -> None:
    rng = random.Random(5)
    for _ in range(200):
        request, person = drawn(Scope.REQUEST, rng), drawn(Scope.PERSON, rng)
        every = fired(policies(), Scope.PERSON, person, request)
        for policy in policies():
            some = fired((policy,), Scope.PERSON, person, request)
            assert set(some) == {rule for rule in every if rule in policy.rules}


def _bad(fact: Fact) -> str | None:
    return fact.unknown_as if fact.values == ("yes", "no") else None


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(list(Scope)))
def test_a_thing_that_becomes_known_to_be_bad_changes_nothing(data: st.DataObject, scope: Scope) -> None:
    """Not known is the bad value: saying it aloud fires the same rules, so silence never pays."""
    request = data.draw(facts_of(Scope.REQUEST))
    facts = request if scope is Scope.REQUEST else data.draw(facts_of(scope))
    name = data.draw(st.sampled_from([n for n, fact in BY_SCOPE[scope].items() if _bad(fact)]))
    unsaid = settled({k: v for k, v in facts.items() if k != name}, scope)
    said = {**facts, name: _bad(BY_SCOPE[scope][name])}
    whole = (unsaid, said) if scope is Scope.REQUEST else (request, request)
    assert fired(policies(), scope, unsaid, whole[0]) == fired(policies(), scope, said, whole[1])


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(list(Scope)))
def test_a_fact_that_turns_bad_never_makes_the_answer_milder(data: st.DataObject, scope: Scope) -> None:
    request = data.draw(facts_of(Scope.REQUEST))
    facts = request if scope is Scope.REQUEST else data.draw(facts_of(scope))
    # A figure of history is approved by an editor; somebody who is none is refused by the gate's own rules instead.
    names = [n for n, fact in BY_SCOPE[scope].items() if _bad(fact) and n != "historical"]
    name = data.draw(st.sampled_from(names))
    bad = _bad(BY_SCOPE[scope][name])
    before = {**facts, name: "no" if bad == "yes" else "yes"}
    after = {**facts, name: bad}
    whole = (before, after) if scope is Scope.REQUEST else (request, request)
    milder = worst(fired(policies(), scope, before, whole[0]))
    assert worst(fired(policies(), scope, after, whole[1])) >= milder


@pytest.mark.parametrize("slip", ["No", "nope", "", "maybe", True, 3.0, float("nan"), frozenset({"no"})])
def test_what_is_no_value_of_a_fact_counts_as_not_known(slip: object) -> None:
    for scope in Scope:
        nothing = settled({}, scope)
        for name, fact in BY_SCOPE[scope].items():
            if fact.kind is Kind.WORD and fact.values and slip not in fact.values:
                assert settled({name: slip}, scope) == nothing  # type: ignore[dict-item]
            elif fact.kind is Kind.NUMBER and not isinstance(slip, float):
                assert settled({name: slip}, scope)[name] is None  # type: ignore[dict-item]
    assert settled({"unnamed_faces": float("nan")}, Scope.REQUEST)["unnamed_faces"] is None


def test_nothing_known_is_never_allowed() -> None:
    for scope in Scope:
        facts = settled({}, scope)
        assert worst(fired(policies("house"), scope, facts, WORLDWIDE)) is Decision.FORBID


def test_a_fact_that_is_not_there_is_no_silence() -> None:
    for scope in Scope:
        facts = settled({}, scope)
        for name in {
            c.fact for p in policies() for r in p.rules if r.scope is scope for c in r.when if not c.of_request
        }:
            with pytest.raises(KeyError):
                fired(policies(), scope, {k: v for k, v in facts.items() if k != name}, WORLDWIDE)


def test_decisions_form_a_chain() -> None:
    assert Decision.ALLOW < Decision.NOTIFY < Decision.APPROVE < Decision.FORBID
    assert [str(d) for d in Decision] == ["allow", "notify", "approve", "forbid"]
    assert worst(()) is Decision.ALLOW
    netflix = {rule.id: rule for rule in shipped()["netflix_2025"].rules}
    some = [netflix["N-U1"], netflix["N-P4"], netflix["N-E2"], netflix["N-T1x"]]
    assert worst(some) is Decision.APPROVE
    assert roles_of(some, Decision.APPROVE) == (Role.GUILD_LIAISON, Role.PRODUCTION_LEGAL, Role.STUDIO_CONTACT)
    assert roles_of(some, Decision.NOTIFY) == (Role.STUDIO_CONTACT,)


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (Condition("f", Op.IS, ("a", "b")), "b", True),
        (Condition("f", Op.IS, ("a",)), None, False),
        (Condition("f", Op.NOT, ("a",)), None, True),
        (Condition("f", Op.NOT, ("a",)), "a", False),
        (Condition("f", Op.IS, ("a", "b")), frozenset("bc"), True),
        (Condition("f", Op.IS, ("a", "b")), frozenset(), False),
        (Condition("f", Op.NOT, ("a", "b")), frozenset("bc"), False),
        (Condition("f", Op.NONE_OF, ("a", "b")), frozenset(), True),
        (Condition("f", Op.ALL_OF, ("a", "b")), frozenset("abc"), True),
        (Condition("f", Op.ALL_OF, ("a", "b")), frozenset("bc"), False),
        (Condition("f", Op.UNDER, number=70), 69.0, True),
        (Condition("f", Op.UNDER, number=70), 70.0, False),
        (Condition("f", Op.UNDER, number=70), None, False),
        (Condition("f", Op.UNDER, number=70, unknown=True), None, True),
        (Condition("f", Op.OVER, number=0), 1.0, True),
        (Condition("f", Op.OVER, number=0), 0.0, False),
        (Condition("f", Op.OVER, number=0, unknown=True), None, True),
        (Condition("f", Op.TOUCHES, ("US-CA",)), frozenset({"FR", "US"}), True),
        (Condition("f", Op.TOUCHES, ("US-CA",)), frozenset({"FR", "US-NY"}), False),
        (Condition("f", Op.TOUCHES, ("US-CA",)), frozenset(), True),
        (Condition("f", Op.TOUCHES, ("US-CA",)), "unknown", True),
    ],
)
def test_one_look_at_one_fact(condition: Condition, value: object, holds: bool) -> None:
    assert condition.holds(value) is holds  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "place", "does"),
    [
        ("US", "US-CA", True), ("US-CA", "US", True), ("US-CA", "US-CA", True), ("US-NY", "US-CA", False),
        ("WORLD", "DK", True), ("DK", "WORLD", True), ("EU", "DK", True), ("DK", "EU", True), ("EEA", "DK", True),
        ("DE-BY", "EU", True), ("GB", "EU", False), ("FR", "DK", False), ("EU", "GB", False),
        ("us", "DK", True), ("North America", "DK", True), ("", "DK", True), (None, "DK", True),
    ],
)  # fmt: skip
def test_places(word: str | None, place: str, does: bool) -> None:
    assert touches(word, place) is does
    assert len(MEMBERS) == 27


# ---------------------------------------------------------------- after death

DAYS = st.dates(dt.date(1800, 1, 1), dt.date(2060, 1, 1))


@given(DAYS, st.integers(0, 40_000))
def test_the_last_protected_day(died: dt.date, later: int) -> None:
    until = protected_until(died, policies())
    assert until is not None and (until.year - died.year) == LONGEST_TERM_YEARS
    today = died + dt.timedelta(days=later)
    full_years = today.year - died.year - ((today.month, today.day) < (died.month, died.day))
    # Never past it while a statute's row still counts the years as too few.
    assert full_years >= LONGEST_TERM_YEARS or today <= until


def test_the_longest_term_counts_whichever_laws_a_show_has_picked() -> None:
    died = dt.date(1980, 3, 5)
    for picked in (("new_york",), ("new_york", "denmark"), ("california",), ("tennessee",)):
        assert protected_until(died, policies(*picked)) == dt.date(2050, 3, 5)
    assert protected_until(died, ()) == dt.date(2050, 3, 5)
    longer = replace(shipped()["denmark"], post_mortem=(PostMortem("MX", 100, "a law of its own", False),))
    assert protected_until(died, (longer, *policies("new_york"))) == dt.date(2080, 3, 5)


def test_a_death_on_a_leap_day_and_one_nobody_dated() -> None:
    assert protected_until(dt.date(1952, 2, 29), policies()) == dt.date(2022, 3, 1)
    assert protected_until(dt.date(1930, 2, 28), policies()) == dt.date(2000, 2, 28)
    assert protected_until(None, policies()) is None
    assert protected_until(dt.date(9990, 1, 1), policies()) == dt.date.max


def test_every_number_fact_that_a_rule_asks_says_what_not_known_means() -> None:
    """A limit that lets the unknown pass would be a hole; ours count it as bad, all of them."""
    looks = [c for p in policies() for r in p.rules for part in (r.when, *r.any) for c in part]
    numbers = [c for c in looks if c.op in (Op.UNDER, Op.OVER)]
    assert numbers and all(c.unknown for c in numbers)
    assert all(fact.kind is Kind.NUMBER for scope in Scope for fact in BY_SCOPE[scope].values()
               if fact.name in {c.fact for c in numbers})  # fmt: skip
