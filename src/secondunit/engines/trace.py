"""Where the pixels of one generated frame came from: which source, which frame, which place, with what weight.

A generated pixel is a weighted sum of parts. A part is a vote of overlapping patches, a copy from another frame, or the
word of a model; what a gradient blend added on top is kept as a picture of its own. With the sources at hand the frame
can be built again from its trace (`rebuild`), so the claim can be checked by anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from secondunit.engines.trace_kernels import add_copies, add_votes, count_voters
from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Role = Literal["plate", "key", "reference"]


@dataclass(frozen=True, order=True)
class Source:
    """One picture pixels were taken from: the plate or an artist's key at `frame`, or a reference by number."""

    role: Role
    frame: int


@dataclass(frozen=True)
class PatchPart:
    """A vote: each pixel is the plain mean of what the patches that cover it say.

    `field` (h, w, 3) holds for every patch centre the source's index and the x, y of the source patch's centre;
    patches have the side 2 · `radius` + 1, are cut at the frame's border, and centres with index −1 do not vote.
    """

    field: I32
    radius: int


@dataclass(frozen=True)
class CopyPart:
    """A copy: each pixel is its source at x, y (pixel indices, fractions mean bilinear). Index −1: none."""

    source: I32
    x: F32
    y: F32


@dataclass(frozen=True)
class ModelPart:
    """A network's word: it has no place in a source, but a model (by hash), all it learned from and all it looked at.

    `picture` (h, w, 3) is what it said.
    """

    model_sha256: str
    learned_from: tuple[int, ...]
    picture: F32


Part = PatchPart | CopyPart | ModelPart


@dataclass(frozen=True)
class Trace:
    """The parts of a frame (h, w). `weights` holds for each part its share (h, w); they sum to 1 where `made`.

    A share may be negative: what one source holds beyond another (a plate's detail at another frame) is taken away.

    `made` (h, w) marks the generated pixels; `correction` (h, w, 3), where given, is what a gradient blend added.
    """

    sources: tuple[Source, ...]
    made: npt.NDArray[np.bool_]
    parts: tuple[Part, ...] = ()
    weights: tuple[F32, ...] = ()
    correction: F32 | None = field(default=None)


@dataclass(frozen=True, order=True)
class Contributor:
    """One source pixel of one generated pixel; x, y are its column and row. A model has no place: x, y are −1."""

    source: Source
    x: float
    y: float
    weight: float
    model_sha256: str = ""


def contributors(trace: Trace, x: int, y: int) -> tuple[Contributor, ...]:
    """Every source pixel of the pixel in column x and row y, heaviest first, equal ones as one.

    Empty where the plate stands untouched.
    """
    if not trace.made[y, x]:
        return ()
    total: dict[tuple[Source, float, float, str], float] = {}
    for part, share in zip(trace.parts, trace.weights, strict=True):
        if share[y, x] == 0:
            continue
        for source, sx, sy, weight, model in _told(trace, part, x, y):
            key = (source, sx, sy, model)
            total[key] = total.get(key, 0.0) + weight * float(share[y, x])
    found = [Contributor(s, sx, sy, w, m) for (s, sx, sy, m), w in total.items()]
    return tuple(sorted(found, key=lambda one: (-one.weight, one)))


def _told(trace: Trace, part: Part, x: int, y: int) -> Iterable[tuple[Source, float, float, float, str]]:
    if isinstance(part, PatchPart):
        yield from _voters(trace, part, x, y)
    elif isinstance(part, CopyPart):
        yield from _taps(trace, part, x, y)
    else:
        for index in part.learned_from:
            yield trace.sources[index], -1.0, -1.0, 1 / len(part.learned_from), part.model_sha256


def _voters(trace: Trace, part: PatchPart, x: int, y: int) -> Iterable[tuple[Source, float, float, float, str]]:
    r, (h, w) = part.radius, part.field.shape[:2]
    window = part.field[max(0, y - r) : min(h, y + r + 1), max(0, x - r) : min(w, x + r + 1)]
    rows, columns = np.nonzero(window[..., 0] >= 0)
    for j, i in zip(rows, columns, strict=True):
        index, cx, cy = (int(v) for v in window[j, i])
        dx, dy = x - (max(0, x - r) + int(i)), y - (max(0, y - r) + int(j))
        yield trace.sources[index], float(cx + dx), float(cy + dy), 1 / len(rows), ""


def _taps(trace: Trace, part: CopyPart, x: int, y: int) -> Iterable[tuple[Source, float, float, float, str]]:
    index = int(part.source[y, x])
    if index < 0:
        return
    sx, sy = float(part.x[y, x]), float(part.y[y, x])
    x0, y0 = int(np.floor(sx)), int(np.floor(sy))
    fx, fy = sx - x0, sy - y0
    for dx, dy, weight in (
        (0, 0, (1 - fx) * (1 - fy)),
        (1, 0, fx * (1 - fy)),
        (0, 1, (1 - fx) * fy),
        (1, 1, fx * fy),
    ):
        if weight > 0:
            yield trace.sources[index], float(x0 + dx), float(y0 + dy), weight, ""


def rebuild(trace: Trace, picture: Callable[[Source], F32]) -> F32:
    """The frame (h, w, 3) again, from its trace and its sources alone; 0 outside `made`.

    `picture` is asked for each source in turn, so that only one is held. Raises `BadInput` where the trace points
    outside a source: then it is not the picture the frame was made from.
    """
    out = np.zeros((*trace.made.shape, 3), np.float64)
    shares = [np.where(trace.made, share, np.float32(0)) for share in trace.weights]
    parts = list(zip(trace.parts, shares, strict=True))
    voters = [count_voters(p.field, p.radius) if isinstance(p, PatchPart) else None for p in trace.parts]
    for index, source in enumerate(trace.sources):
        if any(_speaks(part, index) for part in trace.parts):
            pixels = np.ascontiguousarray(picture(source), np.float32)
            outside = 0
            for (part, share), n in zip(parts, voters, strict=True):
                if isinstance(part, PatchPart):
                    outside += add_votes(out, part.field, part.radius, n, share, index, pixels)
                elif isinstance(part, CopyPart):
                    outside += add_copies(out, part.source, part.x, part.y, share, index, pixels)
            if outside:
                raise outside_its_source(source)
    for part, share in parts:
        if isinstance(part, ModelPart):
            out += share[..., None] * part.picture
    if trace.correction is not None:
        out += np.where(trace.made[..., None], trace.correction, 0)
    return out.astype(np.float32)


def _speaks(part: Part, index: int) -> bool:
    """Whether a part takes pixels from a source."""
    if isinstance(part, ModelPart):
        return False
    field = part.field[..., 0] if isinstance(part, PatchPart) else part.source
    return bool((field == index).any())


def outside_its_source(source: Source) -> BadInput:
    """The error for a trace that does not fit the picture given for a source."""
    return BadInput(
        f"the trace points outside the picture of {source.role} {source.frame}",
        hint="give the picture the frame was made from, at its full size",
    )
