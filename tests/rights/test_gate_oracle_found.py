"""Every kind of false clearance found when guild, statutes and Academy got rows of their own, each with a seed.

The cases stand by themselves too, because a seed brings another world once the worlds are drawn otherwise.
"""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from gate_draft import CONSENT
from gate_match import compare
from gate_values import GOOD_WORDS
from gate_worlds import world
from people import ANN, CARD, DEAGE, TODAY, changed, records, request
from policy_cases import policies

from secondunit.rights import gate
from secondunit.slate.clearance import NeedsApproval, Refusal
from secondunit.slate.consent import Content, LikenessUse, Stage
from secondunit.slate.rights_records import Declaration, HistoricalFigure, TrainingData

SEEDS = {
    "a translation claimed to be as scripted": 303,
    "cosmetics that change a performance": 1068,
    "a person's deep fake without its disclosure": 4264,
    "the same in an artistic work": 699,
    "an endorsement by somebody who does not exist": 4188,
    "a place of storage nobody knows": 1776,
    "pay of an independently created replica nobody knows": 11471,
    "pay of an employment-based replica nobody knows": 4262,
    "a rider on nudity called none": 553,
    "a word declared by nobody knows whom": 2491,
    "one law's term over and another's not": 7258,
    "an exception claimed by nobody knows whom": 15278,
}


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_the_world_it_was_found_in(seed: int) -> None:
    _, difference = compare(world(random.Random(seed)))
    assert difference is None, difference


def named(
    *picked: str, consent: Any = CONSENT, likeness: Any = DEAGE, words: dict[str, str] | None = None,
    known: dict[str, Any] | None = None, **asked: Any,
) -> set[str]:  # fmt: skip
    """The rules that refuse, or that ask for somebody's yes; none where it is cleared."""
    wanted = request(likenesses=(likeness,), facts=tuple({**GOOD_WORDS, **(words or {})}.items()), **asked)
    now = records(consents=(consent,), policies=policies(*picked), faces={"ab" * 32: 0}, **(known or {}))
    answer = gate(wanted, now, TODAY)
    if isinstance(answer, Refusal):
        return {reason.rule for reason in answer.reasons}
    return {need.rule for need in answer.needs} if isinstance(answer, NeedsApproval) else set()


def with_terms(**terms: Any) -> Any:
    consent = CONSENT
    for path, value in terms.items():
        consent = changed(consent, path.replace("__", "."), value)
    return consent


MODEL = {"tools": (dataclasses.replace(CARD, training_data=TrainingData.OWNED),)}


@pytest.mark.parametrize("use", [LikenessUse.LIPSYNC_DUB, LikenessUse.VISUAL_ADR])
def test_a_translation_is_not_as_scripted_whoever_claims_so(use: LikenessUse) -> None:
    dub = dataclasses.replace(DEAGE, use=use, as_scripted=True, exception_by="Cora Claim")
    assert named("sag_aftra_2026", likeness=dub) == set()
    german = dataclasses.replace(dub, language="de")
    assert named("sag_aftra_2026", likeness=german) == {"S-39D"}
    agreed = with_terms(uses=(use,), languages=("de",))
    assert "S-39D" in named("sag_aftra_2026", likeness=german, consent=agreed)  # claimed: it rests on no consent
    plain = dataclasses.replace(german, exception_by="")
    assert named("sag_aftra_2026", likeness=plain, consent=agreed) == set()


@pytest.mark.parametrize("path", ["alters_performance", "new_dialogue"])
def test_the_academy_is_told_of_cosmetics_that_change_a_performance(path: str) -> None:
    agreed = with_terms(
        uses=(LikenessUse.COSMETIC,), scripted_scope__new_dialogue_allowed=True, approval_required=()
    )
    calm = dataclasses.replace(DEAGE, use=LikenessUse.COSMETIC)
    for said, rules in ((False, set()), (True, {"A-CONSENT"}), (None, {"A-CONSENT"})):
        one = dataclasses.replace(calm, **{path: said})
        assert named("academy_2026", consent=agreed, likeness=one, stage=Stage.FINAL) == rules
    assert named("academy_2026", consent=agreed, likeness=one, stage=Stage.TEMP) == set()


@pytest.mark.parametrize(("art", "rule"), [("no", "E-50-4"), ("yes", "E-50-4a"), ("unknown", "E-50-4")])
def test_a_person_shown_by_a_model_is_a_deep_fake_though_no_event_seems_real(art: str, rule: str) -> None:
    consent = with_terms(approval_required=())
    words = {"could_pass_as_real": "no", "disclosed": "no", "satire_or_art": art}
    asked = {"consent": consent, "stage": Stage.FINAL, "known": MODEL}
    assert named("eu_ai_act_50", words=words, **asked) == {rule}
    assert named("eu_ai_act_50", words={**words, "disclosed": "yes"}, **asked) == set()
    assert named("eu_ai_act_50", words=words, territories=("JP",), **asked) == set()


