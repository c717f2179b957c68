"""Where a version comes from, signed, and whether it still is what was signed.

Enters: the folder of a finished version and its `Lineage` (which holds the `Clearance`). Leaves: `lineage.json`,
Content Credentials in movie and contact sheet, one signed list of every file; later, a `Verdict`; for those outside,
a bundle of evidence and a disclosure report. Checking needs no network.

    plate_ingredients, ingredient_from_files, software_versions      gather what went in, by content
    signing_identity(now) → Identity                                 a studio's certificate, or a local test chain
    sign_version(folder, lineage, identity, show=…) → Signed         the last step that changes a byte
    verify(path) → Verdict                                           a file, a bundle, a version, a delivery, a show
    pack_evidence(parts, …), judge_evidence(parts, …)                one ZIP that shows all of it to an outsider
    shot_report(facts), html_report, pdf_report                      what was generated, with whose leave

Standards: C2PA 2.5, IPTC digital source types, RFC 8785 for what is hashed.
"""

from secondunit.provenance.certificates import TEST_WARNING, Identity, signing_identity, trust_anchors
from secondunit.provenance.credentials import State
from secondunit.provenance.lineage import (
    ingredient_from_files,
    plate_ingredients,
    read_lineage,
    software_versions,
    write_lineage,
)
from secondunit.provenance.sign import Signed, sign_version
from secondunit.provenance.verdict import Finding, Verdict
from secondunit.provenance.verify import verify

__all__ = [
    "TEST_WARNING",
    "Finding",
    "Identity",
    "Signed",
    "State",
    "Verdict",
    "ingredient_from_files",
    "plate_ingredients",
    "read_lineage",
    "sign_version",
    "signing_identity",
    "software_versions",
    "trust_anchors",
    "verify",
    "write_lineage",
]
