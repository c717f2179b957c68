"""The lines of a picture cut into bands that threads work on. The cut depends on the height alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba

LINES = 64
MOST = 16


def cut(height: int) -> list[tuple[int, int]]:
    """First and last + 1 line of each band: about 64 lines each, at most 16 bands."""
    n = max(1, min(MOST, height // LINES))
    return [(height * k // n, height * (k + 1) // n) for k in range(n)]


def over_bands(height: int, work: Callable[[int, int, int], None]) -> None:
    """Call `work(band, first, last)` for each band, in as many threads as Numba may use; it must release the GIL."""
    bands = cut(height)
    threads = min(len(bands), numba.get_num_threads())
    if threads == 1:
        for k, (first, last) in enumerate(bands):
            work(k, first, last)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, k, first, last) for k, (first, last) in enumerate(bands)]:
            done.result()
