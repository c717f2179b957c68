"""Between the steps: impulses carried over, hits foreseen, bodies that came to rest or lost support."""

from __future__ import annotations

import numpy as np
from numba import njit

from secondunit.kernels.solver_rows import IMPULSE, ROW1, ROW2, SPIN, T1, T2

SAME_POINT = 0.05  # metres: a contact point this near to one of the last step takes over its impulse
SLOW = 0.35  # m/s (with spin at the rim): touching bodies below this are braked, as crumbs between them would
BRAKE = 2.5  # 1/s
REST = 0.12  # m/s: below this for REST_TIME, among calm neighbours, a body is put to rest
CALM = 0.35  # m/s
REST_TIME = 0.4  # s
WEDGED = 0.015  # metres of overlap that are first given WEDGED_TIME to be pushed out
WEDGED_TIME = 3.0  # s
WAKE = 0.25  # m/s a hit would give the resting body


@njit(cache=True)
def carry_over(  # type: ignore[no-untyped-def]
    source, old_count, old_ra, old_warm, old_drag, old_spin, count, ra, warm, drag, spin
):
    """Impulses of the last step to the points of this one: the nearest point of the same pair within SAME_POINT.

    `source` (p,) is the pair's row in the old arrays or −1; the arrays are those of `solver_rows.prepare_rows`.
    """
    for p in range(len(source)):
        s = source[p]
        for q in range(4):
            warm[p, q] = 0.0
        if s < 0 or count[p] == 0 or old_count[s] == 0:
            drag[p, 0] = drag[p, 1] = drag[p, 2] = spin[p] = 0.0
            continue
        for k in range(3):
            drag[p, k] = old_drag[s, k]
        spin[p] = old_spin[s]
        taken = 0
        for q in range(count[p]):
            near = np.float32(SAME_POINT * SAME_POINT)
            best = -1
            for o in range(old_count[s]):
                if taken & (1 << o):
                    continue
                d = np.float32(0.0)
                for k in range(3):
                    d += (ra[p, q, k] - old_ra[s, o, k]) ** 2
                if d < near:
                    near = d
                    best = o
            if best >= 0:
                warm[p, q] = old_warm[s, best]
                taken |= 1 << best


@njit(cache=True)
def store_impulses(active, count, rows, fric, warm, drag, spin):  # type: ignore[no-untyped-def]
    """Write what the solver left in its rows back to `warm` (p, 4), `drag` (p, 3) and `spin` (p,)."""
    for m in range(len(active)):
        p = active[m]
        for q in range(count[p]):
            warm[p, q] = rows[m, q, IMPULSE]
        j1, j2 = fric[m, ROW1 + IMPULSE], fric[m, ROW2 + IMPULSE]
        for k in range(3):
            drag[p, k] = j1 * fric[m, T1 + k] + j2 * fric[m, T2 + k]
        spin[p] = fric[m, SPIN]


@njit(cache=True)
def foresee(  # type: ignore[no-untyped-def]
    first, second, count, normal, ra, rb, sep, vel, spin, inv_mass, awake, asleep, limit, dt, breaks, wakes
):
    """Mark in `breaks` (n,) the bodies whose next hit exceeds `limit` (n,) m/s, in `wakes` (n,) those it wakes.

    The jump a hit would give is its approach speed, shared by the inverse masses; what does not move takes none.
    `awake`, `asleep` (n,) are flags.
    """
    for p in range(len(first)):
        if count[p] == 0:
            continue
        a, b = first[p], second[p]
        worst, near = 0.0, 1e30
        for q in range(count[p]):
            v = 0.0
            for k in range(3):
                k1, k2 = (k + 1) % 3, (k + 2) % 3
                va = vel[a, k] + spin[a, k1] * ra[p, q, k2] - spin[a, k2] * ra[p, q, k1]
                vb = vel[b, k] + spin[b, k1] * rb[p, q, k2] - spin[b, k2] * rb[p, q, k1]
                v += normal[p, k] * (va - vb)
            if sep[p, q] < v * dt and v > worst:
                worst = v
            near = min(near, sep[p, q])
        if worst <= 0.0:
            continue
        ma = inv_mass[a] if awake[a] else 0.0
        mb = inv_mass[b] if awake[b] else 0.0
        if ma + mb > 0.0:
            if worst * ma / (ma + mb) > limit[a]:
                breaks[a] = 1
            if worst * mb / (ma + mb) > limit[b]:
                breaks[b] = 1
        if asleep[a] and worst * inv_mass[a] / (inv_mass[a] + inv_mass[b]) > WAKE:
            wakes[a] = 1
        if asleep[b] and worst * inv_mass[b] / (inv_mass[a] + inv_mass[b]) > WAKE:
            wakes[b] = 1


