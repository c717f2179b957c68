"""Make a file or folder beside its place and rename it in: a kill leaves the old state or the new."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from secondunit.media.disk import plain_disk_errors


def write_text(path: Path, text: str) -> None:
    """Replace a small file in one step, on disk before its name appears."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """The same for bytes."""
    with plain_disk_errors(path.parent):
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        beside = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(0o644)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def rename_in(beside: Path, place: Path) -> None:
    """Give a finished folder its name; it must not exist yet."""
    with plain_disk_errors(place.parent):
        if place.exists():
            raise FileExistsError(place)
        beside.rename(place)
        sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError:
        pass  # some network disks cannot sync a folder; the rename itself is still one step
    finally:
        os.close(number)
