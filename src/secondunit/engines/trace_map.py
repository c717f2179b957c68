"""A whole frame's trace at one look: the heaviest contributor of every pixel, and each source's share of the frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.trace import CopyPart, ModelPart, PatchPart, Source, Trace
from secondunit.engines.trace_kernels import map_contributors
from secondunit.media.exr import Layer

F32 = npt.NDArray[np.float32]

LAYER = "trace"
CHANNELS = ("source", "x", "y", "weight", "contributors")


@dataclass(frozen=True)
class TraceMap:
    """`pixels` (h, w, 5), channels as in `CHANNELS`: index into the trace's sources, column, row, weight, count.

    Where nothing was made, and where only a model without a place speaks, x and y are −1; where nothing was made the
    source is −1 too. `shares` holds for every source of the trace its part of all generated pixels, by the absolute
    value of its weights: exactly 0 means that no pixel took anything from it.
    """

    pixels: F32
    shares: Mapping[Source, float]

    def layer(self) -> Layer:
        """The map as an EXR layer of full floats, to be written under the name `LAYER`."""
        return Layer(self.pixels, CHANNELS, half=False)


def map_trace(trace: Trace) -> TraceMap:
    """Look up all pixels at once; agrees with `trace.contributors`, pixel for pixel."""
    shape = trace.made.shape
    votes = [(p, w) for p, w in zip(trace.parts, trace.weights, strict=True) if isinstance(p, PatchPart)]
    copies = [(p, w) for p, w in zip(trace.parts, trace.weights, strict=True) if isinstance(p, CopyPart)]
    models = [(p, w) for p, w in zip(trace.parts, trace.weights, strict=True) if isinstance(p, ModelPart)]
    hashes = sorted({part.model_sha256 for part, _ in models})
    n_learned = max((len(part.learned_from) for part, _ in models), default=0)
    learned = np.full((len(models), n_learned), -1, np.int32)
    for k, (part, _) in enumerate(models):
        learned[k, : len(part.learned_from)] = part.learned_from
    ordered = sorted(set(trace.sources))
    room = sum((2 * part.radius + 1) ** 2 for part, _ in votes) + 4 * len(copies) + learned.size + 1
    pixels, sums = map_contributors(
        np.ascontiguousarray(trace.made),
        _stacked([part.field for part, _ in votes], (*shape, 3), np.int32),
        np.array([part.radius for part, _ in votes], np.int64),
        _stacked([weight for _, weight in votes], shape, np.float32),
        _stacked([part.source for part, _ in copies], shape, np.int32),
        _stacked([part.x for part, _ in copies], shape, np.float32),
        _stacked([part.y for part, _ in copies], shape, np.float32),
        _stacked([weight for _, weight in copies], shape, np.float32),
        learned,
        np.array([hashes.index(part.model_sha256) for part, _ in models], np.int64),
        _stacked([weight for _, weight in models], shape, np.float32),
        np.array([trace.sources.index(source) for source in trace.sources], np.int64),
        np.array([ordered.index(source) for source in trace.sources], np.int64),
        room,
    )
    n_made = max(1, int(trace.made.sum()))
    total = sums.sum(0)
    shares = {source: float(total[trace.sources.index(source)]) / n_made for source in trace.sources}
    return TraceMap(pixels, shares)


def _stacked(
    arrays: Sequence[npt.NDArray[np.generic]], shape: tuple[int, ...], kind: type
) -> npt.NDArray[np.generic]:
    """Arrays of one shape as one, contiguous, (0, …) for none."""
    if not arrays:
        return np.zeros((0, *shape), kind)
    return np.ascontiguousarray(np.stack(arrays).astype(kind, copy=False))
