"""Does a file have the shape of a record? Values in; the record and every fault out, each at its key.

pydantic judges in its strict mode, so a number is never taken for a day or a word for a number; then what it made is
held against what was written, so nothing is read otherwise than it stands there.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import difflib
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from secondunit.rights.written.marked_text import Fault, KeyPath, key_text, walk
from secondunit.slate.canonical import plain_json

T = TypeVar("T")
_WHOLE_LIMIT = 2**53 - 1  # what JSON holds without loss (RFC 8785)
_SAYS = {
    "string_type": "is not text: put it in quotes",
    "bool_type": "is neither `true` nor `false`",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_type": "is not a number",
    "tuple_type": "is not a list: write it in square brackets",
    "dataclass_type": "is not a table of keys and values",
    "dataclass_exact_type": "is not a table of keys and values",
}


@dataclasses.dataclass(frozen=True)
class Fitted(Generic[T]):
    """A record, or None where too little is right, and the faults.

    `mended` are keys whose value was taken from an example so that the rest of the file could be judged as well;
    a record with faults never goes further than that.
    """

    record: T | None
    faults: tuple[Fault, ...]
    mended: frozenset[KeyPath] = frozenset()


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """pydantic's reader of a frozen dataclass; making one takes a while, so each is kept."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def body_of(record: object) -> dict[str, Any]:
    """A record as plain JSON, with every key."""
    body = plain_json(record)
    assert isinstance(body, dict)
    return body


def fit(kind: type[T], values: Mapping[str, Any], example: Mapping[str, Any] | None = None) -> Fitted[T]:
    """Make a record of what a file says. `example` is a right one as JSON, for going on after a fault."""
    plain: dict[str, Any] = _plain(values)
    faults = list(_numbers(plain))
    mended = {fault.where for fault in faults}
    for fault in faults:
        _put(plain, fault.where, 1)
    record, errors = _read(kind, plain)
    for error in errors:
        faults.append(Fault(_where(error), _sentence(kind, error)))
    if record is None and example is not None:
        mended |= {_mend(plain, example, error) for error in errors}
        record, _ = _read(kind, plain)
    if record is not None:
        faults += _read_otherwise(plain, body_of(record))
    return Fitted(record, tuple(faults), frozenset(mended))


def _read(kind: type[T], plain: Mapping[str, Any]) -> tuple[T | None, list[ErrorDetails]]:
    try:
        text = json.dumps(plain, ensure_ascii=True)
        return adapter(kind).validate_json(text, strict=True), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _plain(value: Any) -> Any:
    """JSON of what TOML and YAML hold: days as text, text in NFC."""
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _numbers(plain: Mapping[str, Any]) -> Iterator[Fault]:
    for where, value in walk(plain):
        if isinstance(value, float) and not math.isfinite(value):
            yield Fault(where, f"`{key_text(where)}` is no finite number")
        elif isinstance(value, int | float) and abs(value) > _WHOLE_LIMIT:
            yield Fault(where, f"`{key_text(where)}` is too large a number")


def _read_otherwise(plain: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Fault]:
    made = dict(walk(body))
    for where, value in walk(plain):
        if where in made and (made[where] != value or isinstance(made[where], bool) != isinstance(value, bool)):
            yield Fault(where, f"`{key_text(where)}` would be read as `{made[where]}`: write it so")


def _where(error: ErrorDetails) -> KeyPath:
    return tuple(error["loc"])


def _sentence(kind: type, error: ErrorDetails) -> str:
    where = _where(error)
    key, said = f"`{key_text(where)}`", error["type"]
    if said == "missing":
        return f"{key} is missing"
    if said == "unexpected_keyword_argument":
        return f"{key} is not a key that is known here" + _nearest(str(where[-1]), _keys_at(kind, where[:-1]))
    if said == "enum":
        known = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
        return f"{key} is none of {', '.join(known)}" + _nearest(str(error["input"]), known)
    if said.startswith("date"):
        return f"{key} is not a day: write year, month and day, as in 2027-12-31"
    return f"{key} {_SAYS.get(said, error['msg'].lower().rstrip('.'))}"


def _nearest(word: str, known: list[str]) -> str:
    found = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean `{found[0]}`" if found else ""


def _keys_at(kind: type, where: KeyPath) -> list[str]:
    inner: Any = kind
    for part in where:
        inner = get_type_hints(inner).get(str(part)) if dataclasses.is_dataclass(inner) else None
    return [field.name for field in dataclasses.fields(inner)] if dataclasses.is_dataclass(inner) else []


def _mend(plain: dict[str, Any], example: Mapping[str, Any], error: ErrorDetails) -> KeyPath:
    """Put the example's value where a fault is (for an item, its whole list); returns the key."""
    where = _where(error)
    where = where[: next((n for n, part in enumerate(where) if isinstance(part, int)), len(where))]
    value: Any = example
    for part in where:
        value = value.get(part, _NOTHING) if isinstance(value, Mapping) else _NOTHING
    _put(plain, where, value)
    return where


_NOTHING = object()


def _put(plain: Any, where: KeyPath, value: Any) -> None:
    for part in where[:-1]:
        plain = plain[part]
    if value is _NOTHING:
        plain.pop(where[-1], None)
    else:
        plain[where[-1]] = copy.deepcopy(value)
