"""Past and future copies of a place brought into line: what moved while it was hidden stands where both say it was.

Each was followed on its own, and each has drifted. The flow between the two pictures they give of the same frame says
by how much; each is moved its share of the way, by how long ago it was seen, as steady motion through the hidden time
would have it. Places are moved, not pictures, so the copy is still read once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.flow_copy import NOWHERE, Found
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.sources import Sources
from secondunit.kernels.flow import flow_between, scene_linear
from secondunit.kernels.patchmatch import spread

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

AROUND = 24  # pixels of the plate that hold the flow at the hole's edge
FURTHEST = 12.0  # pixels: two copies further apart are not of one place


def line_up(
    hole: Hole, frame: int, past: Found, future: Found, colours: tuple[F32, F32], around: F32, known: Mask,
    sources: Sources,
) -> tuple[Found, Found]:  # fmt: skip
    """`past` and `future` (n,) of the hole of `frame` with their `colours` (n, 3) in codes, moved towards each other.

    `around` (h, w, 3) codes is the frame itself where `known` (h, w). Where one is missing the other stays.
    """
    both = (past.frame != NOWHERE) & (future.frame != NOWHERE)
    if not both.any():
        return past, future
    box = hole.box(AROUND)
    pictures = [
        scene_linear(_pictured(hole, one, other, around, known)[box] / np.float32(255))
        for one, other in (colours, colours[::-1])
    ]
    apart = flow_between(*pictures)[hole.y - box[0].start, hole.x - box[1].start]
    apart[~both | (np.hypot(apart[:, 0], apart[:, 1]) > FURTHEST)] = 0
    ages = [np.where(both, np.abs(one.frame - frame), 1).astype(np.float32)[:, None] for one in (past, future)]
    lag = ages[0] / (ages[0] + ages[1])
    return (
        _moved(hole, past, -lag * apart, sources),
        _moved(hole, future, (1 - lag) * apart, sources),
    )


def _pictured(hole: Hole, colour: F32, other: F32, around: F32, known: Mask) -> F32:
    """The frame with one direction's copies in its hole, the other's where it has none."""
    mixed = np.where(np.isfinite(colour), colour, other)
    there: Mask = np.asarray(np.isfinite(mixed).all(1))
    picture, given = around.copy(), known & ~hole.mask
    picture[hole.y, hole.x] = np.where(there[:, None], mixed, 0)
    given[hole.y[there], hole.x[there]] = True
    return np.where(given[..., None], picture, spread(picture, given)).astype(np.float32)


def _moved(hole: Hole, found: Found, by: F32, sources: Sources) -> Found:
    """What is found `by` (n, 2) pixels further on in the hole; as it was where that cannot be read."""
    h, w = hole.mask.shape
    spot = np.stack([hole.x, hole.y], -1).astype(np.float32) + by
    near = np.clip(np.rint(spot), 0, [w - 1, h - 1]).astype(np.int64)
    frames = np.asarray(hole.image(found.frame, NOWHERE))[near[:, 1], near[:, 0]]
    places = np.asarray(hole.image(found.place))[near[:, 1], near[:, 0]] + (spot - near).astype(np.float32)
    astray = frames == NOWHERE
    frames = np.where(astray, found.frame, frames).astype(np.int32)
    places = np.where(astray[:, None], found.place + by, places).astype(np.float32)
    _, readable = sources.read(frames, places)
    return Found(
        np.where(readable, frames, found.frame).astype(np.int32),
        np.where(readable[:, None], places, found.place).astype(np.float32),
    )
