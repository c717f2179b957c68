"""The steps between neighbouring copies, and between copies and the plate: what `seam` then takes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.flow_copy import NOWHERE
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.seam import Step, softened
from secondunit.engines.removal.sources import Sources, codes

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ANOTHER_THING = 45.0  # codes between a copy and the plate beside it
ONE_PIECE = 0.75  # pixels: neighbours whose sources lie beside each other as they do


@dataclass(frozen=True)
class Copies:
    """What n pixels are copied from: `origin`, `place`; a `second` of the same place or −1 has 1 − `share`."""

    origin: I32
    place: F32
    second: I32
    second_place: F32
    share: F32

    def read(self, pixel: I64, aside: F32, sources: Sources) -> tuple[F32, Mask]:
        """Linear values (m, 3) `aside` (2,) of some pixels, and where they may be used."""
        first, ok = sources.read(self.origin[pixel], self.place[pixel] + aside)
        other, also = sources.read(self.second[pixel], self.second_place[pixel] + aside)
        share = np.where(self.second[pixel] == NOWHERE, np.float32(1), self.share[pixel])
        return first * share[:, None] + other * (1 - share[:, None]), ok & (also | (share == 1))


def steps_between(hole: Hole, copies: Copies, plate: F32 | None, sources: Sources) -> list[Step]:
    """Steps of the hole's `copies` among each other, and against `plate` (h, w, 3) outside, where given.

    Inside one source there is no step. Between two, both are read at both pixels; what a source hides says nothing.
    """
    index = np.full(hole.mask.shape, -1, np.int64)
    index[hole.y, hole.x] = np.arange(len(hole))
    steps: list[Step] = []
    origin, place = copies.origin, copies.place
    for dx, dy in ((1, 0), (0, 1)):
        a, b = _pairs(hole, index, dx, dy)
        aside = np.array([dx, dy], np.float32)
        whole = (origin[a] == origin[b]) & (np.abs(place[b] - place[a] - aside).max(1) < ONE_PIECE)
        steps.append(Step(a[whole], b[whole], np.zeros((int(whole.sum()), 3), np.float32)))
        steps.append(_inner(a[~whole], b[~whole], aside, copies, sources))
    if plate is not None:
        steps += [
            _outer(hole, index, dx, dy, copies, plate, sources) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
    return steps


def _pairs(hole: Hole, index: I64, dx: int, dy: int) -> tuple[I64, I64]:
    h, w = index.shape
    inside = (hole.x + dx < w) & (hole.y + dy < h)
    a = np.flatnonzero(inside)
    b = index[hole.y[a] + dy, hole.x[a] + dx]
    return a[b >= 0], b[b >= 0]


def _inner(a: I64, b: I64, aside: F32, copies: Copies, sources: Sources) -> Step:
    none = np.zeros(2, np.float32)
    here_a, ok_a = copies.read(a, none, sources)
    here_b, ok_b = copies.read(b, none, sources)
    a_at_b, ok_ab = copies.read(a, aside, sources)
    b_at_a, ok_ba = copies.read(b, -aside, sources)
    # Both go on over the seam, or the one that can be read there; where neither can, the two ends meet.
    over_a, over_b = codes(b_at_a) - codes(here_a), codes(here_b) - codes(a_at_b)
    n = ok_ba.astype(np.float32) + ok_ab
    known = (over_a * ok_ba[:, None] + over_b * ok_ab[:, None]) / np.maximum(n, 1)[:, None]
    over = np.where(n[:, None] > 0, known, codes(here_b) - codes(here_a))
    ok = ok_a & ok_b
    # Not averaged along the seam: on a ragged one the pieces change sides from edge to edge.
    return Step(a[ok], b[ok], over[ok].astype(np.float32))


def _outer(hole: Hole, index: I64, dx: int, dy: int, copies: Copies, plate: F32, sources: Sources) -> Step:
    h, w = index.shape
    x, y = hole.x + dx, hole.y + dy
    a = np.flatnonzero((x >= 0) & (y >= 0) & (x < w) & (y < h))
    a = a[index[y[a], x[a]] < 0]
    beside, ok = copies.read(a, np.array([dx, dy], np.float32), sources)
    over = codes(plate[y[a], x[a]]) - codes(beside)
    # What stands in front of the hole has no light to lend it.
    ok &= np.abs(over).mean(1) < ANOTHER_THING
    a, over = a[ok], over[ok]
    return Step(a, np.full(len(a), -1, np.int64), softened(hole, a, over.astype(np.float32)))
