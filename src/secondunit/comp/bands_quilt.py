"""Image quilting along a strip: pieces of the sources, laid from both ends, cut on the path of least difference."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.spatial.distance import cdist

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MIN_OVERLAP_PIXELS = 60
# What a piece is held to beside its joints, in units of a typical joint's cost.
RARE = 3.0  # for showing what its source shows once: a turret, a sign, a parked car would be known again
AGAIN = 1.5  # for each time its columns were laid before
_CELLS = 12  # a column's looks are told apart in so many cells


@dataclass
class Strip:
    """A flattened stretch: `rgba` (rows, n, 4) premultiplied codes (alpha 0..255), `usable` (rows, n)."""

    rgba: F32
    usable: Mask
    column: F64


@dataclass
class Quilt:
    """The flat band with its hole, filled piece by piece."""

    rgba: F32
    known: Mask
    wanted: Mask
    sources: list[Strip]
    piece: tuple[float, float]
    headroom: int
    overlap: int
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.source_x = np.full(self.known.shape, -1, np.float32)
        self.filled = self.known.copy()
        self.used = [np.zeros(s.rgba.shape[1], np.float32) for s in self.sources]
        self.rare = rareness(self.sources, apart=0.5 * self.piece[0])

    def lay(self) -> None:
        """Lay pieces from the left and the right in turn until every wanted column is filled."""
        missing = self.wanted & ~self.filled
        open_columns = np.flatnonzero(missing.any(0))
        if not len(open_columns):
            return
        left, right = int(open_columns[0]), int(open_columns[-1]) + 1
        has_right = bool(self.known[:, right:].any())
        has_left = bool(self.known[:, :left].any())
        turn = 0 if has_left else 1
        least = int(self.piece[0])
        while left < right:
            from_left = turn == 0 or not has_right
            sizes = {self._size(least, right - left) for _ in range(4)}
            spans = [(left, left + n) if from_left else (right - n, right) for n in sorted(sizes)]
            costs = [self._best(lo, hi, from_left)[0] for lo, hi in spans]
            lo, hi = spans[int(np.argmin(costs))]
            self._lay_piece(lo, hi, from_left)
            if from_left:
                left = hi
            else:
                right = lo
            turn = 1 - turn if has_left and has_right else turn

    def _size(self, least: int, room: int) -> int:
        """A piece's width: drawn, held to what a source can give, and leaving no sliver."""
        size = int(self.rng.integers(least, int(self.piece[1]) + 1))
        if room - size < least // 2:
            size = room
        widest = max(s.rgba.shape[1] for s in self.sources) - 2 * self.overlap
        return max(8, min(size, int(widest), room))

    def _window(self, lo: int, hi: int, from_left: bool) -> tuple[int, int]:
        width = self.known.shape[1]
        a = max(0, lo - self.overlap) if from_left or self.filled[:, max(0, lo - 1)].any() else lo
        return a, min(width, hi + self.overlap)

    def _best(self, lo: int, hi: int, from_left: bool) -> tuple[float, int, int]:
        """(cost, source, start) of the best piece for columns [lo, hi)."""
        a, b = self._window(lo, hi, from_left)
        best = (float("inf"), 0, 0)
        for i, source in enumerate(self.sources):
            n = source.rgba.shape[1]
            if n < b - a:
                continue
            cost = self._costs(i, a, b, from_left)
            u = int(np.argmin(cost))
            if cost[u] < best[0]:
                best = (float(cost[u]), i, u)
        return best

    def _lay_piece(self, lo: int, hi: int, from_left: bool) -> None:
        a, b = self._window(lo, hi, from_left)
        best = self._best(lo, hi, from_left)
        if not np.isfinite(best[0]):
            self._lay_short(lo, hi, a, b)
            return
        _, i, u = best
        self._join(self.sources[i], i, u, a, b)

    def _lay_short(self, lo: int, hi: int, a: int, b: int) -> None:
        """No source is as wide as the piece: halve it."""
        if hi - lo < 12:
            i = int(np.argmax([s.rgba.shape[1] for s in self.sources]))
            b = min(b, a + self.sources[i].rgba.shape[1])
            self._join(self.sources[i], i, 0, a, b)
            return
        middle = (lo + hi) // 2
        self._lay_piece(lo, middle, True)
        self._lay_piece(middle, hi, True)

    def _cut_cost(self, source: Strip, width: int, from_left: bool) -> F32:
        """What the open end of a piece cuts through above the skyline: better no tree, no gable."""
        tall = (source.rgba[: self.headroom, :, 3] / 255).mean(0)
        worth = 4000.0 * np.convolve(tall, np.ones(self.overlap) / self.overlap, "valid")
        starts = len(tall) - width + 1
        shift = width - self.overlap if from_left else 0
        cost: F32 = worth[shift : shift + starts].astype(np.float32)
        return cost

    def _costs(self, i: int, a: int, b: int, from_left: bool) -> F32:
        """Mean squared disagreement of the piece at every start in source i with what is filled in [a, b)."""
        source = self.sources[i]
        have = self.filled[:, a:b]
        starts = source.rgba.shape[1] - (b - a) + 1
        cost = np.zeros(starts, np.float32)
        n_have = int(have.sum())
        if n_have > MIN_OVERLAP_PIXELS:
            weight = np.repeat(have[..., None].astype(np.float32), 4, 2)
            template = np.ascontiguousarray(self.rgba[:, a:b])
            cost = cv2.matchTemplate(source.rgba, template, cv2.TM_SQDIFF, mask=weight)[0] / n_have
        window = np.ones(b - a)
        open_here = (self.wanted[:, a:b] & ~have).astype(np.float32)
        unusable = (~source.usable).astype(np.float32)
        bad = cv2.matchTemplate(unusable, np.ascontiguousarray(open_here), cv2.TM_CCORR)[0]
        bad = bad / max(1.0, float(open_here.sum()))
        used = np.convolve(self.used[i], window / (b - a), "valid")[:starts]
        typical = float(np.median(cost)) + 50.0
        jitter = 1 + 0.15 * self.rng.random(starts)
        total = (
            cost * jitter
            + self._cut_cost(source, b - a, from_left)[:starts]
            + typical * AGAIN * used
            + typical * RARE * sliding_window_view(self.rare[i], b - a).max(1)[:starts]
            + 400.0 * typical * bad
        )
        summed: F32 = total.astype(np.float32)
        return summed

    def _join(self, source: Strip, i: int, u: int, a: int, b: int) -> None:
        piece = source.rgba[:, u : u + b - a]
        column = np.repeat(source.column[u : u + b - a][None], piece.shape[0], 0).astype(np.float32)
        have = self.filled[:, a:b]
        laid = have & ~self.known[:, a:b]
        share = self._cut(piece, a, b, laid)
        old = self.rgba[:, a:b]
        new = old * (1 - share[..., None]) + piece * share[..., None]
        self.rgba[:, a:b] = new
        self.source_x[:, a:b] = np.where(share > 0.5, column, self.source_x[:, a:b])
        self.filled[:, a:b] |= self.wanted[:, a:b]
        self.used[i][u : u + b - a] += 1

    def _cut(self, piece: F32, a: int, b: int, laid: Mask) -> F32:
        """The new piece's share (rows, b − a): 1 where nothing is, 0 on the plate, a cut where one was laid."""
        have = self.filled[:, a:b]
        share = np.where(have, 0.0, 1.0).astype(np.float32)
        difference = ((piece - self.rgba[:, a:b]) ** 2).sum(2)
        difference = np.where(laid, difference, 1.0)
        n = b - a
        covered = laid.mean(0) > 0.1
        runs = [n if run.all() else int(np.argmin(run)) for run in (covered, covered[::-1])]
        if sum(runs) > n:
            runs = [n // 2, n - n // 2]
        for side, reach in enumerate(runs):
            if reach < 4:
                continue
            part = slice(0, reach) if side == 0 else slice(n - reach, n)
            path = least_cost_path(difference[:, part])[:, None]
            at = np.arange(reach)[None]
            ramp = np.clip((at - path) / 3.0 + 0.5, 0, 1) if side == 0 else np.clip((path - at) / 3.0 + 0.5, 0, 1)
            share[:, part] = np.where(laid[:, part], ramp, share[:, part])
        return share


def rareness(sources: list[Strip], apart: float) -> list[F32]:
    """How little each column of each source resembles others at least `apart` columns away: 0 usual, 1 and more rare.

    A column is its mean colour and alpha in twelve cells, softened along the strip; its likeness is the distance
    to the tenth part of all columns that comes nearest to it, over what is common in the band.
    """
    looks, place, owner = [], [], []
    for k, source in enumerate(sources):
        n = source.rgba.shape[1]
        cells = cv2.resize(source.rgba, (n, _CELLS), interpolation=cv2.INTER_AREA)
        looks.append(cv2.blur(cells, (9, 1)).transpose(1, 0, 2).reshape(n, -1))
        place.append(np.arange(n))
        owner.append(np.full(n, k))
    look, at, of = np.concatenate(looks), np.concatenate(place), np.concatenate(owner)
    step = max(1, len(look) // 600)
    other, other_at, other_of = look[::step], at[::step], of[::step]
    off = cdist(look, other) / np.sqrt(look.shape[1])
    near = (of[:, None] == other_of[None]) & (np.abs(at[:, None] - other_at[None]) < apart)
    off[near] = np.inf
    nearest = np.sort(off, 1)[:, max(0, len(other) // 10 - 1)]
    usual = float(np.median(nearest[np.isfinite(nearest)])) if np.isfinite(nearest).any() else 0.0
    rare = np.clip(np.where(np.isfinite(nearest), nearest, usual) / max(usual, 1e-3) - 1.3, 0, 3)
    return [rare[of == k].astype(np.float32) for k in range(len(sources))]


def least_cost_path(cost: F32) -> npt.NDArray[np.int64]:
    """The column in each row (rows,) of the cheapest path down; it moves at most one column a row."""
    rows, columns = cost.shape
    total = cost.astype(np.float64)
    for y in range(1, rows):
        above = np.pad(total[y - 1], 1, constant_values=np.inf)
        total[y] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.zeros(rows, np.int64)
    path[-1] = int(np.argmin(total[-1]))
    for y in range(rows - 2, -1, -1):
        lo = max(0, int(path[y + 1]) - 1)
        path[y] = lo + int(np.argmin(total[y, lo : min(columns, int(path[y + 1]) + 2)]))
    return path
