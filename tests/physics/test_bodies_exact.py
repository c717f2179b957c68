"""The same inputs give the same bits: again, resumed, and on any number of threads."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bodies_scene import house

from secondunit.engines.physics.bodies import BodySimulation, simulate
from secondunit.engines.physics.bodies_state import Snapshot
from secondunit.engines.physics.failure import FailurePlan, plan_failure
from secondunit.errors import BadInput
from secondunit.slate.camera import Ground

N_FRAMES = 44


def _house():
    breakup = house(width=5.0, depth=4.0, storeys=2, piece=0.7)
    plan = plan_failure(breakup, click=(0.5, 0, 1), start_frame=1, front_speed=12, rate=24, seed=2)
    return breakup, plan


def _hash(frames) -> str:
    digest = hashlib.sha256()
    for f in frames:
        for part in (f.position, f.rotation, f.velocity, f.spin, f.awake, f.events):
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def whole():
    breakup, plan = _house()
    frames = list(simulate(breakup, plan, Ground(), rate=24, n_frames=N_FRAMES))
    return breakup, plan, frames


def test_again(whole):
    breakup, plan, frames = whole
    assert _hash(simulate(breakup, plan, Ground(), rate=24, n_frames=N_FRAMES)) == _hash(frames)
    assert (frames[-1].awake > 0).all()


@pytest.mark.parametrize("at", [0, 7, 23, 40])
def test_resumed(whole, at, tmp_path):
    breakup, plan, frames = whole
    run = BodySimulation(breakup, plan, Ground(), rate=24)
    for _ in range(at):
        run.advance()
    run.snapshot().save(tmp_path / "state.npz")
    plan.save(tmp_path / "plan.npz")
    for _ in range(3):  # going on does not disturb what was written down
        run.advance()
    state = Snapshot.load(tmp_path / "state.npz")
    plan = FailurePlan.load(tmp_path / "plan.npz")
    rest = list(simulate(breakup, plan, Ground(), rate=24, n_frames=N_FRAMES, state=state))
    assert len(rest) == N_FRAMES - 1 - at
    assert _hash(rest) == _hash(frames[at + 1 :])


def test_threads(whole):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_bodies_exact import _hash, _house, N_FRAMES\n"
        "from secondunit.engines.physics.bodies import simulate\n"
        "from secondunit.slate.camera import Ground\n"
        "import numba\n"
        "b, p = _house()\n"
        "print(numba.get_num_threads(), _hash(simulate(b, p, Ground(), rate=24, n_frames=N_FRAMES)))\n"
    )
    import os

    answers = []
    for n in ("1", "2", "5"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env=os.environ | {"NUMBA_NUM_THREADS": n},
            capture_output=True,
            text=True,
            check=True,
        )
        threads, digest = done.stdout.split()
        assert threads == n
        answers.append(digest)
    assert set(answers) == {_hash(whole[2])}


def test_a_file_that_is_no_snapshot(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"not a snapshot")
    with pytest.raises(BadInput, match="not a snapshot"):
        Snapshot.load(tmp_path / "x.npz")


def test_another_seed_is_another_collapse(whole):
    breakup, plan, frames = whole
    other = list(simulate(breakup, plan, Ground(), rate=24, n_frames=20, seed=9))
    assert not np.array_equal(other[-1].position, frames[19].position)
