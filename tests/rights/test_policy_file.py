"""Reading a policy: what is good comes through whole, everything that is wrong is named at its line, at once."""

from __future__ import annotations

import datetime as dt
import time

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput, BadRecord
from secondunit.rights.facts import CATALOGUE, Scope
from secondunit.rights.policies.policy import Condition, Decision, Op, Policy
from secondunit.rights.policies.policy_file import MAX_BYTES, MAX_RULES, read_policy
from secondunit.slate.rights_records import Role

HEAD = """\
id = "ours"
title = "Our studio"
version = 3
dated = 2026-11-22
source = "our handbook"
notice = "This is no legal advice."
"""
ROW = """
[[rule]]
id = "O-1"
scope = "person"
decision = "approve"
roles = ["director", "production_legal"]
sentence = "somebody is made younger"
source = "handbook 4"
confirmed = true
when = { use = ["deage", "age_up"], request = { stage = { not = "ideation" } }, depicted_age = { under = 30, unknown = true } }
fires = [{ use = "deage" }]
silent = [{ use = "cosmetic" }]
"""  # noqa: E501


def faults_of(text: str | bytes) -> list[str]:
    with pytest.raises(BadRecord) as caught:
        read_policy("ours.toml", text)
    assert isinstance(caught.value, BadInput)
    assert "ours.toml" in str(caught.value) and not str(caught.value).endswith(".") and caught.value.hint
    return list(caught.value.faults)


def line_of(text: str, word: str) -> int:
    return next(n for n, line in enumerate(text.split("\n"), 1) if word in line)


def test_a_good_file_comes_through_whole() -> None:
    policy = read_policy("ours.toml", HEAD + ROW)
    assert (policy.id, policy.version, policy.dated) == ("ours", 3, dt.date(2026, 11, 22))
    (rule,) = policy.rules
    assert rule.decision is Decision.APPROVE and rule.scope is Scope.PERSON
    assert rule.roles == (Role.DIRECTOR, Role.PRODUCTION_LEGAL)
    assert rule.when == (
        Condition("use", Op.IS, ("deage", "age_up")),
        Condition("stage", Op.NOT, ("ideation",), of_request=True),
        Condition("depicted_age", Op.UNDER, number=30.0, unknown=True),
    )
    assert rule.fires == ((("use", "deage"),),)


def test_three_ways_to_name_a_fact_of_the_request_are_one() -> None:
    quoted = ROW.replace('request = { stage = { not = "ideation" } }', '"request.stage" = { not = "ideation" }')
    headed = ROW.replace(
        'when = { use = ["deage", "age_up"], request = { stage = { not = "ideation" } }, '
        "depicted_age = { under = 30, unknown = true } }\n",
        "",
    )
    headed += '[rule.when]\nuse = ["deage", "age_up"]\nrequest.stage.not = "ideation"\n'
    headed += "depicted_age = { under = 30, unknown = true }\n"
    rules = [read_policy("ours.toml", HEAD + row).rules[0] for row in (ROW, quoted, headed)]
    assert rules[0].when == rules[1].when == rules[2].when


