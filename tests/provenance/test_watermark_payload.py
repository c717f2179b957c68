"""The word in the watermark: it comes back, survives wrong signs, and is not claimed where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput
from secondunit.provenance.watermark.watermark_payload import (
    LARGEST_INDEX,
    N_BITS,
    N_PARTS,
    crc8,
    payload_bits,
    read_payload,
    word_chance,
)
from secondunit.provenance.watermark.watermark_vote import LIMIT, spread, vote

INDICES = st.integers(0, LARGEST_INDEX)
SEEDS = st.integers(0, 2**32 - 1)


def soft_bits(index: int) -> np.ndarray:
    return payload_bits(index).astype(np.float32) * 2 - 1


@given(INDICES)
@settings(max_examples=50, deadline=None)
def test_every_index_comes_back(index: int) -> None:
    reading = read_payload(soft_bits(index))
    assert (reading.index, reading.n_wrong, reading.agreement) == (index, 0, 1.0)
    assert reading.chance < 2.0**-70


@given(INDICES, SEEDS)
@settings(max_examples=50, deadline=None)
def test_noise_in_every_eighth_sign_is_survived(index: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    soft = soft_bits(index)
    wrong = rng.permutation(soft.size)[: soft.size // 8]
    soft.reshape(-1)[wrong] *= -0.3
    reading = read_payload(soft)
    assert reading.index == index
    assert reading.n_wrong == len(wrong)
    assert reading.chance < LIMIT


@pytest.mark.parametrize("index", [-1, LARGEST_INDEX + 1])
def test_an_index_that_does_not_fit_is_refused(index: int) -> None:
    with pytest.raises(BadInput, match="does not fit"):
        payload_bits(index)


@given(INDICES, st.integers(0, 23))
@settings(max_examples=50, deadline=None)
def test_the_checksum_tells_neighbours_apart(index: int, bit: int) -> None:
    assert crc8(index) != crc8(index ^ 1 << bit)


@pytest.mark.parametrize("heavy", [False, True])
def test_the_bound_holds_for_unrelated_signs(heavy: bool) -> None:
    rng = np.random.default_rng(5)
    draw = rng.standard_cauchy if heavy else rng.standard_normal
    chances = np.array([read_payload(draw((N_PARTS, N_BITS)).astype(np.float32)).chance for _ in range(1000)])
    for promise in (0.5, 0.1, 0.01):
        assert (chances <= promise).mean() <= promise


def test_the_bound_holds_for_one_word_named_before() -> None:
    """Whatever the soft bits, for words that have nothing to do with them, down to one in ten thousand."""
    rng = np.random.default_rng(7)
    lean = np.repeat(rng.standard_normal((1, N_BITS)), N_PARTS, axis=0) + rng.standard_normal((N_PARTS, N_BITS))
    words = np.stack([payload_bits(int(k)) for k in rng.integers(0, LARGEST_INDEX, 20_000)]) * 2.0 - 1
    agreed = (words * lean).sum(axis=(1, 2))
    near = [word_chance(lean * words[k]) for k in np.argsort(-agreed)[:400]]
    assert min(near) < 1e-2  # it is a bound that bites
    for promise in (1e-2, 1e-3, 1e-4):
        assert sum(chance <= promise for chance in near) / len(words) <= promise


def test_parts_and_frames_that_lean_alike_are_no_evidence() -> None:
    """A picture's content leans the same bits everywhere; without masks of their own that would look like a word."""
    rng = np.random.default_rng(6)
    for _ in range(300):
        lean = np.repeat(rng.standard_normal((1, N_BITS)), N_PARTS, axis=0).astype(np.float32)
        assert vote([lean] * 36).chance > LIMIT
        word = payload_bits(int(rng.integers(LARGEST_INDEX)))[:1].astype(np.float32) * 2 - 1
        assert vote([np.repeat(word, N_PARTS, axis=0)] * 36).chance > LIMIT


def test_looking_oftener_is_paid_for() -> None:
    soft = soft_bits(99)
    assert read_payload(soft, 6).chance == pytest.approx(6 * read_payload(soft).chance)


def test_nothing_read_is_nothing_claimed() -> None:
    assert read_payload(np.zeros((N_PARTS, N_BITS), np.float32)).chance == 1


@given(st.integers(1, 200))
def test_frames_are_taken_from_all_over(n: int) -> None:
    order = spread(n)
    assert sorted(order) == list(range(n))
    if n >= 16:
        assert {k * 4 // n for k in order[:8]} == {0, 1, 2, 3}
