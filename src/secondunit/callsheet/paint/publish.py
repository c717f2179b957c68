"""From finished takes to a signed version: frames, traces, movies, checks, lineage."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from secondunit.callsheet.paint.engine_take import MEASURES
from secondunit.callsheet.paint.flicker import flicker_ratio
from secondunit.callsheet.paint.shoot import Shot, engine_source
from secondunit.callsheet.publish_version import publish_version
from secondunit.callsheet.review_files import plate_details, plate_sound, write_review
from secondunit.comp.checks import Check
from secondunit.comp.paint_checks import paint_checks
from secondunit.engines.door import engine
from secondunit.media.burn_in import BurnIn
from secondunit.media.images import read_still
from secondunit.provenance.lineage import ingredient_from_files, plate_ingredients, software_versions
from secondunit.slate.frames import FrameRange
from secondunit.slate.lineage import Ingredient, Lineage, Relationship, SourceType, TakeRecord
from secondunit.slate.plate import Plate
from secondunit.store.in_progress import InProgress
from secondunit.store.show_folder import Store

TRACE = "trace"  # the folder of a version that says where each pixel came from
SOURCES = "sources.json"


@dataclass(frozen=True)
class Painted:
    """What a version is published from. `plates` are the shot's own first, then the references'.

    `models` names trained models that had a part; `description` is the sentence of the manifest.
    """

    shot: Shot
    plates: tuple[Plate, ...]
    models: tuple[str, ...]
    description: str
    notes: tuple[str, ...] = ()


def publish(store: Store, done: Painted, *, tell: Callable[[str], None]) -> dict[str, Any]:
    """Write, check and sign a version; returns what `--json` prints. Raises like `publish_version`."""
    rows = list(_rows(store, done))
    checks = _judge(store, done, rows)
    details = {"preview": False, "checks": [check.to_dict() for check in checks]}

    def fill(made: InProgress, mark: int | None, now: dt.datetime) -> Lineage:
        _frames(store, done, made)
        _movies(store, done, made, now, mark)
        (made.folder / "checks.json").write_text(json.dumps(details["checks"], indent=1))
        (made.folder / TRACE / SOURCES).write_text(json.dumps(_sources(done, rows), indent=1))
        return _lineage(store, done, made, now)

    version = publish_version(store, done.shot.order, fill, details=details, tell=tell)
    folder = store.root / version.folder
    request = done.shot.order.request
    return {
        "version": version.label,
        "folder": str(folder),
        "frames": str(done.shot.setting.job.frames),
        "movie": str(folder / "review.mov"),
        "exr": str(folder / "exr" / f"{request.shot}_{request.department}_{version.label}.####.exr"),
        "contact": str(folder / "contact.jpg"),
        "lineage": str(folder / "lineage.json"),
        "checks": details["checks"],
        "notes": list(done.notes),
        "sources": _shares(rows, done),
        "measures": _engine_measures(rows),
        "costs": {stage: asdict(cost) for stage, cost in done.shot.costs.items()},
    }


def _frame_takes(store: Store, done: Painted) -> Iterator[tuple[int, Path]]:
    """(frame, take that holds it), in order."""
    found: dict[int, Path] = {}
    for chunk, key in zip(done.shot.chunks, done.shot.keys, strict=True):
        found |= {frame: store.takes.place(key) for frame in chunk.frames}
    yield from sorted(found.items())


def _rows(store: Store, done: Painted) -> Iterator[dict[str, Any]]:
    for chunk, key in zip(done.shot.chunks, done.shot.keys, strict=True):
        if chunk.frames:
            yield from json.loads((store.takes.place(key) / MEASURES).read_text())


def _judge(store: Store, done: Painted, rows: list[dict[str, Any]]) -> list[Check]:
    over = done.shot.setting.over_plate
    grain = [row["grain_ratio"] for row in rows if row["grain_ratio"] is not None]
    measured = {"untraced_px": float(sum(row["untraced_px"] for row in rows))}
    notes: dict[str, str] = {}
    if over:
        measured["untouched_changed"] = float(sum(row["untouched_changed"] for row in rows))
        frames = dict(_frame_takes(store, done))
        found = flicker_ratio(
            done.shot.setting.material,
            lambda frame: frames[frame] / f"{frame:04d}.exr",
            taken_out=not done.shot.setting.job.keys,
        )
        if found is None:
            notes["flicker_ratio"] = "one frame does not flicker"
        else:
            measured["flicker_ratio"] = found
    if grain:
        measured["grain_ratio"] = statistics.median(grain)
    else:
        notes["grain_ratio"] = "what was made holds no flat part to read grain from"
    return paint_checks(measured, notes, over_plate=over)


def _stem(done: Painted, made: InProgress) -> str:
    request = done.shot.order.request
    return f"{request.shot}_{request.department}_{made.label}"


def _frames(store: Store, done: Painted, made: InProgress) -> None:
    (made.folder / "exr").mkdir()
    (made.folder / TRACE).mkdir()
    for frame, take in _frame_takes(store, done):
        name = f"{_stem(done, made)}.{frame:04d}"
        shutil.copyfile(take / f"{frame:04d}.exr", made.folder / "exr" / f"{name}.exr")
        shutil.copyfile(take / f"{frame:04d}.trace", made.folder / TRACE / f"{name}.trace")


def _movies(store: Store, done: Painted, made: InProgress, now: dt.datetime, mark: int | None) -> None:
    request, setting = done.shot.order.request, done.shot.setting
    words = BurnIn(
        show=store.show.name,
        shot=str(request.shot),
        version=f"{request.department} {made.label}",
        date=now.date(),
        colour=str(setting.review),
    )
    pictures = dict(_frame_takes(store, done))
    write_review(
        made.folder,
        lambda frame: read_still(pictures[frame] / f"{frame:04d}.png").pixels,
        FrameRange(min(pictures), max(pictures)),
        setting.rate,
        words,
        plate_details(done.plates[0]) | {"Engine": setting.engine},
        mark=mark,
        sound=plate_sound(store.root, done.plates[0]) if setting.over_plate else None,
    )


def _sources(done: Painted, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Which file each source of the traces is, for whoever has only the version."""
    material = done.shot.setting.material
    keys = {f"key:{frame}": {"file": kept.name, "sha256": kept.sha256} for frame, kept in material.keys.items()}
    references = {f"reference:{i}": {"file": name} for i, (name, _) in enumerate(material.references)}
    plate = done.plates[0]
    files = {f"plate:{frame}": {"file": Path(plate.path_of(frame)).name} for frame in plate.frames}
    used = {name for row in rows for name in row["shares"]}
    return {name: told for name, told in (files | keys | references).items() if name in used}


