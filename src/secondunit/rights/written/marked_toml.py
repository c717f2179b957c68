"""On which line of a TOML text each value stands: the standard reader does not tell.

The text was read by `tomllib` before, so it is known to be right and nothing is checked twice (TOML 1.0).
"""

from __future__ import annotations

import bisect
import re
import tomllib
from typing import TypeAlias

Path: TypeAlias = "tuple[str | int, ...]"

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""(?:"{0,2})|'
    r"'''(?:[^']|'(?!''))*'''(?:'{0,2})|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def toml_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of every key, table and list item of a valid TOML text."""
    return _Walk(text.replace("\r\n", "\n")).run()


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}  # tables so far in each list of tables
        self.ends = [found.start() for found in re.finditer("\n", text)]

    def run(self) -> dict[Path, int]:
        """Walk to the end."""
        table: Path = ()
        while self._skip() < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._list_header()
            elif self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.lines

    def _list_header(self) -> Path:
        here, keys = self._bracketed(2)
        whole = (*self._resolve(keys[:-1]), keys[-1])
        self._mark(whole, here)
        place = self.counts.get(whole, 0)
        self.counts[whole] = place + 1
        return self._mark((*whole, place), here)

    def _header(self) -> Path:
        here, keys = self._bracketed(1)
        return self._mark(self._resolve(keys), here)

    def _bracketed(self, n: int) -> tuple[int, list[str]]:
        here = self.at
        self.at += n
        keys = self._keys()
        self.at += n
        return here, keys

    def _resolve(self, keys: list[str]) -> Path:
        """A header inside a list of tables speaks of its latest one."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        here = self.at
        path = table
        for key in self._keys():
            path = self._mark((*path, key), here)
        self.at += 1  # the `=`
        self._spaces()
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._spaces()
            quoted = _QUOTED.match(self.text, self.at)
            found = quoted or _BARE_KEY.match(self.text, self.at)
            assert found is not None  # tomllib read it
            keys.append(next(iter(tomllib.loads(f"{found[0]} = 0"))) if quoted else found[0])
            self.at = found.end()
            self._spaces()
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline(path)
        else:
            found = (_STRING if first in "\"'" else _SCALAR).match(self.text, self.at)
            assert found is not None
            self.at = found.end()

    def _list(self, path: Path) -> None:
        self.at += 1
        place = 0
        while self._skip() < len(self.text) and self.text[self.at] != "]":
            self._value(self._mark((*path, place), self.at))
            place += 1
            self._skip()
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._skip() < len(self.text) and self.text[self.at] != "}":
            self._pair(path)
            self._skip()
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def _mark(self, path: Path, at: int) -> Path:
        self.lines.setdefault(path, bisect.bisect_left(self.ends, at) + 1)
        return path

    def _skip(self) -> int:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _spaces(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
