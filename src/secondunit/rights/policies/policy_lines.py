"""Where in a TOML text a value stands, so that a fault can be named with its line. For text that is valid TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Path = tuple["str | int", ...]

# One piece of TOML (toml.io/en/v1.0.0): a string of each kind, a comment, a bracket, a line's end, the rest.
_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*|[\[\]{}]|\n|[^"\'\#\[\]{}\n]+',
    re.DOTALL,
)
_NAME = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|\'([^\']*)\'|([A-Za-z0-9_-]+))\s*(\.?)')


@dataclass
class Lines:
    """The first and last line of each statement, by the path of what it sets."""

    spans: dict[Path, tuple[int, int]] = field(default_factory=dict)
    text: tuple[str, ...] = ()

    def of(self, path: Path, word: str = "") -> int:
        """The line of a path, or of the nearest path above it; with `word`, the line of it within the statement."""
        for cut in range(len(path), 0, -1):
            if path[:cut] in self.spans:
                first, last = self.spans[path[:cut]]
                whole = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(word)}(?![A-Za-z0-9_-])")
                for number in range(first, last + 1) if word else ():
                    if whole.search(self.text[number - 1]):
                        return number
                return first
        return 1


def find_lines(text: str) -> Lines:
    """The lines of every header and key. Never raises; text that is no TOML gives lines that mean nothing."""
    lines = Lines(text=tuple(text.split("\n")))
    inside: Path = ()
    count: dict[Path, int] = {}
    for first, last, statement in _statements(text):
        if statement.startswith("["):
            inside = _header(statement, count)
            lines.spans.setdefault(inside, (first, last))
        else:
            lines.spans.setdefault(inside + _names(statement), (first, last))
    return lines


def _header(statement: str, count: dict[Path, int]) -> Path:
    """The path of a header; the last part of `[[…]]` and every array on the way carry their number."""
    listed = statement.startswith("[[")
    names = _names(statement.lstrip("["))
    path: Path = ()
    for depth, name in enumerate(names):
        path += (name,)
        if listed and depth == len(names) - 1:
            count[path] = count.get(path, -1) + 1
        if path in count:
            path += (count[path],)
    return path


def _names(text: str) -> Path:
    """The parts of a dotted key at the start of a text."""
    names: list[str | int] = []
    at = 0
    while match := _NAME.match(text, at):
        names.append(next(part for part in match.groups()[:3] if part is not None))
        at = match.end()
        if not match[4]:
            break
    return tuple(names)


def _statements(text: str) -> Iterator[tuple[int, int, str]]:
    """Each statement with its first and last line."""
    line, first, depth = 1, 1, 0
    parts: list[str] = []
    for piece in _PIECE.findall(text):
        if piece == "\n" and depth == 0:
            statement = "".join(parts).strip()
            if statement:
                yield first, line, statement
            parts, first = [], line + 1
        elif not piece.startswith("#"):
            depth += (piece in "[{") - (piece in "]}")
            parts.append(piece)
        line += piece.count("\n")
    statement = "".join(parts).strip()
    if statement:
        yield first, line, statement
