"""Fields of source patches: where each begins, how it grows to a finer raster, which centres may be named."""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


def usable_centres(allowed: Mask, radius: int) -> Mask:
    """Centres (H, W) whose whole patch may be used."""
    side = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    eroded = cv2.erode(allowed.astype(np.uint8), side, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(eroded > 0)


def random_field(usable: Mask, size: tuple[int, int], rng: np.random.Generator) -> I32:
    """A field (h, w, 2) of x, y drawn evenly from the usable centres."""
    centres = np.flatnonzero(usable)
    draw = centres[rng.integers(0, len(centres), size)]
    return np.stack([draw % usable.shape[1], draw // usable.shape[1]], -1).astype(np.int32)


def grown(field: I32, usable: Mask, size: tuple[int, int]) -> I32:
    """`field` of a raster half as large, on the raster `size` (h, w), kept to usable centres."""
    out = np.empty((*size, 2), np.int32)
    grow(field, out)
    return settled(out, usable)


def begun(start: I32, depth: int, usable: Mask, size: tuple[int, int]) -> I32:
    """A given field of the finest raster on the one `depth` halvings down, `size` (h, w).

    An entry of −1 begins where it stands, as far along as that is in the source.
    """
    step = 2**depth
    field = start[::step, ::step] // step
    y, x = np.mgrid[: size[0], : size[1]]
    here = np.stack([x * usable.shape[1] // size[1], y * usable.shape[0] // size[0]], -1)
    return settled(np.where(field < 0, here, field).astype(np.int32), usable)


def settled(field: I32, usable: Mask) -> I32:
    """`field` with each entry that isn't a usable centre moved to the nearest one; −1 stays."""
    h, w = usable.shape
    x = np.clip(field[..., 0], 0, w - 1)
    y = np.clip(field[..., 1], 0, h - 1)
    wrong = ~usable[y, x] & (field[..., 0] >= 0)
    moved = (x != field[..., 0]) | (y != field[..., 1])
    if wrong.any():
        _, label = cv2.distanceTransformWithLabels(
            (~usable).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        place = np.zeros(int(label.max()) + 1, np.int64)
        centres = np.flatnonzero(usable)
        place[label.ravel()[centres]] = centres
        nearest = place[label[y[wrong], x[wrong]]]
        x[wrong], y[wrong] = nearest % w, nearest // w
    elif not moved.any():
        return field
    keep = field[..., :1] < 0
    return np.where(keep, np.int32(-1), np.stack([x, y], -1)).astype(np.int32)


@njit(cache=True, nogil=True)
def grow(field, out):
    """Fill `out` (h, w, 2) from `field` (h / 2, w / 2, 2): a source twice as far along, one on for the odd."""
    h, w, _ = out.shape
    for y in range(h):
        for x in range(w):
            from_x, from_y = field[y // 2, x // 2, 0], field[y // 2, x // 2, 1]
            out[y, x, 0] = -1 if from_x < 0 else 2 * from_x + x % 2
            out[y, x, 1] = -1 if from_x < 0 else 2 * from_y + y % 2
