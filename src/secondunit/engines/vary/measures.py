"""How a variation keeps what its source has: figures for the checks, all from the field and the two pictures."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

# A copy is seen as one when a square of this side comes again within a third of the shorter side.
COPY_SIDE = 5
NEAR = 1 / 3


def measure_variation(source: F32, picture: F32, field: I32) -> dict[str, float]:
    """Figures of a variation (h, w, 3) of `source` (H, W, 3), scene-linear, by its `field` (h, w, 2) of x, y.

    `sharpness`: mean size of the Laplacian of roots, ÷ the source's. `used`: share of the source's pixels that occur.
    `repeats`: share of the picture that comes again, unchanged, near by. `largest_piece`: share of the picture in the
    pieces of one shift that is used most: 1 would be the source itself.
    """
    h, w = field.shape[:2]
    H, W = source.shape[:2]
    place = field[..., 1].astype(np.int64) * W + field[..., 0]
    shift = (field[..., 1] - np.arange(h)[:, None]).astype(np.int64) * (W + w) + field[..., 0] - np.arange(w)
    again = near_copies(place, np.int64(max(COPY_SIDE, min(h, w) * NEAR))).astype(np.uint8)
    squares = cv2.morphologyEx(again, cv2.MORPH_OPEN, np.ones((COPY_SIDE, COPY_SIDE), np.uint8))
    return {
        "sharpness": sharpness(picture) / max(sharpness(source), 1e-9),
        "used": len(np.unique(place)) / (H * W),
        "repeats": float(squares.mean()),
        "largest_piece": float(np.unique(shift, return_counts=True)[1].max() / shift.size),
    }


def sharpness(picture: F32) -> float:
    """Mean size of the Laplacian of the roots of a picture (h, w, 3)."""
    root = np.sqrt(np.maximum(picture, 0)).astype(np.float32)
    return float(np.abs(cv2.Laplacian(root, cv2.CV_32F)).mean())


def near_copies(place: npt.NDArray[np.int64], reach: np.int64) -> npt.NDArray[np.bool_]:
    """Pixels (h, w) whose source pixel, `place` (h, w), another pixel within `reach` rows and columns copies too."""
    order = np.argsort(place.ravel(), kind="stable")
    again: npt.NDArray[np.bool_] = _mark(place.ravel()[order], order, place.shape[1], reach).reshape(place.shape)
    return again


@njit(cache=True)
def _mark(place, order, width, reach):  # type: ignore[no-untyped-def]
    out = np.zeros(len(place), np.bool_)
    for i in range(len(place)):
        for j in range(i + 1, len(place)):
            if place[j] != place[i]:
                break
            rows, columns = order[j] // width - order[i] // width, order[j] % width - order[i] % width
            if rows > reach:
                break
            if abs(columns) <= reach:
                out[order[i]] = out[order[j]] = True
    return out
