"""The camera as the rasteriser wants it: sub-frame offsets and instants, rays, and the ground it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.light.raster_mesh import RasterMesh
from secondunit.engines.light.raster_pose import DebrisPoses, Poses
from secondunit.kernels.sub_frames import sub_frame_offsets
from secondunit.slate.camera import Camera, Ground

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
FAR_GROUND_M = 5000.0


@dataclass(frozen=True)
class View:
    """`cam` (17,) see `kernels.raster_fill`; `rays` (h, w, 3) world rays per metre of depth; `ground` (h, w)
    depth of the ground plane, 0 where the ray misses it; `slope` (2,) of the ground.

    For S sub-frames: `jitter` (S, 2) offsets within ±0.5 px; `times` (S,) within ±0.5 of the shutter; `order`
    (S,) permutation for stochastic thresholds; `sets` (S,) light set; `by_time` (S,) sorted by distance from
    mid-shutter. `disc` (64, 2) tap offsets in the unit disc.
    """

    cam: F32
    rays: F32
    ground: F32
    slope: F32
    jitter: F32
    times: npt.NDArray[np.float64]
    order: I32
    sets: I32
    by_time: I32
    disc: F32
    width: int
    height: int


def make_view(camera: Camera, ground: Ground, samples: int, sets: int, seed: int) -> View:
    """Lay out sub-frames (offsets: the R2 sequence, M. Roberts 2018) and precompute rays without distortion."""
    h, w = camera.height, camera.width
    columns, rows = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    rays = camera.rays(np.stack([columns.ravel(), rows.ravel()], 1)).reshape(h, w, 3)
    jitter = sub_frame_offsets(samples) - 0.5
    rng = np.random.default_rng(seed)
    instants = _instants(jitter, rng)
    turns = np.arange(64) * 2.399963
    radius = np.sqrt((np.arange(64) * 0.6180339887 + 0.31) % 1)
    return View(
        camera_vector(camera),
        rays.astype(np.float32),
        ground_depth(camera, ground, rays),
        np.array([ground.slope_x, ground.slope_y], np.float32),
        jitter.astype(np.float32),
        instants,
        rng.permutation(samples).astype(np.int32),
        (np.arange(samples) % sets).astype(np.int32),
        np.argsort(np.abs(instants), kind="stable").astype(np.int32),
        np.stack([radius * np.cos(turns), radius * np.sin(turns)], 1).astype(np.float32),
        w,
        h,
    )


def _instants(jitter: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Mid-times (S,) of equal parts of the shutter, in the order of 64 that goes least along with the offsets.

    Offset and instant add up along a moving edge: were the one to grow with the other, its blur would be too long one
    way and too short the other.
    """
    samples = len(jitter)
    orders = [(rng.permutation(samples) + 0.5) / samples - 0.5 for _ in range(64)]
    along = [float(np.abs(order @ (jitter - jitter.mean(0))).max()) for order in orders]
    return orders[int(np.argmin(along))]


def camera_vector(camera: Camera) -> F32:
    """(17,) rotation rows, position, focal, cx, cy, k1, and r² beyond which distortion is held constant.

    A negative k1 folds rays far outside the frame back into it; nothing beyond the frame's corner needs its
    term.
    """
    corner = np.array([[0, 0], [camera.width, 0], [0, camera.height], [camera.width, camera.height]], float)
    rays = camera.rays(corner) @ np.asarray(camera.rotation).T
    limit = 1.2 * float((rays[:, :2] ** 2).sum(1).max())
    return np.array(
        [*np.ravel(camera.rotation), *camera.position, camera.focal, camera.cx, camera.cy, camera.k1, limit],
        np.float32,
    )


def ground_depth(camera: Camera, ground: Ground, rays: npt.NDArray[np.float64]) -> F32:
    """(h, w) depth along the axis at which each pixel's ray meets the ground, 0 = never or beyond 5 km."""
    x, y, z = camera.position
    fall = rays[..., 2] - ground.slope_x * rays[..., 0] - ground.slope_y * rays[..., 1]
    height = z - float(ground.height(np.asarray(x), np.asarray(y)))
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = -height / fall
    return np.where((fall < 0) & (depth > 0) & (depth < FAR_GROUND_M), depth, 0).astype(np.float32)


def dirty_box(
    view: View, mesh: RasterMesh, poses: Poses, debris: DebrisPoses, moved: npt.NDArray[np.uint8]
) -> I32:
    """(4,) x0, y0, x1, y1 around every pixel whose samples can differ from the rest pose."""
    some = moved != 0
    spheres = [(mesh.centre[some], mesh.radius[some])]
    for k in (int(view.times.argmin()), int(view.times.argmax())):
        spheres.append((poses.position[k][some], mesh.radius[some] * 1.1))
        born = debris.size > 0
        spheres.append((debris.position[k][born], debris.size[born]))
    centre = np.concatenate([c for c, _ in spheres])
    radius = np.concatenate([r for _, r in spheres])
    if not len(centre):
        return np.zeros(4, np.int32)
    local = (centre - view.cam[9:12]) @ view.cam[:9].reshape(3, 3).T
    focal, cx, cy = view.cam[12:15]
    if (local[:, 2] < radius + 0.2).any():
        return np.array([0, 0, view.width, view.height], np.int32)
    flat = local[:, :2] / local[:, 2:]
    bend = 1 + view.cam[15] * np.minimum((flat**2).sum(1, keepdims=True), view.cam[16])
    pixel = flat * bend * focal + (cx, cy)
    reach = (1.3 * focal * radius / (local[:, 2] - radius) + 4)[:, None]
    low = np.clip(np.floor((pixel - reach).min(0)), 0, (view.width, view.height))
    high = np.clip(np.ceil((pixel + reach).max(0)), 0, (view.width, view.height))
    return np.array([*low, *high], np.int32)
