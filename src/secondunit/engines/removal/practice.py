"""The practice hole: a hole of known truth beside the real one, on which a shot shows which copies are good for it.

How far a copy may be trusted differs from shot to shot by 3 dB either way: old copies are right where nothing lives,
and stale where it does. So the same hole is laid where the plate shows what is under it, filled in every way, and the
errors kept by age and by whether past and future agree. The real hole is filled by the way that erred least there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

AGES = (1.5, 2.5, 5.5, 10.5, 20.5, 40.5, 80.5)  # frames between what is copied and where it goes
GAPS = (
    4.0,
    8.0,
    16.0,
    32.0,
)  # codes between a copy and its nearest rival of the other direction; then none at all
OLDER = (0.4, 0.85, 1.2, 2.5)  # a copy's age over its rival's
BINS = (len(AGES) + 1, len(GAPS) + 2, len(OLDER) + 1)
# What is believed before anything was seen: pixels of practice that weigh as much as the guess.
DOUBT = 60.0
WAYS = 4  # past and future along the flow, past and future with the camera
CLEAR = 9  # pixels between the real hole and the practice hole
FORGIVING = 0.35  # of the hole must find room beside it
PLACES, MOST_HIDDEN = 4, 0.4  # practice holes in a frame, and the share of it that may be hidden in all
TRIES = (1.25, 1.6, 2.2)  # how far aside, in sizes of the hole


@dataclass(frozen=True)
class Tally:
    """Squared errors in codes: `total` and `count` by way, age, gap and relative age; of patches likewise."""

    total: F64
    count: F64
    patch_total: float = 0.0
    patch_count: float = 0.0

    @classmethod
    def empty(cls) -> Tally:
        """Before any practice."""
        return cls(np.zeros((WAYS, *BINS)), np.zeros((WAYS, *BINS)))

    def plus(self, other: Tally) -> Tally:
        """Two tallies as one."""
        return Tally(
            self.total + other.total,
            self.count + other.count,
            self.patch_total + other.patch_total,
            self.patch_count + other.patch_count,
        )


@dataclass(frozen=True)
class Rule:
    """What to expect: `error` (ways, ages, gaps, older) mean squared codes of a copy, `patch_error` of patches."""

    error: F64
    patch_error: float

    def expected(self, ages: F32, gaps: F32, older: F32) -> F32:
        """Expected squared error of copies by age, gap and age over the rival's, all (ways, n); NaN: no rival."""
        way = np.arange(len(ages))[:, None]
        out: F32 = self.error[way, _bin_of(ages, AGES), _gap_bin(gaps), _bin_of(older, OLDER)].astype(np.float32)
        return out


def practise(error: F32, ages: F32, gaps: F32, older: F32) -> Tally:
    """What one frame of practice teaches: squared errors (ways, n), NaN where a way shows nothing."""
    tally = Tally.empty()
    ok = np.isfinite(error)
    way = np.broadcast_to(np.arange(len(error))[:, None], error.shape)[ok]
    at = (way, _bin_of(ages, AGES)[ok], _gap_bin(gaps)[ok], _bin_of(older, OLDER)[ok])
    np.add.at(tally.total, at, error[ok])
    np.add.at(tally.count, at, 1.0)
    return tally


def rule_from(tally: Tally) -> Rule:
    """The rule a shot's practice gives; where it practised little, what is generally so.

    The guess is the measured rule of thumb: fine while young or agreed on, worse with both age and disagreement.
    """
    guess = np.broadcast_to(_rule_of_thumb(), tally.total.shape)
    level = float((tally.total.sum() + DOUBT * 400) / ((guess * tally.count).sum() + DOUBT * 400))
    error = (tally.total + DOUBT * guess * level) / (tally.count + DOUBT)
    patches = (tally.patch_total + DOUBT * 1200.0) / (tally.patch_count + DOUBT)
    return Rule(error, patches)


def _rule_of_thumb() -> F64:
    age = np.array([1, 2, 4, 8, 15, 30, 60, 120.0])[:, None, None]
    gap = np.array([2.5, 6, 12, 24, 60, 20.0])[None, :, None]
    older = np.array([0.2, 0.6, 1.0, 1.7, 5.0])
    thumb: F64 = 8 + 3 * age**0.8 + gap**1.8 * older**1.5 / (1 + older**1.5)
    return thumb


def _bin_of(values: F32, edges: Sequence[float]) -> I64:
    return np.searchsorted(np.asarray(edges), np.nan_to_num(values)).astype(np.int64)


def _gap_bin(gaps: F32) -> I64:
    return np.where(np.isfinite(gaps), _bin_of(gaps, GAPS), len(GAPS) + 1).astype(np.int64)


def place_practice(holes: Sequence[Mask]) -> tuple[tuple[int, int], ...]:
    """How far aside (x, y) the holes (h, w) of a few frames of a shot are laid to practise; empty where no room is.

    Up to `PLACES` of eight directions and three distances, nearest first, for there the picture is most alike: each
    must leave enough of the hole inside the frame and clear of the real one and of the others.
    """
    marked = [hole for hole in holes if hole.any()]
    if not marked:
        return ()
    height, width = _typical_size(marked)
    places: list[tuple[int, int]] = []
    for distance in TRIES:
        for dx, dy in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)):
            aside = (round(dx * (distance * width + CLEAR)), round(dy * (distance * height + CLEAR)))
            if len(places) < PLACES and _has_room(marked, places, aside):
                places.append(aside)
    return tuple(places)


def _has_room(holes: Sequence[Mask], places: list[tuple[int, int]], aside: tuple[int, int]) -> bool:
    gained, hidden = [], []
    for hole in holes:
        before, after = practice_hole(hole, places), practice_hole(hole, [*places, aside])
        gained.append((int(after.sum()) - int(before.sum())) / int(hole.sum()))
        hidden.append(float((hole | after).mean()))
    return float(np.mean(gained)) > FORGIVING and float(np.mean(hidden)) < MOST_HIDDEN


def practice_hole(hole: Mask, places: Sequence[tuple[int, int]]) -> Mask:
    """The hole (h, w) moved aside to each place, less what comes near the real one."""
    moved = np.zeros_like(hole)
    for aside in places:
        moved |= _shifted(hole, aside)
    near = cv2.dilate(hole.astype(np.uint8), np.ones((2 * CLEAR + 1, 2 * CLEAR + 1), np.uint8)) > 0
    out: Mask = moved & ~near
    return out


def _shifted(hole: Mask, offset: tuple[int, int]) -> Mask:
    (h, w), (dx, dy) = hole.shape, offset
    out = np.zeros_like(hole)
    if abs(dx) < w and abs(dy) < h:
        out[max(0, dy) : h + min(0, dy), max(0, dx) : w + min(0, dx)] = hole[
            max(0, -dy) : h - max(0, dy), max(0, -dx) : w - max(0, dx)
        ]
    return out


def _typical_size(holes: Sequence[Mask]) -> tuple[float, float]:
    """Height and width of the largest piece, the median over the frames."""
    sizes = []
    for hole in holes:
        _, _, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8))
        largest = stats[1:][stats[1:, cv2.CC_STAT_AREA].argmax()]
        sizes.append((float(largest[cv2.CC_STAT_HEIGHT]), float(largest[cv2.CC_STAT_WIDTH])))
    middle = np.median(np.asarray(sizes), axis=0)
    return float(middle[0]), float(middle[1])
