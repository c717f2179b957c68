"""The gate as a supervisor and a lawyer meet it."""

from __future__ import annotations

import ast
import copy
import dataclasses
import datetime as dt
import functools
import pickle
from pathlib import Path

import pytest

import secondunit
from secondunit.engines.own_cards import OWN_CARDS, own_steps
from secondunit.errors import NotCleared
from secondunit.rights import PlateRecord, gate, read_licence, recheck, restore
from secondunit.rights import Records as AllRecords
from secondunit.slate.clearance import Clearance, Refusal
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Licence
from secondunit.slate.request import PlateUse, Request

SHOT = ShotName.parse("AGM_104_TCC_0010")
TODAY = dt.date(2026, 11, 22)
SOURCE = "ab" * 32
Records = functools.partial(AllRecords, tools=OWN_CARDS)


def request(**changes: object) -> Request:
    base: dict[str, object] = {
        "shot": SHOT,
        "department": "destruction",
        "engine": "physics 1.0.0",
        "use": "vfx",
        "plates": (PlateUse("PL01", SOURCE),),
        "frames": FrameRange(1001, 1072),
        "steps": own_steps("physics"),
    }
    return Request(**{**base, **changes})  # type: ignore[arg-type]


def record(licence: Licence | str = "CC0-1.0", **changes: object) -> PlateRecord:
    terms = read_licence(licence) if isinstance(licence, str) else licence
    base: dict[str, object] = {"label": "PL01", "source_sha256": SOURCE, "owner": "Ada Ley", "licence": terms}
    return PlateRecord(**{**base, **changes})  # type: ignore[arg-type]


def rules_against(answer: Clearance | Refusal) -> set[str]:
    return {reason.rule for reason in answer.reasons} if isinstance(answer, Refusal) else set()


def test_what_names_no_tool_is_not_cleared() -> None:
    """A rule about tools that had nothing to ask of would pass in silence."""
    assert rules_against(gate(request(steps=()), Records((record(),)), TODAY)) == {"tool.named"}
    assert rules_against(gate(request(steps=()), AllRecords((record(),)), TODAY)) == {"tool.named"}


def cleared(records: AllRecords | None = None, asked: Request | None = None) -> Clearance:
    answer = gate(asked or request(), records or Records((record(),)), TODAY)
    assert isinstance(answer, Clearance), answer
    return answer


@pytest.mark.parametrize("licence", ["owned", "CC0-1.0", "CC-BY-2.0", "cc by-sa 4.0", "BSD-3-Clause", "MIT"])
def test_footage_that_may_be_altered_and_sold_is_cleared(licence: str) -> None:
    assert cleared(Records((record(licence),))).granted == TODAY


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (record("CC-BY-ND-4.0"), "licence.derivatives"),
        (record("CC-BY-NC-4.0"), "licence.commercial"),
        (record(Licence("CC0-1.0", None, True)), "licence.derivatives"),
        (record(Licence("CC0-1.0", True, None)), "licence.commercial"),
        (record(Licence("CONTRACT-77", True, True), uses=("previz",)), "licence.use"),
        (record(Licence("CONTRACT-77", True, True, dt.date(2026, 11, 21))), "licence.current"),
        (record(revoked=TODAY), "licence.standing"),
        (record(owner="  "), "plate.owner"),
        (record(owner="Unknown"), "plate.owner"),
        (record(Licence("", True, True)), "plate.licence"),
        (record(Licence("NOASSERTION", True, True)), "plate.licence"),
        (record(source_sha256="cd" * 32), "plate.recorded"),
        (record(Licence("CC-BY-ND-2.0", True, True)), "licence.derivatives"),
        (record(Licence("CC-BY-NC-2.0", True, True)), "licence.commercial"),
    ],
)
def test_each_rule_refuses_alone_and_says_who_can_help(changed: PlateRecord, rule: str) -> None:
    answer = gate(request(), Records((changed,)), TODAY)
    assert rules_against(answer) == {rule}
    assert isinstance(answer, Refusal)
    assert all(reason.who and reason.source and "PL01" in reason.sentence for reason in answer.reasons)
    assert not answer.reasons[0].sentence.endswith(".")


def test_every_reason_comes_at_once() -> None:
    bad = record(Licence("CC-BY-NC-ND-4.0", False, False, dt.date(2020, 1, 1)), owner="", revoked=TODAY, uses=())
    assert rules_against(gate(request(), Records((bad,)), TODAY)) == {
        "plate.owner",
        "licence.derivatives",
        "licence.commercial",
        "licence.use",
        "licence.current",
        "licence.standing",
    }


def test_one_bad_plate_of_two_is_enough_and_is_named() -> None:
    asked = request(plates=(PlateUse("PL01", SOURCE), PlateUse("PL02", "cd" * 32)))
    bad = record("CC-BY-ND-4.0", label="PL02", source_sha256="cd" * 32)
    answer = gate(asked, Records((record(), bad)), TODAY)
    assert isinstance(answer, Refusal)
    assert [reason.about for reason in answer.reasons] == ["PL02"]


def test_two_records_of_one_plate_must_both_allow_it() -> None:
    answer = gate(request(), Records((record(), record("CC-BY-ND-4.0", owner="Someone Else"))), TODAY)
    assert rules_against(answer) == {"licence.derivatives"}


