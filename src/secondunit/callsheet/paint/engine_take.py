"""Run one chunk of an engine: what a worker does, for ours and for a stranger's alike."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.order import Order
from secondunit.callsheet.paint.material import Material
from secondunit.comp.grain import Grain, grain_ratio, measure_grain
from secondunit.comp.paint_over import PaintedOver, paint_over
from secondunit.engines.contract import Context, Engine, EngineChunk, EngineFrame, EngineJob
from secondunit.engines.door import engine
from secondunit.engines.trace_file import save_trace
from secondunit.engines.trace_map import LAYER, TraceMap, map_trace
from secondunit.errors import EngineFailed
from secondunit.media.colour import Review, review_for, to_display
from secondunit.media.exr import Layer, read_beauty, write_exr
from secondunit.media.images import write_picture
from secondunit.slate.frames import timecode
from secondunit.slate.plate import Plate
from secondunit.slate.show import Show

F32 = npt.NDArray[np.float32]
MEASURES = "measures.json"


@dataclass(frozen=True)
class Setting:
    """How a job is run and written. `over_plate` lays frames over the plate; else they stand alone (variations)."""

    engine: str
    job: EngineJob
    material: Material
    review: Review
    rate: Fraction
    header: tuple[tuple[str, str], ...]
    over_plate: bool

    @classmethod
    def of(
        cls, show: Show, plate: Plate, run: Engine, job: EngineJob, material: Material, *, over_plate: bool
    ) -> Setting:
        """How a job on a plate of a show is run: shown as its plate is, named in every header."""
        return cls(
            engine=run.name,
            job=job,
            material=material,
            review=review_for(plate.source_colourspace, show.colour_config),
            rate=plate.rate,
            header=(("secondunit:show", show.name), ("secondunit:shot", str(plate.shot))),
            over_plate=over_plate,
        )


def take_chunk(
    folder: Path, order: Order, setting: Setting, chunk: EngineChunk, needs: Mapping[str, Path], workbench: Path
) -> None:
    """Render one chunk into `folder`: an EXR, a review picture and a trace a frame, and the measures.

    The clearance is asked again here, by whoever runs it. Raises `EngineFailed` where an engine breaks its contract.
    """
    order.still_cleared()
    made = engine(setting.engine)()
    workbench.mkdir(parents=True, exist_ok=True)
    context = _context(folder, order, setting, needs, workbench)
    measured: list[dict[str, Any]] = []
    wanted = iter(chunk.frames)
    for frame in made.render(setting.job, chunk, context):
        _check_frame(made.name, frame, next(wanted, None), setting.job)
        measured.append(_write(folder, setting, frame))
    left = list(wanted)
    if left:
        raise EngineFailed(
            f"engine `{made.name}` left out frame {left[0]}", hint="report this to whoever made it"
        )
    (folder / MEASURES).write_text(json.dumps(measured))


def _context(folder: Path, order: Order, setting: Setting, needs: Mapping[str, Path], workbench: Path) -> Context:
    material = setting.material
    return Context(
        plate=material.plate_of,
        key=material.key_of,
        mask=material.mask_of,
        guide=material.guide_of,
        reference=material.reference_of,
        take=lambda name: needs[name],
        folder=folder,
        workbench=workbench,
        still_cleared=order.still_cleared,
        tell=_tell,
    )


def _tell(text: str) -> None:
    """What an engine says while it works, beside the progress on stderr."""
    print(text, file=sys.stderr, flush=True)


def _check_frame(name: str, made: EngineFrame, wanted: int | None, job: EngineJob) -> None:
    """An engine's frame is what was asked for, or the run stops here."""
    size = (job.height, job.width)
    wrong = ""
    if made.frame != wanted:
        wrong = f"gave frame {made.frame} where {wanted} was due"
    elif made.picture.shape != (*size, 3) or made.matte.shape != size:
        wrong = f"gave frame {made.frame} in another size"
    elif not (np.isfinite(made.picture).all() and np.isfinite(made.matte).all()):
        wrong = f"gave frame {made.frame} with values that are no numbers"
    elif ((made.matte > 0) & ~made.trace.made).any():
        wrong = f"gave pixels in frame {made.frame} whose source it does not tell"
    if wrong:
        raise EngineFailed(f"engine `{name}` {wrong}", hint="report this to whoever made it")


@lru_cache(maxsize=1)
def _grain(path: Path) -> Grain:
    return measure_grain(read_beauty(path))


def _write(folder: Path, setting: Setting, made: EngineFrame) -> dict[str, Any]:
    told = map_trace(made.trace)
    source = setting.material.plate[0] if setting.over_plate else _grain_source(setting)
    grain = _grain(source)
    plate = setting.material.plate_of(made.frame) if setting.over_plate else np.zeros_like(made.picture)
    seed = setting.job.seed
    comp = paint_over(plate, made.picture, made.matte, kept_noise(told), grain, seed=seed, frame=made.frame)
    name = f"{made.frame:04d}"
    header: dict[str, str | int | float] = {
        **dict(setting.header),
        "framesPerSecond": str(setting.rate),
        "smpte:TimeCode": timecode(made.frame, setting.rate),
        "secondunit:frame": made.frame,
    }
    write_exr(folder / f"{name}.exr", _layers(comp, told, made), header=header)
    write_picture(folder / f"{name}.png", to_display(comp.beauty, setting.review, setting.material.colour_config))
    save_trace(folder / f"{name}.trace", made.trace)
    return _measure(made, comp, plate, told, grain, setting)


def _grain_source(setting: Setting) -> Path:
    material = setting.material
    return material.references[0][1] if material.references else material.plate[0]


def kept_noise(told: TraceMap) -> F32:
    """The share (h, w) of its sources' noise variance that a pixel keeps: the sum of squared weights.

    Read from the heaviest weight and the number of contributors, the others taken as equal. A network's word (no
    place in a source) is its input changed a little, so it keeps all.
    """
    weight, n = told.pixels[..., 3], told.pixels[..., 4]
    kept = weight**2 + (1 - weight) ** 2 / np.maximum(n - 1, 1)
    return np.where((n <= 1) | (told.pixels[..., 1] < 0), np.float32(1), kept).astype(np.float32)


def _layers(comp: PaintedOver, told: TraceMap, made: EngineFrame) -> dict[str, Layer | F32]:
    layers: dict[str, Layer | F32] = {
        "beauty": comp.beauty,
        "matte": Layer(comp.matte, ("A",)),
        "grain": comp.grain,
        LAYER: told.layer(),
    }
    for name, picture in made.layers.items():
        layers[name] = picture if picture.ndim == 3 else Layer(picture, ("Y",))
    return layers


def _measure(
    made: EngineFrame, comp: PaintedOver, plate: F32, told: TraceMap, grain: Grain, setting: Setting
) -> dict[str, Any]:
    touched = comp.matte > 0
    row: dict[str, Any] = {"frame": made.frame, "made_px": int(touched.sum())}
    row |= {f"engine.{name}": float(value) for name, value in made.measures.items()}
    if setting.over_plate:
        row["untouched_changed"] = int((comp.beauty != plate)[~touched].sum())
    row["grain_ratio"] = grain_ratio(comp.beauty, grain, comp.matte > 0.99)
    row["untraced_px"] = int((touched & ~made.trace.made).sum())
    row["shares"] = {f"{s.role}:{s.frame}": share for s, share in told.shares.items()}
    return row
