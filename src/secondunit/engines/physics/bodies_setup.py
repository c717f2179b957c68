"""Bodies for the solver from a breakup: chunks, then fragments, then street obstacles, then the ground."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup
from secondunit.kernels.contact_hulls import Hulls, hull_moments, lay_out_hulls
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]

FRICTION = 0.28
GROUND_FRICTION = 0.5
LEAST_MASS = 0.02  # kg
# Contacts weigh bodies by mass^(1 − EVENED): under a slab of forty times its weight a piece passes the blow on in a
# few sub-steps instead of being pressed into its neighbours. The fall is unchanged: gravity knows no mass. What it
# gains is in docs/measurements.md.
EVENED = 0.7
_SLIMMEST = 0.08  # the least principal inertia as a share of the greatest: needles would spin without end

# How a body takes part.
ABSENT, STANDING, AWAKE, ASLEEP = 0, 1, 2, 3


@dataclass(frozen=True)
class BodyModel:
    """What never changes. N bodies: c chunks, n fragments, o obstacles, 1 ground (last, always a plane).

    `hulls` of all but the ground; `centre` (N, 3) at rest; `inv_mass` (N,) 1/kg as contacts weigh it (see
    EVENED), 0 for what never moves;
    `inv_inertia` (N, 6) in the body's axes at rest; `mass` (N,); `volume` (N,); `friction` (N,);
    `kids` (n,) fragments ordered by chunk, those of chunk i at `kid_start[i]:kid_start[i + 1]`;
    `chunk` (n,); `plane` (4,) unit normal of the ground and its height along it; `quat` (N, 4) at rest.
    `sunk` (N,) metres that each stands in the ground at rest, as a wall does whose foot a slope has buried: it
    may lie as deep and is not pressed out.
    """

    hulls: Hulls
    centre: F64
    quat: F64
    inv_mass: F64
    inv_inertia: F64
    mass: F64
    volume: F64
    friction: F64
    kids: I32
    kid_start: I32
    chunk: I32
    plane: F64
    sunk: F32
    n_chunks: int
    n_fragments: int

    @property
    def n_bodies(self) -> int:
        """Bodies with the ground."""
        return len(self.centre)


def build_model(breakup: Breakup, ground: Ground, obstacles: Sequence[Obstacle]) -> BodyModel:
    """Lay out everything the solver needs; masses of chunks are those of their fragments."""
    c, n = breakup.n_chunks, breakup.n_fragments
    chunk = np.asarray(breakup.chunk, np.int32)
    mass = np.maximum(np.asarray(breakup.volume, float) * np.asarray(breakup.density, float), LEAST_MASS)
    centre = np.asarray(breakup.centre, float)
    chunk_mass = np.asarray(np.bincount(chunk, mass, minlength=c), np.float64)
    moment = np.stack([np.bincount(chunk, mass * centre[:, k], minlength=c) for k in range(3)], 1)
    chunk_centre: F64 = moment / chunk_mass[:, None]
    boxes = [box_hull(o) for o in obstacles]
    box_centre = np.array([o.centre for o in obstacles], float).reshape(-1, 3)
    centres = np.concatenate([chunk_centre, centre, box_centre])
    hulls = lay_out_hulls(
        np.concatenate([breakup.chunk_hull_points, breakup.hull_points, *(b[0] for b in boxes)]).astype(
            np.float32
        ),
        _joined([breakup.chunk_hull_start, breakup.hull_start] + [np.array([0, 8])] * len(boxes)),
        np.concatenate([breakup.chunk_hull_planes, breakup.hull_planes, *(b[1] for b in boxes)]).astype(
            np.float32
        ),
        _joined([breakup.chunk_plane_start, breakup.plane_start] + [np.array([0, 6])] * len(boxes)),
        centres,
    )
    weight = np.concatenate([chunk_mass, mass])
    ease = (np.median(weight) / weight) ** EVENED
    inertia = _inertia(hulls, mass, centre, chunk, chunk_centre, c, n) * ease[:, None, None]
    total = len(centres) + 1
    inv_mass = np.zeros(total)
    inv_mass[: c + n] = 1.0 / (weight * ease)
    inv = np.linalg.inv(inertia)
    inv_inertia = np.zeros((total, 6))
    for k, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))):
        inv_inertia[: c + n, k] = inv[:, i, j]
    normal = np.array([-ground.slope_x, -ground.slope_y, 1.0])
    length = float(np.linalg.norm(normal))
    friction = np.full(total, FRICTION)
    friction[-1] = GROUND_FRICTION
    kids = np.argsort(chunk, kind="stable").astype(np.int32)
    chunk_volume = np.bincount(chunk, np.asarray(breakup.volume, float), minlength=c)
    return BodyModel(
        hulls=hulls,
        centre=np.concatenate([centres, np.zeros((1, 3))]),
        quat=np.tile([0.0, 0.0, 0.0, 1.0], (total, 1)),
        inv_mass=inv_mass,
        inv_inertia=inv_inertia,
        mass=np.concatenate([chunk_mass, mass, np.zeros(len(boxes) + 1)]),
        volume=np.concatenate([chunk_volume, np.asarray(breakup.volume, float), np.zeros(len(boxes) + 1)]),
        friction=friction,
        kids=kids,
        kid_start=np.searchsorted(chunk[kids], np.arange(c + 1)).astype(np.int32),
        chunk=chunk,
        plane=np.append(normal / length, ground.level / length),
        sunk=depth_in_ground(breakup, ground, len(boxes) + 1),
        n_chunks=c,
        n_fragments=n,
    )


def depth_in_ground(breakup: Breakup, ground: Ground, n_more: int = 0) -> F32:
    """Metres (c + n + n_more,) that chunks and fragments reach below the ground plane at rest; 0 for what follows."""
    slant = float(np.hypot(1.0, np.hypot(ground.slope_x, ground.slope_y)))

    def deepest(points: npt.NDArray[np.float32], start: npt.NDArray[np.int32]) -> F64:
        x, y, z = points.astype(float).T
        over = (z - ground.height(x, y)) / slant
        lowest: F64 = np.minimum.reduceat(over, np.asarray(start[:-1], np.int64))
        return np.maximum(-lowest, 0.0)

    chunks = deepest(breakup.chunk_hull_points, breakup.chunk_hull_start)
    fragments = deepest(breakup.hull_points, breakup.hull_start)
    return np.concatenate([chunks, fragments, np.zeros(n_more)]).astype(np.float32)


def _joined(starts: Sequence[npt.NDArray[np.integer]]) -> I32:
    """Concatenate start tables, each shifted by what came before."""
    out = [np.zeros(1, np.int64)]
    for start in starts:
        out.append(np.asarray(start[1:], np.int64) + out[-1][-1])
    return np.concatenate(out).astype(np.int32)


def box_hull(o: Obstacle) -> tuple[F64, F64]:
    """Corners (8, 3) and planes (6, 4) of an obstacle in world metres."""
    yaw = math.radians(o.yaw_deg)
    axes = np.array([[math.cos(yaw), math.sin(yaw), 0.0], [-math.sin(yaw), math.cos(yaw), 0.0], [0.0, 0.0, 1.0]])
    half, centre = np.asarray(o.half, float), np.asarray(o.centre, float)
    signs = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)], float)
    corners = centre + (signs * half) @ axes
    normals = np.concatenate([axes, -axes])
    offset = -(normals @ centre) - np.concatenate([half, half])
    return corners, np.c_[normals, offset]


def _inertia(hulls: Hulls, mass: F64, centre: F64, chunk: I32, chunk_centre: F64, c: int, n: int) -> F64:
    """Inertia (c + n, 3, 3) kg m² of chunks (from their fragments) and fragments (from their hulls)."""
    volume, second = hull_moments(hulls)
    volume, second = volume[c : c + n], second[c : c + n]
    good = volume > 1e-9
    second = np.where(good[:, None, None], second / np.maximum(volume, 1e-9)[:, None, None], 0.0)
    second *= mass[:, None, None]
    size = (mass * (0.4 * hulls.radius[c : c + n].astype(float)) ** 2)[:, None, None] / 3 * np.eye(3)
    second = np.where(good[:, None, None], second, size)
    own = np.trace(second, axis1=1, axis2=2)[:, None, None] * np.eye(3) - second
    r = centre - chunk_centre[chunk]
    far = mass[:, None, None] * ((r**2).sum(1)[:, None, None] * np.eye(3) - r[:, :, None] * r[:, None, :])
    whole = np.zeros((c, 3, 3))
    np.add.at(whole, chunk, own + far)
    both = np.concatenate([whole, own])
    values, axes = np.linalg.eigh(both)
    values = np.maximum(values, _SLIMMEST * values[:, 2:])
    kept: F64 = np.einsum("nij,nj,nkj->nik", axes, np.maximum(values, 1e-8), axes)
    return kept
