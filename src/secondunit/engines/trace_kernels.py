"""The loops behind `trace.rebuild` and `trace_map`: sums over all pixels of a frame.

One thread each: frames are made side by side, and these loops take a fraction of a frame's time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Two weights nearer than this are equal: sums of the same shares in another order differ by less.
TIE = 1e-9


@njit(cache=True)
def count_voters(field, radius):  # type: ignore[no-untyped-def]
    """How many patches of a field (h, w, 3) cover each pixel, int32 (h, w); centres with index −1 do not."""
    h, w = field.shape[:2]
    out = np.zeros((h, w), np.int32)
    for y in range(h):
        for x in range(w):
            n = 0
            for j in range(max(0, y - radius), min(h, y + radius + 1)):
                for i in range(max(0, x - radius), min(w, x + radius + 1)):
                    if field[j, i, 0] >= 0:
                        n += 1
            out[y, x] = n
    return out


@njit(cache=True)
def add_votes(out, field, radius, voters, share, index, picture):  # type: ignore[no-untyped-def]
    """Add to `out` (h, w, c) float64 what source `index` says in a vote; returns how many votes lie outside it."""
    h, w = field.shape[:2]
    H, W, n_channels = picture.shape
    outside = 0
    for y in range(h):
        for x in range(w):
            if share[y, x] == 0 or voters[y, x] == 0:
                continue
            weight = np.float64(share[y, x]) / voters[y, x]
            for j in range(max(0, y - radius), min(h, y + radius + 1)):
                for i in range(max(0, x - radius), min(w, x + radius + 1)):
                    if field[j, i, 0] != index:
                        continue
                    sx = field[j, i, 1] + x - i
                    sy = field[j, i, 2] + y - j
                    if sx < 0 or sy < 0 or sx >= W or sy >= H:
                        outside += 1
                        continue
                    for c in range(n_channels):
                        out[y, x, c] += weight * picture[sy, sx, c]
    return outside


@njit(cache=True)
def add_copies(out, source, px, py, share, index, picture):  # type: ignore[no-untyped-def]
    """The same for a copy: bilinear taps at px, py (h, w)."""
    h, w = source.shape
    H, W, n_channels = picture.shape
    outside = 0
    for y in range(h):
        for x in range(w):
            if share[y, x] == 0 or source[y, x] != index:
                continue
            x0, y0 = int(np.floor(px[y, x])), int(np.floor(py[y, x]))
            fx, fy = np.float64(px[y, x]) - x0, np.float64(py[y, x]) - y0
            for tap in range(4):
                dx, dy = tap & 1, tap >> 1
                weight = (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
                if weight <= 0:
                    continue
                sx, sy = x0 + dx, y0 + dy
                if sx < 0 or sy < 0 or sx >= W or sy >= H:
                    outside += 1
                    continue
                for c in range(n_channels):
                    out[y, x, c] += weight * share[y, x] * picture[sy, sx, c]
    return outside


@njit(cache=True)
def _note(found, weights, n, source, x, y, model, weight):  # type: ignore[no-untyped-def]
    """Add a contributor to the n found so far, equal ones as one; returns the new count."""
    for k in range(n):
        if found[k, 1] == x and found[k, 2] == y and found[k, 0] == source and found[k, 3] == model:
            weights[k] += weight
            return n
    found[n, 0], found[n, 1], found[n, 2], found[n, 3] = source, x, y, model
    weights[n] = weight
    return n + 1


@njit(cache=True)
def _note_votes(found, weights, n, field, first, radius, share, y, x):  # type: ignore[no-untyped-def]
    h, w = field.shape[:2]
    voters = 0
    for j in range(max(0, y - radius), min(h, y + radius + 1)):
        for i in range(max(0, x - radius), min(w, x + radius + 1)):
            voters += field[j, i, 0] >= 0
    for j in range(max(0, y - radius), min(h, y + radius + 1)):
        for i in range(max(0, x - radius), min(w, x + radius + 1)):
            if field[j, i, 0] >= 0:
                sx, sy = field[j, i, 1] + x - i, field[j, i, 2] + y - j
                n = _note(found, weights, n, first[field[j, i, 0]], sx, sy, -1, share / voters)
    return n


@njit(cache=True)
def _note_copy(found, weights, n, source, px, py, share):  # type: ignore[no-untyped-def]
    x0, y0 = int(np.floor(px)), int(np.floor(py))
    fx, fy = np.float64(px) - x0, np.float64(py) - y0
    for tap in range(4):
        dx, dy = tap & 1, tap >> 1
        weight = (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
        if weight > 0:
            n = _note(found, weights, n, source, x0 + dx, y0 + dy, -1, weight * share)
    return n


@njit(cache=True)
def _before(a, b, rank):  # type: ignore[no-untyped-def]
    """Whether contributor a comes before b of the same weight: by source, x, y, model."""
    if rank[a[0]] != rank[b[0]]:
        return rank[a[0]] < rank[b[0]]
    for k in range(1, 4):
        if a[k] != b[k]:
            return a[k] < b[k]
    return False


@njit(cache=True)
def map_contributors(  # type: ignore[no-untyped-def]
    made, fields, radii, vote_share, source, px, py, copy_share, learned, model, model_share, first, rank, room
):
    """Heaviest contributor of every made pixel and the sum of weights of every source.

    fields (p, h, w, 3), radii (p,), vote_share (p, h, w); source, px, py, copy_share (q, h, w); learned (m, k)
    source indices padded with −1, model (m,) numbers in the order of their hashes, model_share (m, h, w);
    first (n,) the index under which a source is named first, rank (n,) the order of sources where weights are
    equal; `room` the most contributors a pixel can have.
    Returns (h, w, 5) float32 source, x, y, weight, count (−1, −1, −1, 0, 0 where none) and (h, n) float64.
    """
    h, w = made.shape
    out = np.zeros((h, w, 5), np.float32)
    sums = np.zeros((h, len(rank)), np.float64)
    for y in range(h):
        found, weights = np.zeros((room, 4), np.int64), np.zeros(room, np.float64)
        for x in range(w):
            n = 0
            out[y, x, 0] = out[y, x, 1] = out[y, x, 2] = -1
            if not made[y, x]:
                continue
            for p in range(len(fields)):
                if vote_share[p, y, x] != 0:
                    n = _note_votes(found, weights, n, fields[p], first, radii[p], vote_share[p, y, x], y, x)
            for q in range(len(source)):
                if copy_share[q, y, x] != 0 and source[q, y, x] >= 0:
                    n = _note_copy(
                        found, weights, n, first[source[q, y, x]], px[q, y, x], py[q, y, x], copy_share[q, y, x]
                    )
            for m in range(len(learned)):
                if model_share[m, y, x] != 0:
                    count = (learned[m] >= 0).sum()
                    for k in range(count):
                        n = _note(
                            found,
                            weights,
                            n,
                            first[learned[m, k]],
                            -1,
                            -1,
                            model[m],
                            model_share[m, y, x] / count,
                        )
            best = 0
            for k in range(n):
                sums[y, found[k, 0]] += abs(weights[k])
                nearly = abs(weights[k] - weights[best]) <= TIE
                if weights[k] > weights[best] + TIE or (nearly and _before(found[k], found[best], rank)):
                    best = k
            if n:
                out[y, x, 0], out[y, x, 1], out[y, x, 2] = found[best, 0], found[best, 1], found[best, 2]
                out[y, x, 3], out[y, x, 4] = weights[best], n
    return out, sums
