"""A mask for every frame: checked for what can be said before the work."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
LEAST_PX = 4


def check_mask(mask: F32, width: int, height: int, *, what: str = "the mask") -> F32:
    """The mask (h, w) 0..1 again; raises `BadInput` where it has another size, is empty or leaves nothing over."""
    if mask.shape != (height, width):
        raise BadInput(
            f"{what} is {mask.shape[1]}×{mask.shape[0]}, the plate {width}×{height}", hint="draw it on the plate"
        )
    inside = int((mask > 0.5).sum())
    if inside < LEAST_PX:
        raise BadInput(
            f"{what} is empty" if not inside else f"{what} marks {inside} pixels only", hint="white marks"
        )
    if inside > 0.95 * mask.size:
        raise BadInput(f"{what} leaves nothing of the frame over", hint="mark what goes, not what stays")
    return mask
