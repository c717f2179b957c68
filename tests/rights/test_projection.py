from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from consent_texts import a_consent
from hypothesis import given
from hypothesis import strategies as st
from ledger_lines import DAY, NOON, event, now, raw, version, written

from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.projection import project
from secondunit.rights.on_record.record_kinds import KINDS, Record, draft_of
from secondunit.rights.on_record.standing import settled, standing_on
from secondunit.slate.entry import Entry
from secondunit.slate.footage_licence import FootageLicence
from secondunit.slate.rights_records import (
    Approver,
    Declaration,
    FaceNamed,
    HistoricalFigure,
    Identifiable,
    Role,
    Standing,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    UseReceipt,
)


def sentences(ledgered: Ledgered) -> str:
    return "\n".join(fault.sentence for fault in ledgered.faults)


def test_the_last_version_wins_and_the_earlier_stay_known() -> None:
    first, second = version(1), version(2, territories=("US",))
    ledgered = project(written(first, event(Standing.ACTIVE), second))
    assert ledgered.consents == {"C-2026-001": second}
    assert ledgered.versions == {("C-2026-001", 1): first, ("C-2026-001", 2): second}
    assert ledgered.lines["consent", "C-2026-001"] == 3
    assert now(ledgered) is Standing.ACTIVE and not ledgered.faults


def test_every_kind_of_record_comes_back_as_it_was_written() -> None:
    records: list[Any] = [
        a_consent(),
        event(Standing.ACTIVE),
        a_consent().subject,
        ToolCard("deager", "1", "ab" * 32, trains_on_inputs=False),
        TrainingAsset("t1", "cd" * 32, "Ada Films", "contract 7", TrainingBasis.CONTRACT, ("p:ada",)),
        HistoricalFigure("p:lincoln", "Abraham Lincoln", dt.date(1865, 4, 15)),
        StrikeNotice("SAG-AFTRA", DAY),
        FootageLicence("ef" * 32, "Ada Films", "contract 9", True, True, ("vfx",), dt.date(2027, 1, 1)),
        Approver("Bea Lawyer", (Role.PRODUCTION_LEGAL,), "aa" * 32),
        UseReceipt("r1", "C-2026-001", "p:ada-lovelace", "TLN_1_2_3", "2", "v001", 4.5),
        Declaration("", "could_pass_as_real", "no", "Bea Lawyer"),
        FaceNamed("ef" * 32, 0, Identifiable.NOT_IDENTIFIABLE, "Bea Lawyer"),
    ]
    found = project(written(*records))
    assert not found.faults
    assert found.consents["C-2026-001"] == records[0] and found.events == (records[1],)
    assert found.people == {records[2].person_id: records[2]}
    assert found.tools == (records[3],) and found.assets == {"t1": records[4]}
    assert found.figures == {"p:lincoln": records[5]} and found.strikes == (records[6],)
    assert found.footage == (records[7],) and found.approvers == (records[8],)
    assert found.receipts == (records[9],) and found.declarations == (records[10],)
    assert found.faces == (records[11],)


def test_a_later_word_takes_the_place_of_an_earlier_one_about_the_same_thing() -> None:
    receipt = UseReceipt("r1", "C-1", "p:a", "s", "1", "v001", 4.0)
    found = project(
        written(
            StrikeNotice("SAG-AFTRA", DAY),
            StrikeNotice("SAG-AFTRA", DAY, DAY),
            receipt,
            replace(receipt, released=True),
            FootageLicence("a" * 64, "Ada", "x"),
            FootageLicence("a" * 64, "Eve", "y"),
            FootageLicence("a" * 64, "Ada", "z", revoked=DAY),
        )
    )
    assert found.strikes == (StrikeNotice("SAG-AFTRA", DAY, DAY),)
    assert found.receipts == (replace(receipt, released=True),)
    assert [(licence.owner, licence.licence) for licence in found.footage] == [("Ada", "z"), ("Eve", "y")]


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ([event(Standing.REVOKED)], "not on record"),
        ([version(1), version(1)], "second time"),
        ([version(2), version(1)], "version 1 after version 2"),
        ([version(1), event(Standing.REVOKED), event(Standing.REVOKED)], "revoked on 2026-11-01 already"),
        ([version(1), event(Standing.REVOKED), event(Standing.ACTIVE)], "active that was revoked"),
        ([version(1), event(Standing.REVOKED), version(2)], "of a consent that was revoked"),
        ([version(1), version(2, subject__person_id="p:eve", grantor__party_id="p:eve")], "gives the consent of"),
        ([raw("consent", "C-9", {"consent_id": "C-9"})], "no consent that can be read"),
        ([raw("standing", "C-9", {**draft_of(event(Standing.ACTIVE)).body})], "filed under `C-9`"),
        ([replace(a_consent().subject, died=DAY, living=False), a_consent().subject], "forgets"),
        ([version(1), replace(version(1, subject__name="Eve Adams"), consent_id="C-2")], "name is `Eve Adams`"),
    ],
)
def test_what_contradicts_itself_is_named_with_its_line(records: list[Any], word: str) -> None:
    found = project(written(*records))
    (fault, *rest) = found.faults
    assert not rest and word in fault.sentence
    assert fault.number == len(records) and f"line {fault.number}" in fault.sentence


