"""The plain twin of `solver`: the same soft step in vectors, one contact after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from secondunit.kernels.solver import CONTACT_HZ, DAMPING_RATIO, MAX_RISE, MAX_SPIN, PUSH_OUT, SLOP

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]


@dataclass
class _Line:
    """One direction in which two bodies push each other at points `ra`, `rb` from their centres."""

    a: int
    b: int
    n: F64
    ra: F64
    rb: F64
    gap: float = 0.0
    impulse: float = 0.0


@dataclass
class _Touch:
    """A manifold: its points, two tangents at its middle, the spin about its normal."""

    points: list[_Line]
    tangents: list[_Line]
    spin: float
    lever: float
    mu: float
    static: bool
    push: float = 0.0
    n: F64 = field(default_factory=lambda: np.zeros(3))


class _World:
    """Velocities and inverse masses, and what an impulse does to them."""

    def __init__(self, inv_mass: F64, inertia: F64, vel: F64, spin: F64) -> None:
        index = [[0, 3, 4], [3, 1, 5], [4, 5, 2]]
        self.m, self.i, self.vel, self.spin = inv_mass, inertia[:, index], vel, spin

    def speed(self, c: _Line) -> float:
        va = self.vel[c.a] + np.cross(self.spin[c.a], c.ra)
        vb = self.vel[c.b] + np.cross(self.spin[c.b], c.rb)
        return float(c.n @ (vb - va))

    def mass(self, c: _Line) -> float:
        ta, tb = np.cross(c.ra, c.n), np.cross(c.rb, c.n)
        return 1.0 / float(self.m[c.a] + self.m[c.b] + ta @ self.i[c.a] @ ta + tb @ self.i[c.b] @ tb)

    def push(self, c: _Line, impulse: float) -> None:
        self.vel[c.a] -= self.m[c.a] * impulse * c.n
        self.vel[c.b] += self.m[c.b] * impulse * c.n
        self.spin[c.a] -= self.i[c.a] @ np.cross(c.ra, impulse * c.n)
        self.spin[c.b] += self.i[c.b] @ np.cross(c.rb, impulse * c.n)

    def twist(self, c: _Line, impulse: float) -> None:
        self.spin[c.a] -= self.i[c.a] @ (impulse * c.n)
        self.spin[c.b] += self.i[c.b] @ (impulse * c.n)


def solve_step_reference(
    awake: I32,
    first: I32,
    second: I32,
    count: I32,
    normal: npt.NDArray[np.float32],
    ra: npt.NDArray[np.float32],
    rb: npt.NDArray[np.float32],
    sep: npt.NDArray[np.float32],
    allow: npt.NDArray[np.float32],
    inv_mass: F64,
    inertia: F64,
    mu: F64,
    warm: npt.NDArray[np.float32],
    drag: npt.NDArray[np.float32],
    spin_at: npt.NDArray[np.float32],
    pos: F64,
    quat: F64,
    vel: F64,
    spin: F64,
    *,
    gravity: float,
    damping: float,
    h: float,
    n_sub: int,
    fastest: float,
) -> F64:
    """Advance the bodies in place; returns each manifold's normal impulse (m,), as `solver.solve_step` does."""
    world = _World(inv_mass, inertia, vel, spin)
    touches = [
        _touch(first[m], second[m], normal[m], ra[m, : count[m]], rb[m, : count[m]], sep[m] + allow[m], warm[m],
               drag[m], float(spin_at[m]), _friction(mu, first[m], second[m]), inv_mass)
        for m in range(len(first))
    ]  # fmt: skip
    shift, turn = np.zeros_like(pos), np.zeros_like(pos)
    for _ in range(n_sub):
        vel[awake, 2] -= h * gravity
        spin[awake] /= 1.0 + h * damping
        for t in touches:
            for c in t.points + t.tangents:
                world.push(c, c.impulse)
            world.twist(t.points[0], t.spin)
        for t in touches:
            _solve(world, t, shift, turn, h, use_bias=True)
        _move(awake, pos, quat, vel, spin, shift, turn, h)
        for t in touches:
            _solve(world, t, shift, turn, h, use_bias=False)
            t.push += sum(c.impulse for c in t.points)
        vel[awake, 2] = np.minimum(vel[awake, 2], MAX_RISE)
        size = np.linalg.norm(vel[awake], axis=1, keepdims=True)
        vel[awake] *= np.minimum(1.0, fastest / np.maximum(size, 1e-300))
    return np.array([t.push for t in touches])


