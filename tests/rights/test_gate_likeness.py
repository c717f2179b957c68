"""Likeness at the gate: what a performer agreed to is cleared, everything else is refused with its own reason."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from people import (
    ACTIVE,
    ANN,
    CARD,
    CONSENT,
    DEAGE,
    NOON,
    PHYSICS,
    SHOT,
    SOURCE,
    TODAY,
    Person,
    changed,
    records,
    request,
)

from secondunit.errors import NotCleared
from secondunit.rights import Records, gate, recheck
from secondunit.slate.clearance import Clearance, NeedsApproval, Refusal
from secondunit.slate.consent import (
    Attribute,
    Capacity,
    Content,
    Effect,
    LikenessUse,
    ModelScope,
    Representation,
    Stage,
)
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.request import Likeness, Step
from secondunit.slate.rights_records import (
    HistoricalFigure,
    Role,
    Standing,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
    UseReceipt,
)


def against(answer: object) -> set[str]:
    return {reason.rule for reason in answer.reasons} if isinstance(answer, Refusal) else set()


def test_what_was_agreed_is_cleared_and_says_on_which_consent_it_rests() -> None:
    answer = gate(request(), records(), TODAY)
    assert isinstance(answer, Clearance), answer
    (used,) = answer.consents
    assert (used.consent_id, used.version, used.person_id, len(used.sha256)) == ("CNS-001", 1, ANN, 64)


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("projects", ("AGX",), "project"),
        ("uses", (LikenessUse.SCAN_CAPTURE,), "use"),
        ("attributes", (Attribute.VOICE,), "attribute"),
        ("stages", (Stage.FINAL,), "stage"),
        ("stages", (), "stage"),
        ("territories", ("US",), "territory"),
        ("media", ("svod",), "media"),
        ("term.start", TODAY + dt.timedelta(1), "term"),
        ("term.end", TODAY - dt.timedelta(1), "term"),
        ("term.end", None, "term"),
        ("scripted_scope.scenes", ("14",), "scene"),
        ("scripted_scope.max_screen_seconds", 1.9, "seconds"),
        ("evidence.separately_signed", False, "form"),
        ("evidence.clear_and_conspicuous", False, "form"),
        ("evidence.document_sha256", "", "form"),
        ("evidence.signed_at", TODAY + dt.timedelta(1), "form"),
        ("description_of_use", "De-age Ann", "description"),
        ("representation", Representation.NONE, "representation"),
        ("subject.born", dt.date(2012, 1, 1), "minor"),
        ("subject.born", None, "minor"),
        ("subject.living", None, "deceased"),
    ],
)
def test_each_limit_of_a_consent_refuses_alone(path: str, value: Any, rule: str) -> None:
    consent = changed(CONSENT, path, value)
    if rule == "deceased":
        consent = changed(consent, "term.survives_death", False)
    assert against(gate(request(), records(consents=(consent,)), TODAY)) == {f"consent.{rule}"}


@pytest.mark.parametrize(
    ("ask", "rules"),
    [
        ({"shot": ShotName.parse("AGX_104_TCC_0010")}, {"consent.project"}),
        ({"scene": "15"}, {"consent.scene"}),
        ({"scene": ""}, {"consent.scene"}),
        ({"seconds": 120.5}, {"consent.seconds"}),
        ({"stage": Stage.MARKETING}, {"consent.stage"}),
        ({"content": (Content.ENDORSEMENT,)}, {"consent.content"}),
        ({"content": (Content.SEXUAL_CONTENT,)}, {"consent.content"}),
        ({"likenesses": (dataclasses.replace(DEAGE, new_dialogue=None),)}, {"consent.dialogue"}),
        ({"likenesses": (dataclasses.replace(DEAGE, use=LikenessUse.AGE_UP),)}, {"consent.use"}),
        ({"likenesses": (dataclasses.replace(DEAGE, language="fr"),)}, {"consent.language"}),
        ({"likenesses": (dataclasses.replace(DEAGE, person_id="P-bob"),)}, {"consent.missing"}),
        ({"likenesses": (dataclasses.replace(DEAGE, person_id=""),)}, {"likeness.unknown"}),
    ],
)
def test_each_wish_beyond_it_is_refused_alone(ask: dict[str, Any], rules: set[str]) -> None:
    assert against(gate(request(**ask), records(), TODAY)) == rules


def test_all_reasons_come_at_once_with_who_can_help_and_the_source() -> None:
    consent = changed(changed(CONSENT, "projects", ("AGX",)), "term.end", dt.date(2026, 6, 1))
    answer = gate(request(scene="99", seconds=500.0), records(consents=(consent,)), TODAY)
    assert against(answer) == {"consent.project", "consent.term", "consent.scene", "consent.seconds"}
    assert isinstance(answer, Refusal)
    assert all(reason.who and reason.source and "CNS-001" in reason.sentence for reason in answer.reasons)


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.ACTIVE])
def test_a_consent_that_does_not_stand_covers_nothing(standing: Standing) -> None:
    event = StandingEvent("CNS-001", standing, TODAY, "Ann Ley")
    assert against(gate(request(), records(standing=(ACTIVE, event)), TODAY)) == {"consent.standing"}
    later = dataclasses.replace(event, on=TODAY + dt.timedelta(1))
    assert isinstance(gate(request(), records(standing=(ACTIVE, later)), TODAY), Clearance)
    assert against(gate(request(), records(standing=()), TODAY)) == {"consent.standing"}


def test_a_withdrawal_between_two_chunks_stops_the_third() -> None:
    clearance = gate(request(), records(), TODAY)
    assert isinstance(clearance, Clearance)
    for _ in range(2):
        recheck(clearance, request(), records(), TODAY, frames=FrameRange(1001, 1012))
    revoked = StandingEvent("CNS-001", Standing.REVOKED, TODAY, "Ann Ley", "changed her mind")
    with pytest.raises(NotCleared) as stopped:
        recheck(clearance, request(), records(standing=(ACTIVE, revoked)), TODAY, frames=FrameRange(1025, 1036))
    assert "consent.standing" in stopped.value.reasons[0]


def test_a_grant_may_say_that_a_withdrawal_stops_new_work_only() -> None:
    mild = changed(changed(CONSENT, "revocation.effect", Effect.STOP_NEW_ONLY), "approval_required", ())
    gone = (ACTIVE, StandingEvent("CNS-001", Standing.REVOKED, TODAY, "Ann Ley"))
    made, before = "11" * 32, TODAY - dt.timedelta(1)
    vera = Person("Vera Sup", Role.VFX_SUPERVISOR)
    approved = {
        "approvers": (vera.approver,),
        "approvals": (vera.says(made, Role.VFX_SUPERVISOR, kind="version"),),
        "standing": gone,
    }
    out = request(stage=Stage.FINAL, output_sha256=made)
    assert isinstance(gate(out, records(consents=(mild,), made={made: before}, **approved), TODAY), Clearance)
    for consent, day, asked in (
        (mild, TODAY, out),  # made on the day of the withdrawal
        (mild, before, request(stage=Stage.FINAL)),  # nothing is made yet
        (changed(mild, "revocation.effect", Effect.STOP_UNRELEASED), before, out),
    ):
        known = records(consents=(consent,), made={made: day}, **approved)
        assert against(gate(asked, known, TODAY)) == {"consent.standing"}


def test_seconds_count_once_a_shot_and_come_back_when_a_version_is_rejected() -> None:
    def receipt(shot: str, version: str, seconds: float, *, released: bool = False) -> UseReceipt:
        return UseReceipt(f"R-{shot}-{version}", "CNS-001", ANN, shot, "TCC", version, seconds, released)

    other = "AGM_104_TCC_0020"
    used = (receipt(other, "v001", 110.0), receipt(other, "v002", 119.0), receipt(str(SHOT), "v001", 50.0))
    assert against(gate(request(), records(receipts=used), TODAY)) == {"consent.seconds"}
    back = (*used[:1], dataclasses.replace(used[1], released=True), used[2])
    assert isinstance(gate(request(), records(receipts=back), TODAY), Clearance)


def test_a_strike_of_her_union_stops_it_unless_the_grant_says_otherwise() -> None:
    strike = (StrikeNotice("SAG-AFTRA", TODAY - dt.timedelta(3)),)
    assert against(gate(request(), records(strikes=strike), TODAY)) == {"consent.strike"}
    through = changed(CONSENT, "strike.suspended_during_strike", False)
    assert isinstance(gate(request(), records(strikes=strike, consents=(through,)), TODAY), Clearance)
    over = (StrikeNotice("SAG-AFTRA", dt.date(2026, 1, 1), TODAY - dt.timedelta(1)),)
    assert isinstance(gate(request(), records(strikes=over), TODAY), Clearance)


def test_the_dead_need_a_consent_that_outlives_them_or_their_estate() -> None:
    died = changed(changed(CONSENT, "subject.living", False), "subject.died", dt.date(2026, 9, 1))
    assert isinstance(gate(request(), records(consents=(died,)), TODAY), Clearance)
    lapsed = changed(died, "term.survives_death", False)
    assert against(gate(request(), records(consents=(lapsed,)), TODAY)) == {"consent.deceased"}
    after = changed(died, "evidence.signed_at", dt.date(2026, 9, 2))
    assert against(gate(request(), records(consents=(after,)), TODAY)) == {"consent.deceased"}
    estate = changed(
        changed(lapsed, "grantor.capacity", Capacity.ESTATE_EXECUTOR), "grantor.authority_evidence", ""
    )
    assert against(gate(request(), records(consents=(estate,)), TODAY)) == {"consent.grantor"}
    proven = changed(estate, "grantor.authority_evidence", "probate 12/26")
    assert isinstance(gate(request(), records(consents=(proven,)), TODAY), Clearance)


def test_nobody_under_age_in_sexual_content_whatever_was_signed() -> None:
    riders = changed(changed(CONSENT, "prohibited", ()), "nudity_rider", "rider 3")
    shown = {"content": (Content.NUDITY,)}
    assert isinstance(gate(request(**shown), records(consents=(riders,)), TODAY), Clearance)
    for path, value in (("depicted_age", 17.0), ("depicted_age", None)):
        young = (dataclasses.replace(DEAGE, **{path: value}),)
        assert "likeness.minor" in against(
            gate(request(likenesses=young, **shown), records(consents=(riders,)), TODAY)
        )
    guardian = changed(riders, "grantor.capacity", Capacity.PARENT_OR_GUARDIAN)
    child = changed(guardian, "subject.born", dt.date(2012, 1, 1))
    assert against(gate(request(**shown), records(consents=(child,)), TODAY)) == {"likeness.minor"}
    assert isinstance(gate(request(), records(consents=(child,)), TODAY), Clearance)


def test_customary_work_and_work_as_scripted_need_no_new_consent_but_a_name_for_the_claim() -> None:
    clean = Likeness("P-bob", LikenessUse.COSMETIC, alters_performance=False, new_dialogue=False)
    assert isinstance(gate(request(likenesses=(clean,)), records(), TODAY), Clearance)
    for words in (None, True):  # new words are nothing customary, and not knowing counts as new
        spoken = dataclasses.replace(clean, new_dialogue=words)
        assert against(gate(request(likenesses=(spoken,)), records(), TODAY)) == {"consent.missing"}
    dub = Likeness(
        "P-bob", LikenessUse.VISUAL_ADR, as_scripted=True, alters_performance=False, new_dialogue=False
    )
    assert against(gate(request(likenesses=(dub,)), records(), TODAY)) == {"consent.missing"}
    said = dataclasses.replace(dub, exception_by="Vera Sup")
    answer = gate(request(likenesses=(said,)), records(), TODAY)
    assert isinstance(answer, Clearance)
    assert any("Vera Sup" in basis.sentence for basis in answer.basis)


def test_work_as_scripted_on_a_replica_still_wants_a_standing_consent() -> None:
    scripted = dataclasses.replace(DEAGE, as_scripted=True, exception_by="Vera Sup")
    elsewhere = changed(CONSENT, "scripted_scope.scenes", ("14",))
    assert isinstance(gate(request(likenesses=(scripted,)), records(consents=(elsewhere,)), TODAY), Clearance)
    gone = (ACTIVE, StandingEvent("CNS-001", Standing.REVOKED, TODAY, "Ann Ley"))
    assert against(gate(request(likenesses=(scripted,)), records(standing=gone), TODAY)) == {"consent.standing"}


def test_a_figure_of_history_wants_an_editor_and_only_past_every_term() -> None:
    lincoln = (Likeness("H-lincoln", LikenessUse.HISTORICAL_DEPICTION, new_dialogue=True),)
    assert against(gate(request(likenesses=lincoln), records(), TODAY)) == {"consent.missing"}
    figure = HistoricalFigure("H-lincoln", "Abraham Lincoln", dt.date(1865, 4, 15), heirs_known=False)
    answer = gate(request(likenesses=lincoln), records(figures=(figure,)), TODAY)
    assert isinstance(answer, NeedsApproval)
    assert answer.roles == ("editorial",)
    for fault in ({"died": None}, {"died": dt.date(1999, 1, 1)}, {"heirs_known": None}):
        doubtful = dataclasses.replace(figure, **fault)
        assert against(gate(request(likenesses=lincoln), records(figures=(doubtful,)), TODAY)) == {
            "consent.missing"
        }


def test_a_final_waits_for_the_performer_and_her_signed_word_clears_it() -> None:
    ask = request(stage=Stage.FINAL)
    answer = gate(ask, records(), TODAY)
    assert isinstance(answer, NeedsApproval)
    assert answer.roles == ("performer_or_rep",)
    ann = Person("Ann Ley", Role.PERFORMER_OR_REP)
    yes = ann.says(ask.sha256, Role.PERFORMER_OR_REP)

    def with_approvals(*said: Any) -> Records:
        return records(approvers=(ann.approver,), approvals=said)

    assert isinstance(gate(ask, with_approvals(yes), TODAY), Clearance)
    for forged in (
        dataclasses.replace(yes, subject_sha256="00" * 32),  # said of something else
        dataclasses.replace(yes, signature="00" * 64),
        dataclasses.replace(ann.says(ask.sha256, Role.PERFORMER_OR_REP, yes=False), approved=True),
        Person("Bob Low", Role.PERFORMER_OR_REP).says(ask.sha256, Role.PERFORMER_OR_REP),  # no key on record
        ann.says(ask.sha256, Role.DIRECTOR),  # not her office
        ann.says(ask.sha256, Role.PERFORMER_OR_REP, at=NOON.replace(tzinfo=None)),  # nobody knows when
        ann.says(request(stage=Stage.FINAL, seconds=3.0).sha256, Role.PERFORMER_OR_REP),  # of another request
    ):
        assert isinstance(gate(ask, with_approvals(forged), TODAY), NeedsApproval)


def test_a_no_counts_over_an_older_yes_even_when_the_yes_is_handed_in_again() -> None:
    ask = request(stage=Stage.FINAL)
    ann = Person("Ann Ley", Role.PERFORMER_OR_REP)
    hour = dt.timedelta(hours=1)
    yes = ann.says(ask.sha256, Role.PERFORMER_OR_REP)
    no = ann.says(ask.sha256, Role.PERFORMER_OR_REP, yes=False, at=yes.at + hour)
    again = ann.says(ask.sha256, Role.PERFORMER_OR_REP, at=no.at + hour)
    known = (ann.approver,)
    assert isinstance(gate(ask, records(approvers=known, approvals=(yes, no, yes)), TODAY), NeedsApproval)
    assert isinstance(gate(ask, records(approvers=known, approvals=(yes, no, again)), TODAY), Clearance)


def test_a_final_is_a_proposal_until_named_people_approve_its_exact_content() -> None:
    ann, vera = Person("Ann Ley", Role.PERFORMER_OR_REP), Person("Vera Sup", Role.VFX_SUPERVISOR)
    made, changed_pixels = "11" * 32, "12" * 32
    said = (
        ann.says(made, Role.PERFORMER_OR_REP, kind="version"),
        vera.says(made, Role.VFX_SUPERVISOR, kind="version"),
    )
    people = (ann.approver, vera.approver)
    final = {"stage": Stage.FINAL, "output_sha256": made}
    assert isinstance(gate(request(**final), records(approvers=people, approvals=said), TODAY), Clearance)
    half = gate(request(**final), records(approvers=people, approvals=said[:1]), TODAY)
    assert isinstance(half, NeedsApproval)
    assert half.roles == ("vfx_supervisor",)
    other = gate(
        request(**final | {"output_sha256": changed_pixels}), records(approvers=people, approvals=said), TODAY
    )
    assert isinstance(other, NeedsApproval)
    assert other.roles == ("performer_or_rep", "vfx_supervisor")


MODEL = ToolCard(
    "face-net", "1", "ee" * 32, TrainingData.OWNED, False, False, True, (ANN,), ("ds-ann-1",), "AGM",
    ModelScope.PROJECT_MODEL_ONLY,
)  # fmt: skip


@pytest.mark.parametrize(
    ("card", "step", "rules"),
    [
        (MODEL, Step("face-net", "1", "ee" * 32), set()),
        (MODEL, Step("physics", "1.0", "ee" * 32), {"tool.identity"}),  # renamed to a cleared one
        (MODEL, Step("face-net", "1", "ef" * 32), {"tool.recorded"}),
        (MODEL, Step("face-net", "1"), {"tool.recorded"}),
        (dataclasses.replace(MODEL, quarantined=True), Step("face-net", "1", "ee" * 32), {"tool.quarantined"}),
        (dataclasses.replace(MODEL, project="AGX"), Step("face-net", "1", "ee" * 32), {"tool.project"}),
        (dataclasses.replace(MODEL, learned_from=("P-bob",)), Step("face-net", "1", "ee" * 32), {"tool.learned"}),
        (dataclasses.replace(MODEL, dataset_ids=("ds-x",)), Step("face-net", "1", "ee" * 32), {"tool.learned"}),
        (
            dataclasses.replace(MODEL, training_data=TrainingData.NONE),
            Step("face-net", "1", "ee" * 32),
            {"tool.card"},
        ),
    ],
)
def test_a_model_is_its_weights_and_needs_the_consent_of_whom_it_learned_from(
    card: ToolCard, step: Step, rules: set[str]
) -> None:
    assert against(gate(request(steps=(step,)), records(tools=(CARD, card)), TODAY)) == rules


def test_a_withdrawn_consent_stops_every_model_that_learned_from_it() -> None:
    asked = request(likenesses=(), steps=(Step("face-net", "1", "ee" * 32),))
    known = {"tools": (CARD, MODEL)}
    assert isinstance(gate(asked, records(**known), TODAY), Clearance)
    gone = (ACTIVE, StandingEvent("CNS-001", Standing.REVOKED, TODAY, "Ann Ley"))
    assert against(gate(asked, records(standing=gone, **known), TODAY)) == {"tool.learned"}


ASSET = TrainingAsset("ds-ann-1", "aa" * 32, "Ada Films", "CONTRACT-9", TrainingBasis.CONTRACT, (ANN,), False)


@pytest.mark.parametrize(
    ("fault", "rules"),
    [
        ({}, set()),
        ({"basis": None}, {"training.basis"}),
        ({"opted_out": None}, {"training.opt-out"}),
        ({"opted_out": True}, {"training.opt-out"}),
        ({"rights_holder": "unknown"}, {"training.holder"}),
        ({"expires": TODAY - dt.timedelta(1)}, {"training.current"}),
        ({"revoked": TODAY}, {"training.standing"}),
        ({"persons": ("P-bob",)}, {"training.person"}),
        ({"asset_id": "ds-ann-2"}, {"training.person"}),
        ({"sha256": "bb" * 32}, {"training.recorded"}),
    ],
)
def test_a_model_learns_only_from_what_it_may(fault: dict[str, Any], rules: set[str]) -> None:
    asset = dataclasses.replace(ASSET, **fault)
    asked = request(likenesses=(), use="training", training=("aa" * 32,))
    assert against(gate(asked, records(training=(asset,)), TODAY)) == rules


def test_unknown_tools_are_refused() -> None:
    assert against(gate(request(steps=(PHYSICS, Step("web-generator", "9"))), records(), TODAY)) == {
        "tool.recorded"
    }


def test_the_nearest_of_several_consents_speaks() -> None:
    far = changed(changed(changed(CONSENT, "projects", ("AGX",)), "consent_id", "CNS-000"), "uses", ())
    near = changed(CONSENT, "term.end", dt.date(2026, 6, 1))
    also = StandingEvent("CNS-000", Standing.ACTIVE, dt.date(2026, 1, 1), "Rita Clear")
    both = records(consents=(far, near), standing=(ACTIVE, also))
    assert against(gate(request(), both, TODAY)) == {"consent.term"}
    assert isinstance(
        gate(request(), records(consents=(far, CONSENT), standing=(ACTIVE, also)), TODAY), Clearance
    )


def test_order_carries_no_meaning_and_an_edited_consent_voids_the_clearance() -> None:
    second = Likeness("P-ann", LikenessUse.SCAN_CAPTURE, new_dialogue=False)
    one = gate(request(likenesses=(DEAGE, second)), records(), TODAY)
    two = gate(request(likenesses=(second, DEAGE)), records(), TODAY)
    assert one == two
    clearance = gate(request(), records(), TODAY)
    assert isinstance(clearance, Clearance)
    edited = changed(CONSENT, "scripted_scope.max_screen_seconds", 240.0)
    with pytest.raises(NotCleared, match="1 reason"):
        recheck(clearance, request(), records(consents=(edited,)), TODAY)


def test_a_swapped_plate_after_clearance_stops_the_chunk() -> None:
    clearance = gate(request(), records(), TODAY)
    assert isinstance(clearance, Clearance)
    swapped = dataclasses.replace(request().plates[0], source_sha256="77" * 32)
    with pytest.raises(NotCleared) as stopped:
        recheck(clearance, request(plates=(swapped,)), records(), TODAY)
    assert {"plate.recorded", "clearance.request"} <= {
        r.rsplit("(", 1)[1].rstrip(")") for r in stopped.value.reasons
    }
    assert SOURCE not in str(stopped.value)
