"""Make a show: its folder, its `show.toml`, and the ledger with the line that founds it."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors
from secondunit.slate.show import Show, new_show_id
from secondunit.store.founding import found_ledger
from secondunit.store.keys import Signer
from secondunit.store.ledger import LEDGER_FILE, Ledger
from secondunit.store.show_file import SHOW_FILE, write_show
from secondunit.store.show_folder import FOLDERS, Store, enclosing, open_show, own_signer


def create_show(
    folder: Path, show: Show, *, signer: Signer | None = None, at: dt.datetime | None = None
) -> Store:
    """Make a show in a new folder, found its ledger with a key (by default this person's) and open it.

    An id is made for it unless it has one. Raises `BadInput` when the folder exists, lies inside another show or may
    not be written, or the database holds a ledger already, `EngineFailed` on a full disk. The folder appears complete
    or not at all.
    """
    place = folder.resolve()
    outer = enclosing(place.parent)
    if outer is not None:
        raise BadInput(f"`{folder}` lies inside the show `{outer}`", hint="make a show beside it, not in it")
    if place.exists():
        raise BadInput(f"`{folder}` exists already", hint="name a folder that does not exist yet")
    if not place.parent.is_dir():
        raise BadInput(f"`{place.parent}` does not exist", hint="make that folder first")
    named = show if show.show_id else replace(show, show_id=new_show_id())
    with plain_disk_errors(place.parent):
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".partial", dir=place.parent))
        try:
            beside.chmod(0o755)
            for name in FOLDERS:
                (beside / name).mkdir()
            write_show(beside / SHOW_FILE, named)
            _found(beside, place, named, signer or own_signer(), at or dt.datetime.now(dt.UTC))
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    return open_show(place)


def _found(beside: Path, place: Path, show: Show, signer: Signer, at: dt.datetime) -> None:
    """Found the ledger and give the folder its name: a file is carried along, a server believes in the show last."""
    ledger = Ledger(show.ledger or beside / LEDGER_FILE)
    try:
        ledger.migrate()
        with ledger.write() as connection:
            found_ledger(connection, show, signer=signer, at=at)
            if ledger.path is None:
                beside.rename(place)
    except BaseException:
        if ledger.path is None and not beside.exists():
            place.rename(beside)  # the server did not keep the line
        raise
    finally:
        ledger.close()
    if ledger.path is not None:
        beside.rename(place)
