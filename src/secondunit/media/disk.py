"""What the disk says when it refuses, as one sentence."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secondunit.errors import BadInput, EngineFailed

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def disk_full(path: Path) -> EngineFailed:
    """The error for a disk without space under `path`."""
    return EngineFailed(
        f"no space is left on the disk that holds `{path}`", hint="free some space and run the same command again"
    )


def read_only(path: Path) -> BadInput:
    """The error for a folder that may not be written."""
    return BadInput(
        f"`{path}` cannot be written", hint="choose another folder or ask for permission to write this one"
    )


@contextmanager
def plain_disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk into `EngineFailed` and a closed folder into `BadInput`; let the rest through."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full(path) from None
        if error.errno in _CLOSED:
            raise read_only(path) from None
        raise


def refused_write(path: Path, message: str) -> Exception:
    """The error behind a library's own failure to write `path`: asked of the disk, then of its message."""
    if "No space left" in message or _is_full(path.parent):
        return disk_full(path.parent)
    if "ermission denied" in message or "ead-only" in message:
        return read_only(path.parent)
    reason = " ".join(message.split()).rstrip(".") or "no reason given"
    return EngineFailed(f"`{path}` could not be written: {reason}")


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < 1 << 16
    except OSError:
        return False
