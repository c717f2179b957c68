"""Faces in the plates: looked for once, named by people, counted for the gate.

A plate is looked through when it comes in. What was found lies beside it, by hash in the ledger; whose face it is, or
that nobody could be known by it, is a line in the ledger with the name of who says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.callsheet.collapse.plate_picture import plate_files
from secondunit.callsheet.who import account
from secondunit.engines.faces.detect import DETECTOR
from secondunit.engines.faces.follow import U8
from secondunit.engines.faces.track import Grey, Picture, Progress, look_through
from secondunit.errors import BadInput, SecondUnitError
from secondunit.media.colour import review_for, to_display
from secondunit.media.exr import read_beauty
from secondunit.rights.on_record.faces_on_record import (
    LOOKED,
    SAID,
    FacesOnRecord,
    count_unnamed,
    line_of,
    plate_key,
    read_face_lines,
)
from secondunit.slate.entry import Entry
from secondunit.slate.found_faces import FacesLook, FoundFace, carry_numbers
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.store.face_files import (
    crop_path,
    drop_crop,
    look_sha256,
    read_look,
    write_crop,
    write_look,
)
from secondunit.store.show_folder import Store, open_show

F32 = npt.NDArray[np.float32]
Answer = dict[str, Any]

_CROP_MARGIN, _CROP_SIDE = 0.6, 160  # parts of the face around it; pixels of the shorter side at least
_GREY_SIDE = 960  # pixels of the longer side in which motion is followed
_WORKERS = max(1, min(4, os.cpu_count() or 1))


def look_for_faces(show: Path, shot: str | None = None, *, progress: Progress | None = None) -> Answer:
    """Look through every plate of a shot, or of the show, that nobody has looked through; returns what `--json` prints.

    Raises `BadInput` for a shot without plates and frames that are gone, `EngineFailed` without the detector.
    """
    store = open_show(show)
    try:
        looked = [(plate, look_at(store, plate, progress=progress)) for plate in _plates(store, shot)]
        record = faces_on_record(store)
        return {
            "plates": [
                {"plate": plate_key(plate), "new": new, **_counts(record, plate, look)}
                for plate, (look, new) in looked
            ]
        }
    finally:
        store.close()


def look_at(store: Store, plate: Plate, *, progress: Progress | None = None) -> tuple[FacesLook, bool]:
    """The faces of a plate, and whether it was looked through just now. Raises like `look_for_faces`."""
    if not store.show.find_faces:
        raise BadInput(
            "this show does without the finder of faces", hint="set `find_faces = true` in `show.toml` to use it"
        )
    record = faces_on_record(store)
    known = _valid_look(store, plate, record)
    if known is not None:
        return known, False
    picture, grey = _pictures(store, plate)
    found = _found_before(store, plate, record)
    if found is None:
        found = look_through(_frames(plate), picture, grey, workers=_WORKERS, progress=progress)
        found = tuple(replace(face, last=plate.frames.last) for face in found) if plate.held else found
        found = _numbered(store, plate, record, found)
    look = _look(plate, found)
    for face in found:
        if (plate.source_sha256, face.number) not in record.said:
            write_crop(store.root, plate, face.number, _crop(picture(face.frame), face))
    line = line_of(plate, look, write_look(store.root, plate, look))
    if record.looks.get(plate_key(plate)) != line:
        store.write_lines([line.draft()], author=account())
    return look, True


def look_when_brought_in(store: Store, plate: Plate, *, progress: Progress | None = None) -> tuple[str, ...]:
    """Look through a plate that has just come in; the notes for the person. It never fails: the plate is in."""
    if not store.show.find_faces:
        return (
            "nobody looked for faces (`find_faces` in `show.toml`): the gate asks for a person's yes instead",
        )
    try:
        look, _ = look_at(store, plate, progress=progress)
    except SecondUnitError as error:
        return (f"nobody has looked for faces: {error}; then run `secondunit faces look {plate.shot}`",)
    n_open = _counts(faces_on_record(store), plate, look)["unnamed"]
    if n_open == 0:
        return ()
    faces = "1 face waits" if n_open == 1 else f"{n_open} faces wait"
    return (f"{faces} for a name: see `secondunit faces list {plate.shot}`",)


def list_faces(show: Path, shot: str | None = None) -> Answer:
    """Every face found in a shot or the show, and what was said of it; returns what `--json` prints."""
    store = open_show(show)
    try:
        record = faces_on_record(store)
        return {"plates": [_told(store, record, plate) for plate in _plates(store, shot)]}
    finally:
        store.close()


def faces_unnamed(store: Store, lines: Iterable[Entry] | None = None) -> Mapping[str, int]:
    """How many faces nobody has spoken of, by source; a source that was not looked through is absent.

    `lines` are the ledger's, where the caller has read them already. Raises `VerificationFailed`.
    """
    record = faces_on_record(store, lines)
    return count_unnamed(record, ((plate, _valid_look(store, plate, record)) for plate in store.plates()))


def faces_on_record(store: Store, lines: Iterable[Entry] | None = None) -> FacesOnRecord:
    """What the ledger says of faces. Raises `VerificationFailed`."""
    if lines is None:
        lines = sorted([*store.lines(LOOKED), *store.lines(SAID)], key=lambda line: line.number)
    return read_face_lines(lines)


def find_look(store: Store, shot: str, label: str | None) -> tuple[Plate, FacesLook]:
    """The plate meant and its look. Raises `BadInput` when nobody has looked through it."""
    plate = store.plate(ShotName.parse(shot), label)
    look = _valid_look(store, plate, faces_on_record(store))
    if look is None:
        raise BadInput(
            f"nobody has looked for faces in the plate `{plate.label}` of `{shot}`",
            hint=f"run `secondunit faces look {shot}`",
        )
    return plate, look


def drop_crops(store: Store, source_sha256: str, number: int) -> None:
    """Remove the crops of a face that was named, from every plate of its source."""
    for plate in store.plates():
        if plate.source_sha256 == source_sha256:
            drop_crop(store.root, plate, number)


def _plates(store: Store, shot: str | None) -> list[Plate]:
    if shot is None:
        return store.plates()
    name = ShotName.parse(shot)
    store.plate(name)  # says what is wrong when the shot has none
    return [plate for plate in store.plates() if plate.shot == name]


def _valid_look(store: Store, plate: Plate, record: FacesOnRecord) -> FacesLook | None:
    kept = read_look(store.root, plate)
    return kept[0] if kept is not None and record.is_valid(plate, *kept, DETECTOR) else None


def _found_before(store: Store, plate: Plate, record: FacesOnRecord) -> tuple[FoundFace, ...] | None:
    """What was found in another plate with the very same pictures, where there is one."""
    for other in store.plates():
        same = (other.source_sha256, other.width, other.height, other.held, other.source_colourspace) == (
            plate.source_sha256,
            plate.width,
            plate.height,
            plate.held,
            plate.source_colourspace,
        )
        if not same or other == plate or not (plate.held or other.frames == plate.frames):
            continue
        look = _valid_look(store, other, record)
        if look is not None:
            return tuple(_held_over(face, plate) for face in look.faces) if plate.held else look.faces
    return None


def _held_over(face: FoundFace, plate: Plate) -> FoundFace:
    first, last = plate.frames.first, plate.frames.last
    return replace(face, first=first, last=last, frame=first)


def _numbered(
    store: Store, plate: Plate, record: FacesOnRecord, found: tuple[FoundFace, ...]
) -> tuple[FoundFace, ...]:
    """Numbers that nothing in this source has had, but for faces of the last look at these very pictures."""
    line = record.looks.get(plate_key(plate))
    if line is not None and line.faces_sha256 == look_sha256(_look(plate, found)):
        return found  # the file got lost or was edited, and this is what it said
    kept = read_look(store.root, plate)
    before = kept[0].faces if kept is not None and line is not None and kept[1] == line.faces_sha256 else ()
    return carry_numbers(found, before, record.highest.get(plate.source_sha256, 0))


def _look(plate: Plate, found: tuple[FoundFace, ...]) -> FacesLook:
    return FacesLook(plate.source_sha256, DETECTOR, plate.width, plate.height, str(plate.frames), found)


def _frames(plate: Plate) -> list[int]:
    return [plate.frames.first] if plate.held else list(plate.frames)


def _pictures(store: Store, plate: Plate) -> tuple[Picture, Grey]:
    """Frames as they are shown in review, and small grey ones to follow motion in. Raises `BadInput` for one gone."""
    config = store.show.colour_config
    review = review_for(plate.source_colourspace, config)
    files = dict(zip(_frames(plate), plate_files(store.root, plate), strict=True))
    size = max(plate.width, plate.height)
    small = (round(plate.width * _GREY_SIDE / size), round(plate.height * _GREY_SIDE / size))

    def grey(frame: int) -> U8:
        linear = read_beauty(files[frame])
        if size > _GREY_SIDE:
            linear = np.asarray(cv2.resize(linear, small, interpolation=cv2.INTER_AREA), np.float32)
        level = np.clip(np.nan_to_num(linear.mean(axis=2)), 0, 1) ** np.float32(1 / 2.4)
        return np.asarray(np.round(level * 255), np.uint8)

    return (lambda frame: to_display(read_beauty(files[frame]), review, config)), grey


def _crop(picture: F32, face: FoundFace) -> F32:
    left, top, right, bottom = face.box
    margin = round(_CROP_MARGIN * max(right - left, bottom - top))
    part = picture[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
    scale = _CROP_SIDE / min(part.shape[:2])
    if scale <= 1:
        return np.ascontiguousarray(part)
    size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _counts(record: FacesOnRecord, plate: Plate, look: FacesLook) -> dict[str, int]:
    unnamed = [face for face in look.faces if (plate.source_sha256, face.number) not in record.said]
    return {"faces": len(look.faces), "unnamed": len(unnamed)}


def _told(store: Store, record: FacesOnRecord, plate: Plate) -> Answer:
    look = _valid_look(store, plate, record)
    rows = [] if look is None else list(_rows(store, record, plate, look))
    return {"plate": plate_key(plate), "looked": look is not None, "faces": rows}


def _rows(store: Store, record: FacesOnRecord, plate: Plate, look: FacesLook) -> Iterator[Answer]:
    for face in look.faces:
        said = record.said.get((plate.source_sha256, face.number))
        crop = crop_path(store.root, plate, face.number)
        yield {
            "number": face.number,
            "frames": f"{face.first}-{face.last}",
            "frame": face.frame,
            "box": list(face.box),
            "score": face.score,
            "answer": None if said is None else str(said.answer),
            "person": None if said is None or not said.person_id else said.person_id,
            "by": None if said is None else said.by,
            "crop": str(crop) if said is None and crop.is_file() else None,
        }
