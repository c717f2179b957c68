"""Another show's ledger, an older one put back, an end cut off: what was signed since tells, at every door."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from evidence_show import VERSION, with_store

from secondunit.callsheet.check import check_path
from secondunit.callsheet.evidence import write_evidence
from secondunit.callsheet.ledger_desk import check_export, check_show_ledger, export_show_ledger
from secondunit.callsheet.open_show import list_versions, make_show
from secondunit.callsheet.records_now import records_now
from secondunit.errors import VerificationFailed
from secondunit.provenance import verify
from secondunit.provenance.ledger_export import ROOT, verify_export
from secondunit.store.chain import Draft
from secondunit.store.show_folder import Store, open_show

NAME = "deliveries/AGM_104_TCC_0010_deage_v001"


@pytest.fixture
def show(done: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(done, tmp_path / "show", symlinks=True))


@pytest.fixture(scope="module")
def other(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another show of the same people, with the same code and name. Not to be changed."""
    folder = tmp_path_factory.mktemp("other") / "show"
    make_show(folder, name="The Long Night", code="AGM", fps="24", policies=("netflix_2025", "eu_ai_act_50"))
    return folder


def put_ledger(show: Path, there: Path) -> None:
    for file in show.glob("ledger.db*"):
        file.unlink()
    for file in there.glob("ledger.db*"):
        shutil.copy(file, show)


