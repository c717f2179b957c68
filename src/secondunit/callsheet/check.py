"""Check a version, a file or a whole show against what was signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secondunit.errors import BadInput
from secondunit.provenance.verify import verify
from secondunit.store.show_folder import open_show


def check_path(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The verdict as plain JSON and as lines for a person. Raises `VerificationFailed` or `BadInput`."""
    verdict = verify(path, expected=_known_versions(path))
    verdict.raise_if_failed()
    files = sum(v.n_files for v in verdict.versions) if verdict.versions else verdict.n_files
    lines = [f"ok: {verdict.summary()}", f"{files} files checked", *verdict.notes]
    return verdict.to_dict(), lines


def _known_versions(path: Path) -> list[Path]:
    """The version folders that the ledger of a show knows, when `path` is a show."""
    try:
        store = open_show(path)
    except BadInput:
        return []
    try:
        return [store.root / v.folder for v in store.versions()] if store.root == path.resolve() else []
    finally:
        store.close()
