"""How much of the building has left each pixel: where the plate gives way to the clean plate."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from secondunit.comp.edges import soften

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SURE_COVERAGE = 0.5
LEAST_SEEN = 1 / 64  # share of a pixel below which what is behind its pieces cannot be told


def gone_matte(standing: F32, rest: F32, hole: Mask, softness: float = 0.0, covered: F32 | float = 0.0) -> F32:
    """How much of the building has left what is still seen of each pixel of the hole (h, w), 0 to 1.

    What stood there (`rest`), less what still stands and what moved pieces cover (`covered` (h, w)), has opened;
    opened ÷ (opened + standing). Where pieces cover all, what is beside them counts: a softened edge shows that.
    Found where the building covers half a pixel or more; the rest of the hole (its rim, pixels a street object half
    hides) takes the nearest such pixel's. 0 outside the hole.
    """
    sure = (rest >= SURE_COVERAGE) & hole
    if not sure.any():
        return np.zeros(rest.shape, np.float32)
    return _gone(standing, rest, hole, sure, _nearest(sure), softness, covered)


def gone_twice(standing: F32, covered: F32, rest: F32, hole: Mask, softness: float) -> tuple[F32, F32]:
    """`gone_matte` of what is seen beside the pieces, and of the building as if they were not there."""
    sure = (rest >= SURE_COVERAGE) & hole
    if not sure.any():
        none = np.zeros(rest.shape, np.float32)
        return none, none
    nearest = _nearest(sure)
    beside = _gone(standing, rest, hole, sure, nearest, softness, covered)
    return beside, _gone(standing, rest, hole, sure, nearest, softness, 0.0)


def _nearest(sure: Mask) -> tuple[I64, I64]:
    rows, columns = distance_transform_edt(~sure, return_distances=False, return_indices=True)
    return rows, columns


def _gone(
    standing: F32,
    rest: F32,
    hole: Mask,
    sure: Mask,
    nearest: tuple[I64, I64],
    softness: float,
    covered: F32 | float,
) -> F32:
    opened = np.clip(rest - standing - covered, 0, 1)
    opened[opened < 1 / 512] = 0
    seen = opened + standing
    gone: Any = np.where(seen > 0, opened / np.maximum(seen, 1e-6), 1).astype(np.float32)
    bare = sure & (seen <= LEAST_SEEN)
    if bare.any() and not bare[sure].all():
        gone = _from_beside(gone, sure & ~bare, bare)
    gone = gone[nearest]
    if softness > 0:
        still = cv2.dilate(gone, np.ones((3, 3), np.uint8)) == 0
        gone = np.where(still, 0, soften(gone, softness))
    matte: F32 = np.where(hole, gone, 0).astype(np.float32)
    return matte


def _from_beside(gone: F32, known: Mask, bare: Mask) -> F32:
    """The `bare` pixels within two of `known` ones take the mean of those; what lies farther in is gone."""
    total: Any = cv2.boxFilter(np.where(known, gone, np.float32(0)), -1, (5, 5), normalize=False)
    count: Any = cv2.boxFilter(known.astype(np.float32), -1, (5, 5), normalize=False)
    beside = np.where(count > 0.5, total / np.maximum(count, 1), 1)
    return np.where(bare, beside, gone).astype(np.float32)