def test_the_hash_is_of_the_text() -> None:
    first, second = read_policy("a", HEAD + ROW), read_policy("b", HEAD + ROW + "# a comment\n")
    assert first.sha256 != second.sha256 and first.sha256 == read_policy("c", (HEAD + ROW).encode()).sha256


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("use = [", "yuse = [", "unknown fact `yuse`"),
        ('"age_up"', '"aged_up"', "has no value `aged_up`"),
        ("stage = {", "stge = {", "did you mean `stage`"),
        ("{ under = 30", "{ undr = 30", "is a number"),
        ("{ under = 30", "{ under = true", "is no number"),
        ("{ under = 30, unknown = true }", "30", "is a number"),
        ('{ not = "ideation" }', '{ none_of = ["ideation"] }', "cannot be asked `none_of`"),
        ('{ not = "ideation" }', '{ touches = "US" }', "touches no place"),
        ('decision = "approve"', 'decision = "aprove"', "none of allow, notify, approve, forbid"),
        ('scope = "person"', 'scope = "persons"', "none of request, person, tool, training"),
        ('"director"', '"directrix"', "did you mean `director`"),
        ("confirmed = true", 'confirmed = "yes"', "neither true nor false"),
        ('sentence = "somebody', 'sentense = "somebody', "did you mean `sentence`"),
        ('id = "O-1"', 'id = "O 1"', "rule id `O 1`"),
        ('id = "O-1"', 'id = "consent.standing"', "is not a capital"),
        ('fires = [{ use = "deage" }]', "fires = []", "has no `fires` example"),
        ('silent = [{ use = "cosmetic" }]', 'silent = [{ use = "cosmetics" }]', "has no value `cosmetics`"),
        ('silent = [{ use = "cosmetic" }]', "silent = 3", "not a list of tables"),
        ('use = ["deage", "age_up"]', 'use = ["deage", "deage"]', "a word twice"),
        ('roles = ["director", "production_legal"]', "", "names `roles`"),
        ('decision = "approve"', 'decision = "forbid"', "names what is `missing`"),
        ('dated = 2026-11-22', 'dated = "2026-11-22"', "no date"),
        ("version = 3", "version = true", "no whole number"),
        ('id = "ours"', 'id = "Ours"', "lower-case"),
        ("This is no legal advice.", "Trust us.", "no legal advice"),
    ],
)  # fmt: skip
def test_each_fault_is_named_at_its_line(old: str, new: str, said: str) -> None:
    text = HEAD + ROW
    assert old in text
    broken = text.replace(old, new, 1)
    found = [fault for fault in faults_of(broken) if said in fault]
    assert found, faults_of(broken)
    at = line_of(text, old) if new and "names" not in said else line_of(text, "decision")
    assert found[0].startswith(f"ours.toml:{at}: ")


def test_all_faults_come_at_once_in_the_order_of_the_lines() -> None:
    broken = (HEAD + ROW).replace("version = 3", "version = 0").replace("confirmed", "konfirmed")
    found = faults_of(broken.replace('"deage" }]', '"younger" }]'))
    lines = [int(fault.split(":")[1]) for fault in found]
    assert lines == sorted(lines) and len(set(lines)) >= 3


def test_a_fault_in_a_long_list_is_named_at_its_own_line() -> None:
    row = ROW.replace('fires = [{ use = "deage" }]', 'fires = [\n  { use = "deage" },\n  { use = "young" },\n]')
    (fault,) = faults_of(HEAD + row)
    at = line_of(HEAD + row, '"young"')
    assert fault.startswith(f"ours.toml:{at}: ")


def test_two_rules_of_one_name() -> None:
    (fault,) = faults_of(HEAD + ROW + ROW)
    assert f"is taken by line {line_of(HEAD + ROW, 'O-1')}" in fault


def test_a_rule_that_would_always_fire() -> None:
    import re

    row = re.sub(r"when = .*\n", "", ROW)
    assert any("always fire" in fault for fault in faults_of(HEAD + row))
    assert any("alternative without" in fault for fault in faults_of(HEAD + ROW + "[[rule.any]]\n"))


