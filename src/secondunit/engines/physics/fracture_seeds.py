"""Where cracks start and how long pieces grow: seeds and metrics for the Voronoi cells of each material."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.physics.breakup import Surface
from secondunit.engines.physics.bricks import step_of
from secondunit.engines.physics.parts import ConvexPart, Parts
from secondunit.engines.physics.voronoi import Cells, sample_inside

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
LEAST_GAP_M = 0.03  # two seeds closer than this make slivers
LEAST_UNIT_M = {
    Surface.BRICK: 0.07,
    Surface.STONE: 0.13,
    Surface.TILE: 0.1,
}  # walls in courses: about half a unit
ALONG_GRAIN = {Surface.TIMBER: 4.5, Surface.METAL: 2.0}
# How much distance through a plate counts: little, and pieces run through its whole thickness.
THROUGH = {Surface.GLASS: 0.1, Surface.BRICK: 0.7, Surface.STONE: 0.8, Surface.CONCRETE: 0.55}


def metrics(parts: Parts, *, shards: F64 | None = None, owner: I32 | None = None) -> F64:
    """The metric (n, 3, 3) distances are measured with in each part (or in each chunk, by its `owner` part).

    `shards` (n, 4): a random unit direction and how many times longer pieces of concrete and stone are along it.
    """
    base = np.array([_metric(p) for p in parts.parts])
    if owner is None or shards is None:
        return base
    out: F64 = base[owner].copy()
    brittle = np.array([p.inside in (Surface.CONCRETE, Surface.STONE, Surface.BRICK) for p in parts.parts])[owner]
    along = shards[:, :3]
    stretch = (1.0 / shards[:, 3] ** 2 - 1.0)[:, None, None] * along[:, :, None] * along[:, None, :]
    out[brittle] += stretch[brittle]
    return out


def _metric(part: ConvexPart) -> F64:
    m = np.eye(3)
    if part.grain is not None:
        g = np.asarray(part.grain)
        m += (1.0 / ALONG_GRAIN.get(part.inside, 2.0) ** 2 - 1.0) * np.outer(g, g)
    if part.thin is not None:
        t = np.asarray(part.thin)
        m += (THROUGH.get(part.inside, 0.3) ** 2 - 1.0) * np.outer(t, t)
    return m


def least_gaps(parts: Parts, owner: I32) -> F64:
    """How close seeds may come in each chunk or part, metres, (n,), by its `owner` part."""
    gap = np.full(len(parts.parts), LEAST_GAP_M)
    for i, part in enumerate(parts.parts):
        if part.wall >= 0 and part.inside in LEAST_UNIT_M:
            gap[i] = LEAST_UNIT_M[part.inside] * step_of(parts.walls[part.wall])
    return gap[owner]


def shard_directions(parts: Parts, owner: I32, rng: np.random.Generator) -> F64:
    """For each chunk a random unit direction within its plate and an elongation of 1 to 2.4, (n, 4)."""
    way = rng.normal(size=(len(owner), 3))
    thin = np.array([p.thin if p.thin is not None else (0.0, 0.0, 0.0) for p in parts.parts])[owner]
    way -= (way * thin).sum(1, keepdims=True) * thin
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    shards: F64 = np.c_[way, 1.0 + 1.4 * rng.random(len(owner)) ** 1.5]
    return shards


def chunk_seeds(parts: Parts, counts: I32, rng: np.random.Generator) -> F64:
    """Seeds of the chunks: uniform random in each part."""
    return sample_inside(parts.cells, counts, rng)


def fragment_seeds(chunks: Cells, parts: Parts, counts: I32, rng: np.random.Generator) -> F64:
    """Seeds of the fragments: mostly crowded round one spot, so that sizes span decades; in panes, rays."""
    seeds = sample_inside(chunks, counts, rng)
    start = np.concatenate([[0], np.cumsum(counts)])
    owner = np.repeat(np.arange(chunks.n), counts)
    heart = seeds[start[:-1]][owner]
    crowd = rng.random(chunks.n) < 0.7
    power = rng.uniform(0.5, 2.4, chunks.n)
    pull = np.where(crowd[owner], 0.08 + 0.92 * rng.random(len(seeds)) ** power[owner], 1.0)
    seeds = heart + (seeds - heart) * pull[:, None]
    glass = np.array([p.inside is Surface.GLASS for p in parts.parts])[chunks.parent]
    for i in np.flatnonzero(glass):
        seeds[start[i] : start[i + 1]] = _rays(chunks, parts.parts[chunks.parent[i]], int(i), int(counts[i]), rng)
    spread: F64 = seeds
    return spread


def _rays(chunks: Cells, part: ConvexPart, i: int, n: int, rng: np.random.Generator) -> F64:
    """Seeds on a small ring round one spot of a pane: their cells are wedges that run to its edge."""
    corners = chunks.vertices[chunks.vertex_start[i] : chunks.vertex_start[i + 1]]
    spot = chunks.centroid[i] + 0.45 * (corners[rng.integers(len(corners))] - chunks.centroid[i]) * rng.random()
    normal = np.asarray(part.thin if part.thin is not None else (0.0, 1.0, 0.0))
    spot = spot - normal * float((spot - chunks.centroid[i]) @ normal)
    side = np.cross(normal, (0.0, 0.0, 1.0))
    side /= max(float(np.linalg.norm(side)), 1e-9)
    up = np.cross(side, normal)
    angle = (np.arange(n) + rng.uniform(-0.35, 0.35, n)) * 2 * np.pi / max(1, n)
    reach = 0.05 + 0.03 * rng.random(n)
    ring: F64 = spot + reach[:, None] * (np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * up)
    return ring


@njit(cache=True)  # type: ignore[untyped-decorator]
def far_enough(seeds: F64, start: I32, gap: F64) -> npt.NDArray[np.bool_]:
    """False for each seed closer than its parent's `gap` to an earlier one; the first always stays."""
    keep = np.ones(len(seeds), np.bool_)
    for parent in range(len(start) - 1):
        for i in range(start[parent] + 1, start[parent + 1]):
            for j in range(start[parent], i):
                if keep[j]:
                    d = (
                        (seeds[i, 0] - seeds[j, 0]) ** 2
                        + (seeds[i, 1] - seeds[j, 1]) ** 2
                        + (seeds[i, 2] - seeds[j, 2]) ** 2
                    )
                    if d < gap[parent] * gap[parent]:
                        keep[i] = False
                        break
    return keep
