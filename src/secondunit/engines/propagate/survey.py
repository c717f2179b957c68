"""A look over the whole shot before anything is carried: does every key fit, and where does the shot break."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from secondunit.engines.contract import Context, EngineJob
from secondunit.engines.propagate.edit import read_edit
from secondunit.errors import BadInput
from secondunit.kernels.flow_cut import is_cut, thumbnail

_FILE = "cuts.json"


def survey(job: EngineJob, context: Context) -> None:
    """Write the frames that begin after a cut. Raises `BadInput` for keys that do not fit and frames no key reaches."""
    if len(job.frames) == 1:
        raise BadInput(
            f"the shot has one frame, {job.frames.first}, and that is the key",
            hint="there is nothing to carry it to; give a shot of two frames or more",
        )
    for frame in sorted(job.keys):
        read_edit(frame, context.plate(frame), context.key(frame))
    cuts, before = [], thumbnail(context.plate(job.frames.first))
    for frame in range(job.frames.first + 1, job.frames.last + 1):
        context.still_cleared()
        now = thumbnail(context.plate(frame))
        if is_cut(before, now):
            cuts.append(frame)
        before = now
    _check_reach(job, cuts)
    (context.folder / _FILE).write_text(json.dumps(cuts))


def read_cuts(folder: Path) -> tuple[int, ...]:
    """The frames that begin after a cut, from the survey's take."""
    return tuple(json.loads((folder / _FILE).read_text()))


def is_joined(a: int, b: int, cuts: Sequence[int]) -> bool:
    """Whether no cut lies between two frames."""
    return not any(min(a, b) < cut <= max(a, b) for cut in cuts)


def _check_reach(job: EngineJob, cuts: Sequence[int]) -> None:
    first = job.frames.first
    for start, end in zip((first, *cuts), (*cuts, job.frames.last + 1), strict=True):
        if any(start <= key < end for key in job.keys):
            continue
        where = f"{start - 1} and {start}" if start != first else f"{end - 1} and {end}"
        raise BadInput(
            f"a cut lies between frames {where}, and no key stands in {start}-{end - 1}",
            hint="split the shot there, or give a key on each side of the cut",
        )
