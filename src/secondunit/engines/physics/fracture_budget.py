"""How many fragments and chunks each part gets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Part
from secondunit.engines.physics.parts import Parts
from secondunit.engines.physics.voronoi import Cells

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
PER_CHUNK = 5.0
CLICK_GAIN = 2.0
DEEP_RATE = 0.3
INNER = (Part.SLAB, Part.PARTITION, Part.BEAM, Part.FURNITURE)


def nearness(points: F64, click: tuple[float, float, float] | None, reach: float) -> F64:
    """1 far from the click, up to 1 + CLICK_GAIN at it, (n,)."""
    if click is None:
        return np.ones(len(points))
    gap = np.linalg.norm(points - np.asarray(click), axis=1) / reach
    near: F64 = 1.0 + CLICK_GAIN * np.exp(-(gap**2))
    return near


def share_fragments(parts: Parts, n_fragments: int, click: tuple[float, float, float] | None) -> I32:
    """Fragments per part, (n,), each at least 1, `n_fragments` together (or one each, where that is more)."""
    cells = parts.cells
    biggest = np.maximum.reduceat(cells.face_areas(), cells.face_start[:-1])
    per_piece = np.array([p.per_piece for p in parts.parts])
    rate = np.array([p.rate for p in parts.parts])
    size = float(np.ptp(cells.vertices, axis=0).max())
    wanted = (
        rate * np.where(per_piece, 1.0, biggest) * _exposure(parts) * nearness(cells.centroid, click, 0.22 * size)
    )
    return fill(wanted, n_fragments)


def _exposure(parts: Parts) -> F64:
    """1 just behind a side the camera faces, falling with the depth behind it to DEEP_RATE, (n,).

    What lies deep inside is seen only through dust, in pieces that have fallen; outer walls keep their rate.
    """
    block = np.array([p.block for p in parts.parts])
    inner = np.array([p.part in INNER for p in parts.parts])
    out = np.ones(len(block))
    for k, planes in enumerate(parts.seen):
        mine = np.flatnonzero(inner & (block == k))
        if len(planes) == 0:
            out[mine] = DEEP_RATE
            continue
        depth = -(parts.cells.centroid[mine] @ planes[:, :3].T + planes[:, 3]).max(1)
        out[mine] = DEEP_RATE + (1.0 - DEEP_RATE) * np.exp(-np.maximum(depth - 1.0, 0.0) / 4.0)
    return out


def fill(wanted: F64, total: int) -> I32:
    """Whole numbers in proportion to `wanted`, each at least 1, whose sum is `total` (or len(wanted) if more)."""
    n = len(wanted)
    if n == 1:
        return np.array([max(1, total)], np.int32)
    if total <= n:
        return np.ones(n, np.int32)
    low, high = 0.0, total / max(float(wanted.min()), 1e-9)
    for _ in range(50):
        middle = 0.5 * (low + high)
        if np.maximum(1.0, middle * wanted).sum() < total:
            low = middle
        else:
            high = middle
    exact = np.maximum(1.0, low * wanted)
    counts = np.floor(exact).astype(np.int32)
    short = total - int(counts.sum())
    first = np.argsort(-(exact - counts), kind="stable")
    counts[first[: max(0, short)]] += 1
    return counts


def chunks_per_part(parts: Parts, fragments: I32) -> I32:
    """Chunks per part: about one for five fragments; a pane or a piece of furniture is one."""
    whole = np.array([p.per_piece or p.density == 1300.0 for p in parts.parts])
    counts = np.maximum(1, np.round(fragments / PER_CHUNK)).astype(np.int32)
    counts[whole] = 1
    return counts


def share_in_chunks(chunks: Cells, fragments: I32, rng: np.random.Generator) -> I32:
    """Fragments per chunk: a part's fragments by volume, unevenly (a factor of about 4 either way)."""
    counts = np.ones(chunks.n, np.int32)
    uneven = chunks.volume ** (2 / 3) * rng.lognormal(0.0, 0.8, chunks.n)
    edges = np.searchsorted(chunks.parent, np.arange(len(fragments) + 1))
    for part, n in enumerate(fragments):
        a, b = edges[part], edges[part + 1]
        if b > a:
            counts[a:b] = fill(uneven[a:b], int(n))
    return counts
