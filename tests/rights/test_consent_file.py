from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import fields, is_dataclass, replace

import pytest
from consent_texts import DESCRIPTION, TODAY, a_consent, filled_in, line_of
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput, BadRecord
from secondunit.rights.consents.consent_cautions import cautions
from secondunit.rights.consents.consent_file import (
    consent_from_json,
    consent_of,
    consent_template,
    consent_to_json,
    read_consent,
)
from secondunit.rights.consents.consent_sense import consent_faults
from secondunit.rights.written.marked_text import read_marked
from secondunit.slate import consent as words
from secondunit.slate.canonical import canonical_json
from secondunit.slate.consent import Attribute, Capacity, Consent, LikenessUse

YAML = f"""
kind: consent
consent_id: C-7
attributes: [face, voice]
uses: [lipsync_dub]
replica_class: ALTERATION
description_of_use: {DESCRIPTION}
representation: union_cba
projects: [TLN]
territories: [NO, SE]
languages: ["no", sv]
subject: {{person_id: p:ada, name: Ada Lovelace, living: true, born: 1985-12-10}}
grantor: {{party_id: p:ada, capacity: self}}
term: {{start: 2026-01-01, end: 2027-01-01}}
scripted_scope: {{scenes: ["12E1"], max_screen_seconds: 12}}
compensation: {{basis: flat}}
evidence:
  document_sha256: {"0" * 64}
  signed_at: 2025-12-01
  separately_signed: true
  clear_and_conspicuous: true
"""


def faults_of(text: str, name: str = "consent.toml", today: dt.date = TODAY) -> list[str]:
    with pytest.raises(BadRecord) as refused:
        read_consent(name, text, today=today)
    assert refused.value.hint and not str(refused.value).endswith(".")
    return list(refused.value.faults)


def test_the_template_filled_in_is_a_consent() -> None:
    consent = a_consent()
    assert (consent.consent_id, consent.uses) == ("C-2026-001", (LikenessUse.DEAGE,))
    assert consent.subject.born == dt.date(1985, 12, 10)
    assert consent.description_of_use == DESCRIPTION


def test_the_template_as_it_ships_is_refused_at_every_place_to_fill_in() -> None:
    text = consent_template()
    places = {n for n, line in enumerate(text.splitlines(), 1) if re.search(r"<[^<>]+>", line.partition("#")[0])}
    said = {int(fault.split(":")[1]) for fault in faults_of(text)}
    description = line_of(text, 'description_of_use = """')
    assert said == places - {description + 1} | {description, line_of(text, 'document_sha256 = ""')}


def test_the_signed_paper_fills_in_its_hash_or_contradicts_it() -> None:
    empty = filled_in().replace("ab" * 32, "")
    marked = read_marked("consent.toml", empty)
    assert consent_of(marked, today=TODAY, document_sha256="cd" * 32).evidence.document_sha256 == "cd" * 32
    assert any("--document" in fault for fault in faults_of(empty))
    with pytest.raises(BadRecord) as refused:
        consent_of(read_marked("consent.toml", filled_in()), today=TODAY, document_sha256="cd" * 32)
    (fault,) = refused.value.faults
    assert fault.startswith(f"consent.toml:{line_of(filled_in(), 'ab' * 32)}:") and "cd" * 32 in fault


def test_the_template_holds_every_key_of_a_consent() -> None:
    text = consent_template()
    kinds = {type(getattr(a_consent(), field.name)) for field in fields(Consent)}
    for kind in (Consent, *filter(is_dataclass, kinds)):
        for name in (field.name for field in fields(kind)):
            assert re.search(rf"^(# |\[)?{name}\b", text, re.MULTILINE) or name == "open_ended", name
    for kind in (Attribute, LikenessUse, Capacity, words.Content, words.Stage, words.Basis, words.Effect):
        for word in kind:
            assert str(word) in text


def test_yaml_says_the_same_and_norway_is_a_country() -> None:
    consent = read_consent("c.yaml", YAML, today=TODAY)
    assert consent.territories == ("NO", "SE") and consent.languages == ("no", "sv")
    assert consent.scripted_scope.scenes == ("12E1",) and consent.scripted_scope.max_screen_seconds == 12


