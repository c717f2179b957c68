"""A show: its name, its code, its rate and the colour configuration every shot of it uses."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from fractions import Fraction

from secondunit.errors import BadInput
from secondunit.slate.naming import check_show_code

DEFAULT_COLOUR_CONFIG = "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"
WORKING_SPACE = "ACEScg"
_SHOW_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Show:
    """What `show.toml` holds. `colour_config` is an OpenColorIO config by name, recorded in every header.

    `policies` are the ids of those the show has picked, besides the house rules that every show has; `commercial`
    says whether it will earn money. `ledger` is the URL of a PostgreSQL database; empty: a file in the show.
    `show_id`, 32 hex digits, is made at random with the show and stands in the first line of its ledger: two shows may
    share a code, never an id. Empty: the show was not made yet. `find_faces` says whether plates are looked through.
    """

    name: str
    code: str
    rate: Fraction
    colour_config: str = DEFAULT_COLOUR_CONFIG
    policies: tuple[str, ...] = ()
    commercial: bool = True
    ledger: str = ""
    show_id: str = ""
    find_faces: bool = True

    def __post_init__(self) -> None:
        check_show_code(self.code)
        if self.show_id:
            check_show_id(self.show_id)
        if not self.name.strip() or "\n" in self.name:
            raise BadInput("a show needs a name on one line", hint="pass `--name 'The Long Night'`")


def new_show_id() -> str:
    """An id that no other show has: 128 random bits."""
    return secrets.token_hex(16)


def check_show_id(text: str) -> str:
    """The id of a show; raises `BadInput` for anything but 32 small hex digits."""
    if not _SHOW_ID.fullmatch(text):
        raise BadInput(f"`{text[:80]}` is no id of a show", hint="put back the one that `secondunit new` wrote")
    return text
