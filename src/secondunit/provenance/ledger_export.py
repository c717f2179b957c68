"""The ledger as a folder that anybody can check, on a machine that has never seen the show, without a network.

    entries.jsonl    one line of the ledger a line: {"entry":…,"signature":"…"}, its `entry` the bytes that were hashed
    root.json        the signed Merkle root over all of them (`Checkpoint`)
    root.tsr         where an authority was asked: its RFC 3161 answer over `root.json`

A kept export, or `root.json` alone, is also what later shows that a ledger was cut off or written anew.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from secondunit.errors import BadInput, VerificationFailed
from secondunit.media.disk import plain_disk_errors
from secondunit.provenance.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from secondunit.provenance.ledger_lines import file_lines, write_lines
from secondunit.provenance.timestamp import TimeStamp, Transport, check_timestamp, request_timestamp
from secondunit.store.atomic import rename_in
from secondunit.store.chain_lines import BadLine, Kind
from secondunit.store.chain_verify import (
    ChainVerdict,
    LineHashes,
    Progress,
    table_lines,
    verify_ledger,
    verify_lines,
)
from secondunit.store.keys import Signer
from secondunit.store.merkle import merkle_root
from secondunit.store.show_folder import Store

ENTRIES, ROOT, STAMP = "entries.jsonl", "root.json", "root.tsr"

_SMALL = 1 << 20  # no signed root and no time stamp is larger


@dataclass(frozen=True)
class ExportVerdict:
    """What checking an export found. `stamp` is None where no authority was asked.

    `ok` says that everything fits; whether `checkpoint.founder` is the show's key is the reader's to know.
    """

    checkpoint: Checkpoint
    chain: ChainVerdict | None
    stamp: TimeStamp | None
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.findings

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "show": self.checkpoint.show,
            "show_id": self.checkpoint.show_id,
            "lines": self.checkpoint.size,
            "root": self.checkpoint.root,
            "founder": self.checkpoint.founder,
            "exported": self.checkpoint.at.isoformat(),
            "stamped": self.stamp.at.isoformat() if self.stamp else None,
            "authority": self.stamp.authority if self.stamp else None,
            "ok": self.ok,
            "findings": list(self.findings),
            "notes": list(self.notes),
        }

    def raise_if_failed(self) -> None:
        """Raise `VerificationFailed` with every finding unless `ok`."""
        if not self.ok:
            more = len(self.findings) - 1
            raise VerificationFailed(
                self.findings[0] + (f", and {more} more" if more else ""),
                findings=self.findings,
                hint="get the export again from where it came from",
            )


def export_ledger(
    store: Store,
    to: Path,
    *,
    signer: Signer,
    at: dt.datetime,
    transport: Transport | None = None,
    progress: Progress | None = None,
) -> Checkpoint:
    """Go through the ledger, then write it to the new folder `to`, which appears whole or not at all.

    Raises `VerificationFailed` for a ledger with a fault, `BadInput` for a folder that exists, a key that may not
    write in the ledger or an authority that does not answer, `EngineFailed` on a full disk.
    """
    if to.exists():
        raise BadInput(f"`{to}` exists already", hint="name a folder that does not exist yet")
    if not to.parent.is_dir():
        raise BadInput(f"`{to.parent}` does not exist", hint="make that folder first")
    with plain_disk_errors(to.parent), store.ledger.read() as connection:
        chain = verify_ledger(connection, progress=progress)
        checkpoint = sign_checkpoint(chain, show=store.show, signer=signer, at=at)
        if chain.n_lines and not chain.writers.may_write(signer.key, chain.n_lines + 1):
            raise BadInput(
                f"the key `{signer.key[:16]}…` may not write in this show's ledger, so its root is worth nothing",
                hint=f"ask somebody who may to run `secondunit ledger admit {signer.key}`",
            )
        beside = Path(tempfile.mkdtemp(prefix=f".{to.name}.", suffix=".partial", dir=to.parent))
        try:
            beside.chmod(0o755)
            with (beside / ENTRIES).open("wb") as file:
                write_lines(file, table_lines(connection), chain.hashes)
            (beside / ROOT).write_bytes(checkpoint.to_bytes())
            if transport is not None:
                (beside / STAMP).write_bytes(request_timestamp(checkpoint.to_bytes(), transport))
            rename_in(beside, to)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    return checkpoint


def verify_export(
    path: Path,
    *,
    founder: str = "",
    roots: str = "",
    processes: int | None = None,
    progress: Progress | None = None,
) -> ExportVerdict:
    """Check an export: every line, the root over them, its signature, its time stamp.

    `founder` is the key that the ledger must have been begun by, `roots` the time authorities trusted here, PEM.
    `path` may also be a `root.json` alone: then only its signature can be checked. Raises `BadInput` when there is
    nothing to check, `VerificationFailed` when `root.json` cannot be read.
    """
    root_file = path if path.is_file() else path / ROOT
    checkpoint = read_checkpoint(_read(root_file))
    findings = [] if checkpoint.is_signed else ["the signed root does not bear the signature of its key"]
    if founder and checkpoint.founder != founder:
        findings.append(f"the ledger was begun by the key `{checkpoint.founder[:16]}…`, not by `{founder[:16]}…`")
    stamp, notes = None, []
    try:
        stamp = _stamp(root_file.with_name(STAMP), checkpoint, roots)
    except VerificationFailed as error:
        findings.append(str(error))
    if stamp is None:
        notes.append("no authority vouches for the time of the export")
    elif not stamp.is_known:
        notes.append(f"the time is vouched for by `{stamp.authority}`, whom this machine does not know")
    chain = None
    if path.is_dir():
        chain = _chain(path / ENTRIES, checkpoint.size, founder, processes, progress)
        findings += [bad.sentence for bad in chain.findings]
        findings += _against_lines(checkpoint, chain)
    return ExportVerdict(checkpoint, chain, stamp, tuple(findings), tuple(notes))


def compare_with_export(ledger: ChainVerdict, export: ExportVerdict) -> list[BadLine]:
    """What a ledger no longer holds, or holds otherwise, of what was exported. Lines already named are left out."""
    day = f"{export.checkpoint.at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    size, last = export.checkpoint.size, ledger.hashes.last
    found = []
    if last < size:
        gone = _lines(last + 1, size)
        found.append(BadLine(Kind.TRUNCATED, last + 1, size, f"{gone} cut off since the export of {day}"))
    if export.chain is None:
        first = list(islice(ledger.hashes.in_order(), size))
        whole = last >= size and not any(bad.first <= size for bad in ledger.findings)
        if whole and merkle_root(first).hex() != export.checkpoint.root:
            sentence = f"lines 1 to {size} are not those under the root that was signed on {day}"
            found.append(BadLine(Kind.REPLACED, 1, size, sentence))
        return found
    named = {n for bad in ledger.findings for n in range(bad.first, min(bad.last, size) + 1)}
    changed = _differing(ledger.hashes, export.chain.hashes, min(size, last), named)
    for first_line, last_line in _runs(changed):
        sentence = f"{_lines(first_line, last_line)} written anew since the export of {day}"
        found.append(BadLine(Kind.REPLACED, first_line, last_line, sentence))
    return found


def _chain(path: Path, size: int, founder: str, processes: int | None, progress: Progress | None) -> ChainVerdict:
    try:
        with path.open("rb") as file:
            lines = file_lines(file, size)
            return verify_lines(lines, founder=founder, processes=processes, progress=progress, n_all=size)
    except OSError as error:
        raise BadInput(
            f"`{path}` cannot be read: {error.strerror}", hint="check the path and its rights"
        ) from None


def _against_lines(checkpoint: Checkpoint, chain: ChainVerdict) -> Iterator[str]:
    """What the signed root says otherwise than the lines."""
    last = chain.hashes.last
    if last < checkpoint.size:
        yield f"{_lines(last + 1, checkpoint.size)} cut off"
    elif (chain.n_lines, chain.root, chain.head) != (checkpoint.size, checkpoint.root, checkpoint.head):
        yield "the signed root is not that of these lines"
    spoilt = any(bad.first == 1 for bad in chain.findings)  # then that is said of line 1 already
    if chain.founding is None and not spoilt:
        yield "the lines do not begin with the one that founds their show"
    elif chain.founding is not None and not chain.founding.is_of(checkpoint.show, checkpoint.show_id):
        yield f"the lines are from the ledger of {chain.founding}, the signed root is of {checkpoint.show}"
    if checkpoint.size and checkpoint.founder != chain.founder:
        yield "the signed root names another founder than the lines"
    if checkpoint.size and not chain.writers.may_write(checkpoint.key, checkpoint.size + 1):
        yield f"the root was signed with a foreign key, `{checkpoint.key[:16]}…`"


def _stamp(path: Path, checkpoint: Checkpoint, roots: str) -> TimeStamp | None:
    return check_timestamp(_read(path), checkpoint.to_bytes(), roots) if path.exists() else None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_SMALL)
    except OSError as error:
        raise BadInput(
            f"`{path}` cannot be read: {error.strerror}", hint="give the folder of an export"
        ) from None


def _differing(ledger: LineHashes, export: LineHashes, size: int, named: set[int]) -> Iterator[int]:
    for number in range(1, size + 1):
        if number not in named and ledger.get(number) != export.get(number):
            yield number


def _runs(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow one another, as first and last."""
    first = last = 0
    for number in numbers:
        if number != last + 1:
            if first:
                yield first, last
            first = number
        last = number
    if first:
        yield first, last


def _lines(first: int, last: int) -> str:
    return f"line {first} was" if first == last else f"lines {first} to {last} were"
