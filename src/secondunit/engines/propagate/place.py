"""Where a frame's pixels lie in the key's frame, by motion alone.

Three answers are weighed against each other: the flow summed from frame to frame, the flow found again from there
(which ends the drift), and the motion that most of the picture shares (a homography: the camera's). On a plain wall
any flow fits, so there the shared motion holds, unless what the wall belongs to is seen to move.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.propagate.edit import Edit, fine_detail
from secondunit.engines.propagate.guides import pixel_grid
from secondunit.kernels.flow import flow_between, luminance, perceptual
from secondunit.kernels.warp import warp

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_NEAR = 7  # pixels, side of the window in which two answers are compared
_EVERY = 12  # pixels between the points that say what motion is shared
_SHARED = 0.25  # of those points must agree
_STRAY = 1.0  # pixels
_STILL = 0.25  # pixels: a camera that moved less did not move
_WIDE = 1 / 15  # of the height: how far the evidence of a moving thing reaches inside it
_EDGE = 2e-3  # variance (perceptual) that ends one thing and begins another
_DOUBT, _DOUBT_SHARE = 0.015, 0.15  # by how much the flow must fit better, and for each unit of its own misfit


def place_of(edit: Edit, now: F32, back: F32, before: F32) -> tuple[F32, Mask]:
    """The place (h, w, 2), x, y in the key's frame, of each pixel of `now` (h, w, 3) ACEScg, and where it is shared.

    `before` (h, w, 2) is that of the frame before, `back` (h, w, 2) the flow to it.
    """
    grid = pixel_grid(*now.shape[:2])
    summed = warp(before - grid, back) + back
    again = flow_between(now, edit.plate, start=summed)
    codes, key_codes = fine_detail(now), edit.detail
    gaps = [_gap(key_codes, flow, codes) for flow in (summed, again)]
    flow = np.where((gaps[1] < gaps[0])[..., None], again, summed)
    grey = perceptual(luminance(now))
    shared = _shared_motion(flow, grey, grid)
    held = np.zeros(grey.shape, bool)
    if shared is not None:
        gap = np.minimum(*gaps)
        gain = (_gap(key_codes, shared, codes) - gap * (1 + _DOUBT_SHARE)).astype(np.float32)
        held = _within(gain, grey) <= _DOUBT
        flow = np.where(held[..., None], shared, flow)
    return (flow + grid).astype(np.float32), held


def _gap(source: F32, flow: F32, now: F32) -> F32:
    """How badly a flow explains a frame, around each pixel (h, w); both are details of pictures."""
    gap = np.abs(warp(source, flow) - now) @ np.ones(3, np.float32)
    out: F32 = np.asarray(cv2.blur(gap, (_NEAR, _NEAR), borderType=cv2.BORDER_REFLECT), np.float32)
    return out


def _shared_motion(flow: F32, grey: F32, grid: F32) -> F32 | None:
    """The motion (h, w, 2) that most textured points follow, None where there is none."""
    detail = cv2.blur(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), (5, 5))
    half = _EVERY // 2
    points, ends = grid[half::_EVERY, half::_EVERY], (grid + flow)[half::_EVERY, half::_EVERY]
    seen = detail[half::_EVERY, half::_EVERY]
    rich = seen >= np.median(seen)
    if rich.sum() < 16:
        return None
    matrix, agree = cv2.findHomography(points[rich], ends[rich], cv2.RANSAC, _STRAY)
    if matrix is None or agree.mean() < _SHARED:
        return None
    moved = cv2.perspectiveTransform(grid, matrix) - grid
    if np.abs(moved).max() < _STILL:
        return np.zeros_like(flow)
    out: F32 = moved.astype(np.float32)
    return out


def _within(values: F32, grey: F32) -> F32:
    """Values (h, w) averaged widely but not over edges: a guided filter (He, Sun, Tang, ECCV 2010)."""
    side = 2 * round(values.shape[0] * _WIDE) + 1

    def mean(picture: F32) -> F32:
        return np.asarray(cv2.blur(picture, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)

    guide, middle = mean(grey), mean(values)
    slope = (mean(grey * values) - guide * middle) / (mean(grey * grey) - guide * guide + _EDGE)
    out: F32 = mean(slope.astype(np.float32)) * grey + mean((middle - slope * guide).astype(np.float32))
    return out
