"""Variations of a clip: new films laid from space-time patches of an owned one, coarse to fine from noise.

VGPNN (Haim et al., ECCV 2022) on the vector kernels: at each of many sizes the film so far, made larger, asks for
its nearest patches in the source and is voted anew. With completeness a source patch that nothing looks like yet
is preferred (GPNN, Granot et al., CVPR 2022), so that nothing of importance is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.kernels.patch import coding
from secondunit.kernels.patch.bands import over_bands
from secondunit.kernels.patch.distance import patch_shape
from secondunit.kernels.patch.settings import PatchSettings
from secondunit.kernels.patch.volume import Volume
from secondunit.kernels.patch.volume_search import vote_volume

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

CLIP = PatchSettings(radius=2, rounds=(3, 5), sweeps=(2,), reach=(32,))


@dataclass(frozen=True)
class ClipVariation:
    """`picture` (n, h, w, c) like the source; `field` (n, h, w, 3) frame, row, column of each patch's centre in it.

    Centres whose patch would stick out are −1 and do not vote. `error` (n, h, w): mean squared byte difference.
    """

    picture: F32
    field: I32
    error: F32


def vary_clip(
    source: F32, n_out: int, h_out: int, w_out: int, *, seed: int, settings: PatchSettings = CLIP,
    noise: float = 1.25, completeness: float = 0.5, frames: int = 3, allowed: Mask | None = None,
) -> ClipVariation:  # fmt: skip
    """A new film (n_out, h_out, w_out, c) from patches of `source` (n, h, w, c), scene-linear, any range.

    Patches hold `frames` × side × side pixels. `noise`: how far the coarsest level strays from the source, in halves
    of its range; 0 gives the source again. `completeness` 0..1: how much a source patch that the result lacks is
    preferred. `allowed` (n, h, w): source pixels that may be used. Of the settings `uniformity` and `search` have no
    say. Same seed, same film. Raises `BadInput` where a film is smaller than a patch or none may be used.
    """
    side = 2 * settings.radius + 1
    if min(*source.shape[1:3], h_out, w_out) < side or min(len(source), n_out) < frames:
        raise BadInput(
            f"a film is smaller than a patch of {frames} × {side} × {side}",
            hint="take more frames or smaller patches",
        )
    source = np.ascontiguousarray(source, np.float32)
    may: Mask = np.asarray(np.isfinite(source).all(-1))
    if allowed is not None:
        may = may & allowed
    shape = patch_shape(side, source.shape[3], frames=frames)
    work = Volume(shape, settings, completeness, np.random.default_rng(seed))
    sizes = work.sizes(may, (n_out, h_out, w_out))
    flat = source.reshape(-1, 1, source.shape[3])
    code = coding.code_for(flat, may.reshape(-1, 1), linear=settings.linear)
    field, cost = work.descend(code.of(flat).reshape(source.shape), may, sizes, noise)
    picture = np.empty((n_out, h_out, w_out, source.shape[3]), np.float32)
    over_bands(
        n_out * h_out,
        lambda _k, a, b: vote_volume(source, field, settings.radius, frames // 2, True, picture, a, b),
    )
    return ClipVariation(picture, field, cost.astype(np.float32) / (frames * side**2 * source.shape[3]))
