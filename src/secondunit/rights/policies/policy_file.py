"""A policy from its TOML file, with every fault named at its line. Text in, a `Policy` out; nothing is opened.

A file stands by itself: it cannot include or import another, and what it may say is the catalogue in `rights.facts`
(`secondunit policy facts` prints it). It holds `id`, `title`, `version`, `dated`, `source`, a `notice` that says that
it is no legal advice, rows, and perhaps terms after death:

    [[rule]]
    id = "O-1"                       # a capital first; stays the same for good
    scope = "person"                 # request, person, tool or training
    decision = "approve"             # allow, notify, approve or forbid
    roles = ["director"]             # who approves or is told
    sentence = "…"                   # what was found; `missing` and `who` too where it forbids
    source = "handbook 4"
    confirmed = true                 # somebody has read the source itself
    when = { use = ["deage", "age_up"], request = { stage = "final" }, depicted_age = { under = 30, unknown = true } }
    any = [{ covered = "no" }, { minor = "yes" }]      # and one of these, where there are any
    fires = [{ use = "deage", … }]   # examples; a list of words stands for an example of each
    silent = [{ use = "cosmetic" }]

    [[post_mortem]]
    place = "US-CA"
    years = 70
    source = "…"
    confirmed = true

A condition is a word, a list (one of; of a set: any in common) or a table with `not`, `none_of`, `all_of` (sets),
`under`, `over` and `unknown` (numbers) or `touches` (places: `US-CA` is touched by `US`, `WORLD` and by what nobody
understands).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from secondunit.errors import BadRecord
from secondunit.rights.policies.policy import Policy, PolicyRule, PostMortem
from secondunit.rights.policies.policy_lines import Path, find_lines
from secondunit.rights.policies.policy_places import is_place
from secondunit.rights.policies.policy_rows import Faults, read_rule

MAX_BYTES, MAX_RULES, MAX_NESTING, MAX_TERMS = 256 * 1024, 500, 6, 100
_ID = re.compile(r"[a-z][a-z0-9_]{1,39}\Z")
_KEYS = ("id", "title", "version", "dated", "source", "notice", "post_mortem", "rule")
_TERM_KEYS = ("place", "years", "source", "confirmed", "extended_by_use", "note")
_FOREIGN = frozenset({"include", "includes", "import", "imports", "extends", "$ref"})
# Characters that make a text read differently from what it says (unicode.org/reports/tr36, bidirectional spoofing).
_DECEIVING = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def read_policy(path: str, text: str | bytes) -> Policy:
    """Read a policy. `path` only names it in messages.

    Raises `BadRecord` with every fault: not TOML, too big, an include, a key, fact or value nobody knows, a number
    twice, a rule that always fires or names no evidence, roles or examples.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise _refused(path, [f"it has {len(raw)} bytes; a policy has at most {MAX_BYTES}"])
    words = _decoded(path, raw)
    values = _parsed(path, words)
    lines = find_lines(words)
    faults = Faults(path, lines)
    for number, line in enumerate(words.split("\n"), 1):
        if _DECEIVING.search(line):
            faults.at_line(number, "a control or direction character hides what the text says")
    _look_for_foreign(values, (), faults)
    policy = None if faults.found else _policy(values, faults, hashlib.sha256(raw).hexdigest())
    if faults.found or policy is None:
        raise _refused(path, faults.sentences())
    return policy


def _decoded(path: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise _refused(path, [f"{path}:{number}: this is not UTF-8 text"]) from None


def _parsed(path: str, text: str) -> dict[str, Any]:
    deepest = max(_depths(text), default=0)
    if deepest > MAX_NESTING:
        raise _refused(
            path, [f"{path}: it is nested {deepest} deep; a policy is nested at most {MAX_NESTING} deep"]
        )
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError, OverflowError) as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        match = re.search(r"\(at line (\d+), column \d+\)", reason)
        where = f"{path}:{match[1]}" if match else path
        raise _refused(path, [f"{where}: this is not TOML: {reason}"]) from None


