"""A show that is given a database server takes the lines of its file along."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from secondunit.errors import VerificationFailed
from secondunit.store.chain import head, take_write_lock
from secondunit.store.chain_text import entry_table
from secondunit.store.chain_verify import verify_ledger
from secondunit.store.ledger import Ledger

_AT_ONCE = 1000


def take_along(file: Path, server: Ledger) -> int:
    """Copy every line of the ledger in `file` to a server that has none yet; how many there were.

    Raises `VerificationFailed` when a line of the file is not as it was written, or when both have lines and those
    of the file are not the first ones of the server's.
    """
    if not file.exists():
        return 0
    old = Ledger(file)
    try:
        old.migrate()
        with old.read() as source:
            last = head(source)
            if last is None:
                return 0
            with server.read() as there:
                query = sa.select(entry_table.c.hash).where(entry_table.c.number == last.number)
                same, begun = there.execute(query).scalar(), head(there) is not None
            if same == last.hash:
                return 0
            if begun:
                raise _split(file, server.name)
            chain = verify_ledger(source)
            if not chain.ok:
                raise VerificationFailed(
                    f"the ledger in `{file}` is not as it was written, and stays where it is",
                    findings=[bad.sentence for bad in chain.findings],
                    hint="restore it from a backup, or take `ledger` out of `show.toml`",
                )
            with server.write() as target:
                take_write_lock(target)
                if head(target) is not None:
                    raise _split(file, server.name)
                rows = source.execute(sa.select(entry_table).order_by(entry_table.c.number)).mappings()
                while some := [dict(row) for row in islice(rows, _AT_ONCE)]:
                    target.execute(sa.insert(entry_table), some)
            return chain.n_lines
    finally:
        old.close()


def _split(file: Path, name: str) -> VerificationFailed:
    sentence = f"the ledger in `{file}` and that on `{name}` have different lines"
    return VerificationFailed(
        sentence, findings=[sentence], hint="find out which one the show was made with, and move the other away"
    )
