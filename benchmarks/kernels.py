"""Each fast kernel against its plain twin on the same small input: CPU seconds and their ratio. Prints JSON.

    python benchmarks/kernels.py

Both run in this process, the compiled one warmed and on one thread, in turns; the figures are medians. Before
anything is timed the two results must agree as closely as the kernel's test asks. Twins that try everything (pairs,
projection, search) grow faster with size than the kernels do, so their ratios hold for the stated size only. The
first run also compiles, which takes some minutes.
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import kernels_bodies
import kernels_dust
import kernels_picture
import numba
from kernels_case import Case

ROUNDS = 3
LEAST_S = 0.2  # what is shorter is repeated for about this long: a system may count threads in ticks of 10 ms
CASES = kernels_bodies.CASES | kernels_dust.CASES | kernels_picture.CASES


def kernel_ratios() -> dict[str, dict[str, object]]:
    """For each kernel: `fast_s`, `reference_s` (CPU seconds of one call), `ratio` and `size`.

    Raises `AssertionError` where a kernel and its twin disagree.
    """
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        return {name: _measure(name, build()) for name, build in CASES.items()}
    finally:
        numba.set_num_threads(threads)


def _measure(name: str, case: Case) -> dict[str, object]:
    if not case.agree(case.fast(), case.reference()):
        raise AssertionError(f"{name} and its plain twin disagree")
    calls = [math.ceil(LEAST_S / min(_wall(run) for _ in range(3))) for run in (case.fast, case.reference)]
    fast, slow = zip(
        *((_cpu(case.fast, calls[0]), _cpu(case.reference, calls[1])) for _ in range(ROUNDS)), strict=True
    )
    a, b = statistics.median(fast), statistics.median(slow)
    return {
        "fast_s": float(f"{a:.3g}"),
        "reference_s": float(f"{b:.3g}"),
        "ratio": round(b / a, 1),
        "size": case.size,
    }


def _wall(run: Callable[[], Any]) -> float:
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def _cpu(run: Callable[[], Any], calls: int) -> float:
    before = time.process_time()
    for _ in range(calls):
        run()
    return (time.process_time() - before) / calls


if __name__ == "__main__":
    print(json.dumps(kernel_ratios(), indent=1, ensure_ascii=False))
