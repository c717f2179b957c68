from __future__ import annotations

import shutil
import wave
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from secondunit.errors import BadInput, BadMedia, EngineFailed
from secondunit.media.colour import REC709
from secondunit.media.images import write_picture
from secondunit.media.movies import look_at_movie, read_movie
from secondunit.media.review_movie import write_movie
from secondunit.media.sound import extract_sound


def smooth(n: int, height: int = 96, width: int = 128) -> np.ndarray:
    """Soft colour that chroma at half size can hold."""
    rough = (0.2 + 0.6 * np.random.default_rng(n).random((3, 4, 3))).astype(np.float32)
    return cv2.resize(rough, (width, height), interpolation=cv2.INTER_LINEAR)


def tone(path: Path, seconds: float, rate: int = 48000) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    samples = (np.sin(2 * np.pi * 440 * t) * 20000).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.stack([samples, samples], axis=1).tobytes())
    return samples


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Samples as 16 bits, and the rate."""
    with wave.open(str(path), "rb") as wav:
        raw = np.frombuffer(wav.readframes(wav.getnframes()), np.uint8).reshape(-1, 3)
        whole = np.pad(raw, ((0, 0), (1, 0))).copy().view("<i4")[:, 0] >> 16
        return whole.reshape(-1, wav.getnchannels()), wav.getframerate()


@pytest.mark.parametrize(("suffix", "error"), [("mov", 0.6), ("mp4", 1.2)])
def test_pictures_come_back(tmp_path: Path, suffix: str, error: float) -> None:
    path = tmp_path / f"a.{suffix}"
    frames = [smooth(n) for n in range(6)]
    assert write_movie(path, frames, Fraction(24000, 1001)) == 6
    movie = look_at_movie(path)
    assert (movie.width, movie.height, movie.rate, movie.n_frames) == (128, 96, Fraction(24000, 1001), 6)
    assert movie.colourspace == REC709
    back = list(read_movie(movie))
    for went, came in zip(frames, back, strict=True):
        assert np.abs(went - came).mean() * 255 < error
        assert abs((went - came).mean()) * 255 < 0.15


@pytest.mark.parametrize("suffix", ["mov", "mp4"])
def test_tags_say_rec709(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write_movie(path, [smooth(0)], Fraction(24))
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        expected = ("prores", "yuv422p10le") if suffix == "mov" else ("h264", "yuv420p")
        assert (context.name, context.pix_fmt) == expected
        if suffix == "mov":
            assert context.codec_tag == "apch"  # 422 HQ
    # The container says it too: players read the `colr` atom, not the codec.
    assert b"colrnclx" in path.read_bytes()[-200_000:] or b"colrnc" in path.read_bytes()


def test_grey_and_white_are_exact_to_a_ten_bit_code(tmp_path: Path) -> None:
    for level in (0.0, 0.18, 0.5, 1.0):
        write_movie(tmp_path / "a.mov", [np.full((64, 64, 3), level, np.float32)], Fraction(24))
        back = next(read_movie(look_at_movie(tmp_path / "a.mov")))
        assert np.abs(back - level).max() < 1 / 876


def test_odd_sizes_are_padded_to_a_multiple_of_four(tmp_path: Path) -> None:
    frame = smooth(1, 61, 99)
    write_movie(tmp_path / "a.mp4", [frame], Fraction(25))
    movie = look_at_movie(tmp_path / "a.mp4")
    assert (movie.width, movie.height) == (100, 64)
    back = next(read_movie(movie))
    assert np.abs(back[:61, :99] - frame).mean() * 255 < 2
    assert np.abs(back[63, :99] - frame[60]).mean() * 255 < 4


@pytest.mark.parametrize("suffix", ["mov", "mp4"])
def test_sound_stays_with_its_frame(tmp_path: Path, suffix: str) -> None:
    samples = tone(tmp_path / "s.wav", 2.0)
    path = tmp_path / f"a.{suffix}"
    write_movie(path, (smooth(n) for n in range(25)), Fraction(25), sound=tmp_path / "s.wav", n_head=5)
    assert look_at_movie(path).has_sound
    assert extract_sound(path, tmp_path / "o.wav", start_s=Fraction(5, 25), length_s=Fraction(20, 25))
    back, rate = read_wav(tmp_path / "o.wav")
    assert (len(back), rate) == (38400, 48000)
    loss = 0 if suffix == "mov" else 200
    assert np.abs(back[4000:-4000, 0] - samples[4000 : 38400 - 4000]).max() <= loss
    assert extract_sound(path, tmp_path / "o.wav", start_s=Fraction(0), length_s=Fraction(1, 5))
    silence, _ = read_wav(tmp_path / "o.wav")
    assert np.abs(silence[:-1500]).max() <= loss


def test_sound_that_ends_early_is_filled_with_silence(tmp_path: Path) -> None:
    tone(tmp_path / "s.wav", 0.2)
    write_movie(tmp_path / "a.mov", (smooth(n) for n in range(25)), Fraction(25), sound=tmp_path / "s.wav")
    assert extract_sound(tmp_path / "a.mov", tmp_path / "o.wav", start_s=Fraction(0), length_s=Fraction(1))
    back, _ = read_wav(tmp_path / "o.wav")
    assert len(back) == 48000
    assert np.abs(back[:9000]).max() > 10000
    assert not back[9601:].any()


def test_a_silent_movie_has_no_sound(tmp_path: Path) -> None:
    write_movie(tmp_path / "a.mov", [smooth(0)], Fraction(25))
    assert not extract_sound(tmp_path / "a.mov", tmp_path / "o.wav", start_s=Fraction(0), length_s=Fraction(1))
    assert not (tmp_path / "o.wav").exists()


def encode(
    path: Path, codec: str, layout: str, frames: list[np.ndarray], full: bool = False, matrix: int = 1
) -> None:
    """A movie as FFmpeg itself would make it, by its own conversion."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = layout
        stream.codec_context.color_range = 2 if full else 1
        stream.codec_context.colorspace = matrix
        for rgb in frames:
            codes = np.round(rgb * 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(codes, format="rgb24")
            frame = frame.reformat(
                format=layout,
                src_colorspace="ITU709",
                dst_colorspace="ITU709" if matrix == 1 else "ITU601",
                dst_color_range="JPEG" if full else "MPEG",
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("codec", "layout", "full", "matrix"),
    [
        ("ffv1", "yuv420p", False, 1),
        ("ffv1", "yuv422p10le", False, 1),
        ("ffv1", "yuv444p", True, 1),
        ("ffv1", "yuv444p", False, 6),
        ("ffv1", "yuv444p12le", False, 1),
        ("ffv1", "gbrp10le", False, 0),
        # This container keeps no matrix, and small pictures then count as BT.601.
        ("rawvideo", "yuyv422", False, 6),
        ("rawvideo", "nv12", False, 6),
        ("qtrle", "rgb24", False, 0),
        ("mjpeg", "yuvj420p", True, 6),
    ],
)
def test_every_layout_is_the_same_picture(
    tmp_path: Path, codec: str, layout: str, full: bool, matrix: int
) -> None:
    path = tmp_path / ({"rawvideo": "a.nut", "qtrle": "a.mov"}.get(codec) or "a.mkv")
    picture = smooth(4)
    encode(path, codec, layout, [picture], full, matrix)
    movie = look_at_movie(path, REC709)
    assert movie.n_frames == 1
    back = next(read_movie(movie))
    assert np.abs(back - picture).mean() * 255 < (2.5 if codec == "mjpeg" else 1.5)


def test_a_range_of_frames_is_streamed(tmp_path: Path) -> None:
    write_movie(tmp_path / "a.mov", (np.full((64, 64, 3), n / 20, np.float32) for n in range(20)), Fraction(24))
    means = [float(f.mean()) for f in read_movie(look_at_movie(tmp_path / "a.mov"), 5, 4)]
    assert np.allclose(means, [5 / 20, 6 / 20, 7 / 20, 8 / 20], atol=0.002)


def test_a_movie_that_changes_size_midway(tmp_path: Path) -> None:
    # MPEG transport streams can be joined end to end, as a broken recording is.
    for name, size in (("one", (64, 96)), ("two", (80, 112))):
        encode(tmp_path / f"{name}.ts", "mpeg2video", "yuv420p", [smooth(n, *size) for n in range(8)])
    joined = tmp_path / "joined.ts"
    joined.write_bytes((tmp_path / "one.ts").read_bytes() + (tmp_path / "two.ts").read_bytes())
    movie = look_at_movie(joined)
    with pytest.raises(BadMedia, match=r"changes from 96×64 to 112×80 at frame \d"):
        list(read_movie(movie))


@pytest.mark.parametrize("suffix", ["mov", "mp4", "mkv", "webm", "avi"])
@pytest.mark.parametrize("harm", ["missing", "empty", "random", "text", "folder", "half"])
def test_bad_movies_are_one_sentence(tmp_path: Path, suffix: str, harm: str) -> None:
    path = tmp_path / f"bad.{suffix}"
    if harm == "empty":
        path.touch()
    elif harm == "random":
        path.write_bytes(np.random.default_rng(1).bytes(20000))
    elif harm == "text":
        path.write_text("this is not a movie\n" * 99)
    elif harm == "folder":
        path.mkdir()
    elif harm == "half":
        if suffix in ("mov", "mp4"):
            write_movie(path, (smooth(n) for n in range(12)), Fraction(24))
        else:
            encode(
                path,
                "libvpx" if suffix == "webm" else "mjpeg",
                "yuv420p" if suffix == "webm" else "yuvj420p",
                [smooth(n) for n in range(12)],
                full=suffix != "webm",
            )
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadMedia) as caught:
        list(read_movie(look_at_movie(path)))
    assert f"bad.{suffix}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_rate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.h264"
    encode(path, "libx264", "yuv420p", [smooth(n) for n in range(3)])
    with pytest.raises(BadInput, match=r"frame rate of `a.h264` is not known") as caught:
        look_at_movie(path)
    assert caught.value.exit_code == 2


