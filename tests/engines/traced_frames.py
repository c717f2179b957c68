"""Traces of every kind of part, made up from a seed, and the pictures they point into."""

import numpy as np
import numpy.typing as npt

from secondunit.engines.trace import CopyPart, ModelPart, Part, PatchPart, Source, Trace

F32 = npt.NDArray[np.float32]
SOURCES = (Source("plate", 1001), Source("key", 1001), Source("reference", 0), Source("plate", 1001))


def pictures(seed: int, h: int = 13, w: int = 17) -> dict[Source, F32]:
    """A picture of its own size for each source: dark, bright and negative values."""
    rng = np.random.default_rng(seed)
    return {
        source: rng.normal(0.4, 2, (h + k, w + 2 * k, 3)).astype(np.float32)
        for k, source in enumerate(SOURCES[:3])
    }


def random_trace(seed: int, h: int = 11, w: int = 9, kinds: str = "patch copy model patch") -> Trace:
    """Parts of the kinds named, with random shares that sum to 1, some 0; coherent and scattered fields alike."""
    rng = np.random.default_rng(seed)
    parts = tuple(_part(rng, kind, h, w) for kind in kinds.split())
    shares = rng.random((len(parts), h, w)) * (rng.random((len(parts), h, w)) < 0.6)
    shares[0] += shares.sum(0) == 0
    shares = (shares / shares.sum(0)).astype(np.float32)
    correction = rng.normal(0, 0.1, (h, w, 3)).astype(np.float32) if rng.random() < 0.5 else None
    return Trace(SOURCES, rng.random((h, w)) < 0.8, parts, tuple(shares), correction)


def _part(rng: np.random.Generator, kind: str, h: int, w: int) -> Part:
    rows, columns = np.indices((h, w))
    if kind == "model":
        return ModelPart("ab" * 32, (1, 0), rng.normal(0, 1, (h, w, 3)).astype(np.float32))
    if kind == "copy":
        x, y = rng.uniform(0, 15, (h, w)), rng.uniform(0, 11, (h, w))
        if rng.random() < 0.5:
            x, y = np.round(x * 64) / 64, np.round(y * 64) / 64
        source = rng.integers(-1, len(SOURCES), (h, w), dtype=np.int32)
        return CopyPart(source, x.astype(np.float32), y.astype(np.float32))
    radius = int(rng.integers(1, 3))
    shift = np.where(rng.random((h, w)) < 0.5, 1, rng.integers(-2, 3, (h, w)))
    x = np.clip(columns + shift, radius, 16 - radius)
    y = np.clip(rows + shift, radius, 12 - radius)
    field = np.stack([rng.integers(-1, len(SOURCES), (h, w)), x, y], -1).astype(np.int32)
    # Where nobody else votes, a patch itself does, so that every pixel has its word.
    field[..., 0] = np.where(rng.random((h, w)) < 0.3, 0, field[..., 0])
    return PatchPart(field, radius)
