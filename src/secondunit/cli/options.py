"""Options that many commands have, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the answer as JSON on stdout.")]
ShowDir = Annotated[Path | None, Parameter(name="--show", help="The show folder, when not inside it.")]
Words = Annotated[list[str] | None, Parameter(negative="")]
Keys = Annotated[list[str], Parameter(negative="")]
Settings = Annotated[list[str] | None, Parameter(name="--set", negative="")]
