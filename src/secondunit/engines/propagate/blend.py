"""Two keys' results of one frame laid together: by how well each fits, without pumping, without seams.

The weight of the later key grows along every point of the picture and never falls again, so nothing wanders to and fro
between two keys. Where the weight changes over the picture, the gradients of both are mixed and not their values
(screened Poisson: P. Bhat et al., ECCV 2008), so that a difference in brightness leaves no edge of the weight's shape.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.kernels.screened_poisson import screened_poisson
from secondunit.kernels.warp import warp

F32 = npt.NDArray[np.float32]

_SMOOTH = 1 / 45  # of the height: how smooth errors and weights are
_STEEP = 1.5  # how much faster than time the later key comes in half-way
_BY_ERROR = 1.0  # e-fold of the odds for an e-fold of the errors
_FLOOR = 4.0  # squared codes; smaller errors are alike
_SCREEN = 1 / 12  # of the height: how far a gradient reaches


def later_share(
    frame: int, keys: tuple[int, int], errors: tuple[F32, F32], before: F32 | None, back: F32 | None
) -> F32:
    """The share (h, w) of the later of two keys at a frame between them, 0..1.

    `errors` (h, w) are those of the earlier and the later key, squared codes. `before` is the share of the frame before
    and `back` (h, w, 2) the flow from this frame to it; both None right after the earlier key.
    """
    time = (frame - keys[0]) / (keys[1] - keys[0])
    earlier, later = (_smooth(error) + _FLOOR for error in errors)
    odds = _STEEP * np.log(time / (1 - time)) + _BY_ERROR * np.log(earlier / later)
    share: F32 = (1 / (1 + np.exp(-odds))).astype(np.float32)
    if before is None or back is None:
        return share
    out: F32 = np.maximum(share, warp(before, back)).astype(np.float32)
    return out


def mixed(earlier: F32, later: F32, share: F32) -> F32:
    """Two pictures (h, w, 3), any values, in one: `share` (h, w) of the later one's gradients, held near the mean."""
    gap = later - earlier
    mean = earlier + share[..., None] * gap
    across, down = np.diff(share, axis=1)[..., None], np.diff(share, axis=0)[..., None]
    # What the mean has in its gradients that neither picture has: the weight's own slope times their difference.
    extra = np.zeros_like(mean)
    flow = across * (gap[:, 1:] + gap[:, :-1]) / 2
    extra[:, :-1] += flow
    extra[:, 1:] -= flow
    flow = down * (gap[1:] + gap[:-1]) / 2
    extra[:-1] += flow
    extra[1:] -= flow
    out: F32 = (mean + screened_poisson(extra, share.shape[0] * _SCREEN)).astype(np.float32)
    return out


def _smooth(values: F32) -> F32:
    wide = max(1.0, values.shape[0] * _SMOOTH)
    out: F32 = np.asarray(cv2.GaussianBlur(values, (0, 0), wide, borderType=cv2.BORDER_REFLECT), np.float32)
    return out
