"""`entries.jsonl`: the lines of a ledger in a file, each the exact bytes that were hashed, and its signature.

    {"entry":…,"signature":"…"}

The place of a line in the file says nothing once a line was cut out, so each is given the place it was signed for,
unless what stands around it says that this number was spoilt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import IO

from secondunit.errors import VerificationFailed
from secondunit.store.chain import MAX_BYTES
from secondunit.store.chain_lines import RawLine
from secondunit.store.chain_verify import LineHashes

_HEAD, _MIDDLE, _TAIL = b'{"entry":', b',"signature":"', b'"}\n'
_AFTER = len(_MIDDLE) + 128 + len(_TAIL)
_LONGEST = MAX_BYTES * 4 + 4096
_NUMBER = b',"number":'


def write_lines(file: IO[bytes], lines: Iterable[RawLine], hashes: LineHashes) -> None:
    """Write lines that were verified a moment ago; raises `VerificationFailed` for one that is no longer the same."""
    for line in lines:
        if line.place > hashes.last:
            break  # written since
        if hashlib.sha256(line.canonical).digest() != hashes.get(line.place):
            sentence = f"line {line.place} of the ledger was changed while it was read"
            raise VerificationFailed(sentence, findings=[sentence], hint="find out who writes to the database")
        file.write(_HEAD + line.canonical + _MIDDLE + line.signature.encode() + _TAIL)


def file_lines(file: IO[bytes], size: int) -> Iterator[RawLine]:
    """The lines as they stand in a file that should hold `size` of them, streamed, nothing checked."""
    last, waiting = 0, next(raw := _raw_lines(file), None)
    while waiting is not None:
        following = next(raw, None)
        line, number = waiting
        place, last = _placed(number, following[1] if following else None, last, size)
        yield line._replace(place=place)
        waiting = following


def _placed(number: int | None, following: int | None, last: int, size: int) -> tuple[int, int]:
    """The place of a line that bears a number, before one that bears `following`; and the last place now taken."""
    if number is None or number == last + 1 or following == last + 2:
        return last + 1, last + 1
    if last < number <= size:
        return number, number  # those between are gone
    return last + 1, last  # it belongs elsewhere and takes no place


def _raw_lines(file: IO[bytes]) -> Iterator[tuple[RawLine, int | None]]:
    """Lines with the number they bear, if any. A line without an end is cut where no line can be so long."""
    while raw := file.readline(_LONGEST):
        canonical, signature = raw, ""
        if raw.startswith(_HEAD) and raw.endswith(_TAIL) and raw[-_AFTER:].startswith(_MIDDLE):
            canonical = raw[len(_HEAD) : -_AFTER]
            signature = raw[-_AFTER + len(_MIDDLE) : -len(_TAIL)].decode("ascii", "replace")
        yield RawLine(0, canonical, signature), _number(canonical)


def _number(canonical: bytes) -> int | None:
    # Only text can follow it, and in text a quotation mark is never bare.
    digits = canonical[canonical.rfind(_NUMBER) + len(_NUMBER) :].split(b",", 1)[0]
    return int(digits) if digits.isdigit() and len(digits) < 16 else None
