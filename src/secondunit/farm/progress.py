"""How far a job is and how long it still takes, on stderr: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, TextIO

from secondunit.farm.chunk import Chunk


class Progress(Protocol):
    """What the farm tells while it works."""

    def begin(self, chunks: Sequence[Chunk], n_done: int) -> None:
        """The chunks still to run, and how many takes were found finished."""

    def started(self, chunk: Chunk) -> None:
        """A chunk was handed to a worker."""

    def finished(self, chunk: Chunk) -> None:
        """A chunk's take is on disk."""

    def tick(self) -> None:
        """Time passes."""

    def ended(self) -> None:
        """The job is over, done or not."""


class Quiet:
    """Says nothing."""

    def begin(self, chunks: Sequence[Chunk], n_done: int) -> None:
        """See `Progress`."""

    def started(self, chunk: Chunk) -> None:
        """See `Progress`."""

    def finished(self, chunk: Chunk) -> None:
        """See `Progress`."""

    def tick(self) -> None:
        """See `Progress`."""

    def ended(self) -> None:
        """See `Progress`."""


class Estimate:
    """Seconds left, from measured chunk times per stage and first guesses where none is known yet."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._left: dict[str, list[float]] = defaultdict(list)
        for chunk in chunks:
            self._left[chunk.stage].append(chunk.weight)
        self._times: dict[str, list[float]] = defaultdict(list)
        self._weights: dict[str, list[float]] = defaultdict(list)
        self._open: dict[str, float] = {}

    def started(self, chunk: Chunk, now: float) -> None:
        """A chunk starts at `now` seconds."""
        self._open[chunk.key] = now

    def finished(self, chunk: Chunk, now: float) -> None:
        """A chunk ends at `now` seconds."""
        self._times[chunk.stage].append(now - self._open.pop(chunk.key, now))
        self._weights[chunk.stage].append(chunk.weight)
        self._left[chunk.stage].remove(chunk.weight)

    def seconds_left(self, workers: int) -> float:
        """Work left ÷ workers."""
        known = sum(map(sum, self._weights.values()))
        scale = sum(map(sum, self._times.values())) / known if known else 1.0
        total = 0.0
        for stage, weights in self._left.items():
            mine = self._weights[stage]
            factor = sum(self._times[stage]) / sum(mine) if mine else scale
            total += factor * sum(weights)
        return total / max(1, workers)

    def share_done(self) -> float:
        """Share of the work done, 0..1, by weight."""
        done = sum(map(sum, self._weights.values()))
        left = sum(map(sum, self._left.values()))
        return done / (done + left) if done + left else 1.0


class Lines:
    """Progress as text: one self-overwriting line in a terminal, one line each ten seconds elsewhere."""

    WIDTH = 24

    def __init__(self, workers: int, stream: TextIO | None = None, *, label: str = "") -> None:
        self._workers = workers
        self._stream = stream or sys.stderr
        self._label = label
        self._estimate = Estimate(())
        self._stage = ""
        self._last = 0.0
        self._bar = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._open = False  # whether the bar stands on a line that has no end yet
        self._total = self._done = 0

    def begin(self, chunks: Sequence[Chunk], n_done: int) -> None:
        """See `Progress`."""
        self._estimate = Estimate(chunks)
        self._total = len(chunks)
        if n_done and chunks:
            self._say(f"going on: {n_done} of {n_done + len(chunks)} takes were finished before\n")

    def started(self, chunk: Chunk) -> None:
        """See `Progress`."""
        self._stage = chunk.name
        self._estimate.started(chunk, time.monotonic())

    def finished(self, chunk: Chunk) -> None:
        """See `Progress`."""
        self._done += 1
        self._estimate.finished(chunk, time.monotonic())
        self._show(final=self._done == self._total)

    def tick(self) -> None:
        """See `Progress`."""
        self._show()

    def ended(self) -> None:
        """See `Progress`."""
        if self._open:
            self._say("\n")
        self._open = False

    def _show(self, *, final: bool = False) -> None:
        now = time.monotonic()
        if not final and now - self._last < (0.2 if self._bar else 10.0):
            return
        self._last = now
        share = self._estimate.share_done()
        left = self._estimate.seconds_left(self._workers)
        text = f"{self._label}{share:4.0%}  {_clock(left)} left  {self._done}/{self._total}  {self._stage}"
        if self._bar:
            filled = round(share * self.WIDTH)
            bar = "█" * filled + "·" * (self.WIDTH - filled)
            self._say(f"\r\x1b[K{bar} {text}" + ("\n" if final else ""))
            self._open = not final
        else:
            self._say(text + "\n")

    def _say(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
