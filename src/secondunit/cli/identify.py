"""`secondunit identify`: which ledger entry a movie or picture comes from, by its invisible mark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from secondunit.cli.options import Json
from secondunit.cli.speak import show

ShowDir = Annotated[Path | None, Parameter(name="--show", help="The show whose ledger names the version.")]

app = App(name="identify", help="Find the ledger entry of a movie or picture by its invisible mark.")


@app.default
def identify(file: Path, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """Find the ledger entry of a movie or picture by its invisible mark, also after re-encoding or another size.

    Example: `secondunit identify from_the_web.mp4 --show long_night`

    Parameters
    ----------
    file
        A movie or a still, from anywhere.
    """
    from secondunit.callsheet.identify_desk import identify_file

    data, lines = identify_file(file, show_dir)
    show(data, lines, as_json=json)
    return 0
