"""Periodic noise in three dimensions, made once and looked up: billows for dust, random vectors for eddies."""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]


@njit(cache=True)
def nearest_seed(seeds, n, out):
    """Distance from each sample of a periodic cube (n, n, n) to the nearest of the jittered seeds (Worley 1996).

    `seeds` (c, c, c, 3) lie in cells of side n / c at fractions 0..1; `out` is in cell sides.
    """
    c = seeds.shape[0]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                x, y, z = i * c / n, j * c / n, k * c / n
                a, b, d = int(x), int(y), int(z)
                best = 9.0
                for p in range(-1, 2):
                    for q in range(-1, 2):
                        for r in range(-1, 2):
                            s = seeds[(a + p) % c, (b + q) % c, (d + r) % c]
                            far = (a + p + s[0] - x) ** 2 + (b + q + s[1] - y) ** 2 + (d + r + s[2] - z) ** 2
                            best = min(best, far)
                out[i, j, k] = best**0.5


def nearest_seed_reference(seeds: npt.NDArray[np.float64], n: int) -> npt.NDArray[np.float64]:
    """The plain twin of `nearest_seed`: every seed in every neighbouring period."""
    c = len(seeds)
    cells = np.stack(np.meshgrid(*[np.arange(c)] * 3, indexing="ij"), -1)
    points = (cells + seeds).reshape(-1, 3)
    grid = np.stack(np.meshgrid(*[np.arange(n) * c / n] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    apart = np.abs(grid - points)
    apart = np.minimum(apart, c - apart)
    return np.asarray(np.sqrt((apart**2).sum(-1)).min(1).reshape(n, n, n))


@lru_cache(maxsize=4)
def billow_tile(seed: int = 11, n: int = 64) -> F32:
    """A periodic cube (n, n, n) of cauliflower: round heads pressed against each other, 0 in creases, 1 on heads.

    Four octaves of inverted Worley noise, each twice as fine (cells of n/4, n/8, … samples), with equalised
    values.
    """
    rng = np.random.default_rng([seed, 31])
    total = np.zeros((n, n, n))
    gain = 1.0
    for cells in (4, 8, 16, 32):
        if cells * 2 > n:
            break
        layer = np.empty((n, n, n), np.float64)
        nearest_seed(rng.uniform(0.1, 0.9, (cells, cells, cells, 3)), n, layer)
        total += gain * (1 - np.minimum(layer, 1.2) ** 1.4)
        gain *= 0.52
    return _equalise(total)


def _equalise(values: npt.NDArray[np.float64]) -> F32:
    """Ranks in 0..1: every threshold cuts off the same share whatever the seed."""
    rank = np.empty(values.size, np.float32)
    rank[np.argsort(values, axis=None, kind="stable")] = np.linspace(0, 1, values.size, dtype=np.float32)
    return rank.reshape(values.shape)


@lru_cache(maxsize=4)
def vector_tile(seed: int, n: int = 32) -> F32:
    """A periodic random field (n, n, n, 3) of zero mean and unit variance, smooth over two samples."""
    rng = np.random.default_rng([seed, 77])
    wave = np.fft.fftfreq(n)
    far = wave[:, None, None] ** 2 + wave[:, None] ** 2 + wave**2
    keep = np.exp(-far * 26.0)[..., None]
    field = np.fft.ifftn(np.fft.fftn(rng.normal(size=(n, n, n, 3)), axes=(0, 1, 2)) * keep, axes=(0, 1, 2)).real
    field -= field.mean((0, 1, 2))
    return np.ascontiguousarray(field / field.std((0, 1, 2)), dtype=np.float32)
