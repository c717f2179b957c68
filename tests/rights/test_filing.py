from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from consent_texts import TODAY, a_consent
from ledger_lines import event, now, version, written

from secondunit.errors import BadInput, BadRecord
from secondunit.rights.on_record.filing import file_record
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.meter import read_meter
from secondunit.rights.on_record.projection import project
from secondunit.rights.on_record.withdrawal import declare, resume, revoke, suspend
from secondunit.slate.consent import Effect, Subject
from secondunit.slate.rights_records import (
    Approver,
    HistoricalFigure,
    Role,
    Standing,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    UseReceipt,
)

C = "C-2026-001"
ADA = a_consent().subject
ACTIVE = StandingEvent(C, Standing.ACTIVE, TODAY, "Bea", "the signed paper is in the vault")


def on_record(*records: Any) -> Ledgered:
    return project(written(*records))


def filed(known: Ledgered, record: Any, **more: Any) -> tuple[Any, ...]:
    return file_record(known, record, by="Bea", today=TODAY, **more)


def stand_now(known: Ledgered) -> Standing | None:
    return now(known, day=TODAY)


def test_a_consent_with_its_paper_is_active_and_without_a_draft() -> None:
    assert filed(on_record(), version(1), papered=True) == (version(1), ACTIVE)
    draft = filed(on_record(), version(1))
    assert draft[1].standing is Standing.DRAFT
    # The paper comes later: the same file again, and only the standing is written.
    assert filed(on_record(*draft), version(1), papered=True) == (ACTIVE,)


def test_a_new_version_follows_the_last_one_and_needs_its_paper() -> None:
    known = on_record(version(1), ACTIVE)
    assert filed(known, version(2, territories=("US",)), papered=True) == (version(2, territories=("US",)),)
    for wrong, word in [
        (version(1, territories=("US",)), "says something else"),
        (version(1), "already"),
        (version(3), "next version of `C-2026-001` is 2"),
        (
            version(2, subject__person_id="p:eve", grantor__party_id="p:eve", subject__name="Eve Adams"),
            "of `p:ada",
        ),
    ]:
        with pytest.raises(BadInput, match=word):
            filed(known, wrong, papered=True)
    with pytest.raises(BadInput, match="without its signed paper"):
        filed(known, version(2, territories=("US",)))
    with pytest.raises(BadInput, match="is 1, not 2"):
        filed(on_record(), version(2), papered=True)


def test_a_new_version_lifts_no_suspension_and_revives_nothing() -> None:
    suspended = on_record(version(1), ACTIVE, event(Standing.SUSPENDED, TODAY))
    records = filed(suspended, version(2), papered=True)
    assert records == (version(2),)
    assert (
        stand_now(on_record(version(1), ACTIVE, event(Standing.SUSPENDED, TODAY), *records)) is Standing.SUSPENDED
    )
    revoked = on_record(version(1), ACTIVE, event(Standing.REVOKED, TODAY + dt.timedelta(days=30)))
    with pytest.raises(BadInput, match="no new version"):
        filed(revoked, version(2), papered=True)


def test_a_second_person_who_looks_like_one_on_record_is_refused_with_both_ids() -> None:
    known = on_record(version(1), ACTIVE)
    for name in ("ADA LOVELACE", "Ada Lovelacé", "\u0391da Lovelace"):
        with pytest.raises(BadInput) as refused:
            filed(known, Subject("p:other", name))
        assert "p:other" in str(refused.value) and ADA.person_id in str(refused.value)
    with pytest.raises(BadInput, match="could be taken for"):
        filed(known, Subject("p:ada-Iovelace", "Somebody Else"))  # a capital I for the l
    assert filed(known, Subject("p:other", "Ada Lovelace (stunts)"))
    with pytest.raises(BadInput, match="could be taken for"):
        filed(known, HistoricalFigure("p:h", "Ada Lovelace", dt.date(1852, 11, 27)))


def test_a_second_consent_whose_id_looks_like_one_on_record_is_refused() -> None:
    known = on_record(replace(version(1), consent_id="C-O1"), ACTIVE)
    with pytest.raises(BadInput, match="C-O1"):
        filed(known, replace(version(1), consent_id="C-01"), papered=True)


