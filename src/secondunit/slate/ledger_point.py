"""Where a ledger stood when something was signed: what later shows that an older ledger was put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondunit.slate.canonical import Json


@dataclass(frozen=True)
class LedgerPoint:
    """Line `line` of the ledger of show `show_id` had the hash `sha256`, and was the last one."""

    show_id: str
    line: int
    sha256: str

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"line": self.line, "sha256": self.sha256, "show_id": self.show_id}

    @classmethod
    def read(cls, data: object) -> LedgerPoint | None:
        """The inverse of `to_dict`, None for anything else."""
        if not isinstance(data, Mapping):
            return None
        said: tuple[Any, ...] = (data.get("show_id"), data.get("line"), data.get("sha256"))
        whole = isinstance(said[0], str) and type(said[1]) is int and said[1] > 0 and isinstance(said[2], str)
        return cls(*said) if whole else None