def tamper(show: Path, *statements: str) -> None:
    with sqlite3.connect(show / "ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
    database.close()


def refused(do: Callable[[], object], *words: str) -> str:
    with pytest.raises(VerificationFailed) as told:
        do()
    said = "\n".join((str(told.value), *told.value.findings))
    for word in words:
        assert word in said, said
    assert told.value.hint and not str(told.value).endswith(".")
    return said


def number_of(show: Path, kind: str) -> int:
    return int(with_store(show, lambda store: store.lines(kind))[-1].number)


# Another show's ledger


def test_the_ledger_of_another_show_is_refused_at_every_door(show: Path, other: Path, tmp_path: Path) -> None:
    put_ledger(show, other)
    doors: dict[str, Callable[[], object]] = {
        "open": lambda: open_show(show),
        "list": lambda: list_versions(show, None),
        "verify": lambda: check_path(show),
        "ledger verify": lambda: check_show_ledger(show),
        "ledger export": lambda: export_show_ledger(show, tmp_path / "export"),
        "evidence": lambda: write_evidence(show, VERSION, to=tmp_path / "x.zip"),
    }
    for do in doors.values():
        refused(do, "the ledger is that of the show AGM", "not of the show AGM")
    assert not (tmp_path / "export").exists() and not (tmp_path / "x.zip").exists()


def test_a_ledger_swapped_behind_a_running_process_clears_nothing(show: Path, other: Path) -> None:
    store = open_show(show)
    records_now(store)
    # In place: the process has the very file open.
    with sqlite3.connect(other / "ledger.db") as there, sqlite3.connect(show / "ledger.db") as here:
        there.backup(here)
    refused(lambda: records_now(store), "the ledger is that of the show AGM")
    store.close()


def test_an_export_is_that_of_its_show(show: Path, other: Path, tmp_path: Path) -> None:
    export_show_ledger(show, tmp_path / "mine")
    export_show_ledger(other, tmp_path / "other")
    assert verify_export(tmp_path / "mine").ok
    for against in (tmp_path / "other", tmp_path / "other" / ROOT):
        refused(lambda against=against: check_show_ledger(show, against=against), "the export is of the show AGM")
    shutil.copy(tmp_path / "other" / "entries.jsonl", tmp_path / "mine" / "entries.jsonl")
    refused(lambda: check_export(tmp_path / "mine"), "the lines are from the ledger of the show AGM")


def test_a_show_that_drops_a_policy_is_told_of(show: Path) -> None:
    toml = show / "show.toml"
    toml.write_text(toml.read_text().replace('"netflix_2025", ', ""))
    assert any("no longer picks netflix_2025" in line for line in check_show_ledger(show)[1])


# An older ledger of the same show


def test_all_that_was_signed_rests_on_the_ledger(show: Path) -> None:
    assert check_path(show)[0]["ok"] and check_show_ledger(show)[0]["ok"]
    lineage = json.loads(next((show / "versions").rglob("lineage.json")).read_text())
    begun = with_store(show, lambda store: store.lines())[lineage["ledger"]["line"] - 1]
    assert lineage["ledger"]["sha256"] == begun.hash


def test_an_older_ledger_put_back_after_a_delivery_is_found(show: Path, fresh: Path) -> None:
    put_ledger(show, fresh)  # approvals and the delivery are gone from it; by itself it holds
    for do in (lambda: check_path(show), lambda: check_show_ledger(show)):
        refused(do, f"`{NAME}` rests on line", "which is gone")


def test_a_delivery_whose_own_line_alone_was_cut_off_is_found(show: Path) -> None:
    tamper(show, f"DELETE FROM entry WHERE number = {number_of(show, 'delivery')}")
    for do in (lambda: check_path(show), lambda: check_show_ledger(show)):
        refused(do, f"`{NAME}` left the house, and no line of the ledger holds it")


def test_a_version_whose_line_was_cut_off_is_found(show: Path) -> None:
    shutil.rmtree(show / "deliveries")
    tamper(show, f"DELETE FROM entry WHERE number >= {number_of(show, 'version')}")
    refused(lambda: check_path(show), "v001` is signed, and no line of the ledger holds it")


def test_a_ledger_from_before_a_version_does_not_take_it_in_again(show: Path) -> None:
    shutil.rmtree(show / "deliveries")
    before = number_of(show, "version_begun") - 1
    tamper(show, f"DELETE FROM entry WHERE number >= {before}", "DELETE FROM version")
    for do in (lambda: open_show(show), lambda: check_path(show), lambda: check_show_ledger(show)):
        refused(do, "rests on line", "which is gone")
    rows = sqlite3.connect(show / "ledger.db").execute("SELECT COUNT(*) FROM version").fetchone()
    assert rows == (0,)


def test_a_past_written_anew_by_its_own_founder_is_found(show: Path) -> None:
    begun = number_of(show, "version_begun")
    tamper(show, f"DELETE FROM entry WHERE number >= {begun}")

    def write_on(store: Store) -> None:
        store.write_lines([Draft("use", f"P{n}", {}) for n in range(30)], author="Vera Soup")

    with_store(show, write_on)
    for do in (lambda: check_path(show), lambda: check_show_ledger(show)):
        refused(
            do, f"v001` rests on another line {begun} than the ledger holds", f"`{NAME}` rests on another line"
        )


def test_a_version_or_delivery_that_hides_where_the_ledger_stood_is_named(show: Path) -> None:
    record = show / NAME / "delivery.json"
    said = json.loads(record.read_text())
    record.write_text(json.dumps({**said, "ledger": None}))
    refused(lambda: check_show_ledger(show), f"`{NAME}` does not say where the ledger stood")
    record.write_text(json.dumps({**said, "ledger": {**said["ledger"], "show_id": "ab" * 16}}))
    refused(lambda: check_path(show), "was signed in another show")


# What strangers read


def test_nothing_that_goes_out_with_a_version_names_whom_it_shows(show: Path) -> None:
    (line,) = with_store(show, lambda store: store.lines("version"))
    ids = {word for use in line.body["consents"] for word in (use["person_id"], use["consent_id"])}
    assert ids == {"P-ann", "P-bo", "CNS-001", "CNS-002"}
    out = [path for path in (show / NAME).rglob("*.json") if path.suffix == ".json"]
    assert {path.name for path in out} == {"delivery.json", "lineage.json", "frames.json", "checks.json"}
    for path in out:
        assert not [word for word in ids if word in path.read_text()], path
    lineage = json.loads(next((show / NAME).rglob("lineage.json")).read_text())
    told = {use["sha256"] for use in lineage["clearance"]["consents"]}
    assert told == {use["sha256"] for use in line.body["consents"]}  # so the house finds them again
    assert lineage["clearance"]["sha256"] == line.body["clearance_sha256"]
    assert verify(show / NAME).ok
