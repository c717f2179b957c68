"""Variations of a still: new arrangements of an owned texture, sky or facade (GPNN, Granot et al., CVPR 2022)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.kernels.patch.settings import PatchSettings
from secondunit.kernels.patch.space_time import vary_clip
from secondunit.kernels.patch.synthesis import Synthesis

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

STILL = PatchSettings(radius=3, rounds=(5,), sweeps=(2,), reach=(0,))


def vary_still(
    source: F32, h_out: int, w_out: int, *, seed: int, settings: PatchSettings = STILL,
    noise: float = 2.0, completeness: float = 0.3, allowed: Mask | None = None,
) -> Synthesis:  # fmt: skip
    """A new picture (h_out, w_out, c) from patches of `source` (H, W, c), scene-linear, any range.

    As `space_time.vary_clip` for one frame: `noise` in halves of the source's range at the coarsest level,
    `completeness` 0..1: how much a source patch that the result lacks is preferred, `allowed` (H, W) source pixels.
    The field holds x, y; centres nearer to the border than `settings.radius` are −1. Same seed, same picture.
    """
    made = vary_clip(
        source[None], 1, h_out, w_out, seed=seed, settings=settings, noise=noise, completeness=completeness,
        frames=1, allowed=None if allowed is None else allowed[None],
    )  # fmt: skip
    return Synthesis(made.picture[0], np.ascontiguousarray(made.field[0, ..., :0:-1]), made.error[0])
