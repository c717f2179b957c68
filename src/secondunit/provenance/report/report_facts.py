"""All that a disclosure report on a version is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secondunit.provenance.report.report_words import Hidden
from secondunit.rights.gate import Answer
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.records import Records
from secondunit.slate.entry import Entry
from secondunit.slate.request import Request
from secondunit.slate.version_line import VersionLine


@dataclass(frozen=True)
class ShotFacts:
    """All that a report on a version is made from.

    `entries` are the lines of the ledger that bear on it, `request` what is asked now that it is to be seen by the
    audience, `answer` the gate's. `direction` says of each value of its building file whether a person set it.
    """

    line: VersionLine
    entries: Sequence[Entry]
    lineage: Mapping[str, Any]
    n_files: int
    n_bytes: int
    checks: Sequence[Mapping[str, Any]]
    direction: Mapping[str, Sequence[str]]
    request: Request
    answer: Answer
    records: Records
    known: Ledgered
    today: dt.date
    hidden: Hidden
