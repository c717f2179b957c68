"""Where in its pixel each sub-frame looks: the sampling that gives rendered edges their width."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def sub_frame_offsets(samples: int) -> npt.NDArray[np.float64]:
    """Columns and rows (samples, 2), 0..1 of a pixel, spread evenly.

    The R2 sequence of Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences" (2018).
    """
    k = np.arange(samples)
    return np.stack([(0.5 + (k + 1) * 0.7548776662) % 1, (0.5 + (k + 1) * 0.5698402910) % 1], 1)
