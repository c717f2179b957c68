"""Patches, the network or both: told from one key, used on the others."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import EngineFrame
from secondunit.engines.keyframe.choose import Choice, Views, choose, colours_of, mix, patch_share
from secondunit.engines.keyframe.exam_sheet import decibels
from secondunit.engines.keyframe.lay_together import lay_together
from secondunit.engines.trace import CopyPart, ModelPart, PatchPart, Source, Trace, contributors, rebuild

F32 = npt.NDArray[np.float32]
H, W = 180, 320


def plate(frame: int) -> F32:
    rng = np.random.default_rng(4)
    wide = cv2.GaussianBlur(rng.random((H, W + 80, 3)), (0, 0), 2.0) - 0.5
    return (0.3 + 1.5 * wide[:, frame : frame + W]).clip(0.01).astype(np.float32)


def sign(frame: int) -> tuple[slice, slice]:
    """Where the artist painted something that nothing in the plate tells of."""
    left = 200 - frame
    return np.s_[60:110, left : left + 70]


def painted(frame: int) -> F32:
    """A grade everywhere, and a sign with stripes."""
    picture = plate(frame) * np.float32([1.5, 1.0, 0.6])
    stripes = (np.arange(70) // 4 % 2).astype(np.float32)
    picture[sign(frame)] = np.stack([0.9 * stripes, 0.1 + 0 * stripes, 0.8 - 0.7 * stripes], -1)
    return picture.astype(np.float32)


def views(frame: int) -> Views:
    """A network that knows the grade and smears the sign; patches that carry the sign and blur the grade's detail."""
    rng = np.random.default_rng(frame)
    truth = painted(frame)
    network = plate(frame) * np.float32([1.5, 1.0, 0.6]) * rng.normal(1, 0.01, (H, W, 1))
    network[sign(frame)] = 0.5 * cv2.blur(truth, (31, 31))[sign(frame)] + 0.5 * network[sign(frame)]
    patches = cv2.GaussianBlur(np.roll(truth, 1, 1), (0, 0), 1.2)
    patches[sign(frame)] = truth[sign(frame)]
    error = np.abs(rng.normal(0.02, 0.005, (H, W))).astype(np.float32)
    return Views(plate(frame), network.astype(np.float32), patches, error)


def learned(asked: int = 20) -> Choice:
    return choose(views(asked), painted(asked), colours_of([plate(0), plate(40)]))


def test_a_painted_object_survives_on_a_frame_nobody_painted() -> None:
    seen = views(45)
    share = patch_share(learned(), seen)
    inside = share[sign(45)]
    outside = share.copy()
    outside[50:120, 200 - 45 - 10 : 200 - 45 + 80] = 0
    assert inside[8:-8, 8:-8].min() > 0.8
    assert outside.mean() < 0.1
    both, truth = mix(seen, share), painted(45)
    here = np.zeros((H, W), bool)
    here[sign(45)] = True
    assert decibels(both, truth, here) > decibels(seen.network, truth, here) + 10


def test_laid_together_they_beat_both() -> None:
    seen, truth = views(45), painted(45)
    both = decibels(mix(seen, patch_share(learned(), seen)), truth)
    assert both > max(decibels(seen.network, truth), decibels(seen.patches, truth)) + 3


def test_what_it_says_it_gained_was_measured_where_it_had_not_looked() -> None:
    choice = learned()
    assert choice.blend_db > max(choice.network_db, choice.patches_db) + 3
    seen = views(45)
    again = decibels(mix(seen, patch_share(choice, seen)), painted(45))
    assert abs(choice.blend_db - again) < 2.5


def test_where_one_is_better_everywhere_it_speaks_alone() -> None:
    seen, truth = views(20), painted(20)
    colours = colours_of([plate(0)])
    rng = np.random.default_rng(0)
    noisy = (truth + rng.normal(0, 0.05, truth.shape)).astype(np.float32)
    for pair, wanted in (((truth, noisy), 0.0), ((noisy, truth), 1.0)):
        one = Views(seen.plate, *pair, seen.match_error)
        assert abs(float(patch_share(choose(one, truth, colours), one).mean()) - wanted) < 0.02


def test_colours_that_no_key_holds_are_known_as_new() -> None:
    known = colours_of([np.full((4, 4, 3), 0.18, np.float32)])
    assert known.max() == 1
    assert known.mean() < 0.9
    assert known[0, 7, 0] == 0


def test_both_traces_stand_in_the_frame_and_build_it_again() -> None:
    rng = np.random.default_rng(2)
    pictures = {
        Source(role, n): rng.random((12, 16, 3)).astype(np.float32)
        for role in ("plate", "key")
        for n in (1, 9)  # type: ignore[arg-type]
    }
    said, made = rng.random((12, 16, 3)).astype(np.float32), np.ones((12, 16), bool)
    y, x = np.mgrid[:12, :16].astype(np.float32)
    full = np.ones((12, 16), np.float32)
    model = ModelPart("ab" * 32, (0, 1), said)
    network = EngineFrame(5, said, full, Trace((Source("plate", 1), Source("key", 1)), made, (model,), (full,)))
    own = (Source("key", 9), Source("key", 1))
    field = np.stack([np.zeros((12, 16)), x.clip(2, 13), y.clip(2, 9)], -1).astype(np.int32)
    parts = (PatchPart(field, 1), CopyPart(np.ones((12, 16), np.int32), x, y))
    traced = Trace(own, made, parts, (full * 0.25, full * 0.75))
    matte = full.copy()
    matte[:, :4] = 0
    patches = EngineFrame(5, rebuild(traced, pictures.__getitem__), matte, traced, measures={"match_error": 3.0})
    share = np.linspace(0, 1, 16, dtype=np.float32) * full
    both = lay_together(network, patches, share)
    np.testing.assert_allclose(rebuild(both.trace, pictures.__getitem__), both.picture, atol=1e-5)
    np.testing.assert_allclose(np.sum(both.trace.weights, 0), 1, atol=1e-6)
    np.testing.assert_array_equal(both.picture[:, :4], said[:, :4])
    assert both.matte[0, 0] == 1 and 0.7 < both.matte[0, 3] < 0.9
    told = contributors(both.trace, 8, 6)
    assert {one.source for one in told} == {Source("plate", 1), Source("key", 1), Source("key", 9)}
    assert sum(one.weight for one in told if one.model_sha256) == np.float32(1) - share[6, 8]
    assert both.measures["patches.match_error"] == 3
