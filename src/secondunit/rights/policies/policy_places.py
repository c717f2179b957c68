"""Places as policies see them: a release or a home touches a law's place, and what is not understood touches all.

Words are ISO 3166-1 (`US`) and 3166-2 (`US-CA`) codes, `EU`, `EEA` and `WORLD`.
"""

from __future__ import annotations

import re
from functools import lru_cache

WORLD, EU, EEA = "WORLD", "EU", "EEA"

# fmt: off
MEMBERS = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))
# fmt: on
"""The 27 states of the European Union."""

_CODE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?\Z")


def is_place(word: str) -> bool:
    """Whether a word is written the way places are written here."""
    return word in (WORLD, EEA) or _CODE.match(word) is not None


@lru_cache(maxsize=4096)
def touches(word: str | None, place: str) -> bool:
    """Whether what happens in `word` may fall under the law of `place`; a word nobody understands always may.

    >>> touches("US", "US-CA"), touches("FR", "EU"), touches("GB", "EU"), touches("Latin America", "EU")
    (True, True, False, True)
    """
    if word is None or not is_place(word) or WORLD in (word, place) or word == place:
        return True
    land, law = word[:2] if word != EEA else EEA, place[:2] if place != EEA else EEA
    if word in (EU, EEA) or place in (EU, EEA):
        return _in_union(land) and _in_union(law)
    # A land without its part may be that part; two parts of one land are not each other.
    return land == law and ("-" not in word or "-" not in place)


def _in_union(land: str) -> bool:
    return land in (EU, EEA) or land in MEMBERS