def test_a_clock_that_was_set_back_is_reported() -> None:
    times = [NOON, NOON + dt.timedelta(days=3), NOON + dt.timedelta(days=1)]
    found = project(written(version(1), event(Standing.ACTIVE), version(2), times=times))
    (fault,) = found.faults
    assert fault.number == 3 and "before line 2" in fault.sentence


@pytest.mark.parametrize(
    "last",
    [
        raw("consent", "C-2026-001", {"consent_id": "C-2026-001", "version": 2}),
        raw("consent", "C-2026-001", {**draft_of(a_consent(consent_id="C-8")).body}),
        raw("standing", "C-2026-001", {"consent_id": "C-2026-001", "standing": "withdrawn"}),
        raw("use_receipt", "C-2026-001", {"seconds": "many"}),
        replace(written(a_consent(territories=("US",)))[0], number=0),
        replace(written(version(2, subject__person_id="p:eve"))[0], number=0),
        replace(written(version(2, subject__name="Eve Adams"))[0], number=0),
        replace(written(version(2, subject__born=dt.date(1990, 1, 1)))[0], number=0),
    ],
)
def test_a_consent_about_which_a_line_cannot_be_believed_is_in_dispute(last: Entry) -> None:
    found = project(written(version(1), event(Standing.ACTIVE), last))
    assert found.faults and now(found) is Standing.DISPUTED


def test_other_things_about_which_a_line_cannot_be_read_count_as_their_worst() -> None:
    source = "ef" * 32
    found = project(
        written(
            ToolCard("deager", "1", "ab" * 32),
            TrainingAsset("t1", "cd" * 32, "Ada Films", "contract 7"),
            FootageLicence(source, "Ada Films", "contract 9", True, True),
            Approver("Bea Lawyer", (Role.PRODUCTION_LEGAL,), "aa" * 32),
            raw("tool_card", "deager", {"tool_id": 7}),
            raw("training_asset", "t1", {"revoked": "yes"}),
            raw("footage_licence", source, {}),
            raw("approver", "Bea Lawyer", {}),
            raw("strike", "SAG-AFTRA", {}),
            ToolCard("renamed", "9", "ab" * 32),
        )
    )
    assert len(found.faults) == 6
    assert all(card.quarantined for card in found.tools)
    assert found.assets["t1"].revoked == DAY and found.footage[0].revoked == DAY
    assert found.approvers[0].roles == () and found.strikes == (StrikeNotice("SAG-AFTRA", DAY),)


def test_a_quarantined_model_stays_so_under_any_name() -> None:
    card = ToolCard("deager", "1", "ab" * 32, quarantined=True)
    found = project(written(card, replace(card, tool_id="other", quarantined=False)))
    assert [one.quarantined for one in found.tools] == [True] and "quarantine" in sentences(found)


def test_lines_of_other_kinds_are_left_alone() -> None:
    found = project(written(raw("ledger_key", "k", {"key": "k"}), version(1)))
    assert not found.faults and found.n_lines == 2 and "C-2026-001" in found.consents


def test_an_empty_ledger_is_an_empty_record() -> None:
    found = project([])
    assert found.n_lines == 0 and not found.consents and not found.faults


