"""The plain twin of `warp`: what the fast one must give."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]


def warp_plainly(picture: F32, flow: F32, *, cubic: bool = False) -> F32:
    """out(p) = picture(p + flow(p)) of (h, w, c), pixel by pixel."""
    rows, columns = picture.shape[:2]
    out = np.zeros((*flow.shape[:2], picture.shape[2]))
    for y, x in np.ndindex(flow.shape[:2]):
        at = np.where(np.isfinite(flow[y, x]), np.array([x, y]) + flow[y, x], [x, y])
        px, py = np.clip(at, 0, [columns - 1, rows - 1])
        x0, y0 = int(np.floor(px)), int(np.floor(py))
        taps = range(-1, 3) if cubic else range(2)
        for j in taps:
            for i in taps:
                weight = _weight(px - x0 - i, cubic) * _weight(py - y0 - j, cubic)
                out[y, x] += weight * picture[np.clip(y0 + j, 0, rows - 1), np.clip(x0 + i, 0, columns - 1)]
    return out.astype(np.float32)


def _weight(distance: float, cubic: bool) -> float:
    d = abs(distance)
    if not cubic:
        return max(0.0, 1 - d)
    return 1.5 * d**3 - 2.5 * d**2 + 1 if d < 1 else -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2 if d < 2 else 0.0
