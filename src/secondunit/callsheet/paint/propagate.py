"""Carry an artist's edit of a few frames over the whole shot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from secondunit.callsheet.paint.engine_take import Setting
from secondunit.callsheet.paint.faces_touched import check_faces
from secondunit.callsheet.paint.material import gather
from secondunit.callsheet.paint.order_paint import engine_settings, paint_order, parse_likenesses
from secondunit.callsheet.paint.publish import Painted, publish
from secondunit.callsheet.paint.shoot import shoot
from secondunit.departments.paint.keys import check_edit, parse_keys
from secondunit.engines.contract import EngineJob
from secondunit.engines.door import engine
from secondunit.farm.progress import Progress
from secondunit.media.colour import review_for
from secondunit.slate.naming import ShotName
from secondunit.store.show_folder import open_show

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
    store = open_show(show)
    try:
        plate = store.plate(ShotName.parse(shot))
        run = engine(engine_name)()
        told = parse_likenesses(likenesses)
        order = paint_order(
            store, [plate], plate.frames, run, department=DEPARTMENT, painted=True, likenesses=told
        )
        asked = parse_keys(keys, plate.frames)
        own = engine_settings(run, settings)
        material = gather(store, plate, keys=asked, mask=mask, guides=guides, colourspace=colourspace)
        for frame, _ in asked:
            check_edit(frame, material.key_of(frame), material.plate_of(frame))
        review = review_for(plate.source_colourspace, store.show.colour_config)
        check_faces(material, review, told)
        job = EngineJob(
            frames=plate.frames,
            height=plate.height,
            width=plate.width,
            seed=seed,
            settings=own,
            keys=tuple(frame for frame, _ in asked),
            masked=mask is not None,
            guides=tuple(sorted(guides or {})),
        )
        setting = Setting(
            engine=engine_name,
            job=job,
            material=material,
            review=review,
            rate=plate.rate,
            header=(("secondunit:show", store.show.name), ("secondunit:shot", shot)),
            over_plate=True,
        )
        done = shoot(store, order, setting, progress=progress)
        words = f"an artist's edit of {len(asked)} frames carried over the shot by `{engine_name}`"
        return publish(store, Painted(done, (plate,), (), words), tell=tell)
    finally:
        store.close()
