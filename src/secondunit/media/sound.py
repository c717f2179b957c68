"""Sound that came with a movie, as 24-bit WAV, cut to the frames of a plate."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from secondunit.errors import BadMedia
from secondunit.media.disk import plain_disk_errors


def extract_sound(movie: Path, target: Path, *, start_s: Fraction, length_s: Fraction) -> bool:
    """Write the movie's first sound from `start_s` for `length_s` seconds to a WAV; False when it has none.

    Time counts from the first picture; where the sound starts later there is silence. Raises `BadMedia`.
    """
    with plain_disk_errors(target.parent), av.open(str(movie)) as container:
        if not container.streams.audio:
            return False
        stream, picture = container.streams.audio[0], container.streams.video[0]
        rate = int(stream.rate)
        n_channels = int(stream.codec_context.channels)
        zero = Fraction(0)
        if picture.start_time is not None:
            zero = picture.start_time * Fraction(picture.time_base)
        first, n_wanted = round(start_s * rate), round(length_s * rate)
        resample = av.AudioResampler(format="s32", layout=stream.codec_context.layout, rate=rate)
        n_written = 0
        with wave.open(str(target), "wb") as out:
            out.setnchannels(n_channels)
            out.setsampwidth(3)
            out.setframerate(rate)
            at = None
            try:
                for decoded in container.decode(stream):
                    for frame in resample.resample(decoded):
                        if at is None:
                            began = frame.pts * Fraction(frame.time_base) if frame.pts is not None else zero
                            at = round((began - zero) * rate) - first
                        samples = frame.to_ndarray().reshape(-1, n_channels)
                        n_written += _write_part(out, samples, at, n_written, n_wanted)
                        at += len(samples)
                    if n_written >= n_wanted:
                        break
            except FFmpegError:
                raise BadMedia(
                    f"the sound of `{movie.name}` is cut short or damaged", hint="copy or export it again"
                ) from None
            silence = np.zeros((n_wanted - n_written, n_channels), np.int32)
            out.writeframes(_packed(silence))
    return True


def _write_part(
    out: wave.Wave_write, samples: npt.NDArray[np.int32], at: int, n_written: int, n_wanted: int
) -> int:
    """Write what of `samples`, which start at sample `at`, is still to be written; returns how many."""
    gap = max(0, min(at, n_wanted) - n_written)
    if gap:
        out.writeframes(_packed(np.zeros((gap, samples.shape[1]), np.int32)))
        n_written += gap
    part = samples[max(0, n_written - at) : max(0, n_wanted - at)]
    out.writeframes(_packed(part))
    return gap + len(part)


def _packed(samples: npt.NDArray[np.int32]) -> bytes:
    """The upper three of four little-endian bytes."""
    return np.ascontiguousarray(samples.astype("<i4")).view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
