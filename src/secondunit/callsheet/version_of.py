"""The version a person means: by its folder, by shot and number, or by the name the ledger has for it."""

from __future__ import annotations

import re
from pathlib import Path

from secondunit.errors import BadInput
from secondunit.provenance.frame_list import FRAME_LIST
from secondunit.provenance.hashing import sha256_of
from secondunit.provenance.verify import verify
from secondunit.slate.version_line import VersionLine
from secondunit.store.records import VersionRecord
from secondunit.store.show_folder import Store

_NUMBER = re.compile(r"v?(\d{1,5})\Z")


def find_version(store: Store, said: str) -> VersionRecord:
    """`AGM_104_TCC_0010`, `AGM_104_TCC_0010 v002`, `AGM_104_TCC_0010/destruction/v002` or a folder.

    Without a number the latest is meant. Raises `BadInput` for none, or for several departments.
    """
    versions = store.versions()
    folder = Path(said)
    if folder.is_dir():
        inside = [v for v in versions if (store.root / v.folder).resolve() == folder.resolve()]
        if inside:
            return inside[0]
    words = [word for word in re.split(r"[\s/]+", said.strip()) if word]
    found = [v for v in versions if words and str(v.shot) == words[0]]
    for word in words[1:]:
        number = _NUMBER.match(word)
        found = [v for v in found if (v.number == int(number[1]) if number else v.department == word)]
    if not found:
        raise BadInput(f"there is no version `{said}`", hint="`secondunit versions` lists what there is")
    departments = sorted({v.department for v in found})
    if len(departments) > 1:
        raise BadInput(
            f"`{said}` has versions of {' and '.join(departments)}",
            hint=f"say which: `{words[0]} {departments[0]}`",
        )
    return found[-1]


def subject_of(version: VersionRecord) -> str:
    """How the ledger calls a version."""
    return f"{version.shot} {version.department} {version.label}"


def line_of(store: Store, version: VersionRecord) -> VersionLine:
    """The ledger's line of a version. Raises `BadInput` for a version that was made before the ledger kept lines."""
    subject = subject_of(version)
    written = store.lines("version", subject)
    if not written:
        raise BadInput(
            f"the ledger holds no line of {subject}", hint="it was made by an older Second Unit: make it again"
        )
    return VersionLine.from_dict(written[-1].body)


def as_signed(store: Store, version: VersionRecord) -> VersionLine:
    """A version's line, once its files are what was signed and what the ledger knows.

    Raises `VerificationFailed` for a changed file, `BadInput` for another version than was written down.
    """
    folder = store.root / version.folder
    verify(folder).raise_if_failed()
    line = line_of(store, version)
    if content_sha256(folder) != line.content_sha256:
        raise BadInput(f"{line.subject} is not the version that the ledger knows", hint="make a new version")
    return line


def content_sha256(folder: Path) -> str:
    """The hash of a version's signed frame list as it lies on disk now. Raises `BadInput` when there is none."""
    try:
        return sha256_of(folder / FRAME_LIST)
    except OSError:
        raise BadInput(f"`{folder}` holds no signed frame list", hint="it is no finished version") from None
