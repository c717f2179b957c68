"""The guides of one key: codes for its own frame once, and in the same measure for every frame it is carried to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.kernels.flow import perceptual
from secondunit.kernels.guides import Scale, plate_guides, position_guides, scale_of

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

# Measured on the dog clip, 10 to 30 frames from the key: more for edges or position changes .3 dB at most; three times
# the style costs a decibel. With these the flow start wins .1 dB over weights of 2 for colour.
EDGES, COLOUR, POSITION, STYLE = 1.0, 3.0, 0.5, 1.0


@dataclass(frozen=True)
class _Own:
    """A guide of the user's: how many of its channels say something, and how they are coded."""

    name: str
    channels: int
    scale: Scale

    def codes(self, picture: F32, shape: tuple[int, int]) -> U8:
        return self.scale.codes(_planes(self.name, picture, shape)[..., : self.channels])


@dataclass(frozen=True)
class Guides:
    """`source` (h, w, g) of the key's frame; `weights` (g,), all channels; `scale` codes plates, `own` a user's own."""

    source: U8
    weights: tuple[float, ...]
    scale: Scale
    own: tuple[_Own, ...]

    def target(self, plate: F32, place: F32, own: Mapping[str, F32]) -> U8:
        """The guides (h, w, g) of another frame: its plate, where in the key's frame its pixels lie, its own guides.

        Raises `BadInput` where a guide is of another size.
        """
        parts = [plate_guides(plate, self.scale), position_guides(place)]
        parts += [one.codes(own[one.name], plate.shape[:2]) for one in self.own]
        return np.ascontiguousarray(np.concatenate(parts, -1))


def guides_of(plate: F32, own: Sequence[tuple[str, F32, float]]) -> Guides:
    """The guides of a key's frame: its plate (h, w, 3) ACEScg and the user's own, each name, picture and weight.

    A user's guide is data, (h, w) or (h, w, c). Raises `BadInput` where one is of another size.
    """
    shape = plate.shape[:2]
    scale = scale_of(perceptual(plate))
    parts = [plate_guides(plate, scale), position_guides(pixel_grid(*shape))]
    weights, kinds = [EDGES, *[COLOUR] * 3, *[POSITION] * 2], []
    for name, picture, weight in own:
        planes = _planes(name, picture, shape)
        channels = 1 if (planes == planes[..., :1]).all() else planes.shape[2]
        kinds.append(_Own(name, channels, scale_of(planes[..., :channels])))
        parts.append(kinds[-1].codes(picture, shape))
        weights += [weight / channels] * channels
    return Guides(np.ascontiguousarray(np.concatenate(parts, -1)), tuple(weights), scale, tuple(kinds))


def pixel_grid(height: int, width: int) -> F32:
    """Every pixel's own x, y (h, w, 2)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x, y], -1)


def _planes(name: str, picture: F32, shape: tuple[int, int]) -> F32:
    """A guide as (h, w, c), 0 where it holds no number."""
    if picture.shape[:2] != shape:
        raise BadInput(
            f"guide `{name}` is {picture.shape[1]} × {picture.shape[0]} pixels and the plate {shape[1]} × {shape[0]}",
            hint="render the guide at the plate's size",
        )
    return np.nan_to_num(picture[..., None] if picture.ndim == 2 else picture)
