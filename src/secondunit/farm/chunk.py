"""One piece of work whose result is a folder of files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondunit.errors import EngineFailed


@dataclass(frozen=True)
class Chunk:
    """Work for one worker.

    `work(folder, *arguments)` writes its take into the empty `folder` and returns nothing; it must be a
    module-level function with picklable arguments. `key` names the take by content: equal keys, equal pixels.
    `needs` are the keys of takes that must exist first; `work` finds them through its arguments.
    `weight` is a first guess of its seconds, used for the time left until real ones are known.
    """

    stage: str
    name: str
    key: str
    work: Callable[..., None]
    arguments: tuple[Any, ...]
    needs: tuple[str, ...] = ()
    weight: float = 1.0


def take_key(stage: str, *inputs: Any) -> str:
    """The content key of a take: SHA-256 over the stage and JSON of what goes in (floats by `repr`).

    >>> take_key("dust", 1, 0.5) == take_key("dust", 1, 0.5), take_key("dust", 1) == take_key("dust", 2)
    (True, False)
    """
    text = json.dumps([stage, *inputs], sort_keys=True, separators=(",", ":"), default=str)
    return f"{stage}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def in_order(chunks: Iterable[Chunk]) -> list[Chunk]:
    """The chunks so that each comes after what it needs, as early as given; raises `EngineFailed` on a loop."""
    by_key = {chunk.key: chunk for chunk in chunks}
    done: dict[str, bool] = {}
    ordered: list[Chunk] = []

    for start in by_key.values():
        path: list[tuple[Chunk, int]] = [(start, 0)]
        while path:
            chunk, i = path.pop()
            if done.get(chunk.key):
                continue
            done.setdefault(chunk.key, False)
            waiting = [k for k in chunk.needs if k in by_key and not done.get(k)]
            if not waiting:
                done[chunk.key] = True
                ordered.append(chunk)
                continue
            if i > len(by_key):
                raise EngineFailed(f"chunk `{chunk.name}` waits for itself", hint="report this plan")
            path.append((chunk, i + 1))
            path.append((by_key[waiting[0]], i + 1))
    return ordered


def _leave(folder: Path) -> None:
    """Leave an unfinished take to whoever sweeps."""


@dataclass(frozen=True)
class Takes:
    """Where takes are kept: four doors of the store, so that the farm needs no more of it."""

    find: Callable[[str], Path | None]
    commit: Callable[[str, Path], Path]
    scratch: Callable[[str], Path]
    abandon: Callable[[Path], None] = _leave
