"""Whether a cut lies between two neighbouring frames: no motion explains the one by the other."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.kernels.flow import flow_between, luminance, perceptual
from secondunit.kernels.warp import warp

F32 = npt.NDArray[np.float32]

_WIDTH = 160
_DETAIL = 4.0  # pixels of that width
_BINS = 32
_GRAIN = 0.006  # detail (root mean square, perceptual) that may be nothing but noise
# Measured on ten clips: neighbours in a shot .39 and more, .75 with flashes (whose histograms differ by up to .47);
# two real cuts .14 and .26, 72 joins of clips at most .23, with histograms that differ by .30 and more.
_NO_LIKENESS, _LITTLE_LIKENESS, _OTHER_LIGHT = 0.2, 0.45, 0.2


def is_cut(before: F32, after: F32) -> bool:
    """True where `after` (h, w, 3) ACEScg is no continuation of `before`: its structure is nowhere near.

    A flash keeps the structure and a fast pan keeps the light, so neither is taken for a cut.
    """
    a, b = thumbnail(before), thumbnail(after)
    likeness = _likeness(a, b)
    return likeness < _NO_LIKENESS or (likeness < _LITTLE_LIKENESS and _other_light(a, b) > _OTHER_LIGHT)


def thumbnail(picture: F32) -> F32:
    """A picture (h, w, 3) at most 160 wide, which is all that `is_cut` looks at; a thumbnail stays as it is."""
    h, w = picture.shape[:2]
    if w <= _WIDTH:
        return picture
    size = (_WIDTH, max(8, round(h * _WIDTH / w)))
    small: F32 = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    return small


def _likeness(a: F32, b: F32) -> float:
    """Correlation of detail after motion is taken out, −1 to 1."""
    moved = warp(b, flow_between(a, b))
    first, second = (_detail(perceptual(luminance(picture))) for picture in (a, moved))
    strength = float(np.sqrt((first * first).sum() * (second * second).sum()))
    flat = strength < _GRAIN**2 * first.size
    return 1.0 if flat else float((first * second).sum()) / strength


def _detail(grey: F32) -> F32:
    out: F32 = grey - cv2.GaussianBlur(grey, (0, 0), _DETAIL)
    return out


def _other_light(a: F32, b: F32) -> float:
    """Share of pixels that are in another bin of the histogram, 0 to 1, mean of the channels."""
    counts = [
        [np.histogram(np.clip(perceptual(picture[..., c]), 0, 1), _BINS, (0, 1))[0] for c in range(3)]
        for picture in (a, b)
    ]
    return float(np.abs(np.subtract(counts[0], counts[1])).sum()) / (6 * a[..., 0].size)
