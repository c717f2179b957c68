"""Which keys may write in the ledger, and from which line on: the founder's, and those that its lines let in."""

from __future__ import annotations

import sqlalchemy as sa

from secondunit.slate.entry import Entry
from secondunit.store.chain_text import broken, entry_table, read_line

KEY_KIND = "ledger_key"  # a line that lets another key write, or no longer


class Writers:
    """Which keys may write from which line on."""

    def __init__(self, founder: str) -> None:
        self.founder = founder
        self._changes: dict[str, list[tuple[int, bool]]] = {founder: [(0, True)]}

    @classmethod
    def of(cls, connection: sa.Connection) -> Writers:
        """As the ledger's own lines say. Raises `VerificationFailed` when one of those is not what was signed."""
        in_order = sa.select(entry_table).order_by(entry_table.c.number)
        first = connection.execute(in_order.limit(1)).mappings().first()
        if first is None:
            return cls("")
        found = cls(read_line(first, signed=True).key)
        for row in connection.execute(in_order.where(entry_table.c.kind == KEY_KIND)).mappings():
            entry = read_line(row, signed=True)
            found.check(entry)
            found = found.after(entry)
        return found

    def after(self, entry: Entry) -> Writers:
        """What they are after a line of the kind `ledger_key`."""
        key, allowed = entry.body.get("key"), entry.body.get("allowed")
        changed = Writers(self.founder)
        changed._changes = dict(self._changes)
        if isinstance(key, str) and isinstance(allowed, bool):
            changed._changes[key] = [*self._changes.get(key, ()), (entry.number, allowed)]
        return changed

    def may_write(self, key: str, number: int) -> bool:
        """Whether a key may write the line of a number."""
        allowed = False
        for since, answer in self._changes.get(key, ()):
            if since >= number:
                break
            allowed = answer
        return allowed

    def check(self, entry: Entry) -> None:
        """Raise `VerificationFailed` for a line by a key that may not write it."""
        if not self.may_write(entry.key, entry.number):
            raise broken(f"line {entry.number} of the ledger was written by a foreign key, {entry.key[:16]}…")
