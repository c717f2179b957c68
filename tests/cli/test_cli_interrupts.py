"""Stopped at any moment, and two at once: nothing half made is seen, and the next try goes on where it was."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import (
    DESTROY,
    OUTLINE,
    PROGRAM,
    SHOT,
    Said,
    bring_in,
    declare,
    done,
    end_of,
    half_made,
    is_alive,
    start,
    takes,
    until,
)
from test_cli_collapse import is_bit_identical, pictures

SHOOT = (*DESTROY, "--outline", OUTLINE)


def published(show: Path) -> list[str]:
    return [row["version"] for row in done("versions", "--show", show, "--json").data["versions"]]


def stop(process: subprocess.Popen[str], number: int) -> Said:
    """The whole group, as a terminal does with Ctrl-C and a farm with a job."""
    os.killpg(process.pid, number)
    return end_of(process)


def is_stopped_politely(said: Said, number: int, show: Path) -> None:
    assert said.code == 128 + number, said.err
    assert "stopped" in said.err
    assert "Traceback" not in said.err and "Process Spawn" not in said.err
    assert said.out == ""
    assert half_made(show) == []


def go_on(show: Path, before: dict[str, tuple[int, int]]) -> None:
    """The rerun ends well and makes nothing again that was finished."""
    done(*SHOOT, "--show", show)
    after = takes(show)
    assert {key: after.get(key) for key in before} == before
    assert done("verify", show).code == 0


def test_interrupted_killed_and_ended_it_goes_on(
    tmp_path: Path, plate: Path, shot_once: tuple[Path, Said]
) -> None:
    show = tmp_path / "another show"
    done("new", show, "--name", "Another", "--code", "TRL")
    declare(show)
    bring_in(show, plate)
    n_all = len(takes(shot_once[0]))
    seen: dict[str, tuple[int, int]] = {}
    left: set[str] = set()
    for number, moment in ((signal.SIGINT, 2), (signal.SIGKILL, 3), (signal.SIGTERM, 4)):
        # Memory that was never written to is not empty here: nothing may come to depend on it.
        process = start(*SHOOT, "--show", show, env=os.environ | {"MALLOC_PERTURB_": f"{60 * moment}"})
        until(lambda n=moment: len(takes(show)) >= n, process)  # type: ignore[misc]
        said = stop(process, number)
        if number == signal.SIGINT:
            is_stopped_politely(said, number, show)
        elif number == signal.SIGKILL:
            assert said.code == -number
        else:  # workers hear SIGTERM too, and may be missed first
            assert said.code in (128 + number, 4), said.err
            assert set(half_made(show)) <= left
        left = set(half_made(show))
        assert published(show) == []
        now = takes(show)
        assert {key: now[key] for key in seen} == seen  # nothing finished was made again
        assert moment <= len(now) < n_all
        seen = now
    go_on(show, seen)
    assert published(show) == ["v001"]
    # Another show, three times stopped: the pixels of the one that ran through.
    assert is_bit_identical(pictures(show), pictures(shot_once[0]))


def test_workers_end_with_a_parent_that_is_killed(plated: Path) -> None:
    process = start(*SHOOT, "--show", plated)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("this system does not list a process's children")
    until(lambda: len(takes(plated)) >= 2, process)
    workers = [int(pid) for pid in children.read_text().split()]
    assert len(workers) >= 2
    process.kill()
    process.wait()
    until(lambda: not any(is_alive(pid) for pid in workers), seconds=30)


def test_interrupted_before_the_first_take(plated: Path) -> None:
    process = start(*SHOOT, "--show", plated)
    time.sleep(1.5)
    said = stop(process, signal.SIGINT)
    if said.code == -signal.SIGINT:  # before the program itself had begun
        assert said.err == "" or "KeyboardInterrupt" in said.err
    else:
        is_stopped_politely(said, signal.SIGINT, plated)
    assert published(plated) == []


def test_stopped_while_the_version_is_written(finished: Path) -> None:
    before = takes(finished)
    for number in (signal.SIGINT, signal.SIGKILL):
        process = start(*SHOOT, "--show", finished)
        folder = finished / "versions" / SHOT / "destruction"
        until(lambda: any(folder.glob(".v*.partial/*")), process)  # noqa: B023
        said = stop(process, number)
        assert said.code in (-number, 128 + number)
        assert published(finished) == ["v001"]
        assert done("verify", finished).code == 0
        assert half_made(finished) == [] or number == signal.SIGKILL
    go_on(finished, before)
    assert half_made(finished) == []
    assert published(finished) == ["v001", "v002"]


def forget(show: Path, *stages: str) -> None:
    """Delete the takes of some stages: they are free to delete."""
    for folder in (show / "takes").glob("*/*"):
        if folder.name.startswith(stages):
            shutil.rmtree(folder)


@pytest.mark.slow
def test_two_at_once(finished: Path) -> None:
    """Both make the same takes and publish at the same moment."""
    forget(finished, "set-", "debris-", "dust-")
    before = takes(finished)
    both = [start(*SHOOT, "--show", finished, "--json") for _ in range(2)]
    said = [end_of(process) for process in both]
    assert [one.code for one in said] == [0, 0], [one.err for one in said]
    assert {one.data["version"] for one in said} == {"v002", "v003"}
    after = takes(finished)
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 3
    assert half_made(finished) == []
    assert done("verify", finished).code == 0


@pytest.mark.slow
def test_two_at_once_of_which_one_brings_another_set(finished: Path, tmp_path: Path) -> None:
    """Both write the shot's building file; each version keeps its own."""
    other = tmp_path / "other.toml"
    other.write_text((finished / "setups" / SHOT / "building.toml").read_text() + "\n[shot]\nseed = 1\n")
    processes = [
        start(*SHOOT, "--show", finished, "--json"),
        start(*DESTROY, "--building", other, "--show", finished, "--json"),
    ]
    said = [end_of(process) for process in processes]
    assert [one.code for one in said] == [0, 0], [one.err for one in said]
    texts = [(Path(one.data["folder"]) / "building.toml").read_text() for one in said]
    assert ["seed = 1" in text for text in texts] == [False, True]
    assert done("verify", finished).code == 0


