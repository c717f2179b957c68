"""How well copies go on beyond the hole's rim, where the frame itself shows what should be there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from secondunit.engines.removal.flow_copy import NOWHERE, Found
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.sources import Sources, codes
from secondunit.kernels.patchmatch import spread

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

WIDTH = 3.0  # pixels of the rim that are looked at
WORTH, FADES = 0.6, 30.0  # what the rim's word is worth beside the rule's, and over how many pixels that fades


def rim_error(hole: Hole, found: Found, around: F32, known: Mask, sources: Sources) -> tuple[F32, F32]:
    """Mean squared codes (n,) by which what is found misses at the rim nearby, and what that is worth (n,) 0..1.

    `around` (h, w, 3) codes is the frame, to be looked at where `known` (h, w).
    """
    box = hole.box(round(WIDTH) + 2)
    inside = hole.mask[box]
    far, nearest = distance_transform_edt(~inside, return_indices=True)
    y, x = np.nonzero((far > 0) & (far <= WIDTH) & known[box])
    from_y, from_x = nearest[0][y, x], nearest[1][y, x]
    frames = np.asarray(hole.image(found.frame, NOWHERE))[box][from_y, from_x]
    places = np.asarray(hole.image(found.place))[box][from_y, from_x] + np.stack([x - from_x, y - from_y], -1)
    said, readable = sources.read(frames, places.astype(np.float32))
    y, x = y[readable], x[readable]
    if not len(y):
        return np.zeros(len(hole), np.float32), np.zeros(len(hole), np.float32)
    miss = ((codes(said[readable]) - around[box][y, x]) ** 2).mean(1)
    rim, there = np.zeros((*inside.shape, 1), np.float32), np.zeros(inside.shape, bool)
    rim[y, x, 0], there[y, x] = miss, True
    worth = WORTH * np.exp(-distance_transform_edt(inside) / FADES)
    here = (hole.y - box[0].start, hole.x - box[1].start)
    return np.maximum(spread(rim, there)[..., 0], 0)[here].astype(np.float32), worth[here].astype(np.float32)
