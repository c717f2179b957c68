"""Where everything is at each instant of the shutter: motion between the frames before, now and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.motion import BodyFrame, DebrisFrame

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Poses:
    """`rotation` (S, n, 3, 3) matrices, `position` (S, n, 3), at S instants."""

    rotation: F32
    position: F32


@dataclass(frozen=True)
class DebrisPoses:
    """m pieces at S instants: `rotation` (S, m, 4) quaternions, `position` (S, m, 3), `size` and `shape` (m,).

    `way` (m, 3) metres travelled in a frame; `ends` (2, m, 3) positions a quarter frame before and after.
    """

    rotation: F32
    position: F32
    size: F32
    shape: npt.NDArray[np.uint8]
    way: F32
    ends: F32


def matrices(quaternion: F32) -> F32:
    """Rotation matrices (…, 3, 3) of unit quaternions (…, 4) in the order x, y, z, w."""
    x, y, z, w = np.moveaxis(quaternion, -1, 0)
    rows = np.stack(
        [
            1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
            2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
            2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
        ],
        -1,
    )  # fmt: skip
    out: F32 = rows.reshape((*quaternion.shape[:-1], 3, 3)).astype(np.float32)
    return out


def blend_turns(a: F32, b: F32, t: float) -> F32:
    """Unit quaternions (n, 4) from `a` towards `b` by `t`, the shorter way (normalised linear)."""
    sign = np.where((a * b).sum(1, keepdims=True) < 0, -1, 1)
    mixed = a * (1 - t) + b * sign * t
    out: F32 = (mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return out


def pose_fragments(
    before: BodyFrame, now: BodyFrame, after: BodyFrame, centre: F32, times: npt.ArrayLike, rate: float
) -> Poses:
    """Poses at `times` (fractions of a frame about `now`); fragments not awake now stay at rest throughout.

    A fragment that starts or stops between two frames would be smeared over a stretch that it was not moving
    through, so it follows its velocity now, never farther than the neighbouring frame.
    """
    moved = now.awake != 0
    rotations, positions = [], []
    for t in np.asarray(times, float):
        other = before if t < 0 else after
        step = float(abs(t))
        way = other.position - now.position
        changes = (other.awake != now.awake) & moved
        if changes.any():
            coast = now.velocity[changes] * np.float32(np.sign(t) / rate)
            limit = np.linalg.norm(way[changes], axis=1) * 1.5
            length = np.linalg.norm(coast, axis=1)
            way = way.copy()
            way[changes] = coast * np.minimum(1, limit / np.maximum(length, 1e-9))[:, None]
        position = np.where(moved[:, None], now.position + way * np.float32(step), centre)
        turn = blend_turns(now.rotation, other.rotation, step)
        turn[~moved] = (0, 0, 0, 1)
        rotations.append(matrices(turn))
        positions.append(position.astype(np.float32))
    return Poses(np.ascontiguousarray(rotations), np.ascontiguousarray(positions))


def rest_poses(centre: F32, count: int) -> Poses:
    """Everything at rest, `count` times."""
    n = len(centre)
    turn = np.broadcast_to(np.eye(3, dtype=np.float32), (count, n, 3, 3))
    return Poses(np.ascontiguousarray(turn), np.ascontiguousarray(np.broadcast_to(centre, (count, n, 3))))


def no_debris(count: int) -> DebrisPoses:
    """Nothing, at `count` instants."""
    return DebrisPoses(
        np.zeros((count, 0, 4), np.float32),
        np.zeros((count, 0, 3), np.float32),
        np.zeros(0, np.float32),
        np.zeros(0, np.uint8),
        np.zeros((0, 3), np.float32),
        np.zeros((2, 0, 3), np.float32),
    )


def pose_debris(
    before: DebrisFrame, now: DebrisFrame, after: DebrisFrame, times: npt.ArrayLike, rate: float
) -> DebrisPoses:
    """Poses of debris at `times`. A piece born after the frame before comes from where its velocity says."""
    last, coming = _neighbour(before, now, -1 / rate), _neighbour(after, now, 1 / rate)
    rotations, positions = [], []
    for t in np.asarray(times, float):
        position, turn = last if t < 0 else coming
        step = float(abs(t))
        positions.append(now.position + (position - now.position) * np.float32(step))
        rotations.append(blend_turns(now.rotation, turn, step))
    ends = np.stack([now.position + 0.25 * (p - now.position) for p, _ in (last, coming)])
    return DebrisPoses(
        np.ascontiguousarray(rotations, np.float32),
        np.ascontiguousarray(positions, np.float32),
        now.size.astype(np.float32),
        now.shape.astype(np.uint8),
        np.ascontiguousarray(2 * (ends[1] - ends[0]), np.float32),
        np.ascontiguousarray(ends, np.float32),
    )


def _neighbour(other: DebrisFrame, now: DebrisFrame, seconds: float) -> tuple[F32, F32]:
    """Position and rotation in a neighbouring frame, guessed from the velocity where a piece is not in it."""
    position = now.position + now.velocity * np.float32(seconds)
    turn = now.rotation.copy()
    n = min(len(other.size), len(now.size))
    there = other.size[:n] > 0
    position[:n][there] = other.position[:n][there]
    turn[:n][there] = other.rotation[:n][there]
    return position, turn
