from __future__ import annotations

import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from secondunit.errors import BadInput, BadMedia, SecondUnitError
from secondunit.ingest import ingest
from secondunit.media.colour import LINEAR_REC709, REC709, review_for, to_display, to_working
from secondunit.media.exr import Layer, read_beauty, read_exr, write_exr
from secondunit.media.images import read_still, write_picture
from secondunit.media.movies import look_at_movie, read_movie
from secondunit.media.review_movie import write_movie
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.slate.show import Show
from secondunit.store import Store, create_show, open_show

SHOT = ShotName.parse("ABC_101_SEQ_0010")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return create_show(tmp_path / "show", Show("The Long Night", "ABC", Fraction(24)))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[0:48, 0:64]
    # Colours of a photograph: a screen's purest red at black would land between two half floats.
    picture = (0.2 + 0.6 * np.stack([x / 63, y / 47, np.full((48, 64), 0.5)], axis=2)).astype(np.float32)
    picture[:4], picture[4:8] = 0.0, 1.0
    write_picture(tmp_path / "my photo (1).png", picture)
    return tmp_path / "my photo (1).png"


def pull(store: Store, source: object, **options: object) -> Plate:
    return ingest(store, source, SHOT, **({"owner": "A. Lens", "licence": "owned"} | options))  # type: ignore[arg-type]


def sequence(folder: Path, numbers: range, scale: float = 1.0) -> None:
    for number in numbers:
        picture = np.full((24, 32, 3), number % 100 * scale, np.float32)
        picture[0, 0] = -0.5
        write_exr(folder / f"shot.{number:04d}.exr", {"beauty": picture}, colourspace="")


def nothing_was_left(store: Store) -> None:
    assert store.plates() == []
    assert list((store.root / "turnover").iterdir()) == []
    folder = store.root / "plates" / str(SHOT)
    assert not folder.exists() or list(folder.iterdir()) == []


# Stills


def test_a_photograph_becomes_a_held_plate(store: Store, photo: Path) -> None:
    plate = pull(store, photo)
    assert plate.label == "PL01_v001"
    assert plate.held
    assert plate.frames == FrameRange(1001, 1072)
    assert (plate.width, plate.height) == (64, 48)
    assert plate.rate == 24
    assert plate.source_name == "my photo (1).png"
    assert plate.pattern == f"plates/{SHOT}/PL01_v001/{SHOT}_PL01_v001.####.exr"
    files = sorted(p.name for p in store.path(plate.pattern).parent.glob("*.exr"))
    assert files == [f"{SHOT}_PL01_v001.1001.exr"]
    assert open_show(store.root).plate(SHOT) == plate


def test_a_photograph_looks_like_itself_in_review(store: Store, photo: Path) -> None:
    plate = pull(store, photo)
    working = read_beauty(store.path(plate.path_of(1050)))
    shown = to_display(working, review_for(plate.source_colourspace))
    assert np.array_equal(np.round(shown * 255), np.round(read_still(photo).pixels * 255))


def test_a_still_is_held_over_the_asked_range(store: Store, photo: Path) -> None:
    plate = pull(store, photo, frames=FrameRange(1001, 1003))
    assert len(plate.frames) == 3


def test_the_header_says_where_it_came_from(store: Store, photo: Path) -> None:
    plate = pull(store, photo)
    header = read_exr(store.path(plate.path_of(1001))).header
    assert header["secondunit:colourspace"] == "ACEScg"
    assert plate.source_sha256 in str(header["secondunit:recipe"])
    assert header["framesPerSecond"] == "24/1"
    assert header["smpte:TimeCode"] == "00:00:41:17"
    assert read_still(store.path(plate.path_of(1001))).colourspace == "ACEScg"


def test_the_same_source_again_bumps_the_version_and_is_kept_once(store: Store, photo: Path) -> None:
    first, second = pull(store, photo), pull(store, photo)
    assert (first.label, second.label) == ("PL01_v001", "PL01_v002")
    assert first.source_sha256 == second.source_sha256
    kept = list((store.root / "turnover").iterdir())
    assert [p.read_bytes() for p in kept] == [photo.read_bytes()]


# Sequences


def test_a_sequence_keeps_its_numbers_and_values(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1006), scale=10.0)
    plate = pull(store, tmp_path / "shot.####.exr")
    assert plate.frames == FrameRange(1001, 1005)
    assert plate.source_colourspace == LINEAR_REC709
    assert not plate.held
    last = read_beauty(store.path(plate.path_of(1005)))
    assert np.allclose(last[5, 5], 50.0, rtol=2e-3)
    assert np.allclose(last[0, 0], -0.5, rtol=2e-3)


def test_low_numbers_move_to_1001(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1, 5))
    plate = pull(store, tmp_path / "shot.%04d.exr")
    assert plate.frames == FrameRange(1001, 1004)
    assert np.allclose(read_beauty(store.path(plate.path_of(1003)))[5, 5], 3.0, rtol=2e-3)


