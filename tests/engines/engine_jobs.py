"""One small synthetic job for every engine: a textured shot of a few frames, with a key and a mask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import Context, Engine, EngineChunk, EngineFrame, EngineJob
from secondunit.engines.trace import Source
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
H, W, FIRST, N = 40, 56, 1001, 3


def plate(frame: int) -> F32:
    """A texture that moves one pixel a frame, with lights above 1."""
    rng = np.random.default_rng(7)
    wide = cv2.GaussianBlur(rng.random((H, W + 40, 3)), (0, 0), 1.5) - 0.5
    moved = 0.3 + 1.2 * wide[:, (frame - FIRST) : (frame - FIRST) + W]
    moved[10:14, 10:14] += 2
    return np.maximum(moved, 0).astype(np.float32)


def key(frame: int) -> F32:
    """The plate, graded warm in its left half and painted in a corner."""
    edited = plate(frame)
    edited[:, : W // 2] *= np.float32([1.4, 1.0, 0.6])
    cv2.circle(edited, (44, 34), 6, (0.9, 0.1, 0.1), -1)
    return edited


def mask(frame: int) -> F32:
    """A hole in the middle."""
    hole = np.zeros((H, W), np.float32)
    hole[18:32, 24:40] = 1
    return hole


def open_source(source: Source) -> F32:
    """The picture that a trace means."""
    if source.role == "plate":
        return plate(source.frame)
    return key(source.frame) if source.role == "key" else reference(source.frame)


def reference(number: int) -> F32:
    """Owned material of another size than the frames."""
    rng = np.random.default_rng(100 + number)
    return (0.2 + cv2.GaussianBlur(rng.random((44, 60, 3)), (0, 0), 2)).astype(np.float32)


def job_for(engine: type[Engine], **given: Any) -> EngineJob:
    """The job every engine can do something with. A network is trained for a few steps."""
    quick = {"steps": 12} if "steps" in engine.Settings.model_fields else {}
    settings = engine.Settings.model_validate(quick)
    asked: dict[str, Any] = {
        "frames": FrameRange(FIRST, FIRST + N - 1),
        "height": H,
        "width": W,
        "seed": 3,
        "settings": settings,
        "keys": (FIRST, FIRST + N - 1),
        "masked": True,
        "references": 1,
    }
    return EngineJob(**{**asked, **given})


@dataclass
class Stage:
    """A folder where chunks lie, and a clearance that can be withdrawn."""

    root: Path
    takes: dict[str, Path] = field(default_factory=dict)
    still_cleared: Callable[[], None] = lambda: None

    def context(self, chunk: EngineChunk) -> Context:
        """The doors for one chunk."""
        folder = self.root / hashlib.sha256(chunk.name.encode()).hexdigest()[:16]
        workbench = self.root / f"{folder.name}-workbench"
        folder.mkdir()
        workbench.mkdir()
        self.takes[chunk.name] = folder
        return Context(
            plate=plate,
            key=key,
            mask=mask,
            guide=lambda name, frame: plate(frame),
            reference=reference,
            take=self.takes.__getitem__,
            folder=folder,
            workbench=workbench,
            still_cleared=lambda: self.still_cleared(),
        )

    def run(self, engine: Engine, job: EngineJob) -> list[EngineFrame]:
        """All chunks in the order their needs allow."""
        made: list[EngineFrame] = []
        left = list(engine.plan(job))
        while left:
            chunk = next(c for c in left if all(name in self.takes for name in c.needs))
            left.remove(chunk)
            made += engine.render(job, chunk, self.context(chunk))
        return made
