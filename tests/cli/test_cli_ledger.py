"""The ledger at the command line: checked, taken away, checked again by a stranger."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from desk import Said, is_refused, type_in

from secondunit.cli.app import app as program
from secondunit.cli.ledger import app
from secondunit.provenance.checkpoint import read_checkpoint
from secondunit.slate.show import Show
from secondunit.store import create_show, open_show
from secondunit.store.chain import Draft
from secondunit.store.keys import new_signer

sys.path.insert(0, str(Path(__file__).parents[1] / "provenance"))
from local_tsa import LocalTsa

if "ledger" not in program:
    program.command(app)


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A show in whose ledger nothing was written yet but the line that founds it."""
    create_show(tmp_path / "bare", Show("Trial", "TRL", Fraction(24))).close()
    return tmp_path / "bare"


@pytest.fixture
def written(show: Path) -> Path:
    """A show with six lines in its ledger."""
    store = open_show(show)
    for n in range(2, 7):
        store.write_lines([Draft("use", f"P{n}", {"n": n})], author="Ada")
    store.close()
    return show


def done(*words: object) -> Said:
    said = type_in("ledger", *words)
    assert said.code == 0, said.err
    return said


def spoil(show: Path, *statements: str) -> None:
    with sqlite3.connect(show / "ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
    database.close()


def test_a_ledger_as_it_was_written(written: Path) -> None:
    assert done("verify", written).out.startswith("ok: all 6 lines of the ledger as they were written")
    data = done("verify", "--show", written, "--json").data
    assert (data["lines"], data["ok"], data["findings"]) == (6, True, [])


def test_a_new_show_has_nothing_to_find(show: Path) -> None:
    assert "1 line of the ledger" in done("verify", show).out
    assert done("verify", show, "--json").data["show"]["code"] == "TRL"


def test_every_bad_line_is_named_with_exit_code_5(written: Path) -> None:
    spoil(written, "DELETE FROM entry WHERE number = 2", "UPDATE entry SET subject = 'P9' WHERE number = 5")
    said = is_refused(type_in("ledger", "verify", written), 5, "line 2 is gone", "and 1 more")
    assert "the subject of line 5 was changed" in said.err
    answer = json.loads(type_in("ledger", "verify", written, "--json").out)
    assert (answer["exit_code"], len(answer["findings"])) == (5, 2)


def test_an_export_is_checked_by_a_stranger(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "audit"
    assert "exported 6 lines" in done("export", out, "--show", written).out
    key = done("key", "--show", written, "--json").data["key"]
    assert "1 to 6" in done("verify", out).out
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "stranger"))
    for what in (out, out / "root.json", written):
        said = is_refused(type_in("ledger", "verify", what), 5, "does not know")
        assert "--key" in said.hint
        assert done("verify", what, "--key", key).out.startswith("ok: ")
    (tmp_path / "stranger" / "keys").mkdir(parents=True)
    (tmp_path / "stranger" / "keys" / "ada_films.pub").write_text(key + "\n")
    assert done("verify", out).out.startswith("ok: ")
    is_refused(type_in("ledger", "verify", out, "--key", "77" * 32), 5, "foreign key", "more")
    is_refused(type_in("ledger", "verify", out, "--key", "ABC"), 2, "is no key")


def test_a_ledger_that_was_cut_off_is_found_against_an_export(written: Path, tmp_path: Path) -> None:
    done("export", tmp_path / "audit", "--show", written)
    assert "exported on" in done("verify", written, "--against", tmp_path / "audit").out
    spoil(written, "DELETE FROM entry WHERE number > 4")
    done("verify", written)
    for against in (tmp_path / "audit", tmp_path / "audit" / "root.json"):
        is_refused(type_in("ledger", "verify", written, "--against", against), 5, "lines 5 to 6 were cut off")
    is_refused(type_in("ledger", "verify", written, "--against", tmp_path), 2, "cannot be read")


def test_a_root_that_somebody_else_signed_says_nothing(written: Path, tmp_path: Path) -> None:
    done("export", tmp_path / "audit", "--show", written)
    thief = new_signer("thief")
    root = replace(read_checkpoint((tmp_path / "audit" / "root.json").read_bytes()), key=thief.key)
    forged = replace(root, signature=thief.sign(root.statement).hex())
    (tmp_path / "root.json").write_bytes(forged.to_bytes())
    is_refused(type_in("ledger", "verify", tmp_path / "root.json"), 5, "root is signed, but by the key")
    is_refused(type_in("ledger", "verify", written, "--against", tmp_path / "root.json"), 5, "foreign key")


def test_an_export_with_a_time_stamp(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from secondunit.callsheet import ledger_desk

    tsa = LocalTsa(dt.datetime.now(dt.UTC).replace(microsecond=0))
    monkeypatch.setattr(ledger_desk, "http_transport", lambda _url: tsa.transport)
    done("export", tmp_path / "audit", "--tsa", "https://time.example", "--show", written)
    assert "whom this machine does not know" in done("verify", tmp_path / "audit").out
    (tmp_path / "roots.pem").write_text(tsa.root_pem)
    monkeypatch.setenv("SECONDUNIT_TRUST", str(tmp_path / "roots.pem"))
    assert "`Test time authority` saw it on" in done("verify", tmp_path / "audit").out


def test_exports_that_cannot_be_made(written: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    is_refused(type_in("ledger", "export", written, "--show", written), 2, "exists already")
    said = type_in("ledger", "export", tmp_path / "audit", "--tsa", "http://127.0.0.1:9", "--show", written)
    is_refused(said, 2, "cannot be reached")
    is_refused(
        type_in("ledger", "export", tmp_path / "audit", "--tsa", "ftp://x", "--show", written), 2, "no address"
    )
    assert sorted(tmp_path.iterdir()) == before


def test_a_second_desk_writes_once_it_is_admitted(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as second:
        second.setenv("SECONDUNIT_HOME", str(tmp_path / "second"))
        told = done("key", "--show", written, "--json").data
        assert told["may_write"] is False
        said = type_in("ledger", "admit", told["key"], "--name", "Mallory", "--by", "Mallory", "--show", written)
        assert told["key"] in is_refused(said, 2, "may not write").hint
    done("admit", told["key"], "--name", "Second desk", "--by", "Ada", "--show", written)
    with monkeypatch.context() as second:
        second.setenv("SECONDUNIT_HOME", str(tmp_path / "second"))
        assert done("key", "--show", written, "--json").data["may_write"] is True
        store = open_show(written)
        store.write_lines([Draft("use", "P9", {})], author="Bo")
        store.close()
    done("dismiss", told["key"], "--by", "Ada", "--show", written)
    assert done("verify", written, "--json").data["lines"] == 9
    with monkeypatch.context() as second:
        second.setenv("SECONDUNIT_HOME", str(tmp_path / "second"))
        assert done("key", "--show", written, "--json").data["may_write"] is False


def test_help_has_an_example_for_each_command() -> None:
    for name in ("verify", "export", "key", "admit", "dismiss"):
        assert f"secondunit ledger {name}" in type_in("ledger", name, "--help").out
