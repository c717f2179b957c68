"""Bring the building in a plate down: plate → clearance → survey → takes → comp → checks → signed version."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from secondunit.callsheet.collapse.frames import FrameSettings
from secondunit.callsheet.collapse.graph import Plan, plan_collapse
from secondunit.callsheet.collapse.plate_picture import at_scale, check_locked_off, plate_files
from secondunit.callsheet.collapse.preview import PREVIEW_SAMPLES, PREVIEW_WIDTH, SAMPLES
from secondunit.callsheet.collapse.publish import DEPARTMENT, Finished, publish
from secondunit.callsheet.collapse.set_up import SetUp, keep_set_up, read_asked, set_up
from secondunit.callsheet.collapse.setting import SURVEYED, Surveyed
from secondunit.callsheet.order import Order, clear_order, code_version
from secondunit.departments.destruction.brief import Brief, parse_point
from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.departments.destruction.job import Job
from secondunit.departments.destruction.outline import check_click
from secondunit.departments.destruction.rights_facts import facts
from secondunit.departments.destruction.survey import Survey
from secondunit.engines.light.path_traced_world import path_tracer
from secondunit.engines.own_cards import COMP, LIGHT, PHYSICS, own_steps
from secondunit.errors import BadInput
from secondunit.farm.chunk import Takes, take_key
from secondunit.farm.local import run_chunks
from secondunit.farm.progress import Progress
from secondunit.media.colour import review_for
from secondunit.media.disk import plain_disk_errors, read_only
from secondunit.media.exr import read_beauty
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.store.show_folder import Store, open_show

DEFAULT_LEAD = 8  # frames before the first failure
ROOMS = ("engines", "kernels", "comp", "callsheet/collapse", "media", "departments")  # whose code makes pixels


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
    path_traced: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Run the whole shot; returns what `--json` prints. What is not given comes from the building file.

    `path_traced` draws a final in the light of a path tracer, several times as slow, where the extra `pathtracer` is
    installed. Raises `BadInput`, `NotCleared` or `EngineFailed`. Stopped at any moment and called again, it goes on.
    """
    began = time.monotonic()
    store = open_show(show)
    try:
        name = ShotName.parse(shot)
        plate = store.plate(name)
        steps = own_steps(PHYSICS, LIGHT, COMP)
        order = clear_order(store, plate, department=DEPARTMENT, steps=steps, facts=facts(preview=preview))
        if not store.writable:
            raise read_only(store.root)
        directed = {
            "fail_at": None if fail_at is None else parse_point(fail_at),
            "start": start,
            "front_speed": front_speed,
            "dust": dust,
            "fragments": fragments,
            "seed": seed,
        }
        asked = read_asked(store, name, mask=mask, outline=outline, building=building)
        ways = {"preview": preview, "path_traced": path_traced}
        _start(plate, _brief(asked.file, directed, **ways))  # what is wrong is said before the work
        tracer = path_tracer() if path_traced else ""
        files = plate_files(store.root, plate)
        check_locked_off(files)
        made = set_up(asked, plate, read_beauty(files[0]))
        job = _job(plate, made.found, _brief(made.found.file, directed, **ways))
        for note in made.found.notes:
            tell(note)
        place, others = keep_set_up(store, name, made)
        tell(f"the set is written to {place}: edit it and run again")
        done = _shoot(store, order, plate, files, made, job, others, tracer, progress)
        return publish(store, done, began=began, tell=tell)
    finally:
        store.close()


def _brief(file: BuildingFile, asked: dict[str, Any], **ways: Any) -> Brief:
    written = file.shot
    plain = {k: getattr(written, k) for k in ("front_speed", "dust", "fragments", "seed", "start", "fail_at")}
    values = {k: v for k, v in plain.items() if v is not None} | {k: v for k, v in asked.items() if v is not None}
    return Brief(**values, **ways)


def _start(plate: Plate, brief: Brief) -> int:
    start = plate.frames.first + min(DEFAULT_LEAD, len(plate.frames) // 4) if brief.start is None else brief.start
    if start not in plate.frames:
        raise BadInput(
            f"frame {start} is not in the plate's {plate.frames}", hint="give `--start` a frame of the plate"
        )
    return start


def _job(plate: Plate, found: Survey, brief: Brief) -> Job:
    click = None if brief.fail_at is None else check_click(brief.fail_at, found.matte)
    start = _start(plate, brief)
    return Job(plate.frames, plate.rate, found.building, found.camera, found.sun, brief, click, start)


def _shoot(
    store: Store,
    order: Order,
    plate: Plate,
    files: tuple[Path, ...],
    made: SetUp,
    job: Job,
    others: tuple[Path, ...],
    tracer: str,
    progress: Progress | None,
) -> Finished:
    found = made.found
    factor = min(1.0, PREVIEW_WIDTH / plate.width) if job.brief.preview else 1.0
    picture = read_beauty(files[0])
    whole = Surveyed(picture, found.matte, found.holdout, found.holdout_depth, found.ground_seen)
    surveyed = replace(whole.scaled(factor), plate=at_scale(picture, factor))
    drawn = job.scaled(factor) if factor != 1.0 else job
    whole_key = _keep_survey(store, whole)
    key = whole_key if factor == 1.0 else _keep_survey(store, surveyed)
    review = review_for(plate.source_colourspace, store.show.colour_config)
    settings = FrameSettings(
        pixels=drawn.camera.width * drawn.camera.height,
        samples=PREVIEW_SAMPLES if job.brief.preview else SAMPLES,
        review=review,
        colour_config=store.show.colour_config,
        plates=files,
        plate_scale=factor,
        header=_header(store, plate, order, drawn),
        preview=job.brief.preview,
        path_tracer=tracer,
    )
    plan: Plan = plan_collapse(order, drawn, settings, key, whole_key, found.background, store.takes.place)
    takes = Takes(store.take_folder, store.commit_take, store.begin_take, store.abandon_take)
    workers = os.cpu_count() or 1
    costs = run_chunks(plan.chunks, takes, recheck=order.still_cleared, workers=workers, progress=progress)
    return Finished(
        order=order,
        plate=plate,
        job=drawn,
        plan=plan,
        review=str(review),
        surveyed=store.takes.place(key),
        reprojection_px=found.reprojection_px if found.file.corner else None,
        building_file=made.text,
        inputs=others,
        notes=tuple(found.notes),
        path_tracer=tracer,
        costs=costs,
    )


def _keep_survey(store: Store, surveyed: Surveyed) -> str:
    key = take_key("surveyed", surveyed.digest())
    if store.take_folder(key) is None:
        folder = store.begin_take(key)
        try:
            with plain_disk_errors(folder):
                surveyed.save(folder / SURVEYED)
        except BaseException:
            store.abandon_take(folder)
            raise
        store.commit_take(key, folder)
    return key


def _header(store: Store, plate: Plate, order: Order, job: Job) -> tuple[tuple[str, str], ...]:
    """What every frame says of itself: nothing that changes while its pixels do not, or it would be made again."""
    recipe = take_key(DEPARTMENT, asdict(job), code_version(*ROOMS))
    return (
        ("secondunit:show", store.show.name),
        ("secondunit:shot", str(plate.shot)),
        ("secondunit:plate", f"{plate.label} {plate.source_sha256}"),
        ("secondunit:clearance", f"request {order.clearance.request_sha256}"),
        ("secondunit:recipe", recipe),
        ("secondunit:colourspace", "ACEScg"),
        ("secondunit:colourconfig", store.show.colour_config),
    )