def test_an_unknown_use_and_a_request_without_plates_are_refused() -> None:
    answer = gate(request(use="advertising", plates=()), Records((record(),)), TODAY)
    assert rules_against(answer) == {"request.use", "request.plate"}


def test_the_last_day_of_a_licence_still_counts() -> None:
    records = Records((record(Licence("CONTRACT-77", True, True, TODAY)),))
    assert isinstance(gate(request(), records, TODAY), Clearance)
    assert rules_against(gate(request(), records, TODAY + dt.timedelta(1))) == {"licence.current"}


def test_share_alike_and_credit_are_owed_not_refused() -> None:
    owed = {o.rule: o.sentence for o in cleared(Records((record("CC-BY-SA-4.0"),))).obligations}
    assert set(owed) == {"licence.attribution", "licence.share-alike"}
    assert "Ada Ley" in owed["licence.attribution"]


def test_a_show_declared_non_commercial_may_use_such_footage_and_owes_to_stay_so() -> None:
    answer = cleared(Records((record("CC-BY-NC-4.0"),), commercial=False))
    assert "licence.non-commercial" in {o.rule for o in answer.obligations}


def test_refusal_becomes_an_error_with_exit_code_three_and_every_reason() -> None:
    answer = gate(request(), Records((record("CC-BY-NC-ND-4.0", owner=""),)), TODAY)
    assert isinstance(answer, Refusal)
    error = answer.error()
    assert isinstance(error, NotCleared)
    assert error.exit_code == 3
    assert len(error.reasons) == len(answer.reasons) == 3
    assert str(error) == "not cleared for 3 reasons"
    assert "owner of the plate" in error.hint


def test_nobody_else_makes_a_clearance() -> None:
    with pytest.raises(TypeError, match=r"rights\.gate"):
        Clearance("a", "b", TODAY, (), (), (), (), seal=object())
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(cleared(), request_sha256="b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        cleared().granted = TODAY  # type: ignore[misc]


def test_only_the_gate_touches_the_seal() -> None:
    package = Path(secondunit.__file__).parent
    holders = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.ImportFrom) else []
            attribute = node.attr if isinstance(node, ast.Attribute) else ""
            if "_SEAL" in names or attribute == "_SEAL":
                holders.add(path.relative_to(package).as_posix())
    assert holders == {"rights/gate.py"}


def test_a_clearance_travels_by_pickle_and_by_json() -> None:
    given = cleared()
    assert pickle.loads(pickle.dumps(given)) == given == copy.copy(given)
    assert restore(given.to_dict(), request(), Records((record(),)), TODAY) == given
    assert len({given, pickle.loads(pickle.dumps(given))}) == 1


@pytest.mark.parametrize("key", ["request_sha256", "records_sha256", "granted", "basis", "obligations", "answer"])
def test_a_forged_clearance_is_not_restored(key: str) -> None:
    data = dict(cleared().to_dict())
    data[key] = "2030-01-01" if key == "granted" else "forged"
    with pytest.raises(NotCleared):
        restore(data, request(), Records((record(),)), TODAY)
    del data[key]
    with pytest.raises(NotCleared):
        restore(data, request(), Records((record(),)), TODAY)


def test_recheck_is_silent_while_nothing_changed_and_other_plates_do_not_disturb_it() -> None:
    other = record("CC-BY-ND-4.0", label="PL09", source_sha256="99" * 32)
    recheck(cleared(), request(), Records((record(),)), TODAY)
    recheck(cleared(), request(), Records((other, record())), TODAY + dt.timedelta(400))
    recheck(cleared(), request(), Records((record(),)), TODAY, frames=FrameRange(1009, 1016))


@pytest.mark.parametrize(
    ("asked", "records", "today", "rules"),
    [
        (request(), Records((record(revoked=TODAY),)), TODAY, ["licence.standing"]),
        (request(), Records(()), TODAY, ["plate.recorded"]),
        (request(), Records((record(owner="A. Ley"),)), TODAY, ["clearance.records"]),
        (request(engine="physics 2.0.0"), Records((record(),)), TODAY, ["clearance.request"]),
        (request(), Records((record(),)), TODAY - dt.timedelta(1), ["clearance.day"]),
        (
            request(plates=(PlateUse("PL01", "cd" * 32),)),
            Records((record(),)),
            TODAY,
            ["plate.recorded", "clearance.request"],
        ),
    ],
)
def test_recheck_stops_a_chunk_with_every_reason(
    asked: Request, records: Records, today: dt.date, rules: list[str]
) -> None:
    with pytest.raises(NotCleared) as caught:
        recheck(cleared(), asked, records, today)
    assert len(caught.value.reasons) == len(rules)
    for rule in rules:
        assert any(f"({rule})" in reason for reason in caught.value.reasons)


def test_recheck_stops_when_a_licence_ran_out_between_two_chunks() -> None:
    records = Records((record(Licence("CONTRACT-77", True, True, TODAY)),))
    given = cleared(records)
    recheck(given, request(), records, TODAY)
    with pytest.raises(NotCleared, match="not cleared"):
        recheck(given, request(), records, TODAY + dt.timedelta(1))


def test_recheck_stops_a_chunk_outside_the_cleared_frames() -> None:
    with pytest.raises(NotCleared) as caught:
        recheck(cleared(), request(), Records((record(),)), TODAY, frames=FrameRange(1070, 1080))
    assert "1070-1080" in caught.value.reasons[0]
