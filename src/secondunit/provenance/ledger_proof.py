"""Single lines of a ledger, each with its proof under a signed root: what a bundle carries instead of the ledger.

A proof is the line itself, its signature and the audit path of RFC 6962 up to the root of a `Checkpoint`. Whoever
holds both checks that the ledger held the line, without seeing any other line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from secondunit.errors import BadInput, VerificationFailed
from secondunit.provenance.checkpoint import Checkpoint
from secondunit.slate.entry import Entry
from secondunit.store.chain_text import entry_table, parse_line, read_line
from secondunit.store.chain_verify import ChainVerdict
from secondunit.store.keys import check_signature
from secondunit.store.merkle import inclusion_proofs, verify_inclusion

_LONGEST_PATH = 64


@dataclass(frozen=True)
class EntryProof:
    """One line: `canonical` the text that was hashed, `path` the hashes from it up to the root, hex."""

    number: int
    canonical: str
    signature: str
    path: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "number": self.number,
            "entry": self.canonical,
            "signature": self.signature,
            "path": list(self.path),
        }


def prove_entries(connection: sa.Connection, chain: ChainVerdict, numbers: Iterable[int]) -> list[EntryProof]:
    """Proofs for some lines under the root of `chain`, which must be what `verify_ledger` just found.

    Raises `BadInput` for a number without a line, `VerificationFailed` for a line that is not what was signed.
    """
    wanted = sorted(set(numbers))
    if wanted and not 1 <= wanted[0] <= wanted[-1] <= chain.n_lines:
        raise BadInput(
            f"the ledger has no line {wanted[0] if wanted[0] < 1 else wanted[-1]}",
            hint=f"it has lines 1 to {chain.n_lines}",
        )
    paths = inclusion_proofs(list(chain.hashes.in_order()), [number - 1 for number in wanted])
    found = []
    for number, path in zip(wanted, paths, strict=True):
        row = connection.execute(sa.select(entry_table).where(entry_table.c.number == number)).mappings().one()
        entry = read_line(row, signed=True)
        hashes = tuple(sibling.hex() for sibling in path)
        found.append(EntryProof(number, str(row["canonical"]), entry.signature, hashes))
    return found


def check_proof(proof: dict[str, Any], checkpoint: Checkpoint) -> Entry:
    """The line that a proof (as `to_dict` wrote it) shows under a signed root. Raises `VerificationFailed`.

    That the root is signed, and by whom, is checked here as well; whether its key is the show's is the reader's
    to know.
    """
    try:
        text, signature, number = str(proof["entry"]), str(proof["signature"]), int(proof["number"])
        path = [bytes.fromhex(sibling) for sibling in proof["path"]][: _LONGEST_PATH + 1]
        entry = parse_line(text, signature)
        digest = hashlib.sha256(text.encode()).digest()
        root = bytes.fromhex(checkpoint.root)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _broken("a proof of a line of the ledger cannot be read") from None
    if not checkpoint.is_signed:
        raise _broken("the signed root of the ledger does not bear the signature of its key")
    if entry.number != number or not check_signature(entry.key, digest, signature):
        raise _broken(f"line {number} of the ledger is not what was signed")
    if not verify_inclusion(digest, number - 1, checkpoint.size, path, root):
        raise _broken(f"line {number} does not lie under the signed root of the ledger")
    return entry


def _broken(sentence: str) -> VerificationFailed:
    return VerificationFailed(sentence, findings=[sentence], hint="get the files again from where they came from")
