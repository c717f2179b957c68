"""One sweep of PatchMatch over a band of rows (Barnes et al., SIGGRAPH 2009): ask the neighbours, then try at random.

A band never reads what another band finds in the same sweep, so the result does not depend on how many threads work.
What is added: a random candidate is dropped on its middle row; a source used often costs more (the uniformity of
EbSynth, Jamriška et al., SIGGRAPH 2019), counted in bins of 4 × 4; pixels whose surroundings stand still are left out.
Twin: `reference.sweep`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

from numba import njit
from numpy import int64

from secondunit.kernels.patch.distance import middle, rest, whole

BIN = 2  # source bins have a side of 2 ** BIN pixels
FINE = 8  # a use of a bin costs `toll` / 2 ** FINE


@njit(cache=True, nogil=True)
def measure(shape, features, row, source, source_row, field, active, cost, first, last):
    """Write the distance of each active pixel's patch to the one its field names into `cost` (h, w).

    `features` and `source` are flat bytes, `row` and `source_row` bytes long a line; the first has a rim of a patch's
    radius, so that the patch of pixel x, y begins there. Only lines `first` to `last` − 1.
    """
    n, r = shape.channels, shape.radius
    for y in range(first, last):
        for x in range(field.shape[1]):
            if active[y, x] and field[y, x, 0] >= 0:
                at = (int64(field[y, x, 1]) - r) * source_row + (int64(field[y, x, 0]) - r) * n
                cost[y, x] = whole(shape, features, y * row + x * n, row, 0, source, at, source_row, 0)


@njit(cache=True, nogil=True)
def sweep(
    shape, features, row, source, source_row, usable, limited,
    field, cost, active, moved, crowd, toll, radii, border, first, last, backward, seed,
):  # fmt: skip
    """Better `field` (h, w, 2) x, y and `cost` (h, w) in lines `first` to `last` − 1, and mark what `moved`.

    `usable` (H, W) marks the centres of source patches where `limited`. `crowd` (bins) counts the uses of each bin and
    is this band's own. `border` (w, 2) is the field of the line before the band (after it, if `backward`).
    """
    n, r = shape.channels, shape.radius
    h, w = cost.shape
    source_h, source_w = usable.shape
    bins = (source_w >> BIN) + 1
    step = -1 if backward else 1
    state = int64(seed) | 1
    for line in range(last - first):
        y = last - 1 - line if backward else first + line
        for column in range(w):
            x = w - 1 - column if backward else column
            if active[y, x] == 0:
                continue
            old_x, old_y = int64(field[y, x, 0]), int64(field[y, x, 1])
            bx, by, best = old_x, old_y, int64(cost[y, x])
            best += (toll * crowd[(by >> BIN) * bins + (bx >> BIN)]) >> FINE
            at = y * row + x * n
            for neighbour in range(2):
                if neighbour == 0:
                    if x - step < 0 or x - step >= w:
                        continue
                    cx, cy = int64(field[y, x - step, 0]) + step, int64(field[y, x - step, 1])
                else:
                    if y - step < 0 or y - step >= h:
                        continue
                    if line == 0:
                        cx, cy = int64(border[x, 0]), int64(border[x, 1]) + step
                    else:
                        cx, cy = int64(field[y - step, x, 0]), int64(field[y - step, x, 1]) + step
                if (cx == bx and cy == by) or cx < r or cx >= source_w - r or cy < r or cy >= source_h - r:
                    continue
                if limited and not usable[cy, cx]:
                    continue
                there = (cy - r) * source_row + (cx - r) * n
                found = int64(whole(shape, features, at, row, 0, source, there, source_row, 0))
                found += (toll * crowd[(cy >> BIN) * bins + (cx >> BIN)]) >> FINE
                if found < best:
                    bx, by, best = cx, cy, found
            mid_x, mid_y = bx, by
            for k in range(radii.size):
                state = (state ^ (state << 13)) & 0xFFFFFFFF
                state ^= state >> 17
                state = (state ^ (state << 5)) & 0xFFFFFFFF
                left, top = max(mid_x - radii[k], r), max(mid_y - radii[k], r)
                wide = min(mid_x + radii[k], source_w - 1 - r) - left + 1
                tall = min(mid_y + radii[k], source_h - 1 - r) - top + 1
                cx, cy = left + (((state & 0xFFFF) * wide) >> 16), top + (((state >> 16) * tall) >> 16)
                if (cx == bx and cy == by) or (limited and not usable[cy, cx]):
                    continue
                there = (cy - r) * source_row + (cx - r) * n
                found = (toll * crowd[(cy >> BIN) * bins + (cx >> BIN)]) >> FINE
                found += int64(middle(shape, features, at, row, 0, source, there, source_row, 0))
                if found < best:
                    found += int64(rest(shape, features, at, row, 0, source, there, source_row, 0))
                    if found < best:
                        bx, by, best = cx, cy, found
            if bx != old_x or by != old_y:
                here = (by >> BIN) * bins + (bx >> BIN)
                cost[y, x] = best - ((toll * crowd[here]) >> FINE)
                crowd[(old_y >> BIN) * bins + (old_x >> BIN)] -= 1
                crowd[here] += 1
                field[y, x, 0], field[y, x, 1] = bx, by
                moved[y, x] = 1


@njit(cache=True, nogil=True)
def count_crowd(field, bins, crowd):
    """Count how many patches of `field` (h, w, 2) come from each bin; `bins` is the number of bins in a line."""
    crowd[:] = 0
    for y in range(field.shape[0]):
        for x in range(field.shape[1]):
            if field[y, x, 0] >= 0:
                crowd[(field[y, x, 1] >> BIN) * bins + (field[y, x, 0] >> BIN)] += 1
