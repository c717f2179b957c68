"""The plan of a propagation: a survey, passes back from each key, and runs that go forward and lay both together.

A run between two keys goes on from the run before it, and reads what the pass back from the later key left for its
frames. Before the first key there are only passes back, after the last only runs. How long a run is changes no pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from secondunit.engines.contract import EngineChunk, EngineJob
from secondunit.errors import BadInput

SURVEY = "survey"
_SURVEY_COST, _CARRY_COST, _LAY_COST = 0.1e-6, 1.4e-6, 1.2e-6  # CPU seconds a pixel and frame
_MEMORY = 640e-6  # MiB a pixel, measured at 1920 × 1080


def plan_chunks(job: EngineJob, run: int, smallest: int) -> tuple[EngineChunk, ...]:
    """Chunks of at most `run` frames. Raises `BadInput` for keys and sizes that cannot be used."""
    _check(job, smallest)
    keys, pixels = sorted(job.keys), job.height * job.width
    survey = EngineChunk(SURVEY, (), weight=_SURVEY_COST * pixels * len(job.frames))
    chunks = [survey]
    for earlier, later in pairwise([None, *keys, None]):
        first = job.frames.first if earlier is None else earlier
        last = job.frames.last if later is None else later - 1
        if last < first:
            continue
        back: dict[int, str] = {}
        if later is not None:
            for chunk in _passes(later, last, first if earlier is None else first + 1, run, pixels):
                chunks.append(chunk)
                back |= dict.fromkeys(chunk.data["carry"], chunk.name)
        chunks += _runs(earlier, later, first, last, back, run, pixels)
    return tuple(replace(chunk, memory_mib=_MEMORY * pixels) for chunk in chunks)


def _passes(key: int, high: int, low: int, run: int, pixels: int) -> Iterator[EngineChunk]:
    """Back from a key: frames `high` down to `low`."""
    before = ""
    for top in range(high, low - 1, -run):
        frames = list(range(top, max(top - run, low - 1), -1))
        name = f"back {frames[-1]}-{top} from {key}"
        needs = (SURVEY, before) if before else (SURVEY,)
        yield EngineChunk(
            name, (), needs, {"key": key, "carry": frames, "after": before}, _CARRY_COST * pixels * len(frames)
        )
        before = name


def _runs(
    earlier: int | None, later: int | None, first: int, last: int, back: dict[int, str], run: int, pixels: int
) -> Iterator[EngineChunk]:
    """Forward: frames `first` to `last`, the first of which is the earlier key where there is one."""
    before = ""
    for start in range(first, last + 1, run):
        frames = tuple(range(start, min(start + run, last + 1)))
        name = f"frames {frames[0]}-{frames[-1]}"
        needs = [SURVEY] + ([before] if before and earlier is not None else [])
        found = {str(frame): back[frame] for frame in frames if frame in back}
        needs += sorted(set(found.values()))
        cost = (_LAY_COST + (0 if earlier is None else _CARRY_COST)) * pixels * len(frames)
        data = {
            "earlier": earlier,
            "later": later,
            "after": before if earlier is not None else "",
            "found": found,
        }
        yield EngineChunk(name, frames, tuple(needs), data, cost)
        before = name


def _check(job: EngineJob, smallest: int) -> None:
    if not job.keys:
        raise BadInput("a look cannot be carried without a key", hint="give at least one edited frame")
    for frame in job.keys:
        if frame not in job.frames:
            raise BadInput(
                f"key {frame} is outside the shot's frames {job.frames}", hint="check the key's number"
            )
        if job.keys.count(frame) > 1:
            raise BadInput(f"key {frame} is given more than once", hint="keep one edit of each frame")
    if min(job.height, job.width) < smallest:
        raise BadInput(
            f"frames of {job.width} × {job.height} pixels are smaller than a patch of {smallest} × {smallest}",
            hint="give the plate at its full size",
        )
