"""A record as a person wrote it, in TOML or YAML, with the line of every value.

Safe to read from a stranger: at most 256 KiB, nothing is imported, no aliases, tags or second documents, depth and
dots are bounded. Sources: TOML 1.0, YAML 1.2 core schema (`NO` is a country, not a no).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeAlias

from secondunit.errors import BadInput, BadRecord
from secondunit.rights.written.marked_toml import toml_lines
from secondunit.rights.written.marked_yaml import YamlFault, read_yaml
from secondunit.rights.written.names import shown, text_faults

MAX_BYTES = 256 * 1024
_MAX_DOTS = 200  # on one line: a key of thousands of parts costs a TOML reader hours
_TOO_DEEP = "tables and lists lie too deep in one another"

KeyPath: TypeAlias = "tuple[str | int, ...]"


@dataclass(frozen=True)
class Fault:
    """Something wrong at a key. `also` are other keys the judgement rests on."""

    where: KeyPath
    sentence: str
    also: tuple[KeyPath, ...] = ()


@dataclass(frozen=True)
class Marked:
    """The values of a file, and on which line each of them stands."""

    name: str
    values: dict[str, Any]
    lines: Mapping[KeyPath, int]

    def line(self, where: KeyPath) -> int:
        """The line of a key, or of the nearest table around it when the key is not there."""
        return next((self.lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in self.lines), 1)

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raise `BadRecord` with every fault in the order of the lines, if there is any."""
        placed = sorted({(self.line(fault.where), fault.sentence) for fault in faults})
        _refuse(self.name, placed)


def read_marked(path: PurePath | str, text: str) -> Marked:
    """Read TOML, or YAML where the name ends so. `path` is only for messages.

    Raises `BadRecord` with `file:line` for what cannot be read and for characters that hide or turn text round,
    `BadInput` for a file that is too big or no table.
    """
    name = shown(str(path))
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise BadInput(f"`{name}` is larger than {MAX_BYTES // 1024} KiB", hint="a record is a page of text")
    hidden = [
        (number, f"the line {fault}")
        for number, line in enumerate(text.split("\n"), 1)
        for fault in text_faults(line.removesuffix("\r"))
    ]
    _refuse(name, hidden)
    is_yaml = str(path).lower().endswith((".yaml", ".yml"))
    values, lines = _from_yaml(name, text) if is_yaml else _from_toml(name, text)
    marked = Marked(name, values, lines)
    marked.refuse(_escaped(values))
    return marked


def walk(value: Any, where: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is no table or list, with its key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*where, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from walk(inner, (*where, place))
    else:
        yield where, value


def key_text(where: KeyPath) -> str:
    """A key as a person writes it, items counted from 1: `scripted_scope.scenes[2]`."""
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else ("." if text else "") + shown(part)
    return text


def _escaped(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Hidden characters that were written as escapes, in keys and in values."""
    for where, value in walk(values):
        for part in (*where, value):
            if isinstance(part, str):
                yield from (Fault(where, f"`{key_text(where)}` {fault}") for fault in text_faults(part))


def _from_toml(name: str, text: str) -> tuple[dict[str, Any], Mapping[KeyPath, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MAX_DOTS:
            _refuse(name, [(number, f"the line has more than {_MAX_DOTS} full stops: break it in two")])
    try:
        return tomllib.loads(text), toml_lines(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(name, "TOML", str(error), text) from None
    except RecursionError:
        raise _broken(name, "TOML", _TOO_DEEP, text) from None


def _from_yaml(name: str, text: str) -> tuple[dict[str, Any], Mapping[KeyPath, int]]:
    try:
        return read_yaml(text)
    except YamlFault as error:
        raise _one(name, error.line, f"this is not the YAML of a record: {error}") from None


def _broken(name: str, language: str, said: str, text: str) -> BadRecord:
    found = re.search(r"\(at line (\d+), column (\d+)\)", said)
    words = " ".join(re.sub(r"\(at [^)]*\)", "", said).split()).rstrip(".")
    line = int(found[1]) if found else text.count("\n") + 1
    return _one(name, line, f"this is not {language}: {words}")


def _one(name: str, line: int, sentence: str) -> BadRecord:
    return BadRecord(
        f"`{name}` cannot be read", faults=[f"{name}:{line}: {sentence}"], hint="mend the line and try again"
    )


def _refuse(name: str, placed: list[tuple[int, str]]) -> None:
    if placed:
        n = len(placed)
        raise BadRecord(
            f"`{name}` cannot go on record for {n} fault{'' if n == 1 else 's'}",
            faults=[f"{name}:{line}: {sentence}" for line, sentence in placed],
            hint="mend the lines it names and try again",
        )
