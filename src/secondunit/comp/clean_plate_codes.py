"""Perceptual codes: what the clean plate compares and fits in, so that one threshold serves light and dark.

A code is 255 times the sRGB curve of the absolute value, with its sign: values below 0 and above 1 survive the
way there and back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

_TOE = 0.0031308
_SLOPE = 12.92


def encode(linear: F32) -> F32:
    """Scene-linear (…, 3) to codes (…, 3): 0 is black, 255 is 1.0 (the sRGB curve of IEC 61966-2-1, signed)."""
    size = np.abs(np.asarray(linear, np.float32))
    bent = np.where(size <= _TOE, _SLOPE * size, 1.055 * np.maximum(size, _TOE) ** (1 / 2.4) - 0.055)
    return (255.0 * np.sign(linear) * bent).astype(np.float32)


def decode(codes: F32) -> F32:
    """Codes to scene-linear; the inverse of `encode`."""
    size = np.abs(np.asarray(codes, np.float32)) / np.float32(255)
    straight = ((np.maximum(size, _SLOPE * _TOE) + 0.055) / 1.055) ** 2.4
    return (np.sign(codes) * np.where(size <= _SLOPE * _TOE, size / _SLOPE, straight)).astype(np.float32)
