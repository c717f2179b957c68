"""Fill a hole in a picture with patches from elsewhere in it.

PatchMatch (Barnes et al., SIGGRAPH 2009) finds for every patch that touches the hole a similar patch in the
source; coherent voting (Wexler, Shechtman, Irani, PAMI 2007) turns them into pixels; coarse to fine. Three
things are ours: patches may be held to their row (`max_dy`), so that texture keeps the size perspective gives
it; a source used often costs more (`repeat_penalty`); a sweep is cut into fixed runs that never read each
other's fresh results, so that the pixels do not depend on how many threads there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit, prange

from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

RUNS = 8
SWEEPS = 4
FAR = np.float32(1e18)


@dataclass(frozen=True)
class PatchFill:
    """`picture` (h, w, c) with the hole filled; `source` (h, w, 2) x, y each hole pixel came from, else −1."""

    picture: F32
    source: I32


def patch_fill(
    picture: F32,
    hole: Mask,
    source: Mask,
    *,
    seed: int,
    radius: int = 3,
    levels: int = 6,
    max_dy: int | None = None,
    max_dx: int | None = None,
    repeat_penalty: float = 0.0,
    rounds: tuple[int, ...] = (10, 8, 6, 4, 3, 2),
    start: F32 | None = None,
) -> PatchFill:
    """Fill `hole` (h, w) of `picture` (h, w, c) from the pixels of `source` (h, w) outside the hole.

    `picture` holds perceptual codes of about 0 to 255 in any number of channels. `max_dy` (`max_dx`) is the
    furthest a patch may move up or down (sideways), pixels. `repeat_penalty` is added to a patch's summed
    squared difference for each use of the same source beyond the first. `rounds` are the search-and-vote rounds of each
    level, coarsest first. `start` (h, w, c) is a first guess inside the hole; without one the hole's rim is
    spread inwards. Raises `BadInput` where no whole source patch exists.
    """
    pyramid = _pyramid(picture, hole, source, levels)
    rng = np.random.default_rng(seed)
    field: I32 | None = None
    filled = picture
    done = False
    for level in range(len(pyramid) - 1, -1, -1):
        pic, hol, src = pyramid[level]
        whole = _whole_patches(src, radius)
        if not whole.any() or not hol.any():
            continue
        step = _Level(pic, hol, whole, radius, _shrunk(max_dy, level), _shrunk(max_dx, level), repeat_penalty)
        current = step.start(field, filled if done else None, _first(start, pic, hol, level), rng)
        n_rounds = rounds[min(len(rounds) - 1, len(pyramid) - 1 - level)]
        filled, field, origin = step.run(current, n_rounds, level < 2, rng)
        done = True
    if not done or filled.shape[:2] != picture.shape[:2]:
        raise BadInput(
            "the source of a patch fill holds no whole patch",
            hint="widen the source range or shrink the `avoid` areas",
        )
    out = picture.astype(np.float32).copy()
    out[hole] = filled[hole]
    return PatchFill(out, np.where(hole[..., None], origin, np.int32(-1)))


def _shrunk(limit: int | None, level: int) -> int:
    return 1 << 30 if limit is None else max(1, limit >> level)


def _first(start: F32 | None, pic: F32, hole: Mask, level: int) -> F32:
    """The first guess on a level's raster: `start`, or the rim spread inwards."""
    h, w = hole.shape
    if start is None:
        return spread(pic, ~hole)
    small = cv2.resize(start.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA).reshape(h, w, -1)
    return np.where(hole[..., None], small, pic)


