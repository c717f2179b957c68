"""Take something out of a shot: from other frames, from this one, from owned stills, or say what must be shot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from secondunit.callsheet.paint.engine_take import Setting
from secondunit.callsheet.paint.material import gather
from secondunit.callsheet.paint.order_paint import engine_settings, paint_order
from secondunit.callsheet.paint.publish import Painted, publish
from secondunit.callsheet.paint.shoot import shoot
from secondunit.engines.contract import EngineJob
from secondunit.engines.door import engine
from secondunit.errors import BadInput
from secondunit.farm.progress import Progress
from secondunit.media.colour import review_for
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.store.show_folder import Store, open_show

DEPARTMENT = "cleanplate"


def cleanplate(
    show: Path,
    shot: str,
    *,
    mask: str,
    references: Sequence[str] = (),
    engine_name: str = "removal",
    settings: Sequence[str] = (),
    seed: int = 1,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Run the shot; returns what `--json` prints. Stopped at any moment and called again, it goes on.

    `mask` is one picture, or one a frame, white on what goes; `references` are shots whose plates may be used where
    the shot itself shows nothing. Raises `BadInput`, `NotCleared` or `EngineFailed`.
    """
    store = open_show(show)
    try:
        plate = store.plate(ShotName.parse(shot))
        beside = [reference(store, word) for word in references]
        run = engine(engine_name)()
        plates = [plate, *beside]
        order = paint_order(store, plates, plate.frames, run, department=DEPARTMENT, painted=False)
        own = engine_settings(run, settings)
        material = gather(store, plate, mask=mask, references=beside)
        job = EngineJob(
            frames=plate.frames,
            height=plate.height,
            width=plate.width,
            seed=seed,
            settings=own,
            masked=True,
            references=len(material.references),
        )
        setting = Setting(
            engine=engine_name,
            job=job,
            material=material,
            review=review_for(plate.source_colourspace, store.show.colour_config),
            rate=plate.rate,
            header=(("secondunit:show", store.show.name), ("secondunit:shot", shot)),
            over_plate=True,
        )
        done = shoot(store, order, setting, progress=progress)
        words = f"something taken out of the shot by `{engine_name}`, from the shot's own frames"
        return publish(store, Painted(done, tuple(plates), (), words), tell=tell)
    finally:
        store.close()


def reference(store: Store, word: str) -> Plate:
    """The plate behind `SHOT` or `SHOT:PL01`; raises `BadInput`."""
    shot, _, label = word.partition(":")
    try:
        return store.plate(ShotName.parse(shot), label or None)
    except BadInput as error:
        raise BadInput(
            f"reference `{word}` is no plate of this show: {error}",
            hint="ingest it with its owner and licence first",
        ) from None
