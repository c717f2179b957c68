"""Measures of a simulated collapse, taken from its frames: how it falls, where it begins, how fast it runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.motion import BodyFrame

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

GRAVITY = 9.81
RESTLESS = 0.3  # m/s


def rebound_share(frames: Sequence[BodyFrame], rise: float = 0.5) -> float:
    """Share of fragments that at any time stand more than `rise` metres above their own lowest point so far."""
    lowest = frames[0].position[:, 2].astype(float)
    most = np.zeros_like(lowest)
    for frame in frames:
        z = frame.position[:, 2]
        lowest = np.minimum(lowest, z)
        most = np.maximum(most, z - lowest)
    return float((most > rise).mean())


def peak_fall_acceleration(breakup: Breakup, frames: Sequence[BodyFrame], rate: float) -> float:
    """Greatest downward acceleration of the centre of mass of all that moves, as a multiple of g.

    By second differences over three frames, of the fragments that move in all three; gravity alone gives ≤ 1.
    """
    mass = np.asarray(breakup.volume, float) * np.asarray(breakup.density, float)
    peak = 0.0
    for a, b, c in zip(frames, frames[1:], frames[2:], strict=False):
        moves = (a.awake == 1) & (b.awake == 1) & (c.awake == 1)
        if not moves.any():
            continue
        z = a.position[moves, 2].astype(float) - 2.0 * b.position[moves, 2] + c.position[moves, 2]
        peak = max(peak, -float(z @ mass[moves] / mass[moves].sum()) * rate * rate / GRAVITY)
    return peak


def first_moved(breakup: Breakup, frames: Sequence[BodyFrame]) -> I64:
    """The frame in which each chunk first moved (c,), or −1."""
    when = np.full(breakup.n_chunks, -1, np.int64)
    for k, frame in enumerate(frames):
        moved = np.zeros(breakup.n_chunks, bool)
        moved[breakup.chunk[frame.awake > 0]] = True
        when[moved & (when < 0)] = k
    return when


def first_failure(
    breakup: Breakup, frames: Sequence[BodyFrame], click: tuple[float, float, float]
) -> tuple[int, float]:
    """(first frame in which anything moved, metres from the click to the nearest piece that moved then).

    The distance is to the box round the fragment at rest; (−1, inf) when nothing moved.
    """
    for k, frame in enumerate(frames):
        moved = np.flatnonzero(frame.awake > 0)
        if len(moved):
            start = np.asarray(breakup.hull_start[:-1], np.int64)
            points = np.asarray(breakup.hull_points, float)
            low, high = np.minimum.reduceat(points, start)[moved], np.maximum.reduceat(points, start)[moved]
            away = np.maximum(np.maximum(low - np.asarray(click), np.asarray(click) - high), 0.0)
            return k, float(np.linalg.norm(away, axis=1).min())
    return -1, float("inf")


def front_speed(
    breakup: Breakup, frames: Sequence[BodyFrame], click: tuple[float, float, float], rate: float
) -> float:
    """Speed in m/s at which failure ran through the storey of the click; NaN where it ran less than 1 m.

    The slope (Theil–Sen, the median over all pairs of chunks) of the moment a chunk of that storey first moved
    against its horizontal distance from the click.
    """
    when = first_moved(breakup, frames)
    centre = np.asarray(breakup.chunk_centre, float)
    nearest = int(np.argmin(np.linalg.norm(np.asarray(breakup.centre, float) - np.asarray(click), axis=1)))
    storey = breakup.storey[nearest]
    use = (np.asarray(breakup.chunk_storey) == storey) & (when >= 0)
    d = np.hypot(centre[use, 0] - click[0], centre[use, 1] - click[1])
    if use.sum() < 4 or np.ptp(d) < 1.0:
        return float("nan")
    i, j = np.triu_indices(len(d), 1)
    far = np.abs(d[i] - d[j]) > 0.25 * np.ptp(d)
    slope = float(np.median((when[use][j] - when[use][i])[far] / rate / (d[j] - d[i])[far]))
    return 1.0 / slope if slope > 0 else float("inf")


def end_frame(breakup: Breakup, frames: Sequence[BodyFrame]) -> int:
    """The first frame in which every chunk has moved, or −1: compare with `FailurePlan.end` × rate."""
    when = first_moved(breakup, frames)
    return int(when.max()) if len(when) and (when >= 0).all() else -1


def settled_by(breakup: Breakup, frames: Sequence[BodyFrame], rate: float, after: float = 1.0) -> int:
    """The frame `after` seconds after the building has come down, or −1 if that was not shot.

    It has come down once all chunks were let go and the centre of mass has done 97 % of its whole drop.
    """
    mass = np.asarray(breakup.volume, float) * np.asarray(breakup.density, float)
    height = np.array([float(frame.position[:, 2].astype(float) @ mass / mass.sum()) for frame in frames])
    drop = height[0] - height.min()
    last = end_frame(breakup, frames)
    if last < 0 or drop <= 0:
        return -1
    landed = int(np.argmax(height <= height.min() + 0.03 * drop))
    frame = max(last, landed) + int(np.ceil(after * rate))
    return frame if frame < len(frames) else -1


def restless_share(frame: BodyFrame, speed: float = RESTLESS) -> float:
    """Share of fragments faster than `speed` m/s."""
    return float((np.linalg.norm(frame.velocity, axis=1) > speed).mean())
