"""The plain twins of the patch kernels: slow, short, nothing left out. Tests tie the kernels to them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]


def patch_distance(a: U8, b: U8) -> int:
    """Summed squared difference of two patches of any shape."""
    return int(((a.astype(np.int64) - b.astype(np.int64)) ** 2).sum())


def vote(source: F32, field: I32, radius: int) -> F32:
    """The plain mean of `vote.vote`."""
    h, w = field.shape[:2]
    out = np.zeros((h, w, source.shape[2]), np.float32)
    for y in range(h):
        for x in range(w):
            said = [
                source[field[j, i, 1] + y - j, field[j, i, 0] + x - i].astype(np.float64)
                for j in range(max(0, y - radius), min(h, y + radius + 1))
                for i in range(max(0, x - radius), min(w, x + radius + 1))
                if field[j, i, 0] >= 0
            ]
            if said:
                out[y, x] = np.mean(said, axis=0)
    return out


def sweep(
    features: U8,
    source: U8,
    radius: int,
    field: I32,
    even: int,
    toll: int,
    radii: I64,
    quiet: int,
    backward: bool,
    seed: int,
) -> I32:
    """The field after one sweep of `search.sweep` over one band, all patches active and all sources usable.

    `features` (h + 2 r, w + 2 r, c) with its rim, `source` (H, W, c).
    """
    field = field.copy()
    h, w = field.shape[:2]
    bins: dict[tuple[int, int], int] = {}
    for x, y in field.reshape(-1, 2) >> 2:
        bins[x, y] = bins.get((x, y), 0) + 1

    def score(x: int, y: int, place: tuple[int, int]) -> int:
        cx, cy = place
        side = 2 * radius + 1
        patch = source[cy - radius : cy + radius + 1, cx - radius : cx + radius + 1]
        crowd = max(0, bins.get((cx >> 2, cy >> 2), 0) - even)
        return patch_distance(features[y : y + side, x : x + side], patch) + ((toll * crowd) >> 8)

    def inside(place: tuple[int, int]) -> bool:
        height, width = source.shape[:2]
        return bool(radius <= place[0] < width - radius and radius <= place[1] < height - radius)

    bits = _xorshift(seed | 1)
    step = -1 if backward else 1
    for y in range(h)[::step]:
        for x in range(w)[::step]:
            old = (int(field[y, x, 0]), int(field[y, x, 1]))
            best = old
            for dx, dy in ((-step, 0), (0, -step), (step, 0), (0, step)):
                if 0 <= x + dx < w and 0 <= y + dy < h:
                    place = (int(field[y + dy, x + dx, 0]) - dx, int(field[y + dy, x + dx, 1]) - dy)
                    if inside(place) and score(x, y, place) < score(x, y, best):
                        best = place
            middle = best
            for reach in radii if score(x, y, best) >= quiet else []:
                place = _near(middle, int(reach), source.shape[:2], radius, next(bits))
                if score(x, y, place) < score(x, y, best):
                    best = place
            bins[old[0] >> 2, old[1] >> 2] -= 1
            bins[best[0] >> 2, best[1] >> 2] = bins.get((best[0] >> 2, best[1] >> 2), 0) + 1
            field[y, x] = best
    return field


def _near(middle: tuple[int, int], reach: int, size: tuple[int, int], radius: int, bits: int) -> tuple[int, int]:
    """A place at most `reach` from the middle, kept inside, by 32 random bits."""
    found = []
    for at, length, part in zip(middle, size[::-1], (bits & 0xFFFF, bits >> 16), strict=True):
        low, high = max(at - reach, radius), min(at + reach, length - 1 - radius)
        found.append(low + ((part * (high - low + 1)) >> 16))
    return found[0], found[1]


def _xorshift(state: int) -> Iterator[int]:
    while True:
        state = (state ^ (state << 13)) & 0xFFFFFFFF
        state ^= state >> 17
        state = (state ^ (state << 5)) & 0xFFFFFFFF
        yield state


def nearest_volume(a: U8, b: U8, frames: int, side: int) -> I64:
    """The least distance of each whole patch of `a` (n, h, w, c) to any of `b`: what `volume_search` strives for."""

    def patches(pictures: U8) -> I64:
        window = np.lib.stride_tricks.sliding_window_view(pictures, (frames, side, side), axis=(0, 1, 2))
        return window.reshape(*window.shape[:3], -1).astype(np.int64)

    mine, theirs = patches(a), patches(b)
    flat = theirs.reshape(-1, theirs.shape[-1])
    least = [[[((flat - one) ** 2).sum(1).min() for one in row] for row in frame] for frame in mine]
    return np.array(least, np.int64)
