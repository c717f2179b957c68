"""Read any movie that FFmpeg reads, one frame at a time (PyAV)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from secondunit.errors import BadInput, BadMedia
from secondunit.media.source_colour import movie_colourspace
from secondunit.media.yuv import frame_to_rgb, guess_matrix

F32 = npt.NDArray[np.float32]

MOVIE_SUFFIXES = (
    *(".mov", ".mp4", ".m4v", ".mkv", ".webm", ".avi", ".mxf", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv"),
    *(".flv", ".ogv", ".3gp", ".gif", ".vob", ".y4m", ".nut"),
)
# Formats of FFmpeg that carry no rate, and those of single pictures.
_BARE_STREAMS = {"h264", "hevc", "vvc", "mjpeg", "m4v", "obu", "rawvideo", "dnxhd", "cavsvideo"}
_STILL_FORMATS = ("_pipe", "image2")


@dataclass(frozen=True)
class Movie:
    """What a movie is: upright size in pixels, exact frames per second, colour space, sound.

    `n_frames` is the number of frames that can be decoded; `rotation` the turn in degrees, counter-clockwise,
    that brings its frames upright. `notes` name what a plate should not have (interlace, odd pixels).
    """

    path: Path
    width: int
    height: int
    rate: Fraction
    n_frames: int
    colourspace: str
    has_sound: bool
    codec: str
    rotation: int = 0
    notes: tuple[str, ...] = ()


def is_movie(path: Path) -> bool:
    """Whether a file's suffix is that of a movie."""
    return path.suffix.lower() in MOVIE_SUFFIXES


def look_at_movie(path: Path, colourspace: str | None = None, rate: Fraction | None = None) -> Movie:
    """Everything about a movie but its pictures. Decodes its first frame and counts its packets.

    Raises `BadMedia` for what is no whole movie, `BadInput` for an unknown rate or colour space.
    """
    with _opened(path) as (container, stream):
        first = next(_decoded(container, stream, path), None)
        if first is None:
            raise BadMedia(f"`{path.name}` holds no frame that can be read", hint="copy or export it again")
        turn = int(first.rotation) % 360
        upright = (first.height, first.width) if turn in (90, 270) else (first.width, first.height)
        return Movie(
            path=path,
            width=upright[0],
            height=upright[1],
            rate=rate or _exact_rate(container, stream, path),
            n_frames=_count(path),
            colourspace=colourspace or movie_colourspace(int(first.color_trc), int(first.color_primaries), path),
            has_sound=bool(container.streams.audio),
            codec=str(stream.codec_context.name),
            rotation=turn,
            notes=_notes(first, stream),
        )


def read_movie(movie: Movie, skip: int = 0, count: int | None = None, every: int = 1) -> Iterator[F32]:
    """Stream frames as code values (h, w, 3) in the movie's colour space, upright, 0..1 from black to white.

    `every` n-th of the `count` frames after `skip` is given. Raises `BadMedia` naming the first frame (counted from 1)
    that has another size or cannot be decoded.
    """
    turns = movie.rotation // 90
    size = (movie.height, movie.width) if turns % 2 else (movie.width, movie.height)
    with _opened(movie.path) as (container, stream):
        matrix = guess_matrix(int(stream.codec_context.colorspace), size[1])
        for n, frame in enumerate(_decoded(container, stream, movie.path)):
            if (frame.width, frame.height) != size:
                raise BadMedia(
                    f"`{movie.path.name}` changes from {size[0]}×{size[1]} to {frame.width}×{frame.height} "
                    f"at frame {n + 1}",
                    hint="cut it there: every frame of a plate has one size",
                )
            if count is not None and n >= skip + count:
                return
            if n >= skip and (n - skip) % every == 0:
                yield np.ascontiguousarray(np.rot90(frame_to_rgb(frame, matrix), turns))


def _count(path: Path) -> int:
    """Frames that are shown: by packets where the container says how many it holds, else by decoding."""
    with _opened(path) as (container, stream):
        if not stream.frames:
            return _count_decoded(container, stream, path)
        n_packets = n_shown = 0
        try:
            for packet in container.demux(stream):
                n_packets += packet.size > 0
                n_shown += packet.size > 0 and not packet.is_discard
        except FFmpegError:
            raise _cut_short(path, n_packets, stream.frames) from None
        if n_packets < stream.frames:
            raise _cut_short(path, n_packets, stream.frames)
    return n_shown


