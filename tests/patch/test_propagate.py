"""An edited frame carried over a shot: it stays where it was painted, and the rest stays the plate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from secondunit.engines.contract import Context, EngineFrame, EngineJob
from secondunit.engines.propagate.engine import PropagateEngine, PropagateSettings
from secondunit.engines.trace import Source, rebuild
from secondunit.errors import BadInput
from secondunit.kernels.flow import perceptual
from secondunit.slate.frames import FrameRange

H, W, FIRST = 72, 112, 1001
Picture = np.ndarray


def _scene(frame: int, *, seed: int = 5, grain: float = 0.0) -> Picture:
    """A wall that stands still, and in front of it a textured card that moves two pixels a frame."""
    rng = np.random.default_rng(seed)
    wall = cv2.GaussianBlur(rng.random((H, W, 3)), (0, 0), 2.0) * 0.8
    wall[:, 70:] = 0.45  # a plain part
    card = cv2.GaussianBlur(rng.random((30, 24, 3)), (0, 0), 1.0) * 0.5 + 0.1
    x = 8 + 2 * (frame - FIRST)
    wall[20:50, x : x + 24] = card
    wall[4:8, 4:8] += 6.0  # a lamp, far above 1
    noise = np.random.default_rng(1000 + frame).normal(0, grain, wall.shape)
    return (wall + noise).astype(np.float32)


def _grade(plate: Picture) -> Picture:
    """A warm grade with more contrast, far above 1 too."""
    return (plate**1.2 * np.float32([1.3, 1.0, 0.7])).astype(np.float32)


def _run(
    plates: Mapping[int, Picture],
    keys: Mapping[int, Picture],
    folder: Path,
    *,
    settings: PropagateSettings | None = None,
    mask: Callable[[int], Picture] | None = None,
    guide: Callable[[str, int], Picture] | None = None,
    asked: tuple[int, ...] | None = None,
) -> list[EngineFrame]:
    """Every chunk of the plan in order, as the callsheet would run them."""
    first = next(iter(plates.values()))
    job = EngineJob(
        FrameRange(min(plates), max(plates)), *first.shape[:2], seed=3, settings=settings or PropagateSettings(),
        keys=tuple(keys) if asked is None else asked, masked=mask is not None, guides=("ids",) if guide else (),
    )  # fmt: skip
    engine, takes, made = PropagateEngine(), {}, []
    for chunk in engine.plan(job):
        own = folder / hashlib.sha256(chunk.name.encode()).hexdigest()[:12]
        own.mkdir(parents=True)
        takes[chunk.name] = own
        nothing = lambda *_: np.zeros((1, 1), np.float32)  # noqa: E731
        context = Context(
            plate=plates.__getitem__, key=keys.__getitem__, mask=mask or nothing, guide=guide or nothing,
            reference=nothing, take=takes.__getitem__, folder=own, workbench=own,
        )  # fmt: skip
        made += engine.render(job, chunk, context)
    return made


def _shot(n: int, **given: float) -> dict[int, Picture]:
    return {frame: _scene(frame, **given) for frame in range(FIRST, FIRST + n)}


def _code_error(a: Picture, b: Picture) -> float:
    return 255 * float(np.abs(perceptual(a) - perceptual(b)).mean())


def test_a_grade_is_carried_closely_with_highlights_and_far_better_than_the_plate(tmp_path: Path) -> None:
    plates = _shot(9)
    made = _run(plates, {f: _grade(plates[f]) for f in (FIRST, FIRST + 8)}, tmp_path)
    assert [one.frame for one in made] == list(plates)
    for one in made:
        truth = _grade(plates[one.frame])
        assert _code_error(one.picture, truth) < 0.12 * _code_error(plates[one.frame], truth)
        assert one.picture[5, 5, 0] == pytest.approx(truth[5, 5, 0], rel=0.05)
        assert truth[5, 5, 0] > 7
    assert np.array_equal(made[0].picture, _grade(plates[FIRST]))


def test_a_painted_thing_survives_whole_on_what_moves_and_the_rest_stays_the_plate(tmp_path: Path) -> None:
    plates = _shot(9)
    key = plates[FIRST].copy()
    cv2.circle(key, (20, 35), 6, (1.5, 0.05, 0.05), -1)  # on the card
    cv2.putText(bytes_ := np.zeros((H, W), np.uint8), "X", (84, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 3)
    key[bytes_ > 0] = (0.05, 0.6, 0.1)  # on the plain wall
    for one in _run(plates, {FIRST: key}, tmp_path):
        moved = 2 * (one.frame - FIRST)
        disc = cv2.circle(np.zeros((H, W), np.uint8), (20 + moved, 35), 6, 1, -1) > 0
        red = one.picture[..., 0] > 3 * one.picture[..., 1] + 0.4
        red[:10, :10] = False
        assert (red & disc).sum() > 0.85 * disc.sum()
        assert (red & ~disc).sum() < 0.15 * disc.sum()
        assert _code_error(one.picture[30:, 76:], key[30:, 76:]) < 1
        assert np.array_equal(one.picture[one.matte == 0], plates[one.frame][one.matte == 0])
        assert (one.matte > 0).mean() < 0.35
        assert one.matte[disc].min() > 0.9


def test_grain_moves_under_a_grade_and_does_not_stick_to_it(tmp_path: Path) -> None:
    plates = _shot(4, grain=0.02)
    made = _run(plates, {FIRST: (plates[FIRST] * np.float32([1.2, 1.0, 0.8])).astype(np.float32)}, tmp_path)
    there = np.s_[52:70, 72:]  # plain wall: all that differs is grain
    own = plates[FIRST + 3][there][..., 0] - plates[FIRST + 3][there][..., 0].mean()
    got = made[3].picture[there][..., 0] - made[3].picture[there][..., 0].mean()
    assert np.corrcoef(own.ravel(), got.ravel())[0, 1] > 0.9


def test_each_pixel_can_be_built_again_from_its_trace(tmp_path: Path) -> None:
    plates = _shot(5)
    keys = {f: _grade(plates[f]) for f in (FIRST, FIRST + 4)}

    def picture(source: Source) -> Picture:
        return keys[source.frame] if source.role == "key" else plates[source.frame]

    for one in _run(plates, keys, tmp_path):
        total = np.sum(one.trace.weights, 0)
        np.testing.assert_allclose(total[one.trace.made], 1, atol=1e-5)
        built = rebuild(one.trace, picture)
        np.testing.assert_allclose(built[one.trace.made], one.picture[one.trace.made], atol=1e-4, rtol=1e-4)
        assert one.trace.made[one.matte > 0].all()


def test_the_length_of_a_chunk_changes_no_pixel(tmp_path: Path) -> None:
    plates = _shot(8)
    keys = {FIRST + 2: _grade(plates[FIRST + 2]), FIRST + 6: _grade(plates[FIRST + 6])}
    runs = [_run(plates, keys, tmp_path / str(n), settings=PropagateSettings(run=n)) for n in (1, 3, 100)]
    for first, *others in zip(*runs, strict=True):
        for other in others:
            assert np.array_equal(first.picture, other.picture)
            assert np.array_equal(first.matte, other.matte)


def test_between_two_keys_that_differ_the_look_goes_over_without_turning_back(tmp_path: Path) -> None:
    plates = _shot(12)
    keys = {
        f: (plates[f] * np.float32(gain)).astype(np.float32) for f, gain in ((FIRST, 1.0001), (FIRST + 11, 2.0))
    }
    keys[FIRST][:, 80:] *= 1.2  # not identical to the plate
    made = _run(plates, keys, tmp_path)
    gains = [float((one.picture[55:70, 10:60] / plates[one.frame][55:70, 10:60]).mean()) for one in made]
    assert gains[0] == pytest.approx(1, abs=0.01)
    assert gains[-1] == pytest.approx(2, abs=0.01)
    assert all(b >= a - 0.01 for a, b in pairwise(gains))
    assert max(b - a for a, b in pairwise(gains)) < 0.3


def test_two_keys_that_paint_different_things_each_keep_their_own(tmp_path: Path) -> None:
    plates = _shot(9)
    keys = {FIRST: plates[FIRST].copy(), FIRST + 8: plates[FIRST + 8].copy()}
    cv2.circle(keys[FIRST], (80, 20), 7, (1.2, 0.1, 0.1), -1)
    cv2.circle(keys[FIRST + 8], (95, 55), 7, (0.1, 0.1, 1.2), -1)
    made = _run(plates, keys, tmp_path)
    shown = [one.picture * one.matte[..., None] + plates[one.frame] * (1 - one.matte[..., None]) for one in made]
    red = [float(one[20, 80, 0]) for one in shown]
    blue = [float(one[55, 95, 2]) for one in shown]
    assert red[0] > 1.1 and blue[-1] > 1.1
    assert all(a >= b - 0.01 for a, b in pairwise(red)) and all(a <= b + 0.01 for a, b in pairwise(blue))
    assert red[3] - 0.45 > 0.5 * (1.2 - 0.45)  # a third of the way: the matte takes nothing away a second time


def test_a_twin_that_comes_into_the_frame_is_not_painted(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    wide = cv2.GaussianBlur(rng.random((H, W + 60, 3)), (0, 0), 1.5)
    twin = cv2.GaussianBlur(rng.random((22, 22, 3)), (0, 0), 1.5) * [0.3, 1.2, 0.3]
    wide[25:47, 50:72] = wide[25:47, 125:147] = twin
    plates = {FIRST + k: wide[:, 5 * k : 5 * k + W].astype(np.float32) for k in range(9)}
    key = plates[FIRST].copy()
    key[30:42, 54:68] = (0.9, 0.05, 0.05)
    last = _run(plates, {FIRST: key}, tmp_path)[-1]
    red = last.picture[..., 0] > last.picture[..., 1] + 0.5
    assert red[30:42, 14:28].mean() > 0.9
    assert red[25:47, 85:107].sum() == 0
    assert np.array_equal(last.picture[:, 60:], plates[FIRST + 8][:, 60:])


def test_the_mask_limits_it(tmp_path: Path) -> None:
    plates = _shot(3)
    left = np.zeros((H, W), np.float32)
    left[:, : W // 2] = 1
    for one in _run(plates, {FIRST + 1: _grade(plates[FIRST + 1])}, tmp_path, mask=lambda frame: left):
        assert one.matte[:, W // 2 :].max() == 0
        assert np.array_equal(one.picture[:, W // 2 :], plates[one.frame][:, W // 2 :])
        assert one.matte[:, : W // 2].min() > 0.9


def test_what_no_key_shows_is_said(tmp_path: Path) -> None:
    plates = _shot(4)
    plates[FIRST + 3] = plates[FIRST + 3].copy()
    plates[FIRST + 3][50:, 70:] = np.random.default_rng(8).random((22, 42, 3)).astype(np.float32) * [2, 0.1, 2]
    made = _run(plates, {FIRST: _grade(plates[FIRST])}, tmp_path)
    assert made[2].measures["unmatched"] < 0.02
    assert made[3].measures["unmatched"] > 0.08
    assert made[3].layers["match_error"][55:, 75:].mean() > 5 * made[2].layers["match_error"][55:, 75:].mean()


def test_a_users_guide_decides_where_the_plate_does_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    grey = np.full((H, W, 3), 0.3, np.float32)
    plates = {FIRST + k: (grey + rng.normal(0, 0.002, grey.shape)).astype(np.float32) for k in range(2)}

    def ids(_name: str, frame: int) -> Picture:
        part = np.zeros((H, W), np.float32)
        part[:, 40 + 12 * (frame - FIRST) :] = 1
        return part

    key = plates[FIRST].copy()
    key[:, 40:] *= 2
    strong = PropagateSettings(guide_weights={"ids": 12.0})
    bright = _run(plates, {FIRST: key}, tmp_path, guide=ids, settings=strong)[1].picture.mean((0, 2)) > 0.45
    assert abs(int(bright.argmax()) - 52) <= 3


def test_a_cut_between_two_keys_is_not_crossed(tmp_path: Path) -> None:
    plates = _shot(6) | {FIRST + 6 + k: _scene(FIRST + k, seed=77)[::-1].copy() for k in range(4)}
    keys = {FIRST: _grade(plates[FIRST]), FIRST + 9: (plates[FIRST + 9] * np.float32(0.5)).astype(np.float32)}
    made = _run(plates, keys, tmp_path)
    for one in made:
        truth = _grade(plates[one.frame]) if one.frame < FIRST + 6 else plates[one.frame] * np.float32(0.5)
        assert _code_error(one.picture, truth) < 2
        assert {s.frame for s in one.trace.sources if s.role == "key"} == (
            {FIRST} if one.frame < FIRST + 6 else {FIRST + 9}
        )


def _refused(plates: Mapping[int, Picture], keys: Mapping[int, Picture], folder: Path, **given: object) -> str:
    with pytest.raises(BadInput) as refused:
        _run(plates, keys, folder, **given)  # type: ignore[arg-type]
    assert refused.value.hint and not str(refused.value).endswith(".")
    return str(refused.value)


def test_what_cannot_be_carried_is_refused_in_one_sentence(tmp_path: Path) -> None:
    plates = _shot(4)
    key = _grade(plates[FIRST])
    say = lambda name, keys, shot=plates, **given: _refused(shot, keys, tmp_path / name, **given)  # noqa: E731
    assert "identical to the plate" in say("same", {FIRST: plates[FIRST]})
    assert "is 50 × 40 pixels and the plate 112 × 72" in say("size", {FIRST: key[:40, :50]})
    assert "outside the shot" in say("outside", {FIRST + 9: key})
    assert "more than once" in say("twice", {FIRST: key}, asked=(FIRST, FIRST))
    assert "without a key" in say("none", {})
    assert "no numbers" in say("nan", {FIRST: np.full_like(key, np.nan)})
    assert "has one frame" in say("one", {FIRST: key}, {FIRST: plates[FIRST]})
    assert "smaller than a patch" in say("tiny", {FIRST: key[:4]}, {f: p[:4] for f, p in plates.items()})
    assert "no guide `ids`" in say("guide", {FIRST: key}, settings=PropagateSettings(guide_weights={"ids": 1.0}))
    small = lambda *_: np.zeros((9, 9), np.float32)  # noqa: E731
    assert "guide `ids` is 9 × 9 pixels" in say("small", {FIRST: key}, guide=small)
    cut = plates | {FIRST + 4: _scene(FIRST, seed=77)[::-1].copy()}
    assert "a cut lies between frames 1004 and 1005" in say("cut", {FIRST: key}, cut)


def test_a_half_float_key_with_new_grain_outside_its_edit_keeps_the_plate_there(tmp_path: Path) -> None:
    plates = _shot(3, grain=0.01)
    key = (
        (plates[FIRST] + np.random.default_rng(9).normal(0, 0.004, (H, W, 3)))
        .astype(np.float16)
        .astype(np.float32)
    )
    key[40:60, 75:95] *= 1.5
    for one in _run(plates, {FIRST: key}, tmp_path):
        assert one.matte[44:56, 79:91].min() > 0.9
        assert (one.matte[:, :60] > 0).mean() < 0.01
