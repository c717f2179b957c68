from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput, VerificationFailed
from secondunit.slate.entry import GENESIS, Entry
from secondunit.store import chain
from secondunit.store.keys import Signer, check_signature, new_signer
from secondunit.store.ledger import Ledger

AT = dt.datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=dt.UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.db")
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def signer() -> Signer:
    return new_signer("desk")


def write(ledger: Ledger, signer: Signer, n: int = 1, *, kind: str = "consent", at: dt.datetime = AT) -> None:
    for _ in range(n):
        with ledger.write() as connection:
            number = getattr(chain.head(connection), "number", 0) + 1
            chain.append(
                connection,
                kind=kind,
                subject=f"P{number % 3}",
                body={"n": number},
                author="Ada",
                signer=signer,
                at=at,
            )


def read(ledger: Ledger, **wanted: object) -> list[Entry]:
    with ledger.read() as connection:
        return list(chain.entries(connection, **wanted))  # type: ignore[arg-type]


def tamper(ledger: Ledger, *statements: str) -> None:
    """What somebody does who can write the file: the guards come off first."""
    with sqlite3.connect(ledger.path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
    database.close()


def test_what_is_written_is_read_back_and_checks_out(ledger: Ledger, signer: Signer) -> None:
    body = {"scenes": ("12", "14A"), "seconds": 12.5, "whole": 3.0, "name": "Zoë 李", "open": None, "zero": -0.0}
    with ledger.write() as connection:
        first = chain.append(
            connection, kind="consent", subject="P1", body=body, author="Ada", signer=signer, at=AT
        )
        second = chain.append(connection, kind="use", subject="P1", body={}, author="Ada", signer=signer, at=AT)
    assert read(ledger) == [first, second]
    assert first.body == {
        "scenes": ["12", "14A"], "seconds": 12.5, "whole": 3, "name": "Zoë 李", "open": None, "zero": 0
    }  # fmt: skip
    assert (first.previous, second.previous) == (GENESIS, first.hash)
    assert first.hash == replace(first).hash
    assert check_signature(signer.key, bytes.fromhex(second.hash), second.signature)


def test_lines_are_found_by_kind_subject_and_number(ledger: Ledger, signer: Signer) -> None:
    write(ledger, signer, 7)
    write(ledger, signer, 2, kind="standing")
    assert [e.number for e in read(ledger)] == list(range(1, 10))
    assert [e.number for e in read(ledger, after=6)] == [7, 8, 9]
    assert [e.number for e in read(ledger, kind="standing")] == [8, 9]
    assert [e.number for e in read(ledger, subject="P1")] == [1, 4, 7]
    assert [e.number for e in read(ledger, kind="consent", subject="P1", after=1)] == [4, 7]
    assert read(ledger, after=99) == []


def test_an_empty_ledger_has_no_head_and_no_lines(ledger: Ledger) -> None:
    assert read(ledger) == []
    with ledger.read() as connection:
        assert chain.head(connection) is None


def test_a_transaction_that_fails_keeps_nothing(ledger: Ledger, signer: Signer) -> None:
    write(ledger, signer)
    with pytest.raises(RuntimeError), ledger.write() as connection:
        chain.append(connection, kind="use", subject="P", body={}, author="Ada", signer=signer, at=AT)
        raise RuntimeError
    assert len(read(ledger)) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "No Kind"}, "no kind of line"),
        ({"subject": "  "}, "needs a subject"),
        ({"author": ""}, "needs a subject and an author"),
        ({"subject": "P\0"}, "no text"),
        ({"body": {"x": float("nan")}}, "cannot be written down"),
        ({"body": {"x": 2**60}}, "cannot be written down"),
        ({"body": {"x": 2.0**60}}, "cannot be written down"),
        ({"body": {"x": "\ud800"}}, "cannot be written down"),
        ({"body": {"x": "y" * (1 << 20)}}, "larger than a megabyte"),
        ({"at": dt.datetime(2026, 1, 1)}, "time zone"),
    ],
)
def test_what_cannot_be_written_down(ledger: Ledger, signer: Signer, changed: dict, words: str) -> None:  # type: ignore[type-arg]
    line = {"kind": "use", "subject": "P1", "body": {}, "author": "Ada", "signer": signer, "at": AT} | changed
    with pytest.raises(BadInput, match=words), ledger.write() as connection:
        chain.append(connection, **line)  # type: ignore[arg-type]
    assert read(ledger) == []