def _count_decoded(container: Any, stream: Any, path: Path) -> int:
    n_frames, end = 0, Fraction(0)
    for frame in _decoded(container, stream, path):
        n_frames += 1
        if frame.pts is not None:
            end = frame.pts * Fraction(frame.time_base)
    # Matroska ends without an error where the file was cut; its track keeps the length it should have.
    promised = _seconds(stream.metadata.get("DURATION", ""))
    if promised is not None and n_frames > 1 and promised > (end + end / (n_frames - 1) * 3):
        raise _cut_short(path, n_frames)
    return n_frames


def _seconds(text: str) -> Fraction | None:
    """`HH:MM:SS.fraction` in seconds."""
    parts = text.split(":")
    try:
        return Fraction(parts[0]) * 3600 + Fraction(parts[1]) * 60 + Fraction(parts[2])
    except (ValueError, IndexError):
        return None


def _decoded(container: Any, stream: Any, path: Path) -> Iterator[Any]:
    n = 0
    try:
        for frame in container.decode(stream):
            if frame.is_corrupt:
                raise _cut_short(path, n)
            n += 1
            yield frame
    except FFmpegError:
        raise _cut_short(path, n) from None


def _cut_short(path: Path, n_good: int, n_all: int = 0) -> BadMedia:
    of = f" of {n_all}" if n_all else ""
    return BadMedia(
        f"`{path.name}` is cut short or damaged after frame {n_good}{of}", hint="copy or export it again"
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    if not path.exists():
        raise BadMedia(f"`{path}` does not exist", hint="check the path")
    if path.is_dir():
        raise BadMedia(f"`{path}` is a folder, not a movie", hint="name a file in it")
    if not os.access(path, os.R_OK):
        raise BadMedia(f"`{path}` may not be read", hint="ask for permission to read it")
    if path.stat().st_size == 0:
        raise BadMedia(f"`{path.name}` is empty", hint="copy or export it again")
    try:
        container = av.open(str(path))
    except FFmpegError:
        raise BadMedia(
            f"`{path.name}` is not a movie, or is cut short", hint="copy or export it again, as ProRes or H.264"
        ) from None
    with container:
        if container.format.name.endswith(_STILL_FORMATS):
            raise BadMedia(f"`{path.name}` is a still, not a movie", hint="give it the suffix of its kind")
        if not container.streams.video:
            raise BadMedia(f"`{path.name}` holds no picture", hint="bring the movie in, not its sound alone")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise BadMedia(f"the codec of `{path.name}` is not read", hint="export it as ProRes or H.264")
        stream.thread_type = "AUTO"
        yield container, stream


def _exact_rate(container: Any, stream: Any, path: Path) -> Fraction:
    # For bare streams FFmpeg invents 25.
    known = () if container.format.name in _BARE_STREAMS else (stream.average_rate, stream.guessed_rate)
    for rate in known:
        if rate and 1 <= rate <= 1000:
            return _standard(Fraction(rate))
    raise BadInput(
        f"the frame rate of `{path.name}` is not known",
        hint="put it into a container that has one, as .mov or .mp4",
    )


def _standard(rate: Fraction) -> Fraction:
    """The standard's rate when a container's time base rounds it (19001/793 is 24000/1001)."""
    whole = [Fraction(n) for n in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120)]
    ntsc = [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]
    near = min(whole + ntsc, key=lambda known: abs(known - rate))
    return near if abs(near - rate) < rate * Fraction(1, 5000) else rate.limit_denominator(1001)


def _notes(frame: Any, stream: Any) -> tuple[str, ...]:
    notes = []
    if frame.interlaced_frame:
        notes.append("the movie is interlaced and its fields were not separated")
    shape = stream.sample_aspect_ratio
    if shape and shape != 1:
        notes.append(f"its pixels are {shape} as wide as high and were taken as square")
    average, base = stream.average_rate, stream.guessed_rate
    if average and base and abs(Fraction(average) - Fraction(base)) > Fraction(base) / 50:
        notes.append("the movie's rate varies and every frame was taken once")
    return tuple(notes)
