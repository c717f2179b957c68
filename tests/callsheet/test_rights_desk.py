from __future__ import annotations

import datetime as dt
import hashlib
import multiprocessing
import os
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from consent_texts import filled_in

from secondunit.callsheet.open_show import make_show
from secondunit.callsheet.records_now import ledgered
from secondunit.callsheet.rights_desk import (
    add_record,
    change_records,
    declare_facts,
    opened,
    resume_consent,
    suspend_consent,
)
from secondunit.callsheet.rights_lists import list_models, list_people, list_records, read_meters, show_record
from secondunit.callsheet.withdraw import withdraw_consent
from secondunit.errors import BadInput, BadRecord, SecondUnitError, VerificationFailed
from secondunit.slate.rights_records import Standing, ToolCard, UseReceipt
from secondunit.store.vault import VAULT

C = "C-2026-001"
PAPER = b"%PDF signed by Ada"


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "home"))
    make_show(tmp_path / "show", name="The Long Night", code="TLN", fps="24")
    return tmp_path / "show"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ada.toml"
    path.write_text(filled_in().replace("ab" * 32, ""), encoding="utf-8")
    return path


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "signed.pdf"
    path.write_bytes(PAPER)
    return path


def lines(show: Path) -> list[tuple[int, str, str]]:
    """What was written after the line that founds the show."""
    with opened(show) as store:
        return [(entry.number, entry.kind, entry.author) for entry in store.lines()[1:]]


def standing(show: Path, consent: str = C) -> str:
    (row,) = list_records(show, kind="consent")["records"]
    assert row["id"] == consent
    return str(row["standing"])


def test_a_consent_goes_from_its_file_to_the_ledger_and_its_paper_to_the_vault(
    show: Path, file: Path, paper: Path
) -> None:
    answer = add_record(show, file, document=paper, by="Bea Lawyer")
    sha256 = hashlib.sha256(PAPER).hexdigest()
    assert (answer["kind"], answer["id"], answer["standing"], answer["lines"]) == ("consent", C, "active", [2, 3])
    assert lines(show) == [(2, "consent", "Bea Lawyer"), (3, "standing", "Bea Lawyer")]
    assert (show / VAULT / sha256).read_bytes() == PAPER
    told = show_record(show, C)["records"][0]
    assert told["record"]["evidence"]["document_sha256"] == sha256 and told["document"] == "in the vault"
    with opened(show) as store:
        text = "".join(entry.canonical.decode() for entry in store.lines())
    assert "signed.pdf" not in text and "Ada" in text


