"""The plain twin of `voronoi`: each cell by intersecting half-spaces (SciPy's Qhull), slow and independent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull, HalfspaceIntersection

F64 = npt.NDArray[np.float64]


def voronoi_reference(planes: F64, seeds: F64, metric: F64) -> tuple[F64, F64]:
    """Volumes (s,) and centres of mass (s, 3) of the Voronoi cells of `seeds` inside the polyhedron `planes` (k, 4),
    distances measured with `metric` (3, 3)."""
    volumes, centres = np.zeros(len(seeds)), np.zeros((len(seeds), 3))
    for i, seed in enumerate(seeds):
        others = np.delete(seeds, i, axis=0)
        normal = (others - seed) @ metric
        middle = 0.5 * (others + seed)
        bisectors = np.c_[normal, -(normal * middle).sum(1)]
        corners = HalfspaceIntersection(np.concatenate([planes, bisectors]), seed).intersections
        volumes[i], centres[i] = _mass(corners)
    return volumes, centres


def _mass(corners: F64) -> tuple[float, F64]:
    hull = ConvexHull(corners)
    inside = corners.mean(0)
    volume, moment = 0.0, np.zeros(3)
    for triangle in hull.simplices:
        a, b, c = corners[triangle] - inside
        part = abs(float(np.linalg.det(np.stack([a, b, c])))) / 6.0
        volume += part
        moment += part * (a + b + c) / 4.0
    return volume, inside + moment / volume
