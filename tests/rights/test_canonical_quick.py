"""The quick way to canonical JSON writes what the standard's own encoder writes, byte for byte."""

import math
import string

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadInput
from secondunit.slate.canonical import canonical_json

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
keys = st.text(string.ascii_letters + "_é\ud7ff\U0001f600\ufb01", max_size=4)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=600, deadline=None)
@given(values)
def test_it_is_the_standards_own(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number",
    [
        0.0,
        -0.0,
        1.0,
        -1.5,
        1e-4,
        9.9e-5,
        1e-6,
        9e-7,
        5e-324,
        1e15,
        1e16,
        123456789012345680.0,
        1e21,
        1.7e308,
        0.1,
    ],
)
def test_numbers_at_the_edges(number: float) -> None:
    assert canonical_json([number]) == rfc8785.dumps([number])


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800", {1: 2}, {"a": b"x"}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(BadInput):
        canonical_json(value)  # type: ignore[arg-type]
