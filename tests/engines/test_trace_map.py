from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traced_frames import SOURCES, random_trace

from secondunit.engines.trace import CopyPart, Source, Trace, contributors
from secondunit.engines.trace_map import CHANNELS, LAYER, map_trace
from secondunit.media.exr import read_exr, write_exr


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_map_says_what_the_contributors_say(seed: int) -> None:
    trace = random_trace(seed)
    found = map_trace(trace)
    total: dict[Source, float] = dict.fromkeys(SOURCES, 0.0)
    for y, x in np.ndindex(trace.made.shape):
        told = contributors(trace, x, y)
        index, px, py, weight, count = found.pixels[y, x]
        if not told:
            assert (index, px, py, weight, count) == (-1, -1, -1, 0, 0)
            continue
        for one in told:
            total[one.source] += one.weight
        assert weight == pytest.approx(told[0].weight, abs=1e-6)
        best = {(c.source, c.x, c.y) for c in told if c.weight >= told[0].weight - 1e-6}
        assert (trace.sources[int(index)], px, py) in best
        assert count == len(told)
    for source, share in found.shares.items():
        assert share == pytest.approx(total[source] / trace.made.sum(), abs=1e-6)


def test_who_gave_nothing_has_a_share_of_exactly_nothing() -> None:
    one = np.ones((6, 6), np.float32)
    index = np.zeros((6, 6), np.int32)
    index[0] = 1
    made = one > 0
    made[0] = False  # only pixels that were not made point at the second source
    trace = Trace(SOURCES[:2], made, (CopyPart(index, one, one),), (one,))
    assert map_trace(trace).shares == {SOURCES[0]: 1.0, SOURCES[1]: 0.0}


def test_a_model_counts_for_all_it_learned_from() -> None:
    trace = random_trace(4, kinds="model")
    shares = map_trace(dataclasses.replace(trace, sources=SOURCES[:3])).shares
    assert shares == {SOURCES[0]: pytest.approx(0.5), SOURCES[1]: pytest.approx(0.5), SOURCES[2]: 0.0}


def test_the_map_is_a_layer_of_full_floats(tmp_path: Path) -> None:
    trace = random_trace(9)
    found = map_trace(trace)
    beauty = np.zeros((*trace.made.shape, 3), np.float32)
    write_exr(tmp_path / "a.exr", {"beauty": beauty, LAYER: found.layer()})
    layer = read_exr(tmp_path / "a.exr").layers[LAYER]
    order = [layer.channels.index(name) for name in CHANNELS]
    np.testing.assert_array_equal(layer.pixels[..., order], found.pixels)
