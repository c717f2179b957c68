"""Small inputs for the kernels of smoke, of light through dust and of its noise, and for their plain twins."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from kernels_case import Case
from scipy.ndimage import gaussian_filter

from secondunit.kernels import march, march_reference, march_shadow, smoke, smoke_reference
from secondunit.kernels.noise import billow_tile, nearest_seed, nearest_seed_reference


def _air(shape: tuple[int, int, int]) -> tuple[list[np.ndarray], np.ndarray]:
    """Random face speeds of a grid, and the speeds at its centres (…, 3)."""
    rng = np.random.default_rng(1)
    sizes = [tuple(n + (axis == d) for d, n in enumerate(shape)) for axis in range(3)]
    faces = [rng.normal(0, 2, size).astype(np.float32) for size in sizes]
    centre = np.empty((*shape, 3), np.float32)
    smoke.centre_speed(*faces, centre)
    return faces, centre


def _advection(sharp: bool) -> Case:
    shape = (48, 40, 32)
    _, c = _air(shape)
    a = np.random.default_rng(2).random(shape, dtype=np.float32)
    busy = np.ones([-(-n // 4) for n in shape], np.uint8)
    wide_a, wide_c = a.astype(float), c.astype(float)

    def fast() -> np.ndarray:
        forward = np.empty_like(a)
        smoke.advect(forward, a, c, np.float32(0.37), 3)
        if not sharp:
            return forward
        out = np.empty_like(a)
        smoke.advect_sharply(out, a, forward, c, np.float32(0.37), 3, busy)
        return out

    def agree(ours: np.ndarray, twin: np.ndarray) -> bool:
        off = np.abs(ours - twin)  # a value on the very limit may fall either way
        return float((off > 1e-4).mean()) < 0.01 if sharp else float(off.max()) < 2e-5

    twin = smoke_reference.advect_sharply_reference if sharp else smoke_reference.advect_reference
    return Case(_grid(shape), fast, lambda: twin(wide_a, wide_c, 0.37, 3), agree)


def _grid(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) + " cells"


def _projection() -> Case:
    shape = (10, 9, 8)
    faces, _ = _air(shape)
    source = np.random.default_rng(5).normal(0, 1, shape).astype(np.float32)
    wide = [a.astype(float) for a in (*faces, source)]

    def fast() -> list[np.ndarray]:
        out = [f.copy() for f in faces]
        smoke.project(*out, source)
        return out

    return Case(
        _grid(shape) + ", the twin a dense system",
        fast,
        lambda: smoke_reference.project_reference(*wide),
        lambda ours, twin: all(np.allclose(a, b, rtol=1e-6, atol=2e-4) for a, b in zip(ours, twin, strict=True)),
    )


def _curl() -> Case:
    shape = (48, 40, 32)
    _, c = _air(shape)
    wide = c.astype(float)

    def fast() -> np.ndarray:
        out = np.empty((*shape, 4), np.float32)
        smoke.curl(c, np.float32(0.5), out)
        return out[..., :3]

    return Case(
        _grid(shape),
        fast,
        lambda: smoke_reference.curl_reference(wide, 0.5),
        lambda ours, twin: np.allclose(ours, twin, rtol=1e-6, atol=1e-4),
    )


def _blob(size: float) -> np.ndarray:
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in (20, 18, 14)], indexing="ij"), -1)
    return np.exp(-(((grid - np.array([10, 9, 6])) / size) ** 2).sum(-1)).astype(np.float32)


def _march() -> Case:
    share = gaussian_filter(_blob(4.5), 1.0) * np.float32(1.1) - np.float32(0.05)
    y, z = np.meshgrid(np.linspace(-0.25, 0.25, 16), np.linspace(-0.25, 0.0, 12))
    rays = np.stack([np.ones_like(y), y, z], -1).astype(np.float32)
    depth, jitter = np.full(y.shape, 1e4, np.float32), np.full((64, 64), 0.5, np.float32)
    tile, start, sun = billow_tile(3, 32), np.array([-6.0, 9.0, 6.0]), np.array([0, 0, 1.0])
    blocks, flow, blend = march_shadow.block_map(share), np.zeros((1, 1, 1, 6), np.float32), np.float32([1, 0])
    none, whole, offset, corner = np.zeros_like(share), np.ones_like(share), np.full((2, 3), 5.5), np.zeros(3)
    step = 0.02

    def fast() -> np.ndarray:
        out, span = np.empty((*y.shape, 4), np.float32), np.empty((*y.shape, 2), np.float32)
        march.march(
            share, none, whole, none, blocks, tile, flow, blend, offset, corner, start, rays, depth, jitter, sun,
            rays, sun, 0.8, 0.0, step, out, span,
        )  # fmt: skip
        return out[..., 3]

    def plain() -> np.ndarray:
        found = [
            march_reference.opacity_reference(
                share, tile, offset[0], corner, start, ray, 40.0, float(np.linalg.norm(ray)), 0.8, step
            )
            for ray in rays.reshape(-1, 3).astype(float)
        ]
        return np.reshape(found, y.shape)

    return Case(
        f"{y.size} rays, {step} m steps (ours: light too)",
        fast,
        plain,
        lambda ours, twin: float(np.abs(ours - twin).max()) < 0.04 and float(twin.max()) > 0.5,
    )


def _sunlight() -> Case:
    density, toward = _blob(3.5), np.array([0.5, -0.3, 0.8])
    at = np.argwhere(np.ones_like(density)).astype(float)

    def agree(ours: np.ndarray, twin: np.ndarray) -> bool:
        off = np.abs(ours.ravel() - twin)
        return float(off.max()) < 0.15 * twin.max() and float(off.mean()) < 0.03 * twin.max()

    return Case(
        _grid(density.shape),
        lambda: march_shadow.sweep_depth(density, tuple(toward), 0.5),
        lambda: march_reference.depth_reference(density, at, toward, 0.5, 0.2),
        agree,
    )


def _shadows() -> Case:
    density, toward = _blob(3.5), np.array([0.5, -0.3, 0.8]) / math.sqrt(0.98)
    depth = march_shadow.sweep_depth(density, tuple(toward), 1.0)
    points = np.random.default_rng(2).uniform([-15, -15, 0], [35, 33, 6], (40, 50, 3)).astype(np.float32)
    flat, origin, turn = points.reshape(-1, 3).astype(float), np.zeros(3), np.eye(3)

    def fast() -> np.ndarray:
        out = np.empty(points.shape[:2], np.float32)
        march_shadow.shade_points(depth, points, origin, turn, toward, out)
        return out

    def agree(ours: np.ndarray, twin: np.ndarray) -> bool:
        off = np.abs(ours.ravel() - twin)  # slices soften the rim of a shadow by a cell or two
        return float(off.max()) < 0.3 and float(off.mean()) < 0.04

    return Case(
        f"{len(flat)} points, depth towards the sun swept before",
        fast,
        lambda: np.exp(-march_reference.depth_reference(density, flat, toward, 1.0, 0.1)),
        agree,
    )


def _noise() -> Case:
    n, seeds = 24, np.random.default_rng(1).random((4, 4, 4, 3))

    def fast() -> np.ndarray:
        out = np.empty((n, n, n))
        nearest_seed(seeds, n, out)
        return out

    return Case(
        f"{n}³ samples, {len(seeds)}³ seeds",
        fast,
        lambda: nearest_seed_reference(seeds, n),
        lambda ours, twin: np.allclose(ours, twin, rtol=1e-6, atol=1e-9),
    )


CASES: dict[str, Callable[[], Case]] = {
    "smoke.advect": lambda: _advection(False),
    "smoke.advect_sharply": lambda: _advection(True),
    "smoke.project": _projection,
    "smoke.curl": _curl,
    "march.march": _march,
    "march_shadow.sweep_depth": _sunlight,
    "march_shadow.shade_points": _shadows,
    "noise.nearest_seed": _noise,
}
