"""The engine `auto`: patches and the network both make every frame, and a rehearsal says whom to believe where.

One key is left out, both carry the others to it, and what the artist painted there tells which of them was nearer
(`choose.py`). Then both work with all keys, and each region of each frame goes to the one that its looks speak for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

import secondunit
from secondunit.engines.contract import Context, Engine, EngineChunk, EngineFrame, EngineJob, EngineSettings
from secondunit.engines.keyframe.choose import Views, choose, colours_of, patch_share
from secondunit.engines.keyframe.choose_file import draw_choice, load_choice, save_choice
from secondunit.engines.keyframe.engine import TRAIN, KeyframeEngine
from secondunit.engines.keyframe.exam_sheet import over_plate
from secondunit.engines.keyframe.lay_together import lay_together
from secondunit.engines.keyframe.settings import KeyframeSettings
from secondunit.engines.own_cards import own_card
from secondunit.engines.propagate.engine import PropagateEngine, PropagateSettings
from secondunit.slate.frames import FrameRange
from secondunit.slate.rights_records import ToolCard

NETWORK, PATCHES, EXAM_NETWORK, EXAM_PATCHES = "network", "patches", "rehearsed network", "rehearsed patches"
CHOICE = "choice"
_REHEARSED = "rehearsed.npz"
_REHEARSAL = 0.5  # of the training's length


class AutoSettings(EngineSettings):
    """Those of the network; the patches take theirs as they are. A rehearsal of half the length comes on top."""

    minutes: float = Field(2.0, gt=0, le=600, description="the longest the network trains")
    steps: int = Field(0, ge=0, description="train exactly so many steps instead: the same pixels again")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="a GPU where PyTorch has one")


@dataclass(frozen=True)
class _Part:
    """One of the four jobs that this one consists of."""

    engine: Engine
    job: EngineJob

    def chunk(self, name: str) -> EngineChunk:
        return next(chunk for chunk in self.engine.plan(self.job) if chunk.name == name)


class AutoEngine:
    """The layer `patch_share` says for each pixel how much of it is patches; the network has the rest."""

    name: ClassVar[str] = "auto"
    version: ClassVar[str] = secondunit.__version__
    card: ClassVar[ToolCard] = own_card("auto")
    Settings: ClassVar[type[EngineSettings]] = AutoSettings

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def plan(self, job: EngineJob) -> tuple[EngineChunk, ...]:
        """Rehearsal, choice, then both. Raises `BadInput` as the two engines do.

        A single key leaves nothing to measure by: then patches carry it alone.
        """
        if len(job.keys) < 2:
            alone = replace(job, settings=PropagateSettings.model_validate({}))
            return tuple(_as_part(PATCHES, chunk) for chunk in PropagateEngine().plan(alone))
        parts, exam = self._parts(job), _exam(job)
        rehearsal = _needed_for(exam, parts[EXAM_PATCHES])
        chunks = [_as_part(EXAM_PATCHES, chunk, silent=True) for chunk in rehearsal]
        chunks += [_as_part(name, parts[name].chunk(TRAIN)) for name in (EXAM_NETWORK, NETWORK)]
        seen = f"{EXAM_PATCHES}: {rehearsal[-1].name}"
        chunks.append(EngineChunk(CHOICE, (), (seen, f"{EXAM_NETWORK}: {TRAIN}"), {"part": CHOICE, "seen": seen}))
        for chunk in parts[PATCHES].engine.plan(parts[PATCHES].job):
            own = _as_part(PATCHES, chunk)
            if own.frames:
                own = replace(own, needs=(*own.needs, CHOICE, f"{NETWORK}: {TRAIN}"))
            chunks.append(own)
        return tuple(chunks)

    def render(self, job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
        """One chunk of the two engines, the choice, or frames of both laid together."""
        name = chunk.data["part"]
        if name == CHOICE:
            self._choose(job, chunk, context)
            return
        part = self._parts(job)[name]
        made = part.engine.render(part.job, part.chunk(chunk.data["chunk"]), _doors(context, name))
        if name == EXAM_PATCHES:
            _keep_exam(made, _exam(job), context)
        elif CHOICE in chunk.needs:
            yield from self._lay(job, chunk, context, made)
        else:
            yield from made

    def _parts(self, job: EngineJob) -> dict[str, _Part]:
        settings = job.settings
        assert isinstance(settings, AutoSettings)
        exam, keys = _exam(job), sorted(job.keys)
        network, patches = KeyframeEngine(self._clock), PropagateEngine()
        full = KeyframeSettings(**settings.model_dump())
        short = KeyframeSettings(
            minutes=settings.minutes * _REHEARSAL,
            steps=round(settings.steps * _REHEARSAL),
            device=settings.device,
            leave_out=exam,
        )
        around = [key for key in keys if key != exam]
        before, after = [k for k in around if k < exam][-1:], [k for k in around if k > exam][:1]
        span = FrameRange((*before, exam)[0], (exam, *after)[-1])
        near = replace(job, frames=span, keys=(*before, *after), settings=PropagateSettings.model_validate({}))
        return {
            NETWORK: _Part(network, replace(job, settings=full)),
            PATCHES: _Part(patches, replace(job, settings=PropagateSettings.model_validate({}))),
            EXAM_NETWORK: _Part(network, replace(job, settings=short)),
            EXAM_PATCHES: _Part(patches, near),
        }

    def _choose(self, job: EngineJob, chunk: EngineChunk, context: Context) -> None:
        exam = _exam(job)
        with np.load(context.take(chunk.data["seen"]) / _REHEARSED) as kept:
            patches, error = kept["picture"], kept["match_error"]
        network = self._network(job, (exam,), EXAM_NETWORK, context)
        said = next(network)
        plate, truth = context.plate(exam), context.key(exam)
        views = Views(plate, over_plate(plate, said.picture, said.matte), patches, error)
        choice = choose(views, truth, colours_of([context.plate(key) for key in job.keys if key != exam]))
        save_choice(context.folder, choice)
        preview = context.workbench / "choice.png"
        draw_choice(preview, views, truth, patch_share(choice, views))
        context.tell(
            f"key {exam}, unseen: network {choice.network_db:.1f} dB, patches {choice.patches_db:.1f} dB, "
            f"by region {choice.blend_db:.1f} dB, preview {preview}"
        )

    def _network(
        self, job: EngineJob, frames: tuple[int, ...], name: str, context: Context
    ) -> Iterator[EngineFrame]:
        part = self._parts(job)[name]
        chunk = EngineChunk("frames", frames, (TRAIN,))
        return part.engine.render(part.job, chunk, _doors(context, name))

    def _lay(
        self, job: EngineJob, chunk: EngineChunk, context: Context, made: Iterator[EngineFrame]
    ) -> Iterator[EngineFrame]:
        choice = load_choice(context.take(CHOICE))
        for said, copied in zip(self._network(job, chunk.frames, NETWORK, context), made, strict=True):
            plate = context.plate(said.frame)
            network, patches = (over_plate(plate, one.picture, one.matte) for one in (said, copied))
            views = Views(plate, network, patches, copied.layers["match_error"])
            yield lay_together(said, copied, patch_share(choice, views))


def _exam(job: EngineJob) -> int:
    """The key that both are measured by: the middle one."""
    return sorted(job.keys)[len(job.keys) // 2]


def _needed_for(frame: int, part: _Part) -> list[EngineChunk]:
    """The chunks of a plan up to the one that makes a frame, without those it does not need."""
    plan = part.engine.plan(part.job)
    by_name = {chunk.name: chunk for chunk in plan}
    needed = [next(chunk.name for chunk in plan if frame in chunk.frames)]
    for name in needed:
        needed += [one for one in by_name[name].needs if one not in needed]
    return [chunk for chunk in plan if chunk.name in needed]


def _as_part(part: str, chunk: EngineChunk, *, silent: bool = False) -> EngineChunk:
    """A chunk of one of the four jobs as a chunk of this one."""
    return replace(
        chunk,
        name=f"{part}: {chunk.name}",
        frames=() if silent else chunk.frames,
        needs=tuple(f"{part}: {name}" for name in chunk.needs),
        data={"part": part, "chunk": chunk.name},
    )


def _doors(context: Context, part: str) -> Context:
    return replace(context, take=lambda name: context.take(f"{part}: {name}"))


def _keep_exam(made: Iterator[EngineFrame], exam: int, context: Context) -> None:
    for one in made:
        if one.frame == exam:
            picture = over_plate(context.plate(exam), one.picture, one.matte)
            np.savez(context.folder / _REHEARSED, picture=picture, match_error=one.layers["match_error"])
