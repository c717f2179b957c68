"""A small statement under an Ed25519 signature: canonical JSON (RFC 8785), its signature one more key of it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from secondunit.errors import VerificationFailed
from secondunit.slate.canonical import Json, canonical_json
from secondunit.store.keys import check_signature


class SignedStatement(ABC):
    """What a frozen statement shares: `key` signed it, 64 hex digits; `signature` is empty before that."""

    key: str
    signature: str

    @abstractmethod
    def fields(self) -> dict[str, Json]:
        """Everything that is signed, as plain JSON; what kind of statement it is among it."""

    @property
    def statement(self) -> bytes:
        """The bytes that are signed."""
        return canonical_json(self.fields())

    @property
    def is_signed(self) -> bool:
        """Whether `key` signed exactly this."""
        return check_signature(self.key, self.statement, self.signature)

    def to_bytes(self) -> bytes:
        """With its signature, as it is written down."""
        return canonical_json({**self.fields(), "signature": self.signature})


S = TypeVar("S", bound=SignedStatement)


def read_statement(data: bytes, build: Callable[[Mapping[str, Any]], S], what: str, *, hint: str) -> S:
    """The inverse of `to_bytes`; the signature is not checked.

    `build` makes the statement from parsed JSON; `what` is what it is called. Raises `VerificationFailed` for bytes
    that are not exactly those of such a statement.
    """
    try:
        found = build(json.loads(data))
        if found.to_bytes() == data:
            return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    sentence = f"{what} cannot be read"
    raise VerificationFailed(sentence, findings=[sentence], hint=hint)
