"""What an artist did to one frame: where, and how the edited pixels answer to the plate's.

Copying the key would lay its own grain and its own light over every frame. So the key is taken apart: around each
pixel it is an affine word about the plate (a guided filter, K. He, J. Sun, X. Tang, ECCV 2010, with three channels to
three). Where the artist graded, the slope is that of the grade and the plate keeps its detail; where paint covers the
plate the slope goes to zero and what is left is the paint, which is then copied as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.kernels.flow import perceptual

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_RADIUS = 4  # pixels around a pixel that say how it answers
_EPSILON = 3e-4  # variance (perceptual) under which the plate is too plain to say anything
_FINE = 1 / 60  # of the height
_DARK = 0.02  # perceptual
_BAND = 256  # rows worked on at once
_STEP = 1 / 255  # of a perceptual code
_SURE, _WEAK, _GRAINS = 1.5 * _STEP, 0.5 * _STEP, 4.0
_SOFT = (2.0, 6.0)  # pixels from the edit where the matte begins to fall, and where it ends


@dataclass(frozen=True)
class Edit:
    """The edit of `frame`, taken apart.

    `told` (h, w, 19) is all that is carried of it, in one so that one vote carries it: the answer (nine slopes, row by
    row, and three offsets, from the plate's perceptual values to the key's), the matte (1 on the edit, falling to 0
    around it), the key and the plate, both ACEScg.
    """

    frame: int
    told: F32

    @property
    def key(self) -> F32:
        """The artist's picture (h, w, 3)."""
        return self.told[..., 13:16]

    @property
    def plate(self) -> F32:
        """What it was before (h, w, 3)."""
        return self.told[..., 16:]

    @property
    def matte(self) -> F32:
        """Where the artist changed something (h, w), 0..1."""
        return self.told[..., 12]

    @cached_property
    def detail(self) -> F32:
        """`fine_detail` of the plate."""
        return fine_detail(self.plate)


def read_edit(frame: int, plate: F32, key: F32) -> Edit:
    """Take a key apart. Raises `BadInput` where it does not fit its plate, holds no numbers or changes nothing."""
    if key.shape != plate.shape:
        raise BadInput(
            f"the key of frame {frame} is {key.shape[1]} × {key.shape[0]} pixels and the plate "
            f"{plate.shape[1]} × {plate.shape[0]}",
            hint="save the edit at the plate's full size",
        )
    if not np.isfinite(key).all():
        raise BadInput(f"the key of frame {frame} holds values that are no numbers", hint="save the edit again")
    matte = edit_matte(plate, key)
    if not matte.any():
        raise BadInput(
            f"the key of frame {frame} is identical to the plate",
            hint="give the edited frame, not the plate itself",
        )
    told = np.empty((*matte.shape, 19), np.float32)
    told[..., :12] = answer_of(plate, key)
    told[..., 12], told[..., 13:16], told[..., 16:] = matte, key, plate
    return Edit(frame, told)


def edit_matte(plate: F32, key: F32) -> F32:
    """Where a key differs from its plate (h, w), 0..1; both (h, w, 3) ACEScg.

    Grain that was laid anew and the rounding of half floats or bytes are no edit: a difference counts where it stands
    over a few pixels, by much somewhere and by a little around it.
    """
    change = perceptual(key) - perceptual(plate)
    rough = change - cv2.blur(change, (3, 3), borderType=cv2.BORDER_REPLICATE)
    grain = 1.4826 * float(np.median(np.abs(rough))) * 1.06 / 5  # of the mean of 25 pixels
    size = largest(np.abs(cv2.blur(change, (5, 5), borderType=cv2.BORDER_REPLICATE)))
    weak = (size > _WEAK + _GRAINS * grain).astype(np.uint8)
    _, labels = cv2.connectedComponents(weak, connectivity=8)
    kept = np.zeros(int(labels.max()) + 1, bool)
    kept[np.unique(labels[size > _SURE + _GRAINS * grain])] = True
    kept[0] = False
    edited = kept[labels]
    return soft_around(edited)


