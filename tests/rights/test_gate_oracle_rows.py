"""The rows of the guild, the statutes and the Academy: each against the oracle's, by worlds and by facts at random.

Worlds come from records, so that what the gate refuses earlier never gets as far as a row. Facts drawn at random reach
those rows too.
"""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from gate_draft import World
from gate_match import compare, fired_by_policies
from gate_worlds import world
from oracle_policies import OTHERS, rows_of
from oracle_views import terms_view
from policy_cases import drawn, shipped

from secondunit.rights.facts import BY_SCOPE, Facts, Scope
from secondunit.rights.policies.policy import Op, Policy, PolicyRule, fired

N_WORLDS, N_FACTS = 2_000, 8_000
SCOPES = (Scope.REQUEST, Scope.PERSON, Scope.TOOL)
POLICIES = tuple(shipped()[name] for name in sorted(OTHERS))
each = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
# Never reached from records: the gate covers nobody by such a consent, and keeps no template of a face.
REFUSED_BEFORE = {"C-927", "C-927-3", "NY-5-302", "S-23-FORM", "E-GDPR-9"}

TERMS = terms_view(None).keys() - {"under_consent"}

Drawn = tuple[Scope, Facts, Facts]


def some_facts(n: int = N_FACTS, seed: int = 11) -> list[Drawn]:
    """A scope, its facts and those of the request, which a scope of its own has in both places."""
    rng = random.Random(seed)
    found = []
    for number in range(n):
        scope, request = SCOPES[number % 3], drawn(Scope.REQUEST, rng)
        facts = request if scope is Scope.REQUEST else drawn(scope, rng)
        if scope is Scope.PERSON:
            facts = likely(facts, rng)
        found.append((scope, facts, request))
    return found


def likely(facts: Facts, rng: random.Random) -> Facts:
    """A use with its class, years near a term's end, and a consent that is there or not, all of it as it can be."""
    use = rng.choice(("scan_capture", "lipsync_dub", "visual_adr", "voice_synth", "cosmetic", "deage"))
    kinds = {"lipsync_dub": "alteration", "visual_adr": "alteration", "cosmetic": "customary"}
    years = rng.choice((None, 0.0, 39.0, 40.0, 49.0, 50.0, 69.0, 70.0))
    facts = facts | {"use": use, "use_class": kinds.get(use, "replica"), "years_dead": years}
    if rng.random() < 0.4:
        return facts | {"covered": "yes", "consent_needed": "yes", "under_consent": "yes"}
    facts |= {name: fact.unknown_as for name, fact in BY_SCOPE[Scope.PERSON].items() if name in TERMS}
    facts["under_consent"] = "no"
    if facts["use_class"] == "replica":
        facts["consent_needed"] = "yes"
    if facts["covered"] == "yes" and facts["consent_needed"] == "yes":
        facts |= {"union_member": "no", "strike": "no"}  # a figure of history
    return facts


def differ(policy: Policy, facts: Sequence[Drawn]) -> str:
    """The first row that policy and oracle see otherwise; empty where there is none."""
    for scope, mine, request in facts:
        said = {rule.id for rule in fired((policy,), scope, mine, request)}
        meant = set(rows_of(policy.id, scope, mine, request))
        if said != meant:
            return f"{scope}: policy only {sorted(said - meant)}, oracle only {sorted(meant - said)}"
    return ""


def without(policy: Policy, row: PolicyRule) -> Policy:
    rest = tuple(other for other in policy.rules if other is not row)
    return dataclasses.replace(policy, rules=rest, sha256=f"without {row.id}")


@pytest.fixture(scope="module")
def facts() -> list[Drawn]:
    return some_facts()


@pytest.fixture(scope="module")
def ready() -> list[World]:
    return [world(random.Random(seed)) for seed in range(N_WORLDS)]


def test_the_oracle_has_a_row_for_every_row_and_no_other() -> None:
    assert {policy.id for policy in shipped().values()} - {"house", "netflix_2025"} == set(OTHERS)


@each
def test_policy_and_oracle_agree_on_facts_drawn_at_random(policy: Policy, facts: list[Drawn]) -> None:
    assert differ(policy, facts) == ""


@each
def test_facts_drawn_at_random_reach_every_row_both_ways(policy: Policy, facts: list[Drawn]) -> None:
    seen: Counter[tuple[str, bool]] = Counter()
    for scope, one, request in facts:
        said = {rule.id for rule in fired((policy,), scope, one, request)}
        seen.update((rule.id, rule.id in said) for rule in policy.rules if rule.scope is scope)
    assert all(seen[rule.id, way] >= 3 for rule in policy.rules for way in (True, False)), seen


def test_worlds_reach_every_row_both_ways() -> None:
    seen: Counter[tuple[str, bool]] = Counter()
    for seed in range(N_WORLDS):
        one = world(random.Random(seed))
        said = fired_by_policies(one)
        rules = [rule.id for policy in one.records.policies if policy.id in OTHERS for rule in policy.rules]
        seen.update((rule, rule in said) for rule in rules)
    for rule in (rule.id for policy in POLICIES for rule in policy.rules):
        assert bool(seen[rule, True]) == (rule not in REFUSED_BEFORE), rule
        assert seen[rule, False], rule


@pytest.mark.slow
@each
def test_a_row_that_is_left_out_is_noticed_by_facts(policy: Policy, facts: list[Drawn]) -> None:
    for row in policy.rules:
        assert differ(without(policy, row), [one for one in facts if one[0] is row.scope]), row.id


@pytest.mark.slow
@each
def test_a_condition_that_is_left_out_is_noticed_by_facts(policy: Policy, facts: list[Drawn]) -> None:
    for row in policy.rules:
        for number in range(len(row.when)):
            fewer = dataclasses.replace(row, when=(*row.when[:number], *row.when[number + 1 :]))
            rest = tuple(fewer if other is row else other for other in policy.rules)
            milder = dataclasses.replace(policy, rules=rest, sha256=f"{row.id} without {number}")
            noticed = differ(milder, [one for one in facts if one[0] is row.scope])
            # Whatever rests on no consent rests on no class of consent either.
            implied = row.when[number].fact == "under_consent" and any(
                c.fact == "replica_class" and c.op is Op.IS for c in row.when
            )
            assert bool(noticed) != implied, (row.id, row.when[number].name)


@pytest.mark.slow
@each
def test_a_row_that_is_left_out_is_noticed_by_worlds(policy: Policy, ready: list[World]) -> None:
    mine = [one for one in ready if policy in one.records.policies]
    for row in policy.rules:
        less = without(policy, row)
        noticed = any(compare(replaced(one, policy, less))[1] is not None for one in mine)
        assert noticed == (row.id not in REFUSED_BEFORE), row.id


def replaced(one: World, policy: Policy, other: Policy) -> World:
    picked = tuple(other if p is policy else p for p in one.records.policies)
    return dataclasses.replace(one, records=dataclasses.replace(one.records, policies=picked))
