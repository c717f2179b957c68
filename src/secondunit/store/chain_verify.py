"""Go through the whole ledger and name every line that is not as it was written.

Enters: lines, from the database or from an export. Leaves: a `ChainVerdict` with every edited, forged, dropped,
reordered, replaced or backdated line. Many lines are judged by one process a core; memory stays at a few chunks
and 32 bytes a line.
"""

from __future__ import annotations

import os
import signal
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain as join
from itertools import islice
from multiprocessing import get_context
from typing import Any

import sqlalchemy as sa

from secondunit.slate.entry import GENESIS
from secondunit.slate.founding import Founding
from secondunit.store.chain_lines import BadLine, ChunkVerdict, Kind, RawLine, judge_chunk, judge_line
from secondunit.store.chain_text import entry_table
from secondunit.store.chain_writers import KEY_KIND, Writers
from secondunit.store.merkle import EMPTY_ROOT, Peaks

CHUNK = 4000
_ALONE = 5 * CHUNK  # fewer lines than this are judged sooner than processes start
_KEY_MARK = b'"kind":"' + KEY_KIND.encode() + b'"'

Progress = Callable[[int, int], None]  # lines done, lines there are


class LineHashes:
    """The hash of every line that is there, 32 bytes each, in runs without a gap."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._runs: list[bytearray] = []
        self.last = 0

    def add(self, number: int, digest: bytes) -> None:
        """Take in the next line; numbers only grow."""
        if number != self.last + 1 or not self._runs:
            self._firsts.append(number)
            self._runs.append(bytearray())
        self._runs[-1] += digest
        self.last = number

    def get(self, number: int) -> bytes | None:
        """The hash of a line, None when it is not there."""
        at = bisect_right(self._firsts, number) - 1
        offset = 32 * (number - self._firsts[at]) if at >= 0 else -1
        return bytes(self._runs[at][offset : offset + 32]) if 0 <= offset < len(self._runs[at]) else None

    def in_order(self) -> Iterator[bytes]:
        """Every hash, by number."""
        for run in self._runs:
            for at in range(0, len(run), 32):
                yield bytes(run[at : at + 32])


@dataclass(frozen=True)
class ChainVerdict:
    """What going through a ledger found. `root` is the Merkle root over the hashes of its lines (RFC 6962), hex.

    `founder` is the key of line 1: whoever trusts the ledger trusts that key. `founding` is what line 1 says of the
    show, None where it is no founding line. `ok` says that nothing is wrong inside; whether founder and show are those
    one takes them for is the reader's to know.
    """

    n_lines: int
    head: str
    root: str
    founder: str
    findings: tuple[BadLine, ...] = ()
    hashes: LineHashes = field(default_factory=LineHashes, repr=False, compare=False)
    writers: Writers = field(default_factory=lambda: Writers(""), repr=False, compare=False)
    founding: Founding | None = None

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.findings

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "lines": self.n_lines,
            "head": self.head,
            "root": self.root,
            "founder": self.founder,
            "show": self.founding.to_dict() if self.founding else None,
            "ok": self.ok,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def verify_ledger(
    connection: sa.Connection,
    *,
    founder: str = "",
    processes: int | None = None,
    progress: Progress | None = None,
) -> ChainVerdict:
    """Go through the ledger of a show; `founder` is the key that line 1 must be by, where it is known."""
    n_all = connection.execute(sa.select(sa.func.count()).select_from(entry_table)).scalar_one()
    return verify_lines(
        table_lines(connection), founder=founder, processes=processes, progress=progress, n_all=n_all
    )


def verify_lines(
    lines: Iterable[RawLine],
    *,
    founder: str = "",
    processes: int | None = None,
    progress: Progress | None = None,
    n_all: int = 0,
) -> ChainVerdict:
    """Go through lines in the order of their places; `n_all`, how many there should be, is for `progress` alone."""
    stream = iter(lines)
    start = list(islice(stream, _ALONE))
    if not start:
        return ChainVerdict(0, GENESIS, EMPTY_ROOT.hex(), founder, writers=Writers(founder))
    writers = Writers(founder or _founder(start[:2]))
    gathered = _Gathered(progress, n_all)
    n = processes or os.cpu_count() or 1
    rest = next(stream, None)
    everything = join(start, () if rest is None else (rest,), stream)
    if rest is None or n < 2:
        for chunk in _chunks(everything, writers):
            gathered.take(judge_chunk(*chunk))
            writers = chunk[-1]
    else:
        writers = _judge_in_parallel(everything, writers, gathered, n)
    return gathered.verdict(writers, _founding(start[0]))


def table_lines(connection: sa.Connection) -> Iterator[RawLine]:
    """The lines of the table as they lie there, streamed, nothing checked."""
    c = entry_table.c
    query = sa.select(c.number, c.canonical, c.signature, c.kind, c.subject, c.hash).order_by(c.number)
    for number, text, *copies in connection.execute(query.execution_options(yield_per=CHUNK)):
        signature, kind, subject, digest = (_text(copy) for copy in copies)
        yield RawLine(number, _bytes(text), signature, kind, subject, digest)


def _bytes(value: object) -> bytes:
    # Somebody who edits SQLite can put a value of any type into any column.
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _founder(first: list[RawLine]) -> str:
    """The key that founded a ledger: of line 1, unless line 2, well signed, was written after another line 1."""
    nobody = Writers("")
    judged = [judge_line(line, nobody) for line in first]
    keys = [line.entry.key if line.entry else "" for line in judged]
    if len(judged) == 2 and judged[1].entry and judged[1].entry.previous != judged[0].digest.hex():
        second = judge_line(first[1], Writers(keys[1]))
        return keys[1] if second.fault is None and second.place == 2 else keys[0]
    return keys[0]


def _founding(first: RawLine) -> Founding | None:
    judged = judge_line(first, Writers(_founder([first])))
    return None if judged.entry is None or judged.fault is not None else Founding.read(judged.entry)


def _chunks(
    lines: Iterable[RawLine], writers: Writers
) -> Iterator[tuple[RawLine | None, list[RawLine], Writers]]:
    """Chunks, each with the line before it and the keys that may write in it."""
    stream, before = iter(lines), None
    while chunk := list(islice(stream, CHUNK)):
        for line in chunk:
            if _KEY_MARK in line.canonical:
                judged = judge_line(line, writers)
                if judged.fault is None and judged.entry is not None and judged.entry.kind == KEY_KIND:
                    writers = writers.after(judged.entry)
        yield before, chunk, writers
        before = chunk[-1]


def _judge_in_parallel(lines: Iterable[RawLine], writers: Writers, gathered: _Gathered, n: int) -> Writers:
    waiting: deque[Future[ChunkVerdict]] = deque()
    pool = ProcessPoolExecutor(n, mp_context=get_context("spawn"), initializer=_settle_in)
    try:
        for chunk in _chunks(lines, writers):
            waiting.append(pool.submit(judge_chunk, *chunk))
            writers = chunk[-1]
            if len(waiting) > 2 * n:
                gathered.take(waiting.popleft().result())
        while waiting:
            gathered.take(waiting.popleft().result())
    finally:
        pool.shutdown(cancel_futures=True)
    return writers


def _settle_in() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers


class _Gathered:
    """What the chunks brought so far."""

    def __init__(self, progress: Progress | None, n_all: int) -> None:
        self._progress, self._n_all = progress, n_all
        self.hashes = LineHashes()
        self.faults: list[BadLine] = []
        self.misplaced: set[int] = set()
        self.gaps: list[tuple[int, int]] = []
        self.peaks = Peaks()
        self.n_lines = 0

    def take(self, chunk: ChunkVerdict) -> None:
        self.faults += chunk.faults
        self.misplaced |= {number for _, number in chunk.misplaced}
        for at, place in enumerate(chunk.places):
            if place > self.hashes.last + 1:
                self.gaps.append((self.hashes.last + 1, place - 1))
            digest = chunk.digests[32 * at : 32 * at + 32]
            self.hashes.add(place, digest)
            self.peaks.add(digest)
        self.n_lines += len(chunk.places) + len(chunk.misplaced)
        if self._progress is not None:
            self._progress(self.n_lines, max(self.n_lines, self._n_all))

    def verdict(self, writers: Writers, founding: Founding | None) -> ChainVerdict:
        found = [*self.faults, *(gone for gap in self.gaps for gone in _dropped(*gap, self.misplaced))]
        last = self.hashes.get(self.hashes.last)
        return ChainVerdict(
            n_lines=self.n_lines,
            head=last.hex() if last else GENESIS,
            root=self.peaks.root.hex(),
            founder=writers.founder,
            writers=writers,
            findings=tuple(sorted(found, key=lambda bad: (bad.first, bad.last, bad.kind))),
            hashes=self.hashes,
            founding=founding,
        )


def _dropped(first: int, last: int, elsewhere: set[int]) -> Iterator[BadLine]:
    """Findings for the lines of a gap, less those that stand elsewhere."""
    for number in sorted(n for n in elsewhere if first <= n <= last):
        if first < number:
            yield _gone(first, number - 1)
        first = number + 1
    if first <= last:
        yield _gone(first, last)


def _gone(first: int, last: int) -> BadLine:
    what = f"line {first} is gone" if first == last else f"lines {first} to {last} are gone"
    return BadLine(Kind.DROPPED, first, last, what)
