"""What the ledger is told of a finished version: the version itself, and the seconds of each consent it uses."""

from __future__ import annotations

from pathlib import Path

from secondunit.callsheet.version_of import content_sha256
from secondunit.provenance.hashing import sha256_of
from secondunit.provenance.lineage import LINEAGE_FILE
from secondunit.rights.on_record.record_kinds import draft_of
from secondunit.slate.clearance import Clearance
from secondunit.slate.request import Request
from secondunit.slate.rights_records import UseReceipt
from secondunit.slate.version_line import VersionLine
from secondunit.store.chain import Draft
from secondunit.store.show_folder import Store

VERSION = "version"  # the kind of its line in the ledger
BEGUN = "version_begun"  # and of the line before it, whose number its movies carry as their mark


def reserve_mark(store: Store, request: Request, version: str, *, author: str) -> int:
    """Write down that a version is being made; the line's number is the mark of its movies.

    A version that is never finished leaves this line alone: a mark is not given twice.
    """
    subject = f"{request.shot} {request.department} {version}"
    (line,) = store.write_lines([Draft(BEGUN, subject, {"request_sha256": request.sha256})], author=author)
    return line.number


def lines_of_version(
    folder: Path, request: Request, clearance: Clearance, *, version: str, mark: int
) -> list[Draft]:
    """The lines to write for a signed version folder, wherever it lies now."""
    line = VersionLine(
        shot=str(request.shot),
        department=request.department,
        version=version,
        content_sha256=content_sha256(folder),
        lineage_sha256=sha256_of(folder / LINEAGE_FILE),
        clearance_sha256=clearance.sha256,
        request=request,
        consents=clearance.consents,
        mark=mark,
    )
    receipts = [
        UseReceipt(
            receipt_id=f"{line.subject} {use.consent_id}",
            consent_id=use.consent_id,
            person_id=use.person_id,
            shot=line.shot,
            scene=request.scene,
            version=line.subject,
            seconds=request.seconds,
        )
        for use in clearance.consents
    ]
    return [Draft(VERSION, line.subject, line.to_dict()), *(draft_of(receipt) for receipt in receipts)]
