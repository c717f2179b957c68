"""New arrangements of an owned picture: a texture, a sky, foliage, a facade, or a short clip of one."""

from __future__ import annotations

import re
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
from secondunit.errors import BadInput
from secondunit.farm.progress import Progress
from secondunit.slate.frames import FrameRange

DEPARTMENT = "variation"
LARGEST, MOST = 16_384, 64
_SIZE = re.compile(r"(\d{1,5})[x×](\d{1,5})\Z")


def vary(
    show: Path,
    source: str,
    *,
    size: str | None = None,
    n: int = 8,
    clip: bool = False,
    settings: Sequence[str] = (),
    seed: int = 1,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Vary the plate of the shot `source`; returns what `--json` prints.

    Of a still, `n` variations are the frames of one version; with `clip` the plate's frames vary as one clip, so that
    `n` versions are made, one a seed. Raises `BadInput`, `NotCleared` or `EngineFailed`.
    """
    if not 1 <= n <= MOST:
        raise BadInput(f"{n} variations cannot be made", hint=f"ask for 1 to {MOST}")
    with opened(show) as store:
        plate = reference(store, source)
        if clip and plate.held:
            raise BadInput(f"`{source}` is a still, no clip", hint="leave `--clip` out")
        width, height = parse_size(size) if size else (plate.width, plate.height)
        frames = plate.frames if clip else FrameRange.of_length(n, plate.frames.first)
        run = engine("vary")()
        order = paint_order(store, [plate], frames, run, department=DEPARTMENT, painted=False)
        own = engine_settings(run, settings, {"clip": clip})
        material = gather(store, plate, references=[plate])
        answers = []
        for k in range(n if clip else 1):
            job = EngineJob(
                frames=frames, height=height, width=width, seed=seed + k, settings=own,
                references=len(material.references),
            )  # fmt: skip
            setting = Setting.of(store.show, plate, run, job, material, over_plate=False)
            done = shoot(store, order, setting, progress=progress)
            words = f"a new arrangement of patches of {plate.label} and of nothing else"
            answers.append(publish(store, Painted(done, (plate,), (), words), tell=tell))
        return answers[0] if len(answers) == 1 else {**answers[-1], "versions": [a["version"] for a in answers]}


def parse_size(text: str) -> tuple[int, int]:
    """Read `1280x720`; raises `BadInput`.

    >>> parse_size("1280x720")
    (1280, 720)
    """
    match = _SIZE.match(text.strip())
    if not match:
        raise BadInput(f"`{text}` is not a size", hint="write width and height, as in `1280x720`")
    width, height = int(match[1]), int(match[2])
    if not (16 <= width <= LARGEST and 16 <= height <= LARGEST):
        raise BadInput(f"{width}×{height} cannot be made", hint=f"each side may have 16 to {LARGEST} pixels")
    return width, height
