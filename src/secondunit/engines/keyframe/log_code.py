"""Scene-linear values as the network sees them: ACEScct, its inverse, and how it packs pixels.

ACEScct (Academy S-2016-001) is a logarithm with a linear toe. Both ends run on for ever, so highlights above 1 and
values below 0 go in and come out; equal steps of a grade are equal steps of the code.
"""

from __future__ import annotations

import torch
from torch import Tensor

_BREAK, _CODE_BREAK = 0.0078125, 0.155251141552511
_SLOPE, _OFFSET = 10.5402377416545, 0.0729055341958355
_STOPS, _ZERO = 17.52, 9.72
# A display shows about the 2.4th root; beyond this value a step of a stop counts the same everywhere.
_BRIGHT, _DISPLAY = 0.25, 5 / 12


def to_code(linear: Tensor) -> Tensor:
    """Scene-linear values of any shape as ACEScct codes (0.18 is 0.414), unclamped."""
    logarithm = (torch.log2(linear.clamp(min=_BREAK)) + _ZERO) / _STOPS
    return torch.where(linear > _BREAK, logarithm, linear * _SLOPE + _OFFSET)


def from_code(code: Tensor) -> Tensor:
    """The inverse of `to_code`."""
    power = torch.exp2(code.clamp(min=_CODE_BREAK) * _STOPS - _ZERO)
    return torch.where(code > _CODE_BREAK, power, (code - _OFFSET) / _SLOPE)


def shown(linear: Tensor) -> Tensor:
    """How much an error in the code of a value shows on a display, 1 for bright values and less for dark ones.

    The ratio of the slopes of a display's curve and of ACEScct: x to the 5/12, held in the linear toe.
    """
    return (linear / _BRIGHT).clamp(_BREAK / _BRIGHT, 1.0) ** _DISPLAY


def pack(pixels: Tensor, side: int) -> Tensor:
    """Pixels (n, h, w, c) as (n, c · side², h / side, w / side), channels last in memory: one cell is one pixel."""
    n, h, w, c = pixels.shape
    cells = pixels.reshape(n, h // side, side, w // side, side, c).permute(0, 1, 3, 2, 4, 5)
    return cells.reshape(n, h // side, w // side, side * side * c).permute(0, 3, 1, 2)


def unpack(cells: Tensor, side: int) -> Tensor:
    """The inverse of `pack`."""
    n, c, h, w = cells.shape
    pixels = cells.permute(0, 2, 3, 1).reshape(n, h, w, side, side, c // side**2).permute(0, 1, 3, 2, 4, 5)
    return pixels.reshape(n, h * side, w * side, c // side**2)
