"""What each sample shows: background, standing building, moved piece, debris, or a street object in front."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from secondunit.kernels.raster_fill import threshold

SUNK_M = np.float32(0.02)
BACKGROUND, STANDING, FRAGMENT, DEBRIS, HOLDOUT = 0, 1, 2, 3, 4


@njit(cache=True, fastmath=True, parallel=True)
def classify(  # type: ignore[no-untyped-def]
    zb,
    ib,
    rest_ib,
    tri_fragment,
    moved,
    holdout,
    holdout_depth,
    rays,
    ground,
    slope,
    order,
    kind,
    standing,
    hidden,
):
    """Fill kind (S, h, w) u8 and the coverages standing and hidden (h, w).

    A sample is standing when the piece it sees has not moved and is what the rest pose shows there: a piece
    laid bare by others that left counts as FRAGMENT, for the plate does not show it. `holdout` (h, w) 0 to 1
    with `holdout_depth` (h, w) metres hides samples that lie deeper; ground (h, w) depth of the ground, 0 =
    none, of slope (2,), hides what has sunk into it by more than 2 cm; rays (h, w, 3) world rays per metre of
    depth.
    """
    n_samples, h, w = zb.shape
    n_triangles = len(tri_fragment)
    share = np.float32(1.0 / n_samples)
    for y in prange(h):
        for x in range(w):
            n_standing = 0
            n_hidden = 0
            limit = holdout_depth[y, x]
            some = holdout[y, x] > 0.0 and limit < 9e3
            for s in range(n_samples):
                code = ib[s, y, x]
                what = BACKGROUND
                if code >= n_triangles:
                    what = DEBRIS
                elif code >= 0:
                    what = FRAGMENT
                    if moved[tri_fragment[code]] == 0 and rest_ib[s, y, x] == code:
                        what = STANDING
                if what >= FRAGMENT and ground[y, x] > 0.0:
                    fall = rays[y, x, 2] - slope[0] * rays[y, x, 0] - slope[1] * rays[y, x, 1]
                    if (ground[y, x] - np.float32(1.0) / zb[s, y, x]) * fall > SUNK_M:
                        what = BACKGROUND
                if some and threshold(order[s], n_samples, x, y, 2) < holdout[y, x]:
                    iz = zb[s, y, x]
                    if iz * limit < 1.0:
                        what = HOLDOUT
                kind[s, y, x] = what
                if what == STANDING:
                    n_standing += 1
                elif what == HOLDOUT:
                    n_hidden += 1
            standing[y, x] = n_standing * share
            hidden[y, x] = n_hidden * share
