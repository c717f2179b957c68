"""How many workers the free memory carries; what does not fit one is said before it is begun."""

from __future__ import annotations

import os
from pathlib import Path

from secondunit.errors import BadInput

WORKER_MIB = 450.0  # of a worker before it holds any frame: Python, NumPy, OpenCV, compiled kernels
SPARE = 0.9  # of what is free; the rest is for whoever else works here
_MEMINFO = Path("/proc/meminfo")


def free_mib() -> float:
    """Memory that can be had without swapping, MiB."""
    try:
        text = _MEMINFO.read_text(encoding="ascii")
        (line,) = (line for line in text.splitlines() if line.startswith("MemAvailable:"))
        return int(line.split()[1]) / 1024
    except (OSError, ValueError, IndexError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20


def workers_for(memory_mib: float, width: int, height: int, *, cores: int, free: float) -> int:
    """Workers, 1 to `cores`, of which each holds `memory_mib` for frames of that size. `free` is in MiB.

    Raises `BadInput` where not even one fits, with the size that would.
    """
    room = free * SPARE - WORKER_MIB
    if memory_mib > room:
        share = (max(room, 0.0) / memory_mib) ** 0.5
        fits = int(width * share) // 16 * 16
        raise BadInput(
            f"frames of {width}×{height} take about {(memory_mib + WORKER_MIB) / 1024:.1f} GB and "
            f"{free / 1024:.1f} are free",
            hint=f"frames {fits} pixels wide fit: ingest the plate with `--width {fits}`, or free some memory"
            if fits >= 64
            else "free some memory",
        )
    return max(1, min(cores, int(free * SPARE // (memory_mib + WORKER_MIB))))
