"""A composition laid out at full size: every pixel a copy of one source pixel, in pieces as large as can be.

A vote of patches blurs wherever they disagree. Here no pixel is averaged: the small field grows by steps, each pixel
keeps the shift of its piece (shift-map editing: Pritch, Kav-Venaki, Peleg, ICCV 2009), and only the seams move, to
where the copies around them agree best, by a search among the neighbours' shifts and a few random ones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.vary.compose import Composition, shrunk
from secondunit.engines.vary.pieces import align_pieces

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]

RADIUS = 3
SWEEPS = 4
# What a pixel pays for each of its four neighbours that belongs to another piece, in variances of the source.
BREAK = 0.03
# Random tries up to 2, 4, 8 … pixels away: as many on small rasters, as many on large ones.
TRIES = (4, 2)
SMALL = 0.6
# How far a whole piece may move when the raster gets finer, in pixels.
ALIGN = 2


def lay(source: U8, size: tuple[int, int], composition: Composition, rng: np.random.Generator) -> I32:
    """The field (h, w, 2) of `size`: for every pixel the x, y of the pixel of `source` (H, W, c, bytes) it copies."""
    spread = float(np.sqrt(source.reshape(-1, source.shape[2]).var(0).mean())) or 1.0
    field, scale = composition.field, composition.scale
    n_steps = int(np.ceil(np.log2(1 / scale) - 1e-9))
    step = (1 / scale) ** (1 / max(1, n_steps))
    for k in range(n_steps + 1):
        now = 1.0 if k == n_steps else scale * step**k
        own = shrunk(source, now).astype(np.float32) / np.float32(spread)
        if k:
            h, w = size if now == 1 else (round(side * now) for side in size)
            field = grown(field, step, h, w, own.shape[0], own.shape[1])
            align_pieces(own, field, ALIGN)
        copy = copied(own, field)
        few = now > SMALL
        for turn in range(SWEEPS // 2 if few else SWEEPS):
            seed = int(rng.integers(1, 1 << 31))
            sweep(copy, own, field, near_seams(field), TRIES[few], turn % 2 == 1, seed)
    return field


@njit(cache=True)
def grown(field, step, h, w, H, W):  # type: ignore[no-untyped-def]
    """A field on a raster `step` times as large, (h, w, 2): each piece keeps one shift, held inside the source."""
    out = np.empty((h, w, 2), np.int32)
    h0, w0 = field.shape[:2]
    for y in range(h):
        y0 = min(int((y + 0.5) / step), h0 - 1)
        for x in range(w):
            x0 = min(int((x + 0.5) / step), w0 - 1)
            dx = int(np.floor((field[y0, x0, 0] - x0) * step + 0.5))
            dy = int(np.floor((field[y0, x0, 1] - y0) * step + 0.5))
            out[y, x, 0] = min(max(x + dx, 0), W - 1)
            out[y, x, 1] = min(max(y + dy, 0), H - 1)
    return out


@njit(cache=True)
def copied(source, field):  # type: ignore[no-untyped-def]
    """The picture (h, w, c) that a field of pixels makes of a source (H, W, c)."""
    h, w = field.shape[:2]
    out = np.empty((h, w, source.shape[2]), source.dtype)
    for y in range(h):
        for x in range(w):
            for c in range(source.shape[2]):
                out[y, x, c] = source[field[y, x, 1], field[y, x, 0], c]
    return out


@njit(cache=True)
def breaks(field, x, y, sx, sy):  # type: ignore[no-untyped-def]
    """How many of the four neighbours of pixel x, y belong to another piece, were it a copy of sx, sy."""
    h, w = field.shape[:2]
    n = 0
    if x > 0 and (field[y, x - 1, 0] + 1 != sx or field[y, x - 1, 1] != sy):
        n += 1
    if x + 1 < w and (field[y, x + 1, 0] - 1 != sx or field[y, x + 1, 1] != sy):
        n += 1
    if y > 0 and (field[y - 1, x, 0] != sx or field[y - 1, x, 1] + 1 != sy):
        n += 1
    if y + 1 < h and (field[y + 1, x, 0] != sx or field[y + 1, x, 1] - 1 != sy):
        n += 1
    return n


@njit(cache=True)
def near_seams(field):  # type: ignore[no-untyped-def]
    """Pixels (h, w) whose patch reaches over a seam."""
    h, w = field.shape[:2]
    out = np.zeros((h, w), np.bool_)
    for y in range(h):
        for x in range(w):
            if breaks(field, x, y, field[y, x, 0], field[y, x, 1]):
                out[max(0, y - RADIUS) : y + RADIUS + 1, max(0, x - RADIUS) : x + RADIUS + 1] = True
    return out


@njit(cache=True)
def misfit(copy, source, x, y, sx, sy):  # type: ignore[no-untyped-def]
    """Mean squared difference between the patch around x, y as it is laid and the one around sx, sy of the source.

    A patch that hangs out of the source is judged by what is there, and pays for the rest.
    """
    h, w, channels = copy.shape
    H, W = source.shape[:2]
    top, bottom = -min(RADIUS, y), min(RADIUS, h - 1 - y)
    left, right = -min(RADIUS, x), min(RADIUS, w - 1 - x)
    whole = (bottom - top + 1) * (right - left + 1)
    top, bottom = max(top, -sy), min(bottom, H - 1 - sy)
    left, right = max(left, -sx), min(right, W - 1 - sx)
    n = (bottom - top + 1) * (right - left + 1)
    total = np.float32(0)
    for dy in range(top, bottom + 1):
        for dx in range(left, right + 1):
            for c in range(channels):
                d = copy[y + dy, x + dx, c] - source[sy + dy, sx + dx, c]
                total += d * d
    return total / (n * channels) * (2 - n / whole)


@njit(cache=True)
def sweep(copy, source, field, near, tries, backward, seed):  # type: ignore[no-untyped-def]
    """One pass over the pixels `near` seams, in place: each takes the best of its, its neighbours' and random places.

    `copy` (h, w, c) and `source` (H, W, c) in one unit; `tries` random places up to 1, 2, 4 … pixels away.
    """
    np.random.seed(seed)
    h, w = field.shape[:2]
    H, W, channels = source.shape
    for k in range(h * w):
        at = h * w - 1 - k if backward else k
        y, x = at // w, at % w
        if not near[y, x]:
            continue
        old_x, old_y = field[y, x, 0], field[y, x, 1]
        bx, by = old_x, old_y
        best = misfit(copy, source, x, y, bx, by) + BREAK * breaks(field, x, y, bx, by)
        for candidate in range(8 + tries):
            if candidate < 8:
                far = 1 if candidate < 4 else RADIUS
                side = candidate & 3
                u = x + (far if side == 0 else -far if side == 1 else 0)
                v = y + (far if side == 2 else -far if side == 3 else 0)
                if u < 0 or v < 0 or u >= w or v >= h:
                    continue
                cx, cy = field[v, u, 0] + x - u, field[v, u, 1] + y - v
            else:
                reach = 1 << (candidate - 8)
                cx, cy = bx + np.random.randint(-reach, reach + 1), by + np.random.randint(-reach, reach + 1)
            if cx < 0 or cy < 0 or cx >= W or cy >= H or (cx == bx and cy == by):
                continue
            found = BREAK * breaks(field, x, y, cx, cy)
            if found < best:
                found += misfit(copy, source, x, y, cx, cy)
                if found < best:
                    bx, by, best = cx, cy, found
        if bx != old_x or by != old_y:
            field[y, x, 0], field[y, x, 1] = bx, by
            for c in range(channels):
                copy[y, x, c] = source[by, bx, c]
