"""The ZIP of an evidence bundle: written so that the same parts give the same bytes, read as if an enemy had made it.

What is read back is only what we write: plain files one after another from the first byte to the last, nothing before,
between, behind or on top of one another, no links, no folders, no encryption, no second disk (APPNOTE 6.3.10). That
leaves no room for names that lead out, files that overlap, or a few bytes that swell to gigabytes; sizes are looked at
before anything is unpacked.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from secondunit.errors import BadInput, VerificationFailed
from secondunit.store.plain_file import blocks, opened

MAX_ZIP = 256 << 20
MAX_PART = 128 << 20
MAX_TOTAL = 512 << 20
MAX_PARTS = 1000
MAX_RATIO = 200  # our own text packs about 10 to 1
_MAX_DIRECTORY = MAX_PARTS * 400
_SMALL = 1 << 16  # what is smaller may pack as well as it likes
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")
_END, _END_SIZE = struct.Struct("<4s4H2LH"), 22
_LOCAL = struct.Struct("<4s5H3L2H")
_FIXED = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED, _DESCRIPTOR = 0x1, 0x8


def write_zip(parts: Mapping[str, bytes]) -> bytes:
    """The bytes of a bundle: names sorted, times fixed. Raises `BadInput` for a name or size that could not be read."""
    file = io.BytesIO()
    faults = list(_size_faults({name: len(data) for name, data in parts.items()}))
    faults += [f"`{name}` is no name for a part" for name in parts if not _is_name(name)]
    if faults:
        raise BadInput(f"no bundle can be made: {faults[0]}", hint="this is a fault: report it")
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(parts):
            info = zipfile.ZipInfo(name, _FIXED)
            info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED if _packs(parts[name]) else zipfile.ZIP_STORED
            archive.writestr(info, parts[name], compresslevel=6)
    return file.getvalue()


def _packs(data: bytes) -> bool:
    """Whether packing is worth it, and does not look like a bomb to whoever reads it."""
    packed = len(zlib.compress(data, 6))
    return packed < 0.9 * len(data) and len(data) <= max(_SMALL, MAX_RATIO * (packed - 6))


def read_zip(path: Path) -> dict[str, bytes]:
    """Every part of a bundle by name. Raises `BadInput` for a file that cannot be read, `VerificationFailed` with
    every finding for one that nobody should unpack."""
    with opened(path, MAX_ZIP) as number:
        data = b"".join(blocks(number))
    return unpack(data, path.name)


def unpack(data: bytes, name: str = "bundle.zip") -> dict[str, bytes]:
    """The parts of a ZIP by name, checked before anything is unpacked. Raises `VerificationFailed`."""
    _check_end(data, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            faults = list(_faults(data, infos, archive.start_dir))
            if faults:
                raise _refused(name, faults)
            return {info.filename: _read(archive, info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:120].rstrip(".")
        raise _refused(name, [f"`{name}` is a damaged ZIP: {_shown(reason)}"]) from None


def _check_end(data: bytes, name: str) -> None:
    """The end record lies at the very end and promises little enough to be worth looking at."""
    if len(data) < _END_SIZE or data[-_END_SIZE : -_END_SIZE + 4] != b"PK\x05\x06":
        what = "has something behind its end" if b"PK\x05\x06" in data else "is no ZIP"
        raise _refused(name, [f"`{name}` {what}"])
    _, disk, first, here, n_parts, size, offset, comment = _END.unpack(data[-_END_SIZE:])
    if n_parts > MAX_PARTS or size > _MAX_DIRECTORY:
        raise _refused(name, [f"`{name}` promises {n_parts} parts; a bundle has at most {MAX_PARTS}"])
    if disk or first or here != n_parts or comment or offset + size + _END_SIZE != len(data):
        raise _refused(name, [f"`{name}` is not laid out as one whole ZIP"])


def _faults(data: bytes, infos: list[zipfile.ZipInfo], directory: int) -> Iterator[str]:
    names = [info.filename for info in infos]
    for info in infos:
        yield from _entry_faults(info)
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"`{_shown(name)}` is there twice"
    folded: dict[str, str] = {}
    for name in dict.fromkeys(names):
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            yield f"`{_shown(name)}` and `{_shown(other)}` are one name on many disks"
    folders = {parent for name in names for parent in _parents(name.casefold())}
    yield from (f"`{_shown(name)}` is a file and a folder" for name in names if name.casefold() in folders)
    yield from _size_faults({info.filename: info.file_size for info in infos})
    yield from _layout_faults(data, infos, directory)


def _entry_faults(info: zipfile.ZipInfo) -> Iterator[str]:
    shown, mode = _shown(info.orig_filename), info.external_attr >> 16
    if not _is_name(info.orig_filename):
        yield f"`{shown}` is a name that leads out or deceives"
    if info.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        yield f"`{shown}` is {'a link' if stat.S_ISLNK(mode) else 'no plain file'}"
    if info.flag_bits & _ENCRYPTED:
        yield f"`{shown}` is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield f"`{shown}` is packed in a way that no bundle uses"
    if info.file_size > max(_SMALL, MAX_RATIO * info.compress_size):
        yield f"`{shown}` would swell from {info.compress_size} to {info.file_size} bytes"


def _size_faults(sizes: Mapping[str, int]) -> Iterator[str]:
    if len(sizes) > MAX_PARTS:
        yield f"there are {len(sizes)} parts; a bundle has at most {MAX_PARTS}"
    yield from (f"`{_shown(name)}` has {n} bytes, too many" for name, n in sizes.items() if n > MAX_PART)
    if sum(sizes.values()) > MAX_TOTAL:
        yield f"all parts together have {sum(sizes.values())} bytes, too many"


def _layout_faults(data: bytes, infos: list[zipfile.ZipInfo], directory: int) -> Iterator[str]:
    """Parts lie one behind the other up to the directory, and say of themselves what the directory says of them."""
    at = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        shown = _shown(info.filename)
        if info.header_offset != at or at + _LOCAL.size > directory:
            yield f"something that is no part lies before `{shown}`, or parts overlap"
            return
        signature, _, flags, packing, *_, n_packed, n_bytes, n_name, n_extra = _LOCAL.unpack_from(data, at)
        own = data[at + _LOCAL.size : at + _LOCAL.size + n_name]
        # The central directory is what is read; a program that reads the other must find the same.
        same = (signature, own, packing) == (b"PK\x03\x04", info.orig_filename.encode(), info.compress_type)
        if not same or flags & _DESCRIPTOR or (n_packed, n_bytes) != (info.compress_size, info.file_size):
            yield f"`{shown}` is not the part that the directory names"
            return
        at += _LOCAL.size + n_name + n_extra + info.compress_size
    if at != directory:
        yield "something that is no part lies before the directory, or parts overlap"


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise zipfile.BadZipFile(f"{info.filename} has not the size it names")
    return content


def _is_name(name: str) -> bool:
    parts = name.split("/")
    return len(name) <= 200 and _NAME.match(name) is not None and not any(part.endswith(".") for part in parts)


def _parents(name: str) -> Iterator[str]:
    parts = name.split("/")
    yield from ("/".join(parts[:n]) for n in range(1, len(parts)))


def _shown(name: str) -> str:
    """A name as it may stand in a message: nothing in it moves a cursor or turns a line round."""
    plain = name[:80].encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() and c != "`" else "?" for c in plain)


def _refused(name: str, faults: list[str]) -> VerificationFailed:
    more = len(faults) - 1
    return VerificationFailed(
        f"{faults[0]}{f', and {more} more' if more else ''}: `{_shown(name)}` was not opened",
        findings=faults,
        hint="do not unpack it; get the bundle again from whom it came from",
    )