def test_all_faults_come_at_once_each_with_its_line() -> None:
    text = filled_in()
    for old, new in [
        ('uses = ["deage"]', 'uses = ["deag", "cosmetic"]'),
        ("version = 1", "version = true"),
        ('end = "2028-12-31"', 'end = "2025-12-31"'),
        ('projects = ["TLN"]', 'projects = ["TLN", "*"]'),
        ("max_screen_seconds = 90.0", "max_screen_seconds = nan"),
        ('name = "Ada Lovelace"', 'name = "\u0410da Lovelace"'),
        ("signed_at =", "signed_on ="),
        (DESCRIPTION, "make her look young"),
    ]:
        assert old in text
        text = text.replace(old, new)
    said = {int(fault.split(":")[1]): fault for fault in faults_of(text, "deals/ada.toml")}
    for words_of_line, in_fault in [
        ('"deag"', "did you mean `deage`"),
        ("version = true", "whole number"),
        ("2025-12-31", "before the start"),
        ('"*"', "every project"),
        ("nan", "finite"),
        ("\u0410da", "CYRILLIC CAPITAL LETTER A".lower()),
        ("signed_on", "did you mean `signed_at`"),
        ("[evidence]", "`evidence.signed_at` is missing"),
        ('description_of_use = """', "reasonably specific"),
    ]:
        fault = said.pop(line_of(text, words_of_line))
        assert fault.startswith("deals/ada.toml:") and in_fault in fault
    assert not said


def test_no_fault_is_told_of_a_value_the_file_does_not_hold() -> None:
    text = filled_in().replace('start = "2026-01-01"', 'start = "soon"').replace('"2028-12-31"', '"2001-01-01"')
    (fault,) = faults_of(text)
    assert "`term.start` is not a day" in fault


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('start = "2026-01-01"', 'start = "1767225600"', "would be read as `2026-01-01`"),
        ('start = "2026-01-01"', "start = 1767225600", "not a day"),
        ('start = "2026-01-01"', "start = 2026-01-01T00:00:00", "not a day"),
        ("survives_death = false", "survives_death = 0", "`true` nor `false`"),
        ("survives_death = false", 'survives_death = "no"', "`true` nor `false`"),
        ('media = ["theatrical", "streaming"]', 'media = "theatrical"', "not a list"),
        ("scenes = []", "scenes = [12]", "in quotes"),
        ("[strike]", "[[strike]]", "not a table"),
        ("notice_days = 0", "notice_days = 99999999999999999999", "too large"),
        ('kind = "performer"', 'kind = "actor"', "is none of performer"),
        ("notice_days = 0", "notice_days = -1", "less than 0"),
    ],
)
def test_nothing_is_taken_for_what_it_is_not(old: str, new: str, word: str) -> None:
    text = filled_in()
    assert old in text
    assert any(word in fault for fault in faults_of(text.replace(old, new)))


UNLIKE = [
    ({"description_of_use": "deage her a lot"}, "description_of_use", "40 and 8"),
    (
        {"description_of_use": "use use use use use use use use use use use use"},
        "description_of_use",
        "1 different",
    ),
    ({"projects": ("ANY",)}, "projects.0", "every project"),
    ({"projects": ("TLN", "TL?")}, "projects.1", "every project"),
    ({"projects": ()}, "projects", "grants nothing"),
    ({"uses": ()}, "uses", "grants nothing"),
    ({"territories": ("Europe",)}, "territories.0", "no territory"),
    ({"languages": ("English",)}, "languages.0", "no language"),
    ({"term__end": None}, "term.end", "open_ended"),
    ({"term__open_ended": True}, "term.open_ended", "contradicts"),
    ({"term__end": dt.date(2025, 1, 1)}, "term.end", "before the start"),
    ({"evidence__signed_at": dt.date(2026, 11, 26)}, "evidence.signed_at", "future"),
    (
        {"subject__died": dt.date(2025, 1, 1), "subject__living": False},
        "evidence.signed_at",
        "after the person's death",
    ),
    ({"subject__died": dt.date(2026, 2, 1)}, "subject.living", "day of death"),
    ({"subject__born": dt.date(2025, 12, 2)}, "evidence.signed_at", "birth"),
    ({"subject__born": dt.date(2010, 1, 1)}, "grantor.capacity", "was 15"),
    ({"grantor__capacity": Capacity.HEIR}, "grantor.capacity", "who lives"),
    ({"grantor__capacity": Capacity.PARENT_OR_GUARDIAN}, "grantor.capacity", "of age"),
    ({"grantor__capacity": Capacity.COURT}, "grantor.authority_evidence", "missing"),
    ({"grantor__capacity": Capacity.COURT}, "grantor.party_id", "is the person"),
    ({"grantor__party_id": "p:other"}, "grantor.party_id", "is not the person"),
    ({"nudity_rider": "R-1"}, "nudity_rider", "contradicts"),
    ({"nudity_rider": "R-1", "prohibited": (), "subject__born": dt.date(2009, 1, 1)}, "nudity_rider", "minor"),
    ({"training__allowed": True}, "training.model_scope", "none"),
    ({"training__dataset_ids": ("d1",)}, "training.allowed", "data sets"),
    ({"scripted_scope__max_screen_seconds": 0.0}, "scripted_scope.max_screen_seconds", "more than 0"),
    ({"custody__face_template_allowed": True}, "custody.delete_biometrics_by", "missing"),
    ({"disclosure__credit_required": True}, "disclosure.credit_text", "missing"),
    ({"uses": (LikenessUse.POSTHUMOUS_PERFORMANCE,)}, "term.survives_death", "posthumous"),
    ({"compensation__terms_ref": "deal 7, $ 4000"}, "compensation.terms_ref", "amount"),
    ({"evidence__document_sha256": "AB" * 32}, "evidence.document_sha256", "SHA-256"),
    ({"version": 0}, "version", "from 1"),
    ({"consent_id": "C 1"}, "consent_id", "place 2"),
    ({"subject__name": "Ada\u202e"}, "subject.name", "hidden"),
    ({"subject__union": ("SAG\u200b",)}, "subject.union.0", "hidden"),
]


