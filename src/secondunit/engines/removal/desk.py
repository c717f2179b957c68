"""A chunk's desk: the shot's pictures and holes, and the files that the chunks before it left."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import Context, EngineJob, EngineSettings
from secondunit.engines.removal.hole import TAKEN, taken_out
from secondunit.engines.removal.motion import Motion
from secondunit.engines.removal.practice import practice_hole
from secondunit.engines.removal.sources import Sources
from secondunit.engines.removal.study import Study, propose_shadow
from secondunit.errors import BadInput
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

RUN = 24  # frames in a chunk
MOST = 0.95  # of the frame that may go
HELD = 8  # frames whose holes are kept at hand


class RemovalSettings(EngineSettings):
    """What a person may say: `grow` pixels around the mask go too, softly; `shadows` takes the proposed shadow with it.

    `excluded_frames` and `excluded_references` (counted from 0) give no pixel to any frame.
    """

    grow: int = 3
    shadows: bool = False
    excluded_frames: tuple[int, ...] = ()
    excluded_references: tuple[int, ...] = ()


class Desk:
    """Doors of the context under the names the passes use; every hole is checked as it is opened."""

    def __init__(self, job: EngineJob, context: Context) -> None:
        if not isinstance(job.settings, RemovalSettings):
            raise BadInput("removal was given the settings of another engine", hint="use its own `Settings`")
        self.job, self.context, self.settings = job, context, job.settings
        self.sources = Sources(self.open_picture, self.open_gone)
        # A hole is asked for by every pass over its frame and by its neighbours.
        self.marked = lru_cache(maxsize=HELD)(self._marked)
        self.shadow = lru_cache(maxsize=HELD)(self._shadow)

    def open_picture(self, origin: int) -> F32:
        """A plate by frame, or a reference by its number (see `sources`)."""
        if origin < 0:
            return self.context.reference(-2 - origin)
        plate = self.context.plate(origin)
        if plate.shape[:2] != (self.job.height, self.job.width):
            raise BadInput(
                f"frame {origin} is {plate.shape[1]}×{plate.shape[0]}, the shot {self.job.width}×{self.job.height}",
                hint="every frame of a plate has one size",
            )
        return plate

    def open_gone(self, origin: int) -> Mask:
        """What must not be copied from a source."""
        if origin < 0:
            return np.zeros(self.context.reference(-2 - origin).shape[:2], bool)
        return self.gone(origin)

    def mask(self, frame: int) -> F32:
        """The mask of a frame (h, w). Raises `BadInput` where it has another size or leaves nothing over."""
        mask = self.context.mask(frame)
        if mask.shape != (self.job.height, self.job.width):
            raise BadInput(
                f"the mask of frame {frame} is {mask.shape[1]}×{mask.shape[0]}, "
                f"the plate {self.job.width}×{self.job.height}",
                hint="draw it on the plate",
            )
        if float((mask > TAKEN).mean()) > MOST:
            raise BadInput(
                f"the mask of frame {frame} leaves nothing of the frame over",
                hint="mark what goes, not what stays",
            )
        return mask

    def _shadow(self, frame: int) -> F32:
        """The proposed shadow of what is masked (h, w) 0..1."""
        marked = taken_out(self.mask(frame), self.settings.grow)
        return propose_shadow(self.sources_picture(frame), marked, self.study)

    def sources_picture(self, frame: int) -> F32:
        """The plate of a frame, without asking for its hole."""
        return np.asarray(self.open_picture(frame), np.float32)

    def _marked(self, frame: int) -> Mask:
        """What goes wholly: the mask, and its shadow where that is asked for."""
        marked: Mask = self.mask(frame) > TAKEN
        if self.settings.shadows:
            marked = marked | (taken_out((self.shadow(frame) > 0.25).astype(np.float32), 2))
        return marked

    def gone(self, frame: int) -> Mask:
        """The hole of a frame (h, w)."""
        return taken_out(self.marked(frame).astype(np.float32), self.settings.grow)

    def practice(self, frame: int) -> Mask:
        """The practice hole of a frame, empty where there is no room for one."""
        return practice_hole(self.gone(frame), self.study.asides)

    @cached_property
    def study(self) -> Study:
        """What the study found."""
        return Study.load(self.context.take("study"))

    def strange(self, frame: int) -> Mask:
        """Pixels of a frame where something stands before a background that is known."""
        return self.study.strange(self.sources_picture(frame))

    def motion(self, frame: int) -> Motion:
        """The motion from a frame to the next one."""
        name = run_name("motion", run_of(self.job.frames, frame))
        return Motion.load(self.context.take(name) / motion_file(frame))

    def excluded(self, frame: int) -> bool:
        """Whether a frame may give nothing."""
        return frame in self.settings.excluded_frames

    def references(self) -> tuple[int, ...]:
        """The references that may be used."""
        return tuple(n for n in range(self.job.references) if n not in self.settings.excluded_references)


def runs_of(frames: FrameRange) -> tuple[FrameRange, ...]:
    """The shot in runs of `RUN` frames."""
    firsts: Iterable[int] = range(frames.first, frames.last + 1, RUN)
    return tuple(FrameRange(first, min(frames.last, first + RUN - 1)) for first in firsts)


def run_of(frames: FrameRange, frame: int) -> FrameRange:
    """The run a frame lies in."""
    return next(run for run in runs_of(frames) if run.first <= frame <= run.last)


def run_name(stage: str, run: FrameRange) -> str:
    """What a chunk is called."""
    return f"{stage} {run.first}-{run.last}"


def motion_file(frame: int) -> str:
    """The file of a motion, in its chunk's folder."""
    return f"motion_{frame}.npz"


def found_file(frame: int, kind: str) -> str:
    """The file of what a pass found for a frame's hole, or for its practice hole."""
    return f"{kind}_{frame}.npz"


STATE = Path("state.npz")
