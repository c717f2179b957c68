"""The signed root of a ledger: one small statement that fixes every line up to a number.

`root` is the Merkle root (RFC 6962) over the hashes of lines 1 to `size`, `head` the hash of the last of them. It is
written as canonical JSON (RFC 8785) and signed with Ed25519 by a key that may write in the ledger.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import Any

from secondunit.errors import VerificationFailed
from secondunit.slate.canonical import canonical_json
from secondunit.store.chain_verify import ChainVerdict
from secondunit.store.keys import Signer, check_signature

_WHAT = "secondunit ledger root"  # so that a signature over a root is never one over anything else


@dataclass(frozen=True)
class Checkpoint:
    """The ledger of show `show` at a moment. `founder` is the key of line 1, `key` the one that signed; hex."""

    show: str
    size: int
    root: str
    head: str
    founder: str
    at: dt.datetime
    key: str
    signature: str = ""

    @property
    def statement(self) -> bytes:
        """The bytes that are signed."""
        return canonical_json(self._fields())

    @property
    def is_signed(self) -> bool:
        """Whether `key` signed exactly this."""
        return check_signature(self.key, self.statement, self.signature)

    def to_bytes(self) -> bytes:
        """With its signature, as it is written down and time-stamped."""
        return canonical_json({**self._fields(), "signature": self.signature})

    def _fields(self) -> dict[str, Any]:
        return {
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "founder": self.founder,
            "head": self.head,
            "key": self.key,
            "root": self.root,
            "show": self.show,
            "size": self.size,
            "what": _WHAT,
        }


def sign_checkpoint(chain: ChainVerdict, *, show: str, signer: Signer, at: dt.datetime) -> Checkpoint:
    """The signed root of a ledger that was gone through and found whole. Raises `VerificationFailed` if it was not."""
    if not chain.ok:
        raise VerificationFailed(
            "a ledger that is not as it was written gets no signed root",
            findings=[bad.sentence for bad in chain.findings],
            hint="restore the ledger from a backup or an export",
        )
    unsigned = Checkpoint(show, chain.n_lines, chain.root, chain.head, chain.founder, at, signer.key)
    return replace(unsigned, signature=signer.sign(unsigned.statement).hex())


def read_checkpoint(data: bytes) -> Checkpoint:
    """The inverse of `to_bytes`; the signature is not checked. Raises `VerificationFailed`."""
    try:
        fields = json.loads(data)
        found = Checkpoint(
            show=str(fields["show"]),
            size=int(fields["size"]),
            root=str(fields["root"]),
            head=str(fields["head"]),
            founder=str(fields["founder"]),
            at=dt.datetime.fromisoformat(fields["at"]),
            key=str(fields["key"]),
            signature=str(fields["signature"]),
        )
        if found.to_bytes() == data:
            return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    sentence = "the signed root of the ledger cannot be read"
    raise VerificationFailed(sentence, findings=[sentence], hint="get the file again from where it came from")
