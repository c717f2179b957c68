"""Where the ground begins behind the building: its base line, raised to what is seen beside it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.layers import Knots

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def base_line(matte: F32) -> Knots:
    """The line the building's feet stand on, from its leftmost to its rightmost foot, never below its base."""
    solid = matte > 0.5
    h, w = solid.shape
    columns = np.flatnonzero(solid.any(0))
    if not len(columns):
        return ((0.0, float(h)), (float(w - 1), float(h)))
    low = h - np.argmax(solid[::-1], 0)[columns]
    high = np.argmax(solid, 0)[columns]
    feet = low >= low.max() - 0.12 * (low.max() - high.min())
    x, y = columns[feet].astype(float), low[feet].astype(float)
    if len(x) < 2 or x[-1] - x[0] < 4:
        return ((0.0, float(y[0])), (float(w - 1), float(y[0])))
    n = max(1, len(x) // 6)
    left, right = float(np.median(y[:n])), float(np.median(y[-n:]))
    x0, x1 = float(x[:n].mean()), float(x[-n:].mean())
    line = left + (right - left) * (x - x0) / max(x1 - x0, 1.0)
    # The feet of a corner hang below the line: what they stood on is ground. A porch's may end above it.
    line = line - max(0.0, float(np.percentile(line - y, 90)))
    return ((round(x[0], 1), round(float(line[0]), 1)), (round(x[-1], 1), round(float(line[-1]), 1)))


def seen_ground(codes: F32, ground: Knots, hole: Mask, unknown: Mask) -> Knots:
    """The base line raised to where the ground is seen to begin on both sides of the hole, if it clearly does.

    What stands behind the building stands further up the picture than the building's own base.
    """
    h, w = hole.shape
    columns = np.flatnonzero(hole.any(0))
    if not len(columns) or ground[0][1] >= h - 2:
        return ground
    reach, lift = max(12, round(0.12 * w)), round(0.07 * h)
    sides = [(int(columns[0]) - reach, int(columns[0]) - 4), (int(columns[-1]) + 5, int(columns[-1]) + reach)]
    found = [_ground_edge(codes, unknown, a, b, straight_line(ground, w), lift) for a, b in sides]
    rises = [rise for rise in found if rise is not None]
    if not rises or (len(rises) == 2 and abs(rises[0] - rises[1]) > 0.015 * h):
        return ground
    rise = float(np.mean(rises))
    return tuple((x, round(y - rise, 1)) for x, y in ground)


def _ground_edge(codes: F32, unknown: Mask, a: int, b: int, line: F64, lift: int) -> float | None:
    """Rows above the base line at which most columns of [a, b) change colour; None where none stands out."""
    h, w = unknown.shape
    x = np.arange(max(0, a), min(w, b))
    if len(x) < 12:
        return None
    rows = line[x].round().astype(int)[None] - np.arange(-8, lift + 8)[:, None]
    strip = codes[np.clip(rows, 0, h - 1), x[None]]
    free = ~unknown[np.clip(rows, 0, h - 1), x[None]].any(0)
    if free.sum() < max(12, 0.4 * len(x)):
        return None
    strip = strip[:, free]
    mean = cv2.blur(strip.astype(np.float32), (1, 5), borderType=cv2.BORDER_REPLICATE)
    step = np.abs(mean[:-5] - mean[5:]).max(2)
    crossed = (step > 14).mean(1)
    best = int(np.argmax(crossed))
    if crossed[best] < 0.8 or float(np.median(crossed)) > 0.4:
        return None
    centre = np.flatnonzero(crossed >= crossed[best] - 0.05)
    rise = float(centre.mean()) + 2.5 - 8
    return rise if rise > 2 else None


def straight_line(knots: Knots, w: int) -> F64:
    """Height at every column of straight pieces between knots, level beyond their ends."""
    p = np.asarray(knots, float)
    line: F64 = np.interp(np.arange(w), p[:, 0], p[:, 1])
    return line
