"""What no frame shows is laid from patches of pictures that may be used, each pixel a straight copy of one of them.

The search (`kernels/patch`) would let up to 25 patches vote on a pixel; that blurs and loses grain. Here every pixel
takes over the shift that most of the patches around it agree on (Y. Pritch et al., "Shift-map image editing", ICCV
2009), so that pieces stay whole and only their seams are left, which `seam` joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.atlas import lay_out
from secondunit.engines.removal.hole import Hole
from secondunit.engines.trace import Source
from secondunit.kernels.flow import perceptual
from secondunit.kernels.patch.synthesis import PatchSettings, synthesise

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SEARCH = PatchSettings(radius=3, uniformity=4000.0, rounds=(3, 6, 10), sweeps=(2, 3, 4), linear=False)
AROUND = 32  # pixels around the hole that guide the match
# What lies near fits better than what lies far, and in the same row better still: ground and horizon go on.
PLACE_WEIGHTS, STYLE_WEIGHT = (1.0, 12.0), 3.0
NEAREST = 0.15  # of one patch: how little it takes to win a tie between two shifts


@dataclass(frozen=True)
class Laid:
    """For the n pixels of a hole: `source` (n,) index of the picture, `place` (n, 2) whole x, y in it, `error` (n,) how
    badly the patches fit, mean squared bytes."""

    source: I32
    place: F32
    error: F32


def lay_patches(
    hole: Hole, picture: F32, known: Mask, pictures: Sequence[tuple[Source, F32, Mask]], seed: int
) -> Laid:
    """Fill `hole`; `picture` (h, w, 3) is right where `known`, `pictures` with their usable pixels are the sources.

    Raises `BadInput` where no whole patch may be used.
    """
    box = hole.box(AROUND)
    atlas = lay_out([(source, perceptual(one), usable) for source, one, usable in pictures])
    h, w = picture.shape[:2]
    target = _places(h, w)[box]
    guides = np.concatenate([_padded(_places(*one.shape[:2]), atlas.picture.shape[1]) for _, one, _ in pictures])
    done = synthesise(
        atlas.picture,
        np.ascontiguousarray(guides),
        np.ascontiguousarray(target),
        guide_weights=PLACE_WEIGHTS,
        style_weight=STYLE_WEIGHT,
        settings=SEARCH,
        seed=seed,
        allowed=atlas.allowed,
        known=(np.ascontiguousarray(perceptual(picture)[box]), np.ascontiguousarray(known[box])),
    )
    y, x = hole.y - box[0].start, hole.x - box[1].start
    shifts = agreed_shifts(
        done.field, y.astype(np.int32), x.astype(np.int32), np.int32(SEARCH.radius), atlas.allowed
    )
    centres = shifts + np.stack([x, y], -1).astype(np.int32)
    traced = atlas.traced(centres)
    return Laid(traced[:, 0].astype(np.int32), traced[:, 1:].astype(np.float32), done.error[y, x])


@njit(cache=True)
def agreed_shifts(field, ys, xs, radius, allowed):  # type: ignore[no-untyped-def] # pragma: no cover
    """The shift (n, 2) that most patches of `field` (h, w, 2) over each pixel share; among equals the nearest one's."""
    h, w = field.shape[:2]
    H, W = allowed.shape
    n = len(ys)
    out = np.zeros((n, 2), np.int32)
    side = 2 * radius + 1
    seen = np.empty((side * side, 2), np.int32)
    votes = np.empty(side * side, np.float32)
    for k in range(n):
        n_seen = 0
        for j in range(max(0, ys[k] - radius), min(h, ys[k] + radius + 1)):
            for i in range(max(0, xs[k] - radius), min(w, xs[k] + radius + 1)):
                if field[j, i, 0] < 0:
                    continue
                dx, dy = field[j, i, 0] - i, field[j, i, 1] - j
                sx, sy = xs[k] + dx, ys[k] + dy
                if sx < 0 or sy < 0 or sx >= W or sy >= H or not allowed[sy, sx]:
                    continue
                off = abs(j - ys[k]) + abs(i - xs[k])
                vote = np.float32(1) + np.float32(NEAREST) / np.float32(1 + off)
                at = 0
                while at < n_seen and (seen[at, 0] != dx or seen[at, 1] != dy):
                    at += 1
                if at == n_seen:
                    seen[at, 0], seen[at, 1] = dx, dy
                    votes[at] = np.float32(0)
                    n_seen += 1
                votes[at] += vote
        best = 0
        for at in range(1, n_seen):
            if votes[at] > votes[best]:
                best = at
        out[k, 0], out[k, 1] = seen[best, 0], seen[best, 1]
    return out


def _places(h: int, w: int) -> U8:
    """Where a pixel lies in the frame (h, w, 2), as bytes."""
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([x * 255 // max(1, w - 1), y * 255 // max(1, h - 1)], -1).astype(np.uint8)


def _padded(values: U8, width: int) -> U8:
    """Guides as the atlas lays pictures: filled up at the right, a row below."""
    return np.pad(values, ((0, 1), (0, width - values.shape[1]), (0, 0)), mode="edge")
