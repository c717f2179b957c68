"""`takes/`: finished chunks of work by the hash of everything that went into them. Free to delete."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from secondunit.errors import BadName
from secondunit.media.disk import plain_disk_errors

_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{7,127}\Z")


class Takes:
    """The cache of one show."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: str) -> Path | None:
        """The folder of a finished take, or None."""
        place = self._place(key)
        return place if place.is_dir() else None

    def begin(self, key: str) -> Path:
        """A fresh folder on the same disk to write a take into."""
        place = self._place(key)
        with plain_disk_errors(self.folder):
            place.parent.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix=f".{key[:16]}.", suffix=".partial", dir=place.parent))

    def commit(self, key: str, made: Path) -> Path:
        """Rename a written folder in. When another process was first, its take stands and ours is removed."""
        place = self._place(key)
        with plain_disk_errors(self.folder):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                made.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
                shutil.rmtree(made, ignore_errors=True)
        return place

    def _place(self, key: str) -> Path:
        if not _KEY.match(key) or ".." in key:
            raise BadName(f"`{key}` is not the key of a take", hint="use the hex digest of its inputs")
        return self.folder / key[:2] / key
