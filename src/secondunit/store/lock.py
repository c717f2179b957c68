"""One writer at a time: an fcntl lock that ends with its process, however it ends (POSIX.1-2017 `fcntl`)."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors

WAIT_S = 60.0


class FileLock:
    """A lock on one file, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number: int | None = None

    def try_hold(self) -> bool:
        """Take the lock if nobody has it."""
        with plain_disk_errors(self.path.parent):
            number = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(number)
            return False
        # The holder before us may have removed the file between our open and our lock.
        if not self.path.exists() or os.fstat(number).st_ino != self.path.stat().st_ino:
            os.close(number)
            return False
        self._number = number
        return True

    def release(self, *, remove: bool = False) -> None:
        """Give the lock back; `remove` also deletes its file."""
        if self._number is None:
            return
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._number)
        self._number = None

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@contextmanager
def hold(path: Path, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the lock of a show, waiting for another process; raises `BadInput` when it waits in vain."""
    lock = FileLock(path)
    until = time.monotonic() + wait_s
    while not lock.try_hold():
        if time.monotonic() >= until:
            raise BadInput(
                f"another process has held the show `{path.parent}` for {wait_s:.0f} seconds",
                hint="wait until it is done, or end it, and run the same command again",
            )
        time.sleep(0.05)
    try:
        yield
    finally:
        lock.release()