def soft_around(mask: Mask) -> F32:
    """1 on a mask (h, w) and close to it, falling smoothly to 0 a few pixels further out; 0 where it is empty."""
    if not mask.any():
        return np.zeros(mask.shape, np.float32)
    far = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    ramp = np.clip((_SOFT[1] - far) / (_SOFT[1] - _SOFT[0]), 0, 1)
    out: F32 = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
    return out


def fine_detail(picture: F32) -> F32:
    """The fine part of a picture (h, w, 3), perceptual: a shadow that comes over a wall is not in it."""
    codes = perceptual(picture)
    soft = cv2.GaussianBlur(codes, (0, 0), max(1.0, picture.shape[0] * _FINE), borderType=cv2.BORDER_REFLECT)
    out: F32 = codes - soft
    return out


def largest(values: F32) -> F32:
    """The largest of the channels of (h, w, 3)."""
    out: F32 = np.maximum(np.maximum(values[..., 0], values[..., 1]), values[..., 2])
    return out


def answer_of(plate: F32, key: F32) -> F32:
    """How the key answers to the plate around every pixel, (h, w, 12), as in `Edit`."""
    out = np.empty((*plate.shape[:2], 12), np.float32)
    for top in range(0, plate.shape[0], _BAND):
        first, last = max(0, top - _RADIUS), min(plate.shape[0], top + _BAND + _RADIUS)
        band = _answer(perceptual(plate[first:last]), perceptual(key[first:last]))
        out[top : top + _BAND] = band[top - first : top - first + _BAND]
    return out


def answered(answer: F32, plate: F32) -> F32:
    """The edited picture (h, w, 3) that an `answer` (h, w, 12) gives for a plate (h, w, 3), both perceptual."""
    slope = answer[..., :9].reshape(*answer.shape[:2], 3, 3)
    out: F32 = np.einsum("hwij,hwj->hwi", slope, plate) + answer[..., 9:]
    return out


def _answer(plate: F32, key: F32) -> F32:
    """Ridge regression of the key on the plate in a window, drawn towards `_usual` where the plate is plain."""
    usual = _usual(plate, key)
    rest = key - usual * plate
    middle, rest_middle = _mean(plate), _mean(rest)
    pairs = [(i, j) for i in range(3) for j in range(i, 3)]
    spread = {(i, j): _mean(plate[..., i] * plate[..., j]) - middle[..., i] * middle[..., j] for i, j in pairs}
    turned = _inverse(spread)
    slope = np.zeros((*plate.shape, 3), np.float32)
    for j in range(3):
        shared = [_mean(plate[..., i] * rest[..., j]) - middle[..., i] * rest_middle[..., j] for i in range(3)]
        for i in range(3):
            slope[..., j, i] = sum(turned[min(i, k), max(i, k)] * shared[k] for k in range(3))
        slope[..., j, j] += usual[..., j]
    offset = key - np.einsum("hwij,hwj->hwi", slope, plate)
    return np.concatenate([slope.reshape(*plate.shape[:2], 9), offset], -1).astype(np.float32)


def _inverse(spread: dict[tuple[int, int], F32]) -> dict[tuple[int, int], F32]:
    """Of symmetric matrices of three by three, given and told by their upper triangles; the ridge is added first."""
    a, b, c, d, e, f = (
        spread[i, j].astype(np.float64) + (_EPSILON if i == j else 0) for i in range(3) for j in range(i, 3)
    )
    minors = (d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b)
    one = 1 / (a * minors[0] + b * minors[1] + c * minors[2])
    pairs = [(i, j) for i in range(3) for j in range(i, 3)]
    return {pair: (minor * one).astype(np.float32) for pair, minor in zip(pairs, minors, strict=True)}


def _usual(plate: F32, key: F32) -> F32:
    """The slope where nothing speaks for another: darkened is multiplied, lightened is added; so none goes below 0."""
    ratio = np.maximum(key, _DARK) / np.maximum(plate, _DARK)
    out: F32 = np.minimum(_mean(ratio.astype(np.float32)), 1).astype(np.float32)
    return out


def _mean(values: F32) -> F32:
    side = 2 * _RADIUS + 1
    out: F32 = np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
    return out
