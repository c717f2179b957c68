"""The forms that debris takes: small convex bodies, and the poses in which each lies still.

A shape is (points (k, 3), triangles (t, 3)): unit size (its longest extent is 1), centre of mass at the origin,
triangles counter-clockwise from outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
F64 = npt.NDArray[np.float64]

HALF_BRICKS, CRUMBS, SHARDS, SPLINTERS = range(0, 3), range(3, 7), range(7, 11), range(11, 14)


@dataclass(frozen=True)
class ShapeTable:
    """All shapes side by side for the kernels.

    `points` (s, 12, 3) vertices, padded with the first; `poses` (s, 12, 3) unit directions in the body that may
    point down at rest, padded with the first; `roll` (s,) resistance to rolling 0..1 (a plate does not roll).
    """

    points: F32
    poses: F32
    roll: F32


def _broken_box(rng: np.random.Generator, half: F64) -> F64:
    """A box with one end broken off along a slanted face and its corners worn, (12, 3)."""
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    points = signs * half
    broken = points[:, 0] > 0
    points[broken, 0] *= rng.uniform(0.45, 1.05, 4)
    points += rng.normal(0, 0.02, points.shape)
    knocked = points[rng.choice(8, 4, replace=False)]
    box: F64 = np.r_[points * [1.0, 0.97, 0.97], knocked * [0.8, 1.0, 0.94]]
    return box


def _lump(rng: np.random.Generator, axes: F64, n_points: int) -> F64:
    """The hull of points spread over an ellipsoid, (n_points, 3)."""
    k = np.arange(n_points) + 0.5
    polar, turn = np.arccos(1 - 2 * k / n_points), np.pi * (1 + 5**0.5) * k
    sphere = np.c_[np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)]
    sphere += rng.normal(0, 0.22, sphere.shape)
    return np.asarray(sphere * axes * rng.uniform(0.78, 1.1, (n_points, 1)))


def _plate(rng: np.random.Generator, n_corners: int, thickness: float) -> F64:
    """An angular flake: a ragged polygon of some thickness, (2 n_corners, 3)."""
    turn = np.sort(rng.uniform(0, 2 * np.pi, n_corners) * 0.25 + np.arange(n_corners) * 2 * np.pi / n_corners)
    rim = np.c_[np.cos(turn), rng.uniform(0.5, 0.9) * np.sin(turn)] * rng.uniform(0.6, 1.0, (n_corners, 1))
    upper = np.c_[rim * rng.uniform(0.8, 0.95), np.full(n_corners, thickness)]
    plate: F64 = np.r_[np.c_[rim, np.full(n_corners, -thickness)], upper + rng.normal(0, 0.015, upper.shape)]
    return plate


def _finish(points: F64) -> tuple[F32, I32]:
    """Hull of a cloud of points with its centre of mass at the origin and longest extent 1."""
    hull = ConvexHull(points)
    points = points[hull.vertices]
    hull = ConvexHull(points)
    triangles = hull.simplices.astype(np.int32)
    inside = points.mean(0)
    a, b, c = (points[triangles[:, i]] - inside for i in range(3))
    signed = np.einsum("ij,ij->i", a, np.cross(b, c))
    triangles[signed < 0] = triangles[signed < 0][:, ::-1]
    centre = inside + ((a + b + c) / 4 * np.abs(signed)[:, None]).sum(0) / np.abs(signed).sum()
    points = points - centre
    extent = max(float(np.ptp(points @ axis)) for axis in np.eye(3))
    return (points / extent).astype(np.float32), triangles


def _poses(points: F32, triangles: I32) -> F64:
    """Outward normals of the faces on which the body stays: the centre of mass falls inside the face."""
    hull = ConvexHull(points)
    normals = np.unique(np.round(hull.equations[:, :3], 5), axis=0)
    stable = []
    for normal in normals:
        height = points @ normal
        face = points[height > height.max() - 0.02]
        first = np.cross(normal, [0.31, 0.77, 0.55])
        first /= np.linalg.norm(first)
        flat = face @ np.c_[first, np.cross(normal, first)]
        around = np.sort(np.arctan2(flat[:, 1], flat[:, 0]))
        gap = np.diff(np.r_[around, around[0] + 2 * np.pi]).max()
        if gap < np.pi and np.linalg.norm(flat, axis=1).max() > 0.12:
            stable.append((height.max(), normal))
    stable.sort(key=lambda item: float(item[0]))
    return np.array([normal for _, normal in stable[:12]])


def _make_shapes() -> list[tuple[F32, I32]]:
    rng = np.random.default_rng(1)
    bricks = [_broken_box(rng, np.array([length, 0.52, 0.34])) for length in (0.62, 0.8, 1.0)]
    round_axes = ([1, 0.9, 0.8], [1, 0.7, 0.6], [0.9, 1, 0.6], [1, 0.8, 0.5])
    crumbs = [_lump(rng, np.array(axes), 10) for axes in round_axes]
    shards = [_plate(rng, n, t) for n, t in ((5, 0.16), (4, 0.1), (5, 0.07), (6, 0.2))]
    splinters = [_lump(rng, np.array([1.0, w, h]), 9) for w, h in ((0.16, 0.12), (0.24, 0.1), (0.12, 0.1))]
    return [_finish(points) for points in bricks + crumbs + shards + splinters]


SHAPES: list[tuple[F32, I32]] = _make_shapes()
"""Half-bricks, crumbs, shards and splinters, in that order; `DebrisFrame.shape` indexes this list."""


def _make_table() -> ShapeTable:
    n = len(SHAPES)
    points, poses = np.zeros((n, 12, 3), np.float32), np.zeros((n, 12, 3), np.float32)
    for s, (corners, triangles) in enumerate(SHAPES):
        points[s], poses[s] = corners[0], 0.0
        points[s, : len(corners)] = corners
        found = _poses(corners, triangles)
        poses[s] = found[0]
        poses[s, : len(found)] = found
    roll = np.full(n, 0.42, np.float32)
    roll[list(CRUMBS)], roll[list(SHARDS)], roll[list(SPLINTERS)] = 0.16, 0.6, 0.45
    return ShapeTable(points, poses, roll)


TABLE = _make_table()
