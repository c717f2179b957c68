"""The triangles as the rasteriser wants them: local to their fragment, sorted by it, cut flags against the
matte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup
from secondunit.slate.camera import Camera

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class RasterMesh:
    """n fragments, t triangles.

    `corners` (t, 3, 3) metres from the fragment's `centre` (n, 3); triangles of fragment i are
    `first[i]:first[i + 1]`; `fragment`, `surface`, `normal` per triangle; `cut` (t,) 1 = its rest projection
    meets pixels outside the matte; `radius` (n,) bounding sphere; `axis` (n,) 0, 1, 2 = longest side along x,
    y, z.
    """

    corners: F32
    centre: F32
    first: I32
    fragment: I32
    surface: U8
    normal: F32
    cut: U8
    radius: F32
    axis: U8


def build_mesh(breakup: Breakup, camera: Camera, matte: F32) -> RasterMesh:
    """Sort, orient and flag a breakup's triangles; those whose rest projection lies wholly outside the matte
    go.

    `matte` (h, w) 0..1; outside the frame counts as inside it.
    """
    corners = breakup.corners.astype(np.float32)
    cut = cut_flags(corners, camera, matte)
    order = np.argsort(breakup.tri_fragment, kind="stable")
    order = order[cut[order] < 2]
    corners, normal = corners[order], breakup.tri_normal[order].astype(np.float32)
    fragment = breakup.tri_fragment[order].astype(np.int32)
    turn = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = (turn * normal).sum(1) < 0
    corners[inward] = corners[inward][:, ::-1]
    n = breakup.n_fragments
    first = np.searchsorted(fragment, np.arange(n + 1)).astype(np.int32)
    centre = breakup.centre.astype(np.float32)
    local = np.ascontiguousarray(corners - centre[fragment][:, None])
    radius = np.zeros(n, np.float32)
    np.maximum.at(radius, fragment, np.sqrt((local**2).sum(2).max(1)))
    span = np.zeros((n, 3), np.float32)
    np.maximum.at(span, fragment, np.abs(local).max(1))
    return RasterMesh(
        local,
        centre,
        first,
        fragment,
        breakup.tri_surface[order].astype(np.uint8),
        np.ascontiguousarray(normal),
        np.ascontiguousarray(cut[order]),
        radius,
        span.argmax(1).astype(np.uint8),
    )


def cut_flags(corners: F32, camera: Camera, matte: F32) -> U8:
    """Per triangle (t, 3, 3): 0 wholly inside the matte, 1 must be tested, 2 wholly outside.

    Decided on the bounding box of its rest projection by summed-area tables (Crow, SIGGRAPH 1984).
    """
    h, w = matte.shape
    pixel, depth = camera.project(corners.reshape(-1, 3).astype(float))
    pixel, depth = pixel.reshape(-1, 3, 2), depth.reshape(-1, 3)
    behind = (depth < 0.1).any(1)
    pixel = np.nan_to_num(np.clip(pixel, -1e7, 1e7))
    low, high = np.floor(pixel.min(1) - 0.5).astype(int), np.ceil(pixel.max(1) + 0.5).astype(int)
    leaves = (low < 0).any(1) | (high[:, 0] > w) | (high[:, 1] > h)
    x0, y0 = np.clip(low[:, 0], 0, w), np.clip(low[:, 1], 0, h)
    x1, y1 = np.clip(high[:, 0], 0, w), np.clip(high[:, 1], 0, h)
    area = (x1 - x0) * (y1 - y0)
    holes = _box_sums(matte < 0.999, x0, y0, x1, y1)
    some = _box_sums(matte > 0.0, x0, y0, x1, y1)
    flags = np.where(holes > 0, 1, 0)
    flags[(area > 0) & (some == 0) & ~leaves] = 2
    flags[behind] = 1
    return flags.astype(np.uint8)


def _box_sums(mask: npt.NDArray[np.bool_], x0: I32, y0: I32, x1: I32, y1: I32) -> npt.NDArray[np.int64]:
    total = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    total[1:, 1:] = mask.cumsum(0).cumsum(1)
    sums: npt.NDArray[np.int64] = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return sums
