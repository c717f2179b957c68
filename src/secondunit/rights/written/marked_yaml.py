"""The part of YAML that a record needs, with lines: one document of tables, lists and plain values.

Built on the events of PyYAML, so nothing is ever constructed: aliases (the "billion laughs"), tags, merge keys and
twin keys are refused. Words are read by the core schema of YAML 1.2: only `true` and `false` are yes and no.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import yaml

MAX_DEPTH, MAX_NUMBER = 20, 32
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}\Z")
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")

Path: TypeAlias = "tuple[str | int, ...]"


class YamlFault(Exception):
    """What is wrong and on which line."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def read_yaml(text: str) -> tuple[dict[str, Any], dict[Path, int]]:
    """The table of a YAML text and the line of every value; raises `YamlFault`."""
    try:
        return _Reader(text).document()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlFault(line, f"the character U+{ord(str(error.character)):04X} is not allowed") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = " ".join(f"{error.context or ''} {error.problem or ''}".split())
        raise YamlFault(mark.line + 1 if mark else 1, words or "it is broken") from None
    except (ValueError, OverflowError):
        raise YamlFault(1, "an escape (`\\U…`) names a character that does not exist") from None


class _Reader:
    def __init__(self, text: str) -> None:
        self.events = yaml.parse(text, Loader=yaml.SafeLoader)
        self.lines: dict[Path, int] = {}

    def document(self) -> tuple[dict[str, Any], dict[Path, int]]:
        next(self.events)  # the stream starts
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return {}, {}
        value = self._value(next(self.events), ())
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise YamlFault(1, "a record is a table of `key: value` lines")
        next(self.events)  # the document ends
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise YamlFault(_line(after), "a second document starts; write one record a file")
        return value, self.lines

    def _value(self, event: yaml.Event, path: Path) -> Any:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlFault(line, "anchors and aliases are not read; write the value out")
        if getattr(event, "tag", None):
            raise YamlFault(line, "tags (`!…`) are not read; write the plain value")
        if len(path) > MAX_DEPTH:
            raise YamlFault(line, "tables and lists lie too deep in one another")
        if path:
            self.lines.setdefault(path, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(path)
        return _plain(event, line)

    def _list(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _table(self, path: Path) -> dict[str, Any]:
        table: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                raise YamlFault(line, "a key is one plain word")
            key = event.value
            if key in table:
                raise YamlFault(line, f"the key `{key}` stands here a second time")
            self.lines[(*path, key)] = line
            table[key] = self._value(next(self.events), (*path, key))
        return table


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _plain(event: yaml.Event, line: int) -> Any:
    if not isinstance(event, yaml.ScalarEvent):
        raise YamlFault(line, "a value is missing")
    text: str = event.value
    if not event.implicit[0] or event.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.match(text):
        return int(text)
    # A hash of digits only is longer than any number that a record holds.
    return float(text) if len(text) <= MAX_NUMBER and _REAL.match(text) else text
