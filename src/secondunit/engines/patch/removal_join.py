"""The steps between neighbouring copies, and between copies and the plate: what `removal_seam` then takes out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.patch.removal_hole import Hole
from secondunit.engines.patch.removal_seam import Step, softened
from secondunit.engines.patch.removal_sources import Sources, codes

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

ANOTHER_THING = 45.0  # codes between a copy and the plate beside it
ONE_PIECE = 0.75  # pixels: neighbours whose sources lie beside each other as they do


def steps_between(hole: Hole, origin: I32, place: F32, plate: F32 | None, sources: Sources) -> list[Step]:
    """Steps of copies from `origin` (n,) at `place` (n, 2), and against `plate` (h, w, 3) outside, where given.

    Inside one source there is no step. Between two, both are read at both pixels; what a source hides says nothing.
    """
    index = np.full(hole.mask.shape, -1, np.int64)
    index[hole.y, hole.x] = np.arange(len(hole))
    steps: list[Step] = []
    for dx, dy in ((1, 0), (0, 1)):
        a, b = _pairs(hole, index, dx, dy)
        aside = np.array([dx, dy], np.float32)
        whole = (origin[a] == origin[b]) & (np.abs(place[b] - place[a] - aside).max(1) < ONE_PIECE)
        steps.append(Step(a[whole], b[whole], np.zeros((int(whole.sum()), 3), np.float32)))
        steps.append(_inner(hole, a[~whole], b[~whole], aside, origin, place, sources))
    if plate is not None:
        steps += [
            _outer(hole, index, dx, dy, origin, place, plate, sources)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
    return steps


def _pairs(hole: Hole, index: I64, dx: int, dy: int) -> tuple[I64, I64]:
    h, w = index.shape
    inside = (hole.x + dx < w) & (hole.y + dy < h)
    a = np.flatnonzero(inside)
    b = index[hole.y[a] + dy, hole.x[a] + dx]
    return a[b >= 0], b[b >= 0]


def _inner(hole: Hole, a: I64, b: I64, aside: F32, origin: I32, place: F32, sources: Sources) -> Step:
    here_a, ok_a = sources.read(origin[a], place[a])
    here_b, ok_b = sources.read(origin[b], place[b])
    a_at_b, ok_ab = sources.read(origin[a], place[a] + aside)
    b_at_a, ok_ba = sources.read(origin[b], place[b] - aside)
    # Both go on over the seam, or the one that can be read there; where neither can, the two ends meet.
    over_a, over_b = codes(b_at_a) - codes(here_a), codes(here_b) - codes(a_at_b)
    n = ok_ba.astype(np.float32) + ok_ab
    known = (over_a * ok_ba[:, None] + over_b * ok_ab[:, None]) / np.maximum(n, 1)[:, None]
    over = np.where(n[:, None] > 0, known, codes(here_b) - codes(here_a))
    ok = ok_a & ok_b
    # Along a ragged seam the two pieces change sides from edge to edge: one sign for one pair before they are averaged.
    sign = _order(hole, a[ok], b[ok], origin, place)
    over = sign * softened(hole, a[ok], (sign * over[ok]).astype(np.float32))
    return Step(a[ok], b[ok], over.astype(np.float32))


def _order(hole: Hole, a: I64, b: I64, origin: I32, place: F32) -> F32:
    """1 or −1 (m, 1): which of two neighbouring pieces comes first, by source and shift."""
    sign = np.zeros(len(a), np.float32)
    at = np.stack([hole.x, hole.y], -1).astype(np.float32)
    shift = np.rint(place - at)
    for values in (origin.astype(np.float32), shift[:, 0], shift[:, 1]):
        sign = np.where(sign == 0, np.sign(values[a] - values[b]), sign).astype(np.float32)
    return np.where(sign == 0, np.float32(1), sign)[:, None]


def _outer(
    hole: Hole, index: I64, dx: int, dy: int, origin: I32, place: F32, plate: F32, sources: Sources
) -> Step:
    h, w = index.shape
    x, y = hole.x + dx, hole.y + dy
    a = np.flatnonzero((x >= 0) & (y >= 0) & (x < w) & (y < h))
    a = a[index[y[a], x[a]] < 0]
    beside, ok = sources.read(origin[a], place[a] + np.array([dx, dy], np.float32))
    over = codes(plate[y[a], x[a]]) - codes(beside)
    # What stands in front of the hole has no light to lend it.
    ok &= np.abs(over).mean(1) < ANOTHER_THING
    a, over = a[ok], over[ok]
    return Step(a, np.full(len(a), -1, np.int64), softened(hole, a, over.astype(np.float32)))
