"""How the command line speaks: data on stdout, the rest on stderr, plain words, colour only where wanted."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from typing import Any, TextIO

from secondunit.errors import BadRecord, NotCleared, SecondUnitError, VerificationFailed

_RED, _YELLOW, _DIM, _OFF = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


def wants_colour(stream: TextIO) -> bool:
    """Colour only in a terminal, and never where `NO_COLOR` is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str) -> None:
    """A message to the person, on stderr."""
    print(text, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """A warning on stderr."""
    say(_paint("warning", _YELLOW) + f": {text}")


def show(data: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """The answer of a command on stdout: `lines` for a person, `data` as JSON for a machine."""
    print(_json(data) if as_json else "\n".join(lines), flush=True)


def complain(error: SecondUnitError, *, as_json: bool) -> int:
    """Print what went wrong and return the exit code."""
    reasons = list(error.reasons) if isinstance(error, NotCleared) else []
    findings = list(error.findings) if isinstance(error, VerificationFailed) else []
    faults = list(error.faults) if isinstance(error, BadRecord) else []
    if as_json:
        data = {"error": str(error), "hint": error.hint, "exit_code": error.exit_code}
        if reasons:
            data["reasons"] = reasons
        if findings:
            data["findings"] = findings
        if faults:
            data["faults"] = faults
        print(_json(data), flush=True)
    say(_paint("error", _RED) + f": {error}")
    for line in (*reasons, *findings, *faults):
        say(f"  · {line}")
    if error.hint:
        say(f"\n{_paint('hint', _DIM)}: {error.hint}")
    return error.exit_code


def check_lines(checks: list[dict[str, Any]]) -> list[str]:
    """The checks of a version, one a line, for a person."""
    marks = {True: "pass", False: "MISS", None: "  - "}
    return [
        f"  {marks[c['passed']]}  {c['number']:2d} {c['name']}: {c['value']} (limit {c['limit']})"
        + (f" · {c['note']}" if c["note"] else "")
        for c in checks
    ]


class Counter:
    """How many of how many, on stderr: one line that overwrites itself in a terminal, else one each ten seconds."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bar = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._last = time.monotonic()

    def __call__(self, n_done: int, n_all: int) -> None:
        """Tell that `n_done` of `n_all` are done."""
        now = time.monotonic()
        final = n_done == n_all
        if now - self._last < (0.2 if self._bar else 10.0) and not (final and self._bar):
            return
        self._last = now
        text = f"{n_done}/{n_all} {self._what}"
        end = "\n" if final or not self._bar else ""
        print(f"\r\x1b[K{text}" if self._bar else text, end=end, file=sys.stderr, flush=True)


def _json(data: dict[str, Any]) -> str:
    """JSON that every reader accepts: numbers that are none become null."""
    return json.dumps(_finite(data), indent=2, default=str, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _paint(word: str, colour: str) -> str:
    return f"{colour}{word}{_OFF}" if wants_colour(sys.stderr) else word
