"""A ledger to do harm to, and the means: for the tests of whoever finds it again."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from secondunit.slate.entry import Entry
from secondunit.store import chain
from secondunit.store.keys import Signer
from secondunit.store.ledger import Ledger

AT = dt.datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=dt.UTC)


def make_ledger(folder: Path, signer: Signer, n: int) -> Ledger:
    """A ledger of `n` lines, a minute apart."""
    ledger = Ledger(folder / "ledger.db")
    ledger.migrate()
    add_lines(ledger, signer, n)
    return ledger


def add_lines(ledger: Ledger, signer: Signer, n: int, *, kind: str = "use", first: int = 1) -> None:
    with ledger.write() as connection:
        for k in range(first, first + n):
            body: Mapping[str, Any] = {"n": k, "scenes": ["12", "Zoë"], "seconds": k / 4}
            at = AT + dt.timedelta(minutes=k)
            chain.append(
                connection, kind=kind, subject=f"P{k % 3}", body=body, author="Ada", signer=signer, at=at
            )


def all_lines(ledger: Ledger) -> list[Entry]:
    with ledger.read() as connection:
        return [replace(entry) for entry in chain.entries(connection)]


def sign(entry: Entry, signer: Signer) -> Entry:
    """An entry under a signature that fits."""
    unsigned = replace(entry, key=signer.key)
    return replace(unsigned, signature=signer.sign(bytes.fromhex(unsigned.hash)).hex())


def tamper(ledger: Ledger, *statements: str) -> None:
    """What somebody does who can write the file: the guards come off first."""
    with sqlite3.connect(ledger.path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
    database.close()


def put(ledger: Ledger, entry: Entry, place: int | None = None) -> None:
    """Put an entry in the place of a line, all columns fitting."""
    tamper(ledger, f"DELETE FROM entry WHERE number = {place or entry.number}")
    with sqlite3.connect(ledger.path) as database:
        row = (place or entry.number, entry.kind, entry.subject, entry.canonical.decode(), entry.hash)
        database.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", (*row, entry.signature))
    database.close()