def _shares(rows: list[dict[str, Any]], done: Painted) -> dict[str, float]:
    """How much of all generated pixels came from each kind of source and each reference."""
    total: dict[str, float] = {}
    for row in rows:
        for name, share in row["shares"].items():
            role, _, number = name.partition(":")
            label = done.shot.setting.material.references[int(number)][0] if role == "reference" else role
            total[label] = total.get(label, 0.0) + share
    whole = sum(total.values()) or 1.0
    return {label: share / whole for label, share in sorted(total.items())}


def _engine_measures(rows: list[dict[str, Any]]) -> dict[str, float]:
    names = sorted({name for row in rows for name in row if name.startswith("engine.")})
    return {
        name.removeprefix("engine."): statistics.fmean(row[name] for row in rows if name in row) for name in names
    }


def _lineage(store: Store, done: Painted, made: InProgress, now: dt.datetime) -> Lineage:
    setting, order = done.shot.setting, done.shot.order
    run = engine(setting.engine)()
    ingredients: list[Ingredient] = []
    for index, plate in enumerate(done.plates):
        relationship = Relationship.PARENT if index == 0 else Relationship.COMPONENT
        ingredients += plate_ingredients(store.root, plate, relationship=relationship)
    ingredients += _given(store, setting.material.keys, "key", SourceType.HUMAN_EDITS)
    ingredients += _given(store, setting.material.masks, "mask", None)
    for name, files in setting.material.guides.items():
        ingredients += _given(store, files, f"guide {name}", None)
    settings: Mapping[str, Any] = setting.job.settings.model_dump(mode="json")
    take = TakeRecord(
        setting.engine,
        run.name,
        f"{run.version} {engine_source(run)}",
        settings,
        setting.job.seed,
        sha256=",".join(key.split("-")[-1] for key in done.shot.keys),
        source_type=SourceType.TRAINED_ALGORITHMIC_MEDIA if done.models else SourceType.ALGORITHMIC_MEDIA,
        models=done.models,
    )
    return Lineage(
        shot=order.request.shot,
        department=order.request.department,
        version=made.number,
        frames=setting.job.frames,
        rate=setting.rate,
        created=now,
        ingredients=tuple(ingredients),
        takes=(take,),
        clearance=order.clearance,
        software=software_versions(),
        brief={"engine": setting.engine, **settings},
        description=done.description,
    )


def _given(store: Store, files: Mapping[int, Any], role: str, source_type: SourceType | None) -> list[Ingredient]:
    """What a person gave, one ingredient a file for keys and one for all else; the same content is listed once."""
    if not files:
        return []
    if role == "key":
        return [
            ingredient_from_files(
                store.root, [kept.path], title=f"key {frame} {kept.name}", role=role,
                relationship=Relationship.COMPONENT, source_type=source_type,
            )
            for frame, kept in files.items()
        ]  # fmt: skip
    paths = sorted({kept.path for kept in files.values()})
    return [ingredient_from_files(store.root, paths, title=role, role="direction", source_type=source_type)]
