"""Carry a box through a few frames with what lies in it, whatever that is: motion alone, nothing about a face.

Source: B. D. Lucas, T. Kanade 1981, in pyramids (J.-Y. Bouguet 2000); forward and backward must agree (Z. Kalal,
K. Mikolajczyk, J. Matas 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Place = tuple[float, float, float, float]

_GRID = 6  # points a side
_WINDOW, _LEVELS = (15, 15), 3
_AGREE = 1.0  # pixels between a point and where it comes back to
_ENOUGH = 0.25  # of the points


def carry(box: Place, greys: Sequence[U8], scale: float) -> Place:
    """Where a box is at the end of some frames (h, w) in order, the first of which it was seen in.

    `scale` is the size of the frames against that of the picture the box is in. Where too few points are sure of
    themselves the box stays for that frame.
    """
    left, top, right, bottom = (np.float32(side * scale) for side in box)
    inset_x, inset_y = (right - left) * np.float32(0.1), (bottom - top) * np.float32(0.1)
    x, y = np.meshgrid(
        np.linspace(left + inset_x, right - inset_x, _GRID), np.linspace(top + inset_y, bottom - inset_y, _GRID)
    )
    start: F32 = np.stack([x, y], -1).reshape(-1, 1, 2).astype(np.float32)
    points = start
    for before, after in pairwise(greys):
        points = points + _step(before, after, points)
    dx, dy = (float(value) / scale for value in (points - start)[0, 0])
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def _step(before: U8, after: U8, points: F32) -> F32:
    """The middle motion of the points from one frame to the next, in its pixels."""
    there, there_ok, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, points.copy(), winSize=_WINDOW, maxLevel=_LEVELS
    )
    back, back_ok, _ = cv2.calcOpticalFlowPyrLK(
        after, before, there, points.copy(), winSize=_WINDOW, maxLevel=_LEVELS
    )
    agree = np.linalg.norm(back - points, axis=-1).ravel() < _AGREE
    sure = agree & (there_ok.ravel() == 1) & (back_ok.ravel() == 1)
    if sure.sum() < _ENOUGH * len(points):
        return np.zeros(2, np.float32)
    middle: F32 = np.median((there - points)[sure].reshape(-1, 2), axis=0).astype(np.float32)
    return middle