def test_frames_are_picked_by_their_number(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1011))
    plate = pull(store, tmp_path / "shot.####.exr", frames=FrameRange(1004, 1006))
    assert plate.frames == FrameRange(1004, 1006)
    assert np.allclose(read_beauty(store.path(plate.path_of(1004)))[5, 5], 4.0, rtol=2e-3)
    with pytest.raises(BadInput, match="holds 10 frames and 72 were asked for"):
        pull(store, tmp_path / "shot.####.exr", frames=FrameRange(1001, 1072))


def test_a_hole_is_named_and_nothing_is_left(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1010))
    sequence(tmp_path, range(1013, 1015))
    with pytest.raises(BadMedia, match="frames 1010-1012 are missing"):
        pull(store, tmp_path / "shot.####.exr")
    nothing_was_left(store)


def test_a_frame_that_is_cut_short_leaves_nothing(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1006))
    bad = tmp_path / "shot.1004.exr"
    bad.write_bytes(bad.read_bytes()[:-40])
    with pytest.raises(BadMedia, match=r"`shot.1004.exr` is cut short"):
        pull(store, tmp_path / "shot.####.exr")
    nothing_was_left(store)
    sequence(tmp_path, range(1004, 1005))
    assert pull(store, tmp_path / "shot.####.exr").label == "PL01_v001"


def test_nan_and_infinity_are_named_and_recorded(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1004))
    broken = np.ones((24, 32, 3), np.float32)
    broken[3, 4], broken[5, 6, 0] = np.nan, np.inf
    # Through 32 bits: the half writer holds infinities at 65504 by itself.
    write_exr(tmp_path / "shot.1002.exr", {"beauty": Layer(broken, half=False)}, colourspace="")
    plate = pull(store, tmp_path / "shot.####.exr")
    assert plate.notes == ("frame 1002: 4 values were NaN or infinite and were replaced",)
    assert np.isfinite(read_beauty(store.path(plate.path_of(1002)))).all()
    assert open_show(store.root).plate(SHOT).notes == plate.notes


# Movies


def movie(path: Path, n_frames: int, rate: Fraction, sound: Path | None = None) -> None:
    pictures = (np.full((48, 64, 3), n / 40, np.float32) for n in range(n_frames))
    write_movie(path, pictures, rate, sound=sound)


def test_a_movie_keeps_its_exact_rate_and_codes(store: Store, tmp_path: Path) -> None:
    movie(tmp_path / "a.mov", 12, Fraction(24000, 1001))
    plate = pull(store, tmp_path / "a.mov")
    assert plate.rate == Fraction(24000, 1001)
    assert plate.frames == FrameRange(1001, 1012)
    assert plate.source_colourspace == REC709
    codes = list(read_movie(look_at_movie(tmp_path / "a.mov")))[7]
    shown = to_display(read_beauty(store.path(plate.path_of(1008))), review_for(REC709))
    assert np.abs(shown - np.clip(codes, 0, 1)).max() * 255 < 0.5


