"""How well the network does on what it has not learned: one figure, and a picture beside the artist's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.keyframe.lesson import Exam
from secondunit.kernels.flow import perceptual
from secondunit.media.colour import SRGB_DISPLAY, UNTONED, Review, to_display
from secondunit.media.images import write_picture

F32 = npt.NDArray[np.float32]
_WIDEST = 700  # pixels of each of the two pictures
_BEST = 99.0  # dB; what equals the truth exactly would be infinite


def over_plate(plate: F32, picture: F32, matte: F32) -> F32:
    """The picture (h, w, 3) where the matte (h, w) says so, elsewhere the plate bit for bit."""
    mixed = plate + (picture - plate) * matte[..., None]
    out: F32 = np.where(matte[..., None] > 0, mixed, plate).astype(np.float32)
    return out


def decibels(picture: F32, truth: F32, area: npt.NDArray[np.bool_] | None = None) -> float:
    """PSNR of two ACEScg pictures (h, w, 3) inside `area` (h, w), as a display from 0 to 1 would show them."""
    codes = [perceptual(np.clip(one if area is None else one[area], 0, 1)) for one in (picture, truth)]
    error = float(np.mean((codes[0].astype(np.float64) - codes[1]) ** 2))
    return min(_BEST, -10 * float(np.log10(max(error, 1e-12))))


def draw_preview(path: Path, exam: Exam, picture: F32) -> None:
    """Write the network's picture and, to its right, the artist's; thin lines bound the part that is the exam."""
    both = [to_display(one, Review(SRGB_DISPLAY, UNTONED)) for one in (picture, exam.edit)]
    edges = cv2.morphologyEx(exam.area.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    both[0][edges > 0] = 0.5
    scale = min(1.0, _WIDEST / picture.shape[1])
    small = [cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for one in both]
    beside = path.with_suffix(".writing.png")
    write_picture(beside, np.concatenate(small, 1))
    beside.replace(path)
