"""Take something out of a shot: from other frames, from this one, from owned stills, or say what must be shot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from secondunit.callsheet.paint.engine_take import Setting
from secondunit.callsheet.paint.material import gather
from secondunit.callsheet.paint.order_paint import engine_settings, paint_order, reference
from secondunit.callsheet.paint.publish import Painted, publish
from secondunit.callsheet.paint.shoot import shoot
from secondunit.callsheet.rights_desk import opened
from secondunit.engines.contract import EngineJob
from secondunit.engines.door import engine
from secondunit.farm.progress import Progress
from secondunit.slate.naming import ShotName

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
    with opened(show) as store:
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
        setting = Setting.of(store.show, plate, run, job, material, over_plate=True)
        done = shoot(store, order, setting, progress=progress)
        words = f"something taken out of the shot by `{engine_name}`, from the shot's own frames"
        return publish(store, Painted(done, tuple(plates), (), words), tell=tell)