def test_a_draft_becomes_active_when_its_paper_comes(show: Path, file: Path, paper: Path) -> None:
    sha256 = hashlib.sha256(PAPER).hexdigest()
    file.write_text(filled_in().replace("ab" * 32, sha256), encoding="utf-8")
    assert add_record(show, file, by="Bea")["standing"] == "draft"
    assert standing(show) == "draft"
    assert add_record(show, file, document=paper, by="Bea")["standing"] == "active"
    assert standing(show) == "active" and len(lines(show)) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ada Lovelace", "\u0410da Lovelace"),
        ("Ada Lovelace", "Ada\u202eLovelace"),
        ('"TLN"', '"*"'),
        ("living", "alive"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(show: Path, file: Path, paper: Path, old: str, new: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadRecord) as refused:
        add_record(show, file, document=paper, by="Bea")
    assert all(fault.startswith(f"{file}:") for fault in refused.value.faults)
    assert lines(show) == [] and not (show / VAULT).exists()


def test_a_contradicted_record_leaves_nothing_behind(show: Path, file: Path, paper: Path, tmp_path: Path) -> None:
    add_record(show, file, document=paper, by="Bea")
    before = lines(show)
    other = tmp_path / "other.pdf"
    other.write_bytes(b"another paper")
    file.write_text(file.read_text(encoding="utf-8").replace('"WORLD"', '"US"'), encoding="utf-8")
    with pytest.raises(BadInput, match="says something else"):
        add_record(show, file, document=other, by="Bea")
    assert lines(show) == before and len(list((show / VAULT).iterdir())) == 1


def test_a_paper_of_another_hash_is_refused_with_the_line(show: Path, file: Path, paper: Path) -> None:
    file.write_text(filled_in(), encoding="utf-8")
    with pytest.raises(BadRecord) as refused:
        add_record(show, file, document=paper, by="Bea")
    assert hashlib.sha256(PAPER).hexdigest() in refused.value.faults[0] and lines(show) == []


@pytest.mark.parametrize("what", ["missing", "folder", "pipe", "binary", "huge"])
def test_what_is_no_record_file_is_said(show: Path, tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "binary":
        path.write_bytes(b"a = 1\nb = \xff\xfe")
    elif what == "huge":
        path.write_bytes(b"#" * 300_000)
    with pytest.raises(BadInput) as refused:
        add_record(show, path, by="Bea")
    assert what in str(refused.value) and refused.value.hint


def test_a_vault_that_is_a_link_out_of_the_show_stops_the_filing(
    show: Path, file: Path, paper: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (show / VAULT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        add_record(show, file, document=paper, by="Bea")
    assert lines(show) == [] and not list((tmp_path / "elsewhere").iterdir())


def test_other_records_have_no_paper(show: Path, tmp_path: Path, paper: Path) -> None:
    path = tmp_path / "strike.toml"
    path.write_text('union = "SAG-AFTRA"\nstart = 2026-07-01\n', encoding="utf-8")
    with pytest.raises(BadInput, match="no signed paper"):
        add_record(show, path, document=paper, by="Bea")
    assert add_record(show, path, by="Bea")["kind"] == "strike"


def test_a_consent_is_suspended_resumed_and_revoked(show: Path, file: Path, paper: Path) -> None:
    add_record(show, file, document=paper, by="Bea")
    assert suspend_consent(show, C, by="Bea", reason="rewritten")["standing"] == "suspended"
    assert standing(show) == "suspended"
    assert resume_consent(show, C, by="Bea", reason="read again")["standing"] == "active"
    assert standing(show) == "active"
    n_lines = len(lines(show))
    planned = withdraw_consent(show, C, by="Ada Lovelace", reason="mine", dry_run=True)
    assert planned["lines"] == [] and len(lines(show)) == n_lines and standing(show) == "active"
    done = withdraw_consent(show, C, by="Ada Lovelace", reason="mine")
    assert {**done, "lines": [], "notices": [], "dry_run": True} == planned
    assert standing(show) == "revoked" and lines(show)[n_lines:] == [(n_lines + 2, "standing", "Ada Lovelace")]
    with pytest.raises(BadInput, match="already"):
        withdraw_consent(show, C, by="Ada Lovelace", reason="mine")
    later = dt.date.today() + dt.timedelta(days=3)
    with pytest.raises(BadInput, match="already"):
        withdraw_consent(show, C, by="Ada Lovelace", reason="mine", on=later.isoformat())
    with pytest.raises(BadInput, match="not a day"):
        withdraw_consent(show, C, by="Ada Lovelace", reason="mine", on="soon")


def _revoke(show: Path, by: str, start: Any, said: Any) -> None:
    start.wait()
    try:
        said.put((by, withdraw_consent(show, C, by=by, reason="mine")["lines"], ""))
    except SecondUnitError as error:
        said.put((by, [], str(error)))


def test_of_two_revocations_in_a_race_one_takes_effect_and_the_other_is_told(
    show: Path, file: Path, paper: Path
) -> None:
    add_record(show, file, document=paper, by="Bea")
    fork = multiprocessing.get_context("spawn")
    start, said = fork.Event(), fork.Queue()
    names = ["Ada", "Bea", "Cy"]
    racers = [fork.Process(target=_revoke, args=(show, name, start, said)) for name in names]
    for racer in racers:
        racer.start()
    start.set()
    results = [said.get(timeout=60) for _ in names]
    for racer in racers:
        racer.join(60)
    (winner,) = [by for by, written, _ in results if written]
    told = [error for _, written, error in results if not written]
    assert len(told) == 2 and all(f"revoked by {winner} already" in error for error in told)
    assert [kind for _, kind, _ in lines(show)].count("standing") == 2


def test_facts_are_declared_of_a_shot_of_this_show(show: Path) -> None:
    answer = declare_facts(show, "TLN_101_BAR_0010", ["could_pass_as_real=no"], by="Cy Editor")
    assert answer["facts"] == {"could_pass_as_real": "no"}
    declare_facts(show, "show", ["human_contribution=yes"], by="Cy Editor")
    with opened(show) as store:
        said = ledgered(store).declarations
    assert [(one.shot, one.fact) for one in said] == [
        ("TLN_101_BAR_0010", "could_pass_as_real"),
        ("", "human_contribution"),
    ]
    with pytest.raises(BadInput, match="no shot of this show"):
        declare_facts(show, "OTH_101_BAR_0010", ["could_pass_as_real=no"], by="Cy Editor")
    with pytest.raises(BadRecord):
        declare_facts(show, "TLN_101_BAR_0010", ["nonsense"], by="Cy Editor")


def test_what_is_on_record_is_listed(show: Path, file: Path, paper: Path) -> None:
    add_record(show, file, document=paper, by="Bea")
    card = ToolCard("deager", "1", "ab" * 32, learned_from=("p:ada-lovelace",), quarantined=True)
    receipt = UseReceipt("r1", C, "p:ada-lovelace", "TLN_101_BAR_0010", "12", "v001", 4.0)
    with opened(show) as store:
        change_records(store, lambda _known: [card, receipt], author="Bea")
    rows = {(row["kind"], row["id"]): row for row in list_records(show)["records"]}
    assert set(rows) == {("consent", C), ("person", "p:ada-lovelace"), ("tool_card", "deager")}
    assert rows["tool_card", "deager"]["standing"] == "quarantined"
    assert len(list_records(show, person="p:ada-lovelace")["records"]) == 3
    assert list_records(show, person="p:eve")["records"] == []
    assert list_people(show)["people"][0]["consents"] == [C]
    models = {card["tool_id"]: card for card in list_models(show)["models"]}
    assert set(models) >= {"deager", "physics", "light", "comp", "centerface"}
    assert models["deager"]["learned_from"] == ["p:ada-lovelace"]
    (meter,) = read_meters(show, C)["meters"]
    assert (meter["seconds"], meter["left"], list(meter["scenes"])) == (4.0, 86.0, ["12"])
    for ask in (lambda: show_record(show, "C-2026-002"), lambda: read_meters(show, "C-2026-002")):
        with pytest.raises(BadInput) as refused:
            ask()
        assert C in refused.value.hint
    with pytest.raises(BadInput, match="no kind of record"):
        list_records(show, kind="contract")


@pytest.fixture
def tampered(show: Path, file: Path, paper: Path) -> Iterator[Path]:
    add_record(show, file, document=paper, by="Bea")
    withdraw_consent(show, C, by="Ada", reason="mine")
    with sqlite3.connect(show / "ledger.db") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute(
            "UPDATE entry SET canonical = replace(canonical, 'revoked', 'active') WHERE kind = 'standing'"
        )
    yield show


def test_an_edited_row_brings_no_consent_back(tampered: Path, file: Path, paper: Path) -> None:
    for ask in (
        lambda: list_records(tampered),
        lambda: add_record(tampered, file, document=paper, by="Bea"),
        lambda: resume_consent(tampered, C, by="Eve", reason="please"),
    ):
        with pytest.raises(VerificationFailed):
            ask()


def test_a_decision_that_fails_writes_nothing(show: Path) -> None:
    card = ToolCard("deager", "1")

    def decide(known: Any) -> Any:
        yield card
        yield replace(card, version="2")
        raise BadInput("no", hint="no")

    with opened(show) as store, pytest.raises(BadInput):
        change_records(store, decide, author="Bea")
    assert lines(show) == []


def test_the_author_is_a_name(show: Path, file: Path) -> None:
    with pytest.raises(BadInput, match="hidden"):
        add_record(show, file, by="Bea\u202e")
    assert Standing.ACTIVE == "active"