def _depths(text: str) -> Iterator[int]:
    """How deep brackets and dotted names go; words in strings may be counted too, which only refuses more."""
    depth = 0
    bare = re.sub(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', '""', text)
    for mark in re.findall(r"[\[\]{}]", bare):
        depth = max(0, depth + (1 if mark in "[{" else -1))
        yield depth
    for line in bare.split("\n"):
        yield line.split("=", 1)[0].count(".") + 1


def _look_for_foreign(value: Any, path: Path, faults: Faults) -> None:
    """Anything that reaches for another file is refused by name, wherever it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower() in _FOREIGN:
                sentence = f"`{key}` is refused: a policy stands by itself and brings in no other file"
                faults.at((*path, key), sentence)
            _look_for_foreign(inner, (*path, key), faults)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _look_for_foreign(inner, (*path, number), faults)


def _policy(values: dict[str, Any], faults: Faults, sha256: str) -> Policy | None:
    faults.unknown_keys(values, _KEYS, ())
    id = faults.text(values, "id", ())
    if id and not _ID.match(id):
        faults.at(("id",), f"id `{id}` is not lower-case letters, digits and `_`, 2 to 40 of them")
    version = values.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 10**6:
        faults.at(("version",), "`version` is missing or no whole number from 1 up")
    dated = values.get("dated")
    if not isinstance(dated, dt.date) or isinstance(dated, dt.datetime):
        faults.at(("dated",), "`dated` is missing or no date as 2026-11-22")
    title, source, notice = (faults.text(values, key, ()) for key in ("title", "source", "notice"))
    if notice and "legal advice" not in notice.lower():
        faults.at(("notice",), "`notice` does not say that this is no legal advice")
    rules = tuple(_rules(values, faults))
    terms = tuple(_terms(values, faults))
    if faults.found:
        return None
    assert isinstance(version, int) and isinstance(dated, dt.date)
    return Policy(id, title, version, dated, source, notice, rules, terms, sha256)


def _rules(values: dict[str, Any], faults: Faults) -> Iterator[PolicyRule]:
    rows = faults.tables(values, "rule", (), MAX_RULES)
    if not rows and not values.get("post_mortem"):
        faults.at(("rule",), "the policy has no `[[rule]]`")
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        rule = read_rule(row, ("rule", number), faults)
        name = row.get("id")
        if isinstance(name, str) and seen.setdefault(name, number) != number:
            line = faults.lines.of(("rule", seen[name], "id"))
            faults.at(("rule", number, "id"), f"rule id `{name[:40]}` is taken by line {line}")
        if rule is not None:
            yield rule


def _terms(values: dict[str, Any], faults: Faults) -> Iterator[PostMortem]:
    for number, row in enumerate(faults.tables(values, "post_mortem", (), MAX_TERMS)):
        path: Path = ("post_mortem", number)
        faults.unknown_keys(row, _TERM_KEYS, path)
        place, source = faults.text(row, "place", path), faults.text(row, "source", path)
        if place and not is_place(place):
            faults.at((*path, "place"), f"place `{place}` is not written as US, US-CA or EU")
        years = row.get("years")
        if not isinstance(years, int) or isinstance(years, bool) or not 0 < years <= 1000:
            faults.at((*path, "years"), "`years` is missing or no whole number from 1 to 1000")
            continue
        note = faults.text(row, "note", path, needed=False)
        extended = faults.flag(row, "extended_by_use", path, needed=False)
        yield PostMortem(place, years, source, faults.flag(row, "confirmed", path), extended, note)


def _refused(path: str, faults: list[str]) -> BadRecord:
    n = len(faults)
    hint = "mend the lines named, then run `secondunit policy test FILE`"
    return BadRecord(
        f"`{path}` cannot be used as a policy: {n} fault{'' if n == 1 else 's'}", faults=faults, hint=hint
    )