def _friction(mu: F64, a: int, b: int) -> float:
    """Of the pair: the ground's own where one is the ground (the last body), else the geometric mean."""
    return float(mu[b]) if b == len(mu) - 1 else float(np.sqrt(mu[a] * mu[b]))


def _touch(
    a: int,
    b: int,
    normal: npt.NDArray[np.float32],
    ra: npt.NDArray[np.float32],
    rb: npt.NDArray[np.float32],
    gap: npt.NDArray[np.float32],
    warm: npt.NDArray[np.float32],
    drag: npt.NDArray[np.float32],
    spin: float,
    mu: float,
    inv_mass: F64,
) -> _Touch:
    n = normal.astype(float)
    points = [
        _Line(a, b, n, ra[q].astype(float), rb[q].astype(float), float(gap[q]), float(warm[q]))
        for q in range(len(ra))
    ]
    t1 = np.array([-n[1], n[0], 0.0]) if abs(n[2]) < 0.7 else np.array([0.0, n[2], -n[1]])
    t1 /= np.linalg.norm(t1)
    t2 = np.cross(n, t1)
    mid_a, mid_b = ra.mean(0).astype(float), rb.mean(0).astype(float)
    tangents = [_Line(a, b, t, mid_a, mid_b, 0.0, float(drag @ t)) for t in (t1, t2)]
    lever = max(float(np.linalg.norm(ra - ra.mean(0), axis=1).mean()), 0.01)
    return _Touch(points, tangents, spin, lever, mu, bool(inv_mass[a] == 0 or inv_mass[b] == 0), n=n)


def _softness(hz: float, h: float) -> tuple[float, float, float]:
    omega = 2 * np.pi * hz
    a1 = 2 * DAMPING_RATIO + h * omega
    a2 = h * omega * a1
    return omega / a1, a2 / (1 + a2), 1 / (1 + a2)


def _solve(world: _World, t: _Touch, shift: F64, turn: F64, h: float, *, use_bias: bool) -> None:
    hz = min(CONTACT_HZ, 0.5 / h) * (2.0 if t.static else 1.0)
    rate, mass_scale, impulse_scale = _softness(hz, h)
    for c in t.points:
        gone = (shift[c.b] + np.cross(turn[c.b], c.rb)) - (shift[c.a] + np.cross(turn[c.a], c.ra))
        gap = c.gap + float(c.n @ gone)
        bias, scale, keep = 0.0, 1.0, 0.0
        if gap > 0:
            bias = gap / h
        elif use_bias:
            bias, scale, keep = max(rate * min(gap + SLOP, 0.0), -PUSH_OUT), mass_scale, impulse_scale
        new = max(c.impulse - world.mass(c) * scale * (world.speed(c) + bias) - keep * c.impulse, 0.0)
        world.push(c, new - c.impulse)
        c.impulse = new
    limit = t.mu * sum(c.impulse for c in t.points)
    wanted = np.array([c.impulse - world.mass(c) * world.speed(c) for c in t.tangents])
    wanted *= min(1.0, limit / max(float(np.linalg.norm(wanted)), 1e-300))
    for c, new in zip(t.tangents, wanted.tolist(), strict=True):
        world.push(c, new - c.impulse)
        c.impulse = new
    c = t.points[0]
    stiff = float(t.n @ (world.i[c.a] + world.i[c.b]) @ t.n) + 1e-12
    w = float(t.n @ (world.spin[c.b] - world.spin[c.a]))
    new = float(np.clip(t.spin - w / stiff, -limit * t.lever, limit * t.lever))
    world.twist(c, new - t.spin)
    t.spin = new


def _move(awake: I32, pos: F64, quat: F64, vel: F64, spin: F64, shift: F64, turn: F64, h: float) -> None:
    for i in awake.tolist():
        spin[i] *= min(1.0, MAX_SPIN / max(float(np.linalg.norm(spin[i])), 1e-300))
        pos[i] += h * vel[i]
        shift[i] += h * vel[i]
        turn[i] += h * spin[i]
        half = 0.5 * h * spin[i]
        v, w = quat[i, :3].copy(), float(quat[i, 3])
        quat[i] += np.append(half * w + np.cross(half, v), -half @ v)
        quat[i] /= np.linalg.norm(quat[i])
