"""`secondunit evidence`: everything that shows what a version is, in one file for somebody outside."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from secondunit.cli.options import Json, ShowDir
from secondunit.cli.speak import show

app = App(
    name="evidence", help="A version's evidence in one ZIP, checked by `secondunit verify` without the show."
)


@app.default
def evidence(
    version: str, *, to: Path | None = None, tsa: str | None = None, show_dir: ShowDir = None, json: Json = False
) -> int:
    """Write the evidence of a version: signed list, lineage, ledger lines with proofs, approvals, policies, report.

    Example: `secondunit evidence "TLN_101_BAR_0010 v002" --to TLN_0010_v002_evidence.zip`

    Parameters
    ----------
    version
        A shot and number, `TLN_101_BAR_0010 v002`, or the folder of a version.
    to
        The file to make; must not exist yet. Without it, in the show's `evidence/`.
    tsa
        The address of a time stamp authority (RFC 3161); without it `SECONDUNIT_TSA` is used where it is set.
    """
    from secondunit.callsheet.evidence import write_evidence
    from secondunit.callsheet.open_show import find_show

    data, lines = write_evidence(find_show(show_dir), version, to=to, tsa=tsa)
    show(data, lines, as_json=json)
    return 0
