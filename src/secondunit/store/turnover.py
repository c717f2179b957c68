"""`turnover/`: what came in, untouched, named by its own hash, so that nothing is kept twice.

One file lies at `turnover/<sha256>.<suffix>`. A sequence is kept file by file; a listing in JSON names its
frames, and the hash of that listing is the hash of the sequence.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from secondunit.errors import BadMedia
from secondunit.media.disk import plain_disk_errors

_CHUNK = 1 << 20
# A copy that began a moment ago may not hold its lock yet.
SETTLED_S = 60.0
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


@dataclass(frozen=True)
class Kept:
    """What lies in the turnover now: its hash, its size, and whether it was there before."""

    sha256: str
    n_bytes: int
    n_files: int
    was_there: bool


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read a megabyte at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def keep_file(folder: Path, source: Path) -> Kept:
    """Copy a file into the turnover, hashing what is written. Raises `BadMedia`, `EngineFailed`, `BadInput`."""
    if not source.is_file():
        raise BadMedia(f"`{source}` does not exist or is not a file", hint="check the path")
    with plain_disk_errors(folder):
        folder.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".", suffix=".partial", dir=folder, delete=False) as beside:
            beside_path = Path(beside.name)
            try:
                fcntl.flock(beside, fcntl.LOCK_EX)
                digest, n_bytes = hashlib.sha256(), 0
                with source.open("rb") as file:
                    while block := file.read(_CHUNK):
                        digest.update(block)
                        beside.write(block)
                        n_bytes += len(block)
                beside.flush()
                suffix = source.suffix.lower() if _SUFFIX.match(source.suffix) else ""
                was_there = _settle(beside_path, folder / (digest.hexdigest() + suffix))
            finally:
                beside_path.unlink(missing_ok=True)
    return Kept(digest.hexdigest(), n_bytes, 1, was_there)


def keep_sequence(folder: Path, frames: Mapping[int, Path]) -> Kept:
    """Copy each frame of a sequence and a listing of them into the turnover."""
    kept = {number: keep_file(folder, path) for number, path in frames.items()}
    text = _listing(frames, {number: one.sha256 for number, one in kept.items()})
    sha256 = hashlib.sha256(text).hexdigest()
    place = folder / f"{sha256}.json"
    was_there = place.exists()
    if not was_there:
        with plain_disk_errors(folder):
            # A name of its own: two who bring the same in at once must not take each other's.
            number, name = tempfile.mkstemp(prefix=".", suffix=".partial", dir=folder)
            with os.fdopen(number, "wb") as beside:
                beside.write(text)
            Path(name).replace(place)
    return Kept(sha256, sum(one.n_bytes for one in kept.values()), len(kept), was_there)


def source_sha256(source: Path | Mapping[int, Path]) -> str:
    """The hash a file or the frames of a sequence will be kept by."""
    if isinstance(source, Path):
        return file_sha256(source)
    return hashlib.sha256(_listing(source, {n: file_sha256(path) for n, path in source.items()})).hexdigest()


def _listing(frames: Mapping[int, Path], hashes: Mapping[int, str]) -> bytes:
    rows = [{"frame": n, "name": path.name, "sha256": hashes[n]} for n, path in frames.items()]
    return json.dumps({"frames": rows}, indent=1, sort_keys=True).encode()


def sweep(folder: Path) -> None:
    """Remove the unfinished copies of processes that are no more: those whose lock is free."""
    for beside in folder.glob(".*.partial"):
        with suppress(OSError), beside.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - beside.stat().st_mtime > SETTLED_S:
                beside.unlink()


def _settle(beside: Path, place: Path) -> bool:
    """Give the copy its name unless the same content lies there under any suffix."""
    if any(place.parent.glob(f"{place.name[:64]}*")):
        return True
    beside.chmod(0o444)
    beside.replace(place)
    return False
