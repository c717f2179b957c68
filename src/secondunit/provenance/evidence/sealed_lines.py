"""Lines of the ledger that are shown by their hash alone.

A consent's line holds a person's name and terms, which no outsider is to read; that the ledger holds it can be shown
without them: the hash of the line is what the key signed and what lies under the root. Whoever has the line itself (the
performer, the studio) hashes it and compares. What the line `says` is the word of whoever signed the bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondunit.errors import VerificationFailed
from secondunit.provenance.checkpoint import Checkpoint
from secondunit.provenance.ledger_proof import EntryProof
from secondunit.slate.entry import Entry
from secondunit.store.keys import check_signature
from secondunit.store.merkle import verify_inclusion

_LONGEST_PATH = 64


@dataclass(frozen=True)
class SealedLine:
    """Line `number` by its `hash`; `key` wrote it. `says` is what may be told of it, at least its kind."""

    number: int
    hash: str
    key: str
    signature: str
    path: tuple[str, ...]
    says: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "hash": self.hash,
            "key": self.key,
            "number": self.number,
            "path": list(self.path),
            "says": dict(self.says),
            "signature": self.signature,
        }


def seal(entry: Entry, proof: EntryProof, says: Mapping[str, Any]) -> SealedLine:
    """A line that was proved, without its text."""
    return SealedLine(entry.number, entry.hash, entry.key, entry.signature, proof.path, says)


def check_sealed(data: Mapping[str, Any], checkpoint: Checkpoint) -> SealedLine:
    """A sealed line (as `to_dict` wrote it) under a root whose signature was checked. Raises `VerificationFailed`."""
    try:
        path = tuple(str(sibling) for sibling in data["path"])[: _LONGEST_PATH + 1]
        found = SealedLine(
            int(data["number"]), str(data["hash"]), str(data["key"]), str(data["signature"]), path, data["says"]
        )
        digest, siblings = bytes.fromhex(found.hash), [bytes.fromhex(sibling) for sibling in path]
        root, kind = bytes.fromhex(checkpoint.root), str(found.says["kind"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _broken("a sealed line of the ledger cannot be read") from None
    if not check_signature(found.key, digest, found.signature):
        raise _broken(f"line {found.number} of the ledger ({kind[:40]}) is not what was signed")
    if not verify_inclusion(digest, found.number - 1, checkpoint.size, siblings, root):
        raise _broken(f"line {found.number} does not lie under the signed root of the ledger")
    return found


def _broken(sentence: str) -> VerificationFailed:
    return VerificationFailed(sentence, findings=[sentence], hint="get the files again from where they came from")
