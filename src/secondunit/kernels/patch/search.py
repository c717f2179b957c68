"""One sweep of PatchMatch over a band of rows (Barnes et al., SIGGRAPH 2009): ask the neighbours, then try at random.

A band never reads what another band finds in the same sweep, so the result does not depend on how many threads work.
What is added: all four neighbours are asked (within a piece that moves as one they say the same, which costs nothing);
patches that fit better than most try nothing at random; a random candidate is dropped on its middle row; a source used
more than its even share costs more (the uniformity of EbSynth, Jamriška et al., SIGGRAPH 2019, but a plain copy is
free), counted in bins of 4 × 4; pixels whose surroundings stand still are left out. Twin: `reference.sweep`.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

from numba import njit
from numpy import empty, int64

from secondunit.kernels.patch.distance import fetch, middle, rest, whole

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
    field, cost, active, moved, crowd, toll, radii, quiet, above, below, first, last, backward, seed,
):  # fmt: skip
    """Better `field` (h, w, 2) x, y and `cost` (h, w) in lines `first` to `last` − 1, and mark what `moved`.

    `usable` (H, W) marks the centres of source patches where `limited`. `crowd` (bins) counts the uses of each bin
    beyond its even share and is this band's own. Who costs less than `quiet` tries nothing at random. `above` and
    `below` (w, 2) are the field of the lines before and after the band, as they were.
    """
    n, r = shape.channels, shape.radius
    h, w = cost.shape
    source_h, source_w = usable.shape
    bins = (source_w >> BIN) + 1
    step = -1 if backward else 1
    state = int64(seed) | 1
    places = empty((radii.size, 2), int64)
    for line in range(last - first):
        y = last - 1 - line if backward else first + line
        for column in range(w):
            x = w - 1 - column if backward else column
            if active[y, x] == 0:
                continue
            old_x, old_y = int64(field[y, x, 0]), int64(field[y, x, 1])
            bx, by, best = old_x, old_y, cost[y, x] + price(crowd, bins, toll, old_x, old_y)
            at = y * row + x * n
            alone = first < y < last - 1 and 0 < x < w - 1 and moving_as_one(field, x, y) == 0
            for neighbour in range(0 if alone else 4):
                side = -step if neighbour < 2 else step
                dx = side if neighbour % 2 == 0 else 0
                dy = side - dx
                if x + dx < 0 or x + dx >= w or y + dy < 0 or y + dy >= h:
                    continue
                if y + dy < first:
                    cx, cy = int64(above[x, 0]), int64(above[x, 1]) - dy
                elif y + dy >= last:
                    cx, cy = int64(below[x, 0]), int64(below[x, 1]) - dy
                else:
                    cx, cy = int64(field[y + dy, x + dx, 0]) - dx, int64(field[y + dy, x + dx, 1]) - dy
                if (cx == bx and cy == by) or cx < r or cx >= source_w - r or cy < r or cy >= source_h - r:
                    continue
                if limited and not usable[cy, cx]:
                    continue
                there = (cy - r) * source_row + (cx - r) * n
                found = price(crowd, bins, toll, cx, cy)
                found += whole(shape, features, at, row, 0, source, there, source_row, 0)
                if found < best:
                    bx, by, best = cx, cy, found
            mid_x, mid_y = bx, by
            tries = radii.size if best >= quiet else 0
            for k in range(tries):
                state = drawn(state)
                left, top = max(mid_x - radii[k], r), max(mid_y - radii[k], r)
                wide = min(mid_x + radii[k], source_w - 1 - r) - left + 1
                tall = min(mid_y + radii[k], source_h - 1 - r) - top + 1
                cx, cy = left + (((state & 0xFFFF) * wide) >> 16), top + (((state >> 16) * tall) >> 16)
                places[k, 0], places[k, 1] = cx, cy
                fetch(source, cy * source_row + (cx - r) * n)
            for k in range(tries):
                cx, cy = places[k, 0], places[k, 1]
                if (cx == bx and cy == by) or (limited and not usable[cy, cx]):
                    continue
                there = (cy - r) * source_row + (cx - r) * n
                found = int64(middle(shape, features, at, row, 0, source, there, source_row, 0))
                if found >= best:
                    continue
                found += price(crowd, bins, toll, cx, cy)
                if found < best:
                    found += rest(shape, features, at, row, 0, source, there, source_row, 0)
                    if found < best:
                        bx, by, best = cx, cy, found
            if bx != old_x or by != old_y:
                settle(field, cost, moved, crowd, bins, toll, x, y, bx, by, best)


@njit(cache=True, nogil=True, inline="always")
def settle(field, cost, moved, crowd, bins, toll, x, y, bx, by, best):
    """The patch at x, y leaves its place for bx, by, which costs `best` with its toll."""
    old_x, old_y = field[y, x, 0], field[y, x, 1]
    cost[y, x] = best - price(crowd, bins, toll, bx, by)
    crowd[(old_y >> BIN) * bins + (old_x >> BIN)] -= 1
    crowd[(by >> BIN) * bins + (bx >> BIN)] += 1
    field[y, x, 0], field[y, x, 1] = bx, by
    moved[y, x] = 1


@njit(cache=True, nogil=True, inline="always")
def moving_as_one(field, x, y):
    """0 where the four neighbours' patches lie in the source as they do here, and have nothing new to say."""
    sx, sy = field[y, x, 0], field[y, x, 1]
    off = (field[y, x - 1, 0] + 1 - sx) | (field[y, x - 1, 1] - sy)
    off |= (field[y, x + 1, 0] - 1 - sx) | (field[y, x + 1, 1] - sy)
    off |= (field[y - 1, x, 0] - sx) | (field[y - 1, x, 1] + 1 - sy)
    return off | (field[y + 1, x, 0] - sx) | (field[y + 1, x, 1] - 1 - sy)


@njit(cache=True, nogil=True, inline="always")
def price(crowd, bins, toll, x, y):
    """What the uses of the bin of source pixel x, y cost, beyond its even share."""
    return (toll * max(int64(0), int64(crowd[(y >> BIN) * bins + (x >> BIN)]))) >> FINE


@njit(cache=True, nogil=True, inline="always")
def drawn(state):
    """The next of a row of 32 random bits (xorshift, Marsaglia 2003), in 64: Numba would widen a uint32."""
    state = (state ^ (state << 13)) & 0xFFFFFFFF
    state ^= state >> 17
    return (state ^ (state << 5)) & 0xFFFFFFFF


@njit(cache=True, nogil=True)
def count_crowd(field, bins, even, crowd):
    """How many patches of `field` (h, w, 2) come from each bin beyond `even`; a line of the source has `bins`."""
    crowd[:] = -even
    for y in range(field.shape[0]):
        for x in range(field.shape[1]):
            if field[y, x, 0] >= 0:
                crowd[(field[y, x, 1] >> BIN) * bins + (field[y, x, 0] >> BIN)] += 1
