"""The first line of a ledger: whose ledger it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondunit.errors import BadInput
from secondunit.slate.canonical import Json
from secondunit.slate.entry import GENESIS, Entry
from secondunit.slate.naming import check_show_code
from secondunit.slate.show import Show, check_show_id

FOUNDING = "founding"  # the kind of the line


@dataclass(frozen=True)
class Founding:
    """The show that a ledger was begun for: its random id, its code and name, the policies picked on that day.

    `key` is the founder's, 64 hex digits: the one that signed the line.
    """

    show_id: str
    code: str
    name: str
    policies: tuple[str, ...]
    key: str

    @classmethod
    def of(cls, show: Show, key: str) -> Founding:
        """What is written down when a show is made."""
        return cls(show.show_id, show.code, show.name, show.policies, key)

    @classmethod
    def read(cls, entry: Entry) -> Founding | None:
        """What a line of a ledger founds, None for any line that is not a whole founding line."""
        body = entry.body
        if (entry.kind, entry.number, entry.previous) != (FOUNDING, 1, GENESIS) or set(body) != _KEYS:
            return None
        found = _from(body)
        whole = found is not None and found.key == entry.key and found.code == entry.subject
        return found if whole else None

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON, the body of the line."""
        return {
            "code": self.code,
            "key": self.key,
            "name": self.name,
            "policies": list(self.policies),
            "show_id": self.show_id,
        }

    def is_of(self, code: str, show_id: str) -> bool:
        """Whether it founds the show of this code and id."""
        return bool(show_id) and (self.code, self.show_id) == (code, show_id)

    def __str__(self) -> str:
        return f"the show {self.code} ({self.show_id[:8]}…)"


_KEYS = {"code", "key", "name", "policies", "show_id"}


def _from(body: Mapping[str, Any]) -> Founding | None:
    name, policies = body["name"], body["policies"]
    if (
        not isinstance(name, str)
        or not isinstance(policies, list)
        or not all(isinstance(p, str) for p in policies)
    ):
        return None
    try:
        check_show_code(body["code"])
        check_show_id(body["show_id"])
    except (BadInput, TypeError, AttributeError):
        return None
    return Founding(body["show_id"], body["code"], name, tuple(policies), str(body["key"]))
