"""One row of a policy file and what can be wrong with it, fault by fault."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from secondunit.rights.facts import BY_SCOPE, UNKNOWN, Fact, Kind, Scope
from secondunit.rights.policies.policy import Condition, Conditions, Decision, Example, Op, PolicyRule
from secondunit.rights.policies.policy_lines import Lines, Path
from secondunit.rights.policies.policy_places import is_place
from secondunit.slate.rights_records import Role

MAX_ALTERNATIVES, MAX_EXAMPLES, MAX_EACH, MAX_WORDS, MAX_TEXT, MAX_FAULTS = 32, 64, 64, 100, 4000, 200
REQUEST = "request"
# A capital first: the gate's own reasons begin with a small letter, so no file can pass for one of them.
_ID = re.compile(r"[A-Z][A-Za-z0-9.+-]{0,31}\Z")
_TEXTS = ("sentence", "missing", "who", "source", "principle", "note")
_KEYS = ("id", "scope", "decision", "when", "any", "roles", *_TEXTS, "confirmed", "fires", "silent")
_WORD_OPS = {Kind.WORD: ("not", "touches"), Kind.SET: ("not", "none_of", "all_of", "touches"), Kind.NUMBER: ()}
_PLACES = frozenset({"territories", "domicile"})


@dataclass
class Faults:
    """Everything wrong with one file, by line."""

    file: str
    lines: Lines
    found: set[tuple[int, str]] = field(default_factory=set)

    def at(self, path: Path, sentence: str, word: str = "") -> None:
        """A fault at the line of a path."""
        if not self.full:
            self.at_line(self.lines.of(path, word or (str(path[-1]) if path else "")), sentence)

    def at_line(self, line: int, sentence: str) -> None:
        """A fault at a line; after `MAX_FAULTS` a file is not worth a longer list."""
        if not self.full:
            self.found.add((line, sentence))

    @property
    def full(self) -> bool:
        """Whether the list is as long as it gets, so that a hostile file costs no more than that."""
        return len(self.found) >= MAX_FAULTS

    def sentences(self) -> list[str]:
        """All of them, top to bottom, each with file and line."""
        return [f"{self.file}:{line}: {sentence}" for line, sentence in sorted(self.found)]

    def unknown_keys(self, table: dict[str, Any], known: Sequence[str], path: Path) -> None:
        """Names every key nobody knows, and the nearest known one."""
        for key in table:
            if key not in known and not self.full:
                self.at((*path, key), f"unknown key `{key}`{_near(key, known)}", key)

    def text(self, table: dict[str, Any], key: str, path: Path, *, needed: bool = True) -> str:
        """A text of a few lines at most; empty where it may be left out."""
        value = table.get(key, "")
        if not isinstance(value, str) or len(value) > MAX_TEXT or (needed and not value.strip()):
            self.at((*path, key), f"`{key}` is missing or no text of at most {MAX_TEXT} characters")
            return ""
        return " ".join(value.split())

    def flag(self, table: dict[str, Any], key: str, path: Path, *, needed: bool = True) -> bool:
        """True or false."""
        value = table.get(key, None if needed else False)
        if not isinstance(value, bool):
            self.at((*path, key), f"`{key}` is missing or neither true nor false")
        return value is True

    def tables(self, table: dict[str, Any], key: str, path: Path, most: int) -> list[dict[str, Any]]:
        """A list of tables, at most so many."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.at((*path, key), f"`{key}` is not a list of tables")
            return []
        if len(value) > most:
            self.at((*path, key), f"there are {len(value)} of `{key}`; at most {most} are allowed")
            return []
        return value


