"""The gate against its oracle on 100,000 worlds: how often each answer came, and every disagreement with its seed.

    python benchmarks/oracle.py [N] [FIRST-SEED] [PROCESSES]

Ends with 1 when the two differ anywhere. A world comes back from its seed: `world(random.Random(seed))`.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "rights"))

from gate_match import KINDS, run

CHUNK = 500
SHOWN = 20


def main(n: int, first: int, processes: int) -> int:
    """Ask, print, and say whether they agree."""
    began = time.perf_counter()
    chunks = [(seed, min(CHUNK, first + n - seed)) for seed in range(first, first + n, CHUNK)]
    counts: Counter[str] = Counter()
    found = []
    with multiprocessing.Pool(processes) as pool:
        for some, differences in pool.starmap(run, chunks, chunksize=1):
            counts += some
            found += differences
    for seed, difference in found[:SHOWN]:
        print(f"seed {seed}: {difference.kind}\n{difference.text}\n")
    for name in ("cleared", "needs approval", "refused", *KINDS):
        print(f"{name:<16}{counts[name]:>9,}")
    print(f"{'worlds':<16}{n:>9,} in {time.perf_counter() - began:.0f} s, {len(found)} disagreements")
    return 1 if found else 0


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    n, first, processes = (*given, *(100_000, 0, os.cpu_count() or 1)[len(given) :])
    sys.exit(main(n, first, processes))