@pytest.mark.parametrize("word", ["include", "import", "extends", "$ref", "Include"])
@pytest.mark.parametrize("place", ["top", "rule", "when", "example"])
def test_bringing_in_another_file_is_refused_by_name(word: str, place: str) -> None:
    line = f'"{word}" = "other.toml"\n'
    text = {
        "top": line + HEAD + ROW,
        "rule": HEAD + ROW + line,
        "when": HEAD + ROW.replace("when = {", f'when = {{ "{word}" = "other.toml",'),
        "example": HEAD + ROW.replace('[{ use = "cosmetic"', f'[{{ "{word}" = "x", use = "cosmetic"'),
    }[place]
    (fault,) = faults_of(text)
    assert f"`{word}` is refused" in fault and fault.startswith(f"ours.toml:{line_of(text, word)}: ")


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u200b", "\x1b"])
def test_marks_that_make_a_text_read_differently(mark: str) -> None:
    text = (HEAD + ROW).replace("made younger", f"made {mark}younger")
    assert any(f"ours.toml:{line_of(text, mark)}:" in fault or "not TOML" in fault for fault in faults_of(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * (MAX_BYTES + 1), id="too big"),
        pytest.param("x" * 100_000_000, id="100 MB"),
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("a = " + "[" * 100_000, id="lists"),
        pytest.param("a = " + "{b=" * 60_000, id="tables"),
        pytest.param(".".join("a" * 60_000) + " = 1", id="dotted"),
        pytest.param('a = """' + '"' * 200_000, id="quotes"),
        pytest.param("a = '" + "\\" * 200_000, id="backslashes"),
        pytest.param("version = " + "9" * 200_000, id="digits"),
        pytest.param(HEAD.replace("= 3", "= 0x" + "f" * 200_000), id="hex digits"),
        pytest.param("".join(f"k{i} = 1\n" for i in range(20_000)), id="keys"),
        pytest.param(HEAD + ROW.replace('"cosmetic"', str([f"x{i}" for i in range(20_000)])), id="words"),
        pytest.param(HEAD + ROW + "fires" * 50_000, id="no TOML"),
        pytest.param(HEAD + "[[rule]]\n" * (MAX_RULES + 1), id="rules"),
        pytest.param(HEAD + ROW + "[[rule.any]]\n" * 10_000, id="alternatives"),
        pytest.param(HEAD + "[[post_mortem]]\nyears = 1\n" * 5000, id="terms"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param("", id="nothing"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_soon(text: str | bytes) -> None:
    before = time.process_time()
    found = faults_of(text)
    assert found and all(len(fault) < 1000 for fault in found) and len(found) <= 200
    assert time.process_time() - before < 3.0


def test_an_example_of_too_many_examples() -> None:
    row = ROW.replace('silent = [{ use = "cosmetic" }]', "silent = [{ NAMES }]")
    names = ["recognizable", "as_scripted", "covered", "living", "minor", "strike", "historical"]
    many = ", ".join(f'{name} = ["yes", "no"]' for name in names)
    assert any("stands for 128 examples" in fault for fault in faults_of(HEAD + row.replace("NAMES", many)))


def test_a_list_in_an_example_stands_for_each_word() -> None:
    policy = read_policy(
        "o", HEAD + ROW.replace('fires = [{ use = "deage"', 'fires = [{ use = ["deage", "age_up"]')
    )
    assert policy.rules[0].fires == ((("use", "deage"),), (("use", "age_up"),))


def test_terms_after_death() -> None:
    term = '\n[[post_mortem]]\nplace = "{}"\nyears = {}\nsource = "a law"\nconfirmed = false\n'
    policy = read_policy("o", HEAD + term.format("FR", 70))
    assert (policy.post_mortem[0].place, policy.post_mortem[0].years, policy.rules) == ("FR", 70, ())
    assert "place `France`" in faults_of(HEAD + term.format("France", 70))[0]
    assert "whole number" in faults_of(HEAD + term.format("FR", 0))[0]


# ---------------------------------------------------------------- anything at all

words = st.sampled_from(
    ["id", "rule", "when", "any", "fires", "silent", "scope", "decision", "roles", "post_mortem", "request", "not",
     "under", "unknown", "person", "forbid", "notify", "yes", "no", "years", "place", "ours", "O-1", "version",
     *(fact.name for fact in CATALOGUE[::4])]
)  # fmt: skip
scalars = st.one_of(
    words, st.text(max_size=5), st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=True),
    st.dates(), st.datetimes(),
)  # fmt: skip
trees = st.recursive(
    scalars, lambda t: st.lists(t, max_size=3) | st.dictionaries(words, t, max_size=4), max_leaves=20
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(words, trees, max_size=6), st.booleans())
def test_no_tree_of_values_ever_gets_past_or_breaks_the_reader(tree: dict, on_top: bool) -> None:
    good = tomlkit.parse(HEAD + ROW).unwrap()
    merged = {**good, **tree} if on_top else {**good, "rule": [{**good["rule"][0], **tree}]}
    try:
        policy = read_policy("ours.toml", tomlkit.dumps(merged))
    except BadRecord as error:
        assert error.faults and all(fault.startswith("ours.toml") for fault in error.faults)
    else:
        assert isinstance(policy, Policy)
        assert all(rule.when or rule.any for rule in policy.rules)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file_never_breaks_the_reader(data: st.DataObject) -> None:
    text = HEAD + ROW
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text(st.sampled_from("[]{}\"'=.,#\n\\ aé0-"), max_size=6))
    try:
        read_policy("ours.toml", text[:at] + put + text[at + cut :])
    except BadRecord as error:
        assert error.faults
