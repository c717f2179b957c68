"""Check a file, a bundle of evidence, a version, a delivery or a whole show against what was signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secondunit.errors import BadInput
from secondunit.provenance.verify import verify
from secondunit.store.keys import is_key, known_keys
from secondunit.store.own_folder import config_folder
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
    verdict = verify(path, expected=_known_versions(path), keys=known)
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
