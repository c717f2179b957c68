from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traced_frames import SOURCES, pictures, random_trace

from secondunit.engines.trace import CopyPart, PatchPart, Source, Trace, contributors, rebuild
from secondunit.engines.trace_reference import rebuild_reference
from secondunit.errors import BadInput


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_frame_is_built_again_like_pixel_by_pixel(seed: int) -> None:
    trace, owned = random_trace(seed), pictures(seed)
    np.testing.assert_allclose(
        rebuild(trace, owned.__getitem__), rebuild_reference(trace, owned.__getitem__), atol=1e-5
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_weights_of_a_made_pixel_never_exceed_one(seed: int) -> None:
    trace = random_trace(seed)
    for y, x in np.argwhere(trace.made):
        told = contributors(trace, int(x), int(y))
        assert sum(one.weight for one in told) <= 1 + 1e-6
        assert list(told) == sorted(told, key=lambda one: -one.weight)
    for y, x in np.argwhere(~trace.made):
        assert contributors(trace, int(x), int(y)) == ()


def test_a_coherent_vote_is_one_pixel_of_one_source() -> None:
    rows, columns = np.indices((9, 9))
    field = np.stack([np.zeros((9, 9)), columns + 3, rows + 2], -1).astype(np.int32)
    one = np.ones((9, 9), np.float32)
    trace = Trace((Source("reference", 0),), one > 0, (PatchPart(field, 2),), (one,))
    for y, x in ((0, 0), (4, 5), (8, 8)):
        (only,) = contributors(trace, x, y)
        assert (only.source, only.x, only.y) == (Source("reference", 0), x + 3, y + 2)
        assert only.weight == pytest.approx(1)


def test_a_picture_that_is_not_the_source_is_refused() -> None:
    trace = dataclasses.replace(random_trace(3, kinds="patch"), correction=None)
    cropped = {source: picture[:6, :6] for source, picture in pictures(3).items()}
    for build in (rebuild, rebuild_reference):
        with pytest.raises(BadInput, match="points outside the picture of"):
            build(trace, cropped.__getitem__)


def test_a_place_left_of_the_source_does_not_wrap_to_its_other_side() -> None:
    one = np.ones((2, 2), np.float32)
    part = CopyPart(np.zeros((2, 2), np.int32), one * -1, one)
    trace = Trace(SOURCES[:1], one > 0, (part,), (one,))
    for build in (rebuild, rebuild_reference):
        with pytest.raises(BadInput):
            build(trace, pictures(0).__getitem__)


def test_a_source_nobody_took_from_is_not_even_opened() -> None:
    one = np.ones((4, 4), np.float32)
    part = CopyPart(np.zeros((4, 4), np.int32), one, one)
    trace = Trace(SOURCES[:2], one > 0, (part,), (one,))
    opened: list[Source] = []

    def open_picture(source: Source) -> np.ndarray:
        opened.append(source)
        return pictures(0)[source]

    rebuild(trace, open_picture)
    assert opened == [SOURCES[0]]


def test_a_full_frame_is_built_again_in_a_second_of_work() -> None:
    rng = np.random.default_rng(0)
    h, w = 360, 640
    field = np.stack(
        [rng.integers(0, 2, (h, w)), rng.integers(2, w - 2, (h, w)), rng.integers(2, h - 2, (h, w))], -1
    )
    one = np.ones((h, w), np.float32)
    trace = Trace(SOURCES[:2], one > 0, (PatchPart(field.astype(np.int32), 2),), (one,))
    owned = {source: rng.random((h, w, 3), np.float32) for source in SOURCES[:2]}
    rebuild(trace, owned.__getitem__)
    before = time.process_time()
    rebuild(trace, owned.__getitem__)
    assert time.process_time() - before < 2
