"""The chain: append-only lines of the ledger, each signed and each holding the hash of the line before.

Enters: what happened, who says so, a `Signer`, the time. Leaves: `Entry` after `Entry`, none of which was read
without being checked. A row keeps the canonical bytes that were hashed (RFC 8785), the hash, the signature, and
copies of number, kind and subject to search by; a copy that differs from the bytes is found on reading.

Line 1 founds the ledger: its key may write. Another key may write from the line on that admits it (`admit_key`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from secondunit.errors import BadInput, VerificationFailed
from secondunit.slate.canonical import canonical_json
from secondunit.slate.entry import GENESIS, Entry
from secondunit.store.keys import Signer, check_signature, is_key
from secondunit.store.ledger import metadata

KEY_KIND = "ledger_key"  # a line that lets another key write, or no longer
CLOCK_SKEW = dt.timedelta(minutes=5)  # how far the clocks of two machines may lie apart
MAX_BYTES = 1 << 20
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_READ_AT_ONCE = 2000


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) < 18 else _TOO_LARGE
    if abs(number) >= _TOO_LARGE:
        raise ValueError("a whole number is too large")
    return number


_TOO_LARGE = 2**53
_decode = json.JSONDecoder(parse_int=_whole).decode
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

entry_table = sa.Table(
    "entry",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("canonical", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("signature", sa.String(128), nullable=False),
)


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
                raise _broken(f"line {expected} of the ledger is not the one that was written after line {after}")
            previous, after = entry.hash, entry.number
        yield entry
    if whole and expected < last.number:
        raise _broken(f"the ledger lost lines after line {expected}")


def take_write_lock(connection: sa.Connection) -> None:
    """Wait until nobody else writes, before anything is read: two writers never see the same last line."""
    if connection.dialect.name == "sqlite":
        # Changes nothing, but SQLite gives the write lock to the statement before it looks for rows.
        connection.exec_driver_sql("UPDATE entry SET number = number WHERE 0")
    else:
        connection.exec_driver_sql("LOCK TABLE entry IN SHARE ROW EXCLUSIVE MODE")


def read_line(row: sa.RowMapping, *, signed: bool) -> Entry:
    """The entry of a row. Raises `VerificationFailed` when its bytes, copies or (`signed`) signature do not fit."""
    number, text = row["number"], str(row["canonical"])
    try:
        entry = parse_line(text, str(row["signature"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _broken(f"line {number} of the ledger cannot be read") from None
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    fits = (entry.number, entry.kind, entry.subject) == (number, row["kind"], row["subject"])
    if not fits or digest != row["hash"]:
        raise _broken(f"line {number} of the ledger was changed after it was written")
    if signed and not check_signature(entry.key, bytes.fromhex(digest), entry.signature):
        raise _broken(f"the signature of line {number} of the ledger does not fit it")
    # The hash is known: spare the property its work.
    entry.__dict__["hash"] = digest
    return entry


def parse_line(text: str, signature: str) -> Entry:
    """The entry that canonical bytes stand for, unchecked. Raises `ValueError`, `KeyError`, `TypeError`."""
    return entry_of(parse_fields(text), signature)


def parse_fields(text: str) -> dict[str, Any]:
    """What a text says as JSON. Raises `ValueError`, for a whole number beyond the standard's as well."""
    fields = _decode(text)
    if not isinstance(fields, dict):
        raise ValueError("no table")
    return fields


def is_canonical(text: str, fields: Mapping[str, Any]) -> bool:
    """Whether a text is the one way to write the fields parsed from it (RFC 8785). Raises `BadInput`."""
    # Python's own encoder, in C, writes most lines as the standard does; the rest is done over, slower.
    return _encode(fields) == text or canonical_json(fields).decode() == text


def entry_of(fields: Mapping[str, Any], signature: str) -> Entry:
    """The entry of parsed fields, unchecked. Raises `ValueError`, `KeyError`, `TypeError`."""
    return Entry(
        number=fields["number"],
        at=dt.datetime.fromisoformat(fields["at"]),
        kind=fields["kind"],
        subject=fields["subject"],
        body=fields["body"],
        author=fields["author"],
        key=fields["key"],
        previous=fields["previous"],
        signature=signature,
    )


class Writers:
    """Which keys may write from which line on."""

    def __init__(self, founder: str) -> None:
        self.founder = founder
        self._changes: dict[str, list[tuple[int, bool]]] = {founder: [(0, True)]}

    @classmethod
    def of(cls, connection: sa.Connection) -> Writers:
        """As the ledger's own lines say. Raises `VerificationFailed` when one of those is not what was signed."""
        first = connection.execute(_query(None, None, 0).limit(1)).mappings().first()
        if first is None:
            return cls("")
        found = cls(read_line(first, signed=True).key)
        for row in connection.execute(_query(KEY_KIND, None, 0)).mappings():
            entry = read_line(row, signed=True)
            found.check(entry)
            found = found.after(entry)
        return found

    def after(self, entry: Entry) -> Writers:
        """What they are after a line of the kind `ledger_key`."""
        key, allowed = entry.body.get("key"), entry.body.get("allowed")
        changed = Writers(self.founder)
        changed._changes = dict(self._changes)
        if isinstance(key, str) and isinstance(allowed, bool):
            changed._changes[key] = [*self._changes.get(key, ()), (entry.number, allowed)]
        return changed

    def may_write(self, key: str, number: int) -> bool:
        """Whether a key may write the line of a number."""
        allowed = False
        for since, answer in self._changes.get(key, ()):
            if since >= number:
                break
            allowed = answer
        return allowed

    def check(self, entry: Entry) -> None:
        """Raise `VerificationFailed` for a line by a key that may not write it."""
        if not self.may_write(entry.key, entry.number):
            raise _broken(f"line {entry.number} of the ledger was written by a foreign key, {entry.key[:16]}…")


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


def _broken(sentence: str) -> VerificationFailed:
    return VerificationFailed(
        sentence, findings=[sentence], hint="run `secondunit ledger verify` to see every line that differs"
    )
