"""From finished takes to a signed version: frames, movies, contact sheet, scene, checks, lineage, signature."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.collapse.fall_figures import fall_figures
from secondunit.callsheet.collapse.graph import Plan
from secondunit.callsheet.collapse.set_up import BUILDING
from secondunit.callsheet.collapse.setting import MEASURES, SURVEYED, Surveyed
from secondunit.callsheet.collapse.shot_figures import over_the_shot
from secondunit.callsheet.order import Order, code_version
from secondunit.callsheet.publish_version import publish_version
from secondunit.callsheet.review_files import plate_details, plate_sound, write_review
from secondunit.comp.checks import Check, run_checks
from secondunit.comp.edges import plate_edge_width
from secondunit.departments.destruction.job import Job
from secondunit.departments.destruction.take_files import load_frame
from secondunit.departments.destruction.takes import BREAKUP
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.debris_shapes import SHAPES
from secondunit.engines.physics.motion import BodyFrame, DebrisFrame
from secondunit.errors import EngineFailed
from secondunit.farm.local import Cost
from secondunit.media.burn_in import BurnIn
from secondunit.media.images import read_still
from secondunit.media.scene_blend import find_blender, write_blend
from secondunit.media.scene_usd import Geometry, Pieces, write_scene
from secondunit.provenance.lineage import (
    ingredient_from_files,
    plate_ingredients,
    software_versions,
)
from secondunit.slate.clearance import Clearance
from secondunit.slate.lineage import Ingredient, Lineage, TakeRecord
from secondunit.slate.plate import Plate
from secondunit.store.in_progress import InProgress
from secondunit.store.show_folder import Store

F32 = npt.NDArray[np.float32]
DEPARTMENT = "destruction"


@dataclass(frozen=True)
class Finished:
    """Everything a version is published from.

    `building_file` is the text of the set as it was shot; `inputs` are other files that a person gave (a mask);
    `path_tracer` is what traced the light, if any did.
    """

    order: Order
    plate: Plate
    job: Job
    plan: Plan
    review: str
    surveyed: Path
    reprojection_px: float | None
    building_file: str
    inputs: tuple[Path, ...]
    notes: tuple[str, ...]
    path_tracer: str
    costs: dict[str, Cost]


def publish(store: Store, done: Finished, *, began: float, tell: Callable[[str], None]) -> dict[str, Any]:
    """Write, check and sign a version; returns what `--json` prints for `destroy`.

    `began` is when the command began, on the monotonic clock.
    """
    preview = done.job.brief.preview
    checks = _judge(store, done)
    details = {"preview": preview, "checks": [c.to_dict() for c in checks]}

    def fill(made: InProgress, mark: int | None, now: dt.datetime) -> Lineage:
        _frames(store, done, made)
        _movies(store, done, made, now, mark)
        if not preview:
            _scene(store, done, made, tell)
        (made.folder / "checks.json").write_text(json.dumps(details["checks"], indent=1))
        (made.folder / BUILDING).write_text(done.building_file, encoding="utf-8")
        return _lineage(store, done, made, now)

    version = publish_version(store, done.order, fill, details=details, tell=tell)
    return _answer(store.root / version.folder, version.label, done, checks, time.monotonic() - began)


def _answer(folder: Path, label: str, done: Finished, checks: list[Check], seconds: float) -> dict[str, Any]:
    return {
        "version": label,
        "folder": str(folder),
        "frames": str(done.job.frames),
        "movie": str(folder / "review.mov"),
        "movie_small": str(folder / "review.mp4"),
        "exr": str(folder / "exr" / f"{_stem(done, label)}.####.exr"),
        "contact": str(folder / "contact.jpg"),
        "lineage": str(folder / "lineage.json"),
        "manifest": str(folder / "frames.json.c2pa"),
        "seconds": round(seconds, 1),
        "checks": [c.to_dict() for c in checks],
        "notes": list(done.notes),
        "costs": {stage: asdict(cost) for stage, cost in done.costs.items()},
    }


def _stem(done: Finished, label: str) -> str:
    return f"{done.plate.shot}_{DEPARTMENT}_{label}"


def _take(store: Store, key: str) -> Path:
    found = store.take_folder(key)
    assert found is not None, key
    return found


def _frame_takes(store: Store, done: Finished) -> Iterator[tuple[int, Path]]:
    """(frame, take that holds it), in order."""
    for key in done.plan.frame_keys:
        folder = _take(store, key)
        for path in sorted(folder.glob("*.exr")):
            yield int(path.stem), folder


def _judge(store: Store, done: Finished) -> list[Check]:
    rows = [row for key in done.plan.frame_keys for row in json.loads((_take(store, key) / MEASURES).read_text())]
    surveyed = Surveyed.load(done.surveyed / SURVEYED)
    edge = plate_edge_width(surveyed.plate, surveyed.matte, surveyed.holdout)
    figures, notes = over_the_shot(rows, edge)
    clean = json.loads((_take(store, done.plan.set_key) / MEASURES).read_text())
    if clean.get("structure_left") is not None:
        figures["structure_left"] = clean["structure_left"]
    if done.reprojection_px is None:
        notes["reprojection_px"] = "no corners were clicked to compare with"
    else:
        figures["reprojection_px"] = done.reprojection_px
    figures |= fall_figures(store, done.job, done.plan, notes)
    return run_checks(figures, notes)


def _frames(store: Store, done: Finished, made: InProgress) -> None:
    folder = made.folder / "exr"
    folder.mkdir()
    for frame, take in _frame_takes(store, done):
        shutil.copyfile(take / f"{frame:04d}.exr", folder / f"{_stem(done, made.label)}.{frame:04d}.exr")


def _movies(store: Store, done: Finished, made: InProgress, now: dt.datetime, mark: int | None) -> None:
    words = BurnIn(
        show=store.show.name,
        shot=str(done.plate.shot),
        version=f"{DEPARTMENT} {made.label}" + (" preview" if done.job.brief.preview else ""),
        date=now.date(),
        colour=done.review,
    )
    pictures = dict(_frame_takes(store, done))
    details = {"Seed": str(done.job.brief.seed)}
    write_review(
        made.folder,
        lambda frame: read_still(pictures[frame] / f"{frame:04d}.png").pixels,
        done.job.frames,
        done.job.rate,
        words,
        plate_details(done.plate) | details,
        mark=mark,
        sound=plate_sound(store.root, done.plate),
    )


def _scene(store: Store, done: Finished, made: InProgress, tell: Callable[[str], None]) -> None:
    job, plan = done.job, done.plan
    breakup = Breakup.load(_take(store, plan.breakup_key) / BREAKUP)

    def frames() -> Iterator[tuple[int, Pieces]]:
        for index in range(len(job.frames)):
            k = job.segment_of(index)
            b = load_frame(BodyFrame, _take(store, plan.fall_keys[k]), index)
            d = load_frame(DebrisFrame, _take(store, plan.debris_keys[k]), index)
            yield job.frames.first + index, Pieces(b.position, b.rotation, d.position, d.rotation, d.size)

    last = load_frame(DebrisFrame, _take(store, plan.debris_keys[-1]), len(job.frames) - 1)
    geometry = Geometry(breakup.corners, breakup.tri_fragment, breakup.centre, last.shape, tuple(SHAPES))
    scene = made.folder / "scene.usdc"
    write_scene(scene, geometry, frames(), job.camera, job.rate)
    blender = find_blender()
    if blender is not None:
        try:
            write_blend(blender, scene, scene.with_suffix(".blend"), job.camera, job.rate)
        except EngineFailed as error:
            tell(f"warning: {error}")


def _building_ingredient(store: Store, made: InProgress) -> Ingredient:
    """The building file: kept in the version itself, for the shot's own is edited and written again."""
    found = ingredient_from_files(
        store.root, [made.folder / BUILDING], title=f"direction {BUILDING}", role="direction"
    )
    place = (made.place / BUILDING).relative_to(store.root).as_posix()
    return replace(found, files=(replace(found.files[0], path=place),))


