"""What comes in, whatever its kind: its size, its rate, its frames one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.errors import BadMedia
from secondunit.media.colour import find_colourspace
from secondunit.media.images import Still, read_still
from secondunit.media.movies import is_movie, look_at_movie, read_movie
from secondunit.media.sequences import PICTURE_SUFFIXES, FrameFiles, check_sizes, find_sequence, is_sequence

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Source:
    """A turnover that was looked at but not yet read.

    `numbers` are the frames as the source counts them (one for a still). `frames(skip, count)` streams code
    values (h, w, 3) in `colourspace`, upright. `turnover` is the file, or the files by frame, to be kept.
    """

    name: str
    width: int
    height: int
    numbers: tuple[int, ...]
    colourspace: str
    turnover: Path | Mapping[int, Path]
    frames: Callable[[int, int], Iterator[F32]]
    rate: Fraction | None = None
    focal_35mm: float | None = None
    held: bool = False
    sound: Path | None = None
    notes: tuple[str, ...] = ()


def look_at(source: str | Path, colourspace: str | None, config: str) -> Source:
    """Find out what a source is from its name and headers. Raises `BadMedia`, `BadInput`."""
    if is_sequence(source):
        return _sequence(find_sequence(source), colourspace, config)
    path = Path(source)
    if is_movie(path):
        return _movie(path, colourspace, config)
    if path.suffix.lower() in PICTURE_SUFFIXES or not path.is_file():
        return _still(path, colourspace, config)
    try:
        return _still(path, colourspace, config)
    except BadMedia:
        pass
    try:
        return _movie(path, colourspace, config)
    except BadMedia:
        raise BadMedia(
            f"`{path.name}` is neither a picture nor a movie, or is damaged",
            hint="bring a still, a sequence such as `name.####.exr`, or a movie that FFmpeg reads",
        ) from None


def _still(path: Path, colourspace: str | None, config: str) -> Source:
    still = read_still(path, colourspace, config)
    height, width = still.pixels.shape[:2]
    return Source(
        name=path.name,
        width=width,
        height=height,
        numbers=(1,),
        colourspace=still.colourspace,
        turnover=path,
        frames=lambda _skip, _count: iter([still.pixels]),
        focal_35mm=still.focal_35mm,
        held=True,
        notes=still.notes,
    )


def _sequence(files: FrameFiles, colourspace: str | None, config: str) -> Source:
    width, height = check_sizes(files)
    first = read_still(files.paths[0], colourspace, config)

    def frames(skip: int, count: int) -> Iterator[F32]:
        for number, path in zip(
            files.numbers[skip : skip + count], files.paths[skip : skip + count], strict=True
        ):
            still = read_still(path, colourspace, config)
            if still.colourspace != first.colourspace:
                raise BadMedia(
                    f"frame {number} is in {still.colourspace} and the first in {first.colourspace}",
                    hint="pass `--colourspace` to say what all of them are in",
                )
            yield still.pixels

    return Source(
        name=Path(files.pattern).name,
        width=width,
        height=height,
        numbers=files.numbers,
        colourspace=first.colourspace,
        turnover=dict(zip(files.numbers, files.paths, strict=True)),
        frames=frames,
        rate=_header_rate(first),
        focal_35mm=first.focal_35mm,
        notes=first.notes,
    )


def _movie(path: Path, colourspace: str | None, config: str) -> Source:
    named = find_colourspace(colourspace, config) if colourspace else None
    movie = look_at_movie(path, named)
    return Source(
        name=path.name,
        width=movie.width,
        height=movie.height,
        numbers=tuple(range(1, movie.n_frames + 1)),
        colourspace=find_colourspace(movie.colourspace, config),
        turnover=path,
        frames=lambda skip, count: read_movie(movie, skip, count),
        rate=movie.rate,
        sound=path if movie.has_sound else None,
        notes=movie.notes,
    )


def _header_rate(still: Still) -> Fraction | None:
    if not still.rate:
        return None
    number, _, below = still.rate.partition("/")
    return Fraction(int(number), int(below or 1)) if int(number) > 0 and int(below or 1) > 0 else None
