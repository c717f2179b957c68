"""The ledger's lines in a bundle, judged: under the signed root, by a key that might write them, about this version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from secondunit.errors import SecondUnitError, VerificationFailed
from secondunit.provenance.checkpoint import Checkpoint
from secondunit.provenance.evidence.evidence import LINES_SCHEMA
from secondunit.provenance.evidence.sealed_lines import SealedLine, check_sealed
from secondunit.provenance.ledger_proof import check_proof
from secondunit.rights.approvals import holds
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.projection import project
from secondunit.rights.records import Records
from secondunit.slate.entry import Entry
from secondunit.slate.founding import Founding
from secondunit.slate.version_line import VersionLine
from secondunit.store.chain import KEY_KIND, Writers

VERSION, DELIVERY = "version", "delivery"  # kinds of lines


@dataclass(frozen=True)
class Shown:
    """Lines that hold: open ones with their text, sealed ones by their hash; `faults` names those that do not."""

    entries: tuple[Entry, ...] = ()
    sealed: tuple[SealedLine, ...] = ()
    writers: Writers = field(default_factory=lambda: Writers(""))
    faults: tuple[str, ...] = ()

    @property
    def founder(self) -> str:
        """The key of line 1, empty where it is not shown."""
        return self.writers.founder

    def hashes(self) -> Iterator[tuple[int, str]]:
        """The hash of every line shown, by number."""
        yield from ((entry.number, entry.hash) for entry in self.entries)
        yield from ((line.number, line.hash) for line in self.sealed)

    def founding(self) -> Founding | None:
        """What line 1 says of the show, None where it is not shown or founds nothing."""
        return Founding.read(self.entries[0]) if self.entries else None

    def version(self) -> VersionLine | None:
        """The line of the version that the bundle is about, None where there is none that can be read."""
        lines = [entry for entry in self.entries if entry.kind == VERSION]
        try:
            return VersionLine.from_dict(lines[0].body) if len(lines) == 1 else None
        except (SecondUnitError, ValueError, LookupError, TypeError, AttributeError, OverflowError):
            return None


def read_shown(data: bytes, checkpoint: Checkpoint) -> Shown:
    """The lines of `ledger/lines.json` under a root. Never raises: what does not hold is left out and named."""
    try:
        fields = json.loads(data)
        if fields["schema"] != LINES_SCHEMA:
            raise ValueError(fields["schema"])
        opened, sealed = list(fields["open"]), list(fields["sealed"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Shown(faults=("the lines of the ledger cannot be read",))
    entries: list[Entry] = []
    closed: list[SealedLine] = []
    faults: list[str] = []
    for proof in opened:
        try:
            entry = check_proof(proof, checkpoint)
            # Signed by whom it may be: nothing says yet that it is a line as our ledger writes them.
            if not isinstance(entry.body, dict) or not all(
                isinstance(t, str) for t in (entry.kind, entry.subject)
            ):
                raise VerificationFailed(
                    f"line {entry.number} is no line of a ledger", hint="ask for the bundle as it was made"
                )
            entries.append(entry)
        except SecondUnitError as error:
            faults.append(str(error))
    for line in sealed:
        try:
            closed.append(check_sealed(line, checkpoint))
        except VerificationFailed as error:
            faults.append(str(error))
    entries.sort(key=lambda entry: entry.number)
    writers, foreign = _writers(entries, closed)
    return Shown(tuple(entries), tuple(closed), writers, (*faults, *foreign))


def judge_shown(
    shown: Shown, *, content_sha256: str, lineage_sha256: str, clearance_sha256: str, subject: str
) -> Iterator[str]:
    """Every way in which the lines are not those of this version."""
    line = shown.version()
    if line is None:
        yield "no single line of the ledger says that it holds this version"
        return
    if line.subject != subject or line.content_sha256 != content_sha256:
        yield f"the ledger's line is of {line.subject}, content {line.content_sha256[:12]}…, not of what lies here"
    if (line.lineage_sha256, line.clearance_sha256) != (lineage_sha256, clearance_sha256):
        yield "the ledger's line names another lineage or clearance than lies here"
    shown_consents = {one.says.get("consent_sha256") for one in shown.sealed if one.says["kind"] == "consent"}
    for use in line.consents:
        if use.sha256 not in shown_consents:
            yield f"no line of the ledger is shown for the consent {use.sha256[:12]}… that the version rests on"
    yield from _said_of_others(shown, line)


def _said_of_others(shown: Shown, line: VersionLine) -> Iterator[str]:
    records, known = _records(shown)
    subjects = {line.content_sha256, line.request.sha256}
    for approval in known.approvals:
        word = "approval" if approval.approved else "refusal"
        if approval.subject_sha256 not in subjects:
            yield f"an {word} by {approval.person} is of something else: {approval.subject_sha256[:12]}…"
        elif not holds(approval, records):
            yield f"the {word} by {approval.person} as {approval.role} is not signed by a key on record for that"
    for receipt in known.receipts:
        if receipt.version != line.subject:
            yield f"a receipt is of {receipt.version}, not of {line.subject}"
    for entry in shown.entries:
        if entry.kind == DELIVERY and entry.body.get("content_sha256") != line.content_sha256:
            yield f"line {entry.number} delivers something else"
    unread = [fault.sentence for fault in known.faults if "cannot be read" in fault.sentence]
    yield from unread


def _records(shown: Shown) -> tuple[Records, Ledgered]:
    known = project(shown.entries)
    return Records(approvers=known.approvers), known


def _writers(entries: list[Entry], sealed: list[SealedLine]) -> tuple[Writers, list[str]]:
    """Who might write which line, as far as the lines shown tell, and every line by somebody who might not."""
    written = sorted({(e.number, e.key) for e in entries} | {(s.number, s.key) for s in sealed})
    if not written or written[0][0] != 1:
        return Writers(""), ["line 1 of the ledger is not shown, so nobody knows who began it"]
    writers = Writers(written[0][1])
    for entry in entries:
        if entry.kind == KEY_KIND and writers.may_write(entry.key, entry.number):
            writers = writers.after(entry)
    foreign = [
        f"line {number} of the ledger was written with a foreign key, `{key[:16]}…`"
        for number, key in written
        if not writers.may_write(key, number)
    ]
    return writers, foreign


def told(sealed: SealedLine) -> str:
    """A sealed line in a few words."""
    says: Mapping[str, Any] = sealed.says
    more = ", ".join(f"{key} {value}" for key, value in sorted(says.items()) if key != "kind")
    return f"line {sealed.number} ({says['kind']}): {more or 'by its hash alone'}"
