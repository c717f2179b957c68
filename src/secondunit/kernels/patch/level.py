"""One level of a guided synthesis: its rasters laid out for the search, and the rounds of search and vote on them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.kernels.patch import coding
from secondunit.kernels.patch.bands import cut, over_bands
from secondunit.kernels.patch.distance import PatchShape
from secondunit.kernels.patch.search import BIN, FINE, count_crowd, measure, sweep
from secondunit.kernels.patch.settings import Search
from secondunit.kernels.patch.tree import PatchTree, pick
from secondunit.kernels.patch.vote import coherent, packed, vote_features

I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


class Level:
    """The state of one level. `field` (h, w, 2) and `cost` (h, w), the distance of each patch, are what it is about."""

    def __init__(
        self, shape: PatchShape, table: U8, style: U8, source_guides: U8, usable: Mask,
        guides: U8, field: I32, known: Mask, given: U8, guessed: bool, toll: float,
    ) -> None:  # fmt: skip
        """`style`, `source_guides` (H, W, ·), `guides`, `given` (h, w, ·) bytes; `usable` (H, W) source centres.

        `given` holds the style of the `known` (h, w) pixels, and with `guessed` a first guess for all others. `toll`
        is what a patch pays for a source used twice as often as its even share.
        """
        self.shape, self.table, self.style, self.usable, self.known = shape, table, style, usable, known
        self.field = np.ascontiguousarray(field)
        (h, w), r = known.shape, shape.side // 2
        self.row, self.source_row = (w + 2 * r) * shape.channels, usable.shape[1] * shape.channels
        self.words = packed(style)
        self.source = coding.lay_features(style, source_guides, table, 0)
        self.features = coding.lay_features(given, guides, table, r)
        self.cost = np.zeros((h, w), np.int32)
        self.around = np.ones((shape.side, shape.side), np.uint8)
        self.limited = not usable[r:-r, r:-r].all()
        self.region = self.spread((~known).astype(np.uint8))
        if known.any():
            self.field[self.region == 0] = -1
        share = max(1.0, int(np.count_nonzero(self.region)) / int(np.count_nonzero(usable)))
        self.even, self.per_use = round(4**BIN * share), round(toll / share / 4**BIN * 2**FINE)
        self.active = self.region.copy()
        if not guessed:
            self.vote(self.region)
        self.active = self.region.copy()

    @property
    def picture(self) -> U8:
        """The features as a picture (h + 2 r, w + 2 r, channels); a view."""
        r = self.shape.side // 2
        h, w = self.known.shape
        return coding.as_picture(self.features, h + 2 * r, w + 2 * r, self.shape.channels)

    def refine(self, *, rounds: int, sweeps: int, reach: int, search: Search, rng: np.random.Generator) -> None:
        """Search and vote, where things still change."""
        radii = radii_up_to(reach or max(self.usable.shape), max(self.usable.shape))
        tree = PatchTree(self.shape, self.source, self.source_row, self.usable) if search == "tree" else None
        for _ in range(rounds):
            self.measure()
            moved = np.zeros_like(self.active)
            if tree is not None:
                self.look_up(tree, moved)
            for turn in range(sweeps if tree is None else 0):
                self.sweep(moved, radii, turn % 2 == 1, rng)
            self.vote(self.spread(moved))
            if not self.active.any():
                return
        self.measure()

    def spread(self, marks: U8) -> U8:
        """The centres of all patches that hold a mark."""
        return np.asarray(cv2.dilate(marks, self.around), np.uint8)

    def measure(self) -> None:
        """Bring `cost` up to date where the style around has changed."""

        def work(_band: int, first: int, last: int) -> None:
            measure(
                self.shape, self.features, self.row, self.source, self.source_row,
                self.field, self.active, self.cost, first, last,
            )  # fmt: skip

        over_bands(len(self.cost), work)

    def sweep(self, moved: U8, radii: npt.NDArray[np.int64], backward: bool, rng: np.random.Generator) -> None:
        """One sweep over all bands, each with its own count of uses and the lines around it as they were."""
        bands = cut(len(self.cost))
        crowd = np.tile(self.crowd(), (len(bands), 1))
        above = [self.field[first - 1].copy() for first, _ in bands]
        below = [self.field[last % len(self.field)].copy() for _, last in bands]
        quiet = int(self.cost.sum(dtype=np.int64)) // max(1, int(np.count_nonzero(self.region)))
        seeds = rng.integers(1, 1 << 31, len(bands))

        def work(band: int, first: int, last: int) -> None:
            sweep(
                self.shape, self.features, self.row, self.source, self.source_row, self.usable, self.limited,
                self.field, self.cost, self.active, moved, crowd[band], self.per_use, radii,
                quiet, above[band], below[band], first, last, backward, int(seeds[band]),
            )  # fmt: skip

        over_bands(len(self.cost), work)

    def crowd(self) -> I32:
        """How often each bin of the source is used, beyond its even share."""
        bins = (self.usable.shape[1] >> BIN) + 1
        crowd = np.zeros(bins * ((self.usable.shape[0] >> BIN) + 1), np.int32)
        if self.per_use:
            count_crowd(self.field, bins, self.even, crowd)
        return crowd

    def look_up(self, tree: PatchTree, moved: U8) -> None:
        """Ask the tree for each active patch. A patch begins, with its rim, where its pixel is."""
        bins = (self.usable.shape[1] >> BIN) + 1
        corners = np.argwhere(self.active)[:, ::-1].astype(np.int32)
        named = tree.candidates(self.features, self.row, corners, self.cost[corners[:, 1], corners[:, 0]])
        pick(
            self.shape, self.features, self.row, self.source, self.source_row, corners, named,
            self.field, self.cost, moved, self.crowd(), bins, self.per_use,
        )  # fmt: skip

    def vote(self, wanted: U8) -> None:
        """Vote where `wanted`; the patches whose style changed become the active ones."""
        changed, r = np.empty_like(self.active), self.shape.side // 2
        whole, table = coherent(self.field, r), self.table[: self.style.shape[2]]

        def work(_band: int, first: int, last: int) -> None:
            vote_features(
                self.words, self.field, whole, table, r, wanted, self.known, self.picture, changed, first, last
            )  # fmt: skip

        over_bands(len(self.cost), work)
        coding.repeat_rim(self.picture, r, len(table))
        self.active = self.spread(changed) & self.region


def radii_up_to(reach: int, size: int) -> npt.NDArray[np.int64]:
    """1, 2, 4 … up to `reach`, at most `size`, smallest first."""
    radii = [min(reach, size)]
    while radii[-1] > 1:
        radii.append(radii[-1] // 2)
    return np.array(radii[::-1], np.int64)
