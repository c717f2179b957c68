"""Plates and versions that lie finished in their folders and are not in the ledger: their process died in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from secondunit.errors import VerificationFailed
from secondunit.slate.ledger_point import LedgerPoint
from secondunit.slate.show import Show
from secondunit.store.ledger_points import HashAt, lost

PLATE_RECORD = "plate.json"
VERSION_RECORD = "version.json"

Record = dict[str, Any]


def plates_left(root: Path, known: set[tuple[str, str]]) -> Iterator[Record]:
    """The records of finished plates that are not among the `known` (shot, label)."""
    for record in _records(root, f"plates/*/*/{PLATE_RECORD}"):
        if (record["shot"], record["label"]) not in known:
            yield record


def versions_left(root: Path, known: set[tuple[str, str, int]]) -> list[Record]:
    """The records of finished versions that are not among the `known` (shot, department, number)."""
    records = _records(root, f"versions/*/*/*/{VERSION_RECORD}")
    return [r for r in records if (r["shot"], r["department"], r["number"]) not in known]


def check_not_older(versions: list[Record], show: Show, hash_at: HashAt) -> None:
    """Raise `VerificationFailed` when versions lie here that rest on lines the ledger no longer holds.

    An older ledger that was put back must not take them in as if nothing had been lost: what was withdrawn since is
    gone from it too.
    """
    findings = []
    for record in versions:
        clause = lost(LedgerPoint.read(record.get("ledger")), show, hash_at)
        if clause:
            findings.append(f"{record['shot']} {record['department']} v{record['number']:03d} {clause}")
    if findings:
        more = len(findings) - 1
        raise VerificationFailed(
            findings[0] + (f", and {more} more" if more else ""),
            findings=findings,
            hint="put the newest ledger back; where there is none, move these versions out of `versions/`: what "
            "allowed them is no longer on record",
        )


def _records(root: Path, pattern: str) -> Iterator[Record]:
    for path in sorted(root.glob(pattern)):
        if any(part.startswith(".") for part in path.parent.parts[-2:]):
            continue
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(record, dict):
            yield record
