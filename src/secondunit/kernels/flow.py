"""Optical flow between two pictures of a shot.

Source: T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast optical flow using dense inverse search", ECCV 2016, in
OpenCV's form. It looks at 8-bit perceptual codes of the luminance, scaled alike for both pictures, so that highlights
above 1 and the darkest shots still have contrast to follow.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

LUMINANCE = np.array([0.2722287, 0.6740818, 0.0536895], np.float32)  # of ACEScg
_WHITE = 99.8  # percentile that becomes the code 255
_SAMPLED = 3  # every third row and column tells the white
_LEAST_SIDE = 16  # what the search needs; smaller pictures are continued by their edge
_LEAST_WHITE = 0.05  # perceptual; a black picture stays black instead of becoming its noise


def flow_between(a: F32, b: F32, *, start: F32 | None = None) -> F32:
    """Motion (h, w, 2) as x, y in pixels, so that a(p) ≈ b(p + flow(p)).

    `a`, `b` (h, w, 3) scene-linear ACEScg; `start` (h, w, 2) is a first guess. The same
    pictures give the same flow whatever the number of threads.
    """
    first, second = perceptual(luminance(a)), perceptual(luminance(b))
    white = max(
        *(float(np.percentile(values[::_SAMPLED, ::_SAMPLED], _WHITE)) for values in (first, second)),
        _LEAST_WHITE,
    )
    h, w = first.shape
    room = ((0, max(0, _LEAST_SIDE - h)), (0, max(0, _LEAST_SIDE - w)))
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
    guess = None if start is None else np.pad(start, (*room, (0, 0)), mode="edge").astype(np.float32)
    codes = [np.pad(_codes(values, white), room, mode="edge") for values in (first, second)]
    flow: F32 = np.asarray(finder.calc(*codes, guess), np.float32)
    return flow[:h, :w]


def luminance(picture: F32) -> F32:
    """Scene-linear ACEScg (h, w, 3) as luminance (h, w)."""
    out: F32 = (picture[..., :3] @ LUMINANCE).astype(np.float32)
    return out


def perceptual(values: F32) -> F32:
    """Scene-linear values of any shape as perceptual ones, about evenly stepped for the eye; the sign survives."""
    out: F32 = np.copysign(np.abs(values) ** np.float32(1 / 2.4), values).astype(np.float32)
    return out


def scene_linear(values: F32) -> F32:
    """The inverse of `perceptual`."""
    out: F32 = np.copysign(np.abs(values) ** np.float32(2.4), values).astype(np.float32)
    return out


def _codes(values: F32, white: float) -> U8:
    out: U8 = np.clip(values * np.float32(255 / white) + np.float32(0.5), 0, 255).astype(np.uint8)
    return out
