"""Gather a version's ingredients by content, and write and read `lineage.json`."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from secondunit.errors import BadMedia
from secondunit.media.disk import plain_disk_errors
from secondunit.provenance.hashing import hash_files
from secondunit.slate.canonical import canonical_json
from secondunit.slate.lineage import SCHEMA, HashedFile, Ingredient, Lineage, Relationship, SourceType
from secondunit.slate.plate import Plate
from secondunit.store.atomic import write_text

LINEAGE_FILE = "lineage.json"
_PARTS = ("secondunit", "numpy", "numba", "scipy", "opencv-python-headless", "openimageio", "opencolorio", "av")


def ingredient_from_files(
    show: Path,
    paths: Sequence[Path],
    *,
    title: str,
    role: str,
    relationship: Relationship = Relationship.INPUT,
    media_type: str = "application/octet-stream",
    source_type: SourceType | None = None,
    owner: str = "",
    licence: str = "",
) -> Ingredient:
    """An ingredient from files inside a show folder, hashed now. Raises `BadMedia` when one cannot be read."""
    try:
        files = hash_files(show, sorted(paths))
    except (OSError, ValueError) as error:
        raise BadMedia(f"the ingredient `{title}` cannot be read: {error}", hint="bring it in again") from None
    return Ingredient(title, role, relationship, files, media_type, source_type, owner, licence)


def plate_ingredients(
    show: Path,
    plate: Plate,
    *,
    source_type: SourceType = SourceType.DIGITAL_CAPTURE,
    relationship: Relationship = Relationship.PARENT,
) -> tuple[Ingredient, Ingredient]:
    """A plate as two ingredients: what came in (kept in `turnover/`) and the frames made from it.

    The source is the parent, the ingested frames are an input: they are the same picture. A source that is no
    longer in the turnover stays known by its hash alone.
    """
    kept = sorted((show / "turnover").glob(f"{plate.source_sha256}*"))
    size = kept[0].stat().st_size if kept else 0
    where = kept[0].relative_to(show).as_posix() if kept else f"turnover/{plate.source_sha256}"
    licence = plate.licence.identifier
    source = Ingredient(
        title=f"{plate.label} source {plate.source_name}",
        role="plate source",
        relationship=relationship,
        files=(HashedFile(where, plate.source_sha256, size),),
        source_type=source_type,
        owner=plate.owner,
        licence=licence,
    )
    frames = ingredient_from_files(
        show,
        sorted({show / plate.path_of(frame) for frame in plate.frames}),
        title=f"{plate.label} frames",
        role="plate frames",
        media_type="image/x-exr",
        source_type=source_type,
        owner=plate.owner,
        licence=licence,
    )
    return source, frames


def software_versions(*extra: str) -> tuple[tuple[str, str], ...]:
    """Name and version of this program and of the libraries that make pixels; `extra` names more packages."""
    found = [("python", platform.python_version())]
    for name in dict.fromkeys((*_PARTS, "c2pa-python", *extra)):
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)


def write_lineage(lineage: Lineage, folder: Path) -> Path:
    """Write `lineage.json` as canonical JSON in one step and return its path; raises `EngineFailed`."""
    path = folder / LINEAGE_FILE
    text = canonical_json(lineage.to_dict()).decode()
    with plain_disk_errors(folder):
        write_text(path, text)
    return path


def read_lineage(path: Path) -> dict[str, Any]:
    """Read a `lineage.json`; raises `BadMedia` when it is not one."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    return parse_lineage(content, str(path))


def parse_lineage(content: bytes, name: str) -> dict[str, Any]:
    """The same from the bytes of a lineage called `name`; raises `BadMedia`."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise BadMedia(f"`{name}` is not a lineage", hint=f"a lineage is JSON of the schema {SCHEMA}")
    return data
