"""Velocities and positions over one step: many small sub-steps, soft contacts, Coulomb friction.

Method: the soft step of Catto's "Solver2D" (2024) carried to three dimensions: contacts are found once a step,
each sub-step solves them once as a damped spring (so overlap is pushed out at a bounded speed), moves the bodies
and relaxes once without the spring, which takes the spring's energy out again. Why small sub-steps and not more
iterations: Macklin et al., "Small Steps in Physics Simulation" (SCA 2019). Serial on purpose: the sweep's order
is part of the result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.kernels.solver_rows import (
    GAP,
    IMPULSE,
    LEVER,
    MASS,
    MU,
    ROW1,
    ROW2,
    SPIN,
    SPIN_A,
    SPIN_B,
    SPIN_MASS,
    STATIC,
    T1,
    T2,
)

CONTACT_HZ = 120.0
DAMPING_RATIO = 10.0
PUSH_OUT = 1.0  # m/s, the fastest an overlap is undone
SLOP = 0.003  # metres of overlap that are left alone, so that contacts persist
MAX_SPIN = 25.0  # rad/s
# m/s: what is squeezed between falling masses is ground up, not thrown into the air, and a heap does not swell.
MAX_RISE = 0.3


class Constraints(NamedTuple):
    """The m manifolds that are solved: `active` (m,) lists them among the p pairs of `kernels.contact`.

    `first`, `second`, `points` (p,) their number of points, `normal` (p, 3); `rows`
    (m, 4, ROW) and `fric` (m, FRICTION) as `solver_rows.prepare_rows` fills them.
    """

    active: npt.NDArray[np.int64]
    first: npt.NDArray[np.int32]
    second: npt.NDArray[np.int32]
    points: npt.NDArray[np.int32]
    normal: npt.NDArray[np.float32]
    rows: npt.NDArray[np.float32]
    fric: npt.NDArray[np.float32]


@njit(cache=True)
def softness(hz, ratio, h):  # type: ignore[no-untyped-def]
    """(bias rate 1/s, mass scale, impulse scale) of a contact spring of `hz` over a sub-step of `h` seconds."""
    omega = 2.0 * np.pi * hz
    a1 = 2.0 * ratio + h * omega
    a2 = h * omega * a1
    a3 = 1.0 / (1.0 + a2)
    return omega / a1, a2 * a3, a3


@njit(cache=True)
def _push(row, a, b, ma, mb, dx, dy, dz, impulse, vel, spin):  # type: ignore[no-untyped-def]
    """Give `impulse` (N s) along (dx, dy, dz) to B and its opposite to A."""
    vel[a, 0] -= ma * impulse * dx
    vel[a, 1] -= ma * impulse * dy
    vel[a, 2] -= ma * impulse * dz
    vel[b, 0] += mb * impulse * dx
    vel[b, 1] += mb * impulse * dy
    vel[b, 2] += mb * impulse * dz
    for k in range(3):
        spin[a, k] -= impulse * row[3 + k]
        spin[b, k] += impulse * row[9 + k]


@njit(cache=True)
def _speed(row, a, b, dx, dy, dz, vel, spin):  # type: ignore[no-untyped-def]
    """Relative speed of the contact points along (dx, dy, dz), m/s."""
    v = dx * (vel[b, 0] - vel[a, 0]) + dy * (vel[b, 1] - vel[a, 1]) + dz * (vel[b, 2] - vel[a, 2])
    for k in range(3):
        v += row[6 + k] * spin[b, k] - row[k] * spin[a, k]
    return v


@njit(cache=True)
def _warm_start(c, inv_mass, vel, spin):  # type: ignore[no-untyped-def]
    """Apply the impulses of the sub-step before."""
    for m in range(len(c.active)):
        p = c.active[m]
        a, b = c.first[p], c.second[p]
        ma, mb = inv_mass[a], inv_mass[b]
        for q in range(c.points[p]):
            row = c.rows[m, q]
            if row[IMPULSE] > 0:
                _push(row, a, b, ma, mb, c.normal[p, 0], c.normal[p, 1], c.normal[p, 2], row[IMPULSE], vel, spin)
        fr = c.fric[m]
        if fr[ROW1 + IMPULSE] != 0 or fr[ROW2 + IMPULSE] != 0 or fr[SPIN] != 0:
            _push(fr[ROW1:], a, b, ma, mb, fr[T1], fr[T1 + 1], fr[T1 + 2], fr[ROW1 + IMPULSE], vel, spin)
            _push(fr[ROW2:], a, b, ma, mb, fr[T2], fr[T2 + 1], fr[T2 + 2], fr[ROW2 + IMPULSE], vel, spin)
            for k in range(3):
                spin[a, k] -= fr[SPIN] * fr[SPIN_A + k]
                spin[b, k] += fr[SPIN] * fr[SPIN_B + k]


@njit(cache=True)
def _rub(fr, a, b, ma, mb, nx, ny, nz, load, vel, spin):  # type: ignore[no-untyped-def]
    """Coulomb friction in the tangent plane and about the normal under the normal impulse `load`."""
    r1, r2 = fr[ROW1:], fr[ROW2:]
    old1, old2 = r1[IMPULSE], r2[IMPULSE]
    j1 = old1 - r1[MASS] * _speed(r1, a, b, fr[T1], fr[T1 + 1], fr[T1 + 2], vel, spin)
    j2 = old2 - r2[MASS] * _speed(r2, a, b, fr[T2], fr[T2 + 1], fr[T2 + 2], vel, spin)
    limit = fr[MU] * load
    size = np.sqrt(j1 * j1 + j2 * j2)
    if size > limit:
        j1 *= limit / size
        j2 *= limit / size
    r1[IMPULSE] = j1
    r2[IMPULSE] = j2
    _push(r1, a, b, ma, mb, fr[T1], fr[T1 + 1], fr[T1 + 2], r1[IMPULSE] - old1, vel, spin)
    _push(r2, a, b, ma, mb, fr[T2], fr[T2 + 1], fr[T2 + 2], r2[IMPULSE] - old2, vel, spin)
    old = fr[SPIN]
    w = nx * (spin[b, 0] - spin[a, 0]) + ny * (spin[b, 1] - spin[a, 1]) + nz * (spin[b, 2] - spin[a, 2])
    limit *= fr[LEVER]
    fr[SPIN] = min(max(old - fr[SPIN_MASS] * w, -limit), limit)
    turn = fr[SPIN] - old
    for k in range(3):
        spin[a, k] -= turn * fr[SPIN_A + k]
        spin[b, k] += turn * fr[SPIN_B + k]


@njit(cache=True)
def _solve(c, inv_mass, vel, spin, shift, turn, h, soft, soft_static, use_bias):  # type: ignore[no-untyped-def]
    """One sweep over all contacts; `shift`, `turn` (n, 3) say how far bodies went since contacts were found."""
    for m in range(len(c.active)):
        p = c.active[m]
        a, b = c.first[p], c.second[p]
        ma, mb = inv_mass[a], inv_mass[b]
        nx, ny, nz = float(c.normal[p, 0]), float(c.normal[p, 1]), float(c.normal[p, 2])
        rate, mass_scale, impulse_scale = soft_static if c.fric[m, STATIC] > 0 else soft
        along = (
            nx * (shift[b, 0] - shift[a, 0]) + ny * (shift[b, 1] - shift[a, 1]) + nz * (shift[b, 2] - shift[a, 2])
        )
        load = 0.0
        for q in range(c.points[p]):
            row = c.rows[m, q]
            gap = row[GAP] + along
            for k in range(3):
                gap += row[6 + k] * turn[b, k] - row[k] * turn[a, k]
            bias, scale, keep = 0.0, 1.0, 0.0
            if gap > 0:
                bias = gap / h
            elif use_bias:
                bias = max(rate * min(gap + SLOP, 0.0), -PUSH_OUT)
                scale, keep = mass_scale, impulse_scale
            old = row[IMPULSE]
            j = -row[MASS] * scale * (_speed(row, a, b, nx, ny, nz, vel, spin) + bias) - keep * old
            row[IMPULSE] = max(old + j, 0.0)
            load += row[IMPULSE]
            if row[IMPULSE] != old:
                _push(row, a, b, ma, mb, nx, ny, nz, row[IMPULSE] - old, vel, spin)
        if load > 0 or c.fric[m, ROW1 + IMPULSE] != 0 or c.fric[m, ROW2 + IMPULSE] != 0 or c.fric[m, SPIN] != 0:
            _rub(c.fric[m], a, b, ma, mb, nx, ny, nz, load, vel, spin)


@njit(cache=True)
def _move(awake, pos, quat, vel, spin, shift, turn, h):  # type: ignore[no-untyped-def]
    """Positions and rotations after `h` seconds at the present velocities."""
    for k in range(len(awake)):
        i = awake[k]
        size = np.sqrt(spin[i, 0] ** 2 + spin[i, 1] ** 2 + spin[i, 2] ** 2)
        if size > MAX_SPIN:
            for e in range(3):
                spin[i, e] *= MAX_SPIN / size
        for e in range(3):
            pos[i, e] += h * vel[i, e]
            shift[i, e] += h * vel[i, e]
            turn[i, e] += h * spin[i, e]
        wx, wy, wz = 0.5 * h * spin[i, 0], 0.5 * h * spin[i, 1], 0.5 * h * spin[i, 2]
        x, y, z, w = quat[i, 0], quat[i, 1], quat[i, 2], quat[i, 3]
        qx = x + wx * w + wy * z - wz * y
        qy = y + wy * w + wz * x - wx * z
        qz = z + wz * w + wx * y - wy * x
        qw = w - wx * x - wy * y - wz * z
        s = 1.0 / np.sqrt(qx * qx + qy * qy + qz * qz + qw * qw)
        quat[i, 0], quat[i, 1], quat[i, 2], quat[i, 3] = qx * s, qy * s, qz * s, qw * s


@njit(cache=True)
def _guard(awake, vel, fastest):  # type: ignore[no-untyped-def]
    """Take from each body what speed gravity alone could not have given it."""
    for k in range(len(awake)):
        i = awake[k]
        vel[i, 2] = min(vel[i, 2], MAX_RISE)
        size = np.sqrt(vel[i, 0] ** 2 + vel[i, 1] ** 2 + vel[i, 2] ** 2)
        if size > fastest:
            for e in range(3):
                vel[i, e] *= fastest / size


@njit(cache=True)
def solve_step(awake, c, inv_mass, pos, quat, vel, spin, gravity, damping, h, n_sub, fastest, push):  # type: ignore[no-untyped-def]
    """Advance the bodies `awake` (k,) by `n_sub` sub-steps of `h` seconds under the `Constraints` c.

    Changes `pos`, `quat`, `vel`, `spin` of the awake bodies and the impulses in `c.rows` and `c.fric`; `push`
    (m,) receives the sum of normal impulses of each manifold over the step, N s. `inv_mass` (n,) is 0 for what
    does not move now; `gravity` m/s² along −z, `damping` 1/s of spin, `fastest` m/s the most any body may
    reach.
    """
    n = len(pos)
    shift = np.zeros((n, 3))
    turn = np.zeros((n, 3))
    hz = min(CONTACT_HZ, 0.5 / h)
    soft = softness(hz, DAMPING_RATIO, h)
    soft_static = softness(2.0 * hz, DAMPING_RATIO, h)
    slow = 1.0 / (1.0 + h * damping)
    for _ in range(n_sub):
        for k in range(len(awake)):
            i = awake[k]
            vel[i, 2] -= h * gravity
            for e in range(3):
                spin[i, e] *= slow
        _warm_start(c, inv_mass, vel, spin)
        _solve(c, inv_mass, vel, spin, shift, turn, h, soft, soft_static, True)
        _move(awake, pos, quat, vel, spin, shift, turn, h)
        _solve(c, inv_mass, vel, spin, shift, turn, h, soft, soft_static, False)
        _guard(awake, vel, fastest)
        for m in range(len(c.active)):
            for q in range(c.points[c.active[m]]):
                push[m] += c.rows[m, q, IMPULSE]
