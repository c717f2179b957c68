"""A comp that was finished elsewhere becomes a version: asked for at the gate with its tools, signed, written down.

An artist takes layers out, paints in another program and brings the result back. Its request names every tool that had
a part and everybody whose likeness it shows, and passes the same gate as what Second Unit makes itself.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.check_request import request_of
from secondunit.callsheet.faces import look_when_brought_in
from secondunit.callsheet.order import clear_request
from secondunit.callsheet.publish_version import publish_version
from secondunit.callsheet.review_files import plate_details, plate_sound, write_review
from secondunit.errors import BadInput
from secondunit.ingest.pull import Progress, ingest
from secondunit.media.burn_in import BurnIn
from secondunit.media.colour import Review, review_for, to_display
from secondunit.media.exr import read_beauty
from secondunit.provenance.lineage import plate_ingredients, software_versions
from secondunit.slate.clearance import Clearance
from secondunit.slate.lineage import Ingredient, Lineage, Relationship, SourceType, TakeRecord
from secondunit.slate.plate import Licence, Plate
from secondunit.slate.request import PlateUse, Request
from secondunit.store.in_progress import InProgress
from secondunit.store.show_folder import Store

F32 = npt.NDArray[np.float32]
COMP = "CP01"  # how a comp that came back is numbered among a shot's plates


def publish_comp(
    store: Store,
    source: str,
    request_file: Path,
    *,
    owner: str | None = None,
    description: str = "",
    tell: Callable[[str], None] = lambda text: None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Publish finished frames or a movie as the next version of a shot; returns what `--json` prints.

    Raises `NotCleared` before anything is read, `BadInput`, `BadMedia` or `EngineFailed`, and leaves no version then.
    """
    asked = request_of(store, request_file)
    if not asked.steps:
        raise BadInput("the request names no tool", hint="add a `[[step]]` for each program that had a part")
    clear_request(store, asked)  # what would be refused is refused before the frames are read
    plates = [store.plate(asked.shot, use.label) for use in asked.plates]
    terms = Licence("owned", derivatives=True, commercial=True)
    comp = ingest(
        store, source, asked.shot, owner=owner or store.show.name, licence=terms, frames=asked.frames,
        plate_name=COMP, progress=progress,
    )  # fmt: skip
    for note in look_when_brought_in(store, comp):
        tell(note)
    request = replace(asked, plates=(*asked.plates, PlateUse(comp.label, comp.source_sha256)))
    order = clear_request(store, request)

    def fill(made: InProgress, mark: int | None, now: dt.datetime) -> Lineage:
        _frames(store, comp, made.folder, f"{request.shot}_{request.department}_{made.label}")
        review = review_for(comp.source_colourspace, store.show.colour_config)
        _review(store, comp, plates, request, review, made.folder, made.label, now, mark)
        return _lineage(store, plates, comp, request, order.clearance, made.number, now, description)

    version = publish_version(store, order, fill, details={"preview": False, "checks": []}, tell=tell)
    folder = store.root / version.folder
    return {
        "version": version.label,
        "folder": str(folder),
        "frames": str(request.frames),
        "movie": str(folder / "review.mov"),
        "contact": str(folder / "contact.jpg"),
        "lineage": str(folder / "lineage.json"),
        "consents": [use.consent_id for use in order.clearance.consents],
        "owed": [owed.sentence for owed in order.clearance.obligations],
    }


def _frames(store: Store, comp: Plate, folder: Path, stem: str) -> None:
    (folder / "exr").mkdir()
    for frame in comp.frames:
        shutil.copyfile(store.path(comp.path_of(frame)), folder / "exr" / f"{stem}.{frame:04d}.exr")


def _review(
    store: Store,
    comp: Plate,
    plates: list[Plate],
    request: Request,
    review: Review,
    folder: Path,
    label: str,
    now: dt.datetime,
    mark: int | None,
) -> None:
    words = BurnIn(
        show=store.show.name,
        shot=str(request.shot),
        version=f"{request.department} {label}",
        date=now.date(),
        colour=str(review),
    )

    def picture(frame: int) -> F32:
        return to_display(read_beauty(store.path(comp.path_of(frame))), review, store.show.colour_config)

    sound = plate_sound(store.root, comp) or plate_sound(store.root, plates[0])
    told = plate_details(plates[0])
    write_review(folder, picture, comp.frames, comp.rate, words, told, mark=mark, sound=sound)


def _lineage(
    store: Store,
    plates: list[Plate],
    comp: Plate,
    request: Request,
    clearance: Clearance,
    number: int,
    now: dt.datetime,
    description: str,
) -> Lineage:
    ingredients: list[Ingredient] = []
    for index, plate in enumerate(plates):
        relationship = Relationship.PARENT if index == 0 else Relationship.COMPONENT
        ingredients += plate_ingredients(store.root, plate, relationship=relationship)
    ingredients += plate_ingredients(
        store.root, comp, source_type=SourceType.HUMAN_EDITS, relationship=Relationship.COMPONENT
    )
    return Lineage(
        shot=request.shot,
        department=request.department,
        version=number,
        frames=comp.frames,
        rate=comp.rate,
        created=now,
        ingredients=tuple(ingredients),
        takes=tuple(_take(step.tool_id, step.version, step.weights_sha256) for step in request.steps),
        clearance=clearance,
        software=software_versions(),
        brief={"likenesses": [str(one.use) for one in request.likenesses]},
        description=description or "finished elsewhere and brought back under a clearance",
    )


def _take(tool: str, version: str, weights: str) -> TakeRecord:
    models = (f"{tool} {version} sha256:{weights}",) if weights else ()
    kind = SourceType.TRAINED_ALGORITHMIC_MEDIA if weights else SourceType.HUMAN_EDITS
    return TakeRecord(f"{tool} {version}", tool, version, {}, None, source_type=kind, models=models)