def test_a_movie_keeps_its_sound(store: Store, tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "s.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48000)
        out.writeframes(np.arange(48000).astype("<i2").tobytes())
    movie(tmp_path / "a.mov", 24, Fraction(24), tmp_path / "s.wav")
    plate = pull(store, tmp_path / "a.mov", frames=FrameRange(1001, 1012))
    with wave.open(str(store.path(plate.pattern).parent / "sound.wav"), "rb") as kept:
        assert kept.getnframes() == 24000
        raw = np.frombuffer(kept.readframes(24000), np.uint8).reshape(-1, 3)
    samples = raw[:, 1].astype(int) + raw[:, 2].astype(np.int8).astype(int) * 256
    assert np.array_equal(samples, np.arange(24000))


def test_a_movie_that_changes_size_leaves_nothing(store: Store, tmp_path: Path) -> None:
    import av

    for name, size in (("one", (64, 96)), ("two", (80, 112))):
        with av.open(str(tmp_path / f"{name}.ts"), "w") as container:
            stream = container.add_stream("mpeg2video", rate=25)
            stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
            for n in range(8):
                frame = av.VideoFrame.from_ndarray(np.full((*size, 3), n * 9, np.uint8), format="rgb24")
                container.mux(stream.encode(frame.reformat(format="yuv420p")))
            container.mux(stream.encode(None))
    joined = tmp_path / "joined.ts"
    joined.write_bytes((tmp_path / "one.ts").read_bytes() + (tmp_path / "two.ts").read_bytes())
    with pytest.raises(BadMedia, match="changes from 96×64 to 112×80 at frame"):
        pull(store, joined)
    nothing_was_left(store)


# What is refused


@pytest.mark.parametrize(
    ("owner", "licence"), [("", "owned"), ("  ", "owned"), ("A. Lens", ""), ("A. Lens", " ")]
)
def test_no_owner_or_no_licence(store: Store, photo: Path, owner: str, licence: str) -> None:
    with pytest.raises(BadInput, match=r"has no (owner|licence)"):
        pull(store, photo, owner=owner, licence=licence)
    nothing_was_left(store)
    assert list((store.root / "turnover").iterdir()) == []


def test_a_shot_of_another_show(store: Store, photo: Path) -> None:
    with pytest.raises(BadInput, match="belongs to the show `XYZ`") as caught:
        ingest(store, photo, ShotName.parse("XYZ_101_SEQ_0010"), owner="A", licence="owned")
    assert "ABC_101_SEQ_0010" in caught.value.hint


def test_an_unknown_colour_space(store: Store, photo: Path) -> None:
    with pytest.raises(BadInput, match="`ACESgc` is not in the config") as caught:
        pull(store, photo, colourspace="ACESgc")
    assert "ACEScg" in caught.value.hint
    nothing_was_left(store)


def test_a_named_colour_space_is_used(store: Store, photo: Path) -> None:
    plate = pull(store, photo, colourspace="lin_rec709")
    working = read_beauty(store.path(plate.path_of(1001)))
    expected = to_working(read_still(photo).pixels, LINEAR_REC709)
    assert np.allclose(working, expected, atol=1e-3)


@pytest.mark.parametrize("name", ["no.jpg", "no.mov", "no.####.exr", "no_such_folder/a.####.exr", "no"])
def test_what_is_not_there(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadMedia):
        pull(store, tmp_path / name)
    nothing_was_left(store)


@pytest.mark.parametrize("name", ["a.jpg", "a.mov", "a.exr", "a.bin", "a"])
@pytest.mark.parametrize("body", [b"", b"\x00\xff\x13" * 5000, b"hello, world " * 99])
def test_what_is_no_media(store: Store, tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(BadMedia) as caught:
        pull(store, tmp_path / name)
    assert "\n" not in str(caught.value)
    nothing_was_left(store)
    assert list((store.root / "turnover").iterdir()) == []


def test_a_movie_without_a_suffix_is_read(store: Store, tmp_path: Path) -> None:
    movie(tmp_path / "a.mov", 3, Fraction(25))
    (tmp_path / "a.mov").rename(tmp_path / "A001C002")
    assert len(pull(store, tmp_path / "A001C002").frames) == 3


# Being stopped


def test_an_interrupt_leaves_nothing(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1006))

    def stop(done: int, _all: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(store, tmp_path / "shot.####.exr", progress=stop)
    nothing_was_left(store)


def test_a_source_that_changes_while_it_is_read(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1004))

    def still_copying(done: int, _all: int) -> None:
        if done == 2:
            sequence(tmp_path, range(1003, 1004), scale=5.0)

    with pytest.raises(BadMedia, match="changed while it was read"):
        pull(store, tmp_path / "shot.####.exr", progress=still_copying)
    assert store.plates() == []


def test_progress_counts_to_the_end(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1004))
    seen: list[tuple[int, int]] = []
    pull(store, tmp_path / "shot.####.exr", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


RUN = """
    import os, sys
    from pathlib import Path
    from secondunit.ingest import ingest
    from secondunit.slate.naming import ShotName
    from secondunit.store import open_show
    def peak():
        # Not ru_maxrss: a child starts with its parent's.
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    seen = {}
    def progress(done, total):
        if done == int(sys.argv[3]):
            os.kill(os.getpid(), 9)
        if done in (10, total):
            seen[done] = peak()
    ingest(open_show(Path(sys.argv[1])), sys.argv[2], ShotName.parse("ABC_101_SEQ_0010"),
           owner="A", licence="owned", progress=progress)
    print(*seen.values())
"""


def run(store: Store, source: Path, kill_at: int = -1) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-c", textwrap.dedent(RUN), str(store.root), str(source), str(kill_at)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_a_killed_ingest_leaves_no_plate_and_can_be_run_again(store: Store, tmp_path: Path) -> None:
    sequence(tmp_path, range(1001, 1006))
    assert run(store, tmp_path / "shot.####.exr", kill_at=3).returncode == -9
    assert open_show(store.root).plates() == []
    assert pull(store, tmp_path / "shot.####.exr").label == "PL01_v001"
    assert [p.name for p in (store.root / "plates" / str(SHOT)).iterdir()] == ["PL01_v001"]


def test_frames_stream(store: Store, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).random((360, 640, 3), np.float32)
    write_exr(tmp_path / "first.exr", {"beauty": picture})
    for number in range(1001, 1061):
        (tmp_path / f"long.{number}.exr").hardlink_to(tmp_path / "first.exr")
    done = run(store, tmp_path / "long.####.exr")
    assert done.returncode == 0, done.stderr
    at_ten, at_end = (float(word) for word in done.stdout.split())
    # Fifty frames more of 3 MB each: nothing of them stays.
    assert at_end - at_ten < 12
    assert at_end < 1000


def test_every_refusal_is_a_sentence(store: Store, photo: Path) -> None:
    for options in ({"owner": ""}, {"licence": ""}, {"colourspace": "x"}, {"plate_name": "../x"}):
        with pytest.raises(SecondUnitError) as caught:
            pull(store, photo, **options)
        assert caught.value.exit_code == 2
        assert not str(caught.value).endswith(".")
        assert caught.value.hint
