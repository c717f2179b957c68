"""The chain: append-only lines of the ledger, each signed and each holding the hash of the line before.

Enters: what happened, who says so, a `Signer`, the time. Leaves: `Entry` after `Entry`, none of which was read
without being checked. A row keeps the canonical bytes that were hashed (RFC 8785), the hash, the signature, and
copies of number, kind and subject to search by; a copy that differs from the bytes is found on reading.

Line 1 founds the ledger: its key may write. Another key may write from the line on that admits it (`admit_key`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from secondunit.errors import BadInput
from secondunit.slate.entry import GENESIS, Entry
from secondunit.store.chain_text import (
    broken,
    entry_of,
    entry_table,
    is_canonical,
    parse_fields,
    read_line,
)
from secondunit.store.chain_writers import KEY_KIND, Writers
from secondunit.store.keys import Signer, is_key

__all__ = [
    "CLOCK_SKEW",
    "KEY_KIND",
    "MAX_BYTES",
    "Draft",
    "Writers",
    "admit_key",
    "append",
    "append_all",
    "entries",
    "entry_table",
    "head",
    "read_line",
    "take_write_lock",
]

CLOCK_SKEW = dt.timedelta(minutes=5)  # how far the clocks of two machines may lie apart
MAX_BYTES = 1 << 20
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_READ_AT_ONCE = 2000


@dataclass(frozen=True)
class Draft:
    """What is to be written down, before it has a number."""

    kind: str
    subject: str
    body: Mapping[str, Any]


def append(
    connection: sa.Connection,
    *,
    kind: str,
    subject: str,
    body: Mapping[str, Any],
    author: str,
    signer: Signer,
    at: dt.datetime,
) -> Entry:
    """Write one line at the end and return it as it will be read. Needs a transaction for writing.

    Raises `BadInput` for a clock that lies before the last line, a key that may not write here, and a body that
    is no JSON; `VerificationFailed` when the last line is not what was signed.
    """
    (entry,) = append_all(connection, [Draft(kind, subject, body)], author=author, signer=signer, at=at)
    return entry


def append_all(
    connection: sa.Connection, drafts: Iterable[Draft], *, author: str, signer: Signer, at: dt.datetime
) -> list[Entry]:
    """Write some lines, in order, as `append` writes one: all of them are kept, or none."""
    take_write_lock(connection)
    last = head(connection)
    _check_writer(connection, last, signer)
    at = _not_before(last, at)
    written: list[Entry] = []
    rows: list[dict[str, Any]] = []
    for draft in drafts:
        last, row = _write_down(draft, last, author=author, signer=signer, at=at)
        written.append(last)
        rows.append(row)
    if rows:
        connection.execute(sa.insert(entry_table), rows)
    return written


def admit_key(
    connection: sa.Connection,
    key: str,
    name: str,
    *,
    allowed: bool = True,
    author: str,
    signer: Signer,
    at: dt.datetime,
) -> Entry:
    """Let another key write lines from here on, or (`allowed=False`) no longer. Raises like `append`."""
    if not is_key(key):
        raise BadInput(
            f"`{key[:80]}` is no key", hint="a key is 64 hex digits: `secondunit ledger key` prints it"
        )
    body = {"key": key, "name": name, "allowed": allowed}
    return append(connection, kind=KEY_KIND, subject=key, body=body, author=author, signer=signer, at=at)


def head(connection: sa.Connection) -> Entry | None:
    """The last line, checked; None in an empty ledger. Raises `VerificationFailed`."""
    query = sa.select(entry_table).order_by(entry_table.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else read_line(row, signed=True)


def entries(
    connection: sa.Connection, kind: str | None = None, subject: str | None = None, after: int = 0
) -> Iterator[Entry]:
    """The lines after a number, oldest first, streamed; of one kind or subject where wanted.

    Without a filter the links of the chain are followed up to the signed last line, which vouches for all before
    it; with one, the signature of every line is checked. Raises `VerificationFailed` at the first line that is
    not what was signed (`chain_verify` names all of them) or that a key wrote which may not.
    """
    last = head(connection)
    if last is None:
        return
    writers = Writers.of(connection)
    writers.check(last)
    whole = kind is None and subject is None
    previous = _link_before(connection, after) if whole else ""
    query = _query(kind, subject, after).where(entry_table.c.number <= last.number)
    query = query.execution_options(yield_per=_READ_AT_ONCE)
    expected = after
    for row in connection.execute(query).mappings():
        entry = read_line(row, signed=not whole)
        writers.check(entry)
        if whole:
            expected += 1
            if (entry.number, entry.previous) != (expected, previous):
                raise broken(f"line {expected} of the ledger is not the one that was written after line {after}")
            previous, after = entry.hash, entry.number
        yield entry
    if whole and expected < last.number:
        raise broken(f"the ledger lost lines after line {expected}")


def take_write_lock(connection: sa.Connection) -> None:
    """Wait until nobody else writes, before anything is read: two writers never see the same last line."""
    if connection.dialect.name == "sqlite":
        # Changes nothing, but SQLite gives the write lock to the statement before it looks for rows.
        connection.exec_driver_sql("UPDATE entry SET number = number WHERE 0")
    else:
        connection.exec_driver_sql("LOCK TABLE entry IN SHARE ROW EXCLUSIVE MODE")


def _query(kind: str | None, subject: str | None, after: int) -> sa.Select[Any]:
    query = sa.select(entry_table).where(entry_table.c.number > after).order_by(entry_table.c.number)
    if kind is not None:
        query = query.where(entry_table.c.kind == kind)
    return query if subject is None else query.where(entry_table.c.subject == subject)


def _link_before(connection: sa.Connection, after: int) -> str:
    if after <= 0:
        return GENESIS
    query = sa.select(entry_table.c.hash).where(entry_table.c.number == after)
    return str(connection.execute(query).scalar() or "")


def _check_writer(connection: sa.Connection, last: Entry | None, signer: Signer) -> None:
    if last is None or Writers.of(connection).may_write(signer.key, last.number + 1):
        return
    raise BadInput(
        f"the key `{signer.key[:16]}…` may not write in this show's ledger",
        hint=f"ask somebody who may to run `secondunit ledger admit {signer.key}`",
    )


def _not_before(last: Entry | None, at: dt.datetime) -> dt.datetime:
    """The time of the next line: never before the last one; raises `BadInput` when the clock was set back."""
    if at.tzinfo is None:
        raise BadInput("a line of the ledger needs a time with a time zone", hint="use UTC")
    if last is None or at >= last.at:
        return at
    if last.at - at > CLOCK_SKEW:
        raise BadInput(
            f"the clock says {at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC, but the ledger was last written "
            f"on {last.at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC",
            hint="set this machine's clock right",
        )
    return last.at


def _write_down(
    draft: Draft, last: Entry | None, *, author: str, signer: Signer, at: dt.datetime
) -> tuple[Entry, dict[str, Any]]:
    """The next line, as it will be read, and its row."""
    _check_draft(draft, author)
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    text = Entry(
        number, at, draft.kind, draft.subject, draft.body, author, signer.key, previous
    ).canonical.decode()
    if len(text) > MAX_BYTES:
        raise BadInput(
            "a line of the ledger is larger than a megabyte", hint="keep documents in the vault, by hash"
        )
    fields = _written(text)
    digest = hashlib.sha256(text.encode()).digest()
    entry = entry_of(fields, signer.sign(digest).hex())
    entry.__dict__["hash"] = digest.hex()
    columns = (number, draft.kind, draft.subject, text, entry.hash, entry.signature)
    return entry, dict(zip(entry_table.c.keys(), columns, strict=True))


def _written(text: str) -> dict[str, Any]:
    """What will be read again; raises `BadInput` when that would be something else."""
    try:
        fields = parse_fields(text)
    except ValueError as error:
        raise BadInput(
            f"a value cannot be written down for good: {error}", hint="use whole numbers below 2^53"
        ) from None
    if not is_canonical(text, fields):
        raise BadInput("a value cannot be written down for good", hint="use numbers, text, lists and tables")
    return fields


def _check_draft(draft: Draft, author: str) -> None:
    if not _KIND.fullmatch(draft.kind):
        raise BadInput(f"`{draft.kind[:80]}` is no kind of line", hint="use small letters, digits and `_`")
    if not draft.subject.strip() or not author.strip():
        raise BadInput(
            "a line of the ledger needs a subject and an author", hint="say whose it is and who writes"
        )
    if "\0" in draft.subject:
        raise BadInput("a subject of the ledger holds a character that is no text", hint="write it without")