def test_cosmetics_that_may_change_a_performance_show_a_person() -> None:
    agreed = with_terms(uses=(LikenessUse.COSMETIC,), approval_required=())
    asked = {"consent": agreed, "stage": Stage.FINAL, "known": MODEL, "words": {"disclosed": "no"}}
    one = dataclasses.replace(DEAGE, use=LikenessUse.COSMETIC)
    assert named("eu_ai_act_50", likeness=one, **asked) == set()
    maybe = dataclasses.replace(one, alters_performance=None)
    assert "E-50-4" in named("eu_ai_act_50", likeness=maybe, **asked)


@pytest.mark.parametrize("tag", [Content.ADVERTISING, Content.ENDORSEMENT])
def test_who_does_not_exist_neither_advertises_nor_endorses_untold(tag: Content) -> None:
    asked = {"consent": with_terms(prohibited=()), "content": (tag,), "territories": ("US-NY",)}
    words = {"synthetic_performer": "yes", "disclosed": "no"}
    assert named("new_york", words=words, **asked) == {"NY-396B"}
    assert named("new_york", words={**words, "disclosed": "yes"}, **asked) == set()


@pytest.mark.parametrize(
    ("terms", "rule"),
    [
        ({"custody__storage": "unknown"}, "S-39H"),
        ({"custody__access_roles": ("tbd",)}, "S-39H"),
        ({"custody__transferable": True, "custody__transfer_approval_ref": "none"}, "S-39I"),
        ({"compensation__terms_ref": " "}, "S-23-PAY"),
        ({"compensation__terms_ref": "tbd"}, "S-23-PAY"),
        ({"compensation__terms_ref": "?", "replica_class": "ICDR"}, "S-39C"),
    ],
)
def test_a_word_for_not_knowing_is_no_term(terms: dict[str, Any], rule: str) -> None:
    assert named("sag_aftra_2026") == set()
    assert rule in named("sag_aftra_2026", consent=with_terms(**terms))


def test_a_rider_called_none_is_none() -> None:
    bare = {"content": (Content.NUDITY,)}
    signed = with_terms(prohibited=(), nudity_rider="rider#1")
    assert named("house", consent=signed, **bare) == set()
    assert {"consent.content", "H-RIDER"} <= named(
        "house", consent=changed(signed, "nudity_rider", "none"), **bare
    )


def test_nothing_shows_that_a_guardian_may_sign_where_the_paper_is_unknown() -> None:
    mum = with_terms(grantor__capacity="parent_or_guardian", grantor__authority_evidence="unknown")
    assert "consent.grantor" in named("house", consent=mum)


def test_what_nobody_known_declares_or_claims_clears_nothing() -> None:
    word = {"living_artist_style": "unknown"}
    for by, rules in (("Dee Clare", set()), ("?", {"H-STYLE"})):
        known = {"declarations": (Declaration("", "living_artist_style", "no", by),)}
        assert named("house", words=word, known=known) == rules
    unseen = dataclasses.replace(DEAGE, use=LikenessUse.LIPSYNC_DUB, recognizable=False)
    for by, rules in (("Cora Claim", set()), ("tbd", {"consent.use"})):
        assert named("house", likeness=dataclasses.replace(unseen, exception_by=by)) >= rules
        assert bool(named("house", likeness=dataclasses.replace(unseen, exception_by=by))) == bool(rules)


@pytest.mark.parametrize("picked", ["new_york", "tennessee", "denmark"])
def test_a_term_runs_whichever_laws_a_show_has_picked(picked: str) -> None:
    """A figure of history is past every term, not past the one law that a show has picked."""
    one = dataclasses.replace(DEAGE, use=LikenessUse.HISTORICAL_DEPICTION)
    home = {"new_york": "US-NY", "tennessee": "US-TN", "denmark": "DK"}[picked]
    for years, covered in ((51, False), (69, False), (71, True)):
        died = TODAY.replace(year=TODAY.year - years)
        gone = with_terms(subject__living=False, subject__died=died, subject__domicile=home)
        figures = (HistoricalFigure(ANN, "Ann Ley", died, heirs_known=False, editorial_approver="Ed Itor"),)
        refused = "consent.use" in named("house", picked, consent=gone, likeness=one, known={"figures": figures})
        assert refused != covered, years


def test_of_two_homes_on_record_nobody_knows_which() -> None:
    gone = with_terms(subject__living=False, subject__died=TODAY.replace(year=2000), subject__domicile="FR")
    there = changed(changed(gone, "consent_id", "CNS-009"), "subject.domicile", "US-TN")
    for consents in ((gone, there), (there, gone)):
        now = records(consents=consents, policies=policies("tennessee"))
        answer = gate(request(territories=("FR",)), now, TODAY)
        assert isinstance(answer, Refusal)
        assert "TN-DEAD" in {reason.rule for reason in answer.reasons}
