"""Search and vote on pictures in a row, (n, h, w): a still is a row of one. Patches are whole; rims hold no centre.

Like `search`, for fields of frame, row and column, and with a gain for each source patch instead of a crowd: a source
that nothing in the result looks like yet is cheaper (the completeness of GPNN, Granot et al., CVPR 2022).
Twin: `reference.nearest_volume`, which tries all.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

from numba import njit
from numpy import float64, int64, zeros

from secondunit.kernels.patch.distance import middle, rest, whole


@njit(cache=True, nogil=True, inline="always")
def inside(t, y, x, size, reach, r):
    """Whether t, y, x is the centre of a whole patch of a row of pictures of the `size` n, h, w."""
    return (
        reach <= t < size[0] - reach and r <= y < size[1] - r and r <= x < size[2] - r
    )  # fmt: skip


@njit(cache=True, nogil=True)
def measure_volume(shape, a, a_size, b, b_size, field, cost, first, last):
    """Write the distance of each patch of `a` to the one of `b` its field (n, h, w, 3) names into `cost` (n, h, w).

    `a` and `b` are flat bytes of rows of pictures of the sizes n, h, w. Lines `first` to `last` − 1 of the n · h lines.
    """
    c, r, f = shape.channels, shape.radius, shape.reach
    a_row, b_row = a_size[2] * c, b_size[2] * c
    a_frame, b_frame = a_size[1] * a_row, b_size[1] * b_row
    for line in range(first, last):
        t, y = line // a_size[1], line % a_size[1]
        for x in range(a_size[2]):
            if field[t, y, x, 0] >= 0:
                at = (t - f) * a_frame + (y - r) * a_row + (x - r) * c
                ft, fy, fx = int64(field[t, y, x, 0]), int64(field[t, y, x, 1]), int64(field[t, y, x, 2])
                there = (ft - f) * b_frame + (fy - r) * b_row + (fx - r) * c
                cost[t, y, x] = whole(shape, a, at, a_row, a_frame, b, there, b_row, b_frame)


@njit(cache=True, nogil=True)
def sweep_volume(
    shape, a, a_size, b, b_size, usable, gain, field, before, cost, radii, quiet, first, last, backward, seed,
):  # fmt: skip
    """Better `field` (n, h, w, 3) and `cost` (n, h, w) in lines `first` to `last` − 1 of the n · h lines of `a`.

    `usable` (N, H, W) marks the centres in `b`, `gain` (N, H, W) multiplies the distance to each, `before` is the field
    as it was when the sweep began: what other bands know. Patches that score less than `quiet` try nothing at random.
    """
    c, r, f = shape.channels, shape.radius, shape.reach
    a_row, b_row = a_size[2] * c, b_size[2] * c
    a_frame, b_frame = a_size[1] * a_row, b_size[1] * b_row
    step = -1 if backward else 1
    state = int64(seed) | 1
    for count in range(last - first):
        line = last - 1 - count if backward else first + count
        t, y = line // a_size[1], line % a_size[1]
        for column in range(a_size[2]):
            x = a_size[2] - 1 - column if backward else column
            if field[t, y, x, 0] < 0:
                continue
            bt, by, bx = int64(field[t, y, x, 0]), int64(field[t, y, x, 1]), int64(field[t, y, x, 2])
            old_t, old_y, old_x = bt, by, bx
            best = int64(cost[t, y, x]) * gain[bt, by, bx]
            at = (t - f) * a_frame + (y - r) * a_row + (x - r) * c
            for neighbour in range(6):
                side = -step if neighbour < 3 else step
                dt = side if neighbour % 3 == 2 else 0
                dy = side if neighbour % 3 == 1 else 0
                dx = side if neighbour % 3 == 0 else 0
                if not inside(t + dt, y + dy, x + dx, a_size, f, r):
                    continue
                if first <= line + dt * a_size[1] + dy < last:
                    told = field[t + dt, y + dy, x + dx]
                else:
                    told = before[t + dt, y + dy, x + dx]
                if told[0] < 0:
                    continue
                ct, cy, cx = int64(told[0]) - dt, int64(told[1]) - dy, int64(told[2]) - dx
                if (ct == bt and cy == by and cx == bx) or not inside(ct, cy, cx, b_size, f, r):
                    continue
                if not usable[ct, cy, cx]:
                    continue
                there = (ct - f) * b_frame + (cy - r) * b_row + (cx - r) * c
                found = int64(whole(shape, a, at, a_row, a_frame, b, there, b_row, b_frame)) * gain[ct, cy, cx]
                if found < best:
                    bt, by, bx, best = ct, cy, cx, found
            mid_t, mid_y, mid_x = bt, by, bx
            for k in range(radii.size if best >= quiet else 0):
                state = (state ^ (state << 13)) & 0xFFFFFFFF
                state ^= state >> 17
                state = (state ^ (state << 5)) & 0xFFFFFFFF
                top, low = max(mid_y - radii[k], r), min(mid_y + radii[k], b_size[1] - 1 - r)
                left, right = max(mid_x - radii[k], r), min(mid_x + radii[k], b_size[2] - 1 - r)
                cx = left + (((state & 0xFFFF) * (right - left + 1)) >> 16)
                cy = top + (((state >> 16) * (low - top + 1)) >> 16)
                early, late = max(mid_t - radii[k], f), min(mid_t + radii[k], b_size[0] - 1 - f)
                ct = early + (((state * 0x9E3779B1 >> 8) & 0xFFFF) * (late - early + 1) >> 16)
                if (ct == bt and cy == by and cx == bx) or not usable[ct, cy, cx]:
                    continue
                there = (ct - f) * b_frame + (cy - r) * b_row + (cx - r) * c
                told_gain = gain[ct, cy, cx]
                part = int64(middle(shape, a, at, a_row, a_frame, b, there, b_row, b_frame))
                if part * told_gain < best:
                    part += int64(rest(shape, a, at, a_row, a_frame, b, there, b_row, b_frame))
                    if part * told_gain < best:
                        bt, by, bx, best = ct, cy, cx, part * told_gain
            if bt != old_t or by != old_y or bx != old_x:
                field[t, y, x, 0], field[t, y, x, 1], field[t, y, x, 2] = bt, by, bx
                there = (bt - f) * b_frame + (by - r) * b_row + (bx - r) * c
                cost[t, y, x] = whole(shape, a, at, a_row, a_frame, b, there, b_row, b_frame)


@njit(cache=True, nogil=True)
def vote_volume(source, field, radius, reach, exact, out, first, last):
    """Lines `first` to `last` − 1 of `out` (n, h, w, c): the plain mean of what the patches of `field` say.

    `source` (N, H, W, c) are bytes, rounded to the nearest, or with `exact` floats.
    """
    n, h, w, _ = field.shape
    channels = source.shape[3]
    total = zeros(channels, float64)
    for line in range(first, last):
        t, y = line // h, line % h
        for x in range(w):
            total[:] = 0
            count = 0
            for k in range(max(0, t - reach), min(n, t + reach + 1)):
                for j in range(max(0, y - radius), min(h, y + radius + 1)):
                    for i in range(max(0, x - radius), min(w, x + radius + 1)):
                        if field[k, j, i, 0] < 0:
                            continue
                        count += 1
                        st, sy, sx = (
                            field[k, j, i, 0] + t - k,
                            field[k, j, i, 1] + y - j,
                            field[k, j, i, 2] + x - i,
                        )
                        for c in range(channels):
                            total[c] += source[st, sy, sx, c]
            for c in range(channels):
                value = total[c] / max(count, 1)
                out[t, y, x, c] = value if exact else value + 0.5
