"""On what terms footage is here beyond what its ingest said: a contract, its uses, its end. Frozen data, no I/O."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar

from secondunit.slate.consent import STRICT
from secondunit.slate.plate import Licence


@dataclass(frozen=True)
class FootageLicence:
    """One owner's terms for one source, told apart by the hash of what came in.

    `licence` is an SPDX id, `owned` or a contract reference; `uses` what a contract permits (`vfx`, …), None where it
    draws no such line; `revoked` the first day on which it no longer holds; `document_sha256` the contract in the
    vault. None means unknown and counts as no. A later entry of the same owner takes the place of an earlier one.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    source_sha256: str
    owner: str
    licence: str
    derivatives: bool | None = None
    commercial: bool | None = None
    uses: tuple[str, ...] | None = None
    expires: dt.date | None = None
    revoked: dt.date | None = None
    document_sha256: str = ""

    @property
    def terms(self) -> Licence:
        """As a plate carries them."""
        return Licence(self.licence, self.derivatives, self.commercial, self.expires)
