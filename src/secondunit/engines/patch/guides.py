"""The guides of one key: codes for its own frame once, and in the same measure for every frame it is carried to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.kernels.flow import perceptual
from secondunit.kernels.guides import Scale, plate_guides, position_guides, scale_of

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

# Measured on the dog clip, 10 to 30 frames from the key: more for edges or position changes .3 dB at most; three times
# the style costs a decibel. With these the flow start wins .1 dB over weights of 2 for colour.
EDGES, COLOUR, POSITION, STYLE = 1.0, 3.0, 0.5, 1.0


@dataclass(frozen=True)
class Guides:
    """`source` (h, w, g) of the key's frame; `weights` (g,), all channels; `scale` and `own` say how values are coded.

    `own` names the user's guides with their scales, in order.
    """

    source: U8
    weights: tuple[float, ...]
    scale: Scale
    own: tuple[tuple[str, Scale], ...]

    def target(self, plate: F32, place: F32, own: Mapping[str, F32]) -> U8:
        """The guides (h, w, g) of another frame: its plate, where in the key's frame its pixels lie, its own guides."""
        parts = [plate_guides(plate, self.scale), position_guides(place)]
        parts += [scale.codes(planes(own[name])) for name, scale in self.own]
        return np.ascontiguousarray(np.concatenate(parts, -1))


def guides_of(plate: F32, own: Sequence[tuple[str, F32, float]]) -> Guides:
    """The guides of a key's frame: its plate (h, w, 3) ACEScg and the user's own, each name, picture and weight."""
    scale = scale_of(perceptual(plate))
    scales = [(name, scale_of(planes(picture))) for name, picture, _ in own]
    parts = [plate_guides(plate, scale), position_guides(pixel_grid(*plate.shape[:2]))]
    parts += [one.codes(planes(picture)) for (_, one), (_, picture, _) in zip(scales, own, strict=True)]
    weights = [EDGES, *[COLOUR] * 3, *[POSITION] * 2]
    for _, picture, weight in own:
        channels = planes(picture).shape[2]
        weights += [weight / channels] * channels
    return Guides(np.ascontiguousarray(np.concatenate(parts, -1)), tuple(weights), scale, tuple(scales))


def pixel_grid(height: int, width: int) -> F32:
    """Every pixel's own x, y (h, w, 2)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x, y], -1)


def planes(picture: F32) -> F32:
    """A guide (h, w) or (h, w, c) as (h, w, c); a grey one in three equal channels as one."""
    flat = picture[..., None] if picture.ndim == 2 else picture
    grey = (
        flat.shape[2] == 3
        and np.array_equal(flat[..., 0], flat[..., 1])
        and np.array_equal(flat[..., 0], flat[..., 2])
    )
    return flat[..., :1] if grey else flat
