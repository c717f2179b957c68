"""The plain twins of `contact`, `contact_depth` and `contact_hulls`: whole arrays, world axes, no short cuts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.kernels.contact_hulls import FACE_EPS, Hulls

F64 = npt.NDArray[np.float64]

_HYSTERESIS = 1e-3
_SIDE_SLACK = 2e-3


def _points(hulls: Hulls, pos: F64, rot: F64, i: int) -> F64:
    part = slice(hulls.point_start[i], hulls.point_start[i + 1])
    local = np.stack([hulls.x[part], hulls.y[part], hulls.z[part]], 1).astype(float)
    return np.asarray(local @ rot[i].reshape(3, 3).T + pos[i])


def _faces(hulls: Hulls, pos: F64, rot: F64, i: int) -> list[tuple[F64, float, F64]]:
    """(normal, offset, corners in order) of each face in world axes."""
    points = _points(hulls, pos, rot, i)
    found = []
    for f in range(hulls.face_start[i], hulls.face_start[i + 1]):
        normal = rot[i].reshape(3, 3) @ hulls.plane[f, :3].astype(float)
        loop = hulls.loop[hulls.loop_start[f] : hulls.loop_start[f + 1]] - hulls.point_start[i]
        found.append((normal, float(hulls.plane[f, 3] + normal @ pos[i]), points[loop]))
    return found


def contact_reference(hulls: Hulls, pos: F64, rot: F64, a: int, b: int, margin: float) -> tuple[float, F64, F64]:
    """(gap along the best face, normal from a to b, points (k, 4): x, y, z midway and distance) before reduction.

    The arguments are those of `contact.find_contacts` for one pair of bodies at rest, without a hint.
    """
    pa, pb = _points(hulls, pos, rot, a), _points(hulls, pos, rot, b)
    fa, fb = _faces(hulls, pos, rot, a), _faces(hulls, pos, rot, b)
    gaps_a = [float((pb @ n).min()) - d for n, d, _ in fa]
    gaps_b = [float((pa @ n).min()) - d for n, d, _ in fb]
    best_a, best_b = int(np.argmax(gaps_a)), int(np.argmax(gaps_b))
    first = gaps_b[best_b] <= gaps_a[best_a] + _HYSTERESIS
    gap = gaps_a[best_a] if first else gaps_b[best_b]
    normal, offset, side = fa[best_a] if first else fb[best_b]
    outward = normal if first else -normal
    if max(gaps_a[best_a], gaps_b[best_b]) > margin:
        return max(gaps_a[best_a], gaps_b[best_b]), outward, np.zeros((0, 4))
    others, other_faces = (pb, fb) if first else (pa, fa)
    corner = others[int(np.argmin(others @ normal))]
    at_corner = [f for f in other_faces if f[0] @ corner > f[1] - FACE_EPS]
    polygon = min(at_corner, key=lambda f: float(f[0] @ normal))[2]
    for k in range(len(side)):
        edge = side[(k + 1) % len(side)] - side[k]
        out = np.cross(edge, normal)
        polygon = _cut(polygon, out, float(out @ side[k] + _SIDE_SLACK * np.linalg.norm(out)))
    distance = polygon @ normal - offset if len(polygon) else np.zeros(0)
    polygon, distance = polygon[distance <= margin], distance[distance <= margin]
    if not len(polygon) and gap < 0:
        polygon, distance = corner[None], np.array([gap])
    return gap, outward, np.c_[polygon - 0.5 * distance[:, None] * normal, distance]


def _cut(polygon: F64, normal: F64, limit: float) -> F64:
    """The part of a convex polygon with normal · p ≤ limit (Sutherland and Hodgman, 1974)."""
    kept = []
    for k in range(len(polygon)):
        p, q = polygon[k], polygon[(k + 1) % len(polygon)]
        dp, dq = float(normal @ p) - limit, float(normal @ q) - limit
        if dp <= 0:
            kept.append(p)
        if dp * dq < 0:
            kept.append(p + dp / (dp - dq) * (q - p))
    return np.array(kept).reshape(-1, 3)


def depth_reference(hulls: Hulls, pos: F64, rot: F64, a: int, b: int) -> float:
    """The widest gap of two hulls over all face normals and all cross products of edges, metres."""
    pa, pb = _points(hulls, pos, rot, a), _points(hulls, pos, rot, b)
    fa, fb = _faces(hulls, pos, rot, a), _faces(hulls, pos, rot, b)
    axes = [f[0] for f in fa + fb]
    edges_a = [f[2][k] - f[2][k - 1] for f in fa for k in range(len(f[2]))]
    edges_b = [f[2][k] - f[2][k - 1] for f in fb for k in range(len(f[2]))]
    for u in edges_a:
        for v in edges_b:
            axis = np.cross(u, v)
            size = float(np.linalg.norm(axis))
            if size > 1e-2 * float(np.linalg.norm(u) * np.linalg.norm(v)):
                axes.append(axis / size)
    gaps = [max(float((pb @ n).min() - (pa @ n).max()), float((pa @ n).min() - (pb @ n).max())) for n in axes]
    return max(gaps)


def moments_reference(hulls: Hulls, i: int) -> tuple[float, F64]:
    """Volume and ∫ x xᵀ dV (3, 3) of hull i about its origin."""
    volume, second = 0.0, np.zeros((3, 3))
    for _, _, loop in _faces(hulls, np.zeros((i + 1, 3)), np.tile(np.eye(3).ravel(), (i + 1, 1)), i):
        for k in range(1, len(loop) - 1):
            t = np.stack([loop[0], loop[k], loop[k + 1]])
            six = float(np.linalg.det(t))
            volume += six / 6
            total = t.sum(0)
            second += six / 120 * (np.outer(total, total) + t.T @ t)
    return volume, second
