"""What a person asks of policies: which there are, what one says, whether its examples hold."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from secondunit.callsheet.policies import HOUSE, own_policies, shipped_policies
from secondunit.errors import BadInput, VerificationFailed
from secondunit.rights.facts import CATALOGUE
from secondunit.rights.policies.policy import Condition, Conditions, Op, Policy, PolicyRule
from secondunit.rights.policies.policy_examples import check_policy
from secondunit.rights.policies.policy_file import MAX_BYTES, read_policy
from secondunit.store import show_folder

Told = tuple[dict[str, Any], list[str]]
"""What `--json` prints, and the lines for a person."""


def list_policies(show: Path | None = None) -> Told:
    """Every policy there is; with a show, its own too and which of all apply to it. Raises `BadInput`."""
    known = _known(show)
    picked = _picked(show)
    rows = [_row(policy, picked) for policy in known.values()]
    return {"policies": rows}, [_line(row) for row in rows]


def tell_policy(name: str, show: Path | None = None) -> Told:
    """What a policy says, row by row. Raises `BadInput` where there is none of that id."""
    known = _known(show)
    if name not in known:
        raise BadInput(f"there is no policy `{name}`", hint=f"there are {', '.join(sorted(known))}")
    policy = known[name]
    data = _row(policy, None) | {
        "notice": policy.notice,
        "rules": [_rule(rule) for rule in policy.rules],
        "post_mortem": [
            {
                "place": term.place,
                "years": term.years,
                "extended_by_use": term.extended_by_use,
                "confirmed": term.confirmed,
                "source": term.source,
                "note": term.note,
            }
            for term in policy.post_mortem
        ],
    }
    return data, list(_lines(policy))


def tell_facts() -> Told:
    """The words that a policy may use: each fact, its values, and what it counts as where nobody knows."""
    rows = [
        {
            "scope": str(fact.scope),
            "name": fact.name,
            "kind": str(fact.kind),
            "values": list(fact.values),
            "unknown_as": fact.unknown_as,
            "declared": fact.declared,
            "means": fact.means,
        }
        for fact in CATALOGUE
    ]
    lines = [
        f"{fact.scope:8s} {fact.name:22s} {fact.means}"
        f" [{', '.join(fact.values) or f'any {fact.kind}'}; not known: {fact.unknown_as or 'stays not known'}]"
        for fact in CATALOGUE
    ]
    return {"facts": rows}, lines


def try_policies(files: Sequence[Path], show: Path | None = None) -> Told:
    """Run every example of the files, or of all policies, and say which conditions no example pins.

    Raises `BadRecord` for a file that is no policy, `VerificationFailed` with every finding where one does not hold.
    """
    policies = [_read(path) for path in files] or list(_known(show).values())
    findings = [finding for policy in policies for finding in check_policy(policy)]
    n_rules = sum(len(policy.rules) for policy in policies)
    n_examples = sum(len(rule.fires) + len(rule.silent) for policy in policies for rule in policy.rules)
    if findings:
        raise VerificationFailed(
            f"{len(findings)} of what {n_examples} examples should show does not hold",
            findings=[str(finding) for finding in findings],
            hint="mend the rule, or add the example that pins the condition",
        )
    data = {
        "policies": [policy.id for policy in policies],
        "rules": n_rules,
        "examples": n_examples,
        "findings": [],
    }
    return data, [
        f"{len(policies)} policies, {n_rules} rules, {n_examples} examples: all hold, all conditions pinned"
    ]


def _known(show: Path | None) -> dict[str, Policy]:
    return shipped_policies() | (own_policies(show) if show else {})


def _picked(show: Path | None) -> frozenset[str] | None:
    if show is None:
        return None
    store = show_folder.open_show(show)
    try:
        return frozenset((HOUSE, *store.show.policies, *own_policies(show)))
    finally:
        store.close()


def _read(path: Path) -> Policy:
    """A policy file wherever it lies; what is no file, or far too big, is never opened."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"`{path}` is not a file", hint="name the policy's TOML file")
        if found.st_size > MAX_BYTES:
            raise BadInput(f"`{path}` has {found.st_size} bytes", hint=f"a policy has at most {MAX_BYTES}")
        return read_policy(str(path), path.read_bytes())
    except OSError as error:
        raise BadInput(f"`{path}` cannot be read: {error.strerror}", hint="check the path") from None