def test_a_clock_set_back_is_refused(ledger: Ledger, signer: Signer) -> None:
    write(ledger, signer)
    with pytest.raises(BadInput, match="clock says 2026-11-25 11:50 UTC"):
        write(ledger, signer, at=AT - dt.timedelta(minutes=10))
    write(ledger, signer, at=AT - dt.timedelta(minutes=2))
    assert [entry.at for entry in read(ledger)] == [AT, AT]


def test_another_key_writes_only_once_it_is_admitted(ledger: Ledger, signer: Signer) -> None:
    write(ledger, signer)
    other = new_signer("second desk")
    with pytest.raises(BadInput, match="may not write"):
        write(ledger, other)
    with ledger.write() as connection:
        chain.admit_key(connection, other.key, "second desk", author="Ada", signer=signer, at=AT)
    write(ledger, other)
    with ledger.write() as connection:
        chain.admit_key(connection, other.key, "second desk", allowed=False, author="Ada", signer=signer, at=AT)
    with pytest.raises(BadInput, match="may not write"):
        write(ledger, other)
    assert [entry.key for entry in read(ledger, kind="consent")] == [signer.key, other.key]
    with pytest.raises(BadInput, match="is no key"), ledger.write() as connection:
        chain.admit_key(connection, "ABC", "x", author="Ada", signer=signer, at=AT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET subject = 'P9' WHERE number = 2",
        "DELETE FROM entry WHERE number = 2",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE number = 2",
    ],
)
def test_the_table_itself_refuses_changes(ledger: Ledger, signer: Signer, statement: str) -> None:
    write(ledger, signer, 3)
    with pytest.raises(sa.exc.IntegrityError, match="never"), ledger.write() as connection:
        connection.exec_driver_sql(statement)
    assert len(read(ledger)) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET subject = 'P9' WHERE number = 2",
        "UPDATE entry SET kind = 'standing' WHERE number = 2",
        "UPDATE entry SET canonical = replace(canonical, '\"n\":2', '\"n\":7') WHERE number = 2",
        "UPDATE entry SET canonical = 'no json' WHERE number = 2",
        "UPDATE entry SET canonical = CAST(x'7b22ff227d' AS TEXT) WHERE number = 2",
        "UPDATE entry SET canonical = x'ff00' WHERE number = 2",
        "UPDATE entry SET hash = (SELECT hash FROM entry WHERE number = 1) WHERE number = 2",
        "DELETE FROM entry WHERE number = 2",
        "DELETE FROM entry WHERE number = 1",
        "UPDATE entry SET number = 20 WHERE number = 2",
        "UPDATE entry SET canonical = (SELECT canonical FROM entry e WHERE e.number = 5 - entry.number), "
        "hash = (SELECT hash FROM entry e WHERE e.number = 5 - entry.number), "
        "signature = (SELECT signature FROM entry e WHERE e.number = 5 - entry.number) WHERE number IN (2, 3)",
    ],
)
def test_reading_stops_at_a_line_that_was_tampered_with(ledger: Ledger, signer: Signer, statement: str) -> None:
    write(ledger, signer, 4)
    tamper(ledger, statement)
    with pytest.raises(VerificationFailed):
        read(ledger)


def test_a_body_rewritten_with_all_its_hashes_is_found_by_the_signature(ledger: Ledger, signer: Signer) -> None:
    write(ledger, signer, 3)
    forged = [replace(entry) for entry in read(ledger)]
    forged[1] = replace(forged[1], body={"n": 7})
    forged[2] = replace(forged[2], previous=forged[1].hash)
    quoted = [(e.canonical.decode().replace("'", "''"), e.hash, e.number) for e in forged]
    tamper(
        ledger, *(f"UPDATE entry SET canonical = '{c}', hash = '{h}' WHERE number = {n}" for c, h, n in quoted)
    )
    for wanted in ({}, {"kind": "consent"}, {"subject": "P2"}):
        with pytest.raises(VerificationFailed, match="signature"):
            read(ledger, **wanted)


