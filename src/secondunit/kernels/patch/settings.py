"""How a patch search goes about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Search = Literal["patchmatch", "tree"]


@dataclass(frozen=True)
class PatchSettings:
    """How to search. Tuples go from the finest level to coarser ones; their last entry holds for all the rest.

    `radius`: patches have the side 2 · radius + 1. `uniformity`: what a patch pays for a source used twice as often as
    its even share, in weighted squared byte differences of a patch; a plain copy pays nothing. `levels`: how many, None
    means as many as fit (one with a start). `rounds` of search and vote, each with `sweeps`; `reach`: furthest random
    try from the best place, pixels, 0 means anywhere. `linear`: the source is scene-linear, else it holds perceptual
    codes. `search`: "patchmatch", or "tree", which uses none of it and takes much longer (docs/patents.md).
    """

    radius: int = 2
    uniformity: float = 3500.0
    levels: int | None = None
    rounds: tuple[int, ...] = (7, 6)
    sweeps: tuple[int, ...] = (3,)
    reach: tuple[int, ...] = (64, 128, 0)
    linear: bool = True
    search: Search = "patchmatch"


def at_depth(each: tuple[int, ...], depth: int) -> int:
    """The entry of a settings' tuple that holds `depth` levels below the finest."""
    return each[min(depth, len(each) - 1)]