# The disk


def shoot_with(limit: int, show: Path) -> Said:
    """Shoot where no file may grow beyond `limit` bytes: what a full disk does to whoever writes."""

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    return end_of(start(*SHOOT, "--show", show, first=narrow))


def is_out_of_space(said: Said, show: Path, n_versions: int = 0) -> None:
    assert said.code == 4, said.err
    assert said.sentence
    assert "run the same command again" in said.hint
    assert "Traceback" not in said.err
    assert said.out == ""
    assert half_made(show) == []
    assert len(published(show)) == n_versions


@pytest.mark.slow
def test_no_room_for_a_take_of_a_worker(finished: Path) -> None:
    forget(finished, "set-")
    before = takes(finished)
    is_out_of_space(shoot_with(900_000, finished), finished, 1)
    go_on(finished, before)


def test_no_room_for_the_surveyed_set(finished: Path) -> None:
    forget(finished, "surveyed-")
    before = takes(finished)
    is_out_of_space(shoot_with(200_000, finished), finished, 1)
    go_on(finished, before)


@pytest.mark.slow
def test_no_room_for_the_version(finished: Path) -> None:
    before = takes(finished)
    movie = (finished / "versions" / SHOT / "destruction" / "v001" / "review.mov").stat().st_size
    said = shoot_with(movie * 3 // 4, finished)
    is_out_of_space(said, finished, 1)
    go_on(finished, before)


TMPFS = """
set -e
mount -t tmpfs -o size={size}k tmpfs {place}
cp -a {show}/. {place}/
set +e
{command} --show {place} > {say}/out 2> {say}/err
echo $? > {say}/code
ls -A {place}/takes/*/ {place}/versions/*/* 2>/dev/null | grep partial > {say}/half
mount -o remount,size=200m {place}
{command} --show {place} > {say}/out2 2> {say}/err2
echo $? > {say}/code2
{verify} {place} > {say}/out3 2> {say}/err3
echo $? > {say}/code3
"""


def can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    words = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def on_a_small_disk(show: Path, tmp_path: Path, spare_kib: int) -> Callable[[str], str]:
    """Shoot on a disk of its own with so much space left, then with plenty; returns what was said."""
    place, say = tmp_path / "disk", tmp_path / "say"
    place.mkdir()
    say.mkdir()
    used = sum(-(-path.stat().st_size // 4096) * 4 + 4 for path in show.rglob("*"))
    program = " ".join(f"'{word}'" for word in PROGRAM)
    words = " ".join(f"'{word}'" for word in SHOOT)
    script = TMPFS.format(
        size=used + spare_kib, place=place, show=show, say=say,
        command=f"{program} {words}", verify=f"{program} verify",
    )  # fmt: skip
    subprocess.run(["unshare", "-rm", "sh", "-c", script], check=True, timeout=400)
    return lambda name: (say / name).read_text()


def is_mended_by_room(show: Path, tmp_path: Path, spare_kib: int) -> None:
    said = on_a_small_disk(show, tmp_path, spare_kib)
    assert said("code").strip() == "4", said("err")
    assert "no space" in said("err")
    assert "Traceback" not in said("err") and "hint: " in said("err")
    assert said("half") == ""
    assert said("code2").strip() == "0", said("err2")
    assert said("code3").strip() == "0", said("err3")


@pytest.mark.skipif(not can_mount(), reason="no disk of one's own can be mounted here")
def test_a_disk_that_is_full_while_the_version_is_written(finished: Path, tmp_path: Path) -> None:
    is_mended_by_room(finished, tmp_path, 900)


@pytest.mark.slow
@pytest.mark.skipif(not can_mount(), reason="no disk of one's own can be mounted here")
@pytest.mark.parametrize("spare_kib", [24, 300, 900, 1800, 3000, 4500])
def test_a_disk_that_is_full_at_any_moment(plated: Path, tmp_path: Path, spare_kib: int) -> None:
    is_mended_by_room(plated, tmp_path, spare_kib)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("moment", [0.3, 1.0, 2.0, 3.5, 5.0, 7.0, 9.0])
def test_stopped_at_any_moment(
    plated: Path, shot_once: tuple[Path, Said], number: signal.Signals, moment: float
) -> None:
    process = start(*SHOOT, "--show", plated)
    time.sleep(moment)
    said = stop(process, number)
    assert said.code in (0, -number, 128 + number, 4)
    if said.code > 0:
        assert half_made(plated) == []
    go_on(plated, takes(plated))
    assert is_bit_identical(pictures(plated), pictures(shot_once[0]))


@pytest.mark.slow
def test_two_at_once_from_the_start(plated: Path, shot_once: tuple[Path, Said]) -> None:
    both = [start(*SHOOT, "--show", plated, "--json") for _ in range(2)]
    said = [end_of(process) for process in both]
    assert [one.code for one in said] == [0, 0], [one.err for one in said]
    assert {one.data["version"] for one in said} == {"v001", "v002"}
    assert done("verify", plated).code == 0
    for version in ("v001", "v002"):
        assert is_bit_identical(pictures(plated, version), pictures(shot_once[0]))
