"""Whether what was made boils: how much it changes from frame to frame along the plate's own motion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.paint.material import Material
from secondunit.comp.clean_plate_codes import encode
from secondunit.kernels.flow import flow_between
from secondunit.kernels.warp import warp
from secondunit.media.exr import read_exr

F32 = npt.NDArray[np.float32]
PAIRS = 12  # spread over the shot: enough for a median


def flicker_ratio(material: Material, frame_file: Callable[[int], Path]) -> float | None:
    """Flow-compensated change of the result inside its matte over the plate's in the same place; None for one frame.

    The plate's motion is found between its own frames; both are warped by it and their differences in perceptual codes
    compared. Pairs are spread over the shot; the median counts. 1 is as steady as the plate, more is boil.
    """
    frames = list(material.frames)
    if len(frames) < 2 or len(material.plate) < 2:
        return None
    picks = np.unique(np.linspace(0, len(frames) - 2, min(PAIRS, len(frames) - 1)).round().astype(int))
    ratios = [one for i in picks if (one := _pair(material, frame_file, frames[i], frames[i + 1])) is not None]
    return float(np.median(ratios)) if ratios else None


def _pair(material: Material, frame_file: Callable[[int], Path], a: int, b: int) -> float | None:
    before, after = material.plate_of(a), material.plate_of(b)
    made = [read_exr(frame_file(frame)).layers for frame in (a, b)]
    flow = flow_between(before, after)
    matte = np.minimum(made[0]["matte"].pixels[..., 0], warp(made[1]["matte"].pixels, flow)[..., 0])
    inside = matte > 0.9
    if inside.sum() < 64:
        return None
    plate = _change(before, after, flow)[inside]
    ours = _change(made[0]["beauty"].pixels[..., :3], made[1]["beauty"].pixels[..., :3], flow)[inside]
    return float(np.median(ours) / max(float(np.median(plate)), 1e-3))


def _change(before: F32, after: F32, flow: F32) -> F32:
    change: F32 = np.abs(encode(before) - encode(warp(after, flow))).mean(2)
    return change
