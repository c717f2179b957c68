"""A new film that keeps its motion: one arrangement for all frames, its seams where they show in none of them.

What moves inside a piece moves as it did, so nothing boils; the arrangement is found on a few frames at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from secondunit.engines.contract import Context, EngineChunk, EngineFrame, EngineJob
from secondunit.engines.trace import Source
from secondunit.engines.vary.still import arranged, arranged_frame, coded, held

# How many frames, evenly spread, the arrangement is found on.
LOOKS = 4


def lay_film(job: EngineJob, keep: str, context: Context) -> None:
    """Find the arrangement and keep it in the chunk's folder."""
    looks = np.unique(np.linspace(job.frames.first, job.frames.last, LOOKS).round().astype(int))
    context.still_cleared()
    frames = np.concatenate([context.plate(int(frame)) for frame in looks], -1)
    codes = np.concatenate([coded(one) for one in np.split(frames, len(looks), -1)], -1)
    size = (job.height, job.width)
    hold = held(keep, np.ascontiguousarray(codes[..., :3]), size, context)
    field = arranged(codes, size, hold, np.random.default_rng(job.seed), context)
    np.savez_compressed(_file(context.folder), field=field, rows_kept=hold.heights is not None)


def film_frames(chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
    """The frames of a run."""
    with np.load(_file(context.take(chunk.needs[0]))) as kept:
        field, rows_kept = kept["field"], bool(kept["rows_kept"])
    for frame in chunk.frames:
        context.still_cleared()
        yield arranged_frame(frame, Source("plate", frame), context.plate(frame), field, rows_kept)


def _file(folder: Path) -> Path:
    return folder / "arrangement.npz"
