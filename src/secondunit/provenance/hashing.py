"""SHA-256 of files at the speed of the disk: streamed, several at a time (hashlib works outside the GIL)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from secondunit.slate.lineage import HashedFile


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_files(root: Path, paths: Sequence[Path]) -> tuple[HashedFile, ...]:
    """Hash files, in the order given; their names are relative to `root`. Raises `OSError`."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return tuple(pool.map(lambda path: _hashed(root, path), paths))


def _hashed(root: Path, path: Path) -> HashedFile:
    return HashedFile(path.relative_to(root).as_posix(), sha256_of(path), path.stat().st_size)
