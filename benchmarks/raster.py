"""What one lit frame costs, stage by stage, on a synthetic house: 400,000 triangles and 50,000 pieces of debris.

    python benchmarks/raster.py [--width 1280] [--height 720] [--samples 16]

CPU seconds of this process (all threads), the best of three frames; compiling is reported apart.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "light"))
import box_house

from secondunit.engines.light import raster
from secondunit.engines.light.raster import LightScene, RasterSettings
from secondunit.kernels.raster_reference import draw_fragments_reference
from secondunit.slate.camera import Ground, Sun

STAGES = (
    "pose_fragments", "pose_debris", "draw_fragments", "draw_debris", "draw_maps", "classify", "bounce_volume",
    "shade", "changes", "standing_ratio", "ground_light", "write_data", "rank_ids",
)  # fmt: skip


def fine_house(pieces: int = 3):
    """The house with every triangle cut into `pieces`² smaller ones."""
    house = box_house.house(size=(16.0, 10.0, 11.0), step=0.44)
    k = pieces
    a, b, c = (house.corners[:, i] for i in range(3))
    cut = []
    for i in range(k):
        for j in range(k - i):
            p = [a + (b - a) * (u / k) + (c - a) * (v / k) for u, v in ((i, j), (i + 1, j), (i, j + 1))]
            cut.append(np.stack(p, 1))
            if j < k - i - 1:
                q = [
                    a + (b - a) * (u / k) + (c - a) * (v / k) for u, v in ((i + 1, j), (i + 1, j + 1), (i, j + 1))
                ]
                cut.append(np.stack(q, 1))
    times = len(cut)
    return dataclasses.replace(
        house,
        corners=np.concatenate(cut).astype(np.float32),
        tri_fragment=np.tile(house.tri_fragment, times),
        tri_surface=np.tile(house.tri_surface, times),
        tri_normal=np.tile(house.tri_normal, (times, 1)),
    )


def small_crumbs(house, moment: float, count: int):
    """Debris with the sizes of a simulated fall (Truckee): median 6 cm, a twentieth over 16 cm."""
    crumbs = box_house.crumbs(house, moment, count)
    size = np.exp(np.random.default_rng(1).normal(np.log(0.058), 0.6, count))
    return dataclasses.replace(crumbs, size=np.clip(size, 0.015, 0.3).astype(np.float32))


def timed(spent):
    """Wrap every stage in the renderer's module with a clock."""
    for name in STAGES:
        stage = getattr(raster, name)

        def call(*args, _stage=stage, _name=name, **kwargs):
            start = time.process_time()
            result = _stage(*args, **kwargs)
            spent[_name] += time.process_time() - start
            return result

        setattr(raster, name, call)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--debris", type=int, default=50_000)
    args = parser.parse_args()
    house = fine_house()
    camera = box_house.camera(args.width, args.height)
    rng = np.random.default_rng(0)
    plate = rng.uniform(0.2, 0.4, (args.height, args.width, 3)).astype(np.float32)
    start = time.process_time()
    scene = LightScene(
        house, camera, Sun.from_angles(-140, 35), Ground(), plate=plate,
        matte=np.ones(plate.shape[:2], np.float32), settings=RasterSettings(samples=args.samples),
    )  # fmt: skip
    print(f"{house.n_fragments} fragments, {len(house.corners)} triangles, {args.debris} pieces of debris")
    print(f"scene, with compiling if nothing is cached  {time.process_time() - start:6.2f} s")
    spent: dict[str, float] = defaultdict(float)
    timed(spent)
    best: tuple[float, dict[str, float]] = (1e9, {})
    for turn in range(4):
        frames = [box_house.tumble(house, 0.8 + k / 24) for k in (-1, 0, 1)]
        crumbs = [small_crumbs(house, 0.8 + k / 24, args.debris) for k in (-1, 0, 1)]
        spent.clear()
        start = time.process_time()
        frame = scene.render(*frames, *crumbs)
        total = time.process_time() - start
        if turn and total < best[0]:
            best = total, dict(spent)
    for name in STAGES:
        print(f"{name:18} {best[1].get(name, 0):6.2f} s")
    print(
        f"{'a frame':18} {best[0]:6.2f} s, fragments cover {frame.fragments[..., 3].mean():.0%}, "
        f"debris {frame.debris[..., 3].mean():.0%} of the picture"
    )
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    _against_reference(scene, frames)


def _against_reference(scene, frames) -> None:
    """The visibility kernel against its plain twin on a 96 × 64 picture of a coarse house."""
    small = box_house.house(step=1.0)
    camera = box_house.camera(96, 64)
    view = raster.make_view(camera, Ground(), 2, 2, 0)
    mesh = raster.build_mesh(small, camera, np.ones((64, 96), np.float32))
    poses = raster.rest_poses(mesh.centre, 2)
    zb, ib = np.zeros((2, 64, 96), np.float32), np.full((2, 64, 96), -1, np.int32)
    box = np.array([0, 0, 96, 64], np.int32)
    start = time.perf_counter()
    raster.draw_fragments(
        zb, ib, mesh.corners, mesh.centre, mesh.cut, mesh.first, mesh.radius, poses.rotation, poses.position,
        view.cam, view.jitter, view.order, np.ones((64, 96), np.float32), box,
    )  # fmt: skip
    fast = time.perf_counter() - start
    start = time.perf_counter()
    draw_fragments_reference(
        mesh.corners, mesh.fragment, poses.rotation, poses.position, view.cam, view.jitter, 64, 96
    )
    slow = time.perf_counter() - start
    print(f"visibility: {slow / fast:.0f} times as fast as the plain twin ({slow:.2f} s)")


if __name__ == "__main__":
    main()
