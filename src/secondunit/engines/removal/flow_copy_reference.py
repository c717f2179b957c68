"""The plain twin of `flow_copy.follow`: one pixel at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.flow_copy import MISS, MISS_SHARE, Found

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def follow_reference(
    before: Found, frame: int, usable: Mask, there: F32, back: F32, *, strict: bool = True
) -> Found:
    """What `follow` must give."""
    h, w = usable.shape
    out = Found.nothing(h, w)
    for y, x in np.ndindex(h, w):
        spot = np.array([x, y], np.float32) + there[y, x]
        if not (0 <= spot[0] <= w - 1 and 0 <= spot[1] <= h - 1):
            continue
        ix, iy = (int(np.floor(v + np.float32(0.5))) for v in spot)
        missed = float(np.linalg.norm(there[y, x] + back[iy, ix]))
        closes = missed <= MISS + MISS_SHARE * float(np.linalg.norm(there[y, x]))
        if usable[iy, ix] and (closes or not strict):
            out.frame[y, x], out.place[y, x] = frame, spot
        elif before.frame[iy, ix] >= 0:
            place = before.place[iy, ix] + (spot - np.array([ix, iy], np.float32))
            if 0 <= place[0] <= w - 1 and 0 <= place[1] <= h - 1:
                out.frame[y, x], out.place[y, x] = before.frame[iy, ix], place
    return out