def test_a_still_that_calls_itself_a_movie(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", smooth(0))
    (tmp_path / "a.png").rename(tmp_path / "a.mov")
    with pytest.raises(BadMedia, match="is a still"):
        look_at_movie(tmp_path / "a.mov")


def test_high_dynamic_range_is_never_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.color_trc, stream.codec_context.color_primaries = 16, 9
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(BadInput, match=r"colour space of `a.mp4` is not known") as caught:
        look_at_movie(path)
    assert "--colourspace" in caught.value.hint


def test_other_suffixes_and_no_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no review movie"):
        write_movie(tmp_path / "a.avi", [smooth(0)], Fraction(24))
    with pytest.raises(BadInput, match="no frames"):
        write_movie(tmp_path / "a.mov", [], Fraction(24))


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "a.mov").symlink_to("/dev/full")
    with pytest.raises(EngineFailed, match="no space is left"):
        write_movie(tmp_path / "a.mov", (smooth(n) for n in range(20)), Fraction(24))


def test_a_movie_that_is_interrupted_is_removed(tmp_path: Path) -> None:
    def stopped():  # type: ignore[no-untyped-def]
        yield smooth(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_movie(tmp_path / "a.mov", stopped(), Fraction(24))
    assert list(tmp_path.iterdir()) == []


def test_a_phone_held_upright(tmp_path: Path) -> None:
    picture = smooth(2)
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 96, 128, "yuv420p"
        stream.set_display_rotation(90)
        frame = av.VideoFrame.from_ndarray(np.round(picture * 255).astype(np.uint8), format="rgb24")
        container.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU601")))
        container.mux(stream.encode(None))
    movie = look_at_movie(path)
    assert (movie.width, movie.height) == (96, 128)
    assert next(read_movie(movie)).shape == (128, 96, 3)


@pytest.fixture(autouse=True)
def _tidy(tmp_path: Path):  # type: ignore[no-untyped-def]
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
