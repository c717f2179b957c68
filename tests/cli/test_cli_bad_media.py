"""What comes in wrong: one sentence, exit code 2, and the show as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from desk import SHOT, Said, done, is_refused, small_plate, type_in, untouched

from secondunit.media.exr import Layer, read_beauty, write_exr
from secondunit.media.images import write_picture
from secondunit.media.review_movie import write_movie

PICTURE = small_plate()


def ingest(show: Path, source: object, *options: object) -> Said:
    words = ("--shot", SHOT, "--owner", "A. Lens", "--licence", "owned")
    return type_in("ingest", source, *words, *options, "--show", show)


def write_source(path: Path, scale: float = 1.0) -> Path:
    """A sound source of the kind that the suffix says."""
    if path.suffix == ".exr":
        write_exr(path, {"beauty": PICTURE * np.float32(scale)}, colourspace="")
    elif path.suffix in (".mov", ".mp4"):
        write_movie(path, iter([PICTURE] * 6), Fraction(24))
    else:
        write_picture(path, PICTURE)
    return path


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])


def random_bytes(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(50_000))


def missing(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [missing, empty, truncated, random_bytes])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".exr", ".mov", ".mp4"])
def test_a_source_that_is_no_good(show: Path, tmp_path: Path, suffix: str, harm: Callable[[Path], None]) -> None:
    source = write_source(tmp_path / f"plate{suffix}")
    harm(source)
    with untouched(show):
        is_refused(ingest(show, source), 2, source.name)


@pytest.mark.parametrize("harm", [empty, truncated, random_bytes])
def test_one_bad_frame_in_a_sequence(show: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    for frame in range(1001, 1005):
        write_source(tmp_path / f"plate.{frame}.exr")
    harm(tmp_path / "plate.1003.exr")
    with untouched(show):
        is_refused(ingest(show, tmp_path / "plate.####.exr"), 2, "plate.1003.exr")


def test_a_movie_that_changes_size_midway(show: Path, tmp_path: Path) -> None:
    source = tmp_path / "two.ts"
    with av.open(str(source), "w", format="mpegts") as out:
        stream = out.add_stream("mpeg2video", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 200, "yuv420p"
        for size in ((320, 200), (160, 128)):
            encoder = av.CodecContext.create("mpeg2video", "w")
            encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
            encoder.framerate, encoder.time_base = Fraction(24), Fraction(1, 24)
            before = 0 if size[0] == 320 else 5
            for k in range(5):
                frame = av.VideoFrame(*size, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes([90 + k]) * plane.buffer_size)
                frame.pts = k + before
                for packet in encoder.encode(frame):
                    packet.stream, packet.time_base = stream, Fraction(1, 24)
                    out.mux(packet)
            for packet in encoder.encode(None):
                packet.stream, packet.time_base = stream, Fraction(1, 24)
                out.mux(packet)
    with untouched(show):
        is_refused(ingest(show, source), 2, "320×200", "160×128", "at frame")


def test_holes_in_a_sequence_are_named(show: Path, tmp_path: Path) -> None:
    for frame in (1001, 1002, 1005, 1006, 1008):
        write_source(tmp_path / f"plate.{frame}.exr")
    with untouched(show):
        is_refused(ingest(show, tmp_path / "plate.####.exr"), 2, "1003-1004, 1007")


def test_a_sequence_of_two_sizes(show: Path, tmp_path: Path) -> None:
    for frame in (1001, 1002, 1003):
        write_source(tmp_path / f"plate.{frame}.exr")
    write_exr(tmp_path / "plate.1003.exr", {"beauty": PICTURE[:100, :160]}, colourspace="")
    with untouched(show):
        is_refused(ingest(show, tmp_path / "plate.####.exr"), 2, "frame 1003", "160×100", "320×200")


def test_an_unknown_rate(show: Path, tmp_path: Path) -> None:
    source = tmp_path / "bare.h264"
    with av.open(str(source), "w", format="h264") as out:
        stream = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 200, "yuv420p"
        for k in range(3):
            frame = av.VideoFrame(320, 200, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([90 + k]) * plane.buffer_size)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with untouched(show):
        is_refused(ingest(show, source), 2, "frame rate", "not known")


@pytest.mark.parametrize(
    "frames, word",
    [
        ("1010-1001", "backwards"),
        ("", "not a frame range"),
        ("1001-", "not a frame range"),
        ("ten", "not a frame range"),
        ("1001-200000", "outside"),
        ("1001-1040", "6 frames"),
    ],
)
def test_a_range_that_cannot_be(show: Path, tmp_path: Path, frames: str, word: str) -> None:
    for frame in range(1001, 1007):
        write_source(tmp_path / f"plate.{frame}.exr")
    with untouched(show):
        is_refused(ingest(show, tmp_path / "plate.####.exr", "--frames", frames), 2, word)


def test_no_frames_at_all(show: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    sound = tmp_path / "sound.mov"
    with av.open(str(sound), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with untouched(show):
        is_refused(ingest(show, tmp_path / "nothing"), 2, "nothing")
        is_refused(ingest(show, tmp_path / "nothing" / "plate.####.exr"), 2, "plate.####.exr")
        is_refused(ingest(show, sound), 2, "no picture")


def test_nan_and_infinity_are_named_replaced_and_recorded(show: Path, tmp_path: Path) -> None:
    for frame in (1001, 1002):
        picture = PICTURE.copy()
        if frame == 1002:
            picture[10, 10] = np.nan
            picture[20, 20, 1] = np.inf
        # Through 32 bits: the half writer holds infinities at 65504 by itself.
        write_exr(tmp_path / f"plate.{frame}.exr", {"beauty": Layer(picture, half=False)}, colourspace="")
    said = ingest(show, tmp_path / "plate.####.exr", "--json")
    assert said.code == 0, said.err
    (note,) = (note for note in said.data["notes"] if "NaN" in note)
    assert "frame 1002" in note
    assert "4 values" in note
    assert note in said.err
    written = read_beauty(Path(said.data["path"].replace("####", "1002")))
    assert np.isfinite(written).all()
    # The record is in the show itself, where a colleague finds it.
    record = next(show.glob(f"plates/{SHOT}/*/plate.json")).read_text()
    assert "frame 1002" in record


@pytest.mark.parametrize(
    "wrong, near", [("ACESgc", "ACEScg"), ("Linear Rec.709", "Linear Rec.709 (sRGB)"), ("aces cg", "ACEScg")]
)
def test_an_unknown_colour_space_suggests_near_names(show: Path, plate: Path, wrong: str, near: str) -> None:
    with untouched(show):
        said = is_refused(ingest(show, plate, "--colourspace", wrong), 2, wrong)
        assert near in said.hint


def test_names_with_spaces_are_fine_for_a_source(show: Path, plate: Path, tmp_path: Path) -> None:
    source = tmp_path / "my plate (1), final.png"
    shutil.copyfile(plate, source)
    assert ingest(show, source).code == 0


@pytest.mark.parametrize("width", ["3", "0", "-320", "1000000"])
def test_a_width_that_cannot_be(show: Path, plate: Path, width: str) -> None:
    with untouched(show):
        is_refused(ingest(show, plate, "--width", width), 2, width)


def test_a_source_that_is_the_show_itself(show: Path) -> None:
    with untouched(show):
        is_refused(ingest(show, show / "show.toml"), 2, "show.toml")


def test_the_same_source_twice_is_kept_once(show: Path, plate: Path) -> None:
    first, second = (
        done("ingest", plate, "--shot", SHOT, "--owner", "A", "--licence", "owned", "--json", "--show", show).data
        for _ in range(2)
    )
    assert (first["plate"], second["plate"]) == ("PL01_v001", "PL01_v002")
    assert first["sha256"] == second["sha256"]
    assert len(list((show / "turnover").iterdir())) == 1
