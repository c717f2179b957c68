"""The watermark in moving pictures: frames on their way into a review or delivery movie, and any file read back.

Most of a locked-off shot does not change from frame to frame, and neither need its mark: the residual of a part is
kept until that part of the picture has moved away from the one it was computed for. That is cheaper, calmer to look at
and survives compression better, since a still residual is coded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.media.colour import SRGB, review_for, to_display, to_working
from secondunit.media.images import read_still
from secondunit.media.movies import is_movie, look_at_movie, read_movie
from secondunit.provenance.watermark.watermark import (
    STRENGTH,
    Box,
    add_residual,
    decode_canonical,
    joined,
    picture_box,
    residual_of,
    split,
    to_canonical,
)
from secondunit.provenance.watermark.watermark_payload import N_PARTS, payload_bits
from secondunit.provenance.watermark.watermark_vote import LIMIT, LOOKS, vote_until_sure

F32 = npt.NDArray[np.float32]

DRIFT = 0.005  # mean change of a part, in code values 0..1, after which its residual is computed anew


@dataclass(frozen=True)
class Found:
    """A mark: the ledger `index` it names, and how sure that is.

    `agreement` is the share of the signs that are the index's, 0..1; `chance` an upper bound on how often an
    unmarked file agrees as well with any index; `n_frames` how many frames were read for it.
    """

    index: int
    agreement: float
    chance: float
    n_frames: int


def mark_frames(
    frames: Iterable[F32], index: int, *, strength: float = STRENGTH, drift: float = DRIFT
) -> Iterator[F32]:
    """Frames (h, w, 3) of display code values 0..1, one after the other, each carrying a ledger index.

    `strength` 1 is 42 dB PSNR, 0 leaves the frames as they are. `drift` 0 computes every frame's residual anew.
    Raises `BadInput` at once for an index that does not fit, `EngineFailed` without the networks' files.
    """
    return _marked(frames, _Marker(index, drift), strength) if strength else iter(frames)


def identify(path: Path) -> Found | None:
    """The mark of a movie or still, or None where no mark is sure (at most one unmarked file in ten million).

    Raises `BadMedia` for what cannot be read, `EngineFailed` without the networks' files.
    """
    pictures = _movie_pictures(path) if is_movie(path) else [_shapes(_still(path))]
    if not pictures:
        return None
    n_shapes = max(len(shapes) for shapes in pictures)

    def reader(shape: int) -> Callable[[int], F32]:
        return lambda k: decode_canonical(pictures[k][min(shape, len(pictures[k]) - 1)])

    reading, n_frames = vote_until_sure(len(pictures), [reader(shape) for shape in range(n_shapes)])
    if reading.chance > LIMIT:
        return None
    return Found(reading.index, reading.agreement, reading.chance, n_frames)


class _Marker:
    """The residual of each part, kept until that part of the picture has drifted from what it was computed for."""

    def __init__(self, index: int, drift: float) -> None:
        self._bits, self._drift = payload_bits(index), drift
        self._box: Box | None = None
        self._seen: list[F32 | None] = [None] * N_PARTS
        self._residuals: list[F32] = [np.zeros(0, np.float32)] * N_PARTS
        self._joined = np.zeros(0, np.float32)

    def residual(self, frame: F32, box: Box) -> F32:
        """The canonical residual of the next frame."""
        small = to_canonical(box.of(frame))
        if box != self._box:
            self._box, self._seen = box, [None] * N_PARTS
        parts = [_without_grain(part) for part in split(small)]
        stale = [n for n in range(N_PARTS) if self._has_drifted(self._seen[n], parts[n])]
        with ThreadPoolExecutor(2) as pool:
            made = list(pool.map(lambda n: residual_of(small, self._bits[n], n), stale))
        for n, residual in zip(stale, made, strict=True):
            self._seen[n], self._residuals[n] = parts[n], residual
        if stale:
            self._joined = joined(small, self._residuals)
        return self._joined

    def _has_drifted(self, seen: F32 | None, part: F32) -> bool:
        return seen is None or seen.shape != part.shape or not float(np.abs(part - seen).mean()) < self._drift


def _without_grain(part: F32) -> F32:
    """Half the size: grain moves every frame, and says nothing about whether the picture does."""
    return np.asarray(cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _marked(frames: Iterable[F32], marker: _Marker, strength: float) -> Iterator[F32]:
    for frame in frames:
        box = picture_box(frame)
        yield add_residual(frame, marker.residual(frame, box), box, strength)


def _movie_pictures(path: Path) -> list[list[F32]]:
    """Canonical pictures of frames from all over a movie, each in every shape that is tried."""
    # Neither rate nor colour space matters here, so a movie that does not tell them is read all the same.
    movie = look_at_movie(path, colourspace=SRGB, rate=Fraction(24))
    every = max(1, movie.n_frames // LOOKS[-1])
    return [_shapes(frame) for frame in read_movie(movie, every=every)]


def _still(path: Path) -> F32:
    still = read_still(path)
    review = review_for(still.colourspace)
    return np.clip(to_display(to_working(still.pixels, still.colourspace), review), 0, 1)


def _shapes(frame: F32) -> list[F32]:
    """The whole frame, and where it has black bars also the picture between them."""
    whole, box = Box.whole(frame), picture_box(frame)
    return [to_canonical(place.of(frame)) for place in dict.fromkeys((whole, box))]
