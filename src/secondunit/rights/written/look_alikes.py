"""Letters that look like Latin ones: a part of Unicode's confusables (UTS #39), and what people misread.

The whole table has thousands of rows, most of them for symbols that no name may hold; here are the letters of the
scripts that names are written in. Letters are written by their Unicode names, since nobody sees which is which.
"""

from __future__ import annotations

import unicodedata

_SMALL = {
    "CYRILLIC SMALL LETTER": "A a, IE e, O o, ER p, ES c, U y, HA x, DZE s, BYELORUSSIAN-UKRAINIAN I i, JE j, "
    "SHHA h, KOMI DE d, QA q, WE w, STRAIGHT U y, PALOCHKA l, KA k, EM m, TE t, IZHITSA v",
    "GREEK SMALL LETTER": "ALPHA a, OMICRON o, RHO p, NU v, UPSILON u, IOTA i, KAPPA k, GAMMA y, ETA n, CHI x, "
    "OMEGA w, TAU t",
    "ARMENIAN SMALL LETTER": "OH o, SEH u, HO h, CO g, GIM q, NOW n, VO n",
    "LATIN SMALL LETTER": "DOTLESS I i, L WITH STROKE l, O WITH STROKE o, D WITH STROKE d, H WITH STROKE h, "
    "T WITH STROKE t, ALPHA a, SCRIPT G g, IOTA i, DOTLESS J j, AE ae",
    "LATIN SMALL LIGATURE": "OE oe",
}
_CAPITAL = {
    "CYRILLIC CAPITAL LETTER": "A A, VE B, IE E, KA K, EM M, EN H, O O, ER P, ES C, TE T, HA X, U Y, DZE S, "
    "BYELORUSSIAN-UKRAINIAN I l, JE J, QA Q, WE W, STRAIGHT U Y, KOMI SJE G, IZHITSA V",
    "CYRILLIC LETTER": "PALOCHKA l",
    "GREEK CAPITAL LETTER": "ALPHA A, BETA B, EPSILON E, ZETA Z, ETA H, IOTA l, KAPPA K, MU M, NU N, OMICRON O, "
    "RHO P, TAU T, UPSILON Y, CHI X",
    "ARMENIAN CAPITAL LETTER": "OH O, SEH U, VO N",
    "LATIN CAPITAL LETTER": "I l, L WITH STROKE L, O WITH STROKE O, D WITH STROKE D, H WITH STROKE H, "
    "T WITH STROKE T, ETH D, AE AE",
    "LATIN CAPITAL LIGATURE": "OE OE",
    "CHEROKEE LETTER": "A D, E R, I T, GO A, GU J, GV E, LA W, LU M, MI H, NAH G, NO Z, SI b, SV R, TA W, DE S, "
    "DO V, DU S, TLE L, TLI C, TLV P, TSO K, TSU d",
    "LISU LETTER": "BA B, PA P, DA D, TA T, GA G, KA K, JA J, CA C, DZA Z, TSA F, MA M, NA N, LA L, SA S, ZA R, "
    "HA V, XA H, FA E, WA W, SHA X, YA Y, A A, E E, I l, O O, U U",
}
_SIGNS = {"0": "O", "1": "l", "|": "l", "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u02bb": "'", "`": "'"}
_DASHES = {chr(number): "-" for number in range(0x2010, 0x2016)}


def _table() -> dict[str, str]:
    table = {**_SIGNS, **_DASHES}
    for prefix, letters in (*_SMALL.items(), *_CAPITAL.items()):
        for pair in letters.split(", "):
            name, _, looks = pair.rpartition(" ")
            table[unicodedata.lookup(f"{prefix} {name}")] = looks
    return table


LOOKS: dict[str, str] = _table()
"""A letter or sign, and what it looks like."""

TWINS: tuple[tuple[str, str], ...] = (("rn", "m"), ("vv", "w"))
"""Two letters that look like one."""
