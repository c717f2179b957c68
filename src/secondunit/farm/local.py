"""Run a graph of chunks on this machine: one process a core, one thread each.

Workers are started afresh (never forked), so that a chunk sees only its arguments. Chunks start as soon as what
they need exists; later stages overlap earlier ones. Killing any process at any moment loses only the chunks that
were running.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from secondunit.errors import EngineFailed, SecondUnitError
from secondunit.farm.chunk import Chunk, Takes, in_order
from secondunit.farm.progress import Progress, Quiet
from secondunit.media.disk import disk_refused


@dataclass(frozen=True)
class Cost:
    """What a stage cost: chunks, wall and CPU seconds in the workers, and a worker's largest memory, MiB."""

    chunks: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.chunks + other.chunks,
            self.wall_s + other.wall_s,
            self.cpu_s + other.cpu_s,
            max(self.peak_mib, other.peak_mib),
        )


Running = dict[Future[Cost], tuple[Chunk, Path]]
DYING_S = 5.0
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_chunks(
    chunks: Sequence[Chunk],
    takes: Takes,
    *,
    recheck: Callable[[], None],
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Cost]:
    """Run every chunk whose take does not exist yet; return what each stage cost.

    `recheck` is called before each chunk starts and raises `NotCleared` when the clearance no longer holds.
    Raises what a chunk raised; the takes finished until then stay, the unfinished ones are removed.
    """
    progress = progress or Quiet()
    ordered = in_order(chunks)
    missing = [c for c in ordered if takes.find(c.key) is None]
    progress.begin(missing, n_done=len(ordered) - len(missing))
    costs: dict[str, Cost] = {}
    if not missing:
        return costs
    n = workers or os.cpu_count() or 1
    pool = ProcessPoolExecutor(n, mp_context=get_context("spawn"), initializer=_settle_in)
    running: Running = {}
    try:
        _drain(missing, running, takes, pool, n, recheck, progress, costs)
        pool.shutdown()
    except BaseException:
        with _later():
            _kill(pool)
            for _, folder in running.values():
                takes.abandon(folder)
        raise
    finally:
        progress.ended()
    return costs


def _drain(
    missing: list[Chunk],
    running: Running,
    takes: Takes,
    pool: ProcessPoolExecutor,
    n: int,
    recheck: Callable[[], None],
    progress: Progress,
    costs: dict[str, Cost],
) -> None:
    waiting = {c.key: c for c in missing}
    while waiting or running:
        for chunk in _ready(waiting, running, n):
            recheck()
            if takes.find(chunk.key) is not None:  # another process on this show was faster
                del waiting[chunk.key]
                progress.started(chunk)
                progress.finished(chunk)
                continue
            with _later(), _deaf():
                folder = takes.scratch(chunk.key)
                running[pool.submit(_work, chunk, folder)] = (chunk, folder)
            del waiting[chunk.key]
            progress.started(chunk)
        finished, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
        progress.tick()
        for future in finished:
            chunk, folder = running[future]
            costs[chunk.stage] = costs.get(chunk.stage, Cost()) + _result(future, chunk, folder)
            with _later():
                takes.commit(chunk.key, folder)
                del running[future]
            progress.finished(chunk)


def _ready(waiting: dict[str, Chunk], running: Running, n: int) -> list[Chunk]:
    open_keys = set(waiting) | {chunk.key for chunk, _ in running.values()}
    free = n - len(running)
    ready = [c for c in waiting.values() if not any(k in open_keys for k in c.needs)]
    return ready[:free] if free > 0 else []


def _result(future: Future[Cost], chunk: Chunk, folder: Path) -> Cost:
    try:
        return future.result()
    except SecondUnitError:
        raise
    except MemoryError:
        raise EngineFailed(
            f"out of memory in `{chunk.name}`", hint="use `--preview`, fewer fragments or a smaller plate"
        ) from None
    except OSError as error:
        raise disk_refused(error.errno, folder) or _fault(chunk, error) from None
    except BrokenProcessPool:
        raise EngineFailed(
            f"a worker died in `{chunk.name}`", hint="run the same command again: finished work is kept"
        ) from None
    except Exception as error:
        raise _fault(chunk, error) from error


def _fault(chunk: Chunk, error: Exception) -> EngineFailed:
    reason = " ".join(str(error).split()).rstrip(".")
    return EngineFailed(
        f"`{chunk.name}` failed: {type(error).__name__}: {reason}",
        hint="this is a fault of the engine: report it with what was asked; finished work is kept",
    )


def _work(chunk: Chunk, folder: Path) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    chunk.work(folder, *chunk.arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(1, time.perf_counter() - wall, time.process_time() - cpu, peak)


@contextmanager
def _later() -> Iterator[None]:
    """Answer Ctrl-C and its kin after the block: stopped within it, an unfinished take would be left lying."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before: dict[int, Any] = {}
    try:
        for number in STOPS:
            before[number] = signal.signal(number, lambda n, _frame: heard.append(n))
        yield
    finally:
        for n, handler in before.items():
            signal.signal(n, handler or signal.SIG_DFL)
        if heard:
            signal.raise_signal(heard[0])


@contextmanager
def _deaf() -> Iterator[None]:
    """Workers started within never hear Ctrl-C, not even while they start: the parent alone answers it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settle_in() -> None:
    """One thread a worker: the processes fill the cores. A worker whose parent was killed ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import cv2
    import numba

    numba.set_num_threads(1)
    cv2.setNumThreads(1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _kill(pool: ProcessPoolExecutor) -> None:
    """End the workers, and wait for the pool's own thread: still closing at the end, it would speak of that."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    manager: threading.Thread | None = getattr(pool, "_executor_manager_thread", None)
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(DYING_S)
    if manager is not None:
        manager.join(DYING_S)
