"""A new film from patches in space and time of an owned one: what moves may change its path and its moment.

The whole film is laid at once (`kernels.patch.space_time`). What is kept of it is each pixel's own patch, of which it
is the middle: a vote of all patches over a pixel is blurred where they disagree (measured: sharpness .82 against
.90), a copy is not. Each frame is then built from its trace, so that the trace cannot but be exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import Context, EngineChunk, EngineFrame, EngineJob
from secondunit.engines.trace import CopyPart, Source, Trace, rebuild
from secondunit.engines.vary.measures import sharpness
from secondunit.errors import BadInput
from secondunit.kernels.patch.space_time import CLIP, vary_clip

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

# How far the coarsest film strays from the source, in halves of its range. Measured: at .75 nearly every patch ends
# where it was, at 2 a sixth of them does.
NOISE = 2.0
COMPLETENESS = 0.1
# Frames that a patch holds.
DEPTH = 3
# Pixels of all frames together. Measured: 195 bytes each, so two gigabytes, and 14 CPU seconds a million.
MOST = 10_000_000


def check_film(job: EngineJob) -> None:
    """Raises `BadInput` for a film too short or too large."""
    n = len(job.frames)
    if n < DEPTH:
        raise BadInput(
            f"a clip of {n} frames is too short to vary", hint=f"give {DEPTH} frames or more, or a still"
        )
    pixels = n * job.height * job.width
    if pixels > MOST:
        most = int(job.width * (MOST / pixels) ** 0.5)
        raise BadInput(
            f"a clip of {n} frames of {job.width}×{job.height} is too large for patches in space and time",
            hint=f"ask for {most}×{most * job.height // job.width}, for fewer frames, or for `motion=kept`",
        )


def lay_patches(job: EngineJob, context: Context) -> None:
    """Lay the film of the plate's frames and keep its field in the chunk's folder."""
    frames = []
    for frame in job.frames:
        context.still_cleared()
        frames.append(context.plate(frame))
    made = vary_clip(
        np.stack(frames),
        len(job.frames),
        job.height,
        job.width,
        seed=job.seed,
        noise=NOISE,
        completeness=COMPLETENESS,
    )
    np.savez_compressed(_file(context.folder), field=made.field.astype(np.int16))


def patch_frames(job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
    """The frames of a run, each built from its trace."""
    with np.load(_file(context.take(chunk.needs[0]))) as kept:
        field: I32 = kept["field"].astype(np.int32)
    plate = lru_cache(maxsize=None)(context.plate)
    one = np.ones((job.height, job.width), np.float32)
    for frame in chunk.frames:
        context.still_cleared()
        trace = film_trace(field, frame - job.frames.first, job.frames.first)
        picture = rebuild(trace, lambda source: plate(source.frame))
        measures = {"sharpness": sharpness(picture) / max(sharpness(plate(frame)), 1e-9)}
        yield EngineFrame(frame, picture, one, trace, measures=measures)


def film_trace(field: I32, at: int, first: int) -> Trace:
    """The trace of frame `at` of a film's field (n, h, w, 3), frame, row, column of each patch's middle.

    Near the film's border, where no whole patch has its middle, a pixel goes with the nearest patch. `first` is the
    number of the film's first frame.
    """
    n, h, w = field.shape[:3]
    depth, r = DEPTH // 2, CLIP.radius
    inner = (
        np.clip(at, depth, n - 1 - depth),
        np.clip(np.arange(h), r, h - 1 - r)[:, None],
        np.clip(np.arange(w), r, w - 1 - r),
    )
    frames, rows, columns = (field[inner][..., axis] for axis in range(3))
    frames = frames + at - inner[0]
    used = np.unique(frames)
    source = np.searchsorted(used, frames).astype(np.int32)
    x = (columns + np.arange(w) - inner[2]).astype(np.float32)
    y = (rows + np.arange(h)[:, None] - inner[1]).astype(np.float32)
    one = np.ones((h, w), np.float32)
    sources = tuple(Source("plate", first + int(k)) for k in used)
    return Trace(sources, one > 0, (CopyPart(source, x, y),), (one,))


def _file(folder: Path) -> Path:
    return folder / "film.npz"
