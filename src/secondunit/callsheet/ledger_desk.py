"""The ledger at a person's desk: gone through, exported, checked, opened to another key."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from secondunit.errors import BadInput, VerificationFailed
from secondunit.provenance.certificates import trust_anchors
from secondunit.provenance.ledger_export import (
    ROOT,
    ExportVerdict,
    compare_with_export,
    export_ledger,
    verify_export,
)
from secondunit.provenance.timestamp import http_transport
from secondunit.store.chain import admit_key, head
from secondunit.store.chain_verify import ChainVerdict, Progress, verify_ledger
from secondunit.store.chain_writers import Writers
from secondunit.store.keys import is_key, known_keys
from secondunit.store.own_folder import config_folder
from secondunit.store.show_folder import open_show

Answer = tuple[dict[str, Any], list[str]]

_MEND = "restore the ledger from a backup or an export; what is listed here is not to be relied on"
_WHO = (
    "ask the studio for the key (`secondunit ledger key` prints it there) and pass it with `--key`, "
    "or put it into `{folder}` as `NAME.pub`"
)


def check_show_ledger(
    show: Path, *, against: Path | None = None, key: str = "", progress: Progress | None = None
) -> Answer:
    """Go through a show's ledger, and compare it with an export or a signed root where one is given.

    Raises `VerificationFailed` with every line that differs, or when nobody here knows the key that began it.
    """
    export = None if against is None else _checked_export(against, key)
    store = open_show(show)
    try:
        with store.ledger.read() as connection:
            chain = verify_ledger(connection, founder=_key(key), progress=progress)
    finally:
        store.close()
    bad = list(chain.findings) + (compare_with_export(chain, export) if export else [])
    sentences = [finding.sentence for finding in sorted(bad, key=lambda finding: finding.first)]
    if export is not None and chain.n_lines and chain.founder != export.checkpoint.founder:
        sentences.append("the ledger and the export were not begun by the same key")
    size = export.checkpoint.size if export is not None else 0
    if export is not None and size and not chain.writers.may_write(export.checkpoint.key, size + 1):
        sentences.append("the signed root that it was compared with was signed with a foreign key")
    if sentences:
        raise _broken("the ledger", sentences)
    if chain.n_lines:
        _raise_if_stranger(chain.founder, key)
    data = chain.to_dict() | {"path": str(show), "against": None if export is None else export.to_dict()}
    lines = [f"ok: {_count(chain)} of the ledger as they were written, root {chain.root[:16]}…"]
    return data, lines + ([] if export is None else [_since(export), *export.notes])


def check_export(path: Path, *, key: str = "", progress: Progress | None = None) -> Answer:
    """Check an exported ledger, or a signed root alone. Needs no show. Raises like `check_show_ledger`."""
    export = verify_export(path, founder=_key(key), roots=trust_anchors(), progress=progress)
    if not export.ok:
        raise _broken(f"`{path.name}`", list(export.findings))
    if export.checkpoint.size:
        _raise_if_stranger(export.checkpoint.founder, key)
    if export.chain is None:
        # Without the lines nobody can tell whom the founder let in.
        _raise_if_stranger(export.checkpoint.key, key, "the root is signed, but by the key")
    what = "the lines of the ledger" if export.chain is not None else "the signed root alone"
    line = f"ok: {what} of {export.checkpoint.show}, 1 to {export.checkpoint.size}, as exported"
    return export.to_dict() | {"path": str(path)}, [line, _since(export), *export.notes]


def is_export(path: Path) -> bool:
    """Whether a path is an exported ledger or its signed root, rather than a show."""
    return path.is_file() or (path / ROOT).is_file()


def export_show_ledger(
    show: Path, to: Path, *, tsa: str | None = None, progress: Progress | None = None
) -> Answer:
    """Export a show's ledger with its signed root, time-stamped where an authority is named here or by
    `SECONDUNIT_TSA`. Raises `VerificationFailed`, `BadInput`, `EngineFailed`."""
    url = os.environ.get("SECONDUNIT_TSA", "") if tsa is None else tsa
    transport = http_transport(url) if url else None
    store = open_show(show)
    try:
        root = export_ledger(
            store, to, signer=store.signer(), at=dt.datetime.now(dt.UTC), transport=transport, progress=progress
        )
    finally:
        store.close()
    data = {"folder": str(to), "lines": root.size, "root": root.root, "head": root.head, "key": root.key}
    stamped = f"time-stamped by {url}" if url else "without a time stamp: `--tsa URL` asks an authority for one"
    return data | {"tsa": url or None}, [f"exported {root.size} lines to {to}, root {root.root[:16]}…", stamped]


def own_key(show: Path) -> Answer:
    """The public key that this person writes with, and whether it may write in a show. Raises `BadInput`."""
    store = open_show(show)
    try:
        key = store.signer().key
        with store.ledger.read() as connection:
            last, writers = head(connection), Writers.of(connection)
    finally:
        store.close()
    may = last is None or writers.may_write(key, last.number + 1)
    words = (
        "may write in this show's ledger" if may else "may not write in this show's ledger until it is admitted"
    )
    lines = [key, words, *([f"the ledger was begun by {writers.founder}"] if last else [])]
    return {"key": key, "may_write": may, "founder": writers.founder or None}, lines


def let_write(show: Path, key: str, *, name: str, by: str, allowed: bool) -> Answer:
    """Let another key write in a show's ledger from now on, or no longer. Raises `BadInput`."""
    store = open_show(show)
    try:
        signer, now = store.signer(), dt.datetime.now(dt.UTC)
        with store.locked(), store.ledger.write() as connection:
            entry = admit_key(connection, key, name, allowed=allowed, author=by, signer=signer, at=now)
    finally:
        store.close()
    words = "may write in the ledger from now on" if allowed else "may no longer write in the ledger"
    return {"line": entry.number, "key": key, "allowed": allowed}, [
        f"{name or key[:16]} {words} (line {entry.number})"
    ]


def _checked_export(path: Path, key: str) -> ExportVerdict:
    export = verify_export(path, founder=_key(key), roots=trust_anchors())
    if not export.ok:
        raise _broken(f"the export `{path}`", list(export.findings))
    return export


def _key(text: str) -> str:
    if text and not is_key(text):
        raise BadInput(
            f"`{text[:80]}` is no key", hint="a key is 64 hex digits: `secondunit ledger key` prints it"
        )
    return text


def _raise_if_stranger(
    found: str, key: str, what: str = "the ledger fits together, but was begun by the key"
) -> None:
    folder = config_folder() / "keys"
    if found == key or found in known_keys(folder):
        return
    sentence = f"{what} `{found}`, which this machine does not know"
    raise VerificationFailed(sentence, findings=[], hint=_WHO.format(folder=folder))


def _broken(what: str, sentences: list[str]) -> VerificationFailed:
    n = len(sentences)
    return VerificationFailed(
        f"{what} is not as it was written: {sentences[0]}" + (f", and {n - 1} more" if n > 1 else ""),
        findings=sentences,
        hint=_MEND,
    )


def _count(chain: ChainVerdict) -> str:
    return "no lines" if not chain.n_lines else "1 line" if chain.n_lines == 1 else f"all {chain.n_lines} lines"


def _since(export: ExportVerdict) -> str:
    day = f"{export.checkpoint.at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    if export.stamp is None or not export.stamp.is_known:
        return f"exported on {day}, by its own word"
    return f"exported on {day}; `{export.stamp.authority}` saw it on {export.stamp.at:%Y-%m-%d %H:%M} UTC"
