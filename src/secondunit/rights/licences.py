"""What a licence's name says about derivatives and commerce; nothing known is not a yes.

The Creative Commons family is read from its name (creativecommons.org/licenses: BY attribution, SA share alike,
ND no derivatives, NC non-commercial); a few others are listed. Names are SPDX ids (spdx.org/licenses).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from secondunit.slate.plate import Licence

OWNED = "owned"
_CC = re.compile(r"CC-BY((?:-(?:NC|ND|SA))*)(?:-(?:1\.0|2\.0|2\.1|2\.5|3\.0|4\.0)(?:-[A-Z]{2,4})?)?\Z", re.I)
_NOTHING = frozenset({"", "?", "-", "n/a", "na", "none", "noassertion", "tbd", "todo", "unknown", "unlicensed"})


@dataclass(frozen=True)
class Terms:
    """What may be done, and what is owed. None means that it is not known."""

    derivatives: bool | None = None
    commercial: bool | None = None
    share_alike: bool = False
    attribution: bool = False
    source: str = "the licence text"


_LISTED = {
    OWNED: Terms(True, True, source="ownership"),
    "cc0-1.0": Terms(True, True, source="CC0 1.0 section 2"),
    "cc-pdm-1.0": Terms(True, True, source="Public Domain Mark 1.0"),
    "public-domain": Terms(True, True, source="public domain"),
    "mit": Terms(True, True, attribution=True, source="MIT licence"),
    "bsd-2-clause": Terms(True, True, attribution=True, source="BSD 2-Clause licence"),
    "bsd-3-clause": Terms(True, True, attribution=True, source="BSD 3-Clause licence"),
    "apache-2.0": Terms(True, True, attribution=True, source="Apache License 2.0 section 4"),
    "licenseref-pexels": Terms(True, True, source="Pexels License"),
    "licenseref-unsplash": Terms(True, True, source="Unsplash License"),
    "all-rights-reserved": Terms(False, False, source="copyright"),
}


def is_named(identifier: str) -> bool:
    """False for an empty name and for the words people write when they do not know."""
    return identifier.strip().lower() not in _NOTHING


def terms_of(identifier: str) -> Terms:
    """What the name alone says; a contract reference or a name not listed says nothing.

    >>> terms_of("CC BY-ND 4.0").derivatives
    False
    """
    name = re.sub(r"[\s_]+", "-", identifier.strip())
    if name.lower() in _LISTED:
        return _LISTED[name.lower()]
    match = _CC.match(name)
    if not match:
        return Terms()
    marks = set(match[1].upper().split("-"))
    return Terms(
        derivatives="ND" not in marks,
        commercial="NC" not in marks,
        share_alike="SA" in marks,
        attribution=True,
        source=f"Creative Commons {name.upper()}",
    )


def granted_terms(licence: Licence) -> Terms:
    """The terms of a recorded licence: a name that says no outweighs a record that says yes, and the reverse."""
    named = terms_of(licence.identifier)
    return Terms(
        derivatives=_both(named.derivatives, licence.derivatives),
        commercial=_both(named.commercial, licence.commercial),
        share_alike=named.share_alike,
        attribution=named.attribution,
        source=named.source,
    )


def read_licence(
    identifier: str,
    *,
    derivatives: bool | None = None,
    commercial: bool | None = None,
    expires: dt.date | None = None,
) -> Licence:
    """A licence from what a person typed: the name fills in what is not said; where it is silent, None stays."""
    named = terms_of(identifier)
    return Licence(
        identifier=identifier.strip(),
        derivatives=named.derivatives if derivatives is None else derivatives,
        commercial=named.commercial if commercial is None else commercial,
        expires=expires,
    )


def _both(named: bool | None, recorded: bool | None) -> bool | None:
    if named is False or recorded is False:
        return False
    # A record that is silent stays unknown even under a known name: somebody has to have looked.
    return recorded
