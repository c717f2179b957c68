"""The signed root of a ledger: one small statement that fixes every line up to a number.

`root` is the Merkle root (RFC 6962) over the hashes of lines 1 to `size`, `head` the hash of the last of them. It is
written as canonical JSON (RFC 8785) and signed with Ed25519 by a key that may write in the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from secondunit.errors import VerificationFailed
from secondunit.provenance.signed_statement import SignedStatement, read_statement
from secondunit.slate.canonical import Json
from secondunit.slate.show import Show
from secondunit.store.chain_verify import ChainVerdict
from secondunit.store.founding import HINT, founding_fault
from secondunit.store.keys import Signer

_WHAT = "secondunit ledger root"  # so that a signature over a root is never one over anything else


@dataclass(frozen=True)
class Checkpoint(SignedStatement):
    """The ledger of the show with code `show` and id `show_id` at a moment.

    `founder` is the key of line 1, `key` the one that signed; hex.
    """

    show: str
    show_id: str
    size: int
    root: str
    head: str
    founder: str
    at: dt.datetime
    key: str
    signature: str = ""

    def fields(self) -> dict[str, Json]:
        """What is signed."""
        return {
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "founder": self.founder,
            "head": self.head,
            "key": self.key,
            "root": self.root,
            "show": self.show,
            "show_id": self.show_id,
            "size": self.size,
            "what": _WHAT,
        }


def sign_checkpoint(chain: ChainVerdict, *, show: Show, signer: Signer, at: dt.datetime) -> Checkpoint:
    """The signed root of a ledger that was gone through and found whole and to be that of the show.

    Raises `VerificationFailed` if it was not.
    """
    if not chain.ok:
        raise VerificationFailed(
            "a ledger that is not as it was written gets no signed root",
            findings=[bad.sentence for bad in chain.findings],
            hint="restore the ledger from a backup or an export",
        )
    fault = founding_fault(chain.founding, show)
    if fault:
        raise VerificationFailed(fault, findings=[fault], hint=HINT)
    unsigned = Checkpoint(
        show.code, show.show_id, chain.n_lines, chain.root, chain.head, chain.founder, at, signer.key
    )
    return replace(unsigned, signature=signer.sign(unsigned.statement).hex())


def read_checkpoint(data: bytes) -> Checkpoint:
    """The inverse of `to_bytes`; the signature is not checked. Raises `VerificationFailed`."""
    hint = "get the file again from where it came from"
    return read_statement(data, _checkpoint, "the signed root of the ledger", hint=hint)


def _checkpoint(fields: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(
        show=str(fields["show"]),
        show_id=str(fields["show_id"]),
        size=int(fields["size"]),
        root=str(fields["root"]),
        head=str(fields["head"]),
        founder=str(fields["founder"]),
        at=dt.datetime.fromisoformat(fields["at"]),
        key=str(fields["key"]),
        signature=str(fields["signature"]),
    )