def read_rule(row: dict[str, Any], path: Path, faults: Faults) -> PolicyRule | None:
    """One `[[rule]]`; None where a fault was noted that leaves nothing to build."""
    before = len(faults.found)
    faults.unknown_keys(row, _KEYS, path)
    name = faults.text(row, "id", path)
    if name and not _ID.match(name):
        faults.at((*path, "id"), f"rule id `{name[:40]}` is not a capital, then letters, digits, `.`, `+`, `-`")
    scope = _word_of(Scope, row, "scope", path, faults)
    decision = _word_of({str(d): d for d in Decision}, row, "decision", path, faults)
    texts = {key: faults.text(row, key, path, needed=key in ("sentence", "source")) for key in _TEXTS}
    roles = tuple(_roles(row, path, faults))
    confirmed = faults.flag(row, "confirmed", path)
    if decision is Decision.FORBID and not (texts["missing"] and texts["who"]):
        faults.at((*path, "decision"), "a rule that forbids names what is `missing` and `who` can give it")
    if decision in (Decision.APPROVE, Decision.NOTIFY) and not roles:
        faults.at((*path, "decision"), f"a rule that says {decision} names `roles`")
    if scope is None or decision is None:
        return None
    when = _conditions(row.get("when", {}), scope, (*path, "when"), faults)
    tables = faults.tables(row, "any", path, MAX_ALTERNATIVES)
    alternatives = tuple(_conditions(t, scope, (*path, "any", i), faults) for i, t in enumerate(tables))
    if not when and not any(alternatives):
        faults.at(path, f"rule `{name}` has no condition: it would always fire", "id")
    if any(not alternative for alternative in alternatives):
        faults.at((*path, "any"), f"rule `{name}` has an alternative without a condition")
    fires = tuple(_examples(row, "fires", scope, path, faults))
    silent = tuple(_examples(row, "silent", scope, path, faults))
    if len(faults.found) > before:
        return None
    return PolicyRule(
        id=name, scope=scope, decision=decision, when=when, any=alternatives, roles=roles, confirmed=confirmed,
        fires=fires, silent=silent, **texts,
    )  # fmt: skip


def _word_of(words: Any, row: dict[str, Any], key: str, path: Path, faults: Faults) -> Any:
    known = words if isinstance(words, dict) else {str(word): word for word in words}
    value = row.get(key)
    if isinstance(value, str) and value in known:
        return known[value]
    said = f"`{key}` = `{_short(value)}` is none of {', '.join(known)}" if key in row else f"`{key}` is missing"
    faults.at((*path, key), said)
    return None


def _roles(row: dict[str, Any], path: Path, faults: Faults) -> Iterator[Role]:
    given = row.get("roles", [])
    known = [str(role) for role in Role]
    if not isinstance(given, list):
        faults.at((*path, "roles"), "`roles` is not a list")
        return
    for word in given:
        if word in known:
            yield Role(word)
        else:
            faults.at(
                (*path, "roles"), f"unknown role `{_short(word)}`{_near(_short(word), known)}", _short(word)
            )


def _fact_of(key: str, scope: Scope, path: Path, faults: Faults) -> tuple[Fact, bool] | None:
    """The fact that a key names, and whether it is one of the whole request."""
    of_request = key.startswith(f"{REQUEST}.") and scope is not Scope.REQUEST
    if faults.full:
        return None
    name = key.removeprefix(f"{REQUEST}.") if of_request else key
    known = BY_SCOPE[Scope.REQUEST if of_request else scope]
    if name in known:
        return known[name], of_request
    hint = _near(name, known)
    if scope is not Scope.REQUEST and name in BY_SCOPE[Scope.REQUEST]:
        hint = f"; did you mean `request.{name}`?"
    faults.at(path, f"unknown fact `{key}` of scope {scope}{hint}", name)
    return None


def _flat(table: dict[str, Any], scope: Scope) -> Iterator[tuple[str, Any]]:
    """Keys and values, with `request.stage` spelled one way however TOML was used to write it."""
    for key, value in table.items():
        if key == REQUEST and isinstance(value, dict) and scope is not Scope.REQUEST:
            yield from ((f"{REQUEST}.{inner}", item) for inner, item in value.items())
        else:
            yield key, value


def _conditions(table: Any, scope: Scope, path: Path, faults: Faults) -> Conditions:
    if not isinstance(table, dict):
        faults.at(path, f"`{path[-1]}` is not a table of facts")
        return ()
    found: list[Condition] = []
    for key, value in _flat(table, scope):
        where = (*path, *key.split("."))
        fact = _fact_of(key, scope, where, faults)
        if fact is not None:
            found.extend(_looks(fact[0], fact[1], value, where, faults))
    return tuple(found)


