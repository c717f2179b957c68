"""Take something out of a shot: from other frames, from this one, from owned stills, in that order of trust.

Chunks: `study` looks at the shot, `motion` finds flow, `past` and `future` follow it both ways, `practice` measures on
a hole of known truth what may be copied, `fill` makes the frames. Every chunk holds a few frames at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import secondunit
from secondunit.engines.contract import Context, EngineChunk, EngineFrame, EngineJob, EngineSettings
from secondunit.engines.own_cards import own_card
from secondunit.engines.removal.desk import Desk, RemovalSettings, run_name, runs_of
from secondunit.engines.removal.fill import fill_run
from secondunit.engines.removal.passes import make_lessons, make_motion, make_pass, make_study
from secondunit.errors import BadInput
from secondunit.slate.frames import FrameRange
from secondunit.slate.rights_records import ToolCard

SMALLEST = 32  # pixels a side
_MEMORY = 1800e-6  # MiB a pixel, measured with runs of 24 frames at 768 × 432


class RemovalEngine:
    """Clean plate and removal."""

    name: ClassVar[str] = "removal"
    version: ClassVar[str] = secondunit.__version__
    card: ClassVar[ToolCard] = own_card("removal")
    Settings: ClassVar[type[EngineSettings]] = RemovalSettings

    def plan(self, job: EngineJob) -> tuple[EngineChunk, ...]:
        """Runs of frames: motion side by side, the passes one after the other. Raises `BadInput`."""
        _check(job)
        runs = runs_of(job.frames)
        chunks = [EngineChunk("study", (), weight=0.1 * len(job.frames))]
        motions = [
            _chunk("motion", run, ("study",), 0.3, last=min(run.last, job.frames.last - 1)) for run in runs
        ]
        chunks += motions
        chunks += _passes("past", runs, 1) + _passes("future", runs[::-1], -1)
        chunks += [_chunk("practice", run, ("study", *_both(run)), 0.2) for run in runs]
        lessons = tuple(run_name("practice", run) for run in runs)
        before: tuple[str, ...] = ()
        for n, run in enumerate(runs):
            near = tuple(run_name("motion", one) for one in runs[max(0, n - 1) : n + 1])
            needs = ("study", *near, *_both(run), *lessons, *before)
            chunks.append(EngineChunk(run_name("fill", run), tuple(run), needs, weight=1.0 * len(run)))
            before = (run_name("fill", run),)
        return tuple(replace(chunk, memory_mib=_MEMORY * job.height * job.width) for chunk in chunks)

    def render(self, job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
        """Make one chunk; only `fill` yields frames."""
        desk = Desk(job, context)
        stage = chunk.name.partition(" ")[0]
        if stage == "study":
            make_study(desk)
        elif stage == "motion":
            make_motion(desk, chunk)
        elif stage in ("past", "future"):
            make_pass(desk, chunk, 1 if stage == "past" else -1)
        elif stage == "practice":
            make_lessons(desk, chunk)
        else:
            yield from fill_run(desk, chunk)


def _chunk(
    stage: str, run: FrameRange, needs: tuple[str, ...], weight: float, last: int | None = None
) -> EngineChunk:
    data = {"first": run.first, "last": run.last if last is None else last}
    return EngineChunk(run_name(stage, run), (), needs, data, weight * len(run))


def _passes(stage: str, runs: tuple[FrameRange, ...], step: int) -> list[EngineChunk]:
    """A pass in its own order: each run needs its motion, its predecessor's, and where that one stopped."""
    chunks, before = [], None
    for run in runs:
        needs = ["study", run_name("motion", run)]
        if before is not None:
            needs += [run_name("motion", before), run_name(stage, before)]
        chunks.append(_chunk(stage, run, tuple(needs), 0.1))
        before = run
    return chunks


def _both(run: FrameRange) -> tuple[str, str]:
    return run_name("past", run), run_name("future", run)


def _check(job: EngineJob) -> None:
    if not job.masked:
        raise BadInput("removal needs a mask of what goes", hint="give `--mask`, white on what goes")
    if min(job.height, job.width) < SMALLEST:
        raise BadInput(
            f"a picture of {job.width}×{job.height} is too small", hint=f"{SMALLEST} pixels a side are the least"
        )
    settings = job.settings
    if not isinstance(settings, RemovalSettings):
        raise BadInput("removal was given the settings of another engine", hint="use its own `Settings`")
    if not 0 <= settings.grow <= 64:
        raise BadInput(f"`grow` is {settings.grow}", hint="give 0 to 64 pixels")
    if all(frame in settings.excluded_frames for frame in job.frames) and not job.references:
        raise BadInput("every frame is excluded and there is no reference", hint="leave something to copy from")
