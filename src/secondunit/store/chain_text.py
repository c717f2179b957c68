"""A line of the ledger as text and back: the canonical bytes that are hashed, the row that keeps them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from secondunit.errors import VerificationFailed
from secondunit.slate.canonical import canonical_json
from secondunit.slate.entry import Entry
from secondunit.store.keys import check_signature
from secondunit.store.ledger import metadata

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


def read_line(row: sa.RowMapping, *, signed: bool) -> Entry:
    """The entry of a row. Raises `VerificationFailed` when its bytes, copies or (`signed`) signature do not fit."""
    number, text = row["number"], str(row["canonical"])
    try:
        entry = parse_line(text, str(row["signature"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise broken(f"line {number} of the ledger cannot be read") from None
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    fits = (entry.number, entry.kind, entry.subject) == (number, row["kind"], row["subject"])
    if not fits or digest != row["hash"]:
        raise broken(f"line {number} of the ledger was changed after it was written")
    if signed and not check_signature(entry.key, bytes.fromhex(digest), entry.signature):
        raise broken(f"the signature of line {number} of the ledger does not fit it")
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


def broken(sentence: str) -> VerificationFailed:
    """The error for a ledger that is not what was written."""
    return VerificationFailed(
        sentence, findings=[sentence], hint="run `secondunit ledger verify` to see every line that differs"
    )


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) < 18 else _TOO_LARGE
    if abs(number) >= _TOO_LARGE:
        raise ValueError("a whole number is too large")
    return number


_TOO_LARGE = 2**53
_decode = json.JSONDecoder(parse_int=_whole).decode
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
