"""What a person at a desk does: types commands, looks at what came back and at the folder."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from secondunit.cli import main

SHOT = "TRL_101_BOX_0010"
OUTLINE = "108,50 198,50 198,164 108,164"
WIDTH, HEIGHT = 320, 200
FRAMES = "1001-1008"
# The last command of every test that shoots: as few pieces as the house has parts, small and quick.
DESTROY = ("destroy", SHOT, "--fragments", "400", "--preview")
PROGRAM = (sys.executable, "-c", "from secondunit.cli import main; main()")


@dataclass(frozen=True)
class Said:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one sentence of a refusal."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("error: ")

    @property
    def hint(self) -> str:
        lines = [line for line in self.err.splitlines() if line.startswith("hint: ")]
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("hint: ")


def type_in(*words: object, cwd: Path | None = None) -> Said:
    """Run one command in this process, as the console script would."""
    out, err = io.StringIO(), io.StringIO()
    where = contextlib.chdir(cwd) if cwd else contextlib.nullcontext()
    with where, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    return Said(code, out.getvalue(), err.getvalue())


def done(*words: object, cwd: Path | None = None) -> Said:
    """The same for a command that must succeed."""
    said = type_in(*words, cwd=cwd)
    assert said.code == 0, said.err
    return said


def declare(show: Path) -> None:
    """Say of a show what only people know, as somebody has to before anything is made."""
    said = ("displaces_union_work=no", "strike_of_crew=no", "could_pass_as_real=no")
    done("rights", "declare", "show", *said, "--by", "Vera Sup", "--show", show)


def bring_in(show: Path, source: object, frames: str = FRAMES) -> Said:
    words = ("--shot", SHOT, "--owner", "A. Lens", "--licence", "owned", "--frames", frames)
    return done("ingest", source, *words, "--show", show)


def is_refused(said: Said, code: int, *words: str) -> Said:
    """One sentence without a full stop, what to do next, the right code, nothing on stdout and no traceback."""
    assert said.code == code, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    sentence = said.sentence
    assert sentence and not sentence.endswith((".", "!"))
    assert said.hint
    for word in words:
        assert word in said.err, f"`{word}` is not said in: {said.err}"
    return said


def tree(folder: Path) -> dict[str, str]:
    """Every file of a folder by content, and every folder that is half made. The ledger's own files are left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.name.startswith(("ledger.db", ".show.lock")):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.is_dir() and path.name.startswith("."):
            found[name] = "half made"
    return found


@contextlib.contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Nothing below a folder may change, appear or stay half made."""
    before = tree(folder)
    yield
    after = tree(folder)
    assert after == before, sorted(set(after.items()) ^ set(before.items()))


def start(*words: object, first: Callable[[], object] = lambda: None, **options: Any) -> subprocess.Popen[str]:
    """Start a command in a process group of its own, which hears Ctrl-C even where these tests run deaf to it."""

    def as_in_a_terminal() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job has it ignored
        first()

    return subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=as_in_a_terminal,
        **options,
    )


def end_of(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=300)
    return Said(process.returncode, out, err)


def until(
    happened: Callable[[], bool], process: subprocess.Popen[str] | None = None, seconds: float = 240
) -> None:
    """Wait for something to happen, no longer than a process lives."""
    limit = time.monotonic() + seconds
    while not happened():
        assert process is None or process.poll() is None, end_of(process).err
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.02)


def takes(show: Path) -> dict[str, tuple[int, int]]:
    """The finished takes of a show, each with what changes when it is made again."""
    folders = [f for f in (show / "takes").glob("*/*") if not f.name.startswith(".")]
    return {f.name: (f.stat().st_ino, max(p.stat().st_mtime_ns for p in f.iterdir())) for f in folders}


def half_made(show: Path) -> list[str]:
    return [str(path.relative_to(show)) for path in show.rglob(".*.partial")]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def small_plate() -> np.ndarray:
    """A picture (200, 320, 3) in 0..1: sky, ground, and a brick house with three rows of windows."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    sky = np.stack([0.45 + 0.25 * y / HEIGHT, 0.6 + 0.2 * y / HEIGHT, np.full_like(y, 0.85)], 2)
    picture = np.where((y > 0.78 * HEIGHT)[..., None], [0.42, 0.40, 0.36], sky)
    u, v = (x - 108) / 90, (y - 50) / 114
    brick = 0.55 + 0.08 * ((y // 3 + (x / 6 + 0.5 * (y // 3 % 2)) // 1) % 2)
    wall = np.stack([brick, brick * 0.6, brick * 0.5], 2)
    window = (u * 4 % 1 > 0.3) & (u * 4 % 1 < 0.7) & (v * 3 % 1 > 0.25) & (v * 3 % 1 < 0.75)
    wall[window] = 0.15
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    picture = np.where(inside[..., None], wall, picture)
    return np.clip(picture + rng.normal(0, 0.012, picture.shape), 0, 1).astype(np.float32)
