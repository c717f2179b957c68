"""Small shots with something to take out, and a farm of one that runs the engine on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import Context, EngineFrame, EngineJob
from secondunit.engines.removal.desk import RemovalSettings
from secondunit.engines.removal.engine import RemovalEngine
from secondunit.engines.trace import Source
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
H, W, FIRST = 72, 112, 1001


def texture(h: int, w: int, seed: int = 5) -> F32:
    """Blotches of a few pixels over larger ones, 0.05 to 1.3."""
    rng = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(rng.standard_normal((h, w, 3)), (0, 0), 1.3) * 0.35
    wide = cv2.GaussianBlur(rng.standard_normal((h, w, 3)), (0, 0), 7) * 1.5
    return np.clip(0.4 + fine + wide, 0.05, 1.3).astype(np.float32)


@dataclass
class Shot:
    """Frames `clean` (n, h, w, 3) and masks (n, h, w); what is masked is painted over with `thing`."""

    clean: F32
    masks: F32
    thing: float = 0.9
    references: list[F32] = field(default_factory=list)
    over: Callable[[int, F32], F32] | None = None

    def plate(self, frame: int) -> F32:
        """What the camera saw."""
        n = frame - FIRST
        seen = np.where(self.masks[n][..., None] > 0, np.float32(self.thing), self.clean[n])
        return seen if self.over is None else self.over(n, seen)

    def mask(self, frame: int) -> F32:
        return self.masks[frame - FIRST]

    def picture(self, source: Source) -> F32:
        return self.plate(source.frame) if source.role == "plate" else self.references[source.frame]

    def run(self, folder: Path, **settings: Any) -> list[EngineFrame]:
        """All chunks, one after the other."""
        n, h, w = self.masks.shape
        job = EngineJob(
            FrameRange(FIRST, FIRST + n - 1), h, w, 1, RemovalSettings(**settings), masked=True,
            references=len(self.references),
        )  # fmt: skip
        made: list[EngineFrame] = []
        self.told: list[str] = []
        for chunk in RemovalEngine().plan(job):
            own = folder / chunk.name.replace(" ", "_")
            own.mkdir(parents=True)
            needs = {name: folder / name.replace(" ", "_") for name in chunk.needs}
            context = Context(
                plate=self.plate, key=self.plate, mask=self.mask, guide=lambda _n, f: self.plate(f),
                reference=lambda k: self.references[k], take=needs.__getitem__, folder=own, workbench=own,
                tell=self.told.append,
            )  # fmt: skip
            made += list(RemovalEngine().render(job, chunk, context))
        return made


def still_shot(n: int = 6, step: int = 10, grain: float = 0.0) -> Shot:
    """A standing camera; a box crosses the frame `step` pixels at a time."""
    rng = np.random.default_rng(11)
    clean = np.stack([texture(H, W)] * n) + np.float32(grain) * rng.standard_normal((n, H, W, 3)).astype(
        np.float32
    )
    masks = np.zeros((n, H, W), np.float32)
    for t in range(n):
        masks[t, 24:48, 20 + step * t : 36 + step * t] = 1
    return Shot(clean.astype(np.float32), masks)


def drifting_shot(n: int = 6) -> Shot:
    """The camera pans half a pixel and more a frame; the box stays on the sensor."""
    wide = texture(H, W + 60)
    clean = []
    for t in range(n):
        matrix = np.float32([[1, 0, -5.5 * t], [0, 1, 0]])
        clean.append(cv2.warpAffine(wide, matrix, (W, H), flags=cv2.INTER_LINEAR))
    masks = np.zeros((n, H, W), np.float32)
    masks[:, 24:48, 50:64] = 1
    return Shot(np.stack(clean), masks)
