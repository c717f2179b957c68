"""Review movies: ProRes 422 HQ (`.mov`) and H.264 (`.mp4`), Rec.709 in matrix, primaries, transfer, range."""

from __future__ import annotations

import wave
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors, refused_write
from secondunit.media.yuv import planes_to_frame, rgb_to_planes

F32 = npt.NDArray[np.float32]

# Codec, pixel layout, bits, whether chroma rows are halved, sound codec, options.
_KINDS: dict[str, tuple[str, str, int, bool, str, dict[str, str]]] = {
    ".mov": ("prores_ks", "yuv422p10le", 10, False, "pcm_s24le", {"profile": "3", "vendor": "apl0"}),
    ".mp4": ("libx264", "yuv420p", 8, True, "aac", {"crf": "16", "preset": "medium"}),
}
_BT709, _LIMITED = 1, 1
_SOUND_BLOCK = 4096
# The index in front lets a browser start at once.
_CONTAINER = {"movflags": "+faststart+write_colr"}


def write_movie(
    path: Path,
    frames: Iterable[F32],
    rate: Fraction,
    *,
    sound: Path | None = None,
    n_head: int = 0,
    title: str = "",
) -> int:
    """Write display code values (h, w, 3) in 0..1 as a movie and return the number of frames.

    The suffix picks the codec. Sizes are padded with their last pixels to a multiple of 4. `sound` is a WAV that
    starts `n_head` frames into the movie (behind the slate) and ends with the pictures. Raises `BadInput` for
    another suffix or no frames, `EngineFailed` for a full disk. A movie that was not finished is removed.
    """
    if path.suffix.lower() not in _KINDS:
        raise BadInput(f"`{path.name}` is no review movie", hint="write `.mov` for ProRes or `.mp4` for H.264")
    incoming = iter(frames)
    first = next(incoming, None)
    if first is None:
        raise BadInput(f"there are no frames for `{path.name}`", hint="ask for at least one frame")
    try:
        with (
            plain_disk_errors(path.parent),
            _removed_unless_whole(path),
            av.open(str(path), "w", options=_CONTAINER) as container,
        ):
            if title:
                container.metadata["title"] = title
            picture = _picture_stream(container, path.suffix.lower(), first, rate)
            track = _sound_stream(container, path.suffix.lower(), sound) if sound else None
            n_frames = _mux_pictures(container, picture, path.suffix.lower(), chain([first], incoming))
            if sound and track:
                _mux_sound(container, track, sound, Fraction(n_head) / rate, Fraction(n_frames) / rate)
    except FFmpegError as error:
        raise refused_write(path, str(error)) from None
    return n_frames


@contextmanager
def _removed_unless_whole(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _picture_stream(container: Any, suffix: str, first: F32, rate: Fraction) -> Any:
    codec, layout, _, _, _, options = _KINDS[suffix]
    stream = container.add_stream(codec, rate=rate, options=dict(options))
    height, width = first.shape[:2]
    stream.width, stream.height = -(-width // 4) * 4, -(-height // 4) * 4
    stream.pix_fmt = layout
    context = stream.codec_context
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED
    return stream


def _mux_pictures(container: Any, stream: Any, suffix: str, frames: Iterator[F32]) -> int:
    _, layout, bits, halve_rows, _, _ = _KINDS[suffix]
    tick = 1 / Fraction(stream.codec_context.framerate)
    n_frames = 0
    for rgb in frames:
        planes = rgb_to_planes(_padded(rgb, stream.height, stream.width), bits=bits, halve_rows=halve_rows)
        frame = planes_to_frame(planes, layout)
        frame.color_primaries = frame.color_trc = _BT709
        frame.pts, frame.time_base = n_frames, tick
        container.mux(stream.encode(frame))
        n_frames += 1
    container.mux(stream.encode(None))
    return n_frames


def _padded(rgb: F32, height: int, width: int) -> F32:
    """A frame in 0..1 with its last row and column repeated to the movie's size."""
    below, right = height - rgb.shape[0], width - rgb.shape[1]
    if not (0 <= below < 4 and 0 <= right < 4):
        raise ValueError(f"a frame is {rgb.shape}, the movie {height} by {width}")
    padded = np.pad(rgb, ((0, below), (0, right), (0, 0)), mode="edge")
    return np.clip(np.nan_to_num(padded), 0, 1).astype(np.float32)


def _sound_stream(container: Any, suffix: str, sound: Path) -> Any:
    with wave.open(str(sound), "rb") as wav:
        layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}.get(wav.getnchannels())
        rate = wav.getframerate()
    if layout is None:
        raise BadInput(f"`{sound.name}` has an unusual number of channels", hint="use mono, stereo, 5.1 or 7.1")
    return container.add_stream(_KINDS[suffix][4], rate=rate, layout=layout)


def _mux_sound(container: Any, stream: Any, sound: Path, start_s: Fraction, end_s: Fraction) -> None:
    """Silence to `start_s`, then the sound, cut at `end_s`."""
    with wave.open(str(sound), "rb") as wav:
        n_channels, n_bytes, rate = wav.getnchannels(), wav.getsampwidth(), wav.getframerate()
        raw = np.frombuffer(wav.readframes(round((end_s - start_s) * rate)), np.uint8)
    samples = _as_s32(raw, n_bytes).reshape(-1, n_channels)
    silence = np.zeros((round(start_s * rate), n_channels), np.int32)
    whole = np.concatenate([silence, samples])
    fit = av.AudioResampler(format=stream.codec_context.format, layout=stream.codec_context.layout, rate=rate)
    for at in range(0, len(whole), _SOUND_BLOCK):
        block = np.ascontiguousarray(whole[at : at + _SOUND_BLOCK]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="s32", layout=stream.codec_context.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        for fitted in fit.resample(frame):
            container.mux(stream.encode(fitted))
    for fitted in fit.resample(None):
        container.mux(stream.encode(fitted))
    container.mux(stream.encode(None))


def _as_s32(raw: npt.NDArray[np.uint8], n_bytes: int) -> npt.NDArray[np.int32]:
    """Little-endian samples of 2, 3 or 4 bytes, moved up to 4."""
    padded = np.zeros((raw.size // n_bytes, 4), np.uint8)
    padded[:, 4 - n_bytes :] = raw.reshape(-1, n_bytes)
    return padded.view("<i4").reshape(-1).astype(np.int32)
