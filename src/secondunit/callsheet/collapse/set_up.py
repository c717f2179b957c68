"""The set of a shot: what a supervisor wrote down, surveyed, and the same to the bit when it is asked again.

The survey writes what it found into `setups/SHOT/building.toml`. Reading that back as if a person had written it
would let every run start from the last one's guesses, so the words that went *in* are kept beside it: the survey
starts from those again, with whatever a person has edited since.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.collapse.edits import with_edits
from secondunit.callsheet.collapse.setting import check_background
from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.departments.destruction.outline import check_mask, parse_outline
from secondunit.departments.destruction.survey import Survey, survey
from secondunit.departments.destruction.survey_file import (
    building_file_text,
    parse_building_file,
    read_building_file,
)
from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors
from secondunit.media.images import read_matte
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.store.atomic import write_text
from secondunit.store.show_folder import Store

F32 = npt.NDArray[np.float32]
BUILDING, ASKED = "building.toml", "asked.json"


@dataclass(frozen=True)
class Asked:
    """What a person gave: a building file as `text` (None: nothing) and read, an outline, a mask.

    `keep` is the text whose comments and order the written file will have.
    """

    text: str | None
    outline: str | None
    mask: Path | None
    file: BuildingFile
    keep: str = ""


@dataclass(frozen=True)
class SetUp:
    """A surveyed set: what was asked, what was found, and the building file as it will be written."""

    asked: Asked
    found: Survey
    text: str


def setup_file(root: Path, shot: ShotName) -> Path:
    """Where a shot's building file lies."""
    return root / "setups" / str(shot) / BUILDING


def read_asked(
    store: Store, shot: ShotName, *, mask: Path | None, outline: str | None, building: Path | None
) -> Asked:
    """What is asked of the set, from the command and from what was kept of earlier ones. Raises `BadInput`.

    A building file that is named wins; else the shot's own counts: the words it was made from with what was edited
    in it since, and its outline or mask too where none is given now.
    """
    if mask is not None and outline is not None:
        raise BadInput("both a mask and an outline were given", hint="give `--mask` or `--outline`, not both")
    place = setup_file(store.root, shot)
    if building is not None:
        read_building_file(building)
        text = building.read_text(encoding="utf-8")
        return Asked(text, outline, mask, _as_kept(text), text)
    with store.locked():  # the two files belong together
        if not place.is_file():
            return Asked(None, outline, mask, BuildingFile())
        now, text = read_building_file(place), place.read_text(encoding="utf-8")
        kept = _kept(place.with_name(ASKED))
    if kept is None:
        return Asked(text, outline, mask, _as_kept(text), text)
    given = BuildingFile() if kept.given is None else _as_kept(kept.given)
    if text == kept.replaces:  # killed before the new one was written
        text = kept.wrote
    elif text != kept.wrote:
        wrote = parse_building_file(kept.wrote)
        if now.plate.outline not in (None, wrote.plate.outline):
            kept = replace(kept, outline=None, mask=None)  # drawn anew in the file
        edited = building_file_text(with_edits(given, wrote, now))
        kept, given = replace(kept, given=edited), parse_building_file(edited)
    if mask is None and outline is None:
        outline = kept.outline
        mask = store.turnover_file(kept.mask) if kept.mask else None
    return Asked(kept.given, outline, mask, given, text)


def _as_kept(text: str) -> BuildingFile:
    """The words of a building file as they read once they were written by the tool, which rounds.

    Else the first edit would move everything by the last decimals of what nobody edited.
    """
    return parse_building_file(building_file_text(parse_building_file(text)))


def set_up(asked: Asked, plate: Plate, picture: F32) -> SetUp:
    """Survey the plate (h, w, 3) with what was asked. Raises `BadInput`; writes nothing."""
    check_background(asked.file.background)
    corners = parse_outline(asked.outline, plate.width, plate.height) if asked.outline is not None else None
    matte = None
    if asked.mask is not None:
        matte = check_mask(read_matte(asked.mask), plate.width, plate.height)
    found = survey(picture, corners, mask=matte, file=asked.file, exif_focal=plate.focal_35mm)
    text = building_file_text(found.file, keep=asked.keep)
    if asked.keep and parse_building_file(text) == parse_building_file(asked.keep):
        text = asked.keep  # nothing new: not even a blank line moves
    return SetUp(asked, found, text)


def keep_set_up(store: Store, shot: ShotName, made: SetUp) -> tuple[Path, tuple[Path, ...]]:
    """Write the building file and what it was made from; returns its place and the other files that went in."""
    place = setup_file(store.root, shot)
    with plain_disk_errors(store.root):
        place.parent.mkdir(parents=True, exist_ok=True)
    mask = None if made.asked.mask is None else store.add_turnover(made.asked.mask)
    kept = _Kept(made.text, made.asked.text, made.asked.outline, mask)
    with store.locked():
        for name in (BUILDING, ASKED):
            for left in place.parent.glob(f".{name}.????????"):  # of a killed writer: a living one holds the lock
                left.unlink()
        old = place.read_text(encoding="utf-8") if place.is_file() else None
        # Killed between these, the old file must not look like an edit of the new one.
        _keep(place, replace(kept, replaces=old))
        write_text(place, made.text)
        _keep(place, kept)
    return place, () if mask is None else (store.turnover_file(mask),)


@dataclass(frozen=True)
class _Kept:
    """What `asked.json` holds: the text that was written, and the words it was made from.

    `replaces` is the text that is being replaced, as long as that lasts.
    """

    wrote: str
    given: str | None
    outline: str | None
    mask: str | None
    replaces: str | None = None


def _keep(place: Path, kept: _Kept) -> None:
    write_text(place.with_name(ASKED), json.dumps(asdict(kept), indent=1))


def _kept(path: Path) -> _Kept | None:
    """None when it is lost or damaged: then the building file counts as written by hand."""
    try:
        kept = _Kept(**json.loads(path.read_text(encoding="utf-8")))
        parse_building_file(kept.wrote)
        return kept
    except (OSError, ValueError, TypeError, AttributeError, BadInput):
        return None
