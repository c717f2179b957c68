"""The policies that ship: examples hold, conditions are pinned, every row is there and says what it rests on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from policy_cases import policies, shipped

from secondunit.rights.facts import Facts, Scope, settled
from secondunit.rights.policies.policy import Decision, Op, Policy, PolicyRule, fired, roles_of, worst
from secondunit.rights.policies.policy_examples import check_policy
from secondunit.slate.rights_records import Role

IDS = [
    "academy_2026", "california", "denmark", "eu_ai_act_50", "house", "netflix_2025", "new_york", "sag_aftra_2026",
    "tennessee",
]  # fmt: skip
NETFLIX = (
    "N-U1 N-P1 N-P2 N-P2b N-P3 N-P3b N-P4 N-P5 N-D1 N-D2 N-D2b N-C1 N-C2 N-F1 N-F2 N-F3 N-T1 N-T1x N-T2 N-T2x N-T3 "
    "N-T4 N-E1 N-E2 N-M1 N-V1"
)
PRINCIPLES = {
    "N-P1": "The outputs do not replicate or substantially recreate identifiable characteristics of unowned or "
    "copyrighted material, or infringe any copyright-protected works",
    "N-P2": "The generative tools used do not store, reuse, or train on production data inputs or outputs.",
    "N-P3": "Where possible, generative tools are used in an enterprise-secured environment to safeguard inputs.",
    "N-P4": "Generated material is temporary and not part of the final deliverables.",
    "N-P5": "GenAI is not used to replace or generate new talent performances or union-covered work without consent.",
}
every_policy = pytest.mark.parametrize("name", IDS)


def rules_of(name: str) -> dict[str, PolicyRule]:
    return {rule.id: rule for rule in shipped()[name].rules}


def test_all_of_them_are_there() -> None:
    assert sorted(shipped()) == IDS
    ids = [rule.id for policy in policies() for rule in policy.rules]
    assert len(ids) == len(set(ids)) and len(ids) >= 100


@every_policy
def test_every_example_holds_and_every_condition_is_pinned(name: str) -> None:
    assert [str(finding) for finding in check_policy(shipped()[name])] == []


@every_policy
def test_the_notice_is_no_legal_advice_and_names_what_is_not_confirmed(name: str) -> None:
    policy = shipped()[name]
    assert "no legal advice" in policy.notice
    for unread in policy.unconfirmed:
        assert unread in policy.notice or "No row is confirmed" in policy.notice
    if "No row is confirmed" in policy.notice:
        assert len(policy.unconfirmed) == len(policy.rules)


@every_policy
def test_a_sentence_is_a_sentence(name: str) -> None:
    for rule in shipped()[name].rules:
        assert not rule.sentence.endswith(".") and "\n" not in rule.sentence
        assert rule.sentence[0].islower() or rule.sentence.split()[0].isupper()
        assert rule.source and (rule.decision is not Decision.FORBID or (rule.missing and rule.who))


def test_every_row_of_the_netflix_table_is_there_with_its_principle() -> None:
    rules = rules_of("netflix_2025")
    assert set(NETFLIX.split()) <= set(rules)
    assert {name: rules[name].principle for name in PRINCIPLES} == PRINCIPLES
    assert all(rule.confirmed for rule in rules.values())


def test_every_clause_of_section_39_is_there_and_none_is_confirmed() -> None:
    rules = rules_of("sag_aftra_2026")
    assert {f"S-39{letter}" for letter in "ABCDEFGHIJKL"} <= set(rules)
    assert not any(rule.confirmed for rule in rules.values())


def test_denmark_is_not_confirmed_and_the_terms_after_death_are_as_researched() -> None:
    assert not any(rule.confirmed for rule in shipped()["denmark"].rules)
    terms = {term.place: (term.years, term.confirmed) for policy in policies() for term in policy.post_mortem}
    assert terms == {"US-CA": (70, True), "US-NY": (40, False), "US-TN": (10, False), "DK": (50, False)}


# ---------------------------------------------------------------- the check itself


def _policy(rule: PolicyRule) -> Policy:
    return replace(shipped()["house"], rules=(rule,))


@every_policy
def test_without_its_silent_examples_every_rule_has_a_hole(name: str) -> None:
    for rule in shipped()[name].rules:
        kinds = {finding.kind for finding in check_policy(_policy(replace(rule, silent=())))}
        assert kinds == {"hole"}, rule.id


@every_policy
def test_a_rule_that_loses_a_condition_is_found_out(name: str) -> None:
    for rule in shipped()[name].rules:
        for number in range(len(rule.when)):
            fewer = replace(rule, when=(*rule.when[:number], *rule.when[number + 1 :]))
            assert {finding.kind for finding in check_policy(_policy(fewer))} >= {"example"}, (rule.id, number)


def test_a_number_one_off_is_found_out() -> None:
    rule = rules_of("california")["C-3344-1"]
    for step in (-1, 1):
        when = tuple(replace(c, number=c.number + step) if c.op is Op.UNDER else c for c in rule.when)
        (finding,) = check_policy(_policy(replace(rule, when=when)))
        assert finding.kind == "example" and f"years_dead = {69 if step < 0 else 70}" in finding.sentence


# ---------------------------------------------------------------- the use cases of the research


CALM: Facts = {
    "could_pass_as_real": "no", "displaces_union_work": "no", "fabricated_statement": "no", "generated": "yes",
    "human_contribution": "yes", "living_artist_style": "no", "marked": "yes", "model_takes_part": "no",
    "personal_data": "no", "references_ip": "no", "shows_person": "no", "similarity": "pass", "strike_of_crew": "no",
    "synthetic_performer": "no", "trains_model": "no", "unnamed_faces": 0.0, "confidential_inputs": "yes",
    "disclosed": "yes", "watermarked": "yes", "territories": frozenset({"WORLD"}), "visibility": "none",
    "stage": "temp",
}  # fmt: skip
TOOL: Facts = {
    "known": "yes", "trains_on_inputs": "no", "retains_inputs": "no", "enterprise_secured": "yes", "quarantined": "no",
    "other_project": "no", "training_data": "none", "sensitive_inputs": "yes", "learned_from_person": "no",
}  # fmt: skip
ANN: Facts = {
    "use": "deage", "use_class": "replica", "attributes": frozenset({"face"}), "covered": "yes",
    "consent_needed": "yes", "recognizable": "yes", "as_scripted": "no", "alters_performance": "yes",
    "new_dialogue": "no", "living": "yes", "minor": "no", "depicted_minor": "no", "union_member": "yes",
    "strike": "no", "historical": "no", "domicile": "US-CA", "language": "original", "replica_class": "EBDR",
    "representation": "union_cba", "under_consent": "yes", "description_specific": "yes", "separately_signed": "yes",
    "pay_complete": "yes", "biometrics_limited": "yes", "custody_secured": "yes", "transfer_cleared": "yes",
    "business_reason": "yes", "strike_suspends": "yes", "template_kept": "no",
}  # fmt: skip


def ask(
    *names: str, person: Facts | None = None, tool: Facts | None = None, **request: object
) -> list[PolicyRule]:
    whole = settled({**CALM, **request}, Scope.REQUEST)  # type: ignore[dict-item]
    found = list(fired(policies(*names), Scope.REQUEST, whole))
    found += fired(policies(*names), Scope.TOOL, settled({**TOOL, **(tool or {})}, Scope.TOOL), whole)
    if person is not None:
        found += fired(policies(*names), Scope.PERSON, settled({**ANN, **person}, Scope.PERSON), whole)
    return found


def test_a_building_that_collapses_in_the_final() -> None:
    rules = ask("house", "netflix_2025", stage="final", visibility="key")
    assert worst(rules) is Decision.APPROVE
    assert {rule.id for rule in rules} == {"N-U1", "N-P3b", "N-P4", "N-C1", "N-F1"}
    assert {Role.STUDIO_CONTACT, Role.PRODUCTION_LEGAL} <= set(roles_of(rules, Decision.APPROVE))


def test_a_collapse_under_the_house_rules_alone() -> None:
    assert ask("house", stage="final", visibility="key") == []


def test_ideation_is_told_and_nothing_more() -> None:
    rules = ask("netflix_2025", stage="ideation", confidential_inputs="no", tool={"sensitive_inputs": "no"})
    assert [rule.id for rule in rules] == ["N-U1"] and worst(rules) is Decision.NOTIFY


@pytest.mark.parametrize(
    ("person", "request_", "answer", "rule"),
    [
        ({}, {"stage": "final"}, Decision.APPROVE, "N-T1g"),
        ({"covered": "no"}, {"stage": "final"}, Decision.FORBID, "N-T1"),
        ({"strike": "yes"}, {}, Decision.FORBID, "S-39G"),
        ({"new_dialogue": "yes", "covered": "no", "use": "visual_adr", "use_class": "alteration"}, {},
         Decision.FORBID, "N-T2"),
        ({"separately_signed": "no"}, {}, Decision.FORBID, "S-23-FORM"),
        ({"representation": "none", "description_specific": "no"}, {}, Decision.FORBID, "C-927"),
        ({"minor": None}, {"content": frozenset({"nudity"})}, Decision.FORBID, "H-MINOR"),
        ({"depicted_minor": "yes", "nudity_rider": "yes"}, {"content": frozenset({"simulated_sex"})},
         Decision.FORBID, "H-MINOR"),
        ({"living": "no", "years_dead": 3.0, "covered": "no"}, {}, Decision.FORBID, "C-3344-1"),
        ({"living": "no", "years_dead": 3.0, "covered": "no", "domicile": "US-TN"}, {}, Decision.FORBID, "TN-DEAD"),
        ({"historical": "yes", "living": "no", "years_dead": 161.0}, {}, Decision.APPROVE, "H-HISTORY"),
        ({"use": "cosmetic", "use_class": "customary", "alters_performance": "no", "under_consent": "no"}, {},
         Decision.APPROVE, "N-T2x"),
        ({"use": "lipsync_dub", "use_class": "alteration", "language": "fr", "covered": "no"}, {},
         Decision.FORBID, "S-39D"),
    ],
)  # fmt: skip
def test_a_person(person: Facts, request_: dict, answer: Decision, rule: str) -> None:
    rules = ask(person=person, **request_)
    assert rule in {r.id for r in rules}
    assert worst(rules) is answer, [r.id for r in rules if r.decision is not answer]


@pytest.mark.parametrize(
    ("tool", "request_", "rule"),
    [
        ({"trains_on_inputs": None}, {}, "N-P2"),
        ({"known": "no"}, {}, "N-V1"),
        ({"quarantined": "yes"}, {}, "H-QUARANTINE"),
        ({"training_data": None}, {"stage": "final"}, "H-DATA"),
        ({"other_project": "yes", "learned_from_person": None}, {}, "N-T3"),
        ({"learned_from_person": "yes", "learning_agreed": None}, {}, "TN-TOOL"),
    ],
)
def test_a_tool(tool: Facts, request_: dict, rule: str) -> None:
    rules = ask(tool=tool, **request_)
    assert worst(rules) is Decision.FORBID and rule in {r.id for r in rules if r.decision is Decision.FORBID}


def test_a_false_newscast_with_a_real_journalist() -> None:
    rules = ask(
        "netflix_2025", could_pass_as_real="yes", fabricated_statement="yes", visibility="background_incidental"
    )
    assert worst(rules) is Decision.FORBID and "N-E1f" in {rule.id for rule in rules}


def test_a_deep_fake_in_europe_and_the_same_in_brazil() -> None:
    fake: Facts = {"could_pass_as_real": "yes", "model_takes_part": "yes", "disclosed": "no", "stage": "final"}
    here = {rule.id for rule in ask("eu_ai_act_50", **fake, territories=frozenset({"DE"}))}
    there = {rule.id for rule in ask("eu_ai_act_50", **fake, territories=frozenset({"BR"}))}
    assert "E-50-4" in here and there == set()
    assert "E-50-4a" in {rule.id for rule in ask("eu_ai_act_50", **fake, satire_or_art="yes")}


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    for policy in policies():
        for rule in policy.rules:
            assert not re.search(r"/work|/tmp|/home", " ".join((rule.sentence, rule.source, rule.note)))
