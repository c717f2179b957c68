"""Where the background behind each pixel was last seen, or is next seen: followed frame by frame along the motion.

One pass through the shot in each direction. A pixel looks one frame on along the background's motion: if the plate
shows the background there it takes that place, else it takes over what that place had found. Places are kept as
fractions of pixels and read once, at the end, so nothing is resampled twice (C. Gao et al., "Flow-edge guided video
completion", ECCV 2020, follow flow the same way). Plain twin: `flow_copy_reference`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

NOWHERE = -1
# A round trip may miss by this many pixels, and by this share of the motion's length more: fast motion is followed
# less exactly (Sundaram, Brox, Keutzer, ECCV 2010).
MISS, MISS_SHARE = 1.0, 0.15


@dataclass(frozen=True)
class Found:
    """`frame` (h, w): which frame shows it, −1 for none; `place` (h, w, 2): x, y there, pixel indices, fractional."""

    frame: I32
    place: F32

    @classmethod
    def nothing(cls, h: int, w: int) -> Found:
        """Where every pass begins."""
        return cls(np.full((h, w), NOWHERE, np.int32), np.zeros((h, w, 2), np.float32))

    def at(self, where: Mask) -> Found:
        """The same, only for the pixels of a mask, as (n,) and (n, 2)."""
        return Found(self.frame[where], self.place[where])


def follow(before: Found, frame: int, usable: Mask, there: F32, back: F32, *, strict: bool = True) -> Found:
    """One step of a pass: what the next picture's pixels find behind them.

    `before` is what the pixels of `frame`, the picture looked at, had found; `usable` (h, w) its pixels that may be
    copied. `there` (h, w, 2) is the background's motion from the new picture to it, `back` its own motion to the
    new one. If `strict`, a pixel of it is taken only where the round trip closes, for else something in front may be
    seen there; fast and blurred motion is lost with it.
    """
    out = Found(np.empty_like(before.frame), np.zeros_like(before.place))
    _follow(
        before.frame, before.place, np.int32(frame), usable, np.ascontiguousarray(there, np.float32),
        np.ascontiguousarray(back, np.float32), out.frame, out.place, strict,
    )  # fmt: skip
    return out


@njit(cache=True)
def _follow(had, had_place, frame, usable, there, back, out, place, strict):  # type: ignore[no-untyped-def] # pragma: no cover
    h, w = usable.shape
    for y in range(h):
        for x in range(w):
            out[y, x] = -1
            fx, fy = there[y, x, 0], there[y, x, 1]
            px, py = np.float32(x) + fx, np.float32(y) + fy
            if not (px >= 0 and py >= 0 and px <= w - 1 and py <= h - 1):
                continue
            ix, iy = np.int32(px + np.float32(0.5)), np.int32(py + np.float32(0.5))
            if usable[iy, ix]:
                mx, my = fx + back[iy, ix, 0], fy + back[iy, ix, 1]
                allowed = np.float32(MISS) + np.float32(MISS_SHARE) * np.sqrt(fx * fx + fy * fy)
                if not strict or mx * mx + my * my <= allowed * allowed:
                    out[y, x] = frame
                    place[y, x, 0], place[y, x, 1] = px, py
                    continue
            if had[iy, ix] >= 0:
                sx = had_place[iy, ix, 0] + px - np.float32(ix)
                sy = had_place[iy, ix, 1] + py - np.float32(iy)
                if sx >= 0 and sy >= 0 and sx <= w - 1 and sy <= h - 1:
                    out[y, x] = had[iy, ix]
                    place[y, x, 0], place[y, x, 1] = sx, sy


def read_places(picture: F32, place: F32) -> F32:
    """`picture` (h, w, 3) at places (n, 2), bilinear as the trace defines it: (n, 3)."""
    last = np.array([picture.shape[1] - 1, picture.shape[0] - 1], np.int32)
    low = np.clip(np.floor(place), 0, last).astype(np.int32)
    high = np.minimum(low + 1, last)
    fx, fy = np.split((place - low).astype(np.float32), 2, axis=1)
    upper = picture[low[:, 1], low[:, 0]] * (1 - fx) + picture[low[:, 1], high[:, 0]] * fx
    lower = picture[high[:, 1], low[:, 0]] * (1 - fx) + picture[high[:, 1], high[:, 0]] * fx
    out: F32 = (upper * (1 - fy) + lower * fy).astype(np.float32)
    return out


def usable_pixels(gone: Mask, reach: int = 1) -> Mask:
    """Pixels (h, w) from which one may read bilinearly without a tap in `gone`, `reach` pixels away from it."""
    side = 2 * reach + 1
    out: Mask = cv2.dilate(gone.astype(np.uint8), np.ones((side, side), np.uint8)) == 0
    return out
