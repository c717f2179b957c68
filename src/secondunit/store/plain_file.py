"""Files from outside, opened with care: only regular ones of a sane size, and nothing that would block."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secondunit.errors import BadInput

_CHUNK = 1 << 20


@contextmanager
def opened(path: Path, max_bytes: int) -> Iterator[int]:
    """The number of an open regular file that is not empty; raises `BadInput` for anything else."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for a writer
    except OSError as error:
        raise BadInput(f"`{path}` cannot be read: {error.strerror}", hint="check the path") from None
    try:
        state = os.fstat(number)
        if not stat.S_ISREG(state.st_mode):
            raise BadInput(f"`{path}` is no file", hint="name the file itself")
        if state.st_size == 0:
            raise BadInput(f"`{path}` is empty", hint="check the path")
        if state.st_size > max_bytes:
            size = f"{max_bytes >> 20} MiB" if max_bytes >= 1 << 20 else f"{max_bytes >> 10} KiB"
            raise BadInput(f"`{path}` is larger than {size}", hint="check the path")
        yield number
    finally:
        os.close(number)


def blocks(number: int) -> Iterator[bytes]:
    """What an open file holds, a megabyte at a time."""
    while block := os.read(number, _CHUNK):
        yield block


def sha256_of(path: Path, max_bytes: int) -> str:
    """SHA-256 of a file, 64 hex digits. Raises `BadInput`."""
    digest = hashlib.sha256()
    with opened(path, max_bytes) as number:
        for block in blocks(number):
            digest.update(block)
    return digest.hexdigest()


def text_of(path: Path, max_bytes: int) -> str:
    """A file as text. Raises `BadInput` for one that is too large or not UTF-8."""
    with opened(path, max_bytes) as number:
        data = b"".join(blocks(number))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"`{path}`, line {line}, is not UTF-8 text", hint="save it as UTF-8 text") from None
