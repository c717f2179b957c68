"""A made-up collapse for the tests of debris and dust: a hollow house of boxes that drops into a heap."""

from collections.abc import Iterator

import numpy as np

from secondunit.engines.physics.breakup import Breakup, Part, Surface
from secondunit.engines.physics.motion import BREAK, IMPACT, BodyFrame

UNIT = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
NORMALS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)


def breakup_of_boxes(centres: np.ndarray, sizes: np.ndarray, part: np.ndarray, storey: np.ndarray) -> Breakup:
    n = len(centres)
    points = (centres[:, None] + UNIT[None] * sizes[:, None]).reshape(-1, 3)
    d = -(np.einsum("pk,nk->np", NORMALS, centres) + 0.5 * sizes[:, [0, 0, 1, 1, 2, 2]])
    planes = np.concatenate([np.broadcast_to(NORMALS, (n, 6, 3)), d[..., None]], -1).reshape(-1, 4)
    f32 = lambda a: np.ascontiguousarray(a, np.float32)  # noqa: E731
    return Breakup(
        centre=f32(centres),
        volume=f32(sizes.prod(1)),
        density=np.full(n, 1900, np.float32),
        part=part.astype(np.uint8),
        storey=storey.astype(np.int32),
        chunk=np.arange(n, dtype=np.int32),
        hull_points=f32(points),
        hull_start=np.arange(0, 8 * n + 1, 8, dtype=np.int32),
        hull_planes=f32(planes),
        plane_start=np.arange(0, 6 * n + 1, 6, dtype=np.int32),
        bonds=np.zeros((0, 2), np.int32),
        bond_area=np.zeros(0, np.float32),
        grounded=centres[:, 2] < 1,
        corners=np.zeros((n, 3, 3), np.float32),
        tri_fragment=np.arange(n, dtype=np.int32),
        tri_surface=np.full(n, Surface.BRICK, np.uint8),
        tri_normal=np.tile(f32([0, 0, 1]), (n, 1)),
        chunk_centre=f32(centres),
        chunk_volume=f32(sizes.prod(1)),
        chunk_part=part.astype(np.uint8),
        chunk_storey=storey.astype(np.int32),
        chunk_hull_points=f32(points),
        chunk_hull_start=np.arange(0, 8 * n + 1, 8, dtype=np.int32),
        chunk_hull_planes=f32(planes),
        chunk_plane_start=np.arange(0, 6 * n + 1, 6, dtype=np.int32),
    )


def house(width: float = 12, depth: float = 8, height: float = 9, brick: float = 0.6) -> Breakup:
    """Four walls and a slab over each storey of 3 m, cut into boxes."""
    xs, ys = np.arange(-width / 2, width / 2, brick) + brick / 2, np.arange(0, depth, brick) + brick / 2
    zs = np.arange(0, height, brick) + brick / 2
    c, s, p = [], [], []
    for z in zs:
        for x in xs:
            for y in (0.2, depth - 0.2):
                c.append((x, y, z)), s.append((brick, 0.4, brick)), p.append(Part.WALL)
        for y in ys[1:-1]:
            for x in (-width / 2 + 0.2, width / 2 - 0.2):
                c.append((x, y, z)), s.append((0.4, brick, brick)), p.append(Part.WALL)
    for z in np.arange(3, height + 0.1, 3.0):
        for x in xs[1:-1]:
            for y in ys[1:-1]:
                c.append((x, y, z - 0.1)), s.append((brick, brick, 0.2)), p.append(Part.SLAB)
    centres, sizes = np.array(c), np.array(s)
    return breakup_of_boxes(centres, sizes * 0.98, np.array(p), (centres[:, 2] // 3).astype(int))


def fall(breakup: Breakup, n_frames: int, rate: float = 24, start: float = 0.2) -> Iterator[BodyFrame]:
    """Each fragment drops freely from its start time to its place in the heap, sliding outwards on landing."""
    rng = np.random.default_rng(3)
    rest = breakup.centre.astype(float)
    n = len(rest)
    middle = np.r_[rest[:, :2].mean(0), 0]
    began = start + 0.015 * np.linalg.norm(rest - middle, axis=1) + 0.04 * rest[:, 2] + rng.random(n) * 0.1
    began += 0.12 * np.abs(rest[:, 0] - rest[:, 0].min()) / 3
    out = rest - middle
    out[:, 2] = 0
    out /= np.linalg.norm(out, axis=1, keepdims=True) + 0.3
    end_z = np.minimum(0.35 + rest[:, 2] * 0.24 * rng.uniform(0.5, 1.15, n), rest[:, 2])
    land = began + np.sqrt(2 * (rest[:, 2] - end_z) / 9.81)
    slide = out * (0.64 * np.sqrt(rest[:, 2]) * rng.random(n))[:, None] + rng.normal(0, 0.1, (n, 3)) * [1, 1, 0]
    axis = rng.normal(size=(n, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    turn = rng.normal(0, 1.2, n)

    def pose(t: float) -> tuple[np.ndarray, np.ndarray]:
        dt = np.clip(t - began, 0, land - began)
        done = np.clip((t - began) / (land - began + 0.5), 0, 1)
        ease = done * done * (3 - 2 * done)
        p = rest + slide * ease[:, None]
        p[:, 2] = rest[:, 2] - 0.5 * 9.81 * dt**2
        half = 0.5 * turn * ease
        return p, np.c_[axis * np.sin(half)[:, None], np.cos(half)]

    for k in range(n_frames):
        t = k / rate
        p, q = pose(t)
        before, _ = pose(t - 1e-3)
        v = (p - before) / 1e-3
        events = []
        for times, kind in ((began, BREAK), (land, IMPACT)):
            for f in np.where((times > t - 1 / rate) & (times <= t))[0]:
                at, _ = pose(times[f] - 1e-4)
                ago, _ = pose(times[f] - 1.1e-3)
                speed = (at[f] - ago[f]) / 1e-3
                events.append([times[f], *at[f], *speed, breakup.volume[f], f, kind])
        events.sort()
        awake = np.where(t < began, 0, np.where(t < land + 0.5, 1, 2)).astype(np.uint8)
        yield BodyFrame(
            position=p.astype(np.float32),
            rotation=q.astype(np.float32),
            velocity=v.astype(np.float32),
            spin=(axis * (turn * 0.5)[:, None] * (awake == 1)[:, None]).astype(np.float32),
            awake=awake,
            events=np.array(events, np.float32).reshape(-1, 10),
        )
