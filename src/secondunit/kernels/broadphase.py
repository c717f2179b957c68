"""Which bodies may touch within one step: boxes swept along one axis (sort and sweep, Baraff 1992)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

# What a body is to the broad phase: nothing pairs up two IDLE ones.
IDLE, AWAKE, WOKEN, FRESH = 0, 1, 2, 3


@njit(cache=True)
def update_boxes(hulls, who, pos, rot, lo, hi):  # type: ignore[no-untyped-def]
    """Write the axis-aligned box of each body in `who` to `lo`, `hi` (n, 3), metres; `rot` (n, 9) row-major."""
    for w in range(len(who)):
        i = who[w]
        for k in range(3):
            r0, r1, r2 = rot[i, 3 * k], rot[i, 3 * k + 1], rot[i, 3 * k + 2]
            low = 1e30
            high = -1e30
            for p in range(hulls.point_start[i], hulls.point_start[i + 1]):
                v = r0 * hulls.x[p] + r1 * hulls.y[p] + r2 * hulls.z[p]
                low = min(low, v)
                high = max(high, v)
            lo[i, k] = pos[i, k] + low
            hi[i, k] = pos[i, k] + high


@njit(cache=True)
def _apart(lo, hi, vel, pad, i, j, dt):  # type: ignore[no-untyped-def]
    """Whether boxes i and j cannot meet within `dt`: on some axis the gap is wider than they close."""
    near = pad[i] + pad[j]
    for a in range(3):
        closing = (vel[i, a] - vel[j, a]) * dt
        if lo[j, a] - hi[i, a] > max(closing, 0.0) + near or lo[i, a] - hi[j, a] > max(-closing, 0.0) + near:
            return True
    return False


@njit(cache=True)
def _sweep(order, axis, lo, hi, vel, pad, mode, dt, second, out):  # type: ignore[no-untyped-def]
    """Pairs into `out` (p, 2); returns how many there are, even when `out` is too short for them."""
    m = len(order)
    low, high = np.empty((2, m)), np.empty((2, m))  # the second axis is laid out too: most pairs end there
    kind = np.empty(m, np.uint8)
    for s in range(m):
        i = order[s]
        kind[s] = mode[i]
        for k in range(2):
            e = axis if k == 0 else 1 - axis
            v = vel[i, e] * dt
            low[k, s] = lo[i, e] + min(v, 0.0) - pad[i]
            high[k, s] = hi[i, e] + max(v, 0.0) + pad[i]
    n = 0
    for s in range(m):
        i = order[s]
        ki = kind[s]
        for u in range(s + 1, m):
            if low[0, u] > high[0, s]:
                break
            if low[1, u] > high[1, s] or low[1, s] > high[1, u]:
                continue
            kj = kind[u]
            if second:
                # the first pass has found every pair with an AWAKE body that was there already
                if ki < WOKEN and kj < WOKEN:
                    continue
                if ki != FRESH and kj != FRESH and (ki == AWAKE or kj == AWAKE):
                    continue
            elif ki != AWAKE and kj != AWAKE:
                continue
            j = order[u]
            if _apart(lo, hi, vel, pad, i, j, dt):
                continue
            if n < len(out):
                out[n, 0] = min(i, j)
                out[n, 1] = max(i, j)
            n += 1
    return n


def find_pairs(
    bodies: I32, lo: F64, hi: F64, vel: F64, pad: F64, mode: U8, dt: float, *, second: bool = False
) -> I64:
    """Sorted keys first · n + second of every pair of `bodies` whose boxes may meet within `dt` seconds.

    `lo`, `hi` (n, 3) boxes now; `vel` (n, 3) m/s; `pad` (n,) margin in metres; `mode` (n,) IDLE to FRESH.
    The first pass gives pairs with at least one AWAKE body; the second adds those of bodies that were WOKEN or
    are FRESH since. The order does not depend on threads.
    """
    n = len(lo)
    if len(bodies) < 2:
        return np.empty(0, np.int64)
    # swept along the widest horizontal axis, then the other
    axis = 0 if (hi[bodies, 0] + lo[bodies, 0]).std() > (hi[bodies, 1] + lo[bodies, 1]).std() else 1
    v = vel[bodies, axis] * dt
    order = bodies[np.argsort(lo[bodies, axis] + np.minimum(v, 0.0) - pad[bodies], kind="stable")]
    out = np.empty((16 * len(bodies) + 1024, 2), np.int32)
    count = _sweep(order, axis, lo, hi, vel, pad, mode, dt, second, out)
    if count > len(out):
        out = np.empty((count, 2), np.int32)
        _sweep(order, axis, lo, hi, vel, pad, mode, dt, second, out)
    keys: I64 = out[:count, 0].astype(np.int64) * n + out[:count, 1]
    keys.sort()
    return keys