def _lineage(store: Store, done: Finished, made: InProgress, now: dt.datetime) -> Lineage:
    clearance: Clearance = done.order.clearance
    job = done.job
    brief = job.brief
    ingredients: list[Ingredient] = list(plate_ingredients(store.root, done.plate))
    ingredients.append(_building_ingredient(store, made))
    for path in done.inputs:
        ingredients.append(ingredient_from_files(store.root, [path], title="mask", role="direction"))

    def take(name: str, rooms: tuple[str, ...], keys: tuple[str, ...], **settings: Any) -> TakeRecord:
        return TakeRecord(
            name,
            name,
            code_version(*rooms),
            settings,
            brief.seed,
            sha256=",".join(k.split("-")[-1] for k in keys),
        )

    physics = ("engines/physics", "kernels", "departments/destruction")
    picture = ("engines", "kernels", "comp", "callsheet/collapse", "media")
    plan = done.plan
    takes = (
        take("clean plate", ("comp", "kernels"), (plan.set_key,)),
        take("breakup", physics, (plan.breakup_key,), fragments=brief.solved_fragments),
        take("fall", physics, plan.fall_keys, front_speed=brief.front_speed, start=job.start),
        take("debris", physics, plan.debris_keys, pieces=brief.debris_pieces),
        take("dust", physics, plan.dust_keys, amount=brief.dust),
        take("light and comp", picture, plan.frame_keys, light=done.path_tracer or "rasteriser"),
    )
    return Lineage(
        shot=done.plate.shot,
        department=DEPARTMENT,
        version=made.number,
        frames=job.frames,
        rate=job.rate,
        created=now,
        ingredients=tuple(ingredients),
        takes=takes,
        clearance=clearance,
        software=software_versions("usd-core", *(["mitsuba"] if done.path_tracer else [])),
        brief=brief.settings(),
        description="a building collapses by simulation over a photographed plate; no trained model took part",
    )