def _pyramid(picture: F32, hole: Mask, source: Mask, levels: int) -> list[tuple[F32, Mask, Mask]]:
    """(picture, hole, source) from full size down, each level half the one before; known pixels only count."""
    out = [(picture.astype(np.float32), hole.astype(bool), source.astype(bool) & ~hole.astype(bool))]
    while len(out) < levels and min(out[-1][1].shape) >= 40:
        pic, hol, src = out[-1]
        h, w = hol.shape
        size = ((w + 1) // 2, (h + 1) // 2)
        known = cv2.resize((~hol).astype(np.float32), size, interpolation=cv2.INTER_AREA)
        share = cv2.resize(src.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(pic * (~hol)[..., None], size, interpolation=cv2.INTER_AREA)
        small = small.reshape(size[1], size[0], -1) / np.maximum(known, 1e-3)[..., None]
        out.append((small.astype(np.float32), known < 0.5, share > 0.7))
    return out


def _whole_patches(source: Mask, radius: int) -> Mask:
    """Centres whose whole patch lies in the source."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return cv2.erode(source.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0


def spread(values: F32, known: Mask) -> F32:
    """`values` (h, w, c) where `known`, and a smooth continuation elsewhere (pull-push, Gortler et al. 1996)."""
    vals: list[Any] = [np.where(known[..., None], values, 0).astype(np.float32)]
    weights: list[Any] = [known.astype(np.float32)]
    while min(weights[-1].shape) > 2:
        h, w = weights[-1].shape
        size = ((w + 1) // 2, (h + 1) // 2)
        weights.append(cv2.resize(weights[-1], size, interpolation=cv2.INTER_AREA))
        vals.append(cv2.resize(vals[-1], size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1))
    out: Any = vals[-1] / np.maximum(weights[-1], 1e-6)[..., None]
    for level in range(len(vals) - 2, -1, -1):
        h, w = weights[level].shape
        out = cv2.resize(out, (w, h), interpolation=cv2.INTER_LINEAR).reshape(h, w, -1)
        keep = np.minimum(1.0, weights[level] * (4.0 if level else 1.0))[..., None]
        out = keep * vals[level] / np.maximum(weights[level], 1e-6)[..., None] + (1 - keep) * out
        if level:
            out = cv2.GaussianBlur(out, (0, 0), 1.5).reshape(h, w, -1)
    filled: F32 = out.astype(np.float32)
    return filled


@dataclass
class _Level:
    """One level of the pyramid: who looks for a source (`points`), where it may lie (`whole`)."""

    picture: F32
    hole: Mask
    whole: Mask
    radius: int
    max_dy: int
    max_dx: int
    penalty: float

    def __post_init__(self) -> None:
        kernel = np.ones((2 * self.radius + 1, 2 * self.radius + 1), np.uint8)
        self.target = cv2.dilate(self.hole.astype(np.uint8), kernel) > 0
        self.points = np.argwhere(self.target).astype(np.int32)
        self.index = np.full(self.hole.shape, -1, np.int32)
        self.index[self.target] = np.arange(len(self.points), dtype=np.int32)
        inside = cv2.distanceTransform(self.hole.astype(np.uint8), cv2.DIST_L2, 3)
        # Pixels near the known rim are sure, those deep in the hole are guesses.
        self.trust = np.where(self.hole, 0.1 + 0.9 * 1.3**-inside, 1.5).astype(np.float32)

    def start(
        self, field: I32 | None, coarse: F32 | None, guess: F32, rng: np.random.Generator
    ) -> tuple[F32, I32]:
        """The picture and the field (n, 2) of source x, y to begin with."""
        ys, xs = np.nonzero(self.whole)
        draw = rng.integers(0, len(xs), len(self.points))
        new = np.stack([xs[draw], ys[draw]], 1).astype(np.int32)
        h, w = self.hole.shape
        current = np.where(self.hole[..., None], guess, self.picture).astype(np.float32)
        if field is not None and coarse is not None:
            py, px = self.points[:, 0], self.points[:, 1]
            up = field[np.minimum(py // 2, field.shape[0] - 1), np.minimum(px // 2, field.shape[1] - 1)]
            x = np.clip(up[:, 0] * 2 + px % 2, 0, w - 1)
            y = np.clip(up[:, 1] * 2 + py % 2, 0, h - 1)
            good = (up[:, 0] >= 0) & self.whole[y, x]
            new[good] = np.stack([x, y], 1)[good]
            large = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC).reshape(h, w, -1)
            current = np.where(self.hole[..., None], large, self.picture).astype(np.float32)
        return current, self._locked(new, rng)

    def _locked(self, field: I32, rng: np.random.Generator) -> I32:
        """Move sources that break the lock to the nearest rows and columns that hold any."""
        if self.max_dy >= 1 << 30 and self.max_dx >= 1 << 30:
            return field
        off = np.abs(field - self.points[:, ::-1])
        for i in np.flatnonzero((off[:, 1] > self.max_dy) | (off[:, 0] > self.max_dx)):
            y, x = (int(v) for v in self.points[i])
            y0, x0 = max(0, y - self.max_dy), max(0, x - self.max_dx)
            window = self.whole[y0 : y + self.max_dy + 1, x0 : x + self.max_dx + 1]
            flat = np.flatnonzero(window)
            if len(flat):
                pick = int(flat[rng.integers(len(flat))])
                field[i] = (x0 + pick % window.shape[1], y0 + pick // window.shape[1])
        return field

    def run(
        self, started: tuple[F32, I32], n_rounds: int, sharp: bool, rng: np.random.Generator
    ) -> tuple[F32, I32, I32]:
        """Search and vote; returns the picture, the field as a raster (h, w, 2) and each pixel's origin."""
        current, field = started
        h, w = self.hole.shape
        reach = max(h, w)
        origin = np.full((h, w, 2), -1, np.int32)
        uses = np.zeros((h, w), np.float32)
        for turn in range(n_rounds):
            if self.penalty > 0:
                now = np.bincount(field[:, 1] * w + field[:, 0], minlength=h * w).astype(np.float32)
                # One use is a coherent copy and free. A running mean: all leaving at once would move the crowd.
                over = np.maximum(cv2.blur(now.reshape(h, w), (5, 5)) - 1, 0) * np.float32(self.penalty)
                uses = ((uses + over) / 2 if turn else over).astype(np.float32)
            for sweep in range(SWEEPS):
                field = search(
                    current, self.trust, self.picture, self.whole, field, self.points, self.index, uses,
                    self.radius, sweep % 2, int(rng.integers(1, 1 << 30)), self.max_dx, self.max_dy, reach,
                )  # fmt: skip
            error = distances(current, self.trust, self.picture, field, self.points, self.radius)
            spread_of = np.float32(2 * max(1.0, float(np.percentile(error, 60))))
            last = sharp and turn == n_rounds - 1
            current = vote(
                current, self.picture, self.hole, field, error, self.points, self.index,
                self.radius, spread_of, last, origin,
            )  # fmt: skip
        raster = np.full((h, w, 2), -1, np.int32)
        raster[self.target] = field
        return current, raster, origin


@njit(fastmath=True, cache=True)
def patch_distance(  # type: ignore[no-untyped-def]
    picture, trust, source, ay, ax, by, bx, radius, best
):  # pragma: no cover - compiled
    """Trusted squared difference of the patch at (ay, ax) and the source patch at (by, bx); stops above best."""
    h, w, channels = picture.shape
    total = np.float32(0)
    for j in range(-radius, radius + 1):
        y = ay + j
        if y < 0 or y >= h:
            continue
        for i in range(-radius, radius + 1):
            x = ax + i
            if x < 0 or x >= w:
                continue
            d = np.float32(0)
            for c in range(channels):
                e = picture[y, x, c] - source[by + j, bx + i, c]
                d += e * e
            total += trust[y, x] * d
        if total > best:
            return total
    return total


@njit(fastmath=True, cache=True, parallel=True)
def search(  # type: ignore[no-untyped-def]
    picture, trust, source, whole, field, points, index, uses, radius, backward, seed, max_dx, max_dy, reach
):  # pragma: no cover - compiled
    """One sweep of propagation and random search; returns the new field (n, 2)."""
    n = points.shape[0]
    h, w = whole.shape
    new = field.copy()
    side = 1 if backward == 1 else -1
    for run in prange(RUNS):
        first = n * run // RUNS
        last = n * (run + 1) // RUNS
        state = np.int64(seed + 104729 * (run + 1)) & 0x7FFFFFFF
        for k in range(last - first):
            p = last - 1 - k if backward == 1 else first + k
            y = points[p, 0]
            x = points[p, 1]
            bx = new[p, 0]
            by = new[p, 1]
            best = patch_distance(picture, trust, source, y, x, by, bx, radius, FAR) + uses[by, bx]
            for d in range(2):
                yy = y + (side if d == 1 else 0)
                xx = x + (side if d == 0 else 0)
                if yy < 0 or xx < 0 or yy >= h or xx >= w or index[yy, xx] < 0:
                    continue
                q = index[yy, xx]
                # A neighbour of another run gives its answer of the sweep before.
                qx = new[q, 0] if first <= q < last else field[q, 0]
                qy = new[q, 1] if first <= q < last else field[q, 1]
                cx = qx + x - xx
                cy = qy + y - yy
                if cx < 0 or cy < 0 or cx >= w or cy >= h or not whole[cy, cx]:
                    continue
                if abs(cy - y) > max_dy or abs(cx - x) > max_dx or (cx == bx and cy == by):
                    continue
                extra = uses[cy, cx]
                e = patch_distance(picture, trust, source, y, x, cy, cx, radius, best - extra) + extra
                if e < best:
                    best = e
                    bx = cx
                    by = cy
            r = reach
            while r >= 1:
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                cx = bx + np.int32((state >> 8) % (2 * r + 1)) - r
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                ry = min(r, max_dy)
                cy = by + np.int32((state >> 8) % (2 * ry + 1)) - ry
                r //= 2
                if cx < 0 or cy < 0 or cx >= w or cy >= h or not whole[cy, cx]:
                    continue
                if abs(cy - y) > max_dy or abs(cx - x) > max_dx:
                    continue
                extra = uses[cy, cx]
                e = patch_distance(picture, trust, source, y, x, cy, cx, radius, best - extra) + extra
                if e < best:
                    best = e
                    bx = cx
                    by = cy
            new[p, 0] = bx
            new[p, 1] = by
    return new


@njit(fastmath=True, cache=True, parallel=True)
def distances(picture, trust, source, field, points, radius):  # type: ignore[no-untyped-def] # pragma: no cover
    """Distance (n,) of every target patch to the source its field names."""
    n = points.shape[0]
    out = np.empty(n, np.float32)
    for p in prange(n):
        out[p] = patch_distance(
            picture, trust, source, points[p, 0], points[p, 1], field[p, 1], field[p, 0], radius, FAR
        )
    return out


@njit(cache=True, parallel=True)
def vote(  # type: ignore[no-untyped-def]
    picture, source, hole, field, error, points, index, radius, spread_of, pick, origin
):  # pragma: no cover - compiled
    """New hole pixels: the weighted mean of what overlapping patches say, or, with `pick`, the best one's word.

    Writes into `origin` (h, w, 2) the source pixel of the best patch.
    """
    h, w, channels = picture.shape
    out = picture.copy()
    for p in prange(points.shape[0]):
        y = points[p, 0]
        x = points[p, 1]
        if not hole[y, x]:
            continue
        weight = np.float32(0)
        mean = np.zeros(channels, np.float32)
        least = FAR
        sx = field[p, 0]
        sy = field[p, 1]
        for j in range(-radius, radius + 1):
            for i in range(-radius, radius + 1):
                yy = y + j
                xx = x + i
                if yy < 0 or xx < 0 or yy >= h or xx >= w or index[yy, xx] < 0:
                    continue
                q = index[yy, xx]
                cx = field[q, 0] - i
                cy = field[q, 1] - j
                e = error[q] * (1 + np.float32(0.15) * (i * i + j * j) / (radius * radius))
                k = np.exp(-error[q] / spread_of)
                weight += k
                for c in range(channels):
                    mean[c] += k * source[cy, cx, c]
                if e < least:
                    least = e
                    sx = cx
                    sy = cy
        origin[y, x, 0] = sx
        origin[y, x, 1] = sy
        for c in range(channels):
            out[y, x, c] = source[sy, sx, c] if pick or weight < 1e-20 else mean[c] / weight
    return out
