"""What every engine has to keep, ours and a stranger's: asked of each that is installed, and of the example."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_jobs import FIRST, H, N, Stage, W, job_for, open_source
from pydantic import ValidationError

from secondunit.engines.contract import Engine, EngineFrame
from secondunit.engines.door import engine, engine_names
from secondunit.engines.trace import rebuild
from secondunit.errors import NotCleared
from secondunit.slate.frames import FrameRange

EXAMPLE = Path(__file__).parents[2] / "examples" / "mirror_engine"
NAMES = (*engine_names(), "mirror example")


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Iterator[type[Engine]]:
    if request.param != "mirror example":
        yield engine(request.param)
        return
    sys.path.insert(0, str(EXAMPLE))
    try:
        from mirror_engine import MirrorEngine

        yield MirrorEngine
    finally:
        sys.path.remove(str(EXAMPLE))


@pytest.fixture(scope="module")
def frames(made: type[Engine], tmp_path_factory: pytest.TempPathFactory) -> list[EngineFrame]:
    return Stage(tmp_path_factory.mktemp(made.name)).run(made(), job_for(made))


def test_a_plan_is_pure_and_travels(made: type[Engine]) -> None:
    job = job_for(made)
    plan = made().plan(job)
    assert plan == made().plan(job_for(made))
    assert pickle.loads(pickle.dumps((job, plan))) == (job, plan)
    assert len({chunk.name for chunk in plan}) == len(plan)
    assert all(chunk.weight > 0 for chunk in plan)


@pytest.mark.parametrize("n_frames", [1, N, 40])
def test_chunks_cover_every_frame_once_and_need_only_what_is_planned(made: type[Engine], n_frames: int) -> None:
    frames = FrameRange.of_length(n_frames, FIRST)
    plan = made().plan(job_for(made, frames=frames, keys=(FIRST,)))
    assert sorted(frame for chunk in plan for frame in chunk.frames) == list(frames)
    done: set[str] = set()
    left = list(plan)
    while left:
        ready = [chunk for chunk in left if done.issuperset(chunk.needs)]
        assert ready, f"{[c.name for c in left]} wait for each other or for what nobody makes"
        done.update(chunk.name for chunk in ready)
        left = [chunk for chunk in left if chunk not in ready]


def test_settings_refuse_a_word_they_do_not_know(made: type[Engine]) -> None:
    with pytest.raises(ValidationError):
        made.Settings.model_validate({"an option nobody has": 1})


def test_frames_come_whole_and_in_order(frames: list[EngineFrame]) -> None:
    assert [one.frame for one in frames] == list(range(FIRST, FIRST + N))
    for one in frames:
        assert one.picture.shape == (H, W, 3) and one.picture.dtype == np.float32
        assert one.matte.shape == (H, W) and one.matte.dtype == np.float32
        assert np.isfinite(one.picture).all()
        assert one.matte.min() >= 0 and one.matte.max() <= 1
        assert all(layer.shape[:2] == (H, W) for layer in one.layers.values())
        assert all(np.isfinite(value) for value in one.measures.values())
    assert any(one.matte.any() for one in frames), "nothing was made"


def test_every_made_pixel_has_its_sources(frames: list[EngineFrame]) -> None:
    for one in frames:
        trace = one.trace
        assert trace.made[one.matte > 0].all()
        total = np.sum(trace.weights, axis=0)
        np.testing.assert_allclose(total[trace.made], 1, atol=1e-5)
        built = rebuild(trace, open_source)
        np.testing.assert_allclose(built[trace.made], one.picture[trace.made], atol=1e-3, rtol=1e-3)


def test_the_same_seed_makes_the_same_pixels(
    made: type[Engine], frames: list[EngineFrame], tmp_path: Path
) -> None:
    again = Stage(tmp_path).run(made(), job_for(made))
    for one, other in zip(frames, again, strict=True):
        np.testing.assert_array_equal(one.picture, other.picture)
        np.testing.assert_array_equal(one.matte, other.matte)


def test_a_withdrawn_clearance_stops_it(made: type[Engine], tmp_path: Path) -> None:
    def withdrawn() -> None:
        raise NotCleared("the consent was withdrawn")

    with pytest.raises(NotCleared):
        Stage(tmp_path, still_cleared=withdrawn).run(made(), job_for(made))