def _row(policy: Policy, picked: frozenset[str] | None) -> dict[str, Any]:
    return {
        "id": policy.id,
        "title": policy.title,
        "version": policy.version,
        "dated": policy.dated.isoformat(),
        "source": policy.source,
        "rules_count": len(policy.rules),
        "unconfirmed": list(policy.unconfirmed),
        "sha256": policy.sha256,
        "applies": None if picked is None else policy.id in picked,
    }


def _line(row: dict[str, Any]) -> str:
    mark = {True: "* ", False: "  ", None: ""}[row["applies"]]
    n_open = len(row["unconfirmed"])
    doubt = f", {n_open} not confirmed" if n_open else ""
    head = f"{mark}{row['id']:16s} v{row['version']} of {row['dated']}"
    return f"{head}  {row['rules_count']} rules{doubt}  {row['title']}"


def _rule(rule: PolicyRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "scope": str(rule.scope),
        "decision": str(rule.decision),
        "roles": [str(role) for role in rule.roles],
        "when": [_words(condition) for condition in rule.when],
        "any": [[_words(condition) for condition in alternative] for alternative in rule.any],
        "sentence": rule.sentence,
        "missing": rule.missing,
        "who": rule.who,
        "source": rule.source,
        "principle": rule.principle,
        "confirmed": rule.confirmed,
        "note": rule.note,
        "examples": len(rule.fires) + len(rule.silent),
    }


def _lines(policy: Policy) -> list[str]:
    lines = [f"{policy.title} ({policy.id} v{policy.version} of {policy.dated})", policy.source, policy.notice]
    for rule in policy.rules:
        doubt = "" if rule.confirmed else "  (not confirmed)"
        whose = f" by {', '.join(rule.roles)}" if rule.roles else ""
        lines += ["", f"{rule.id}  {rule.decision}{whose}{doubt}", f"  {rule.sentence}", f"  when {_when(rule)}"]
        lines += [f"  {name}: {text}" for name, text in _more(rule) if text]
    for term in policy.post_mortem:
        least = "at least " if term.extended_by_use else ""
        doubt = "" if term.confirmed else "  (not confirmed)"
        lines += [
            "",
            f"after death: {least}{term.years} years in {term.place}{doubt}",
            f"  source: {term.source}",
        ]
    return lines


def _more(rule: PolicyRule) -> tuple[tuple[str, str], ...]:
    quoted = f"“{rule.principle}”" if rule.principle else ""
    return (
        ("missing", rule.missing),
        ("who", rule.who),
        ("source", rule.source),
        ("in its words", quoted),
        ("note", rule.note),
    )


def _when(rule: PolicyRule) -> str:
    parts = [_all(rule.when)] if rule.when else []
    if rule.any:
        parts.append("one of: " + " | ".join(_all(alternative) for alternative in rule.any))
    return "; ".join(parts)


def _all(conditions: Conditions) -> str:
    return " and ".join(_words(condition) for condition in conditions)


def _words(condition: Condition) -> str:
    """A condition as a person reads it: `stage is final or marketing`."""
    if condition.op in (Op.UNDER, Op.OVER):
        doubt = " or not known" if condition.unknown else ""
        return f"{condition.name} {condition.op} {condition.number:g}{doubt}"
    verb = {
        Op.IS: "is",
        Op.NOT: "is not",
        Op.NONE_OF: "has none of",
        Op.ALL_OF: "has all of",
        Op.TOUCHES: "touches",
    }
    return f"{condition.name} {verb[condition.op]} {' or '.join(condition.words)}"
