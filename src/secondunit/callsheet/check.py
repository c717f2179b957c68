"""Check a file, a bundle of evidence, a version, a delivery or a whole show against what was signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secondunit.callsheet.deliver import DELIVERY
from secondunit.callsheet.version_lines import VERSION
from secondunit.errors import BadInput
from secondunit.provenance.verdict import Finding
from secondunit.provenance.verify import verify
from secondunit.provenance.verify_ledger import resting_findings
from secondunit.store.keys import is_key, known_keys
from secondunit.store.ledger_points import hashes_of
from secondunit.store.own_folder import config_folder
from secondunit.store.show_file import SHOW_FILE
from secondunit.store.show_folder import open_show


def check_path(path: Path, *, key: str = "") -> tuple[dict[str, Any], list[str]]:
    """The verdict as plain JSON and as lines for a person. Raises `VerificationFailed` or `BadInput`.

    `key` is the one that began the ledger, as the studio told it, where this machine does not know it.
    """
    if key and not is_key(key):
        raise BadInput(
            f"`{key[:80]}` is no key", hint="a key is 64 hex digits: `secondunit ledger key` prints it"
        )
    known = {*known_keys(config_folder() / "keys"), *([key] if key else [])}
    expected, lost = _of_show(path) if (path / SHOW_FILE).is_file() else ([], [])
    verdict = verify(path, expected=expected, keys=known).with_findings(lost)
    verdict.raise_if_failed()
    files = sum(v.n_files for v in verdict.versions) if verdict.versions else verdict.n_files
    lines = [f"ok: {verdict.summary()}", f"{files} files checked", *verdict.notes]
    return verdict.to_dict(), lines


def _of_show(path: Path) -> tuple[list[Path], list[Finding]]:
    """The version folders that the ledger of a show knows, and what rests on lines that it no longer holds.

    Raises `VerificationFailed` for another show's ledger, or one that is older than what lies there.
    """
    store = open_show(path)
    try:
        contents = {str(line.body["content_sha256"]) for line in store.lines(VERSION)}
        delivered = {(str(d.body["folder"]), str(d.body["content_sha256"])) for d in store.lines(DELIVERY)}
        with store.ledger.read() as connection:
            hash_at = hashes_of(connection)
            lost = resting_findings(store.root, store.show, hash_at, versions=contents, deliveries=delivered)
            return [store.root / v.folder for v in store.versions()], list(lost)
    finally:
        store.close()
