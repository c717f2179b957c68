"""What a look for faces leaves beside a plate: `faces.json` with the boxes, and a crop of each face nobody has named.

A crop is for the eyes of the person who names it: readable by this account alone, gone once it is named, and never
part of a version, a lineage or a manifest.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from secondunit.media.disk import plain_disk_errors
from secondunit.media.images import write_picture
from secondunit.slate.canonical import canonical_json
from secondunit.slate.found_faces import FacesLook
from secondunit.slate.plate import Plate
from secondunit.store.atomic import write_text
from secondunit.store.safe_paths import inside

FACES_FILE, CROPS = "faces.json", "faces"
MAX_BYTES = 4 << 20
_READER: TypeAdapter[FacesLook] = TypeAdapter(FacesLook)


def look_text(look: FacesLook) -> str:
    """A look as it is written: canonical JSON (RFC 8785)."""
    return canonical_json(_READER.dump_python(look, mode="json")).decode()


def look_sha256(look: FacesLook) -> str:
    """SHA-256 of what `write_look` writes, 64 hex digits."""
    return hashlib.sha256(look_text(look).encode()).hexdigest()


def read_look(show: Path, plate: Plate) -> tuple[FacesLook, str] | None:
    """The look beside a plate and the SHA-256 of its file; None when there is none that can be read."""
    try:
        path = _folder(show, plate) / FACES_FILE
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        data = path.read_bytes()
        return _READER.validate_json(data), hashlib.sha256(data).hexdigest()
    except (OSError, ValidationError):
        return None


def write_look(show: Path, plate: Plate, look: FacesLook) -> str:
    """Put a look beside its plate in one step and return its SHA-256. Raises `BadInput`, `EngineFailed`."""
    write_text(_folder(show, plate) / FACES_FILE, look_text(look))
    return look_sha256(look)


def crop_path(show: Path, plate: Plate, number: int) -> Path:
    """Where the crop of a face lies while nobody has named it."""
    return _folder(show, plate) / CROPS / f"{number:02d}.jpg"


def write_crop(show: Path, plate: Plate, number: int, picture: npt.NDArray[np.float32]) -> None:
    """Keep a picture (h, w, 3) of display code values as the crop of a face. Raises `BadInput`, `EngineFailed`."""
    path = crop_path(show, plate, number)
    with plain_disk_errors(path.parent.parent):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        beside = path.with_name(f".{path.name}")
        beside.touch(mode=0o600)
        write_picture(beside, picture)
        beside.replace(path)


def drop_crop(show: Path, plate: Plate, number: int) -> None:
    """Remove the crop of a face, and the folder with the last of them."""
    path = crop_path(show, plate, number)
    with plain_disk_errors(path.parent):
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.glob("[!.]*")):
            shutil.rmtree(path.parent, ignore_errors=True)


def _folder(show: Path, plate: Plate) -> Path:
    """The plate's folder; raises `BadInput` when a link leads it, or its crops, out of the show."""
    folder = inside(show, Path(plate.pattern).parent)
    inside(show, Path(plate.pattern).parent / CROPS)
    return folder
