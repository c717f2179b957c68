"""Pieces of a field moved as a whole, to where they meet their neighbours best: no seam can do that by itself."""

from __future__ import annotations

import numpy as np
from numba import njit

# A piece this small is left to the seams.
LEAST = 12
# A move has to lower what shows along the rim to this share.
WORTH = 0.9


@njit(cache=True)
def align_pieces(source, field, reach):  # type: ignore[no-untyped-def]
    """Move each piece of `field` (h, w, 2), in place, by up to `reach` pixels of `source` (H, W, c) either way.

    What it lowers is the sum along the piece's rim of how much the two sides differ, on either side's pixel.
    """
    h, w = field.shape[:2]
    H, W = source.shape[:2]
    seen = np.zeros((h, w), np.bool_)
    piece = np.empty((h * w, 2), np.int32)
    side = 2 * reach + 1
    for y0 in range(h):
        for x0 in range(w):
            if seen[y0, x0]:
                continue
            n = gather(field, seen, piece, x0, y0)
            if n < LEAST:
                continue
            shift_x, shift_y = field[y0, x0, 0] - x0, field[y0, x0, 1] - y0
            cost = np.zeros((side, side), np.float64)
            left, right = piece[:n, 0].min() + shift_x, piece[:n, 0].max() + shift_x
            top, bottom = piece[:n, 1].min() + shift_y, piece[:n, 1].max() + shift_y
            for k in range(n):
                x, y = piece[k, 0], piece[k, 1]
                for way in range(4):
                    u = x + (1 if way == 0 else -1 if way == 1 else 0)
                    v = y + (1 if way == 2 else -1 if way == 3 else 0)
                    if u < 0 or v < 0 or u >= w or v >= h:
                        continue
                    other_x, other_y = field[v, u, 0] - u, field[v, u, 1] - v
                    if other_x == shift_x and other_y == shift_y:
                        continue
                    rim(source, cost, x, y, u, v, shift_x, shift_y, other_x, other_y, reach)
            best_x, best_y, best = 0, 0, cost[reach, reach] * WORTH
            for dy in range(-reach, reach + 1):
                for dx in range(-reach, reach + 1):
                    inside = left + dx >= 0 and right + dx < W and top + dy >= 0 and bottom + dy < H
                    if inside and cost[dy + reach, dx + reach] < best:
                        best_x, best_y, best = dx, dy, cost[dy + reach, dx + reach]
            if best_x or best_y:
                for k in range(n):
                    field[piece[k, 1], piece[k, 0], 0] += best_x
                    field[piece[k, 1], piece[k, 0], 1] += best_y


@njit(cache=True)
def gather(field, seen, piece, x0, y0):  # type: ignore[no-untyped-def]
    """Write the pixels x, y of the piece around x0, y0 into `piece` and mark them `seen`; returns how many."""
    h, w = field.shape[:2]
    shift_x, shift_y = field[y0, x0, 0] - x0, field[y0, x0, 1] - y0
    piece[0, 0], piece[0, 1] = x0, y0
    seen[y0, x0] = True
    n, at = 1, 0
    while at < n:
        x, y = piece[at, 0], piece[at, 1]
        at += 1
        for way in range(4):
            u = x + (1 if way == 0 else -1 if way == 1 else 0)
            v = y + (1 if way == 2 else -1 if way == 3 else 0)
            if u < 0 or v < 0 or u >= w or v >= h or seen[v, u]:
                continue
            if field[v, u, 0] - u == shift_x and field[v, u, 1] - v == shift_y:
                seen[v, u] = True
                piece[n, 0], piece[n, 1] = u, v
                n += 1
    return n


@njit(cache=True)
def rim(source, cost, x, y, u, v, shift_x, shift_y, other_x, other_y, reach):  # type: ignore[no-untyped-def]
    """Add to `cost`, for each move of the piece that holds x, y, how its rim meets the other piece's pixel u, v."""
    H, W, channels = source.shape
    for place in range(2):
        px, py = (x, y) if place == 0 else (u, v)
        ox, oy = px + other_x, py + other_y
        if ox < 0 or oy < 0 or ox >= W or oy >= H:
            continue
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                sx, sy = px + shift_x + dx, py + shift_y + dy
                if sx < 0 or sy < 0 or sx >= W or sy >= H:
                    continue
                for c in range(channels):
                    d = source[sy, sx, c] - source[oy, ox, c]
                    cost[dy + reach, dx + reach] += d * d
