"""What the engine says before any work, with and without PyTorch."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from small_shot import FIRST, N, context, job

from secondunit.engines.contract import Engine, EngineJob
from secondunit.engines.keyframe import pytorch
from secondunit.engines.keyframe.engine import TRAIN, KeyframeEngine
from secondunit.engines.own_cards import OWN_CARDS
from secondunit.errors import BadInput, EngineFailed
from secondunit.slate.frames import FrameRange
from secondunit.slate.rights_records import TrainingData


def test_one_chunk_trains_and_the_others_need_it() -> None:
    asked = job()
    training, *speaking = KeyframeEngine().plan(asked)
    assert (training.name, training.frames, training.needs) == (TRAIN, (), ())
    assert [frame for chunk in speaking for frame in chunk.frames] == list(asked.frames)
    assert all(chunk.needs == (TRAIN,) for chunk in speaking)
    assert pickle.loads(pickle.dumps(training)) == training
    assert isinstance(KeyframeEngine(), Engine)


def test_untrained_it_has_learned_from_nothing() -> None:
    assert KeyframeEngine.card in OWN_CARDS
    assert KeyframeEngine.card.training_data == TrainingData.NONE


@pytest.mark.parametrize(
    ("keys", "settings", "says"),
    [
        ((), {}, "nothing to learn from"),
        ((FIRST, FIRST), {}, f"frame {FIRST} has two edits"),
        ((FIRST + N,), {}, f"key {FIRST + N} is not in the frames"),
        ((FIRST,), {"leave_out": FIRST}, "cannot be left out of 1 keys"),
        ((FIRST, FIRST + 2), {"leave_out": FIRST + 1}, f"frame {FIRST + 1} cannot be left out"),
    ],
)
def test_keys_that_cannot_be_used_are_named(keys: tuple[int, ...], settings: dict[str, int], says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        KeyframeEngine().plan(job(keys, **settings))
    assert caught.value.hint


def test_frames_too_small_to_learn_from_are_refused() -> None:
    small = EngineJob(FrameRange(1, 2), 20, 400, seed=0, settings=job().settings, keys=(1,))
    with pytest.raises(BadInput, match="400×20 are too small"):
        KeyframeEngine().plan(small)


def test_without_pytorch_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytorch, "find_spec", lambda name: None)
    asked = job()
    with pytest.raises(EngineFailed, match="needs PyTorch") as caught:
        list(KeyframeEngine().render(asked, KeyframeEngine().plan(asked)[0], context(tmp_path)))
    assert "make keyframe" in caught.value.hint
