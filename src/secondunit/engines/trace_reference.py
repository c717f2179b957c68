"""The plain twin of `trace.rebuild`: every pixel from the list of its contributors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from secondunit.engines.trace import ModelPart, Source, Trace, contributors, outside_its_source

F32 = npt.NDArray[np.float32]


def rebuild_reference(trace: Trace, picture: Callable[[Source], F32]) -> F32:
    """What `trace.rebuild` must give, pixel by pixel; raises the same `BadInput`."""
    out = np.zeros((*trace.made.shape, 3), np.float64)
    pictures = {source: picture(source) for source in trace.sources}
    for y, x in zip(*np.nonzero(trace.made), strict=True):
        for one in contributors(trace, int(x), int(y)):
            if not one.model_sha256:
                out[y, x] += one.weight * _pixel(pictures[one.source], one.source, int(one.x), int(one.y))
        for part, share in zip(trace.parts, trace.weights, strict=True):
            if isinstance(part, ModelPart):
                out[y, x] += share[y, x] * part.picture[y, x]
        if trace.correction is not None:
            out[y, x] += trace.correction[y, x]
    return out.astype(np.float32)


def _pixel(picture: F32, source: Source, x: int, y: int) -> F32:
    h, w = picture.shape[:2]
    if not (0 <= x < w and 0 <= y < h):
        raise outside_its_source(source)
    pixel: F32 = picture[y, x]
    return pixel
