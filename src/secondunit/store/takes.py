"""`takes/`: finished chunks of work by the hash of everything that went into them. Free to delete."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from secondunit.errors import BadName
from secondunit.media.disk import plain_disk_errors

_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{7,127}\Z")
# A take may be begun in one process and finished in another: only what is old too is swept away.
ABANDONED_S = 600.0


class Takes:
    """The cache of one show."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[Path, int] = {}

    def find(self, key: str) -> Path | None:
        """The folder of a finished take, or None."""
        place = self.place(key)
        return place if place.is_dir() else None

    def begin(self, key: str) -> Path:
        """A fresh folder on the same disk to write a take into."""
        place = self.place(key)
        with plain_disk_errors(self.folder):
            place.parent.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(prefix=f".{key[:16]}.", suffix=".partial", dir=place.parent))
            self._held[made] = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._held[made], fcntl.LOCK_EX)
        return made

    def commit(self, key: str, made: Path) -> Path:
        """Rename a written folder in. When another process was first, its take stands and ours is removed."""
        place = self.place(key)
        with plain_disk_errors(self.folder):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                made.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
                shutil.rmtree(made, ignore_errors=True)
        self._let_go(made)
        return place

    def abandon(self, made: Path) -> None:
        """Remove the folder of a take that will not be finished."""
        shutil.rmtree(made, ignore_errors=True)
        self._let_go(made)

    def sweep(self) -> None:
        """Remove unfinished takes that no living process holds and that were left a while ago."""
        for made in self.folder.glob("??/.*.partial"):
            with suppress(OSError):
                number = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if time.time() - made.stat().st_mtime > ABANDONED_S:
                        shutil.rmtree(made, ignore_errors=True)
                finally:
                    os.close(number)

    def _let_go(self, made: Path) -> None:
        number = self._held.pop(made, None)
        if number is not None:
            os.close(number)

    def place(self, key: str) -> Path:
        """Where the take of a key lies, finished or not."""
        if not _KEY.match(key) or ".." in key:
            raise BadName(f"`{key}` is not the key of a take", hint="use the hex digest of its inputs")
        return self.folder / key[:2] / key
