"""The approvals of a version as credentials that go out with it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from secondunit.callsheet.bearing_lines import hidden_names
from secondunit.callsheet.records_now import ledgered, records_now
from secondunit.provenance.approval_credentials import sign_approvals
from secondunit.provenance.certificates import signing_identity
from secondunit.provenance.frame_list import FRAME_LIST
from secondunit.provenance.lineage import LINEAGE_FILE, read_lineage
from secondunit.provenance.report.report_words import Hidden
from secondunit.rights.approvals import holds
from secondunit.slate.rights_records import Approval
from secondunit.slate.version_line import VersionLine
from secondunit.store.show_folder import Store


def approval_credentials(store: Store, folder: Path, line: VersionLine, at: dt.datetime) -> bytes | None:
    """Signed credentials over everybody's yes to a version's exact content, None where nobody gave one.

    Raises `EngineFailed` when signing fails, `BadInput` for a certificate that cannot be used.
    """
    records, hidden = records_now(store), hidden_names(ledgered(store))
    given = (one for one in records.approvals_of(line.content_sha256) if holds(one, records))
    # The last word of each person in each office, by when it was signed; of two at once the no.
    last = {(one.role, one.person): one for one in sorted(given, key=lambda a: (a.at, not a.approved))}
    told = [_told(one, hidden) for one in last.values() if one.approved]
    if not told:
        return None
    lineage = read_lineage(folder / LINEAGE_FILE)
    models = sorted({str(model) for take in lineage["takes"] for model in take["models"]})
    listing = (folder / FRAME_LIST).read_bytes()
    return sign_approvals(listing, told, trained=models, identity=signing_identity(at))


def _told(approval: Approval, hidden: Hidden) -> dict[str, Any]:
    """An approval without what was noted, and without a name that may not be told."""
    told: dict[str, Any] = {
        "at": approval.at.isoformat(),
        "key": approval.key,
        "role": str(approval.role),
        "signature": approval.signature,
        "subject_sha256": approval.subject_sha256,
    }
    return told if hidden.in_text(json.dumps(approval.person)) else told | {"person": approval.person}
