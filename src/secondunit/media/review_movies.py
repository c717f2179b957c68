"""Several review movies from one pass over the frames: each frame is made once, each codec has a thread of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from queue import Full, Queue

import numpy as np
import numpy.typing as npt

from secondunit.media.review_movie import write_movie

F32 = npt.NDArray[np.float32]
Feed = Queue["F32 | BaseException | None"]

_AHEAD = 3  # frames that wait for a codec, so that memory does not grow with the clip


def write_movies(
    paths: Sequence[Path],
    frames: Iterable[F32],
    rate: Fraction,
    *,
    sound: Path | None = None,
    n_head: int = 0,
    title: str = "",
) -> int:
    """`write_movie` for several paths; returns the number of frames. Raises as it does, and leaves no movie then."""
    feeds: list[Feed] = [Queue(_AHEAD) for _ in paths]
    with ThreadPoolExecutor(len(paths)) as pool:
        writers = [
            pool.submit(write_movie, path, _taken(feed), rate, sound=sound, n_head=n_head, title=title)
            for path, feed in zip(paths, feeds, strict=True)
        ]
        last: BaseException | None = None
        try:
            for frame in frames:
                for feed, writer in zip(feeds, writers, strict=True):
                    _give(feed, frame, writer)
                if any(writer.done() for writer in writers):
                    break  # one of them failed, and says why below
        except BaseException as stop:
            last = stop
            raise
        finally:
            for feed, writer in zip(feeds, writers, strict=True):
                _give(feed, last, writer)
    try:
        return max(writer.result() for writer in writers)
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise


def _taken(feed: Feed) -> Iterator[F32]:
    while True:
        frame = feed.get()
        if frame is None:
            return
        if isinstance(frame, BaseException):
            raise frame
        yield frame


def _give(feed: Feed, frame: F32 | BaseException | None, writer: Future[int]) -> None:
    """Hand a frame over, unless the one who takes it is gone."""
    while not writer.done():
        try:
            feed.put(frame, timeout=0.2)
            return
        except Full:
            continue
