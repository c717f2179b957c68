"""A show: its name, its code, its rate and the colour configuration every shot of it uses."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from secondunit.errors import BadInput
from secondunit.slate.naming import check_show_code

DEFAULT_COLOUR_CONFIG = "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"
WORKING_SPACE = "ACEScg"


@dataclass(frozen=True)
class Show:
    """What `show.toml` holds. `colour_config` is an OpenColorIO config by name, recorded in every header.

    `policies` are the ids of those the show has picked, besides the house rules that every show has; `commercial`
    says whether it will earn money. `ledger` is the URL of a PostgreSQL database; empty: a file in the show.
    """

    name: str
    code: str
    rate: Fraction
    colour_config: str = DEFAULT_COLOUR_CONFIG
    policies: tuple[str, ...] = ()
    commercial: bool = True
    ledger: str = ""

    def __post_init__(self) -> None:
        check_show_code(self.code)
        if not self.name.strip() or "\n" in self.name:
            raise BadInput("a show needs a name on one line", hint="pass `--name 'The Long Night'`")
