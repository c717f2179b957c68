"""How fast the ledger is written, read and gone through. Prints JSON.

    python benchmarks/ledger.py [LINES]      1000000 lines by default; some 700 MB in the system's temporary folder

Lines are written as the program writes them, many in a transaction. `verify` goes through all of them with one
process a core: every hash, signature, link and copy. With `spoilt`, every thousandth line was edited and every ten
thousandth dropped first, and all of them must be named. Wall seconds; `cpu` are those of all processes.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from secondunit.store import chain
from secondunit.store.chain_verify import ChainVerdict, verify_ledger
from secondunit.store.keys import Signer, new_signer
from secondunit.store.ledger import Ledger

AT = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
BATCH = 10_000


def measure(n: int, folder: Path) -> dict[str, Any]:
    """The figures for `n` lines, made in a folder that exists."""
    signer, ledger = new_signer("desk"), Ledger(folder / "ledger.db")
    ledger.migrate()
    one_by_one = _timed(lambda: [_write(ledger, signer, 1) for _ in range(200)])
    writing = _timed(lambda: [_write(ledger, signer, min(BATCH, n - 200 - k)) for k in range(0, n - 200, BATCH)])
    size = sum(file.stat().st_size for file in folder.iterdir())
    read = min(n, 100_000)
    reading = _timed(lambda: _read(ledger, n - read))
    whole, verdict = _verified(ledger)
    assert verdict.ok, verdict.findings[:3]
    assert verdict.n_lines == n
    spoilt = _spoil(ledger, n)
    again, found = _verified(ledger)
    named = {number for bad in found.findings for number in range(bad.first, bad.last + 1)}
    assert named == spoilt, (len(named), len(spoilt))
    ledger.close()
    return {
        "lines": n,
        "cores": os.cpu_count(),
        "megabytes": round(size / 1e6),
        "append_one_transaction_each_ms": round(1000 * one_by_one / 200, 2),
        "append_many_lines_per_s": round((n - 200) / writing),
        "read_checked_lines_per_s": round(read / reading),
        "verify": whole,
        "verify_spoilt": again | {"named": len(named)},
        "peak_mib_parent": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _write(ledger: Ledger, signer: Signer, n: int) -> None:
    with ledger.write() as connection:
        last = chain.head(connection)
        first = 1 if last is None else last.number + 1
        drafts = [_draft(k) for k in range(first, first + n)]
        chain.append_all(
            connection, drafts, author="Ada Lens", signer=signer, at=AT + dt.timedelta(seconds=first)
        )


def _draft(k: int) -> chain.Draft:
    """About what a line on the use of a consent holds."""
    body = {
        "consent_id": f"G{k % 10_000:05d}",
        "person_id": f"P{k % 3_000:04d}",
        "receipt_id": f"R{k:07d}",
        "released": False,
        "scene": str(k % 120),
        "seconds": (k % 90) / 8,
        "shot": f"TLN_101_BAR_{k % 9999:04d}",
        "version": f"v{k % 999:03d}",
    }
    return chain.Draft("use", body["person_id"], body)


def _read(ledger: Ledger, after: int) -> None:
    with ledger.read() as connection:
        for _entry in chain.entries(connection, after=after):
            pass


def _verified(ledger: Ledger) -> tuple[dict[str, float], ChainVerdict]:
    before, start = _cpu(), time.perf_counter()
    with ledger.read() as connection:
        verdict = verify_ledger(connection)
    return {"wall_s": round(time.perf_counter() - start, 2), "cpu_s": round(_cpu() - before, 2)}, verdict


def _spoil(ledger: Ledger, n: int) -> set[int]:
    with sqlite3.connect(str(ledger.path)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        edited = "UPDATE entry SET canonical = replace(canonical, 'Ada', 'Eve') WHERE number % 1000 = 500"
        database.execute(edited)
        database.execute("DELETE FROM entry WHERE number % 10000 = 7000")
    database.close()
    return set(range(500, n + 1, 1000)) | set(range(7000, n + 1, 10_000))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, Path(name)), indent=1))
