"""Approving, declining, delivering, withdrawing: what each does to a show, on a version that rests on two consents."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_show import SHOT, approve_all, make_evidence_show

from secondunit.callsheet.approve import decide, decisions
from secondunit.callsheet.deliver import deliver
from secondunit.callsheet.records_now import ledgered, records_now
from secondunit.callsheet.withdraw import reach_of, withdraw_consent
from secondunit.errors import BadInput, NotCleared, VerificationFailed
from secondunit.provenance.verify import verify
from secondunit.store.show_folder import Store, open_show

VERSION = f"{SHOT} deage v001"
FRAME = f"versions/{SHOT}/deage/v001/exr"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A show with a version that nobody has decided on, and the keys of everybody. Not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECONDUNIT_HOME", str(folder / "home"))
        yield make_evidence_show(folder / "show", policies=())


@pytest.fixture
def store(tmp_path: Path, made: Path) -> Iterator[Store]:
    shutil.copytree(made, tmp_path / "show")
    store = open_show(tmp_path / "show")
    yield store
    store.close()


def say(store: Store, yes: bool, *, role: str = "vfx_supervisor", by: str = "Vera Soup") -> None:
    decide(store, f"{SHOT}", role=role, by=by, approved=yes, reason="" if yes else "her hands are old")


def hand_over(store: Store, name: str = "out") -> Path:
    return Path(deliver(store, f"{SHOT}", to="Studio X", by="Paul Post", name=name)["folder"])


def test_a_delivery_waits_for_everybody_and_is_a_true_copy(store: Store) -> None:
    with pytest.raises(NotCleared, match="vfx_supervisor"):
        hand_over(store)
    say(store, True)
    with pytest.raises(NotCleared) as waiting:
        hand_over(store)
    assert "vfx_supervisor" not in str(waiting.value) and "performer_or_rep" in str(waiting.value)
    assert not (store.root / "deliveries").exists()
    approve_all(store)
    out = hand_over(store)
    assert verify(out).ok
    whole = verify(store.root)
    assert whole.ok and any(Path(v.path).is_relative_to(out) for v in whole.versions)
    assert decisions(store)[VERSION].startswith("approved by ")
    with pytest.raises(BadInput, match="exists already"):
        hand_over(store)


def test_a_frame_changed_in_a_delivery_is_found_from_the_show(store: Store) -> None:
    approve_all(store)
    frame = sorted(hand_over(store).rglob("*.exr"))[1]
    frame.write_bytes(frame.read_bytes() + b"x")
    verdict = verify(store.root)
    assert not verdict.ok and verdict.first_changed_frame == 1002
    assert verdict.findings[0].sentence.startswith("deliveries/out/")


def test_a_changed_pixel_stops_approval_and_delivery(store: Store) -> None:
    approve_all(store)
    frame = sorted((store.root / FRAME).glob("*.exr"))[2]
    content = bytearray(frame.read_bytes())
    content[len(content) // 2] ^= 1
    frame.write_bytes(content)
    with pytest.raises(VerificationFailed, match=frame.name):
        hand_over(store)
    with pytest.raises(VerificationFailed, match=frame.name):
        say(store, True)
    assert not (store.root / "deliveries").exists()


def test_declining_wants_a_reason_and_gives_the_seconds_back(store: Store) -> None:
    with pytest.raises(BadInput, match="needs a reason"):
        decide(store, f"{SHOT}", role="vfx_supervisor", by="Vera Soup", approved=False)
    assert [r.released for r in ledgered(store).receipts] == [False, False]
    say(store, False)
    assert [r.released for r in ledgered(store).receipts] == [True, True]
    assert decisions(store) == {VERSION: "declined by Vera Soup"}
    approve_all_but_vera = pytest.raises(NotCleared, match="vfx_supervisor")
    with approve_all_but_vera:
        hand_over(store)


def test_nobody_approves_in_an_office_they_do_not_hold(store: Store) -> None:
    with pytest.raises(BadInput, match="not production_legal"):
        say(store, True, role="production_legal")
    with pytest.raises(BadInput, match="no key of Nobody Known"):
        say(store, True, by="Nobody Known")
    with pytest.raises(BadInput, match="no office"):
        say(store, True, role="king")
    assert ledgered(store).approvals == ()


def test_a_withdrawal_reaches_versions_deliveries_and_models_and_stops_the_next_delivery(store: Store) -> None:
    approve_all(store)
    hand_over(store)
    n_lines = len(store.lines())
    planned = withdraw_consent(store.root, "CNS-001", by="Ann Ley", reason="mine", dry_run=True)
    assert len(store.lines()) == n_lines and not (store.root / "notices").exists()
    assert planned["versions"] == [{"version": VERSION, "released": True}]
    assert [d["to"] for d in planned["deliveries"]] == ["Studio X"]
    assert [m["tool"] for m in planned["models"]] == ["face-net"]
    assert planned["effect"] == "stop_unreleased"

    done = withdraw_consent(store.root, "CNS-001", by="Ann Ley", reason="mine")
    assert any("Studio X" in Path(notice).read_text() for notice in done["notices"])
    (model,) = [tool for tool in records_now(store).tools if tool.tool_id == "face-net"]
    assert model.quarantined
    with pytest.raises(NotCleared) as stopped:
        hand_over(store, "again")
    said = " ".join(stopped.value.reasons)
    assert "consent.standing" in said and "tool.quarantined" in said
    assert not (store.root / "deliveries" / "again").exists()


def test_the_other_consent_reaches_no_model(store: Store) -> None:
    reach = reach_of(store, "CNS-002")
    assert [line.subject for line in reach.versions] == [VERSION]
    assert reach.models == () and reach.deliveries == ()
    with pytest.raises(BadInput, match="CNS-003"):
        reach_of(store, "CNS-003")


def test_a_line_edited_behind_our_back_is_seen_at_once(store: Store) -> None:
    assert records_now(store).consents
    with store.ledger.write() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(
            "UPDATE entry SET canonical = replace(canonical, '120', '920') WHERE kind = 'consent'"
        )
    with pytest.raises(VerificationFailed):
        records_now(store)
