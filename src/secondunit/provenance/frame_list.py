"""The signed list of every file in a version: `frames.json`, and how a folder is compared with it.

One signature over a list of hashes, rather than one a frame: no embedding exists for EXR (C2PA 2.5), and a list
also notices a frame that is gone, added or put in another's place.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from secondunit.errors import BadMedia
from secondunit.provenance.hashing import hash_files
from secondunit.slate.canonical import canonical_json
from secondunit.slate.lineage import HashedFile
from secondunit.store.finished_folders import VERSION_RECORD

FRAME_LIST = "frames.json"
SIDECAR = "frames.json.c2pa"
SCHEMA = "org.secondunit.frames/1"
TEMPORARY = ".signing-"
# Not listed: the list and its sidecar themselves, and the store's index card, whose status changes in review.
_UNLISTED = frozenset({FRAME_LIST, SIDECAR, VERSION_RECORD})
# What desktops drop into any folder that is looked at.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_FRAME = re.compile(r"[._](\d{4,5})\.[A-Za-z0-9]+\Z")
_LAST = 10**9


@dataclass(frozen=True, order=True)
class Difference:
    """One way in which a folder is not what was signed; sorts by frame number, other files last."""

    order: int
    file: str
    kind: str
    sentence: str

    @property
    def frame(self) -> int | None:
        """The frame number, None for a file that is not a frame."""
        return None if self.order == _LAST else self.order


def frame_of(path: str) -> int | None:
    """The frame number in a file name: 1042 from `exr/shot_comp_v001.1042.exr`.

    >>> frame_of("exr/AGM_104_TCC_0010_comp_v001.1042.exr")
    1042
    """
    match = _FRAME.search(PurePosixPath(path).name)
    return int(match[1]) if match else None


def files_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """Every file of a version that is to be listed, sorted, and every link or oddity, which is never listed."""
    plain: list[Path] = []
    odd: list[Path] = []
    for root, folders, names in os.walk(folder):
        here = Path(root)
        odd.extend(here / name for name in folders if (here / name).is_symlink())
        for name in names:
            path = here / name
            if path.is_symlink() or not path.is_file():
                odd.append(path)
            elif name not in _LITTER and not (here == folder and name in _UNLISTED):
                plain.append(path)
    return sorted(plain), sorted(odd)


def write_list(lineage: Mapping[str, Any], lineage_sha256: str, files: tuple[HashedFile, ...]) -> bytes:
    """The canonical bytes of a frame list."""
    return canonical_json(
        {
            "department": lineage["department"],
            "files": [file.to_dict() for file in sorted(files)],
            "frames": lineage["frames"],
            "lineage_sha256": lineage_sha256,
            "rate": lineage["rate"],
            "schema": SCHEMA,
            "shot": lineage["shot"],
            "version": lineage["version"],
        }
    )


def read_list(path: Path) -> tuple[dict[str, Any], dict[str, HashedFile]]:
    """A frame list and its files by path. Raises `BadMedia` for anything else, also for a path that leads out."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    return parse_list(content, str(path))


def parse_list(content: bytes, name: str) -> tuple[dict[str, Any], dict[str, HashedFile]]:
    """The same from the bytes of a frame list called `name`. Raises `BadMedia`."""
    try:
        data = json.loads(content)
        if data["schema"] != SCHEMA:
            raise ValueError(data["schema"])
        files = {
            str(f["path"]): HashedFile(str(f["path"]), str(f["sha256"]), int(f["bytes"])) for f in data["files"]
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadMedia(
            f"`{name}` is not a frame list", hint=f"a frame list is JSON of the schema {SCHEMA}"
        ) from None
    for listed in files:
        parts = PurePosixPath(listed).parts
        outside = PurePosixPath(listed).is_absolute() or ".." in parts
        if not parts or outside or "\\" in listed or "\0" in listed:
            raise BadMedia(
                f"`{name}` lists `{listed}`, which leads out of the version", hint="do not trust this version"
            )
    return data, files


def compare(folder: Path, listed: Mapping[str, HashedFile], only: Path | None = None) -> list[Difference]:
    """Every difference between a folder and its list, frames first and in order; `only` looks at one file."""
    plain, odd = files_in(folder)
    if only is not None:
        plain, odd = [p for p in plain if p == only], [p for p in odd if p == only]
        listed = {name: file for name, file in listed.items() if folder / name == only}
    found = [_different(path.relative_to(folder).as_posix(), "is a link, not a file", "link") for path in odd]
    names = {path.relative_to(folder).as_posix(): path for path in plain}
    linked = {path.relative_to(folder).as_posix() for path in odd}
    found.extend(_different(name, "is not in the signed list", "extra") for name in names if name not in listed)
    found.extend(
        _different(name, "is missing", "missing") for name in listed if name not in names and name not in linked
    )
    found.extend(_changed(folder, {n: p for n, p in names.items() if n in listed}, listed))
    return sorted(found)


def _changed(folder: Path, names: Mapping[str, Path], listed: Mapping[str, HashedFile]) -> Iterator[Difference]:
    owner = {file.sha256: file.path for file in listed.values()}
    for now in hash_files(folder, list(names.values())):
        if now.sha256 == listed[now.path].sha256:
            continue
        other = owner.get(now.sha256)
        if other is None:
            yield _different(now.path, "changed", "changed")
        else:
            yield _different(now.path, f"changed: it holds what was signed as {_named(other)}", "changed")


def _different(name: str, what: str, kind: str) -> Difference:
    frame = frame_of(name)
    return Difference(_LAST if frame is None else frame, name, kind, f"{_named(name)} {what}")


def _named(name: str) -> str:
    frame = frame_of(name)
    return f"`{name}`" if frame is None else f"frame {frame} (`{name}`)"
