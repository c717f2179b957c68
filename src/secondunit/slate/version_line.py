"""What the ledger keeps of a version: which request it answers, what it is by hash, whose consents it used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondunit.slate.clearance import ConsentUse
from secondunit.slate.request import Request


@dataclass(frozen=True)
class VersionLine:
    """One published version. `content_sha256` is the hash of its signed frame list, so of every file in it.

    `sources` are the hashes of the footage it shows, `tools` the weights of the models that had a part, `mark` the
    number that its movies carry as a watermark, 0 for none.
    """

    shot: str
    department: str
    version: str
    content_sha256: str
    lineage_sha256: str
    clearance_sha256: str
    request: Request
    consents: tuple[ConsentUse, ...]
    mark: int = 0

    @property
    def subject(self) -> str:
        """How the ledger and people call it: `AGM_104_TCC_0010 destruction v001`."""
        return f"{self.shot} {self.department} {self.version}"

    @property
    def sources(self) -> frozenset[str]:
        """The footage it shows, by hash."""
        return frozenset(plate.source_sha256 for plate in self.request.plates)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "clearance_sha256": self.clearance_sha256,
            "consents": [use.to_dict() for use in self.consents],
            "content_sha256": self.content_sha256,
            "department": self.department,
            "lineage_sha256": self.lineage_sha256,
            "mark": self.mark,
            "request": self.request.to_dict(),
            "shot": self.shot,
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VersionLine:
        """The inverse of `to_dict`."""
        return cls(
            shot=data["shot"],
            department=data["department"],
            version=data["version"],
            content_sha256=data["content_sha256"],
            lineage_sha256=data["lineage_sha256"],
            clearance_sha256=data["clearance_sha256"],
            request=Request.from_dict(data["request"]),
            consents=tuple(ConsentUse(**use) for use in data["consents"]),
            mark=data["mark"],
        )
