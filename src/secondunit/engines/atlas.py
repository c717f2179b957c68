"""Several owned pictures laid under one another, so that one search looks through all of them.

A patch search knows one source picture. An atlas makes one of many, remembers which is which, and forbids the seams;
a source that is left out is not in it, so nothing can come from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.trace import Source
from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Atlas:
    """`picture` (H, W, c) and `allowed` (H, W) of all sources; `top` (n,) the first row of each."""

    picture: F32
    allowed: Mask
    sources: tuple[Source, ...]
    top: tuple[int, ...]

    def traced(self, centres: I32) -> I32:
        """A field (h, w, 2) of x, y in the atlas as a trace's field (h, w, 3): source index, x, y in that source."""
        index = np.searchsorted(np.asarray(self.top), centres[..., 1], side="right") - 1
        y = centres[..., 1] - np.asarray(self.top)[index]
        out: I32 = np.stack([index, centres[..., 0], y], -1).astype(np.int32)
        return out


def lay_out(pictures: Sequence[tuple[Source, F32, Mask | None]]) -> Atlas:
    """Lay pictures (h, w, c) under one another; the mask (h, w) says which pixels may be used, None means all.

    Narrow pictures are filled up at the right with what may not be used, and a row of the same lies below each, so that
    no patch straddles two. Raises `BadInput` where nothing may be used.
    """
    width = max(picture.shape[1] for _, picture, _ in pictures)
    rows, allowed, top, y = [], [], [], 0
    for _, picture, mask in pictures:
        h, w = picture.shape[:2]
        side = ((0, 1), (0, width - w))
        rows.append(np.pad(picture, (*side, (0, 0)), mode="edge"))
        use = np.ones((h, w), bool) if mask is None else mask
        allowed.append(np.pad(use, side))
        top.append(y)
        y += h + 1
    atlas = Atlas(
        np.ascontiguousarray(np.concatenate(rows)).astype(np.float32),
        np.concatenate(allowed),
        tuple(source for source, _, _ in pictures),
        tuple(top),
    )
    if not atlas.allowed.any():
        raise BadInput("no pixel of any source may be used", hint="allow a source, or a part of one")
    return atlas
