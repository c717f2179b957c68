"""Whether what was made boils: how much it changes from frame to frame along its own motion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.callsheet.paint.material import Material
from secondunit.comp.clean_plate_codes import encode
from secondunit.kernels.flow import flow_between
from secondunit.kernels.warp import warp
from secondunit.media.exr import read_exr

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
PAIRS = 12  # spread over the shot: enough for a median
LEAST_PX = 64


def flicker_ratio(material: Material, frame_file: Callable[[int], Path], *, taken_out: bool) -> float | None:
    """Flow-compensated change of the result inside its matte over the plate's; None for one frame.

    Differences are in perceptual codes, each picture warped by its own motion, and in proportion to its own contrast
    from pixel to pixel: an edit that doubles the contrast doubles what moves, and is no boil. The plate is read in the
    same place, or, where something was taken out of it, in a ring around that. Pairs are spread over the shot and the
    median counts: 1 is as steady as the plate, more is boil.
    """
    frames = list(material.frames)
    if len(frames) < 2 or len(material.plate) < 2:
        return None
    picks = np.unique(np.linspace(0, len(frames) - 2, min(PAIRS, len(frames) - 1)).round().astype(int))
    found = (_pair(material, frame_file, frames[i], taken_out) for i in picks)
    ratios = [one for one in found if one is not None]
    return float(np.median(ratios)) if ratios else None


def _pair(material: Material, frame_file: Callable[[int], Path], frame: int, taken_out: bool) -> float | None:
    before, after = (read_exr(frame_file(f)).layers for f in (frame, frame + 1))
    matte = np.minimum(before["matte"].pixels[..., 0], after["matte"].pixels[..., 0])
    inside = matte > 0.9
    where = _ring(matte) if taken_out else inside
    if min(inside.sum(), where.sum()) < LEAST_PX:
        return None
    plate = _unrest(material.plate_of(frame), material.plate_of(frame + 1), where)
    ours = _unrest(before["beauty"].pixels[..., :3], after["beauty"].pixels[..., :3], inside)
    return ours / max(plate, 1e-3)


def _ring(matte: F32) -> Mask:
    """Around a hole, as wide as the hole is."""
    touched = (matte > 0).astype(np.uint8)
    reach = max(8, int(cv2.distanceTransform(touched, cv2.DIST_L2, 3).max()))
    near = cv2.dilate(touched, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    ring: Mask = (near > 0) & (touched == 0)
    return ring


def _unrest(before: F32, after: F32, where: Mask) -> float:
    """Change along the motion over contrast from pixel to pixel, means over `where` (h, w)."""
    codes = encode(before)
    change = np.abs(codes - encode(warp(after, flow_between(before, after)))).mean(2)[where].mean()
    steps = [np.abs(np.diff(codes, axis=axis, append=codes.take([-1], axis))).mean(2) for axis in (0, 1)]
    return float(change / max(float((steps[0] + steps[1])[where].mean()), 0.5))
