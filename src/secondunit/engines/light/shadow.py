"""Light sets: each sub-frame sees its own point of the sun's disc and a few directions of sky, as depth
maps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.light.raster_mesh import RasterMesh
from secondunit.engines.light.raster_pose import DebrisPoses, Poses
from secondunit.kernels.raster_maps import BLOCK, EMPTY, draw_depth_maps, mark_changes
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground, Sun

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LightSets:
    """G sets of one sun map and K sky maps.

    `sun_axes` (G, 3, 4) and `sky_axes` (G · K, 3, 4): world to texel, texel and metres towards the light;
    `sky_gain` (G · K,) weight of each direction, so that open flat ground sums to 1 in every set; `bias` (2,)
    metres a point is lifted before it is looked up; map sizes in texels.
    """

    sun_axes: F32
    sky_axes: F32
    sky_gain: F32
    bias: F32
    sun_size: int
    sky_size: int


@dataclass(frozen=True)
class DepthMaps:
    """`sun` (G, r, r) and `sky` (G · K, q, q) heights towards the light, metres."""

    sun: F32
    sky: F32


def place_lights(
    sun: Sun, low: F64, high: F64, *, sets: int, directions: int, sun_size: int, sky_size: int
) -> LightSets:
    """Light sets whose maps cover the box from `low` to `high` (3,).

    Sky directions lie on a spiral over the hemisphere (Vogel, Mathematical Biosciences 44, 1979), each set with
    one from every belt of height; the horizon is brighter than the zenith as in a clear sky.
    """
    sun_dir = np.asarray(sun.direction, float)
    frame = light_frame(sun_dir / np.linalg.norm(sun_dir))
    spread = math.tan(math.radians(max(sun.softness_deg, 0.0)))
    suns = []
    for k in range(sets):
        r, turn = spread * math.sqrt((k + 0.5) / sets), k * 2.399963
        suns.append(frame[2] + r * (math.cos(turn) * frame[0] + math.sin(turn) * frame[1]))
    count = sets * directions
    i = np.arange(count)
    rise = 1 - (i + 0.5) / count * 0.97
    turn_ = i * 2.399963
    flat = np.sqrt(1 - rise**2)
    sky = np.stack([flat * np.cos(turn_), flat * np.sin(turn_), rise], 1)
    sky = sky.reshape(directions, sets, 3).transpose(1, 0, 2)
    weight = 0.75 + 0.6 * (1 - sky[..., 2])
    gain = weight / (weight * sky[..., 2]).sum(1, keepdims=True)
    sun_axes, sun_texel = _all_axes(np.array(suns), low, high, sun_size)
    sky_axes, sky_texel = _all_axes(sky.reshape(-1, 3), low, high, sky_size)
    bias = np.array([max(0.025, 1.6 * sun_texel), max(0.05, 1.2 * sky_texel)], np.float32)
    return LightSets(sun_axes, sky_axes, gain.reshape(-1).astype(np.float32), bias, sun_size, sky_size)


def light_frame(direction: F64) -> F64:
    """(3, 3) rows right, down and towards the light, as seen looking from the light."""
    towards = direction / np.linalg.norm(direction)
    helper = np.array([0.0, 0.0, 1.0]) if abs(towards[2]) < 0.95 else np.array([1.0, 0.0, 0.0])
    right = np.cross(helper, towards)
    right /= np.linalg.norm(right)
    return np.stack([right, -np.cross(towards, right), towards])


def draw_maps(
    lights: LightSets, mesh: RasterMesh, poses: Poses, debris: DebrisPoses, still: F32, *, into: DepthMaps | None
) -> DepthMaps:
    """All depth maps of one frame; the arrays of `into` are used again."""
    sets = len(lights.sun_axes)
    maps = into or empty_maps(lights)
    maps.sun.fill(EMPTY)
    maps.sky.fill(EMPTY)
    of_sun = np.arange(sets) % len(poses.position)
    of_sky = np.repeat(of_sun, len(lights.sky_axes) // sets)
    for pictures, axes, sub in ((maps.sun, lights.sun_axes, of_sun), (maps.sky, lights.sky_axes, of_sky)):
        draw_depth_maps(
            pictures, mesh.corners, mesh.first, poses.rotation, poses.position,
            debris.size, debris.position, sub, axes, still,
        )  # fmt: skip
    return maps


def empty_maps(lights: LightSets) -> DepthMaps:
    """Room for every map."""
    return DepthMaps(
        np.empty((len(lights.sun_axes), lights.sun_size, lights.sun_size), np.float32),
        np.empty((len(lights.sky_axes), lights.sky_size, lights.sky_size), np.float32),
    )


def changes(now: DepthMaps, rest: DepthMaps) -> tuple[U8, U8]:
    """Blocks of the sun and the sky maps that differ from the rest pose."""
    marks = []
    for a, b in ((now.sun, rest.sun), (now.sky, rest.sky)):
        mark = np.empty((len(a), a.shape[1] // BLOCK, a.shape[2] // BLOCK), np.uint8)
        mark_changes(a, b, mark)
        marks.append(mark)
    return marks[0], marks[1]


def changed_ground(lights: LightSets, sun_changed: U8, sky_changed: U8, ground: Ground) -> F32:
    """(4,) x0, y0, x1, y1 metres: a box on the ground outside which every lookup is that of the rest pose."""
    plane = np.array([-ground.slope_x, -ground.slope_y, 1.0])
    found = []
    for axes, marks in ((lights.sun_axes, sun_changed), (lights.sky_axes, sky_changed)):
        for rows, mark in zip(axes.astype(float), marks, strict=True):
            j, i = np.nonzero(mark)
            if not len(j):
                continue
            # Where the light through each corner of the changed blocks meets the ground.
            u, v = (np.array([i.min() - 1, i.max() + 2]) * BLOCK, np.array([j.min() - 1, j.max() + 2]) * BLOCK)
            corner = np.array([[a - rows[0, 3], b - rows[1, 3], ground.level] for a in u for b in v])
            found.append(np.linalg.solve(np.vstack([rows[:2, :3], plane]), corner.T).T[:, :2])
    if not found:
        return np.zeros(4, np.float32)
    points = np.concatenate(found)
    return np.array([*(points.min(0) - 0.5), *(points.max(0) + 0.5)], np.float32)


def obstacle_triangles(obstacles: tuple[Obstacle, ...], ground: Ground) -> F32:
    """(12 · n, 3, 3) triangles of the boxes in the street, outward counter-clockwise."""
    found = [np.zeros((0, 3, 3))]
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    for box in obstacles:
        yaw = math.radians(box.yaw_deg)
        turn = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
        signs = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], float)
        points = (signs * box.half) @ turn.T + box.centre
        found.append(np.array([[points[a], points[b], points[c]] for q in quads for a, b, c in _fan(q)]))
    return np.concatenate(found).astype(np.float32)


def _fan(quad: tuple[int, ...]) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return (quad[0], quad[1], quad[2]), (quad[0], quad[2], quad[3])


def _all_axes(directions: F64, low: F64, high: F64, size: int) -> tuple[F32, float]:
    """World-to-texel rows for each direction, and the largest texel in metres."""
    box = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    axes, texel = [], 0.0
    for direction in directions:
        frame = light_frame(direction)
        spread = box @ frame[:2].T
        least, most = spread.min(0), spread.max(0)
        scale = (size - 2) / np.maximum(most - least, 1e-3)
        rows = np.zeros((3, 4))
        rows[:2, :3] = frame[:2] * scale[:, None]
        rows[:2, 3] = 1 - least * scale
        rows[2, :3] = frame[2]
        axes.append(rows)
        texel = max(texel, float((1 / scale).max()))
    return np.array(axes, np.float32), texel