@njit(cache=True)
def find_support(first, second, count, normal, sep, reach, held):  # type: ignore[no-untyped-def]
    """Mark in `held` (n,) each body that something under or beside it touches within `reach` metres."""
    for p in range(len(first)):
        for q in range(count[p]):
            if sep[p, q] < reach:
                if normal[p, 2] < -0.15:
                    held[first[p]] = 1
                elif normal[p, 2] > 0.15:
                    held[second[p]] = 1


@njit(cache=True)
def settle(active, first, second, push, sep, awake, loose, vel, spin, radius, still, dt, rests):  # type: ignore[no-untyped-def]
    """Brake slow touching bodies, mark in `rests` (n,) those to put to rest; `still` (n,) counts their seconds.

    `awake` (k,) bodies; `loose` (k,) those that have just come free, which are left alone. A body rests when it
    and everything that presses on it have been slow for REST_TIME; nothing that touches nothing is ever slowed,
    so nothing freezes in the air.
    """
    n = len(vel)
    speed = np.zeros(n)
    noise = np.zeros(n)
    touched = np.zeros(n, np.uint8)
    wedged = np.zeros(n, np.uint8)
    for k in range(len(awake)):
        i = awake[k]
        v = np.sqrt(vel[i, 0] ** 2 + vel[i, 1] ** 2 + vel[i, 2] ** 2)
        w = np.sqrt(spin[i, 0] ** 2 + spin[i, 1] ** 2 + spin[i, 2] ** 2)
        speed[i] = v + w * min(radius[i], 0.5)
    for m in range(len(active)):
        if push[m] > 0.0:
            a, b = first[active[m]], second[active[m]]
            touched[a] = touched[b] = 1
            noise[a] = max(noise[a], speed[b])
            noise[b] = max(noise[b], speed[a])
            if min(sep[active[m], 0], sep[active[m], 1], sep[active[m], 2], sep[active[m], 3]) < -WEDGED:
                wedged[a] = wedged[b] = 1
    for k in range(len(awake)):
        i = awake[k]
        if loose[k] or touched[i] == 0 or speed[i] > SLOW:
            still[i] = 0.0
            continue
        for c in range(3):
            vel[i, c] *= 1.0 - BRAKE * dt
            spin[i, c] *= 1.0 - BRAKE * dt
        if speed[i] < REST and noise[i] < CALM:
            still[i] += dt
            if still[i] > (WEDGED_TIME if wedged[i] else REST_TIME):
                rests[i] = 1
        else:
            still[i] = 0.0


@njit(cache=True)
def hit_points(active, first, second, count, ra, rb, push, pos, where, pressed):  # type: ignore[no-untyped-def]
    """Where each body was pressed hardest: world point `where` (n, 3); `pressed` (n,) all its impulses, N s."""
    most = np.zeros(len(pos))
    for m in range(len(active)):
        p = active[m]
        for side in range(2):
            i = first[p] if side == 0 else second[p]
            pressed[i] += push[m]
            if push[m] > most[i]:
                most[i] = push[m]
                for k in range(3):
                    mean = 0.0
                    for q in range(count[p]):
                        mean += ra[p, q, k] if side == 0 else rb[p, q, k]
                    where[i, k] = pos[i, k] + mean / count[p]
