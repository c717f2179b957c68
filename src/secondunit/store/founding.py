"""Found a ledger, and tell whose ledger lies here: a chain that holds is no proof that it is this show's."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from secondunit.errors import BadInput, VerificationFailed
from secondunit.slate.entry import Entry
from secondunit.slate.founding import FOUNDING, Founding
from secondunit.slate.show import Show
from secondunit.store.chain import append, take_write_lock
from secondunit.store.chain_text import entry_table, read_line
from secondunit.store.keys import Signer

SELF = "Second Unit"  # who writes what no person decided
HINT = "put the ledger back that was made with this show, or a backup of it"


def found_ledger(connection: sa.Connection, show: Show, *, signer: Signer, at: dt.datetime) -> Entry:
    """Write the first line of a show's ledger. Raises `BadInput` for a ledger that is begun already."""
    take_write_lock(connection)
    begun = founding_in(connection)
    if begun is not None or not _is_empty(connection):
        whose = f"the ledger of {begun}" if begun else "a ledger"
        raise BadInput(
            f"`ledger` names a database that holds {whose} already, not of {show.code}",
            hint="give every show a database of its own",
        )
    founding = Founding.of(show, signer.key)
    return append(
        connection, kind=FOUNDING, subject=show.code, body=founding.to_dict(), author=SELF, signer=signer, at=at
    )


def founding_in(connection: sa.Connection) -> Founding | None:
    """What line 1 founds, None where it founds nothing. Raises `VerificationFailed` for a line 1 that was changed."""
    row = connection.execute(sa.select(entry_table).where(entry_table.c.number == 1)).mappings().first()
    return None if row is None else Founding.read(read_line(row, signed=True))


def check_founding(connection: sa.Connection, show: Show) -> None:
    """Raise `VerificationFailed` when the ledger is not that of the show."""
    fault = founding_fault(founding_in(connection), show)
    if fault:
        raise VerificationFailed(fault, findings=[fault], hint=HINT)


def check_founded(show: Show) -> None:
    """Raise `BadInput` for a show that was made before shows had an id."""
    if not show.show_id:
        raise BadInput(
            "`show.toml` holds no `id`, so any ledger would fit this show",
            hint="a show from before there were ids is made again with `secondunit new`, its plates brought in again",
        )


def founding_fault(founding: Founding | None, show: Show) -> str:
    """One sentence on how a ledger is not that of a show; empty where it is."""
    if founding is None:
        return f"the ledger does not begin with the line that founds {show.code}"
    if founding.is_of(show.code, show.show_id):
        return ""
    return f"the ledger is that of {founding}, not of the show {show.code} ({show.show_id[:8]}…)"


def _is_empty(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(entry_table.c.number).limit(1)).first() is None
