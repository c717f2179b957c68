"""The ledger at a person's desk: gone through, exported, checked, opened to another key."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from secondunit.callsheet.deliver import DELIVERY
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
from secondunit.provenance.verify_ledger import resting_findings
from secondunit.slate.founding import Founding
from secondunit.slate.show import Show
from secondunit.store.chain import admit_key, head
from secondunit.store.chain_verify import ChainVerdict, Progress, verify_ledger
from secondunit.store.chain_writers import Writers
from secondunit.store.founding import founding_fault
from secondunit.store.keys import is_key, known_keys
from secondunit.store.own_folder import config_folder
from secondunit.store.show_folder import Store, open_show

Answer = tuple[dict[str, Any], list[str]]

_MEND = "restore the ledger from a backup or an export; what is listed here is not to be relied on"
_WHO = (
    "ask the studio for the key (`secondunit ledger key` prints it there) and pass it with `--key`, "
    "or put it into `{folder}` as `NAME.pub`"
)


def check_show_ledger(
    show: Path, *, against: Path | None = None, key: str = "", progress: Progress | None = None
) -> Answer:
    """Go through a show's ledger: is every line what was written, is it this show's, does it hold all that versions and
    deliveries here rest on? Compare it with an export or a signed root where one is given.

    Raises `VerificationFailed` with everything that differs, or when nobody here knows the key that began it.
    """
    export = None if against is None else _checked_export(against, key)
    store = open_show(show, to_judge=True)
    try:
        with store.ledger.read() as connection:
            chain = verify_ledger(connection, founder=_key(key), progress=progress)
        sentences = _foreign(chain, export, store.show)
        bad = list(chain.findings)
        bad += compare_with_export(chain, export) if export is not None and not sentences else []
        sentences += [finding.sentence for finding in sorted(bad, key=lambda finding: finding.first)]
        sentences += _lost(store, chain) if not sentences else []
    finally:
        store.close()
    if export is not None and chain.n_lines and chain.founder != export.checkpoint.founder:
        sentences.append("the ledger and the export were not begun by the same key")
    size = export.checkpoint.size if export is not None else 0
    if export is not None and size and not chain.writers.may_write(export.checkpoint.key, size + 1):
        sentences.append("the signed root that it was compared with was signed with a foreign key")
    if sentences:
        raise _broken("the ledger", sentences)
    _raise_if_stranger(chain.founder, key)
    data = chain.to_dict() | {"path": str(show), "against": None if export is None else export.to_dict()}
    lines = [f"ok: {_count(chain)} of the ledger as they were written, root {chain.root[:16]}…"]
    lines += _policies_changed(chain.founding, store.show)
    return data, lines + ([] if export is None else [_since(export), *export.notes])


def _foreign(chain: ChainVerdict, export: ExportVerdict | None, show: Show) -> list[str]:
    """How the ledger, or the export it is compared with, is another show's."""
    spoilt = any(finding.first == 1 for finding in chain.findings)  # then that is said of line 1
    found = [] if spoilt else [founding_fault(chain.founding, show)]
    if export is not None and (export.checkpoint.show, export.checkpoint.show_id) != (show.code, show.show_id):
        found.append(f"the export is of the show {export.checkpoint.show} ({export.checkpoint.show_id[:8]}…)")
    return [fault for fault in found if fault]


def _lost(store: Store, chain: ChainVerdict) -> list[str]:
    """What versions and deliveries in the show rest on and the ledger no longer holds."""

    def hash_at(number: int) -> str | None:
        found = chain.hashes.get(number)
        return None if found is None else found.hex()

    delivered = {(str(d.body["folder"]), str(d.body["content_sha256"])) for d in store.lines(DELIVERY)}
    # A version without a line of its own is taken in by whoever opens the show next.
    return [f.sentence for f in resting_findings(store.root, store.show, hash_at, deliveries=delivered)]


def _policies_changed(founding: Founding | None, show: Show) -> list[str]:
    """What `show.toml` says of policies otherwise than on the day the show was made."""
    picked, now = set(founding.policies if founding else ()), set(show.policies)
    words = (("no longer picks", picked - now), ("has picked since", now - picked))
    return [f"note: `show.toml` {word} {', '.join(sorted(some))}" for word, some in words if some]


def check_export(path: Path, *, key: str = "", progress: Progress | None = None) -> Answer:
    """Check an exported ledger, or a signed root alone. Needs no show. Raises like `check_show_ledger`."""
    export = verify_export(path, founder=_key(key), roots=trust_anchors(), progress=progress)
    if not export.ok:
        raise _broken(f"`{path.name}`", list(export.findings))
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
    may = last is not None and writers.may_write(key, last.number + 1)
    words = (
        "may write in this show's ledger" if may else "may not write in this show's ledger until it is admitted"
    )
    lines = [key, words, f"the ledger was begun by {writers.founder}"]
    return {"key": key, "may_write": may, "founder": writers.founder}, lines


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
    return "1 line" if chain.n_lines == 1 else f"all {chain.n_lines} lines"


def _since(export: ExportVerdict) -> str:
    day = f"{export.checkpoint.at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    if export.stamp is None or not export.stamp.is_known:
        return f"exported on {day}, by its own word"
    return f"exported on {day}; `{export.stamp.authority}` saw it on {export.stamp.at:%Y-%m-%d %H:%M} UTC"