def test_a_signed_paper_serves_one_person() -> None:
    known = on_record(version(1), ACTIVE)
    eve = replace(
        a_consent(subject__person_id="p:eve", subject__name="Eve Adams", grantor__party_id="p:eve"),
        consent_id="C-9",
    )
    with pytest.raises(BadInput, match="is that of `C-2026-001`"):
        filed(known, eve, papered=True)
    second = replace(version(1), consent_id="C-2", projects=("OTH",))
    assert filed(known, second, papered=True), "one paper of one person may hold two grants"


def test_facts_of_a_person_do_not_change_with_the_file() -> None:
    known = on_record(version(1), ACTIVE)
    for changed, word in [
        (replace(ADA, name="Eve Adams"), "name is"),
        (replace(ADA, born=dt.date(1990, 1, 1)), "birth"),
    ]:
        with pytest.raises(BadInput, match=word):
            filed(known, changed)
    dead = replace(ADA, living=False, died=dt.date(2026, 1, 1))
    assert filed(known, dead) == (dead,)
    with pytest.raises(BadInput, match="died on 2026-01-01"):
        filed(on_record(dead), ADA)
    with pytest.raises(BadInput, match="already"):
        filed(on_record(dead), dead)


def test_a_model_is_its_weights() -> None:
    card = ToolCard("deager", "1", "ab" * 32)
    known = on_record(card)
    for other, word in [
        (replace(card, tool_id="cleared"), "`deager` 1, not as `cleared`"),
        (replace(card, version="2"), "on record as"),
        (replace(card, weights_sha256="cd" * 32), "with other weights"),
        (card, "already"),
    ]:
        with pytest.raises(BadInput, match=word):
            filed(known, other)
    assert filed(known, replace(card, trains_on_inputs=False))
    with pytest.raises(BadInput, match="out of use"):
        filed(on_record(replace(card, quarantined=True)), replace(card, trains_on_inputs=False))


def test_an_asset_has_one_id_and_one_content() -> None:
    asset = TrainingAsset("t1", "ab" * 32, "Ada Films", "contract 7")
    for other in (replace(asset, asset_id="t2"), replace(asset, sha256="cd" * 32)):
        with pytest.raises(BadInput, match="on record as"):
            filed(on_record(asset), other)


def test_a_union_is_spelt_one_way_because_a_strike_is_matched_by_it() -> None:
    known = on_record(version(1), ACTIVE)
    for union in ("SAG\u2010AFTRA", "sag-aftra"):
        with pytest.raises(BadInput, match="`SAG-AFTRA`"):
            filed(known, StrikeNotice(union, TODAY))
    assert filed(known, StrikeNotice("SAG-AFTRA", TODAY)) and filed(known, StrikeNotice("DGA", TODAY))
    with pytest.raises(BadInput, match="`SAG-AFTRA`"):
        filed(on_record(StrikeNotice("SAG-AFTRA", TODAY)), replace(ADA, union=("Sag-Aftra",)))


def test_a_figure_of_history_does_not_live_and_a_key_has_one_owner() -> None:
    with pytest.raises(BadInput, match="who lives"):
        filed(on_record(ADA), HistoricalFigure(ADA.person_id, ADA.name))
    bea = Approver("Bea Lawyer", (Role.PRODUCTION_LEGAL,), "ab" * 32)
    with pytest.raises(BadInput, match="is that of `Bea Lawyer`"):
        filed(on_record(bea), replace(bea, person="Eve Adams"))
    with pytest.raises(BadInput, match="could be taken"):
        filed(on_record(bea), replace(bea, person="BEA LAWYER", key="cd" * 32))


def test_a_revocation_waits_for_its_notice_unless_a_day_is_named() -> None:
    known = on_record(version(1, revocation__notice_days=30), ACTIVE)
    after = revoke(known, C, by="Ada", reason="mine", today=TODAY)
    assert after.event == StandingEvent(C, Standing.REVOKED, TODAY + dt.timedelta(days=30), "Ada", "mine")
    assert "suspend it" in after.notes[0] and "nothing that is not released" in after.effect
    at_once = revoke(known, C, by="Ada", reason="mine", today=TODAY, on=TODAY)
    assert at_once.event.on == TODAY and "stopping earlier is safe" in at_once.notes[0]
    with pytest.raises(BadInput, match="past"):
        revoke(known, C, by="Ada", reason="mine", today=TODAY, on=TODAY - dt.timedelta(days=1))


