"""The hole of one frame, and values that live on its pixels only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

TAKEN = 0.004  # of a soft mask: below half a code it is nothing


@dataclass(frozen=True)
class Hole:
    """`mask` (h, w); `y`, `x` (n,) its pixels in reading order. Values (n, …) belong to them in that order."""

    mask: Mask
    y: I64
    x: I64

    @classmethod
    def of(cls, mask: Mask) -> Hole:
        """The hole that a mask marks."""
        y, x = np.nonzero(mask)
        return cls(mask, y, x)

    def __len__(self) -> int:
        return len(self.y)

    def image(self, values: npt.NDArray[Any], rest: float = 0.0) -> npt.NDArray[Any]:
        """Values (n, …) as a picture (h, w, …), `rest` outside."""
        out = np.full((*self.mask.shape, *values.shape[1:]), rest, values.dtype)
        out[self.y, self.x] = values
        return out

    def smoothed(self, values: F32, sigma: float) -> F32:
        """Values (n,) averaged over their neighbours in the hole; those that are not finite do not count, nor gain."""
        ok = np.isfinite(values)
        if not ok.any():
            return values
        box = self.box(round(3 * sigma) + 1)
        total = self.image(np.where(ok, values, 0).astype(np.float32))[box]
        share = self.image(ok.astype(np.float32))[box]
        blurred = [cv2.GaussianBlur(one, (0, 0), sigma) for one in (total, share)]
        mean = blurred[0] / np.maximum(blurred[1], 1e-4)
        near: F32 = mean[self.y - box[0].start, self.x - box[1].start]
        return np.where(ok, near, values).astype(np.float32)

    def box(self, margin: int) -> tuple[slice, slice]:
        """The hole's bounding box grown by `margin`, inside the frame."""
        h, w = self.mask.shape
        return (
            slice(max(0, int(self.y.min()) - margin), min(h, int(self.y.max()) + margin + 1)),
            slice(max(0, int(self.x.min()) - margin), min(w, int(self.x.max()) + margin + 1)),
        )


def taken_out(mask: F32, grow: int) -> Mask:
    """What goes: every pixel a mask (h, w) 0..1 touches, and `grow` pixels around it."""
    marked: Any = (mask > TAKEN).astype(np.uint8)
    if grow:
        marked = cv2.dilate(marked, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1)))
    out: Mask = marked > 0
    return out
