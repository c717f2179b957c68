"""Small inputs for the rasteriser and the patch fill, and for their plain twins."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from kernels_case import Case

from secondunit.engines.light.raster_mesh import build_mesh
from secondunit.engines.light.raster_pose import matrices, rest_poses
from secondunit.engines.light.raster_view import make_view
from secondunit.engines.physics.fracture import break_building
from secondunit.kernels import patchmatch as patches
from secondunit.kernels import patchmatch_reference as plain_patches
from secondunit.kernels.raster_reference import draw_fragments_reference
from secondunit.kernels.raster_visibility import draw_fragments
from secondunit.slate.building import Block, Building
from secondunit.slate.camera import Camera, Ground


def _raster() -> Case:
    h, w, samples = 64, 96, 2
    camera = Camera.looking(
        position=(-3.0, -15.0, 1.7), yaw_deg=12.0, pitch_deg=7.0, roll_deg=0.0,
        focal=0.9 * w, width=w, height=h, k1=-0.08,
    )  # fmt: skip
    block = Block("house", ((0, 0), (10, 0), (10, 6), (0, 6)), 0.0, 6.0, 2)
    breakup = break_building(Building((block,)), n_fragments=60, seed=1, click=(5.0, 0.0, 1.0))
    matte, view = np.ones((h, w), np.float32), make_view(camera, Ground(), samples, samples, 0)
    mesh = build_mesh(breakup, camera, matte)
    rest, rng = rest_poses(mesh.centre, samples), np.random.default_rng(1)
    place = rest.position + rng.normal(0, 0.6, mesh.centre.shape).astype(np.float32)
    q = rng.normal(0, 1, (len(mesh.centre), 4)) * 0.2 + (0, 0, 0, 1)
    turn = matrices((q / np.linalg.norm(q, axis=1)[:, None]).astype(np.float32))
    turn = np.ascontiguousarray(np.broadcast_to(turn, (samples, *turn.shape)))
    box = np.array([0, 0, w, h], np.int32)

    def fast() -> tuple[np.ndarray, np.ndarray]:
        zb, ib = np.zeros((samples, h, w), np.float32), np.full((samples, h, w), -1, np.int32)
        draw_fragments(
            zb, ib, mesh.corners, mesh.centre, mesh.cut, mesh.first, mesh.radius, turn, place,
            view.cam, view.jitter, view.order, matte, box,
        )  # fmt: skip
        return zb, ib

    def agree(ours: tuple[np.ndarray, np.ndarray], twin: tuple[np.ndarray, np.ndarray]) -> bool:
        same = ours[1] == twin[1]  # float32 against float64 on shared edges
        seen = float((twin[1] >= 0).mean()) > 0.1
        return seen and float(same.mean()) > 0.998 and np.allclose(ours[0][same], twin[0][same], rtol=2e-4)

    return Case(
        f"{len(mesh.corners)} triangles, {w} × {h}, {samples} sub-frames",
        fast,
        lambda: draw_fragments_reference(mesh.corners, mesh.fragment, turn, place, view.cam, view.jitter, h, w),
        agree,
    )


class _Hole:
    """A small textured picture with a hole, and the patches (radius 2) that may fill it."""

    def __init__(self) -> None:
        h, w = 26, 30
        y, x = np.mgrid[:h, :w]
        base = 120 + 50 * np.sin(x / 3.0) + 30 * np.cos(y / 4.0)
        self.rng = np.random.default_rng(0)
        self.picture = (base[..., None] + self.rng.normal(0, 4, (h, w, 3))).astype(np.float32)
        self.hole, self.whole = np.zeros((h, w), bool), np.zeros((h, w), bool)
        self.hole[10:15, 12:17] = True
        self.whole[3:23, 3:8] = self.whole[3:23, 22:27] = True
        self.trust = np.where(self.hole, 0.5, 1.5).astype(np.float32)
        target = cv2.dilate(self.hole.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        self.points = np.argwhere(target).astype(np.int32)
        self.index = np.full((h, w), -1, np.int32)
        self.index[target] = np.arange(len(self.points), dtype=np.int32)

    def field(self) -> np.ndarray:
        """A random source patch in its own row for each point, (n, 2) x, y."""
        columns = self.rng.choice(np.flatnonzero(self.whole[10]), len(self.points))
        return np.stack([columns, self.points[:, 0]], 1).astype(np.int32)

    def distances(self, field: np.ndarray) -> np.ndarray:
        return patches.distances(self.picture, self.trust, self.picture, field, self.points, 2)


def _patch_distances() -> Case:
    a = _Hole()
    field = a.field()

    def plain() -> np.ndarray:
        pairs = zip(a.points, field[:, ::-1], strict=True)
        twin = plain_patches.patch_distance_reference
        return np.array([twin(a.picture, a.trust, a.picture, tuple(p), tuple(q), 2) for p, q in pairs])

    return Case(
        f"{len(field)} patches of 5 × 5",
        lambda: a.distances(field),
        plain,
        lambda ours, twin: np.allclose(ours, twin, rtol=1e-4, atol=0),
    )


def _patch_search() -> Case:
    a, lock, sweeps = _Hole(), 2, 12
    first, seeds = a.field(), a.rng.integers(1, 1 << 30, sweeps).tolist()

    def fast() -> np.ndarray:
        field, uses = first, np.zeros(a.hole.shape, np.float32)
        for k, seed in enumerate(seeds):
            field = patches.search(
                a.picture, a.trust, a.picture, a.whole, field, a.points, a.index, uses, 2, k % 2, seed,
                1 << 30, lock, 30,
            )  # fmt: skip
        return a.distances(field)

    return Case(
        f"{len(first)} patches of 5 × 5, {sweeps} sweeps against every patch within {lock} rows",
        fast,
        lambda: plain_patches.nearest_reference(
            a.picture, a.trust, a.picture, a.whole, a.points, 2, 1 << 30, lock
        )[1],
        lambda ours, twin: bool((ours >= twin * (1 - 1e-4)).all()) and float(ours.mean()) < 1.05 * twin.mean(),
    )


def _patch_vote() -> Case:
    a = _Hole()
    field = a.field()
    error = a.distances(field).astype(np.float32)
    spread, origin = np.float32(2 * np.median(error)), np.full((*a.hole.shape, 2), -1, np.int32)
    given = a.picture, a.picture, a.hole, field, error, a.points
    return Case(
        f"{int(a.hole.sum())} pixels, patches of 5 × 5",
        lambda: patches.vote(*given, a.index, 2, spread, False, origin),
        lambda: plain_patches.vote_reference(*given, 2, float(spread)),
        lambda ours, twin: np.allclose(ours, twin, atol=0.02),
    )


CASES: dict[str, Callable[[], Case]] = {
    "raster_visibility.draw_fragments": _raster,
    "patchmatch.distances": _patch_distances,
    "patchmatch.search": _patch_search,
    "patchmatch.vote": _patch_vote,
}
