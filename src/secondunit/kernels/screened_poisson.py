"""The smooth picture behind wanted gradients, over a whole frame at once.

P. Bhat, B. Curless, M. Cohen, C. L. Zitnick, "Fourier analysis of the 2D screened Poisson equation for gradient domain
problems", ECCV 2008: with level edges the equation is a division of cosines.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

F32 = npt.NDArray[np.float32]


def screened_poisson(source: F32, reach: float) -> F32:
    """u (h, w, c) with (1 / reach² − Laplacian) u = `source` (h, w, c), level across the edge of the frame.

    What is wanted at one pixel fades over `reach` pixels around it.
    """
    h, w = source.shape[:2]
    rows = 2 - 2 * np.cos(np.pi * np.arange(h, dtype=np.float32) / h)
    columns = 2 - 2 * np.cos(np.pi * np.arange(w, dtype=np.float32) / w)
    waves = scipy.fft.dctn(source, axes=(0, 1), norm="ortho")
    waves /= (rows[:, None] + columns + np.float32(1 / reach**2))[..., None]
    return np.asarray(scipy.fft.idctn(waves, axes=(0, 1), norm="ortho"), np.float32)
