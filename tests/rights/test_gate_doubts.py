"""Doubts at the gate that the oracle found: what records say together, who signed, what an exception may pass."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from people import ACTIVE, ANN, CONSENT, DEAGE, NOON, SHOT, TODAY, Person, changed, records, request

from secondunit.rights import gate
from secondunit.slate.clearance import Clearance, NeedsApproval, Refusal
from secondunit.slate.consent import Capacity, Content, LikenessUse, ReplicaClass, Representation, Stage
from secondunit.slate.request import Likeness
from secondunit.slate.rights_records import (
    Declaration,
    HistoricalFigure,
    Role,
    Standing,
    StandingEvent,
    StrikeNotice,
)

LATER = changed(CONSENT, "consent_id", "CNS-002")  # never made active: what it says of her still counts


def against(answer: object) -> set[str]:
    return {reason.rule for reason in answer.reasons} if isinstance(answer, Refusal) else set()


def judged(consent: Any, *others: Any, **ask: Any) -> set[str]:
    return against(gate(request(**ask), records(consents=(consent, *others)), TODAY))


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("subject.died", dt.date(2026, 9, 1), "deceased"),
        ("subject.living", False, "deceased"),
        ("subject.born", dt.date(2012, 1, 1), "minor"),
    ],
)
def test_what_a_later_record_says_of_her_counts_under_an_older_consent(path: str, value: Any, rule: str) -> None:
    lapsing = changed(CONSENT, "term.survives_death", False)
    assert judged(lapsing) == set()
    assert f"consent.{rule}" in judged(lapsing, changed(LATER, path, value))


def test_her_union_is_on_strike_whichever_record_names_it() -> None:
    quiet = changed(CONSENT, "subject.union", ())
    strike = (StrikeNotice("SAG-AFTRA", TODAY),)
    assert against(gate(request(), records(consents=(quiet,), strikes=strike), TODAY)) == set()
    both = records(consents=(quiet, LATER), strikes=strike)
    assert "consent.strike" in against(gate(request(), both, TODAY))


@pytest.mark.parametrize(
    ("capacity", "party", "evidence"),
    [
        (Capacity.SELF, "P-mum", "id"),
        (Capacity.SELF, "", "id"),
        (Capacity.HEIR, "P-heir", "probate"),
        (Capacity.ESTATE_EXECUTOR, "P-heir", "probate"),
        (Capacity.POSTMORTEM_RIGHTS_OWNER, "P-heir", "deed"),
        (Capacity.UNION_ON_BEHALF, "SAG-AFTRA", "letter"),
        (Capacity.RIGHTS_HOLDER, "Ada Films", "deed"),
        (Capacity.AUTHORIZED_REPRESENTATIVE, "P-agent", " "),
        (Capacity.COURT, "court", ""),
    ],
)
def test_nobody_grants_for_the_living_who_may_not(capacity: Capacity, party: str, evidence: str) -> None:
    grantor = dataclasses.replace(CONSENT.grantor, party_id=party, capacity=capacity, authority_evidence=evidence)
    assert judged(changed(CONSENT, "grantor", grantor)) == {"consent.grantor"}
    agent = dataclasses.replace(
        grantor, capacity=Capacity.AUTHORIZED_REPRESENTATIVE, authority_evidence="power of attorney"
    )
    assert judged(changed(CONSENT, "grantor", agent)) == set()


def test_what_is_not_said_grants_nothing() -> None:
    assert judged(CONSENT, likenesses=(dataclasses.replace(DEAGE, attributes=()),)) == {"consent.attribute"}
    assert judged(CONSENT, seconds=0.0) == {"consent.seconds"}
    assert judged(CONSENT, seconds=-5.0) == {"consent.seconds"}
    scan = dataclasses.replace(DEAGE, use=LikenessUse.SCAN_CAPTURE)
    assert judged(CONSENT, seconds=0.0, likenesses=(scan,)) == set()
    padded = changed(CONSENT, "description_of_use", "a b c d e f g h" + " " * 40)
    assert judged(padded) == {"consent.description"}


def test_a_replica_is_one_whatever_the_consent_calls_it() -> None:
    called = changed(changed(CONSENT, "replica_class", ReplicaClass.NONE), "representation", Representation.NONE)
    assert judged(called) == {"consent.representation"}


def test_an_exception_spares_a_replica_no_consent_and_passes_no_withdrawal() -> None:
    unseen = dataclasses.replace(DEAGE, recognizable=False, exception_by="Vera Sup")
    assert against(gate(request(likenesses=(unseen,)), records(consents=()), TODAY)) == {"consent.missing"}
    assert judged(CONSENT, likenesses=(unseen,)) == set()
    gone = (ACTIVE, StandingEvent("CNS-001", Standing.REVOKED, TODAY, "Ann Ley"))
    for use in (LikenessUse.DEAGE, LikenessUse.VISUAL_ADR):
        ask = request(likenesses=(dataclasses.replace(unseen, use=use),))
        assert against(gate(ask, records(standing=gone), TODAY)) == {"consent.standing"}
    elsewhere = changed(CONSENT, "projects", ("AGX",))
    adr = request(likenesses=(dataclasses.replace(unseen, use=LikenessUse.VISUAL_ADR),))
    assert isinstance(gate(adr, records(consents=(elsewhere,), standing=gone), TODAY), Clearance)


def test_new_words_are_never_as_scripted() -> None:
    for words in (True, None):
        claim = dataclasses.replace(DEAGE, as_scripted=True, new_dialogue=words, exception_by="Vera Sup")
        assert judged(CONSENT, likenesses=(claim,)) == {"consent.dialogue"}


def test_whoever_cannot_be_recognized_is_given_no_new_words_either() -> None:
    for words, rules in ((False, set()), (True, {"consent.dialogue"}), (None, {"consent.dialogue"})):
        unseen = dataclasses.replace(DEAGE, recognizable=False, new_dialogue=words, exception_by="Vera Sup")
        assert judged(CONSENT, likenesses=(unseen,)) == rules


def test_customary_work_on_a_face_nobody_named_does_not_pass() -> None:
    for name in ("", " "):
        face = Likeness(name, LikenessUse.COSMETIC, alters_performance=False, new_dialogue=False)
        assert judged(CONSENT, likenesses=(face,)) == {"likeness.unknown"}


def test_who_was_under_age_when_recorded_or_may_look_it_is_in_no_sexual_content() -> None:
    rider = changed(changed(CONSENT, "prohibited", ()), "nudity_rider", "rider 3")
    mum = dataclasses.replace(CONSENT.grantor, party_id="P-mum", capacity=Capacity.PARENT_OR_GUARDIAN)
    grown = changed(changed(rider, "grantor", mum), "subject.born", dt.date(2008, 3, 1))
    shown = {"content": (Content.NUDITY,)}
    assert judged(grown) == set()
    assert judged(grown, **shown) == {"likeness.minor"}  # eighteen in March, signed for in January
    body = changed(rider, "uses", (LikenessUse.FACE_REPLACE,))
    one = dataclasses.replace(DEAGE, use=LikenessUse.FACE_REPLACE, depicted_age=None)
    assert judged(body, likenesses=(one,), **shown) == {"likeness.minor"}
    assert judged(changed(rider, "nudity_rider", " "), **shown) == {"consent.content"}


def test_a_figure_of_history_is_none_while_a_record_says_alive_or_died_lately() -> None:
    figure = (HistoricalFigure(ANN, "Ann Ley", dt.date(1865, 4, 15), heirs_known=False),)
    other = changed(CONSENT, "projects", ("AGX",))
    assert against(gate(request(), records(consents=(other,), figures=figure), TODAY)) >= {"consent.project"}
    died = changed(changed(other, "subject.living", False), "subject.died", dt.date(1999, 1, 1))
    assert against(gate(request(), records(consents=(died,), figures=figure), TODAY)) >= {"consent.project"}


def test_a_yes_ahead_of_the_clock_is_not_said_yet() -> None:
    ask = request(stage=Stage.FINAL)
    ann = Person("Ann Ley", Role.PERFORMER_OR_REP)
    for days, answer in (
        (0, Clearance),
        (1, Clearance),
        (2, NeedsApproval),
    ):  # a day: it is tomorrow further east
        yes = ann.says(ask.sha256, Role.PERFORMER_OR_REP, at=NOON + dt.timedelta(days))
        known = records(approvers=(ann.approver,), approvals=(yes,))
        assert isinstance(gate(ask, known, TODAY), answer)


def test_a_word_that_nobody_put_their_name_to_is_no_declaration() -> None:
    said = Declaration(str(SHOT), "could_pass_as_real", "no", "Dee Clare")
    assert records(declarations=(said,)).declared(str(SHOT)) == {"could_pass_as_real": "no"}
    for by in ("", " "):
        for shot in ("", str(SHOT)):
            unnamed = dataclasses.replace(said, by=by, shot=shot)
            assert records(declarations=(unnamed,)).declared(str(SHOT)) == {}
