"""Does the ledger still hold what the versions and deliveries of its show rest on?

Each of them carries, under its signature, the ledger's last line of that moment. A ledger that was cut off, or of which
an older copy was put back, fits together; what was signed since names the lines it lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path

from secondunit.errors import BadMedia
from secondunit.provenance.frame_list import FRAME_LIST
from secondunit.provenance.hashing import sha256_of
from secondunit.provenance.lineage import LINEAGE_FILE, read_lineage
from secondunit.provenance.verdict import Finding
from secondunit.provenance.verify_delivery import delivery_record, is_delivery
from secondunit.slate.ledger_point import LedgerPoint
from secondunit.slate.show import Show
from secondunit.store.ledger_points import HashAt, lost


def resting_findings(
    root: Path,
    show: Show,
    hash_at: HashAt,
    *,
    versions: Collection[str] | None = None,
    deliveries: Collection[tuple[str, str]] | None = None,
) -> Iterator[Finding]:
    """What in a show's folder rests on lines that its ledger no longer holds.

    `versions` are the contents, `deliveries` the folders (relative to the show) and contents that have a line of their
    own; None where nobody looked. Whether the files are what was signed is `verify`'s to say.
    """
    for folder in sorted(chain(root.glob("versions/*/*/v*"), root.glob("deliveries/*/*/*/v*"))):
        try:
            point = LedgerPoint.read(read_lineage(folder / LINEAGE_FILE).get("ledger"))
        except BadMedia:
            continue  # no version, or one that `verify` finds broken
        clause = lost(point, show, hash_at)
        if not clause and versions is not None and _content(folder) not in versions:
            clause = "is signed, and no line of the ledger holds it"
        yield from _finding(root, folder, clause)
    for folder in sorted(filter(is_delivery, root.glob("deliveries/*"))):
        record = delivery_record(folder) or {}
        clause = lost(LedgerPoint.read(record.get("ledger")), show, hash_at)
        said = (folder.relative_to(root).as_posix(), str(record.get("content_sha256")))
        if not clause and deliveries is not None and said not in deliveries:
            clause = "left the house, and no line of the ledger holds it"
        yield from _finding(root, folder, clause)


def _content(folder: Path) -> str:
    return sha256_of(folder / FRAME_LIST) if (folder / FRAME_LIST).is_file() else ""


def _finding(root: Path, folder: Path, clause: str) -> Iterator[Finding]:
    where = folder.relative_to(root).as_posix()
    if clause:
        yield Finding("ledger", f"`{where}` {clause}", where)
