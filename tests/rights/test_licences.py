from __future__ import annotations

import pytest

from secondunit.rights import read_licence, terms_of


@pytest.mark.parametrize(
    ("name", "derivatives", "commercial", "share_alike"),
    [
        ("CC-BY-4.0", True, True, False),
        ("CC BY-SA 3.0", True, True, True),
        ("cc_by_nc_4.0", True, False, False),
        ("CC-BY-NC-SA-2.5", True, False, True),
        ("CC-BY-ND-2.0", False, True, False),
        ("CC-BY-NC-ND-3.0-IGO", False, False, False),
        ("CC-BY", True, True, False),
        ("Public Domain", True, True, False),
        ("All rights reserved", False, False, False),
        ("contract: Blue Barn 2026/17", None, None, False),
        ("CC-BY-XX-4.0", None, None, False),
        ("CC-BY-4.0-and-more", None, None, False),
    ],
)
def test_the_name_says_what_it_says_and_nothing_more(
    name: str, derivatives: bool | None, commercial: bool | None, share_alike: bool
) -> None:
    terms = terms_of(name)
    assert (terms.derivatives, terms.commercial, terms.share_alike) == (derivatives, commercial, share_alike)


def test_a_person_may_state_what_a_contract_allows() -> None:
    licence = read_licence("contract: Blue Barn 2026/17", derivatives=True)
    assert (licence.derivatives, licence.commercial) == (True, None)
