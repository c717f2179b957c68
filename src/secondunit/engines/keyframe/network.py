"""The network of one shot: a U-Net that says how a plate changes, from a plate alone.

O. Ronneberger, P. Fischer, T. Brox, "U-Net", MICCAI 2015, behind a pixel-unshuffle (W. Shi et al., CVPR 2016), with a
residual output that starts at zero: untrained it gives the plate back. It knows neither place nor time, so what it
learned of a wall or a face holds wherever they move.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from secondunit.engines.keyframe.log_code import pack, unpack

_GREY, _SPREAD = 0.4, 4.0  # codes of a plate lie about 0.4 and seldom beyond a quarter from there


@dataclass(frozen=True)
class Shape:
    """What makes one network like another: `side` of the cells it sees, `widths` of its levels, `n_said` channels.

    It says 3 channels (the change of red, green and blue in ACEScct) or 4 (and the matte of what was edited).
    """

    side: int = 2
    widths: tuple[int, ...] = (32, 48, 64)
    n_said: int = 3

    @property
    def aligned(self) -> int:
        """Pixels of which the sides of a picture must be a multiple."""
        return int(self.side * 2 ** (len(self.widths) - 1))

    @property
    def reach(self) -> int:
        """Pixels from which a pixel can be influenced on each side, rounded up to `aligned`."""
        cells, levels = 1, len(self.widths)
        for level in range(levels):
            # Two convolutions down and, but for the lowest level, two up; a cell above takes a whole cell below.
            cells += (4 if level < levels - 1 else 2) * 2**level + 2**level
        return math.ceil((cells + 1) * self.side / self.aligned) * self.aligned


class Convolution(nn.Module):  # type: ignore[misc]
    """3 × 3, its weights a matrix (out, 9 · in): the form Muon works on. Without `random` they start at zero."""

    def __init__(self, n_in: int, n_out: int, random: torch.Generator | None) -> None:
        super().__init__()
        bound = 1 / math.sqrt(9 * n_in)
        start = torch.zeros(n_out, 9 * n_in)
        if random is not None:
            start.uniform_(-bound, bound, generator=random)
        self.weight = nn.Parameter(start)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x: Tensor) -> Tensor:
        """(n, in, h, w) to (n, out, h, w), zeros beyond the edge."""
        kernel = self.weight.view(self.weight.shape[0], 3, 3, -1).permute(0, 3, 1, 2)
        return functional.conv2d(x, kernel, self.bias, padding=1)


class Level(nn.Module):  # type: ignore[misc]
    """Two convolutions, each with a leaky rectifier."""

    def __init__(self, n_in: int, n_out: int, random: torch.Generator) -> None:
        super().__init__()
        self.first, self.second = Convolution(n_in, n_out, random), Convolution(n_out, n_out, random)

    def forward(self, x: Tensor) -> Tensor:
        """(n, in, h, w) to (n, out, h, w)."""
        for convolution in (self.first, self.second):
            x = functional.leaky_relu(convolution(x), 0.1, inplace=True)
        return x


class ShotNetwork(nn.Module):  # type: ignore[misc]
    """Packed codes (n, 3 · side², h, w) to what it says of them (n, n_said · side², h, w), both scaled to about ±1."""

    def __init__(self, shape: Shape, seed: int) -> None:
        super().__init__()
        self.shape = shape
        random = torch.Generator().manual_seed(seed)
        widths, cell = shape.widths, shape.side**2
        inward = (3 * cell, *widths[:-1])
        self.down = nn.ModuleList(Level(i, o, random) for i, o in zip(inward, widths, strict=True))
        self.up = nn.ModuleList(Level(upper + lower, upper, random) for upper, lower in pairwise(widths))
        self.said = Convolution(widths[0], shape.n_said * cell, None)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        seen: list[Tensor] = []
        for level in self.down:
            x = level(functional.avg_pool2d(seen[-1], 2) if seen else x)
            seen.append(x)
        for level, above in zip(reversed(self.up), reversed(seen[:-1]), strict=True):
            x = level(torch.cat([functional.interpolate(x, scale_factor=2, mode="nearest"), above], 1))
        return self.said(x)

    def matrices(self) -> Sequence[nn.Parameter]:
        """The weights between hidden layers."""
        return [p for name, p in self.named_parameters() if p.ndim == 2 and not name.startswith("said")]

    def others(self) -> Sequence[nn.Parameter]:
        """Biases and the last layer."""
        return [p for name, p in self.named_parameters() if p.ndim != 2 or name.startswith("said")]


def seen(code: Tensor, side: int) -> Tensor:
    """ACEScct codes (n, h, w, 3) as the network takes them."""
    return pack((code - _GREY) * _SPREAD, side)


def meant(change: Tensor, side: int) -> Tensor:
    """What it should say for changes of code and a matte (n, h, w, 3 or 4)."""
    return pack(change * _SPREAD, side)


def understood(said: Tensor, side: int) -> Tensor:
    """Changes of code and the matte (n, h, w, 3 or 4) in what it said: the inverse of `meant`."""
    return unpack(said, side) / _SPREAD
