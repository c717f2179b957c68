"""Carry an artist's edit of a few frames over the whole shot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from secondunit.callsheet.order import Order
from secondunit.callsheet.paint.engine_take import Setting
from secondunit.callsheet.paint.faces_touched import check_faces
from secondunit.callsheet.paint.material import gather
from secondunit.callsheet.paint.model_on_record import Trained, train_models
from secondunit.callsheet.paint.order_paint import engine_settings, paint_order, parse_likenesses
from secondunit.callsheet.paint.publish import Painted, publish
from secondunit.callsheet.paint.shoot import shoot
from secondunit.callsheet.rights_desk import opened
from secondunit.departments.paint.keys import check_edit, parse_keys
from secondunit.engines.contract import Engine, EngineJob
from secondunit.engines.door import engine
from secondunit.farm.progress import Progress
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.slate.request import Likeness
from secondunit.store.show_folder import Store

DEPARTMENT = "paint"


def propagate(
    show: Path,
    shot: str,
    *,
    keys: Sequence[str],
    mask: str | None = None,
    guides: Mapping[str, str] | None = None,
    likenesses: Sequence[str] = (),
    colourspace: str | None = None,
    engine_name: str = "patch",
    settings: Sequence[str] = (),
    seed: int = 1,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Run the shot; returns what `--json` prints. Stopped at any moment and called again, it goes on.

    `keys` are `1001=edit.exr` words, `mask` bounds the edit, `colourspace` is the keys' where they do not say.
    Raises `BadInput`, `NotCleared` or `EngineFailed`.
    """
    with opened(show) as store:
        plate = store.plate(ShotName.parse(shot))
        run = engine(engine_name)()
        told = parse_likenesses(likenesses)

        def order(models: Sequence[Trained] = ()) -> Order:
            steps = [one.step for one in models]
            return paint_order(
                store,
                [plate],
                plate.frames,
                run,
                department=DEPARTMENT,
                painted=True,
                likenesses=told,
                models=steps,
            )

        cleared = order()  # what would be refused is refused before a frame is read
        setting = _setting(store, plate, run, keys, mask, guides or {}, colourspace, settings, seed, told)
        models: tuple[Trained, ...] = ()
        if any(chunk.learns for chunk in run.plan(setting.job)):
            models = train_models(
                store, plate, setting, department=DEPARTMENT, likenesses=told, progress=progress
            )
            for one in models:
                tell(
                    f"model {one.file.name}: {one.exam_db:.1f} dB on frame {one.exam_frame}, which it had not seen"
                )
        done = shoot(store, order(models) if models else cleared, setting, progress=progress)
        words = f"an artist's edit of {len(setting.job.keys)} frames carried over the shot by `{engine_name}`"
        names = tuple(one.name for one in models)
        return publish(store, Painted(done, (plate,), names, words, setting.material.notes()), tell=tell)


def train(
    show: Path,
    shot: str,
    *,
    keys: Sequence[str],
    likenesses: Sequence[str] = (),
    colourspace: str | None = None,
    settings: Sequence[str] = (),
    seed: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Only train the shot's network, and put it on record; returns what `--json` prints.

    `propagate` with the engine `keyframe` and the same words then uses it. Raises like `propagate`.
    """
    with opened(show) as store:
        plate = store.plate(ShotName.parse(shot))
        told = parse_likenesses(likenesses)
        setting = _setting(store, plate, engine("keyframe")(), keys, None, {}, colourspace, settings, seed, told)
        (made,) = train_models(store, plate, setting, department=DEPARTMENT, likenesses=told, progress=progress)
        return {
            "model": str(made.file),
            "weights_sha256": made.step.weights_sha256,
            "exam_frame": made.exam_frame,
            "exam_db": made.exam_db,
        }


def _setting(
    store: Store,
    plate: Plate,
    run: Engine,
    keys: Sequence[str],
    mask: str | None,
    guides: Mapping[str, str],
    colourspace: str | None,
    settings: Sequence[str],
    seed: int,
    told: tuple[Likeness, ...],
) -> Setting:
    """What was asked, held against the plate and brought in. Raises `BadInput`, `NotCleared`."""
    asked = parse_keys(keys, plate.frames)
    own = engine_settings(run, settings)
    material = gather(store, plate, keys=asked, mask=mask, guides=guides, colourspace=colourspace)
    for frame, _ in asked:
        check_edit(frame, material.key_of(frame), material.plate_of(frame))
    job = EngineJob(
        frames=plate.frames,
        height=plate.height,
        width=plate.width,
        seed=seed,
        settings=own,
        keys=tuple(frame for frame, _ in asked),
        masked=mask is not None,
        guides=tuple(sorted(guides)),
    )
    setting = Setting.of(store.show, plate, run, job, material, over_plate=True)
    check_faces(material, setting.review, told)
    return setting
