"""An order for paint, cleared, cut into chunks by its engine, and run on the farm."""

from __future__ import annotations

import inspect
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondunit.callsheet.order import Order, code_version
from secondunit.callsheet.paint.engine_take import Setting, take_chunk
from secondunit.engines.contract import Engine, EngineChunk
from secondunit.engines.door import engine
from secondunit.farm.chunk import Chunk, Takes, take_key
from secondunit.farm.local import Cost, run_chunks
from secondunit.farm.progress import Progress
from secondunit.farm.room import free_mib, workers_for
from secondunit.provenance.hashing import sha256_of
from secondunit.store.show_folder import Store

ROOMS = ("engines", "kernels", "comp", "callsheet/paint", "media")  # whose code makes pixels
WORKBENCH = "workbench"


@dataclass(frozen=True)
class Shot:
    """What was run: the keys of its chunks' takes in the plan's order, and what they cost."""

    order: Order
    setting: Setting
    chunks: tuple[EngineChunk, ...]
    keys: tuple[str, ...]
    costs: dict[str, Cost]

    def key_of(self, name: str) -> str:
        """The take of a chunk by the name its engine gave it."""
        return next(key for chunk, key in zip(self.chunks, self.keys, strict=True) if chunk.name == name)


def shoot(
    store: Store,
    order: Order,
    setting: Setting,
    *,
    progress: Progress | None = None,
    only: Callable[[EngineChunk], bool] = lambda chunk: True,
) -> Shot:
    """Plan and run, all of it or `only` some chunks; stopped at any moment and called again, it goes on.

    Raises `BadInput`, `NotCleared` or `EngineFailed`.
    """
    made = engine(setting.engine)()
    job = setting.job
    chunks = made.plan(job)
    largest = max((chunk.memory_mib for chunk in chunks if only(chunk)), default=0.0)
    workers = workers_for(largest, job.width, job.height, cores=os.cpu_count() or 1, free=free_mib())
    keys = _keys(made, setting, order, chunks)
    bench = store.takes.folder / WORKBENCH
    work = [
        Chunk(
            stage=chunk.name.partition(" ")[0],
            name=chunk.name,
            key=key,
            work=take_chunk,
            arguments=(order, setting, chunk, _needs(chunk, chunks, keys, store), bench / key),
            needs=tuple(keys[_index(chunks, name)] for name in chunk.needs),
            weight=chunk.weight,
        )
        for chunk, key in zip(chunks, keys, strict=True)
        if only(chunk)
    ]
    takes = Takes(store.take_folder, store.commit_take, store.begin_take, store.abandon_take)
    costs = run_chunks(work, takes, recheck=order.still_cleared, workers=workers, progress=progress)
    for chunk in work:
        shutil.rmtree(bench / chunk.key, ignore_errors=True)
    return Shot(order, setting, chunks, keys, costs)


def engine_source(made: Engine) -> str:
    """A hash of the code that makes the pixels: our rooms, and a stranger's own module."""
    ours = code_version(*ROOMS)
    module = type(made).__module__
    if module.startswith("secondunit."):
        return ours
    return f"{ours}+{sha256_of(Path(inspect.getfile(sys.modules[module])))[:16]}"


def _keys(made: Engine, setting: Setting, order: Order, chunks: tuple[EngineChunk, ...]) -> tuple[str, ...]:
    """A take is named by everything that goes into it: the code, the job, the material, the chunks before it."""
    job = setting.job
    what = [
        made.name, made.version, engine_source(made), job.settings.model_dump(mode="json"), job.seed, job.height,
        job.width, str(job.frames), setting.material.digest(), [use.to_dict() for use in order.request.plates],
        setting.over_plate, str(setting.review), str(setting.rate), [list(pair) for pair in setting.header],
    ]  # fmt: skip
    keys: list[str] = []
    for chunk in chunks:
        before = [keys[_index(chunks, name)] for name in chunk.needs]
        keys.append(take_key(made.name, what, chunk.name, chunk.frames, dict(chunk.data), before))
    return tuple(keys)


def _index(chunks: tuple[EngineChunk, ...], name: str) -> int:
    return next(i for i, chunk in enumerate(chunks) if chunk.name == name)


def _needs(
    chunk: EngineChunk, chunks: tuple[EngineChunk, ...], keys: tuple[str, ...], store: Store
) -> dict[str, Any]:
    return {name: store.takes.place(keys[_index(chunks, name)]) for name in chunk.needs}
