"""What the disk says when it refuses, as one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secondunit.errors import BadInput, EngineFailed

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def disk_full(path: Path) -> EngineFailed:
    """The error for a disk without space under `path`."""
    return EngineFailed(
        f"no space is left on the disk that holds `{_in_sight(path)}`",
        hint="free some space and run the same command again",
    )


def read_only(path: Path) -> BadInput:
    """The error for a folder that may not be written."""
    return BadInput(
        f"`{_in_sight(path)}` cannot be written",
        hint="choose another folder or ask for permission to write this one",
    )


def _in_sight(path: Path) -> Path:
    """The path without the hidden folders that things are made in."""
    for folder in reversed((path, *path.parents)):
        if folder.name.startswith(".") and folder.name.endswith(".partial"):
            return folder.parent
    return path


def disk_refused(number: int | None, path: Path) -> BadInput | EngineFailed | None:
    """The error for an error number of the system, None when it is not the disk that refuses."""
    if number in _FULL:
        return disk_full(path)
    if number == errno.EFBIG:
        return EngineFailed(
            f"a file in `{_in_sight(path)}` grew larger than the disk or this account allows",
            hint="use another disk or raise the limit (`ulimit -f`), and run the same command again",
        )
    return read_only(path) if number in _CLOSED else None


@contextmanager
def plain_disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk into `EngineFailed` and a closed folder into `BadInput`; let the rest through."""
    try:
        yield
    except OSError as error:
        plain = disk_refused(error.errno, path)
        if plain is not None:
            raise plain from None
        raise


def refused_write(path: Path, message: str) -> Exception:
    """The error behind a library's failure to write `path`, which is removed.

    Libraries forget why (OpenEXR says "File output failed" of a full disk), so the disk is asked again.
    """
    number = _why(path)
    path.unlink(missing_ok=True)
    if "No space left" in message:
        return disk_full(path.parent)
    plain = disk_refused(number, path.parent)
    if plain is not None:
        return plain
    reason = " ".join(message.split()).rstrip(".") or "no reason given"
    return EngineFailed(
        f"`{path}` could not be written: {reason}", hint="look at the disk and run the same command again"
    )


def _why(path: Path) -> int:
    """The error number of a few more megabytes written to the failed file, 0 when they fit."""
    try:
        with path.open("ab", buffering=0) as file:
            for _ in range(64):
                file.write(b"\0" * (1 << 16))
    except OSError as error:
        return error.errno or 0
    return 0
