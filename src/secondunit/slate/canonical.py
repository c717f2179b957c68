"""One way to write data down, so that the same data always has the same bytes and the same hash.

RFC 8785 (JSON Canonicalization Scheme): keys in UTF-16 order, no spaces, shortest numbers as ECMAScript
writes them, UTF-8. Its limits are ours: no NaN or infinity, whole numbers within ±(2^53 − 1), keys are text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import rfc8785

from secondunit.errors import BadInput

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def canonical_json(value: Json) -> bytes:
    """The canonical bytes of a value; raises `BadInput` for what JSON cannot hold.

    >>> canonical_json({"b": 1.0, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    try:
        return rfc8785.dumps(_plain(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise BadInput(
            f"a value cannot be written down for good: {error}",
            hint="use finite numbers, whole numbers below 2^53, text, lists and tables",
        ) from None


def canonical_sha256(value: Json) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _plain(value: object) -> Any:
    """Tuples and read-only mappings become the lists and dictionaries the encoder knows."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
