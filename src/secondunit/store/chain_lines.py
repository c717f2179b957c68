"""Judge lines of the ledger one after another: each by itself, and against the line before it.

Pure and picklable, so that many processes judge a ledger between them (`chain_verify`). Everything that a line can
be found to be is one `Kind`; a line gets one finding, the plainest that explains what is seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from secondunit.errors import BadInput
from secondunit.slate.entry import GENESIS, Entry
from secondunit.store.chain import CLOCK_SKEW
from secondunit.store.chain_text import entry_of, is_canonical, parse_fields
from secondunit.store.chain_writers import Writers
from secondunit.store.keys import check_signature

_FIELDS = {"at", "author", "body", "key", "kind", "number", "previous", "subject"}


class Kind(StrEnum):
    """What was done to a line."""

    EDITED = "edited"
    FORGED = "forged"  # by a key that may not write, or under a signature that is not its own
    DROPPED = "dropped"
    REORDERED = "reordered"
    REPLACED = "replaced"  # another line was written in its place and signed
    BACKDATED = "backdated"
    TRUNCATED = "truncated"


@dataclass(frozen=True)
class BadLine:
    """Lines `first` to `last` (often one) and what was done to them."""

    kind: Kind
    first: int
    last: int
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"kind": str(self.kind), "first": self.first, "last": self.last, "sentence": self.sentence}


class RawLine(NamedTuple):
    """A line as it lies in a table or a file: `place` is where, the rest is what it claims.

    `kind`, `subject` and `hash` are the table's copies; None in a file, which has none.
    """

    place: int
    canonical: bytes
    signature: str
    kind: str | None = None
    subject: str | None = None
    hash: str | None = None


class Judged(NamedTuple):
    """A line that was judged: `digest` is the hash of its bytes, `entry` what they say, if anything."""

    place: int
    digest: bytes
    entry: Entry | None
    fault: BadLine | None

    @property
    def in_place(self) -> bool:
        """Whether it counts as the line of its place: it does, however spoilt, unless it belongs elsewhere."""
        return self.fault is None or self.fault.kind is not Kind.REORDERED


class ChunkVerdict(NamedTuple):
    """What came of some lines: where they lie, their hashes (32 bytes each) and what is wrong with them."""

    places: list[int]
    digests: bytes
    faults: list[BadLine]
    misplaced: list[tuple[int, int]]  # place, the number it was signed with


def judge_chunk(before: RawLine | None, lines: Sequence[RawLine], writers: Writers) -> ChunkVerdict:
    """Judge lines in their order; `before` is the line that stands before the first of them, for its link."""
    last = None if before is None else judge_line(before, writers)
    places, digests, faults, misplaced = [], [], [], []
    for line in lines:
        now = judge_line(line, writers)
        fault = now.fault or _link_fault(last, now)
        if fault is not None:
            faults.append(fault)
        if now.in_place:
            places.append(now.place)
            digests.append(now.digest)
        elif now.entry is not None:
            misplaced.append((now.place, now.entry.number))
        last = now
    return ChunkVerdict(places, b"".join(digests), faults, misplaced)


def judge_line(line: RawLine, writers: Writers) -> Judged:
    """Judge a line by itself."""
    digest = hashlib.sha256(line.canonical).digest()
    entry = _parse(line)
    fault = _unreadable(line) if entry is None else _own_fault(line, entry, digest, writers)
    return Judged(line.place, digest, entry, fault)


def _parse(line: RawLine) -> Entry | None:
    """What the bytes say, None when they are not the one way to write a line down."""
    try:
        text = line.canonical.decode("utf-8")
        fields = parse_fields(text)
        entry = entry_of(fields, line.signature)
        return entry if set(fields) == _FIELDS and _is_well_formed(text, fields, entry) else None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, BadInput):
        return None


def _is_well_formed(text: str, fields: dict[str, Any], entry: Entry) -> bool:
    words = (entry.kind, entry.subject, entry.author, entry.key, entry.previous)
    if type(entry.number) is not int or not isinstance(entry.body, dict):
        return False
    at = entry.at.isoformat(timespec="microseconds")
    if not all(isinstance(word, str) for word in words) or at != fields["at"] or not at.endswith("+00:00"):
        return False
    return is_canonical(text, fields)


def _own_fault(line: RawLine, entry: Entry, digest: bytes, writers: Writers) -> BadLine | None:
    place = line.place
    if not check_signature(entry.key, digest, line.signature):
        return _bad_signature(line, entry, writers)
    if not writers.may_write(entry.key, entry.number):
        return _foreign(place, entry)
    if entry.number != place:
        return _bad(
            Kind.REORDERED, place, f"in the place of line {place} stands what was signed as line {entry.number}"
        )
    for name, copy, signed in (("kind", line.kind, entry.kind), ("subject", line.subject, entry.subject)):
        if copy is not None and copy != signed:
            return _bad(
                Kind.EDITED, place, f"the {name} of line {place} was changed in the table after it was signed"
            )
    if line.hash is not None and line.hash != digest.hex():
        return _bad(Kind.EDITED, place, f"the hash of line {place} was changed in the table")
    return None


def _bad_signature(line: RawLine, entry: Entry, writers: Writers) -> BadLine:
    place = line.place
    if not writers.may_write(entry.key, place) and not writers.may_write(entry.key, entry.number):
        return _foreign(place, entry)
    if line.hash is not None and _fits(entry.key, line.hash, line.signature):
        return _bad(Kind.EDITED, place, f"line {place} was changed after it was signed")
    return _bad(
        Kind.EDITED,
        place,
        f"line {place} was changed after it was signed, or its signature is that of another line",
    )


def _fits(key: str, digest: str, signature: str) -> bool:
    try:
        return check_signature(key, bytes.fromhex(digest), signature)
    except ValueError:
        return False


def _link_fault(last: Judged | None, now: Judged) -> BadLine | None:
    """What is wrong between two neighbours, where neither is at fault by itself (else that one is named)."""
    entry = now.entry
    if entry is None:
        return None
    if last is None:
        if now.place == 1 and entry.previous != GENESIS:
            return _bad(Kind.REPLACED, 1, "line 1 is not the beginning of a ledger: it follows another line")
        return None
    before = last.entry
    if before is None or last.fault is not None or last.place != now.place - 1:
        return None
    if entry.previous != last.digest.hex():
        sentence = f"line {last.place} is not the one that line {now.place} was written after"
        return _bad(Kind.REPLACED, last.place, sentence)
    if before.at - entry.at > CLOCK_SKEW:
        return _bad(Kind.BACKDATED, now.place, f"line {now.place} is dated before the line it follows")
    return None


def _unreadable(line: RawLine) -> BadLine:
    return _bad(Kind.EDITED, line.place, f"line {line.place} is no longer readable as a line of the ledger")


def _foreign(place: int, entry: Entry) -> BadLine:
    return _bad(Kind.FORGED, place, f"line {place} was written with a foreign key, `{str(entry.key)[:16]}…`")


def _bad(kind: Kind, place: int, sentence: str) -> BadLine:
    return BadLine(kind, place, place, sentence)
