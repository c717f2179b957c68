"""Reinforcing bars that stick out of broken concrete: thin bent prisms, part of the fragment they are cast in.

At rest they lie inside the neighbouring piece; when it goes they show. Usual bars are 8 to 16 mm, 150 to 250 mm
apart (Eurocode 2).
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup, Part, Surface

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

FACE_PER_BAR_M2 = 0.055
MOST_BARS = 2500
LENGTH_M = (0.10, 0.38)
RADIUS_M = (0.006, 0.011)


def add_rebar(breakup: Breakup, seed: int) -> Breakup:
    """The breakup with bars on the broken faces of concrete slabs, beams and walls; itself if it has none."""
    rng = np.random.default_rng(seed)
    face = np.nonzero(_broken_concrete(breakup))[0]
    if not len(face):
        return breakup
    edge = breakup.corners[face, 1:].astype(float) - breakup.corners[face, :1]
    area = 0.5 * np.linalg.norm(np.cross(edge[:, 0], edge[:, 1]), axis=1)
    expected = area / FACE_PER_BAR_M2
    expected *= min(1.0, MOST_BARS / max(expected.sum(), 1e-9))
    face = np.repeat(face, np.floor(expected + rng.random(len(face))).astype(int))
    if not len(face):
        return breakup
    corners, normals = _bars(_points_on(breakup.corners[face].astype(float), rng), breakup.tri_normal[face], rng)
    each = len(corners) // len(face)
    piece = np.repeat(breakup.tri_fragment[face], each)
    return dataclasses.replace(
        breakup,
        corners=np.concatenate([breakup.corners, corners.astype(np.float32)]),
        tri_fragment=np.concatenate([breakup.tri_fragment, piece]).astype(np.int32),
        tri_surface=np.concatenate([breakup.tri_surface, np.full(len(piece), Surface.METAL, np.uint8)]),
        tri_normal=np.concatenate([breakup.tri_normal, normals.astype(np.float32)]),
    )


def _broken_concrete(breakup: Breakup) -> npt.NDArray[np.bool_]:
    """(t,) concrete faces across a piece's length, not its broad sides."""
    part = breakup.part[breakup.tri_fragment]
    concrete = (breakup.tri_surface == Surface.CONCRETE) & np.isin(part, (Part.SLAB, Part.BEAM, Part.WALL))
    n = breakup.n_fragments
    low, high = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
    np.minimum.at(low, breakup.tri_fragment, breakup.corners.min(1))
    np.maximum.at(high, breakup.tri_fragment, breakup.corners.max(1))
    thin = np.argmin(high - low, axis=1)[breakup.tri_fragment]
    along_thin = np.abs(np.take_along_axis(breakup.tri_normal, thin[:, None], 1)[:, 0])
    large = (high - low).max(1)[breakup.tri_fragment] > 0.35
    return np.asarray(concrete & (along_thin < 0.6) & large, bool)


def _points_on(triangles: F64, rng: np.random.Generator) -> F64:
    """One uniform random point on each triangle (Osada et al., ACM TOG 21(4), 2002)."""
    a, b = rng.random((2, len(triangles), 1))
    root = np.sqrt(a)
    point: F64 = (1 - root) * triangles[:, 0] + root * (1 - b) * triangles[:, 1] + root * b * triangles[:, 2]
    return point


def _bars(foot: F64, normal: F32, rng: np.random.Generator) -> tuple[F64, F64]:
    """Two bent three-sided prisms a bar: triangles (12 · n, 3, 3) and their outward normals."""
    n = len(foot)
    length = rng.uniform(*LENGTH_M, (n, 1)) * rng.random((n, 1)) ** 0.5
    first = normal + rng.normal(0, 0.22, (n, 3))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = first + rng.normal(0, 0.45, (n, 3))
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    knee = foot + first * length * 0.55
    line = np.stack([foot - 0.02 * first, knee, knee + second * length * 0.45], 1)
    helper = np.where(np.abs(first[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    side = np.cross(first, helper)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(first, side)
    radius = rng.uniform(*RADIUS_M, (n, 1))
    turn = np.arange(3) * 2 * np.pi / 3
    out = [radius * (np.cos(t) * side + np.sin(t) * other) for t in turn]
    triangles, normals = [], []
    for k in range(2):
        for i in range(3):
            j = (i + 1) % 3
            a, b = line[:, k] + out[i], line[:, k] + out[j]
            c, d = line[:, k + 1] + out[j], line[:, k + 1] + out[i]
            away = (out[i] + out[j]) / np.linalg.norm(out[i] + out[j], axis=1, keepdims=True)
            triangles += [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
            normals += [away, away]
    return np.stack(triangles, 1).reshape(-1, 3, 3), np.stack(normals, 1).reshape(-1, 3)