@pytest.mark.parametrize(("changes", "where", "word"), UNLIKE)
def test_what_makes_no_sense_is_a_fault_at_its_key(changes: dict[str, object], where: str, word: str) -> None:
    found = {
        ".".join(map(str, fault.where)): fault.sentence for fault in consent_faults(a_consent(**changes), TODAY)
    }
    assert word in found[where]


def test_an_estate_grants_after_the_death_and_a_guardian_for_a_child() -> None:
    estate = a_consent(
        subject__living=False,
        subject__died=dt.date(2024, 5, 1),
        grantor__party_id="party:estate",
        grantor__capacity=Capacity.ESTATE_EXECUTOR,
        grantor__authority_evidence="probate 77/2024",
    )
    child = a_consent(
        subject__born=dt.date(2015, 1, 1),
        grantor__party_id="p:mother",
        grantor__capacity=Capacity.PARENT_OR_GUARDIAN,
        grantor__authority_evidence="birth certificate",
    )
    for consent in (estate, child):
        assert not list(consent_faults(consent, TODAY))
    early = replace(estate, evidence=replace(estate.evidence, signed_at=dt.date(2024, 4, 30)))
    assert any("estate cannot sign" in fault.sentence for fault in consent_faults(early, TODAY))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"representation": words.Representation.NONE}, "Lab. Code 927"),
        ({"term__end": dt.date(2036, 1, 1)}, "longer than 10 years"),
        ({"term__end": None, "term__open_ended": True}, "has no end"),
        (
            {"subject__born": dt.date(2015, 1, 1), "term__end": dt.date(2031, 1, 1)},
            "a minor's term is longer than 5",
        ),
        ({"subject__born": dt.date(2010, 1, 1)}, "coming of age"),
        ({"subject__born": None}, "counts as a minor"),
        ({"prohibited": ()}, "no rider"),
        ({"stages": ()}, "no stage"),
        ({"custody__transferable": True}, "39.I"),
        ({"uses": (LikenessUse.SCAN_CAPTURE,)}, "39.J"),
        ({"uses": (LikenessUse.LIPSYNC_DUB,)}, "39.D"),
        ({"training__model_scope": words.ModelScope.THIRD_PARTY}, "39.L"),
        ({"subject__living": False, "subject__died": dt.date(2026, 2, 1)}, "does not survive death"),
    ],
)
def test_what_weakens_a_consent_is_told(changes: dict[str, object], word: str) -> None:
    assert any(word in caution for caution in cautions(a_consent(**changes)))


def test_a_term_of_ten_years_to_the_day_is_not_too_long() -> None:
    assert not any("longer" in caution for caution in cautions(a_consent(term__end=dt.date(2035, 12, 31))))


consents = st.builds(
    replace,
    st.just(a_consent()),
    version=st.integers(1, 2**53 - 1),
    attributes=st.lists(st.sampled_from(Attribute)).map(tuple),
    uses=st.lists(st.sampled_from(LikenessUse)).map(tuple),
    description_of_use=st.text(alphabet=st.characters(codec="utf-8")),
    projects=st.lists(st.text(alphabet=st.characters(codec="utf-8"))).map(tuple),
    subject=st.from_type(words.Subject),
    scripted_scope=st.builds(
        words.ScriptedScope,
        scenes=st.lists(st.text(alphabet="1A ")).map(tuple),
        max_screen_seconds=st.none() | st.floats(-1e9, 1e9),
    ),
    term=st.from_type(words.Term),
    training=st.from_type(words.Training),
)


@settings(max_examples=200, deadline=None)
@given(consents)
def test_a_consent_comes_back_from_its_json_as_it_was(consent: Consent) -> None:
    text = consent_to_json(consent)
    assert consent_from_json(text) == consent
    assert canonical_json(json.loads(text)) == text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"consent_id": 1}', "[" * 100_000, b"\xff"])
def test_other_json_is_no_consent(text: str | bytes) -> None:
    with pytest.raises(BadInput):
        consent_from_json(text)
