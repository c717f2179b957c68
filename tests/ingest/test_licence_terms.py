from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.errors import BadInput
from secondunit.ingest import parse_licence


@pytest.mark.parametrize(
    ("text", "identifier", "derivatives", "commercial"),
    [
        ("CC0-1.0", "CC0-1.0", True, True),
        ("cc0-1.0", "CC0-1.0", True, True),
        ("owned", "owned", True, True),
        ("public-domain", "public-domain", True, True),
        ("CC-BY-2.0", "CC-BY-2.0", True, True),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0", True, True),
        ("CC-BY-ND-4.0", "CC-BY-ND-4.0", False, True),
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", True, False),
        ("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-3.0", True, False),
        ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0", False, False),
        ("CC-BY-3.0-US", "CC-BY-3.0-US", True, True),
        ("Pexels", "Pexels", None, None),
        ("contract 2026/17", "contract 2026/17", None, None),
        ("CC-BY", "CC-BY", None, None),
        ("Apache-2.0", "Apache-2.0", None, None),
    ],
)
def test_what_a_licence_allows(
    text: str, identifier: str, derivatives: bool | None, commercial: bool | None
) -> None:
    licence = parse_licence(text)
    assert (licence.identifier, licence.derivatives, licence.commercial) == (identifier, derivatives, commercial)


@pytest.mark.parametrize("text", ["", "  ", "\t", "two\nlines"])
def test_no_licence_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no licence"):
        parse_licence(text)


def test_an_expiry_is_kept() -> None:
    assert parse_licence("owned", dt.date(2027, 1, 1)).expires == dt.date(2027, 1, 1)


@given(st.text(min_size=1))
def test_unknown_terms_are_never_yes(text: str) -> None:
    try:
        licence = parse_licence(text)
    except BadInput:
        return
    known = ("CC0-1.0", "owned", "public-domain")
    assert licence.identifier in known or licence.identifier.startswith("CC-BY-") or licence.derivatives is None
