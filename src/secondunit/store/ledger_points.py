"""Where a ledger stands, and whether it still holds what it held when something was signed.

A ledger cut off at its end, or an older copy put back, is a chain that holds. What was signed since remembers better.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from secondunit.slate.ledger_point import LedgerPoint
from secondunit.slate.show import Show
from secondunit.store.chain import head
from secondunit.store.chain_text import entry_table, read_line
from secondunit.store.ledger import LEDGER_FILE, Ledger
from secondunit.store.show_file import SHOW_FILE, read_show

HashAt = Callable[[int], str | None]
"""The hash of a line of a ledger, None where there is no such line."""


def point_now(connection: sa.Connection, show: Show) -> LedgerPoint | None:
    """The last line of a show's ledger, None in an empty one. Raises `VerificationFailed`."""
    last = head(connection)
    return None if last is None else LedgerPoint(show.show_id, last.number, last.hash)


def point_of(root: Path) -> LedgerPoint | None:
    """The last line of the ledger of the show in a folder, None where no founded show lies there."""
    if not (root / SHOW_FILE).is_file():
        return None
    show = read_show(root / SHOW_FILE)
    if not show.show_id:
        return None
    ledger = Ledger(show.ledger or root / LEDGER_FILE)
    try:
        with ledger.read() as connection:
            return point_now(connection, show)
    finally:
        ledger.close()


def hashes_of(connection: sa.Connection) -> HashAt:
    """The hashes of single lines, each held against its signature; raises `VerificationFailed` when asked for one that
    is not what was signed."""

    def hash_at(number: int) -> str | None:
        row = connection.execute(sa.select(entry_table).where(entry_table.c.number == number)).mappings().first()
        return None if row is None else read_line(row, signed=True).hash

    return hash_at


def lost(point: LedgerPoint | None, show: Show, hash_at: HashAt) -> str:
    """How the ledger no longer holds what something rests on, in a clause; empty where it does."""
    if point is None:
        return "does not say where the ledger stood when it was signed"
    if point.show_id != show.show_id:
        return f"was signed in another show ({point.show_id[:8]}…)"
    found = hash_at(point.line)
    if found is None:
        return f"rests on line {point.line} of the ledger, which is gone: its end was cut off, or an older one put back"
    if found != point.sha256:
        return f"rests on another line {point.line} than the ledger holds: it was written anew"
    return ""
