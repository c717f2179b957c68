"""How different two pictures look: CIEDE2000 between scene-linear ACEScg pictures.

Source: G. Sharma, W. Wu, E. N. Dalal, The CIEDE2000 Color-Difference Formula, Color Research and Application 30 (1),
2005; AP1 to XYZ from SMPTE ST 2065-1 and S-2014-004, L*a*b* relative to the ACES white.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

_AP1_TO_XYZ = np.array(
    [
        [0.6624541811, 0.1340042065, 0.1561876870],
        [0.2722287168, 0.6740817658, 0.0536895174],
        [-0.0055746495, 0.0040607335, 1.0103391003],
    ]
)
_WHITE = _AP1_TO_XYZ.sum(1)
_TWENTY_FIVE_7 = 25.0**7


def lab(linear: npt.ArrayLike) -> F64:
    """ACEScg (…, 3) to CIE L*a*b* (…, 3) relative to white at 1.0; negative values are held at 0."""
    ratio = np.clip(np.asarray(linear, float) @ _AP1_TO_XYZ.T / _WHITE, 0, None)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def delta_e_2000(one: F64, other: F64) -> F64:
    """CIEDE2000 (…) between L*a*b* values (…, 3), with kL = kC = kH = 1."""
    l1, a1, b1 = (one[..., i] for i in range(3))
    l2, a2, b2 = (other[..., i] for i in range(3))
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean7 / (mean7 + _TWENTY_FIVE_7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    dh = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    d_l, d_c = l2 - l1, c2 - c1
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    total = h1 + h2
    far = np.abs(h1 - h2) > 180
    mean_h = np.where(grey, total, np.where(far, np.where(total < 360, total + 360, total - 360), total) / 2)
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c = 1 + 0.045 * mean_c
    s_h = 1 + 0.015 * mean_c * t
    turn = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))
    c7 = mean_c**7
    r_t = -2 * np.sqrt(c7 / (c7 + _TWENTY_FIVE_7)) * np.sin(np.radians(2 * turn))
    a, b, c = d_l / s_l, d_c / s_c, d_h / s_h
    difference: F64 = np.sqrt(np.maximum(a * a + b * b + c * c + r_t * b * c, 0))
    return difference


def median_delta_e(one: F32, other: F32, where: npt.NDArray[np.bool_]) -> float | None:
    """Median CIEDE2000 between pictures (h, w, 3 scene-linear) in `where` (h, w); None where that is empty."""
    if not where.any():
        return None
    return float(np.median(delta_e_2000(lab(one[where]), lab(other[where]))))
