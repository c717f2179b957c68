"""From coarse to fine on rows of pictures in bytes: forward from the result into the source, and back."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.kernels.patch.bands import cut, over_bands
from secondunit.kernels.patch.distance import SLACK, PatchShape
from secondunit.kernels.patch.level import radii_up_to
from secondunit.kernels.patch.settings import PatchSettings, at_depth
from secondunit.kernels.patch.volume_search import measure_volume, sweep_volume, vote_volume

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Size = tuple[int, int, int]

RATIO = 0.75
LEAST_SIDES = 2.0  # the coarsest picture is at least this many patches high and wide
FINE = 16  # a gain of 1 is 2 ** FINE


@dataclass
class Side:
    """One side of the search: pictures (n, h, w, c) in bytes, and the centres (n, h, w) of its whole patches."""

    pictures: U8
    centres: Mask

    @property
    def size(self) -> Size:
        """Frames, lines, columns."""
        n, h, w = self.centres.shape
        return n, h, w

    def flat(self) -> U8:
        """The bytes in a row, with what vectors may read beyond."""
        return np.concatenate([self.pictures.ravel(), np.zeros(SLACK, np.uint8)])


@dataclass
class Volume:
    """What all levels share. `completeness` 0..1 as in `space_time.vary_clip`."""

    shape: PatchShape
    settings: PatchSettings
    completeness: float
    rng: np.random.Generator

    def descend(self, source: U8, may: Mask, sizes: list[tuple[Size, Size]], noise: float) -> tuple[I32, I32]:
        """The field (n, h, w, 3) and its cost (n, h, w) at full size, for a `source` (N, H, W, c) of bytes and `sizes`.

        `may` (N, H, W) marks the source pixels that may be used; `noise` is in halves of the range of bytes.
        """
        level: _Level | None = None
        for depth in range(len(sizes) - 1, -1, -1):
            source_size, out_size = sizes[depth]
            pictures = resized(source, source_size)
            small = Side(pictures, self._usable(may, source_size))
            everywhere = self._centres(np.ones(out_size, bool))
            if level is None:
                made = Side(self._noisy(resized(pictures, out_size), noise), everywhere)
                level = _Level(self, small, made, self._drawn(made, small), self._drawn(small, made))
                blurred = pictures
            else:
                made = Side(resized(level.made.pictures, out_size), everywhere)
                blurred = resized(level.source.pictures, source_size)
                forward = self._grown(level.forward, level.source.size, made, small)
                backward = self._grown(level.backward, level.made.size, small, made)
                level = _Level(self, small, made, forward, backward)
            level.refine(blurred, depth, first=depth == len(sizes) - 1)
        assert level is not None
        return level.forward, level.cost

    def sizes(self, may: Mask, out: Size) -> list[tuple[Size, Size]]:
        """Source and output sizes of each level, finest first, each three quarters of the one before.

        Raises `BadInput` where no whole patch of the source may be used.
        """
        least = round(LEAST_SIDES * self.shape.side)
        source = (may.shape[0], may.shape[1], may.shape[2])
        if not self._usable(may, source).any():
            raise BadInput(
                "the source of a variation holds no whole patch that may be used",
                hint="allow more of it, or take smaller patches",
            )
        found = [(source, out)]
        while self.settings.levels is None or len(found) < self.settings.levels:
            scale = RATIO ** len(found)
            small = (self._scaled(source, scale), self._scaled(out, scale))
            if min(*small[0][1:], *small[1][1:]) < least or not self._usable(may, small[0]).any():
                break
            found.append(small)
        return found

    def _scaled(self, size: Size, scale: float) -> Size:
        """Time shrinks less than the picture, and never so far that patches cannot move in it."""
        least = self.shape.frames + 2 * (self.shape.frames // 2)
        return (
            min(size[0], max(least, round(size[0] * scale**0.5))),
            round(size[1] * scale),
            round(size[2] * scale),
        )

    def _usable(self, may: Mask, size: Size) -> Mask:
        """Centres of the source at another size whose whole patch may be used."""
        return self._centres(resized(may[..., None].astype(np.uint8) * np.uint8(255), size)[..., 0] > 250)

    def _centres(self, pixels: Mask) -> Mask:
        """Centres whose whole patch lies in `pixels` (n, h, w)."""
        side = np.ones((self.shape.side, self.shape.side), np.uint8)
        eroded = [
            cv2.erode(one, side, borderType=cv2.BORDER_CONSTANT, borderValue=0) for one in pixels.astype(np.uint8)
        ]
        reach = self.shape.frames // 2
        padded = np.pad(np.stack(eroded) > 0, ((reach, reach), (0, 0), (0, 0)))
        return np.asarray(np.stack([padded[k : k + len(pixels)] for k in range(self.shape.frames)]).all(0))

    def _noisy(self, pictures: U8, noise: float) -> U8:
        strayed = pictures + self.rng.normal(0, noise * 127.5, pictures.shape)
        return np.clip(strayed + 0.5, 0, 255).astype(np.uint8)

    def _drawn(self, of: Side, other: Side) -> I32:
        """A field (n, h, w, 3) that names a random patch of the `other` side for each patch `of` one, else −1."""
        places = np.argwhere(other.centres).astype(np.int32)
        drawn = np.full((*of.size, 3), -1, np.int32)
        drawn[of.centres] = places[self.rng.integers(0, len(places), int(of.centres.sum()))]
        return drawn

    def _grown(self, places: I32, named: Size, of: Side, other: Side) -> I32:
        """A coarser level's field, whose places were in pictures of the size `named`, on this level's patches."""
        rim = np.array([self.shape.frames // 2, self.shape.side // 2, self.shape.side // 2])
        old, new = np.array(places.shape[:3]), np.array(of.size)
        at = np.argwhere(of.centres)
        parent = np.clip(((at + 0.5) * old / new).astype(int), rim, old - 1 - rim)
        told = places[tuple(parent.T)]
        place = (told + 0.5) * np.array(other.size) / named + (at + 0.5) - (parent + 0.5) * new / old - 0.5
        place = np.clip(np.round(place).astype(int), rim, np.array(other.size) - 1 - rim)
        found = self._drawn(of, other)
        good = (told[:, 0] >= 0) & other.centres[tuple(place.T)]
        found[tuple(at[good].T)] = place[good]
        return found


@dataclass
class _Level:
    """One size: the source, what is made of it, and who resembles whom, in both directions."""

    volume: Volume
    source: Side
    made: Side
    forward: I32
    backward: I32
    cost: I32 = field(init=False)

    def refine(self, blurred: U8, depth: int, *, first: bool) -> None:
        """Search and vote; the first round looks into the `blurred` source, for the result is still as blurred.

        The first of all levels does so once only: more would tidy the noise away, and give the source again.
        """
        settings = self.volume.settings
        sharp = self.source.flat()
        keys = Side(blurred, self.source.centres).flat()
        even = np.full(self.source.size, 1 << FINE, np.int64)
        for _ in range(1 if first else at_depth(settings.rounds, depth)):
            made = self.made.flat()
            gain = even
            if self.volume.completeness > 0:
                gain = self._gain(self._search(self.source, keys, self.made, made, even, self.backward, depth))
            self.cost = self._search(self.made, made, self.source, keys, gain, self.forward, depth)
            self._vote()
            keys = sharp
        self.cost = self._measure(self.made, self.made.flat(), self.source, sharp, self.forward)

    def _gain(self, lack: I32) -> I64:
        """Cheaper where a source patch has no like in what is made: 1 ÷ (α + its distance), GPNN's score."""
        mean = max(1.0, float(lack[self.source.centres].mean()))
        alpha = mean * (1 / self.volume.completeness - 1) + 1
        return np.round(alpha / (alpha + lack) * (1 << FINE)).astype(np.int64)

    def _measure(self, of: Side, a: U8, other: Side, b: U8, places: I32) -> I32:
        cost = np.zeros(of.size, np.int32)

        def work(_band: int, first: int, last: int) -> None:
            measure_volume(self.volume.shape, a, of.size, b, other.size, places, cost, first, last)

        over_bands(of.size[0] * of.size[1], work)
        return cost

    def _search(self, of: Side, a: U8, other: Side, b: U8, gain: I64, places: I32, depth: int) -> I32:
        """Better the `places` (n, h, w, 3) in the `other` side of the patches `of` one; returns their cost."""
        volume = self.volume
        cost = self._measure(of, a, other, b, places)
        radii = radii_up_to(at_depth(volume.settings.reach, depth) or max(other.size), max(other.size))
        lines = of.size[0] * of.size[1]
        for turn in range(at_depth(volume.settings.sweeps, depth)):
            before = places.copy()
            seeds = volume.rng.integers(1, 1 << 31, len(cut(lines)))

            def work(
                band: int, first: int, last: int, back: bool = turn % 2 == 1, before: I32 = before, seeds: I64 = seeds
            ) -> None:  # fmt: skip
                sweep_volume(
                    volume.shape, a, of.size, b, other.size, other.centres, gain, places, before, cost, radii,
                    0, first, last, back, int(seeds[band]),
                )  # fmt: skip

            over_bands(lines, work)
        return cost

    def _vote(self) -> None:
        out, source, shape = self.made.pictures, self.source.pictures, self.volume.shape

        def work(_band: int, first: int, last: int) -> None:
            vote_volume(source, self.forward, shape.side // 2, shape.frames // 2, False, out, first, last)

        over_bands(self.made.size[0] * self.made.size[1], work)


def resized(pictures: U8, size: Size) -> U8:
    """Pictures (n, h, w, c) of bytes at another size: areas when smaller, cubic when larger, time blended."""
    n, h, w = size
    found = pictures
    if (h, w) != pictures.shape[1:3]:
        smaller = h * w < pictures.shape[1] * pictures.shape[2]
        how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        found = np.stack([cv2.resize(one, (w, h), interpolation=how).reshape(h, w, -1) for one in pictures])
    if n != len(found):
        at = np.clip((np.arange(n) + 0.5) * len(found) / n - 0.5, 0, len(found) - 1)
        low = np.minimum(at.astype(int), len(found) - 2)
        part = (at - low).astype(np.float32)[:, None, None, None]
        found = (found[low] * (1 - part) + found[low + 1] * part + np.float32(0.5)).astype(np.uint8)
    return np.ascontiguousarray(found)
