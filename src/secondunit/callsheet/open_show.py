"""Make a show, find the one a person stands in, list what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from secondunit.callsheet.approve import decisions
from secondunit.callsheet.policies import picked_policies
from secondunit.callsheet.version_of import subject_of
from secondunit.errors import BadInput
from secondunit.slate.frames import parse_rate
from secondunit.slate.naming import ShotName
from secondunit.slate.show import Show
from secondunit.store import show_folder
from secondunit.store.new_show import create_show
from secondunit.store.records import VersionRecord


def make_show(
    folder: Path, *, name: str, code: str, fps: str, policies: Sequence[str] = (), ledger: str = ""
) -> dict[str, Any]:
    """Make a show folder and found its ledger, in it or in a PostgreSQL database; returns what `--json` prints.

    Raises `BadInput`, also for a policy nobody has and for a database that holds a ledger already.
    """
    picked_policies(policies)
    show = Show(name, code, parse_rate(fps), policies=tuple(policies), ledger=ledger)
    store = create_show(folder, show)
    made = {
        "name": name,
        "code": code,
        "id": store.show.show_id,
        "ledger": store.ledger.name,
        "rate": str(store.show.rate),
        "policies": list(policies),
        "folder": str(store.root),
    }
    store.close()
    return made


def find_show(given: Path | None) -> Path:
    """The show folder given with `--show`, or the one the current folder lies in. Raises `BadInput`."""
    if given is not None and not given.is_dir():
        raise BadInput(
            f"there is no folder `{given}`", hint="pass `--show` the folder that `secondunit new` made"
        )
    return show_folder.find_show(given or Path.cwd())


def list_versions(show: Path, shot: str | None) -> list[dict[str, Any]]:
    """Every published version, oldest first, as plain JSON."""
    store = show_folder.open_show(show)
    try:
        found = store.versions(None if shot is None else ShotName.parse(shot))
        said = decisions(store)
        return [version_row(store.root, version, said.get(subject_of(version), "proposal")) for version in found]
    finally:
        store.close()


def version_row(root: Path, version: VersionRecord, status: str) -> dict[str, Any]:
    """One version as plain JSON."""
    return {
        "shot": str(version.shot),
        "department": version.department,
        "version": version.label,
        "status": status,
        "created": version.created.isoformat(timespec="seconds"),
        "folder": str(root / version.folder),
        "preview": bool(version.details.get("preview", False)),
    }
