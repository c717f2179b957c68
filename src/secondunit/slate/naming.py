"""How shots, plates and versions are named: `AGM_104_TCC_0010`, `PL01_v001`, `…_comp_v003.1001.exr`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from secondunit.errors import BadName

_PART = re.compile(r"[A-Za-z0-9]+\Z")
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}\Z")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_VERSION = re.compile(r"v(\d{3,})\Z")


@dataclass(frozen=True, order=True)
class ShotName:
    """A shot: show code, episode, sequence and shot number, joined by `_`.

    >>> str(ShotName.parse("AGM_104_TCC_0010"))
    'AGM_104_TCC_0010'
    """

    show: str
    episode: str
    sequence: str
    shot: str

    @classmethod
    def parse(cls, text: str) -> ShotName:
        """Read a shot name; raises `BadName` when it does not have four parts of letters and digits."""
        parts = text.split("_")
        if len(parts) != 4 or not all(_PART.match(part) for part in parts):
            raise BadName(
                f"`{text}` is not a shot name",
                hint="write show, episode, sequence and shot in letters and digits, as in `AGM_104_TCC_0010`",
            )
        return cls(*parts)

    def __str__(self) -> str:
        return "_".join((self.show, self.episode, self.sequence, self.shot))


def check_show_code(code: str) -> str:
    """Return a show code of 2 to 8 capitals and digits, or raise `BadName`."""
    if not _CODE.match(code):
        raise BadName(
            f"`{code}` is not a show code",
            hint="use two to eight capital letters and digits that start with a letter, as in `AGM`",
        )
    return code


def check_file_part(name: str) -> str:
    """Return a name that is safe as one part of a path, or raise `BadName` (spaces, separators, `..`)."""
    if not _SAFE.match(name) or ".." in name:
        raise BadName(
            f"`{name}` cannot be used in a file name",
            hint="use letters, digits, `_`, `-` and `.` only, and start with a letter or digit",
        )
    return name


def version_label(number: int) -> str:
    """`v001` from 1."""
    if number < 1:
        raise BadName(f"version {number} does not exist", hint="versions count from 1")
    return f"v{number:03d}"


def version_number(label: str) -> int:
    """1 from `v001`; raises `BadName`."""
    match = _VERSION.match(label)
    if not match or int(match[1]) < 1:
        raise BadName(f"`{label}` is not a version", hint="write `v` and three digits, as in `v001`")
    return int(match[1])
