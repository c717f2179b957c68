"""Where a file comes from: its invisible mark read, and the line of a show's ledger that the mark names."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from secondunit.callsheet.open_show import find_show
from secondunit.provenance.watermark.watermark_movie import Found, identify
from secondunit.slate.entry import Entry
from secondunit.store.chain import entries
from secondunit.store.show_folder import open_show

Answer = tuple[dict[str, Any], list[str]]


def identify_file(path: Path, show: Path | None = None) -> Answer:
    """Read the mark of a movie or still; with a show also the line of its ledger that carries that number.

    A file without a sure mark is an answer, not an error: `data["found"]` is null. Raises `BadMedia` for what cannot
    be read, `BadInput` for a folder that is no show.
    """
    root = None if show is None else find_show(show)  # a wrong show is said before the work
    found = identify(path)
    if found is None:
        line = (
            f"{path.name}: no mark that is sure enough to claim; it may be unmarked, or too much was done to it"
        )
        return {"file": str(path), "found": None, "entry": None}, [line]
    entry = None if root is None else _line(root, found.index)
    data = {"file": str(path), "found": asdict(found), "entry": None if entry is None else entry.to_dict()}
    return data, [_sentence(path, found), *_entry_lines(root, entry)]


def _line(root: Path, number: int) -> Entry | None:
    if number < 1:
        return None
    store = open_show(root)
    try:
        with store.ledger.read() as connection:
            entry = next(iter(entries(connection, after=number - 1)), None)
    finally:
        store.close()
    return entry if entry is not None and entry.number == number else None


def _sentence(path: Path, found: Found) -> str:
    frames = "1 frame" if found.n_frames == 1 else f"{found.n_frames} frames"
    return (
        f"{path.name}: ledger entry {found.index} · {found.agreement:.0%} of its signs in {frames} · "
        f"by chance at most {found.chance:.0e}"
    )


def _entry_lines(root: Path | None, entry: Entry | None) -> list[str]:
    if root is None:
        return []
    if entry is None:
        return [f"  the ledger of {root.name} has no such entry: the mark is another show's"]
    return [
        f"  {entry.at.date().isoformat()}  {entry.kind}  {entry.subject}  written by {entry.author}",
        "  the mark holds a number and no show: compare the pictures before you rely on it",
    ]
