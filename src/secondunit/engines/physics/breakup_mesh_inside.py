"""Keeping rough breaks behind the skins of the part they run through."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
KEPT_DEPTH = 0.3  # a point keeps at least this share of its depth under every skin


class Skins(NamedTuple):
    """Planes (p, 4) that breaks must not pass: those of part i are planes[start[i]:start[i + 1]]. `part` (n,) is
    the part of each edge or face."""

    planes: F64
    start: I32
    part: I32


@njit(cache=True)  # type: ignore[untyped-decorator]
def hold_inside(x: float, y: float, z: float, moved: F64, skins: Skins, item: int) -> None:
    """Shorten the way from (x, y, z) to `moved` (3,), in place, so that it stays behind the skins of `item`'s part.

    The same for all cells of a part, so neighbours still fit.
    """
    share = 1.0
    for p in range(skins.start[skins.part[item]], skins.start[skins.part[item] + 1]):
        n = skins.planes[p]
        before = n[0] * x + n[1] * y + n[2] * z + n[3]
        after = n[0] * moved[0] + n[1] * moved[1] + n[2] * moved[2] + n[3]
        least = KEPT_DEPTH * min(before, 0.0)
        if after > least and after > before:
            share = min(share, max(0.0, (least - before) / (after - before)))
    if share < 1.0:
        moved[0] = x + share * (moved[0] - x)
        moved[1] = y + share * (moved[1] - y)
        moved[2] = z + share * (moved[2] - z)
