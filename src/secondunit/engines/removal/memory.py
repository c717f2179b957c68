"""What was filled stays filled: one frame's fill is carried to the next along the background's motion.

A place laid from patches keeps its patches. Where the camera stands they are read from the new frame as long as that
still shows them, so that grain lives and light follows; else from the frame they were found in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.flow_copy import NOWHERE
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.sources import Sources, codes

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

PATCHED, UNKNOWN = -1, -2  # ways beside those of `practice`
STEADY, LIGHT = 0.6, 3.0  # how much of a correction is kept from frame to frame; codes of a change of light
SAME = 10.0  # codes a source may differ from frame to frame and still be the same thing
NEAR = 2.0  # pixels over which that is judged


@dataclass(frozen=True)
class Memory:
    """For every pixel (h, w): `origin` and `place` of what it was filled with, −1 never; `way` it was chosen by;

    `added` (h, w, 3) codes is what took its seams out, NaN where nothing was filled.
    """

    origin: I32
    place: F32
    way: I64
    added: F32

    @classmethod
    def empty(cls, h: int, w: int) -> Memory:
        """Before the first frame."""
        return cls(
            np.full((h, w), NOWHERE, np.int32),
            np.zeros((h, w, 2), np.float32),
            np.full((h, w), UNKNOWN, np.int64),
            np.full((h, w, 3), np.nan, np.float32),
        )

    def save(self, path: Path) -> None:
        """Keep it for the next chunk."""
        np.savez_compressed(path, origin=self.origin, place=self.place, way=self.way, added=self.added)

    @classmethod
    def load(cls, path: Path) -> Memory:
        """What `save` kept."""
        with np.load(path) as kept:
            return cls(kept["origin"], kept["place"], kept["way"], kept["added"])


def carried(memory: Memory, there: F32) -> Memory:
    """The memory as the next frame's pixels see it; `there` (h, w, 2) is the background's motion back to the old."""
    h, w = memory.origin.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    at = np.stack([x, y], -1) + there
    near = np.rint(at).astype(np.int64)
    inside = (near >= 0).all(-1) & (near[..., 0] < w) & (near[..., 1] < h)
    ix, iy = np.clip(near[..., 0], 0, w - 1), np.clip(near[..., 1], 0, h - 1)
    place = memory.place[iy, ix] + (at - near).astype(np.float32)
    return Memory(
        np.where(inside, memory.origin[iy, ix], NOWHERE).astype(np.int32),
        place.astype(np.float32),
        np.where(inside, memory.way[iy, ix], UNKNOWN),
        np.where(inside[..., None], memory.added[iy, ix], np.float32(np.nan)),
    )


def refreshed(memory: Memory, frame: int, sources: Sources) -> Memory:
    """Patches read from `frame` where it still shows what they were; for a camera that stands."""
    patched = (memory.way == PATCHED) & (memory.origin >= 0)
    if not patched.any():
        return memory
    origin, place = memory.origin[patched], memory.place[patched]
    before, ok_before = sources.read(origin, place)
    after, ok_after = sources.read(np.full_like(origin, frame), place)
    apart = np.where(ok_before & ok_after, np.abs(codes(after) - codes(before)).mean(1), np.nan)
    live = Hole.of(patched).smoothed(apart.astype(np.float32), NEAR) < SAME
    new_origin = memory.origin.copy()
    new_origin[patched] = np.where(live, np.int32(frame), origin)
    return replace(memory, origin=new_origin)


def steadied(memory: Memory, hole: Hole, joined: F32) -> F32:
    """The correction (n, 3) codes of a hole held to that of the frame before, but for a change of light."""
    before = memory.added[hole.mask]
    change = np.abs(joined - before).mean(1)
    hold = np.where(np.isfinite(change), STEADY * np.exp(-((change / LIGHT) ** 2)), 0).astype(np.float32)[:, None]
    out: F32 = joined * (1 - hold) + np.nan_to_num(before) * hold
    return out
