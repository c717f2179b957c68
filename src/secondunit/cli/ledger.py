"""`secondunit ledger`: is it what was written, take it away, who may write in it."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from secondunit.cli.options import Json, ShowDir
from secondunit.cli.speak import Counter, show

app = App(name="ledger", help="What happened to every right, line by signed line: check it, export it.")


@app.command
def verify(
    path: Path | None = None,
    *,
    against: Path | None = None,
    key: str = "",
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Go through every line of the ledger and name each one that was edited, dropped, moved or forged.

    Example: `secondunit ledger verify --against audits/2026-11`

    Parameters
    ----------
    path
        A show, or an export: that is checked without its show and without a network.
    against
        An earlier export or its `root.json`: what it holds must still be there.
    key
        The key that began the ledger, 64 hex digits, as the studio told it; where this machine does not know it.
    """
    from secondunit.callsheet.ledger_desk import check_export, check_show_ledger, is_export

    progress = Counter("lines")
    if path is not None and against is None and is_export(path):
        data, lines = check_export(path, key=key, progress=progress)
    else:
        data, lines = check_show_ledger(_show(path or show_dir), against=against, key=key, progress=progress)
    show(data, lines, as_json=json)
    return 0


@app.command
def export(path: Path, *, tsa: str | None = None, show_dir: ShowDir = None, json: Json = False) -> int:
    """Write the ledger into a folder that anybody can check: its lines, their signed root, its time stamp.

    Example: `secondunit ledger export audits/2026-11 --tsa https://time.example`

    Parameters
    ----------
    path
        The folder to make; must not exist yet.
    tsa
        The address of a time stamp authority (RFC 3161); without it `SECONDUNIT_TSA` is used where it is set.
    """
    from secondunit.callsheet.ledger_desk import export_show_ledger

    data, lines = export_show_ledger(_show(show_dir), path, tsa=tsa, progress=Counter("lines"))
    show(data, lines, as_json=json)
    return 0


@app.command(name="key")
def key_(*, show_dir: ShowDir = None, json: Json = False) -> int:
    """Print the public key that you write with, and whether it may write in this show.

    Example: `secondunit ledger key --show long_night`
    """
    from secondunit.callsheet.ledger_desk import own_key

    data, lines = own_key(_show(show_dir))
    show(data, lines, as_json=json)
    return 0


@app.command
def admit(key: str, *, name: str, by: str, show_dir: ShowDir = None, json: Json = False) -> int:
    """Let another person's key write in the ledger from now on.

    Example: `secondunit ledger admit 3d40…660c --name "Second desk" --by "Ada Lens"`

    Parameters
    ----------
    key
        64 hex digits, as `secondunit ledger key` prints them on that person's machine.
    name
        Whose it is.
    by
        Who lets it in.
    """
    from secondunit.callsheet.ledger_desk import let_write

    data, lines = let_write(_show(show_dir), key, name=name, by=by, allowed=True)
    show(data, lines, as_json=json)
    return 0


@app.command
def dismiss(key: str, *, name: str = "", by: str, show_dir: ShowDir = None, json: Json = False) -> int:
    """Take a key's right to write away; what it wrote before stays.

    Example: `secondunit ledger dismiss 3d40…660c --by "Ada Lens"`

    Parameters
    ----------
    key
        64 hex digits.
    name
        Whose it is.
    by
        Who decides it.
    """
    from secondunit.callsheet.ledger_desk import let_write

    data, lines = let_write(_show(show_dir), key, name=name, by=by, allowed=False)
    show(data, lines, as_json=json)
    return 0


def _show(given: Path | None) -> Path:
    from secondunit.callsheet.open_show import find_show

    return find_show(given)
