"""A plate that is coming in: stopped, two at once, no room. It is there whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from desk import SHOT, done, end_of, half_made, start, tree, until, untouched

from secondunit.media.exr import write_exr

WORDS = ("--shot", SHOT, "--owner", "A. Lens", "--licence", "owned")
N_FRAMES = 60


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames enough to be stopped among."""
    folder = tmp_path_factory.mktemp("sequence")
    picture = np.random.default_rng(4).uniform(0, 1, (240, 400, 3)).astype(np.float32)
    for k in range(N_FRAMES):
        write_exr(folder / f"plate.{1001 + k}.exr", {"beauty": picture}, colourspace="ACEScg")
    return folder / "plate.####.exr"


def plates(show: Path) -> list[str]:
    return sorted(path.parent.name for path in show.glob("plates/*/*/plate.json"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_among_its_frames(show: Path, sequence: Path, number: signal.Signals) -> None:
    process = start("ingest", sequence, *WORDS, "--show", show)
    until(lambda: len(list(show.glob("plates/*/.*.partial/*"))) >= 3, process)
    os.killpg(process.pid, number)
    said = end_of(process)
    assert said.code in (-number, 128 + number), said.err
    assert plates(show) == []
    if number != signal.SIGKILL:
        assert half_made(show) == []
        assert "Traceback" not in said.err and "stopped" in said.err
    done("ingest", sequence, *WORDS, "--show", show)
    assert plates(show) == ["PL01_v001"]
    # A copy whose process died a moment ago is swept from the turnover a minute later.
    assert all(path.startswith("turnover/") for path in half_made(show))
    assert len(list(show.glob("plates/*/PL01_v001/*.exr"))) == N_FRAMES


def test_two_at_once(show: Path, sequence: Path) -> None:
    both = [start("ingest", sequence, *WORDS, "--show", show, "--json") for _ in range(2)]
    said = [end_of(process) for process in both]
    assert [one.code for one in said] == [0, 0], [one.err for one in said]
    assert {one.data["plate"] for one in said} == {"PL01_v001", "PL01_v002"}
    assert half_made(show) == []
    assert len([path for path in (show / "turnover").iterdir() if path.suffix == ".json"]) == 1


def test_no_room_for_a_plate(show: Path, sequence: Path) -> None:
    one = next(sequence.parent.glob("*.exr")).stat().st_size

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (one // 2, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    with untouched(show):
        said = end_of(start("ingest", sequence, *WORDS, "--show", show, first=narrow))
        assert said.code == 4, said.err
        assert said.sentence and said.hint and said.out == ""
        assert "Traceback" not in said.err
    done("ingest", sequence, *WORDS, "--show", show)


def test_a_show_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        for moment in (0.6, 1.0):
            place = tmp_path / f"show {number} {moment}"
            process = start("new", place, "--name", "Trial", "--code", "TRL")
            time.sleep(moment)
            if process.poll() is None:
                os.killpg(process.pid, number)
            end_of(process)
            if place.exists():
                assert done("versions", "--show", place, "--json").data == {"versions": []}
            else:
                done("new", place, "--name", "Trial", "--code", "TRL")
            assert tree(place)
