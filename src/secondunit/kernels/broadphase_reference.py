"""The plain twin of `broadphase`: every pair is looked at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.kernels.broadphase import AWAKE, FRESH, WOKEN

F64 = npt.NDArray[np.float64]


def find_pairs_reference(
    bodies: npt.NDArray[np.int32],
    lo: F64,
    hi: F64,
    vel: F64,
    pad: F64,
    mode: npt.NDArray[np.uint8],
    dt: float,
    *,
    second: bool = False,
) -> npt.NDArray[np.int64]:
    """What `broadphase.find_pairs` must give, in n² tests."""
    n = len(lo)
    keys = []
    ids = np.sort(bodies)
    for k, i in enumerate(ids):
        for j in ids[k + 1 :]:
            kinds = {int(mode[i]), int(mode[j])}
            late = FRESH in kinds or (WOKEN in kinds and AWAKE not in kinds)
            wanted = late if second else AWAKE in kinds
            closing = (vel[i] - vel[j]) * dt
            near = np.maximum(lo[j] - hi[i] - np.maximum(closing, 0), lo[i] - hi[j] - np.maximum(-closing, 0))
            if wanted and np.all(near <= pad[i] + pad[j]):
                keys.append(int(i) * n + int(j))
    return np.array(sorted(keys), np.int64)
