"""A numbered folder that is being made: hidden beside its place until it is finished, gone when it is not.

`.v003.partial/` is the folder, `.v003.lock` says that its process lives. A folder whose process died is swept
away by the next one that asks for a number; what was worth keeping of it lies in the takes.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from secondunit.media.disk import plain_disk_errors
from secondunit.slate.naming import version_label, version_number
from secondunit.store.atomic import rename_in
from secondunit.store.lock import FileLock

_PARTIAL = re.compile(r"\.(.*)\.partial\Z")


@dataclass
class InProgress:
    """A reserved number. Fill `folder`, then `finish` gives it the name `place`; `abandon` removes it.

    As a context manager it abandons whatever was not finished, also on an interrupt.
    """

    number: int
    folder: Path
    place: Path
    _lock: FileLock

    @property
    def label(self) -> str:
        """The name it will have: `v003` or `PL01_v003`."""
        return self.place.name

    def finish(self) -> Path:
        """Rename the folder into its place and return the place."""
        rename_in(self.folder, self.place)
        self._lock.release(remove=True)
        return self.place

    def abandon(self) -> None:
        """Remove the folder and give the number back."""
        if self.folder.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release(remove=True)

    def __enter__(self) -> InProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()


def reserve(parent: Path, *, prefix: str = "", taken: tuple[int, ...] = ()) -> InProgress:
    """Reserve the number after every one that is published, taken, or being made by a living process."""
    with plain_disk_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent)
        number = max((*taken, *_published(parent, prefix)), default=0) + 1
        while True:
            name = prefix + version_label(number)
            lock = FileLock(parent / f".{name}.lock")
            if lock.try_hold():
                break
            number += 1
        folder = parent / f".{name}.partial"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    return InProgress(number, folder, parent / name, lock)


def sweep(parent: Path) -> None:
    """Remove the unfinished folders of processes that are no more."""
    for folder in parent.glob(".*.partial"):
        match = _PARTIAL.match(folder.name)
        lock = FileLock(parent / f".{match[1]}.lock") if match else None
        if lock and lock.try_hold():
            shutil.rmtree(folder, ignore_errors=True)
            lock.release(remove=True)


def _published(parent: Path, prefix: str) -> list[int]:
    pattern = re.compile(re.escape(prefix) + r"(v\d{3,})\Z")
    matches = (pattern.match(folder.name) for folder in parent.iterdir())
    return [version_number(match[1]) for match in matches if match]
