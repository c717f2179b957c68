"""One key carried from frame to frame: where each pixel's edit comes from, found near where it was a frame ago.

A pass walks away from its key, forwards or backwards. What it knows of a frame is a field of patches in the key's
frame; the next frame's search starts from that field moved by the flow, so it only mends what changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.propagate.edit import Edit
from secondunit.engines.propagate.guides import STYLE, Guides, pixel_grid
from secondunit.engines.propagate.place import place_of
from secondunit.kernels.patch.synthesis import PatchSettings, synthesise
from secondunit.kernels.warp import warp

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int8]
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SEARCH = PatchSettings(rounds=(1,), sweeps=(2,), reach=(32,))
_NEAR = 7  # pixels, side of the window in which two guesses are compared
_AGREE = 3.0  # pixels
_RIM = 8.0  # pixels
_CLEARLY = 0.9


@dataclass(frozen=True)
class Carried:
    """Where frame `frame` takes its edit from: `field` (h, w, 2) x, y of patch centres in the key's frame.

    `fine` (h, w, 2) is the field with the fractions that motion left; `place` (h, w, 2) the position in the key's frame
    by flow alone. `error` (h, w): weighted mean squared difference of the patches, in codes. `known` (h, w) is 1
    where motion and patches agree about the place, and have done so all the way from the key or the place moves with
    the camera; −1 where motion says that it lies outside the key's frame; else 0.
    """

    frame: int
    field: I32
    fine: F32
    place: F32
    error: F32
    known: I8


def begin(edit: Edit) -> Carried:
    """The key's own frame: every pixel comes from itself."""
    grid = pixel_grid(*edit.matte.shape)
    return Carried(
        edit.frame, grid.astype(np.int32), grid, grid, np.zeros(edit.matte.shape, np.float32),
        np.ones(edit.matte.shape, np.int8),
    )  # fmt: skip


def carry(
    edit: Edit,
    guides: Guides,
    at: Carried,
    frame: int,
    now: F32,
    back: F32,
    own: Mapping[str, F32],
    seed: int,
) -> Carried:
    """Go one frame on, to `frame`: `now` (h, w, 3) ACEScg is its plate, `back` (h, w, 2) the flow to that of `at`."""
    place, held = place_of(edit, now, back, at.place)
    fine = _moved(at.fine, back)
    target = guides.target(now, place, own)
    start = _better(_whole(place), _whole(fine), guides, target)
    found = synthesise(
        edit.key, guides.source, target, guide_weights=guides.weights, style_weight=STYLE, settings=SEARCH,
        seed=seed, start=start,
    )  # fmt: skip
    fine = np.where(_same(found.field, _whole(fine)), fine, found.field.astype(np.float32))
    fine = np.where(_same(found.field, _whole(place)), place, fine)
    known = np.where(_outside(place), -1, _near(found.field, place) & (held | _followed(at.known, back)))
    return Carried(frame, found.field, fine.astype(np.float32), place, found.error, known.astype(np.int8))


def _moved(fine: F32, back: F32) -> F32:
    """Positions (h, w, 2) taken along: each pixel has that of the nearest pixel it was, and the rest of its motion."""
    h, w = back.shape[:2]
    grid = pixel_grid(h, w)
    there = grid + back
    column = np.clip(np.rint(there[..., 0]), 0, w - 1).astype(np.int64)
    row = np.clip(np.rint(there[..., 1]), 0, h - 1).astype(np.int64)
    out: F32 = fine[row, column] + there - np.stack([column, row], -1).astype(np.float32)
    return out


def _whole(place: F32) -> I32:
    """The nearest pixels of the key's frame (h, w, 2)."""
    h, w = place.shape[:2]
    return np.clip(np.rint(place), 0, [w - 1, h - 1]).astype(np.int32)


def _same(one: I32, other: I32) -> Mask:
    """Where two fields name one place, (h, w, 1)."""
    same: Mask = (one[..., :1] == other[..., :1]) & (one[..., 1:] == other[..., 1:])
    return same


def _near(field: I32, place: F32) -> Mask:
    """Where a field (h, w, 2) is near the place that motion names."""
    off = np.abs(field - place)
    near: Mask = np.maximum(off[..., 0], off[..., 1]) <= _AGREE
    return near


def _outside(place: F32) -> Mask:
    """Where a place (h, w, 2) is none of the key's frame."""
    h, w = place.shape[:2]
    x, y = place[..., 0], place[..., 1]
    outside: Mask = (x < -_AGREE) | (y < -_AGREE) | (x > w - 1 + _AGREE) | (y > h - 1 + _AGREE)
    return outside


def _followed(known: I8, back: F32) -> Mask:
    """Where a pixel comes from one that was known; close to the frame's edge no flow can tell."""
    h, w = known.shape
    there, rim = pixel_grid(h, w) + back, max(_RIM, h / 45)
    x, y = there[..., 0], there[..., 1]
    inside = (x >= rim) & (y >= rim) & (x <= w - 1 - rim) & (y <= h - 1 - rim)
    followed: Mask = inside & (warp((known > 0).astype(np.float32), back) > 0.5)
    return followed


def _better(one: I32, other: I32, guides: Guides, target: U8) -> I32:
    """Of two fields the one whose guides fit, around each pixel; the first where it is not clearly worse."""
    weights = np.asarray(guides.weights, np.float32)
    costs = []
    for field in (one, other):
        gap = guides.source[field[..., 1], field[..., 0]].astype(np.float32) - target
        costs.append(cv2.blur((gap * gap) @ weights, (_NEAR, _NEAR), borderType=cv2.BORDER_REFLECT))
    return np.where((costs[1] < _CLEARLY * costs[0])[..., None], other, one)
