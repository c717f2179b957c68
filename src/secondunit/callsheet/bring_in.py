"""A turnover becomes the plate of a shot."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from secondunit.callsheet.faces import look_when_brought_in
from secondunit.errors import BadInput
from secondunit.ingest.pull import Progress, ingest
from secondunit.rights.licences import read_licence
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.store.show_folder import open_show


def bring_in(
    show: Path,
    source: str,
    *,
    shot: str,
    owner: str,
    licence: str,
    frames: str | None = None,
    colourspace: str | None = None,
    expires: str | None = None,
    derivatives: bool | None = None,
    commercial: bool | None = None,
    width: int | None = None,
    progress: Progress | None = None,
    looking: Progress | None = None,
) -> dict[str, Any]:
    """Ingest a still, sequence or movie and look for faces in it; returns what `--json` prints.

    Raises `BadInput`, `EngineFailed`. `looking` hears how many frames were looked through.

    `derivatives` and `commercial` are what somebody read in a contract whose name says nothing by itself.
    """
    terms = read_licence(licence, derivatives=derivatives, commercial=commercial, expires=_day(expires))
    span = None if frames is None else FrameRange.parse(frames)
    store = open_show(show)
    try:
        plate = ingest(
            store,
            source,
            ShotName.parse(shot),
            owner=owner,
            licence=terms,
            frames=span,
            colourspace=colourspace,
            width=width,
            progress=progress,
        )
        return {
            "shot": shot,
            "plate": plate.label,
            "frames": str(plate.frames),
            "size": f"{plate.width}×{plate.height}",
            "rate": str(plate.rate),
            "colourspace": plate.source_colourspace,
            "sha256": plate.source_sha256,
            "path": str(store.root / plate.pattern),
            "notes": [*plate.notes, *look_when_brought_in(store, plate, progress=looking)],
        }
    finally:
        store.close()


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"`{text}` is not a day", hint="write year, month and day: 2027-12-31") from None
