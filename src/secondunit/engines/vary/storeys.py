"""Does a picture have storeys, as a facade has, and at which height does each of its pixels stand?

Storeys run to one vanishing point. The height of a pixel is where the line from that point through it meets the middle
of the picture, so that a facade seen at an angle keeps its storeys as well as one seen from the front.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.light.vanishing import find_segments, find_vanishing_point, tilt_deg

F32 = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]

# Of the length of all straight edges: how much must be upright or run to one point. Measured on fifteen photographs:
# facades .64 to .84; foliage, sky, ground, smoke and a pagoda among trees 0 to .49.
ENOUGH = 0.57
LEAST = 24
UPRIGHT_DEG = 8.0
SHORTEST = 1 / 30


@dataclass(frozen=True)
class Storeys:
    """`found` whether there are storeys, `share` of the straight edges that agree, `point` where storeys run to.

    `narrowing`: how many times as high a storey is at one side of the picture as at the other.
    """

    found: bool
    share: float
    point: FloatArray
    narrowing: float = 1.0


def find_storeys(picture: F32) -> Storeys:
    """Look for storeys in a picture (h, w, 3) in display values 0..1."""
    h, w = picture.shape[:2]
    level = np.array([1.0, 0.0, 0.0])
    segments = find_segments(picture, np.ones((h, w), bool), shortest=max(8.0, min(h, w) * SHORTEST))
    if len(segments) < LEAST:
        return Storeys(False, 0.0, level)
    length = np.hypot(*(segments[:, 2:] - segments[:, :2]).T)
    tilt = tilt_deg(segments)
    flat = np.flatnonzero(tilt > 45)
    # The seed is the picture's own: one picture, one answer.
    point = find_vanishing_point(segments, flat, np.random.default_rng(0))
    if point is None:
        return Storeys(False, 0.0, level)
    agree = tilt < UPRIGHT_DEG
    agree[point.members] = True
    share = float(length[agree].sum() / length.sum())
    outside = _outside(point.point, w)
    # A storey is as high as its distance from the point is long.
    ends = np.abs(outside[0] - outside[2] * np.array([0.0, w]))
    return Storeys(share >= ENOUGH, share, outside, float(ends.max() / ends.min()))


def heights(point: FloatArray, size: tuple[int, int], target: tuple[int, int]) -> F32:
    """The height of every pixel of a raster `target` (h, w) laid over a picture of `size`: 0 top, 1 bottom."""
    h, w = size
    x = (np.arange(target[1]) + 0.5) * w / target[1]
    y = ((np.arange(target[0]) + 0.5) * h / target[0])[:, None]
    line = np.cross(point, np.stack(np.broadcast_arrays(x, y, 1.0), -1))
    middle = -(line[..., 0] * w / 2 + line[..., 2]) / line[..., 1]
    return (middle / h).astype(np.float32)


def _outside(point: FloatArray, width: int) -> FloatArray:
    """The point itself, or the level direction where it lies within the picture: then it orders nothing."""
    level = np.array([1.0, 0.0, 0.0])
    if abs(point[2]) < 1e-12:
        return point
    x = point[0] / point[2]
    return level if -0.1 * width < x < 1.1 * width else point