def test_what_is_known_of_a_person_by_now_reaches_the_gate() -> None:
    consent = a_consent(subject__union=())
    dead = replace(consent.subject, living=False, died=dt.date(2026, 10, 1), union=("SAG-AFTRA",))
    found = project(written(consent, event(Standing.ACTIVE), dead))
    (weighed,) = found.consents_for_gate
    assert weighed.subject == dead and found.consents["C-2026-001"] == consent
    # A consent that comes later and does not know of the death changes nothing.
    again = project(written(consent, dead, replace(consent, version=2)))
    assert again.consents_for_gate[0].subject.died == dead.died
    # Two days of birth: the younger person counts, and the line is named.
    younger = project(written(consent, replace(consent.subject, born=dt.date(2012, 1, 1))))
    assert younger.consents_for_gate[0].subject.born == dt.date(2012, 1, 1)


days = st.integers(0, 6).map(lambda n: DAY + dt.timedelta(days=n))
events = st.lists(st.builds(event, st.sampled_from(Standing), days), max_size=7)


def _stands(written_events: Sequence[StandingEvent], day: dt.date) -> bool:
    """Plainly: nothing final has begun, something made it active, and whatever stopped it was lifted afterwards."""
    begun = [(n, e) for n, e in enumerate(written_events) if e.on <= day]
    active = [(n, e.on) for n, e in begun if e.standing is Standing.ACTIVE]
    stopped = [(n, e.on) for n, e in begun if e.standing is not Standing.ACTIVE]
    if any(e.standing in (Standing.REVOKED, Standing.SUPERSEDED) for _, e in begun):
        return False
    return bool(active) and all(any(m > n and on >= since for m, on in active) for n, since in stopped)


@given(events, days)
def test_a_consent_never_stands_where_something_stops_it(given_events: list[StandingEvent], day: dt.date) -> None:
    ordered = settled(given_events)
    assert sorted(ordered, key=repr) == sorted(given_events, key=repr)
    found = standing_on(ordered, day)
    if found is not None and found.standing is Standing.ACTIVE:
        assert _stands(given_events, day)


@given(
    st.lists(st.sampled_from([Standing.ACTIVE, Standing.SUSPENDED, Standing.DISPUTED]), min_size=1, max_size=8)
)
def test_events_of_today_count_in_the_order_they_were_written(standings: list[Standing]) -> None:
    found = standing_on(settled([event(standing) for standing in standings]), DAY)
    assert found is not None and found.standing is standings[-1]


def test_a_withdrawal_with_notice_lets_nothing_past_its_day() -> None:
    later = DAY + dt.timedelta(days=30)
    found = project(
        written(
            version(1),
            event(Standing.ACTIVE),
            event(Standing.REVOKED, later),
            event(Standing.SUSPENDED, DAY + dt.timedelta(days=1)),
            event(Standing.ACTIVE, DAY + dt.timedelta(days=2)),
        )
    )
    after = [now(found, day=DAY + dt.timedelta(days=n)) for n in (0, 1, 2, 29, 30, 400)]
    assert after == [
        Standing.ACTIVE,
        Standing.SUSPENDED,
        Standing.ACTIVE,
        Standing.ACTIVE,
        Standing.REVOKED,
        Standing.REVOKED,
    ]


records = st.one_of(
    st.builds(version, st.integers(1, 3)),
    st.builds(event, st.sampled_from(Standing), days),
    st.builds(replace, st.just(a_consent().subject), died=st.none() | days, living=st.none()),
    st.builds(ToolCard, st.just("t"), st.just("1"), quarantined=st.booleans()),
    st.builds(raw, st.sampled_from([*KINDS, "other"]), st.just("C-2026-001"), st.just({"x": 1})),
)


@given(st.lists(records, max_size=10), days)
def test_no_ledger_brings_the_desk_down_and_a_revoked_consent_never_stands(
    lines: list[Any], day: dt.date
) -> None:
    found = project(written(*lines))
    assert found.n_lines == len(lines)
    assert all(1 <= fault.number <= len(lines) for fault in found.faults)
    revoked = any(
        isinstance(one, StandingEvent) and one.standing is Standing.REVOKED and one.on <= day for one in lines
    )
    if revoked:
        assert now(found, day=day) is not Standing.ACTIVE


def test_ten_thousand_consents_are_read_within_a_second() -> None:
    consent = a_consent()
    many: list[Record] = []
    for number in range(10_000):
        who = replace(consent.subject, person_id=f"p:{number}")
        many.append(replace(consent, consent_id=f"C-{number}", subject=who))
        many.append(event(Standing.ACTIVE, consent=f"C-{number}"))
    lines = written(*many)
    started = time.process_time()
    found = project(lines)
    assert time.process_time() - started < 1.0
    assert len(found.consents) == 10_000 and not found.faults