def test_nothing_is_written_after_a_spoilt_last_line(ledger: Ledger, signer: Signer) -> None:
    write(ledger, signer, 2)
    tamper(ledger, "UPDATE entry SET canonical = replace(canonical, '\"n\":2', '\"n\":3') WHERE number = 2")
    with pytest.raises(VerificationFailed, match="line 2"):
        write(ledger, signer)


def test_many_processes_never_fork_the_chain(ledger: Ledger, signer: Signer, tmp_path: Path) -> None:
    from secondunit.store.keys import make_key

    make_key(tmp_path / "desk.pem", "desk")
    code = """
        import datetime as dt, sys
        from pathlib import Path
        from secondunit.store import chain
        from secondunit.store.keys import load_key
        from secondunit.store.ledger import Ledger
        folder, name = Path(sys.argv[1]), sys.argv[2]
        ledger, signer = Ledger(folder / "ledger.db"), load_key(folder / "desk.pem", "desk")
        for n in range(25):
            with ledger.write() as connection:
                chain.append(connection, kind="use", subject=name, body={"n": n}, author=name, signer=signer,
                             at=dt.datetime.now(dt.UTC))
    """
    arguments = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    workers = [subprocess.Popen([*arguments, f"W{n}"], stderr=subprocess.PIPE, text=True) for n in range(4)]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
    lines = read(ledger)
    assert [line.number for line in lines] == list(range(1, 101))
    assert {name: [e.body["n"] for e in lines if e.subject == name] for name in ("W0", "W1", "W2", "W3")} == {
        f"W{n}": list(range(25)) for n in range(4)
    }


def test_a_writer_that_read_before_its_turn_fails_instead_of_forking(ledger: Ledger, signer: Signer) -> None:
    write(ledger, signer)
    with pytest.raises((sa.exc.OperationalError, BadInput)), ledger.read() as late:
        assert chain.head(late) is not None  # a snapshot that will be old
        write(ledger, signer)
        chain.append(late, kind="use", subject="P", body={}, author="Ada", signer=signer, at=AT)
    assert [entry.number for entry in read(ledger)] == [1, 2]


def test_a_killed_writer_leaves_no_line(ledger: Ledger, signer: Signer, tmp_path: Path) -> None:
    write(ledger, signer)
    code = """
        import os, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from test_chain import AT, chain, new_signer
        from secondunit.store.ledger import Ledger
        with Ledger(Path(sys.argv[1])).write() as connection:
            connection.exec_driver_sql("INSERT INTO entry VALUES (2, 'use', 'P', '{}', 'x', 'x')")
            os.kill(os.getpid(), 9)
    """
    where = [str(ledger.path), str(Path(__file__).parent)]
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code), *where], check=False)
    assert killed.returncode == -9
    write(ledger, signer)
    assert [entry.number for entry in read(ledger)] == [1, 2]


texts = st.text(st.characters(codec="utf-8"), max_size=8)
whole = st.integers(-(2**53) + 1, 2**53 - 1)
scalars = st.none() | st.booleans() | whole | st.floats(-9e15, 9e15) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
json_bodies = st.dictionaries(texts, values, max_size=4)


@settings(max_examples=60, deadline=None)
@given(bodies=st.lists(json_bodies, min_size=1, max_size=4))
def test_any_json_goes_in_and_comes_out_the_same(bodies: list, tmp_path_factory: pytest.TempPathFactory) -> None:  # type: ignore[type-arg]
    ledger, signer = Ledger(tmp_path_factory.mktemp("any") / "ledger.db"), new_signer("desk")
    ledger.migrate()
    drafts = [chain.Draft("use", "P1", body) for body in bodies]
    with ledger.write() as connection:
        written = chain.append_all(connection, drafts, author="Ada", signer=signer, at=AT)
    lines = read(ledger)
    ledger.close()
    assert lines == written
    assert [line.body for line in lines] == bodies
    assert all(replace(line).hash == line.hash for line in lines)
