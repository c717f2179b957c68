"""Copies that meet in a seam, mended by a gradient blend: what is added says so and is kept in the trace.

Across a seam each side knows how its own source goes on. The mean of the two is the step that belongs there; the
difference to the step that is there is spread over the surroundings (screened Poisson: Bhat, Curless, Cohen, Zitnick,
ECCV 2008). A step between different things stays: it is no seam but an edge.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.kernels.screened_poisson import screened_poisson

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

# In roots of scene-linear light: steps well below this are mended whole, well above it not at all.
STEP = 0.1
# Of the shorter side: how far a mended step is spread.
REACH = 1 / 8


def mended(source: F32, field: I32) -> F32:
    """What to add (h, w, 3) to a copy of `source` (H, W, 3), both scene-linear, so that its seams do not show."""
    root = np.sign(source) * np.sqrt(np.abs(source))
    steps = missing_steps(root, field, np.float32(STEP))
    spread = _spread(*steps, reach=max(4.0, min(field.shape[:2]) * REACH))
    copy = root[field[..., 1], field[..., 0]]
    whole = copy + spread
    added: F32 = (whole * np.abs(whole) - copy * np.abs(copy)).astype(np.float32)
    return added


@njit(cache=True)
def missing_steps(source, field, largest):  # type: ignore[no-untyped-def]
    """What each pixel's step to the right and down (h, w, c) lacks to the one its sources tell; 0 inside a piece.

    Where both sides end at their source's border nothing is told, and no step is what belongs there.
    """
    h, w = field.shape[:2]
    H, W, channels = source.shape
    right, down = np.zeros((h, w, channels), np.float32), np.zeros((h, w, channels), np.float32)
    lack = np.zeros(channels, np.float32)
    for y in range(h):
        for x in range(w):
            for axis in range(2):
                dx, dy = 1 - axis, axis
                if x + dx >= w or y + dy >= h:
                    continue
                ax, ay = field[y, x, 0], field[y, x, 1]
                bx, by = field[y + dy, x + dx, 0], field[y + dy, x + dx, 1]
                if ax + dx == bx and ay + dy == by:
                    continue
                after = ax + dx < W and ay + dy < H
                before = bx - dx >= 0 and by - dy >= 0
                size = np.float32(0)
                for c in range(channels):
                    told = np.float32(0)
                    if after:
                        told += source[ay + dy, ax + dx, c] - source[ay, ax, c]
                    if before:
                        told += source[by, bx, c] - source[by - dy, bx - dx, c]
                    lack[c] = told / max(after + before, 1) - (source[by, bx, c] - source[ay, ax, c])
                    size += lack[c] * lack[c]
                trust = 1 / (1 + size / (largest * largest))
                for c in range(channels):
                    if axis == 0:
                        right[y, x, c] = lack[c] * trust
                    else:
                        down[y, x, c] = lack[c] * trust
    return right, down


def _spread(right: F32, down: F32, *, reach: float) -> F32:
    """The picture nearest to 0 that has these steps; it fades over `reach` pixels."""
    wanted = -right - down
    wanted[:, 1:] += right[:, :-1]
    wanted[1:] += down[:-1]
    return screened_poisson(wanted, reach)
