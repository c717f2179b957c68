"""From a click on the plate to a place on the building."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup, Surface
from secondunit.errors import BadInput
from secondunit.slate.building import Building
from secondunit.slate.camera import Camera

Point = tuple[float, float, float]


def aim_at(breakup: Breakup, camera: Camera, pixel: tuple[float, float]) -> Point:
    """The point (metres) where the ray through a pixel first meets the building's skin at rest.

    Raises `BadInput` when the ray passes the building by. Source: Möller and Trumbore, "Fast, minimum storage
    ray/triangle intersection", 1997.
    """
    skin = np.isin(breakup.tri_surface, (Surface.PLATE, Surface.FACADE))
    corners = breakup.corners[skin].astype(float)
    origin = np.asarray(camera.position)
    ray = camera.rays(np.array([pixel], float))[0]
    depth = _nearest_hit(corners, origin, ray)
    if depth is None:
        raise BadInput(
            f"the click at {pixel[0]:g},{pixel[1]:g} is not on the building",
            hint="choose a point inside its outline with `--fail-at X,Y`",
        )
    at = origin + ray * depth
    return float(at[0]), float(at[1]), float(at[2])


def middle_of_foot(building: Building, camera: Camera) -> Point:
    """Where a collapse starts when nobody says where: low in the middle of the face nearest to the camera."""
    block = min(building.blocks, key=lambda b: (b.base, _distance(b.centre, camera)))
    corners = np.array(block.footprint)
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    x, y = middles[np.argmin([_distance((mx, my), camera) for mx, my in middles])]
    return float(x), float(y), float(block.base + 0.15 * block.height)


def _nearest_hit(
    corners: npt.NDArray[np.float64], origin: npt.NDArray[np.float64], ray: npt.NDArray[np.float64]
) -> float | None:
    a, e1, e2 = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = np.cross(ray, e2)
    determinant = (e1 * p).sum(1)
    inverse = 1.0 / np.where(np.abs(determinant) < 1e-12, np.inf, determinant)
    t = origin - a
    u = (t * p).sum(1) * inverse
    q = np.cross(t, e1)
    v = (q @ ray) * inverse
    depth = (e2 * q).sum(1) * inverse
    hit = (inverse != 0) & (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6) & (depth > 1e-3)
    return float(depth[hit].min()) if hit.any() else None


def _distance(point: tuple[float, float], camera: Camera) -> float:
    return float(np.hypot(point[0] - camera.position[0], point[1] - camera.position[1]))
