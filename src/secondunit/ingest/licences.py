"""Licence identifiers and what they allow (SPDX licence list; Creative Commons deeds)."""

from __future__ import annotations

import datetime as dt
import re

from secondunit.errors import BadInput
from secondunit.slate.plate import Licence

_CC = re.compile(r"CC-BY(?P<terms>(?:-(?:SA|ND|NC))*)-(?P<version>\d\.\d)(?:-[A-Z]{2,4})?\Z", re.IGNORECASE)
_FREE = {"cc0-1.0": "CC0-1.0", "public-domain": "public-domain", "owned": "owned"}


def parse_licence(text: str, expires: dt.date | None = None) -> Licence:
    """A licence from its identifier: `owned`, `public-domain`, `CC0-1.0`, `CC-BY-4.0` and its kin, or a contract.

    ND allows no derivatives, NC no commercial use. Anything else is kept as a reference with unknown terms, and
    unknown counts as no. Raises `BadInput` for an empty text.
    """
    identifier = text.strip()
    if not identifier or "\n" in identifier:
        raise BadInput(
            "the footage has no licence",
            hint="pass `--licence` with `owned`, an SPDX id such as `CC-BY-4.0` or a contract",
        )
    if identifier.lower() in _FREE:
        return Licence(_FREE[identifier.lower()], True, True, expires)
    match = _CC.match(identifier)
    if not match:
        return Licence(identifier, None, None, expires)
    terms = match["terms"].upper().split("-")
    return Licence(identifier.upper(), "ND" not in terms, "NC" not in terms, expires)