def test_of_two_revocations_the_second_is_told_and_an_earlier_day_still_counts() -> None:
    known = on_record(version(1, revocation__notice_days=30), ACTIVE)
    first = revoke(known, C, by="Ada", reason="mine", today=TODAY).event
    known = on_record(version(1, revocation__notice_days=30), ACTIVE, first)
    with pytest.raises(BadInput, match="revoked by Ada already"):
        revoke(known, C, by="Eve", reason="mine", today=TODAY)
    sooner = revoke(known, C, by="Ada", reason="now", today=TODAY, on=TODAY).event
    assert stand_now(on_record(version(1), ACTIVE, first, sooner)) is Standing.REVOKED


def test_what_cannot_be_withdrawn_is_said() -> None:
    with pytest.raises(BadInput, match="without a right"):
        revoke(on_record(version(1, revocation__revocable=False)), C, by="Ada", reason="mine", today=TODAY)
    with pytest.raises(BadInput) as refused:
        revoke(on_record(version(1)), "C-2026-002", by="Ada", reason="mine", today=TODAY)
    assert C in refused.value.hint
    for by, reason in [("Ada\u202e", "mine"), ("Ada", " "), ("", "mine"), ("Ada", "\u202emine")]:
        with pytest.raises(BadInput):
            revoke(on_record(version(1)), C, by=by, reason=reason, today=TODAY)


@pytest.mark.parametrize("effect", Effect)
def test_each_effect_is_told_in_words(effect: Effect) -> None:
    found = revoke(on_record(version(1, revocation__effect=effect)), C, by="Ada", reason="mine", today=TODAY)
    assert found.effect and ("taken down" in found.effect) == (effect is Effect.TAKEDOWN_RELEASED)


def test_a_consent_is_suspended_and_resumed_and_never_after_its_end() -> None:
    known = on_record(version(1), ACTIVE)
    stop = suspend(known, C, by="Bea", reason="rewritten", today=TODAY)
    stopped = on_record(version(1), ACTIVE, stop)
    with pytest.raises(BadInput, match="suspended already"):
        suspend(stopped, C, by="Bea", reason="again", today=TODAY)
    again = resume(stopped, C, by="Bea", reason="read", today=TODAY)
    assert stand_now(on_record(version(1), ACTIVE, stop, again)) is Standing.ACTIVE
    with pytest.raises(BadInput, match="is active"):
        resume(known, C, by="Bea", reason="read", today=TODAY)
    with pytest.raises(BadInput, match="not active yet") as refused:
        resume(on_record(version(1)), C, by="Bea", reason="read", today=TODAY)
    assert "--document" in refused.value.hint
    ended = on_record(version(1), ACTIVE, event(Standing.REVOKED, TODAY))
    for ask in (suspend, resume):
        with pytest.raises(BadInput, match="revoked"):
            ask(ended, C, by="Bea", reason="read", today=TODAY)


def test_only_facts_that_people_know_are_declared_and_every_wrong_word_is_told() -> None:
    said = declare("TLN_101_BAR_0010", ["could_pass_as_real=no", "visibility=key"], by="Cy Editor")
    assert [(one.fact, one.value) for one in said] == [("could_pass_as_real", "no"), ("visibility", "key")]
    with pytest.raises(BadRecord) as refused:
        declare(
            "", ["could_pass_as_real=maybe", "stage=final", "x", "visibility=key", "visibility=none"], by="Cy"
        )
    assert len(refused.value.faults) == 4
    with pytest.raises(BadRecord):
        declare("", [], by="Cy")


def test_the_meter_counts_what_was_not_rejected() -> None:
    receipts = [
        UseReceipt("r1", C, ADA.person_id, "TLN_1_2_3", "12", "v001", 40.0),
        UseReceipt("r2", C, ADA.person_id, "TLN_1_2_4", "14", "v001", 20.5),
        UseReceipt("r1", C, ADA.person_id, "TLN_1_2_3", "12", "v001", 40.0, released=True),
        UseReceipt("r3", "C-gone", "p:eve", "TLN_1_2_4", "14", "v001", 3.0),
    ]
    known = on_record(version(1), ACTIVE, *receipts)
    (reading,) = read_meter(known, C)
    assert (reading.seconds, reading.limit, reading.left, reading.released) == (20.5, 90.0, 69.5, 40.0)
    assert reading.scenes == ("14",) and reading.shots == ("TLN_1_2_4",)
    gone, _ = sorted(read_meter(known), key=lambda one: one.consent_id != "C-gone")
    assert gone.limit == 0.0 and gone.left == -3.0, "what nobody granted is over its limit"
