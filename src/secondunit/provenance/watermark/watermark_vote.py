"""Many frames of a clip read as one: the vote over soft bits, and how rarely it claims a mark that is not there.

Frames of a clip are alike, so they are no independent witnesses and are never counted as such. They are averaged, each
with the same weight, into one set of soft bits; the bound of `watermark_payload` then holds for that set whatever the
frames were. The vote looks several times, after more and more frames, and at two shapes of the picture; the bound is
multiplied by the number of looks (Bonferroni), all of them, also those that were not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from secondunit.provenance.watermark.watermark_payload import Reading, read_payload

F32 = npt.NDArray[np.float32]

LOOKS = (4, 12, 36)  # frames read when the vote is looked at
LIMIT = (
    1e-7  # ten times stricter than the promise of one in a million: the masks are one draw (Markov's inequality)
)


def vote(soft: Sequence[F32], n_readings: int = 1) -> Reading:
    """One reading of frames' soft bits (parts, 32), each frame and part with the same weight."""
    return read_payload(np.mean([_levelled(frame) for frame in soft], axis=0, dtype=np.float32), n_readings)


def vote_until_sure(n_frames: int, read: Sequence[Callable[[int], F32]]) -> tuple[Reading, int]:
    """Read frames until the vote is sure or all are read; returns the best reading and how many frames it took.

    `read` holds one function a shape of the picture: the soft bits of frame k, 0 ≤ k < `n_frames`. Frames are taken
    from all over the clip, so that a first look has seen all of it.
    """
    order = spread(min(n_frames, LOOKS[-1]))
    n_readings = len(read) * len(LOOKS)
    soft: list[list[F32]] = [[] for _ in read]
    for look in LOOKS:
        for k in order[len(soft[0]) : look]:
            for shape, read_shape in zip(soft, read, strict=True):
                shape.append(read_shape(k * n_frames // len(order)))
        best = min((vote(shape, n_readings) for shape in soft), key=lambda reading: reading.chance)
        if best.chance <= LIMIT or len(soft[0]) >= len(order):
            break
    return best, len(soft[0])


def spread(n: int) -> list[int]:
    """0 … n - 1 in an order that has always seen all of it about evenly (van der Corput, base 2).

    >>> spread(5)
    [0, 4, 2, 1, 3]
    """
    width = max(1, (n - 1).bit_length())
    turned = (int(f"{k:0{width}b}"[::-1], 2) for k in range(1 << width))
    return [k for k in turned if k < n]


def _levelled(soft: F32) -> F32:
    size = np.abs(soft).mean(axis=1, keepdims=True)
    return np.asarray(soft / np.maximum(size, 1e-9), np.float32)
