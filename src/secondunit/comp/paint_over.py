"""Lay an engine's picture over the plate: where it made nothing the plate stands bit for bit, grain as on the plate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.comp.grain import Grain, new_grain

F32 = npt.NDArray[np.float32]
# A mean of sources that keeps more of their grain than this looks like a copy.
WHOLE = 0.98


@dataclass(frozen=True)
class PaintedOver:
    """`beauty` (h, w, 3) ACEScg; `grain` (h, w, 3) is what was added to it; `matte` (h, w) the engine's share."""

    beauty: F32
    grain: F32
    matte: F32


def paint_over(
    plate: F32, picture: F32, matte: F32, kept: F32, grain: Grain, *, seed: int, frame: int
) -> PaintedOver:
    """`picture` (h, w, 3) over `plate` by `matte` (h, w) 0..1; pixels of matte 0 equal the plate to the bit.

    `kept` (h, w) is the share of the sources' noise variance that is left in the picture: 1 for a copy, 1 / n for the
    mean of n. What was lost is put back as new grain of the plate's kind.
    """
    held = np.clip(matte, 0, 1)[..., None].astype(np.float32)
    amount = np.sqrt(np.clip(1 - kept, 0, 1)) * (kept < WHOLE) * held[..., 0]
    added = new_grain(picture, grain, amount.astype(np.float32), seed=seed, frame=frame)
    mixed = plate * (1 - held) + (picture * held + added)
    beauty = np.where(held > 0, mixed, plate).astype(np.float32)
    return PaintedOver(beauty, added, held[..., 0])
