"""`secondunit report`: what was generated, by what, from what, with whose consent, approved by whom."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from secondunit.cli.options import Json, ShowDir
from secondunit.cli.speak import show

app = App(name="report", help="The disclosure report of a show, a shot or a version. It is no legal advice.")


@app.default
def report(
    what: str | None = None, *, to: Path | None = None, show_dir: ShowDir = None, json: Json = False
) -> int:
    """Write the disclosure report as JSON, HTML and PDF.

    Example: `secondunit report TLN_101_BAR_0010 --to reports/bar`

    Parameters
    ----------
    what
        A shot or a version, `TLN_101_BAR_0010 v002`; without it the latest version of every shot.
    to
        The folder to make; must not exist yet. Without it, in the show's `reports/`.
    """
    from secondunit.callsheet.open_show import find_show
    from secondunit.callsheet.report_desk import report as write

    data, lines = write(find_show(show_dir), what, to=to)
    show(data, lines, as_json=json)
    return 0
