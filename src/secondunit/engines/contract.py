"""One contract for every engine that makes pictures: ours, and a stranger's by the same door.

What enters: a frozen `EngineJob` and a `Context` of doors. What leaves: `EngineFrame`s, streamed. An engine is a name,
a version, a card of what it learned from, settings that forbid extras, a pure `plan` into chunks and a `render`.
Whoever runs it (the callsheet) asks the clearance again before each chunk; an engine never opens a file of the show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from secondunit.engines.trace import Trace
from secondunit.slate.frames import FrameRange
from secondunit.slate.rights_records import ToolCard

F32 = npt.NDArray[np.float32]


class EngineSettings(BaseModel):
    """Base of an engine's own settings: frozen, and a word it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class EngineJob:
    """What is asked. Small and picklable: pictures come through the context.

    `height` and `width` are of the frames to make, `keys` the frames an artist edited, `masked` says whether a mask
    comes with every frame, `guides` names the user's own guides, `references` counts owned pictures beside the shot.
    `settings` are the engine's own, already validated by its `Settings`.
    """

    frames: FrameRange
    height: int
    width: int
    seed: int
    settings: EngineSettings
    keys: tuple[int, ...] = ()
    masked: bool = False
    guides: tuple[str, ...] = ()
    references: int = 0


@dataclass(frozen=True)
class EngineChunk:
    """One piece of a plan. `needs` names chunks whose takes must exist first; `data` is plain JSON for `render`.

    `frames` are those it yields, empty where it only prepares something for others (a model, a flow).
    `weight` is a first guess of its CPU seconds, `memory_mib` of its largest memory beyond a worker's own.
    `learns`: it trains a model on the plate; such a chunk runs only where a record says that this is allowed.
    """

    name: str
    frames: tuple[int, ...]
    needs: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0
    memory_mib: float = 0.0
    learns: bool = False


@dataclass(frozen=True)
class Context:
    """The doors an engine is given. Pictures are (h, w, 3) scene-linear ACEScg, unclamped; masks (h, w) in 0..1.

    `plate`, `key` and `mask` take a frame number, `guide` a name and a frame, `reference` a number from 0.
    `take` gives the folder of a needed chunk; `folder` is this chunk's own, for private files beside its frames
    (names must not begin with a digit); `workbench` is kept when the process is killed, for checkpoints.
    `still_cleared` raises `NotCleared`: a long chunk asks now and then.
    """

    plate: Callable[[int], F32]
    key: Callable[[int], F32]
    mask: Callable[[int], F32]
    guide: Callable[[str, int], F32]
    reference: Callable[[int], F32]
    take: Callable[[str], Path]
    folder: Path
    workbench: Path
    still_cleared: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class EngineFrame:
    """One made frame: `picture` (h, w, 3) ACEScg; `matte` (h, w) where it is the engine's (elsewhere the plate stays).

    `trace` says where its pixels came from; `layers` go into the EXR by name; `measures` are figures for the checks.
    """

    frame: int
    picture: F32
    matte: F32
    trace: Trace
    layers: Mapping[str, F32] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)


@runtime_checkable
class Engine(Protocol):
    """What the door `secondunit.engines` hands out."""

    name: ClassVar[str]
    version: ClassVar[str]
    card: ClassVar[ToolCard]
    Settings: ClassVar[type[EngineSettings]]

    def plan(self, job: EngineJob) -> tuple[EngineChunk, ...]:
        """Cut a job into chunks; pure: equal jobs, equal plans. Raises `BadInput` for what cannot be made."""
        ...

    def render(self, job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
        """Yield the chunk's frames in order, one at a time; memory must not grow with their number."""
        ...
