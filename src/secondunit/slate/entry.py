"""One line of the ledger: what happened, who wrote it down, and the hash of the line before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from secondunit.slate.canonical import Json, canonical_json, canonical_sha256

GENESIS = "0" * 64  # the hash before the first line


@dataclass(frozen=True)
class Entry:
    """Line `number` (1, 2, …). `kind` says what `body` is (consent, standing, tool_card, …), `subject` whose it is.

    `key` is the writer's Ed25519 public key and `signature` (RFC 8032) its mark over `hash`, both hex. `hash` is
    SHA-256 over the canonical JSON (RFC 8785) of everything but the signature, so any edit breaks the line and every
    line after it.
    """

    number: int
    at: dt.datetime
    kind: str
    subject: str
    body: Mapping[str, Any]
    author: str
    key: str
    previous: str
    signature: str = ""

    def to_dict(self) -> dict[str, Json]:
        """What is hashed, as plain JSON."""
        return {
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "author": self.author,
            "body": dict(self.body),
            "key": self.key,
            "kind": self.kind,
            "number": self.number,
            "previous": self.previous,
            "subject": self.subject,
        }

    @property
    def canonical(self) -> bytes:
        """The bytes that are hashed."""
        return canonical_json(self.to_dict())

    @cached_property
    def hash(self) -> str:
        """SHA-256 of `canonical`, 64 hex digits."""
        return canonical_sha256(self.to_dict())
