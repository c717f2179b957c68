"""The gate against an oracle of its own: thousands of worlds, not one false clearance, every reason the same.

`make rights-oracle` asks 100,000. Each world comes back from its seed: `world(random.Random(seed))`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gate_draft import HOUSE, STUDIO, World
from gate_match import FALSE_CLEARANCE, RULE_OF, compare, run
from gate_values import getattr_path
from gate_worlds import world
from hypothesis import given, settings
from hypothesis import strategies as st
from people import CARD, CONSENT, TODAY, changed

from secondunit.rights import approvals, gate, tool_rules
from secondunit.rights.consents import consent_rules
from secondunit.rights.policies.policy import Decision, Policy
from secondunit.slate.clearance import Clearance, NeedsApproval, Reason, Refusal
from secondunit.slate.consent import Attribute, LikenessUse, ModelScope, Stage
from secondunit.slate.rights_records import (
    Standing,
    StandingEvent,
    StrikeNotice,
    TrainingAsset,
    TrainingBasis,
)

N_WORLDS, N_SLOW = 2_000, 10_000
worlds = st.randoms(use_true_random=False).map(world)


def test_the_gate_and_the_oracle_agree_on_every_world() -> None:
    counts, found = run(0, N_WORLDS)
    assert not found, "\n\n".join(f"seed {seed}: {d.kind}\n{d.text}" for seed, d in found[:5])
    assert all(counts[answer] > N_WORLDS / 20 for answer in ("cleared", "needs approval", "refused")), counts


@pytest.mark.slow
def test_they_agree_on_ten_thousand_more() -> None:
    _, found = run(int(os.environ.get("ORACLE_SEED", 1_000_000)), N_SLOW)
    assert not found, "\n\n".join(f"seed {seed}: {d.kind}\n{d.text}" for seed, d in found[:5])


@settings(max_examples=150, deadline=None)
@given(worlds)
def test_they_agree_on_worlds_that_can_be_shrunk(one: World) -> None:
    _, difference = compare(one)
    assert difference is None, difference


# ------------------------------------------------------------------------------------------------ mutants


def noticed(ready: list[World]) -> str:
    """The first difference among worlds; empty where none shows that the gate was changed."""
    for one in ready:
        _, difference = compare(one)
        if difference is not None:
            return difference.kind
    return ""


@pytest.fixture(scope="module")
def ready() -> list[World]:
    return [world(random.Random(seed)) for seed in range(N_WORLDS)]


@pytest.mark.slow
@pytest.mark.parametrize("rules", ["RULES", "SIGNED"])
def test_a_rule_of_consents_that_is_left_out_is_noticed(
    rules: str, ready: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = consent_rules if rules == "RULES" else tool_rules
    every = getattr(module, rules)
    for rule in every:
        monkeypatch.setattr(module, rules, tuple(other for other in every if other is not rule))
        # Consents are looked up by person, so that no other person's ever gets as far as `same_person`.
        assert bool(noticed(ready)) == (rule is not consent_rules.same_person), rule.__name__


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule", sorted(r for r in RULE_OF.values() if r.split(".")[0] in ("tool", "training", "plate", "licence"))
)
def test_a_reason_about_tools_lessons_or_plates_that_is_left_out_is_noticed(
    rule: str, ready: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules[gate.__module__]
    for asked in ("_reasons", "_plate_verdicts"):
        every = getattr(module, asked)

        def without(*args: Any, every: Callable[..., Iterator[Any]] = every) -> Iterator[Any]:
            return (said for said in every(*args) if not (isinstance(said, Reason) and said.rule == rule))

        monkeypatch.setattr(module, asked, without)
    assert noticed(ready)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["signed", "holds"])
def test_a_signature_that_is_not_looked_at_is_noticed(
    name: str, ready: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals, name, lambda *_: True)
    assert noticed(ready) == FALSE_CLEARANCE


# It cannot fire: Second Unit keeps no template of faces, so `template_kept` is always no.
SILENT = {"H-TEMPLATE"}


@pytest.mark.slow
@pytest.mark.parametrize("policy", [HOUSE, STUDIO], ids=lambda policy: policy.id)
def test_a_row_of_a_policy_that_is_left_out_is_noticed(policy: Policy, ready: list[World]) -> None:
    for row in policy.rules:
        if row.decision not in (Decision.APPROVE, Decision.FORBID):
            continue
        rest = tuple(other for other in policy.rules if other is not row)
        less = dataclasses.replace(policy, rules=rest, sha256=f"without {row.id}")
        changed_worlds = [
            with_records(one, policies=tuple(less if p is policy else p for p in one.records.policies))
            for one in ready
            if policy in one.records.policies
        ]
        assert bool(noticed(changed_worlds)) == (row.id not in SILENT), row.id


# --------------------------------------------------------------------------------------------- properties

STRICTNESS = {Clearance: 0, NeedsApproval: 1, Refusal: 2}


def strictness(one: World) -> int:
    return STRICTNESS[type(gate(one.request, one.records, one.today))]


def with_records(one: World, **changes: Any) -> World:
    return dataclasses.replace(one, records=dataclasses.replace(one.records, **changes))


def drawn(n: int, first: int = 5_000_000) -> Iterator[tuple[int, World]]:
    for seed in range(first, first + n):
        yield seed, world(random.Random(seed))


def test_a_consent_less_never_clears_what_was_refused() -> None:
    for seed, one in drawn(600):
        if strictness(one) < 2:
            continue
        for consent in one.records.consents:
            # What the others say of the person stays; what this one said of a death, an age or a union goes with it.
            if any(c.subject == consent.subject for c in one.records.consents if c is not consent):
                fewer = tuple(c for c in one.records.consents if c is not consent)
                assert strictness(with_records(one, consents=fewer)) == 2, seed
        if one.request.likenesses and not one.records.figures and not one.records.consents[1:]:
            assert strictness(with_records(one, consents=())) == 2, seed


def test_a_record_that_has_nothing_to_do_with_it_changes_nothing() -> None:
    stranger = changed(changed(CONSENT, "consent_id", "CNS-777"), "subject.person_id", "P-zoe")
    event = StandingEvent("CNS-777", Standing.REVOKED, TODAY, "Zoe")
    asset = TrainingAsset("ds-zoe", "77" * 32, "Zoe", "unknown", TrainingBasis.OPEN_LICENCE, ("P-zoe",), True)
    for seed, one in drawn(400):
        more = with_records(
            one,
            consents=(stranger, *one.records.consents),
            standing=(event, *one.records.standing),
            strikes=(StrikeNotice("SAG-AFTRA", dt.date(2023, 7, 14), dt.date(2023, 11, 9)), *one.records.strikes),
            tools=(dataclasses.replace(CARD, tool_id="other", quarantined=True), *one.records.tools),
            training=(asset, *one.records.training),
            faces={**one.records.faces, "77" * 32: 9},
        )
        one_answer = gate(one.request, one.records, one.today)
        assert gate(more.request, more.records, more.today) == one_answer, seed


def test_withdrawing_what_it_rests_on_always_refuses() -> None:
    seen = 0
    for seed, one in drawn(700):
        answer = gate(one.request, one.records, one.today)
        if not isinstance(answer, Clearance) or not answer.consents:
            continue
        seen += 1
        people = {used.person_id for used in answer.consents}
        mine = [c for c in one.records.consents if c.subject.person_id in people]
        standings = tuple(
            StandingEvent(c.consent_id, how, one.today, "the person")
            for how in (Standing.ACTIVE, Standing.REVOKED)
            for c in mine
        )
        gone = with_records(one, standing=(*one.records.standing, *standings), made={})
        assert strictness(gone) == 2, seed
    assert seen > 100


WIDER: dict[str, Any] = {
    "attributes": tuple(Attribute),
    "uses": tuple(LikenessUse),
    "projects": ("AGM", "AGN"),
    "territories": ("WORLD",),
    "stages": tuple(Stage),
    "media": (),
    "languages": ("original", "de", "fr"),
    "prohibited": (),
    "nudity_rider": "rider#1",
    "approval_required": (),
    "term.survives_death": True,
    "scripted_scope.scenes": (),
    "scripted_scope.max_screen_seconds": None,
    "scripted_scope.new_dialogue_allowed": True,
    "strike.suspended_during_strike": False,
    "training.model_scope": ModelScope.THIRD_PARTY,
    "training.delete_model_by": None,
}


def test_a_wider_consent_never_refuses_what_was_cleared() -> None:
    for seed, one in drawn(350):
        before = strictness(one)
        if before == 2 or not one.records.consents:
            continue
        rng = random.Random(seed)
        for path in rng.sample(sorted(WIDER), 5):
            value = WIDER[path]
            # Only wider than it was: a list that named more stays as it was.
            first, *rest = one.records.consents
            old = getattr_path(first, path)
            if isinstance(old, tuple) and value and not set(old) <= set(value):
                continue
            wide = with_records(one, consents=(changed(first, path, value), *rest))
            assert strictness(wide) <= before, (seed, path)


def test_every_reason_says_which_rule_what_who_can_help_and_on_what_it_rests() -> None:
    seen = set()
    for seed, one in drawn(800):
        answer = gate(one.request, one.records, one.today)
        if isinstance(answer, Refusal):
            assert answer.reasons
            for reason in answer.reasons:
                seen.add(reason.rule)
                assert all(w.strip() for w in (reason.rule, reason.sentence, reason.who, reason.source)), seed
                assert not reason.sentence.endswith("."), reason
        if isinstance(answer, NeedsApproval):
            assert answer.needs and answer.roles
            for need in answer.needs:
                assert need.rule and need.roles and need.sentence.strip() and need.source.strip(), seed
    assert len(seen) > 40


def test_the_order_of_records_is_no_answer() -> None:
    for seed, one in drawn(300):
        rng = random.Random(seed)
        names = ("plates", "consents", "tools", "strikes", "approvers", "receipts", "approvals", "policies")
        shuffled = {n: tuple(rng.sample(getattr(one.records, n), len(getattr(one.records, n)))) for n in names}
        other = with_records(one, **shuffled)
        mine, theirs = (gate(w.request, w.records, w.today) for w in (one, other))
        assert type(mine) is type(theirs), seed
