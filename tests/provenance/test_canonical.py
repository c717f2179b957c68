from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.errors import BadInput
from secondunit.slate.canonical import canonical_json, canonical_sha256


def test_the_examples_of_rfc_8785_come_out_as_printed_there() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical_json(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2}).index("\U0001f600".encode()) == 2


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53) + 1, 2**53 - 1)))
def test_order_of_keys_never_matters(value: dict[str, int]) -> None:
    backwards = dict(reversed(list(value.items())))
    assert canonical_sha256(value) == canonical_sha256(backwards)


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800", {"a": [-(2**60)]}])
def test_what_json_cannot_hold_is_bad_input(value: object) -> None:
    with pytest.raises(BadInput, match="cannot be written down"):
        canonical_json(value)  # type: ignore[arg-type]


def test_tuples_are_lists() -> None:
    assert canonical_json({"a": (1, (2, 3))}) == b'{"a":[1,[2,3]]}'