def _looks(fact: Fact, of_request: bool, value: Any, path: Path, faults: Faults) -> Iterator[Condition]:
    """The conditions that one line asks of one fact."""
    if fact.kind is Kind.NUMBER:
        yield from _number_looks(fact, of_request, value, path, faults)
        return
    asked = value if isinstance(value, dict) else {"is": value}
    for op, words in asked.items():
        if isinstance(value, dict) and op not in _WORD_OPS[fact.kind]:
            faults.at(path, f"`{fact.name}` cannot be asked `{op}`{_near(op, _WORD_OPS[fact.kind])}", op)
            continue
        if op == "touches" and (fact.name not in _PLACES or not isinstance(words, str) or not is_place(words)):
            faults.at(path, f"`{fact.name}` touches no place called `{_short(words)}`", op)
            continue
        given = tuple(_words(fact, words, path, faults))
        if given:
            yield Condition(fact.name, Op(op), given, of_request=of_request)


def _number_looks(fact: Fact, of_request: bool, value: Any, path: Path, faults: Faults) -> Iterator[Condition]:
    if not isinstance(value, dict) or not (set(value) & {"under", "over"}):
        faults.at(path, f"`{fact.name}` is a number: ask `{{ under = n }}` or `{{ over = n }}`", fact.name)
        return
    unknown = value.get("unknown", False)
    if not isinstance(unknown, bool):
        faults.at(path, "`unknown` is neither true nor false", "unknown")
    for op, number in value.items():
        if op == "unknown":
            continue
        if op not in ("under", "over"):
            faults.at(path, f"`{fact.name}` cannot be asked `{op}`{_near(op, ('under', 'over'))}", op)
        elif not _is_number(number):
            faults.at(path, f"`{op}` = `{_short(number)}` is no number", op)
        else:
            yield Condition(
                fact.name, Op(op), number=float(number), unknown=unknown is True, of_request=of_request
            )


def _words(fact: Fact, value: Any, path: Path, faults: Faults) -> Iterator[str]:
    words = value if isinstance(value, list) else [value]
    if not words or len(words) > MAX_WORDS:
        faults.at(path, f"`{fact.name}` wants 1 to {MAX_WORDS} words", fact.name)
        return
    if len({word for word in words if isinstance(word, str)}) < sum(isinstance(word, str) for word in words):
        faults.at(path, f"`{fact.name}` is given a word twice", fact.name)
    for word in words:
        if not isinstance(word, str) or not word or (fact.values and word not in fact.values):
            known = f"; it has {', '.join(fact.values)}" if fact.values else ""
            faults.at(path, f"`{fact.name}` has no value `{_short(word)}`{known}", _short(word))
        else:
            yield word


def _examples(row: dict[str, Any], key: str, scope: Scope, path: Path, faults: Faults) -> Iterator[Example]:
    """The examples of a row. A word fact given as a list stands for an example of each word."""
    tables = faults.tables(row, key, path, MAX_EXAMPLES)
    if not tables:
        faults.at((*path, key), f"rule `{_short(row.get('id'))}` has no `{key}` example")
    for number, table in enumerate(tables):
        where = (*path, key, number)
        choices: list[list[tuple[str, Any]]] = []
        for name, value in _flat(table, scope):
            fact = _fact_of(name, scope, (*where, *name.split(".")), faults)
            if fact is not None:
                choices.append([(name, v) for v in _example_values(fact[0], value, where, faults)])
        n_all = 1
        for choice in choices:
            n_all *= max(1, len(choice))
        if n_all > MAX_EACH:
            faults.at(where, f"this example stands for {n_all} examples; at most {MAX_EACH} are allowed", key)
            continue
        yield from (tuple(sorted(each)) for each in itertools.product(*choices))


def _example_values(fact: Fact, value: Any, path: Path, faults: Faults) -> list[Any]:
    if fact.kind is Kind.NUMBER:
        if value == UNKNOWN or _is_number(value):
            return [value if value == UNKNOWN else float(value)]
        faults.at(path, f"`{fact.name}` = `{_short(value)}` is no number", fact.name)
        return []
    if fact.kind is Kind.SET:
        return [tuple(_words(fact, value, path, faults))] if value != [] else [()]
    words = value if isinstance(value, list) else [value]
    known = [UNKNOWN] if UNKNOWN in words else []
    rest = [word for word in words if word != UNKNOWN]
    return known + (list(_words(fact, rest, path, faults)) if rest or not known else [])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word[:60], list(known), n=1, cutoff=0.5)
    return f"; did you mean `{near[0]}`?" if near else ""


def _short(value: Any) -> str:
    try:
        text = " ".join(str(value).split())
    except (ValueError, RecursionError):  # Python prints no number of more than 4,300 digits
        return f"a {type(value).__name__} too long to print"
    return text if len(text) <= 40 else text[:39] + "…"
