"""Does what a version says of itself fit together: its folder, its index card, its lineage, the plates it names?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from secondunit.errors import BadMedia
from secondunit.provenance.credentials import Credentials
from secondunit.provenance.frame_list import FRAME_LIST, frame_of
from secondunit.provenance.hashing import sha256_of
from secondunit.provenance.lineage import LINEAGE_FILE, read_lineage
from secondunit.provenance.verdict import Finding
from secondunit.slate.lineage import HashedFile
from secondunit.store.finished_folders import VERSION_RECORD
from secondunit.store.show_file import SHOW_FILE

_VERSION = re.compile(r"v\d{3,}\Z")


def record_findings(folder: Path, listing: Mapping[str, Any]) -> Iterator[Finding]:
    """The folder and its index card must be those of the version that was signed."""
    signed = (listing.get("shot"), listing.get("department"), listing.get("version"))
    version = str(listing.get("version"))
    if _VERSION.match(folder.name) and folder.name != version:
        yield Finding("identity", f"the folder `{folder.name}` holds what was signed as {version}")
    try:
        card = json.loads((folder / VERSION_RECORD).read_text(encoding="utf-8"))
        said: tuple[Any, ...] = (card["shot"], card["department"], f"v{card['number']:03d}")
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        said = ()
    if said != signed:
        yield Finding("identity", f"`{VERSION_RECORD}` speaks of another version", VERSION_RECORD)


def lineage_findings(
    folder: Path,
    listing: Mapping[str, Any],
    sealed: Credentials,
    seen: dict[Path, str],
    notes: list[str],
) -> Iterator[Finding]:
    """The lineage against the signed list and its seal, and its ingredients against the show around it. `seen` keeps
    hashes of files that several versions name; `notes` is added to."""
    path = folder / LINEAGE_FILE
    if not path.is_file():
        yield Finding(
            "lineage", f"`{LINEAGE_FILE}` is missing, so nothing says what the version was made of", LINEAGE_FILE
        )
        return
    digest = sha256_of(path)
    if digest != listing.get("lineage_sha256") or digest != (sealed.lineage or {}).get("sha256"):
        yield Finding("lineage", f"`{LINEAGE_FILE}` is not the lineage that was signed", LINEAGE_FILE)
    try:
        lineage = read_lineage(path)
        same = all(lineage[key] == listing.get(key) for key in ("shot", "department", "version", "frames"))
        cleared = lineage["clearance"]["answer"] == "cleared"
        files = [
            (str(item["title"]), HashedFile(str(f["path"]), str(f["sha256"]), int(f["bytes"])))
            for item in lineage["ingredients"]
            for f in item["files"]
        ]
    except (BadMedia, KeyError, TypeError, ValueError):
        yield Finding("lineage", f"`{LINEAGE_FILE}` cannot be read as a lineage", LINEAGE_FILE)
        return
    if not same:
        yield Finding("lineage", f"`{LINEAGE_FILE}` speaks of another version than `{FRAME_LIST}`", LINEAGE_FILE)
    if not cleared:
        yield Finding("clearance", f"`{LINEAGE_FILE}` holds no clearance", LINEAGE_FILE)
    yield from _ingredient_findings(folder, files, seen, notes)


def _ingredient_findings(
    folder: Path, files: list[tuple[str, HashedFile]], seen: dict[Path, str], notes: list[str]
) -> Iterator[Finding]:
    """Plates and mattes that lie in the show must still be those that went in."""
    show = next((parent for parent in folder.absolute().parents if (parent / SHOW_FILE).is_file()), None)
    absent = 0
    for title, file in files:
        path = show / file.path if show else None
        if path is None or ".." in Path(file.path).parts or not path.is_file():
            absent += 1
            continue
        if path not in seen:
            seen[path] = sha256_of(path)
        if seen[path] != file.sha256:
            sentence = f"the ingredient `{title}` changed since the version was made: `{file.path}`"
            yield Finding("ingredient", sentence, file.path, frame_of(file.path))
    if absent:
        notes.append(f"{absent} of {len(files)} ingredient files are not here and were not compared")
