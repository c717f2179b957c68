"""A look that is a function of the picture, so that every frame of a shot has its truth.

Leaves turn to autumn, skin is smoothed, contrast is local, shadows go blue and lights warm: what a colourist and a
retoucher do, with masks that follow from the picture itself.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]


def look(codes: U8) -> U8:
    """The look on 8-bit sRGB codes (h, w, 3)."""
    picture = codes.astype(np.float32) / 255
    unit = codes.shape[1] / 640  # radii are told for a frame of 640 pixels
    leaves, skin = (_soft(mask, 2.5 * unit)[..., None] for mask in _leaves_and_skin(codes))
    grey = picture.mean(2)
    around = _soft(grey, 10 * unit)
    smooth = cv2.bilateralFilter(picture, int(9 * unit) | 1, 0.12, 6 * unit)
    crisp = picture + 1.1 * (grey - around)[..., None]
    out = smooth * skin + crisp * (1 - skin)
    out = _autumn(out) * leaves + out * (1 - leaves)
    held = np.clip(out, 0, 1)
    curved = held * held * (3 - 2 * held) * 0.55 + held * 0.45
    dark = (1 - np.clip(around * 1.6, 0, 1))[..., None]
    toned = curved + dark * np.float32([-0.03, 0.02, 0.07]) + (1 - dark) * np.float32([0.05, 0.015, -0.05])
    done: U8 = (np.clip(toned, 0, 1) * 255 + 0.5).astype(np.uint8)
    return done


def _leaves_and_skin(codes: U8) -> tuple[F32, F32]:
    hue, saturation = np.moveaxis(cv2.cvtColor(codes, cv2.COLOR_RGB2HSV).astype(np.float32), 2, 0)[:2]
    saturation = saturation / 255

    def near(centre: float, width: float) -> F32:
        apart = np.abs((hue * 2 - centre + 180) % 360 - 180)
        return np.clip(1 - apart / width, 0, 1).astype(np.float32)

    leaves = near(95, 55) * np.clip(saturation * 3, 0, 1)
    skin = near(20, 25) * np.clip(saturation * 4, 0, 1) * np.clip(1.6 - 1.2 * saturation, 0, 1)
    return leaves, skin


def _autumn(picture: F32) -> F32:
    green, blue = picture[..., 1], picture[..., 2]
    return np.stack([green * 1.25 + 0.05, green * 0.62, blue * 0.45], -1)


def _soft(values: F32, sigma: float) -> F32:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
