"""Bring the building in a plate down: plate → clearance → survey → takes → comp → checks → signed version."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from secondunit.callsheet.frames import FrameSettings
from secondunit.callsheet.graph import Plan, plan_collapse
from secondunit.callsheet.order import Order, clear_order, code_version
from secondunit.callsheet.plate_picture import at_scale, check_locked_off, plate_files
from secondunit.callsheet.publish import DEPARTMENT, Finished, publish
from secondunit.callsheet.setting import SURVEYED, Surveyed
from secondunit.departments.destruction.brief import Brief, parse_point
from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.departments.destruction.job import Job
from secondunit.departments.destruction.outline import check_click, parse_outline
from secondunit.departments.destruction.survey import Survey, survey
from secondunit.departments.destruction.survey_file import read_building_file, write_building_file
from secondunit.errors import BadInput
from secondunit.farm.chunk import Takes, take_key
from secondunit.farm.local import run_chunks
from secondunit.farm.progress import Progress
from secondunit.media.colour import review_for
from secondunit.media.exr import read_beauty
from secondunit.media.images import read_matte
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.store.show_folder import Store, open_show

PREVIEW_WIDTH = 480
SAMPLES, PREVIEW_SAMPLES = 16, 4
DEFAULT_LEAD = 8  # frames before the first failure


def destroy(
    show: Path,
    shot: str,
    *,
    mask: Path | None = None,
    outline: str | None = None,
    building: Path | None = None,
    fail_at: str | None = None,
    start: int | None = None,
    front_speed: float | None = None,
    dust: float | None = None,
    fragments: int | None = None,
    seed: int | None = None,
    preview: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Run the whole shot; returns what `--json` prints. What is not given comes from the building file.

    Raises `BadInput`, `NotCleared` or `EngineFailed`. Stopped at any moment and called again, it goes on.
    """
    began = time.monotonic()
    store = open_show(show)
    try:
        plate = store.plate(ShotName.parse(shot))
        order = clear_order(store, plate, department=DEPARTMENT)
        files = plate_files(store.root, plate)
        check_locked_off(files)
        surveyed, where = _survey(store, plate, files[0], mask, outline, building, tell)
        asked = {
            "fail_at": None if fail_at is None else parse_point(fail_at),
            "start": start,
            "front_speed": front_speed,
            "dust": dust,
            "fragments": fragments,
            "seed": seed,
        }
        brief = _brief(surveyed.file, asked, preview=preview)
        job = _job(plate, surveyed, brief)
        done = _shoot(store, order, plate, files, surveyed, job, where, progress)
        return publish(store, done, seconds=time.monotonic() - began, tell=tell)
    finally:
        store.close()


def setup_file(root: Path, shot: ShotName) -> Path:
    """Where a shot's building file lies."""
    return root / "setups" / str(shot) / "building.toml"


def _survey(
    store: Store,
    plate: Plate,
    first: Path,
    mask: Path | None,
    outline: str | None,
    building: Path | None,
    tell: Callable[[str], None],
) -> tuple[Survey, Path]:
    place = setup_file(store.root, plate.shot)
    source = building or (place if place.is_file() else None)
    file = read_building_file(source) if source else BuildingFile()
    picture = read_beauty(first)
    corners = parse_outline(outline, plate.width, plate.height) if outline else None
    matte = read_matte(mask) if mask else None
    found = survey(picture, corners, mask=matte, file=file, exif_focal=plate.focal_35mm)
    for note in found.notes:
        tell(note)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_building_file(found.file, place)
    tell(f"the set is written to {place}: edit it and run again")
    return found, place


def _brief(file: BuildingFile, asked: dict[str, Any], *, preview: bool) -> Brief:
    written = file.shot
    plain = {k: getattr(written, k) for k in ("front_speed", "dust", "fragments", "seed", "start", "fail_at")}
    values = {k: v for k, v in plain.items() if v is not None} | {k: v for k, v in asked.items() if v is not None}
    return Brief(**values, preview=preview)


def _job(plate: Plate, found: Survey, brief: Brief) -> Job:
    start = plate.frames.first + min(DEFAULT_LEAD, len(plate.frames) // 4) if brief.start is None else brief.start
    if start not in plate.frames:
        raise BadInput(
            f"frame {start} is not in the plate's {plate.frames}", hint="give `--start` a frame of the plate"
        )
    click = None if brief.fail_at is None else check_click(brief.fail_at, found.matte)
    return Job(plate.frames, plate.rate, found.building, found.camera, found.sun, brief, click, start)


def _shoot(
    store: Store,
    order: Order,
    plate: Plate,
    files: tuple[Path, ...],
    found: Survey,
    job: Job,
    where: Path,
    progress: Progress | None,
) -> Finished:
    factor = min(1.0, PREVIEW_WIDTH / plate.width) if job.brief.preview else 1.0
    picture = at_scale(read_beauty(files[0]), factor)
    whole = Surveyed(at_scale(read_beauty(files[0]), 1.0), found.matte, found.holdout, found.holdout_depth)
    surveyed = replace(whole.scaled(factor), plate=picture)
    drawn = job.scaled(factor) if factor != 1.0 else job
    key = _keep_survey(store, surveyed)
    review = review_for(plate.source_colourspace, store.show.colour_config)
    settings = FrameSettings(
        pixels=drawn.camera.width * drawn.camera.height,
        samples=PREVIEW_SAMPLES if job.brief.preview else SAMPLES,
        review=review,
        colour_config=store.show.colour_config,
        plates=files,
        plate_scale=factor,
        header=_header(store, plate, order),
        preview=job.brief.preview,
    )
    plan: Plan = plan_collapse(order, drawn, settings, key, found.background, store.takes.place)
    takes = Takes(store.take_folder, store.commit_take, store.begin_take)
    workers = os.cpu_count() or 1
    costs = run_chunks(plan.chunks, takes, recheck=order.still_cleared, workers=workers, progress=progress)
    rms = found.reprojection_px if found.file.corner else None
    return Finished(
        order, plate, drawn, plan, str(review), store.takes.place(key), rms, (where,), tuple(found.notes), costs
    )


def _keep_survey(store: Store, surveyed: Surveyed) -> str:
    key = take_key("surveyed", surveyed.digest())
    if store.take_folder(key) is None:
        folder = store.begin_take(key)
        surveyed.save(folder / SURVEYED)
        store.commit_take(key, folder)
    return key


def _header(store: Store, plate: Plate, order: Order) -> tuple[tuple[str, str], ...]:
    recipe = hashlib.sha256(order.clearance.sha256.encode()).hexdigest()[:16]
    return (
        ("secondunit:show", store.show.name),
        ("secondunit:shot", str(plate.shot)),
        ("secondunit:plate", f"{plate.label} {plate.source_sha256}"),
        ("secondunit:clearance", order.clearance.sha256),
        ("secondunit:recipe", f"{DEPARTMENT} {code_version('')} {recipe}"),
        ("secondunit:colourspace", "ACEScg"),
        ("secondunit:colourconfig", store.show.colour_config),
    )
