"""What a patch search looks at beside colour: 8-bit guides of the same meaning for a source and for a target.

Edges, colour and position are the guides of J. Fišer et al., "StyLit", SIGGRAPH 2016 and O. Jamriška et al.,
"Stylizing video by example", SIGGRAPH 2019, taken on perceptual values so that shadows count as much as they show.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.kernels.flow import luminance, perceptual

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

_TAILS = (0.2, 99.8)  # percentiles that become 0 and 255
_EDGE_WIDTH = 1 / 180  # of the frame's height
_PERIOD = 128.0  # pixels until a position's code comes back
_LEAST_SPAN = 1e-3


@dataclass(frozen=True)
class Scale:
    """How values become codes: `low` and `high` (c,) of each channel are 0 and 255."""

    low: F32
    high: F32

    def codes(self, values: F32) -> U8:
        """Values (h, w, c) as 8-bit codes; what lies beyond the ends is held there."""
        unit = (values - self.low) / (self.high - self.low)
        out: U8 = np.clip(unit * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
        return out


def scale_of(values: F32) -> Scale:
    """The scale that fits a picture (h, w, c), a few outliers aside."""
    low, high = np.percentile(values.reshape(-1, values.shape[-1]), _TAILS, axis=0).astype(np.float32)
    return Scale(low, np.maximum(high, low + np.float32(_LEAST_SPAN)))


def plate_guides(plate: F32, scale: Scale) -> U8:
    """Edges and colour (h, w, 4) of a plate (h, w, 3) scene-linear ACEScg; `scale` is for its perceptual values."""
    grey = perceptual(luminance(plate))
    soft = cv2.GaussianBlur(grey, (0, 0), max(1.0, plate.shape[0] * _EDGE_WIDTH), borderType=cv2.BORDER_REPLICATE)
    span = float((scale.high - scale.low).mean())
    edges = np.clip((grey - soft) * (2 * 255 / span) + 128.5, 0, 255).astype(np.uint8)
    out: U8 = np.concatenate([edges[..., None], scale.codes(perceptual(plate))], -1)
    return out


def position_guides(place: F32) -> U8:
    """Places (h, w, 2), pixels, as codes that rise and fall along both axes: fine enough to hold plain walls in place.

    Far places share a code, so this guide is for a search that begins near the right one.
    """
    fold = np.abs(np.mod(place, _PERIOD) * np.float32(2 / _PERIOD) - 1)
    out: U8 = (fold * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return out
