"""Which copy fills each pixel of a hole: the one that erred least on the practice hole, its neighbours alike.

Copies are chosen, not averaged: a mean of two that do not fit is a ghost, and even one of two that fit has lost grain.
Only where past and future show the same place the same way are both taken, and the trace says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.align import line_up
from secondunit.engines.removal.flow_copy import NOWHERE, Found
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.practice import WAYS, Rule
from secondunit.engines.removal.rim import rim_error
from secondunit.engines.removal.sources import Sources, codes

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NEAR = 2.5  # pixels over which a choice is made together
LEAST = 4.0  # squared codes: grain misses by as much
LOYAL = 0.85  # a neighbour's expected error counts this much less when it was the choice of the frame before
ALIKE = 12.0  # codes past and future may differ and still be the same place seen twice
PAST, FUTURE = (0, 2), (1, 3)  # the ways, in the order of `ways_of`


@dataclass(frozen=True)
class Ways:
    """The copies at hand for a hole of n pixels: `found` one for each way, `colour` (ways, n, 3) codes, NaN for none.

    `age` (ways, n) frames; `gap` (ways, n) codes to the nearest copy of the other direction and `older` its age over
    that one's, NaN for none. `rim`: what it misses by at the rim nearby,
    squared codes, and what that is worth, both (ways, n).
    """

    found: tuple[Found, ...]
    colour: F32
    age: F32
    gap: F32
    older: F32
    rim: tuple[F32, F32]


def ways_of(hole: Hole, frame: int, found: tuple[Found, ...], known: Mask, sources: Sources) -> Ways:
    """Read the copies of every way: past and future along the flow, past and future with the camera, each two in line.

    `known` (h, w) are the pixels of the frame itself that may be looked at.
    """
    around = codes(sources.picture(frame))
    colour = _read(found, sources)
    in_line: list[Found] = []
    for past, future in zip(PAST, FUTURE, strict=True):
        in_line += line_up(
            hole, frame, found[past], found[future], (colour[past], colour[future]), around, known, sources
        )
    colour = _read(tuple(in_line), sources)
    frames = np.stack([one.frame for one in in_line])
    age = np.where(frames != NOWHERE, np.abs(frames - frame), np.nan).astype(np.float32)
    rim = [rim_error(hole, one, around, known, sources) for one in in_line]
    told = np.stack([miss for miss, _ in rim]), np.stack([worth for _, worth in rim])
    return Ways(tuple(in_line), colour, age, *_gaps(hole, colour, age), told)


def _read(found: tuple[Found, ...], sources: Sources) -> F32:
    """Colours (ways, n, 3) in codes, NaN where nothing was found."""
    out = np.stack([codes(sources.read(one.frame, one.place)[0]) for one in found])
    out[np.stack([one.frame for one in found]) == NOWHERE] = np.nan
    return out


def _gaps(hole: Hole, colour: F32, age: F32) -> tuple[F32, F32]:
    """The gap of every way to its nearest rival, and its age over that rival's."""
    gap, older = np.full(age.shape, np.nan, np.float32), np.full(age.shape, np.nan, np.float32)
    for one in PAST:
        for other in FUTURE:
            apart = hole.smoothed(np.abs(colour[one] - colour[other]).mean(1), NEAR)
            for way, rival in ((one, other), (other, one)):
                nearer = np.isfinite(apart) & ~(gap[way] <= apart)
                gap[way] = np.where(nearer, apart, gap[way])
                older[way] = np.where(nearer, age[way] / age[rival], older[way])
    return gap, older


@dataclass(frozen=True)
class Choice:
    """For each of n pixels the way taken (`first`, −1: none is good enough), a `second` of the same place or −1, and
    the first's `share` of the two; `expected` is the squared error in codes that the practice hole foretells."""

    first: I64
    second: I64
    share: F32
    expected: F32


def choose(hole: Hole, ways: Ways, rule: Rule, before: I64 | None) -> Choice:
    """Choose. `before` (n,) is the way the same place was filled in the frame before, −1 for patches, −2 unknown."""
    # Two witnesses of one error, the practice hole and the rim: their geometric mean, by what each is worth.
    miss, worth = ways.rim
    told = rule.expected(ways.age, ways.gap, ways.older) ** (1 - worth) * (miss + LEAST) ** worth
    expected = np.where(np.isfinite(ways.age), told, np.nan).astype(np.float32)
    cost = np.stack([hole.smoothed(one, NEAR) for one in expected])
    limit = np.full(len(hole), rule.patch_error, np.float32)
    if before is not None:
        for way in range(WAYS):
            cost[way] *= np.where(before == way, np.float32(LOYAL), np.float32(1))
        limit *= np.where(before == NOWHERE, np.float32(LOYAL), np.where(before >= 0, np.float32(1 / LOYAL), 1))
    ranked = np.where(np.isfinite(cost), cost, np.inf)
    first = ranked.argmin(0)
    best = ranked.min(0)
    good = best <= limit
    second, share = _seconded(hole, ways, ranked, np.where(good, first, 0))
    return Choice(
        np.where(good, first, NOWHERE),
        np.where(good, second, NOWHERE),
        np.where(good, share, 1).astype(np.float32),
        np.where(good, best, rule.patch_error).astype(np.float32),
    )


def _seconded(hole: Hole, ways: Ways, cost: F32, first: I64) -> tuple[I64, F32]:
    """The best way of the other direction where it shows the same, and the first's share; else −1 and 1."""
    pixel = np.arange(len(hole))
    rival_cost = np.where((np.arange(WAYS)[:, None] % 2) != (first % 2)[None], cost, np.inf)
    rival = rival_cost.argmin(0)
    there = np.isfinite(rival_cost[rival, pixel])
    apart = np.abs(ways.colour[first, pixel] - ways.colour[rival, pixel]).mean(1)
    apart = hole.smoothed(np.where(there, apart, np.nan).astype(np.float32), 2 * NEAR)
    least = np.where(there, rival_cost[rival, pixel], 1)
    weight = np.where(there, cost[first, pixel] / np.maximum(least, 1e-6), 0)
    alike = np.clip(2 - apart / ALIKE, 0, 1) * there
    weight = np.nan_to_num(weight * alike)
    share = (1 / (1 + weight)).astype(np.float32)
    return np.where(weight > 0.02, rival, NOWHERE), np.where(weight > 0.02, share, 1).astype(np.float32)
