"""One arrangement of an owned picture: where each pixel comes from, and the frame that this makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import Context, EngineFrame
from secondunit.engines.trace import CopyPart, Source, Trace
from secondunit.engines.vary.compose import compose
from secondunit.engines.vary.lay import lay
from secondunit.engines.vary.measures import measure_variation
from secondunit.engines.vary.seams import mended
from secondunit.engines.vary.storeys import find_storeys, heights
from secondunit.errors import BadInput
from secondunit.kernels.patch.coding import code_for

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]

LEAST_SIDE = 16
# A window does not fit where storeys are this many times as high. Measured: 1.3 fits, 2.3 does not.
NARROWEST = 1.6


@dataclass(frozen=True)
class Hold:
    """What is held: `heights` of the source's and the target's pixels or None, `roams` whether pieces may go far."""

    heights: tuple[F32, F32] | None = None
    roams: bool = True


def coded(source: F32) -> U8:
    """A source (H, W, 3), scene-linear, in bytes for the search. Raises `BadInput` for one that cannot be varied."""
    if min(source.shape[:2]) < LEAST_SIDE:
        raise BadInput(
            f"the source has only {source.shape[1]}×{source.shape[0]} pixels",
            hint=f"give one of at least {LEAST_SIDE} pixels on each side",
        )
    if not np.isfinite(source).all():
        raise BadInput("the source holds pixels that are no numbers", hint="repair them or give another source")
    return code_for(source, np.ones(source.shape[:2], np.bool_), linear=True).of(source)


def arranged(codes: U8, size: tuple[int, int], hold: Hold, rng: np.random.Generator, context: Context) -> I32:
    """A field (h, w, 2) of `size`: x, y of the pixel each pixel copies. `codes` (H, W, c) may hold several frames."""
    composition = compose(codes, size, rng, heights=hold.heights, roams=hold.roams)
    context.still_cleared()
    return lay(codes, size, composition, rng)


def arranged_frame(frame: int, origin: Source, source: F32, field: I32, rows_kept: bool) -> EngineFrame:
    """The frame that a field makes of a source (H, W, 3), its seams mended, with its trace and measures."""
    size = field.shape[:2]
    added = mended(source, field)
    picture = source[field[..., 1], field[..., 0]] + added
    x, y = (np.ascontiguousarray(field[..., axis], np.float32) for axis in (0, 1))
    one = np.ones(size, np.float32)
    trace = Trace((origin,), np.ones(size, bool), (CopyPart(np.zeros(size, np.int32), x, y),), (one,), added)
    measures = measure_variation(source, picture, field) | {"rows_kept": float(rows_kept)}
    return EngineFrame(frame, picture, one, trace, measures=measures)


def held(keep: str, codes: U8, size: tuple[int, int], context: Context) -> Hold:
    """Whether the rows of a source in bytes (H, W, 3) are kept, with a word to the person why."""
    if keep == "none":
        return Hold()
    storeys = find_storeys(codes.astype(np.float32) / np.float32(255))
    if keep == "auto":
        share = f"{storeys.share:.0%} of its straight edges are upright or run to one point"
        context.tell(f"rows are {'kept' if storeys.found else 'free'}: {share}")
        if not storeys.found:
            return Hold()
    roams = storeys.narrowing <= NARROWEST
    if not roams:
        context.tell(
            f"its storeys are {storeys.narrowing:.1f} times as high at one side as at the other, so that little can "
            "change places: straighten the facade first for more"
        )
    shape = (codes.shape[0], codes.shape[1])
    return Hold((heights(storeys.point, shape, shape), heights(storeys.point, shape, size)), roams)
