"""The composition of a variation: which place of the source goes where, on a raster of a few thousand pixels.

Coarse to fine from a mosaic of blocks and noise, every patch of the target against every patch of the source, the
nearest one divided by how badly its source patch is served elsewhere, so that nothing of the source is lost (Granot,
Feinstein, Shocher, Bagon, Irani: *Drop the GAN: in defense of patches nearest neighbors*, CVPR 2022). A copy close to
another copy of the same place pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
Scalar = TypeVar("Scalar", np.uint8, np.float32)

RADIUS = 3
ROUNDS = 8
# Patches of the target times patches of the source on the finest raster: 20 million distances are 80 MB.
MOST_PAIRS = 2e7
RATIO = 0.75
LEAST_SIDE = 13
# Mean squared differences are told in variances of the source.
ALPHA = 0.01
NOISE = 0.25
HOLD = 200.0
REPEAT = 4.0
# Places this near to one another on the small raster count as one.
AROUND = 2
# What a place costs that stays where it was, and how far it has to go to cost little, in widths of the source.
STAY = 0.1
AWAY = 1 / 8


@dataclass(frozen=True)
class Composition:
    """`field` (h, w, 2) x, y of the source patch of each pixel, on rasters `scale` times the size of the pictures."""

    field: I32
    scale: float


def compose(
    source: U8,
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    heights: tuple[F32, F32] | None = None,
    roams: bool = True,
) -> Composition:
    """Compose a target of `size` (h, w) from `source` (H, W, c) in bytes.

    `heights` (H, W) and (h, w), fractions of the picture's height: every patch stays near its own. With `roams` it
    costs something to stay in place, so that the composition is a new one.
    """
    scales = _scales(size, source.shape[:2])
    source = _exact(source)
    spread = float(source.reshape(-1, source.shape[2]).var(0).mean()) or 1.0
    out, before, field = None, None, np.zeros((1, 1, 2), np.int32)
    for scale in scales:
        small = shrunk(source, scale)
        h, w = (max(2 * RADIUS + 1, round(side * scale)) for side in size)
        held = (
            None
            if heights is None
            else (
                _resized(heights[0], small.shape[:2], cv2.INTER_AREA),
                _resized(heights[1], (h, w), cv2.INTER_AREA),
            )
        )
        if out is None or before is None:
            key = small
            out = _mosaic(small, (h, w), rng) if held is None else _strips(small, held, rng)
            noise = rng.normal(0, NOISE * np.sqrt(spread), out.shape)
            out = np.clip(np.rint(out + noise), 0, 255).astype(np.uint8)
        else:
            out = _resized(out, (h, w), cv2.INTER_CUBIC)
            key = _resized(before, small.shape[:2], cv2.INTER_CUBIC)
        toll = _stay(small.shape[:2], (h, w)) * np.float32(roams)
        if held is not None:
            toll += _hold(*held)
        field, out = _rounds(out, key, small, spread, toll)
        before = small
    return Composition(field, scales[-1])


def _exact(source: U8) -> U8:
    """The bytes of `source` (H, W, c), with many channels in fewer steps: see `_distances`."""
    most = int((2**24 / ((2 * RADIUS + 1) ** 2 * source.shape[2])) ** 0.5)
    return source if most >= 255 else (source.astype(np.uint32) * most // 255).astype(np.uint8)


def shrunk(picture: U8, scale: float) -> U8:
    """A picture (h, w, c) at `scale` ≤ 1, at least one patch large."""
    h, w = (max(2 * RADIUS + 1, round(side * scale)) for side in picture.shape[:2])
    if (h, w) == picture.shape[:2]:
        return picture
    return _resized(picture, (h, w), cv2.INTER_AREA)


def _scales(size: tuple[int, int], source: tuple[int, ...]) -> list[float]:
    """Scales of the rasters, coarse to fine."""
    scale = min(1.0, (MOST_PAIRS / (float(size[0]) * size[1] * source[0] * source[1])) ** 0.25)
    found = [scale]
    while min(*size, *source[:2]) * found[-1] * RATIO >= LEAST_SIDE:
        found.append(found[-1] * RATIO)
    return found[::-1]


def _resized(picture: npt.NDArray[Scalar], size: tuple[int, ...], how: int) -> npt.NDArray[Scalar]:
    """A picture (h, w) or (h, w, c) on a raster `size`; OpenCV takes four channels at a time."""
    if picture.ndim == 2:
        return np.asarray(cv2.resize(picture, (size[1], size[0]), interpolation=how), picture.dtype)
    out = np.empty((size[0], size[1], picture.shape[2]), picture.dtype)
    for first in range(0, picture.shape[2], 4):
        some = np.ascontiguousarray(picture[..., first : first + 4])
        resized = cv2.resize(some, (size[1], size[0]), interpolation=how)
        out[..., first : first + 4] = resized.reshape(*out.shape[:2], -1)
    return out


def _mosaic(small: U8, size: tuple[int, int], rng: np.random.Generator) -> U8:
    """Blocks of the source, a third of the height and wider, from anywhere, laid in rows."""
    (h, w), (H, W) = size, small.shape[:2]
    side = max(4, min(h // 3, H, W))
    out = np.zeros((h, w, small.shape[2]), np.uint8)
    for top in range(0, h, side):
        left = -int(rng.integers(0, side))
        while left < w:
            wide = int(rng.integers(side, 2 * side))
            x, y = int(rng.integers(0, max(1, W - wide + 1))), int(rng.integers(0, H - side + 1))
            block = small[y : y + side, x : x + wide][: h - top, max(0, -left) :][:, : w - max(0, left)]
            out[top : top + block.shape[0], max(0, left) : max(0, left) + block.shape[1]] = block
            left += wide
    return out


def _strips(small: U8, heights: tuple[F32, F32], rng: np.random.Generator) -> U8:
    """Upright strips of the source side by side, each pixel at its height: storeys and verticals go on."""
    own, wanted = heights
    (h, w), (H, W) = wanted.shape, own.shape
    out = np.zeros((h, w, small.shape[2]), np.uint8)
    side = max(4, min(h, W) // 2)
    left = -int(rng.integers(0, side))
    while left < w:
        wide = int(rng.integers(side, 2 * side))
        x = int(rng.integers(0, max(1, W - wide + 1)))
        for column in range(max(0, left), min(w, left + wide)):
            of = min(x + column - left, W - 1)
            rows = np.interp(wanted[:, column], own[:, of], np.arange(H))
            out[:, column] = small[np.rint(rows).astype(np.int64), of]
        left += wide
    return out


def _hold(own: F32, wanted: F32) -> F32:
    """What a place at another height costs: (target pixels, source patches)."""
    inner = own[RADIUS:-RADIUS, RADIUS:-RADIUS]
    return np.float32(HOLD) * (wanted.reshape(-1, 1) - inner.reshape(1, -1)) ** 2


def _stay(source: tuple[int, ...], size: tuple[int, int]) -> F32:
    """What a place costs for being about the same part of the source as of the target: or all would stay as it is."""
    (H, W), (h, w) = source, size
    columns = (np.arange(w) * W / w)[:, None] - np.arange(RADIUS, W - RADIUS)
    rows = (np.arange(h) * H / h)[:, None] - np.arange(RADIUS, H - RADIUS)
    near = [np.exp(-((away / (AWAY * W)) ** 2)).astype(np.float32) for away in (rows, columns)]
    both = near[0][:, None, :, None] * near[1][None, :, None, :]
    return np.float32(STAY) * both.reshape(h * w, -1)


def _rounds(out: U8, key: U8, small: U8, spread: float, toll: F32) -> tuple[I32, U8]:
    """Search and vote on one raster; `key` is what the first search looks at instead of the source.

    `toll` is what each place costs each pixel beside its misfit.
    """
    h, w = out.shape[:2]
    W = small.shape[1] - 2 * RADIUS
    side = 2 * RADIUS + 1
    field = np.zeros((h, w, 2), np.int32)
    for turn in range(ROUNDS):
        keys = _patches(key if turn == 0 else small)
        rim = np.pad(out, ((RADIUS, RADIUS), (RADIUS, RADIUS), (0, 0)), mode="edge")
        cost = _distances(_patches(rim), keys)
        cost /= np.float32(spread * side * side * out.shape[2])
        cost += toll
        cost /= np.float32(ALPHA) + cost.min(0)
        if turn:
            charge_repeats(cost, field, W, max(4, min(h, w) // 3), np.float32(1 + REPEAT))
        best = cost.argmin(1).astype(np.int32).reshape(h, w)
        field = np.stack([best % W + RADIUS, best // W + RADIUS], -1)
        out = _voted(small, field)
    return field, out


def _patches(picture: U8) -> F32:
    """Every whole patch of a picture (h, w, c) as a row of floats."""
    side = 2 * RADIUS + 1
    windows = np.lib.stride_tricks.sliding_window_view(picture, (side, side), axis=(0, 1))
    return windows.reshape(-1, picture.shape[2] * side * side).astype(np.float32)


def _distances(queries: F32, keys: F32) -> F32:
    """Squared distances of rows of bytes.

    Every sum is a whole number of at most 2²⁴ (`_exact`), so the result is the same in any order of threads.
    """
    cost = queries @ keys.T
    cost *= np.float32(-2)
    cost += (queries**2).sum(1)[:, None]
    cost += (keys**2).sum(1)
    return cost


def _voted(small: U8, field: I32) -> U8:
    """The plain mean of the patches over each pixel, in bytes."""
    (h, w), r = field.shape[:2], RADIUS
    total = np.zeros((h, w, small.shape[2]), np.int64)
    count = np.zeros((h, w, 1), np.int64)
    for dy in range(-r, r + 1):
        for dx in range(-r, r + 1):
            to = (slice(max(0, dy), h + min(0, dy)), slice(max(0, dx), w + min(0, dx)))
            of = field[max(0, -dy) : h - max(0, dy), max(0, -dx) : w - max(0, dx)]
            total[to] += small[of[..., 1] + dy, of[..., 0] + dx]
            count[to] += 1
    return ((total + count // 2) // count).astype(np.uint8)


@njit(cache=True)
def charge_repeats(cost, field, W, reach, charge):  # type: ignore[no-untyped-def]
    """Raise `cost` (h w, patches) of a place and those around it for pixels with another copy of it within `reach`.

    Of two copies the worse one pays. `field` (h, w, 2) is the last round's, `W` the patches in a row of the source.
    """
    h, w = field.shape[:2]
    pays = np.zeros(h * w, np.bool_)
    for i in range(h * w):
        y, x = i // w, i % w
        sx, sy = field[y, x, 0], field[y, x, 1]
        own = cost[i, (sy - RADIUS) * W + sx - RADIUS]
        for v in range(max(0, y - reach), min(h, y + reach + 1)):
            for u in range(max(0, x - reach), min(w, x + reach + 1)):
                dx, dy = field[v, u, 0] - sx, field[v, u, 1] - sy
                if (
                    abs(dx) > AROUND
                    or abs(dy) > AROUND
                    or (abs(u - x - dx) <= RADIUS and abs(v - y - dy) <= RADIUS)
                ):
                    continue
                if cost[v * w + u, (field[v, u, 1] - RADIUS) * W + field[v, u, 0] - RADIUS] <= own:
                    pays[i] = True
                    break
            if pays[i]:
                break
    for i in range(h * w):
        if pays[i]:
            column, row = field[i // w, i % w, 0] - RADIUS, field[i // w, i % w, 1] - RADIUS
            for v in range(max(0, row - AROUND), min(cost.shape[1] // W, row + AROUND + 1)):
                for u in range(max(0, column - AROUND), min(W, column + AROUND + 1)):
                    cost[i, v * W + u] *= charge
