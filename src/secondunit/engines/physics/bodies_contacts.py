"""Contacts of one step: which bodies touch, what they carry over from the step before, and the solve itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.bodies_setup import ABSENT, ASLEEP, AWAKE, BodyModel
from secondunit.engines.physics.bodies_state import ContactCache, Snapshot
from secondunit.kernels import solver_rest, solver_rows
from secondunit.kernels.broadphase import AWAKE as PAIRS
from secondunit.kernels.broadphase import FRESH, IDLE, WOKEN, find_pairs, update_boxes
from secondunit.kernels.contact import NO_FACE, find_contacts
from secondunit.kernels.solver import Constraints, solve_step

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

MARGIN = 0.01  # metres each body reaches beyond its hull, so that contacts are found before they are made
_WIDEST = 0.15  # metres, the most that spin adds to it
JOINT = 0.05  # the most a failed joint gives, as a share of the smaller body's size
_HEALS = 0.15  # m/s at which an overlap that was there from the start is no longer borne
_HELD_REACH = 0.02  # metres within which a neighbour counts as holding a resting body
SPIN_DAMPING = 0.15  # 1/s, the air


@dataclass(frozen=True)
class Touching:
    """p pairs in order of `key`: bodies, manifolds (see `kernels.contact`) and what was carried over."""

    key: I64
    first: I32
    second: I32
    hint: I32
    count: I32
    normal: F32
    ra: F32
    rb: F32
    sep: F32
    warm: F32
    drag: F32
    spin: F32
    allow: F32

    def taken(self, which: npt.NDArray[np.intp]) -> Touching:
        """Only the pairs `which`, in that order."""
        return Touching(**{name: values[which] for name, values in vars(self).items()})

    def joined(self, other: Touching) -> Touching:
        """Both sets, in order of `key`."""
        both = {name: np.concatenate([values, vars(other)[name]]) for name, values in vars(self).items()}
        return Touching(**both).taken(np.argsort(both["key"], kind="stable"))

    def cache(self) -> ContactCache:
        """What the next step takes over."""
        return ContactCache(self.key, self.hint, self.count, self.ra, self.warm, self.drag, self.spin, self.allow)


class Contacts:
    """Boxes and rotations of all bodies, and the search for pairs among them."""

    def __init__(self, model: BodyModel, state: Snapshot) -> None:
        n = model.n_bodies
        self.model, self.state = model, state
        self.rot: F64 = np.zeros((n, 9))
        self.inertia: F64 = np.zeros((n, 6))
        self.low: F64 = np.zeros((n, 3))
        self.high: F64 = np.zeros((n, 3))
        self.pad: F64 = np.full(n, MARGIN)
        everyone = np.arange(n, dtype=np.int32)
        solver_rows.turn_bodies(everyone, state.quat, self.rot, model.inv_inertia, self.inertia)
        update_boxes(model.hulls, everyone[:-1], state.pos, self.rot, self.low, self.high)
        self._size = np.cbrt(model.volume)
        self._mode: U8 = np.zeros(n, np.uint8)

    def find(self, awake: I32, fresh: U8, dt: float, *, look_at_rest: bool) -> Touching:
        """All pairs with an awake body; with `look_at_rest` also those among bodies at rest."""
        s = self.state
        self._place(awake, dt)
        self._mode[:] = IDLE
        self._mode[awake] = PAIRS
        if look_at_rest:
            self._mode[s.mode == ASLEEP] = PAIRS
        keys = self._pairs(dt, second=False)
        on = np.flatnonzero(self._mode == PAIRS).astype(np.int32)
        return self._collide(np.sort(np.concatenate([keys, self._ground_keys(on, dt)])), fresh, dt)

    def add(self, touching: Touching, awake: I32, fresh: U8, woken: U8, dt: float) -> Touching:
        """The same after bodies broke (their pairs go) or woke: only what is new is looked for."""
        s = self.state
        keep = (s.mode[touching.first] != ABSENT) & (s.mode[touching.second] != ABSENT)
        touching = touching.taken(np.flatnonzero(keep))
        stirred = (woken[touching.first] > 0) | (woken[touching.second] > 0)
        for impulses in (touching.warm, touching.drag, touching.spin):
            impulses[stirred] = 0.0  # they pressed against something that could not give
        new = np.flatnonzero((fresh > 0) | (woken > 0)).astype(np.int32)
        self._place(new, dt)
        self._mode[woken > 0] = WOKEN
        self._mode[fresh > 0] = FRESH
        keys = np.concatenate([self._pairs(dt, second=True), self._ground_keys(new, dt)])
        known = np.isin(keys, touching.key)  # bodies at rest that were looked at anyway
        keys = np.sort(keys[~known])
        self._mode[awake] = PAIRS
        return touching.joined(self._collide(keys, fresh, dt)) if len(keys) else touching

    def foresee(self, touching: Touching, limit: F64, dt: float, *, look_for_support: bool) -> tuple[U8, U8]:
        """Flags (n,) of bodies that the coming hit breaks, and of resting ones that it wakes or nothing holds."""
        s, m = self.state, self.model
        breaks, wakes = np.zeros(m.n_bodies, np.uint8), np.zeros(m.n_bodies, np.uint8)
        asleep = s.mode == ASLEEP
        t = touching
        solver_rest.foresee(
            t.first, t.second, t.count, t.normal, t.ra, t.rb, t.sep, s.vel, s.spin, m.inv_mass, s.mode == AWAKE,
            asleep, limit, dt, breaks, wakes,
        )  # fmt: skip
        if look_for_support:
            held = np.zeros(m.n_bodies, np.uint8)
            solver_rest.find_support(t.first, t.second, t.count, t.normal, t.sep, _HELD_REACH, held)
            wakes[asleep & (held == 0)] = 1
        return breaks, wakes

    def _place(self, who: I32, dt: float) -> None:
        """Renew rotations, boxes and margins of moving bodies."""
        s = self.state
        solver_rows.turn_bodies(who, s.quat, self.rot, self.model.inv_inertia, self.inertia)
        update_boxes(self.model.hulls, who, s.pos, self.rot, self.low, self.high)
        rim = np.linalg.norm(s.spin[who], axis=1) * self.model.hulls.radius[who] * dt
        self.pad[who] = MARGIN + np.minimum(rim, _WIDEST)

    def _pairs(self, dt: float, *, second: bool) -> I64:
        present = np.flatnonzero(self.state.mode[:-1] != ABSENT).astype(np.int32)
        low, high, vel = self.low, self.high, self.state.vel
        return find_pairs(present, low, high, vel, self.pad, self._mode, dt, second=second)

    def _ground_keys(self, who: I32, dt: float) -> I64:
        """Keys of bodies that the ground may meet within the step."""
        s, plane, n = self.state, self.model.plane, self.model.n_bodies
        up = s.pos[who] @ plane[:3] - plane[3] - self.model.hulls.radius[who]
        near = up < self.pad[who] + MARGIN + dt * np.linalg.norm(s.vel[who], axis=1)
        keys: I64 = who[near].astype(np.int64) * n + (n - 1)
        return keys

    def _play(self, first: I32, second: I32) -> F64:
        """Metres that the joint between two bodies gives when it fails: its mortar is crushed, never evenly."""
        size = np.minimum(self._size[first], self._size[second])
        mixed = (first.astype(np.uint64) * np.uint64(2654435761) + second.astype(np.uint64)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        give: F64 = JOINT * size * ((mixed >> np.uint64(40)).astype(float) / 2.0**24)
        return give

    def _collide(self, keys: I64, fresh: U8, dt: float) -> Touching:
        """Manifolds of the pairs `keys`, with the impulses of the step before."""
        s, m, old, p = self.state, self.model, self.state.contacts, len(keys)
        first, second = (keys // m.n_bodies).astype(np.int32), (keys % m.n_bodies).astype(np.int32)
        at = np.minimum(np.searchsorted(old.key, keys), max(len(old.key) - 1, 0))
        source = np.where(old.key[at] == keys, at, -1) if len(old.key) else np.full(p, -1)
        known = source >= 0
        hint = np.full(p, NO_FACE, np.int32)
        hint[known] = old.hint[source[known]]
        count, normal, sep = np.zeros(p, np.int32), np.zeros((p, 3), np.float32), np.zeros((p, 4), np.float32)
        ra, rb = np.zeros((p, 4, 3), np.float32), np.zeros((p, 4, 3), np.float32)
        find_contacts(
            m.hulls,
            s.pos,
            self.rot,
            s.vel,
            s.spin,
            self.pad,
            first,
            second,
            hint,
            m.plane,
            dt,
            count,
            normal,
            ra,
            rb,
            sep,
        )
        on_ground = second == m.n_bodies - 1
        sep[on_ground] += m.sunk[first[on_ground], None]
        warm, drag, spin = np.zeros((p, 4), np.float32), np.zeros((p, 3), np.float32), np.zeros(p, np.float32)
        solver_rest.carry_over(
            source, old.count, old.ra, old.warm, old.drag, old.spin, count, ra, warm, drag, spin
        )
        deep = np.where(count > 0, -np.where(np.arange(4) < count[:, None], sep, 1.0).min(1), 0.0)
        allow = np.zeros(p, np.float32)
        allow[known] = old.allow[source[known]] - np.float32(_HEALS * dt)
        new = (fresh[first] > 0) & (second < m.n_bodies - 1) | (fresh[second] > 0)
        allow[new] = np.maximum(allow[new], deep[new])
        joint = (fresh[first] > 0) & (fresh[second] > 0)
        allow[joint] += self._play(first[joint], second[joint])
        allow = np.maximum(allow, 0.0).astype(np.float32)
        return Touching(keys, first, second, hint, count, normal, ra, rb, sep, warm, drag, spin, allow)


def solve_contacts(
    contacts: Contacts,
    t: Touching,
    awake: I32,
    friction: F64,
    gravity: float,
    fastest: float,
    dt: float,
    n_sub: int,
) -> tuple[npt.NDArray[np.int64], F64]:
    """Advance the state by `dt`; returns (pairs that were solved (m,), normal impulse of each (m,) N s)."""
    s, model = contacts.state, contacts.model
    inv_mass, inertia = np.zeros(model.n_bodies), np.zeros((model.n_bodies, 6))
    inv_mass[awake] = model.inv_mass[awake]
    inertia[awake] = contacts.inertia[awake]
    active = np.flatnonzero((t.count > 0) & (inv_mass[t.first] + inv_mass[t.second] > 0))
    rows = np.zeros((len(active), 4, solver_rows.ROW), np.float32)
    fric = np.zeros((len(active), solver_rows.FRICTION), np.float32)
    push = np.zeros(len(active))
    solver_rows.prepare_rows(
        active, t.first, t.second, t.count, t.normal, t.ra, t.rb, t.sep, t.allow, inv_mass, inertia, friction,
        t.warm, t.drag, t.spin, rows, fric,
    )  # fmt: skip
    c = Constraints(active, t.first, t.second, t.count, t.normal, rows, fric)
    solve_step(
        awake, c, inv_mass, s.pos, s.quat, s.vel, s.spin, gravity, SPIN_DAMPING, dt / n_sub, n_sub, fastest, push
    )
    solver_rest.store_impulses(active, t.count, rows, fric, t.warm, t.drag, t.spin)
    s.contacts = t.cache()
    return active, push
