"""Where the photographed silhouette is wider than the proxy: thin sheets that carry the rest of it.

A parapet cap or the foot of a wall, a few pixels that the proxy misses, would vanish in the first frame. Each such
pixel becomes a small sheet in the plane of the nearest piece, cut by the matte, and moves with that piece.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from secondunit.engines.light.raster_mesh import RasterMesh
from secondunit.engines.physics.breakup import Breakup, Surface
from secondunit.slate.camera import Camera

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
F64 = npt.NDArray[np.float64]

REACH = 0.02  # of the picture's width; a proxy that misses more should be mended in building.toml
LEAST_REACH_PX = 8.0
MARGIN_PX = 0.04
LEAST_MATTE = 0.02
LONGEST_RUN = 12


def add_fringe(
    breakup: Breakup, core: npt.NDArray[np.uint8], mesh: RasterMesh, camera: Camera, matte: F32, zb: F32, ib: I32
) -> Breakup:
    """The breakup with sheets for matte pixels no sample of the rest pose covers; itself if there are none.

    zb, ib (S, h, w): depth and triangle of the rest pose as `mesh` draws it; `core` (n,) material of each piece,
    shown on the sheets' backs.
    """
    row, low, high, code, depth = _runs(matte, zb, ib, max(LEAST_REACH_PX, REACH * camera.width))
    if not len(row):
        return breakup
    left, right = low - MARGIN_PX, high + 1 + MARGIN_PX
    top, bottom = row - MARGIN_PX, row + 1 + MARGIN_PX
    pixel = np.stack([left, top, left, bottom, right, bottom, right, top], 1).reshape(-1, 4, 2)
    rays = camera.rays(pixel.reshape(-1, 2)).reshape(-1, 4, 3)
    eye = np.asarray(camera.position)
    corner = eye + rays * _depths(mesh, code, depth, rays, eye)[..., None]
    front = np.stack([corner[:, [0, 1, 2]], corner[:, [0, 2, 3]]], 1).reshape(-1, 3, 3)
    normal = _towards(front, eye)
    piece = np.repeat(mesh.fragment[code], 2)
    both = np.concatenate([front, front[:, ::-1]])
    surface = np.concatenate([np.full(len(front), int(Surface.PLATE), np.uint8), core[piece]])
    return dataclasses.replace(
        breakup,
        corners=np.concatenate([breakup.corners, both.astype(np.float32)]),
        tri_fragment=np.concatenate([breakup.tri_fragment, piece, piece]).astype(np.int32),
        tri_surface=np.concatenate([breakup.tri_surface, surface]).astype(np.uint8),
        tri_normal=np.concatenate([breakup.tri_normal, normal, -normal]).astype(np.float32),
    )


def _runs(matte: F32, zb: F32, ib: I32, reach: float) -> tuple[I32, I32, I32, I32, F64]:
    """Runs of uncovered matte pixels in one row beside one triangle: row, first, last column, triangle, depth."""
    some = np.asarray((ib < 0).any(0) & (matte > LEAST_MATTE))
    full = np.asarray((ib >= 0).all(0))
    if not some.any() or not full.any():
        none = np.zeros(0, np.int32)
        return none, none, none, none, np.zeros(0)
    distance, (near_row, near_column) = ndimage.distance_transform_edt(~full, return_indices=True)
    row, column = np.nonzero(some & (distance <= reach))
    at = near_row[row, column], near_column[row, column]
    code, depth = ib[0][at], 1.0 / zb[0][at].astype(float)
    joins = (np.diff(row) == 0) & (np.diff(column) == 1) & (np.diff(code) == 0)
    start = np.append(True, ~joins)
    # Long runs are cut, for a straight edge is not straight through a distorting lens.
    number = np.arange(len(row)) - np.maximum.accumulate(np.where(start, np.arange(len(row)), 0))
    start |= number % LONGEST_RUN == 0
    first = np.nonzero(start)[0]
    last = np.append(first[1:], len(row)) - 1
    ends = (row[first], column[first], column[last], code[first])
    a, b, c, d = (np.asarray(v, np.int32) for v in ends)
    return a, b, c, d, depth[first]


def _depths(mesh: RasterMesh, code: I32, depth: F64, rays: F64, eye: F64) -> F64:
    """(q, 4) depth of each sheet's corners: in the triangle's plane, or level where that runs away from there."""
    normal = mesh.normal[code].astype(float)
    point = (mesh.corners[code, 0] + mesh.centre[mesh.fragment[code]]).astype(float)
    slope = (rays * normal[:, None]).sum(2)
    reach = ((point - eye) * normal).sum(1)[:, None]
    flat = np.broadcast_to(depth[:, None], slope.shape)
    plane = np.where(np.abs(slope) > 1e-6, reach / np.where(np.abs(slope) > 1e-6, slope, 1), flat)
    good = np.asarray((np.abs(plane - flat) < 0.02 * flat + 0.1).all(1))
    return np.where(good[:, None], plane, flat)


def _towards(triangles: F64, eye: F64) -> F64:
    """Unit normals of triangles wound towards `eye`."""
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    sign = np.sign(((eye - triangles.mean(1)) * normal).sum(1, keepdims=True))
    return normal * np.where(sign == 0, 1, sign)
