"""The ground behind and under the building, filled with patches that stay in their row."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.sky import meet_rim
from secondunit.errors import BadInput
from secondunit.kernels.patchmatch import patch_fill

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

REPEAT_PENALTY = 60.0


def fill_ground(codes: F32, need: Mask, source: Mask, *, max_dy: float, seed: int) -> F32:
    """Fill `need` (h, w) of `codes` (h, w, 3) from `source` (h, w), patches at most `max_dy` from their row.

    The lock widens until the hole's rows reach a source (a strip whose own rows hold none takes the nearest).
    Raises `BadInput` where there is no source at all.
    """
    rows = np.flatnonzero(need.any(1))
    if not len(rows):
        return codes
    y0, y1, reach = _window(source, rows, max_dy)
    part = slice(y0, y1)
    fill = patch_fill(
        codes[part], need[part], source[part], seed=seed, levels=5, max_dy=reach, repeat_penalty=REPEAT_PENALTY
    )
    out = codes.copy()
    out[part] = fill.picture
    return meet_rim(out, codes, need, source & ~need, 5.0, 40.0)


def has_source(source: Mask) -> bool:
    """Whether patches can be taken from `source` (h, w) at all."""
    return bool((_whole_patches(source).sum(1) > 12).any())


def _whole_patches(source: Mask) -> Mask:
    size = np.ones((7, 7), np.uint8)
    whole: Mask = cv2.erode(source.astype(np.uint8), size, borderType=cv2.BORDER_CONSTANT) > 0
    return whole


def _window(source: Mask, rows: npt.NDArray[np.int64], max_dy: float) -> tuple[int, int, int]:
    """Rows to cut out and the lock in pixels."""
    with_source = np.flatnonzero(_whole_patches(source).sum(1) > 12)
    if not len(with_source):
        raise BadInput("the ground has no visible source", hint="draw fewer `avoid` areas or lower its `top`")
    gap = max(int(np.abs(with_source - y).min()) for y in (rows[0], rows[-1]))
    reach = max(4, round(max_dy), gap + 8)
    h = source.shape[0]
    return max(0, int(rows[0]) - reach - 8), min(h, int(rows[-1]) + reach + 8), reach
