"""The farm runs what is missing, in order, and loses nothing when it is killed."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from secondunit.errors import BadInput, EngineFailed, NotCleared
from secondunit.farm.chunk import Chunk, Takes, in_order, take_key
from secondunit.farm.local import run_chunks
from secondunit.farm.progress import Estimate


def folder_takes(root: Path) -> Takes:
    root.mkdir(exist_ok=True)

    def find(key):
        return root / key if (root / key).is_dir() else None

    def scratch(key):
        path = root / f".tmp-{key}-{os.getpid()}"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def commit(key, path):
        path.rename(root / key)
        return root / key

    return Takes(find, commit, scratch)


def write(folder: Path, text: str, *needed: str) -> None:
    for need in needed:
        assert Path(need).is_dir()
    (folder / "out.txt").write_text(text)
    with (folder.parent / "runs.log").open("a") as log:
        log.write(text + "\n")


def slow_write(folder: Path, text: str) -> None:
    time.sleep(0.4)
    write(folder, text)


def sleep(folder: Path, seconds: float) -> None:
    time.sleep(seconds)


def refuse(folder: Path) -> None:
    raise BadInput("no such thing")


def chain(root: Path, n: int, work=write) -> list[Chunk]:
    chunks, need = [], ()
    for i in range(n):
        key = take_key("step", i)
        args = (f"{i}", *(str(root / k) for k in need)) if work is write else (f"{i}",)
        chunks.append(Chunk("step", f"step {i}", key, work, args, need))
        need = (key,)
    return chunks


def test_runs_in_order_and_never_twice(tmp_path):
    takes = folder_takes(tmp_path / "takes")
    chunks = chain(tmp_path / "takes", 4)
    run_chunks(chunks[::-1], takes, recheck=lambda: None, workers=2)
    assert (tmp_path / "takes/runs.log").read_text().split() == ["0", "1", "2", "3"]
    run_chunks(chunks, takes, recheck=lambda: None, workers=2)
    assert len((tmp_path / "takes/runs.log").read_text().split()) == 4


def test_a_withdrawn_clearance_stops_the_next_chunk(tmp_path):
    takes = folder_takes(tmp_path / "takes")
    calls = []

    def recheck():
        calls.append(1)
        if len(calls) == 3:
            raise NotCleared("withdrawn", reasons=["the licence was withdrawn"])

    with pytest.raises(NotCleared):
        run_chunks(chain(tmp_path / "takes", 5), takes, recheck=recheck, workers=1)
    assert len((tmp_path / "takes/runs.log").read_text().split()) == 2


def test_a_users_mistake_in_a_worker_comes_back_as_itself(tmp_path):
    takes = folder_takes(tmp_path / "takes")
    with pytest.raises(BadInput, match="no such thing"):
        run_chunks([Chunk("x", "x", "x", refuse, ())], takes, recheck=lambda: None, workers=1)


def test_nothing_of_the_pool_outlives_a_refusal(tmp_path):
    """A thread that still closes its pipes when the program ends would speak of them there."""
    chunks = [
        Chunk("step", "slow", take_key("slow", 1), sleep, (30,)),
        Chunk("step", "bad", take_key("step", 2), refuse, ()),
    ]
    began, before = time.monotonic(), set(threading.enumerate())
    with pytest.raises(BadInput):
        run_chunks(chunks, folder_takes(tmp_path / "takes"), recheck=lambda: None, workers=2)
    assert set(threading.enumerate()) <= before
    assert time.monotonic() - began < 15  # the other chunk was not waited for


def test_a_loop_is_named():
    a = Chunk("a", "first", "a", write, (), ("b",))
    b = Chunk("b", "second", "b", write, (), ("a",))
    with pytest.raises(EngineFailed, match="waits for itself"):
        in_order([a, b])


def test_killed_and_started_again_goes_on(tmp_path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from test_local_farm import chain, folder_takes, slow_write\n"
        "from secondunit.farm.local import run_chunks\n"
        "if __name__ == '__main__':\n"
        "    r = Path(sys.argv[1]); t = folder_takes(r)\n"
        "    run_chunks(chain(r, 8, slow_write), t, recheck=lambda: None, workers=1)\n"
    )
    script = tmp_path / "job.py"
    script.write_text(program)
    root = tmp_path / "takes"
    command = [sys.executable, str(script), str(root), str(Path(__file__).parent)]
    job = subprocess.Popen(command, start_new_session=True)
    log = root / "runs.log"
    deadline = time.monotonic() + 60
    while (not log.exists() or len(log.read_text().split()) < 3) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    before = len([p for p in root.iterdir() if p.name.startswith("step")])
    assert 2 <= before < 8
    subprocess.run(command, check=True, timeout=120)
    assert len([p for p in root.iterdir() if p.name.startswith("step")]) == 8
    assert len(log.read_text().split()) <= 8 + 1


def test_time_left_follows_what_was_measured():
    chunks = [Chunk("a", "a", f"{i}", write, (), weight=1.0) for i in range(4)]
    estimate = Estimate(chunks)
    estimate.started(chunks[0], 0.0)
    estimate.finished(chunks[0], 10.0)
    assert estimate.seconds_left(1) == pytest.approx(30.0)
    assert estimate.seconds_left(2) == pytest.approx(15.0)
    assert estimate.share_done() == pytest.approx(0.25)
