"""A training: it learns, says how well, is killed and goes on, and is the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from small_shot import F32, FIRST, H, N, W, context, graded, half_graded, job, plate

pytest.importorskip("torch")

from secondunit.engines.contract import EngineFrame, EngineJob
from secondunit.engines.keyframe.engine import KeyframeEngine
from secondunit.engines.keyframe.exam_sheet import decibels
from secondunit.engines.keyframe.model_file import MODEL, ModelCard, name_consents, read_card, read_model
from secondunit.engines.keyframe.train import CHECKPOINT, PREVIEW
from secondunit.engines.keyframe.training import Training
from secondunit.errors import BadInput, BadMedia, NotCleared
from secondunit.media.images import picture_size

BETWEEN = FIRST + 3


class Killed(Exception):
    pass


@pytest.fixture(autouse=True, scope="module")
def looks_every_20_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("secondunit.engines.keyframe.train.EVERY", 20)
        yield


def trained(
    folder: Path, asked: EngineJob | None = None, clock: Callable[[], float] | None = None, **doors
) -> ModelCard:
    folder.mkdir(exist_ok=True)
    asked = asked or job()
    engine = KeyframeEngine(clock) if clock else KeyframeEngine()
    assert list(engine.render(asked, engine.plan(asked)[0], context(folder, **doors))) == []
    return read_card(folder / MODEL)


def spoken(folder: Path, frame: int, asked: EngineJob | None = None, **doors) -> EngineFrame:
    asked = asked or job()
    engine = KeyframeEngine()
    (chunk,) = (chunk for chunk in engine.plan(asked) if frame in chunk.frames)
    return next(one for one in engine.render(asked, chunk, context(folder, **doors)) if one.frame == frame)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learned")
    trained(folder, job(steps=150))
    return folder


def test_it_learns_a_look_and_carries_it_to_a_frame_nobody_edited(learned: Path) -> None:
    answer = spoken(learned, BETWEEN)
    before = decibels(plate(BETWEEN), graded(BETWEEN))
    assert decibels(answer.picture, graded(BETWEEN)) > before + 10
    assert (answer.matte == 1).all()


def test_light_far_above_one_keeps_its_strength(learned: Path) -> None:
    lamp = np.s_[18:22, 38:42]
    picture = spoken(learned, BETWEEN).picture
    assert graded(BETWEEN)[lamp].max() > 5
    assert picture[lamp].mean() == pytest.approx(float(graded(BETWEEN)[lamp].mean()), rel=0.25)


def test_an_artists_own_frame_stays_as_it_is(learned: Path) -> None:
    answer = spoken(learned, FIRST)
    np.testing.assert_array_equal(answer.picture, graded(FIRST))


def test_the_trace_names_the_model_all_it_learned_from_and_what_it_looked_at(learned: Path) -> None:
    trace = spoken(learned, BETWEEN).trace
    (part,) = trace.parts
    assert part.model_sha256 == read_card(learned / MODEL).weights_sha256
    told = {(trace.sources[i].role, trace.sources[i].frame) for i in part.learned_from}
    lessons = {(role, frame) for role in ("plate", "key") for frame in (FIRST, FIRST + N - 1)}
    assert told == lessons | {("plate", BETWEEN)}


def test_the_card_says_what_it_is(learned: Path) -> None:
    card = read_card(learned / MODEL)
    assert (card.keys, card.steps, card.seed) == ((FIRST, FIRST + N - 1), 150, 3)
    assert (card.width, card.height) == (W, H)
    assert len(card.weights_sha256) == len(card.plates_sha256) == len(card.edits_sha256) == 64
    assert card.exam_db > 25
    assert (learned / MODEL).stat().st_size < 1_000_000


def test_a_part_edited_leaves_the_rest_to_the_plate_and_a_mask_bounds_it(tmp_path: Path) -> None:
    asked = job(steps=150)
    trained(tmp_path, asked, key=half_graded)
    matte = spoken(tmp_path, BETWEEN, asked, key=half_graded).matte
    assert matte[:, W // 2 + 12 :].mean() > 0.6 > 0.4 > matte[:, : W // 2 - 12].mean()
    bounded = spoken(tmp_path, BETWEEN, job(steps=150, masked=True), key=half_graded)
    assert not bounded.matte[:, W // 2 :].any()
    assert not bounded.trace.made[:, W // 2 :].any()


def test_the_same_seed_and_steps_give_the_same_model(tmp_path: Path) -> None:
    cards = [trained(tmp_path / str(n), job(steps=20)) for n in range(2)]
    assert cards[0].weights_sha256 == cards[1].weights_sha256


def test_killed_and_begun_again_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    asked = job(steps=50)
    straight = trained(tmp_path / "straight", asked)

    asks = count()

    def killed_at_the_second_look() -> None:
        if next(asks) == 2:
            raise Killed

    with pytest.raises(Killed):
        trained(tmp_path / "killed", asked, still_cleared=killed_at_the_second_look)
    assert (tmp_path / "killed" / CHECKPOINT).is_file()
    assert not (tmp_path / "killed" / MODEL).exists()
    steps: list[str] = []
    again = trained(tmp_path / "killed", asked, tell=steps.append)
    assert again.weights_sha256 == straight.weights_sha256
    assert not any(told.startswith("step 20:") for told in steps), "it began anew"


def test_a_checkpoint_of_another_edit_is_not_taken_up(tmp_path: Path) -> None:
    asked = job(steps=20)
    trained(tmp_path / "one", asked)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / CHECKPOINT).write_bytes((tmp_path / "one" / CHECKPOINT).read_bytes())
    told: list[str] = []
    trained(tmp_path / "other", asked, key=half_graded, tell=told.append)
    assert any(one.startswith("step 12:") for one in told), "it did not begin at the beginning"


def test_a_damaged_checkpoint_is_not_taken_up(tmp_path: Path) -> None:
    asked = job(steps=20)
    whole = trained(tmp_path, asked)
    content = bytearray((tmp_path / CHECKPOINT).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / CHECKPOINT).write_bytes(content)
    told: list[str] = []
    assert trained(tmp_path, asked, tell=told.append).weights_sha256 == whole.weights_sha256
    assert told, "it did not begin at the beginning"


def test_it_shows_a_preview_and_its_error_while_it_trains(tmp_path: Path) -> None:
    told: list[str] = []
    trained(tmp_path, job(steps=40), tell=told.append)
    assert [one.split(":")[0] for one in told] == ["step 20", "step 24"]
    assert all(" dB on what it has not seen of frame" in one and PREVIEW in one for one in told)
    assert picture_size(tmp_path / PREVIEW) == (2 * W, H)


def test_minutes_are_kept_by_the_clock_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    advance = Training.advance

    def in_a_second(self: Training, rate: float, *, with_held: bool) -> float:
        nonlocal now
        now += 1
        return advance(self, rate, with_held=with_held)

    monkeypatch.setattr(Training, "advance", in_a_second)
    card = trained(tmp_path, job(steps=0, minutes=1), clock=lambda: now)
    assert card.steps == 60
    assert card.minutes == 1


def test_a_key_left_out_is_what_it_is_measured_by(tmp_path: Path) -> None:
    card = trained(tmp_path, job(keys=(FIRST, BETWEEN, FIRST + N - 1), leave_out=BETWEEN, steps=10))
    assert card.keys == (FIRST, FIRST + N - 1)
    assert card.exam_frame == BETWEEN


def test_a_withdrawn_clearance_stops_a_training(tmp_path: Path) -> None:
    asks = count()

    def withdrawn() -> None:
        if next(asks):
            raise NotCleared("the consent was withdrawn")

    with pytest.raises(NotCleared):
        trained(tmp_path, job(steps=60), still_cleared=withdrawn)
    assert not (tmp_path / MODEL).exists()


def test_consents_are_written_into_the_card_and_the_model_stays_the_same(tmp_path: Path) -> None:
    before = trained(tmp_path, job(steps=10))
    name_consents(tmp_path / MODEL, ("consent-7",), ("person-3",))
    network, card = read_model(tmp_path / MODEL, "cpu")
    assert card.consents == ("consent-7",)
    assert card.persons == ("person-3",)
    assert card.weights_sha256 == before.weights_sha256
    assert network.shape.n_said == 3


@pytest.mark.parametrize("spoil", ["cut", "weights", "other"])
def test_a_damaged_model_does_not_speak(tmp_path: Path, spoil: str) -> None:
    trained(tmp_path, job(steps=10))
    content = bytearray((tmp_path / MODEL).read_bytes())
    if spoil == "cut":
        del content[len(content) // 2 :]
    elif spoil == "weights":
        content[-40] ^= 1
    else:
        content = bytearray(b"no model at all")
    (tmp_path / MODEL).write_bytes(content)
    with pytest.raises(BadMedia, match=MODEL):
        spoken(tmp_path, BETWEEN)


def test_a_key_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"the edit of frame {FIRST} is {W - 1}×{H}, the plate {W}×{H}"):
        trained(tmp_path, key=lambda frame: graded(frame)[:, 1:])


def test_a_key_that_holds_no_numbers_is_refused(tmp_path: Path) -> None:
    def spoilt(frame: int) -> F32:
        picture = graded(frame)
        picture[3, 4] = np.nan
        return picture

    with pytest.raises(BadInput, match=f"the edit of frame {FIRST} holds values that are no numbers"):
        trained(tmp_path, key=spoilt)


def test_a_gpu_that_is_not_there_is_said(tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(BadInput, match="no GPU"):
        trained(tmp_path, job(device="cuda"))
