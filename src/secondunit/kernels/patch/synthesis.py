"""Guided patch synthesis: a target picture laid from patches of a source picture, coarse to fine.

For every pixel of the target a patch of the source is sought whose guides and colours fit (EbSynth: Jamriška et al.,
SIGGRAPH 2019; search: PatchMatch, Barnes et al., SIGGRAPH 2009), then the patches vote. The match sees bytes; the
pixels come from the untouched float source, and the field says where each came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.kernels.patch import coding
from secondunit.kernels.patch.bands import over_bands
from secondunit.kernels.patch.distance import PatchShape, patch_shape
from secondunit.kernels.patch.field import begun, grown, random_field, usable_centres
from secondunit.kernels.patch.level import Level
from secondunit.kernels.patch.pyramid import halved, halved_mask
from secondunit.kernels.patch.settings import PatchSettings as PatchSettings
from secondunit.kernels.patch.settings import at_depth
from secondunit.kernels.patch.vote import coherent, vote_lines
from secondunit.kernels.patch.vote import vote as vote
from secondunit.kernels.patchmatch import spread

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Synthesis:
    """`picture` (h, w, c) like the source; `field` (h, w, 2) x, y of each patch's centre in it, −1 where none is.

    `error` (h, w): how badly each patch fits, weighted mean squared byte difference, 0..65025; 0 where none is.
    """

    picture: F32
    field: I32
    error: F32


@dataclass(frozen=True)
class _Rasters:
    """One level of the pyramid, all in bytes; `known` marks the target pixels that are given."""

    style: U8
    source_guides: U8
    allowed: Mask
    guides: U8
    given: U8
    known: Mask

    def halved(self) -> _Rasters:
        return _Rasters(
            halved(self.style, self.allowed),
            halved(self.source_guides, self.allowed),
            halved_mask(self.allowed, 3),
            halved(self.guides),
            halved(self.given, self.known),
            halved_mask(self.known, 4),
        )


def synthesise(
    source: F32,
    source_guides: U8,
    target_guides: U8,
    *,
    guide_weights: Sequence[float],
    style_weight: float,
    settings: PatchSettings,
    seed: int,
    allowed: Mask | None = None,
    start: I32 | None = None,
    known: tuple[F32, Mask] | None = None,
) -> Synthesis:
    """Lay a picture (h, w, c) from patches of `source` (H, W, c), scene-linear, any range, unclamped.

    `source_guides` (H, W, g) and `target_guides` (h, w, g) are bytes that should look alike where the result should be
    taken from; `guide_weights` has one weight for each, `style_weight` is shared by the source's channels. `allowed`
    (H, W): source pixels that may be used (whole patches only; what isn't finite never is). `start` (h, w, 2): a field
    to begin from, then only the finest level runs (or `settings.levels`). `known`: target pixels (h, w, c) that are
    given where the mask (h, w) says so; they guide the match and stay. Same input and seed, same pixels, whatever the
    number of threads. Raises `BadInput` where sizes don't fit or no whole patch may be used.
    """
    _check(source, source_guides, target_guides, guide_weights, settings, known)
    radius, n_style = settings.radius, source.shape[2]
    source = np.ascontiguousarray(source, np.float32)
    usable: Mask = np.asarray(np.isfinite(source).all(-1))
    if allowed is not None:
        usable = usable & allowed
    if not usable_centres(usable, radius).any():
        raise BadInput(
            "the source of a patch synthesis holds no whole patch that may be used",
            hint="allow more of it, or take smaller patches",
        )
    code = coding.code_for(source, usable, linear=settings.linear)
    folded, heaviest = coding.folded_weights(guide_weights, style_weight, n_style)
    finest = _finest(source, source_guides, target_guides, usable, code, known)
    pyramid = _pyramid(finest, radius, settings.levels if start is None else settings.levels or 1)
    shape = patch_shape(2 * radius + 1, n_style + len(guide_weights))
    level = _descend(pyramid, shape, coding.code_table(folded), settings, heaviest, start, seed)

    picture = np.zeros((*target_guides.shape[:2], n_style), np.float32)
    whole = coherent(level.field, radius)
    over_bands(len(picture), lambda _k, a, b: vote_lines(source, level.field, whole, radius, picture, a, b))
    if known is not None:
        picture[known[1]] = known[0][known[1]]
    per_byte = 1 / (float((folded.astype(np.float64) ** 2).sum()) * shape.side**2)
    error = np.where(level.region > 0, level.cost * np.float32(per_byte), np.float32(0))
    return Synthesis(picture, level.field, error)


def _descend(
    pyramid: list[_Rasters], shape: PatchShape, table: U8, settings: PatchSettings, heaviest: float,
    start: I32 | None, seed: int,
) -> Level:  # fmt: skip
    """From the coarsest level, which it takes off the pyramid, to the finest; returns that."""
    rng = np.random.default_rng(seed)
    field: I32 | None = None
    while True:
        depth = len(pyramid) - 1
        rasters = pyramid.pop()
        size, centres = rasters.known.shape, usable_centres(rasters.allowed, shape.side // 2)
        guess = None
        if field is not None:
            field = grown(field, centres, size)
        elif start is not None:
            field = begun(start, depth, centres, size)
        else:
            field = random_field(centres, size, rng)
            guess = _guess(rasters) if rasters.known.any() else None
        level = Level(
            shape, table, rasters.style, rasters.source_guides, centres, rasters.guides, field, rasters.known,
            rasters.given if guess is None else guess, guess is not None, settings.uniformity / heaviest,
        )  # fmt: skip
        rounds, sweeps, reach = (
            at_depth(each, depth) for each in (settings.rounds, settings.sweeps, settings.reach)
        )
        level.refine(
            rounds=rounds, sweeps=sweeps, reach=reach, search=settings.search, rng=rng,
        )  # fmt: skip
        if depth == 0:
            return level
        field = level.field


def _guess(rasters: _Rasters) -> U8:
    """The given pixels spread inwards: what a hole looks like from afar."""
    smooth = spread(rasters.given.astype(np.float32), rasters.known)
    return np.where(rasters.known[..., None], rasters.given, np.clip(smooth + 0.5, 0, 255)).astype(np.uint8)


def _check(
    source: F32,
    source_guides: U8,
    target_guides: U8,
    guide_weights: Sequence[float],
    settings: PatchSettings,
    known: tuple[F32, Mask] | None,
) -> None:
    n = len(guide_weights)
    if source_guides.shape != (*source.shape[:2], n) or target_guides.shape[2:] != (n,):
        raise BadInput(
            f"guides of {source_guides.shape} and {target_guides.shape} don't fit {source.shape} and {n} weights",
            hint="give both sides one byte channel for each weight, the source's of the source's size",
        )
    if known is not None and (known[0].shape[:2] != target_guides.shape[:2] or known[1].all()):
        raise BadInput(
            "nothing is left to lay", hint="mark the pixels to fill as not known, in a mask of that size"
        )
    side = 2 * settings.radius + 1
    if min(*source.shape[:2], *target_guides.shape[:2]) < side:
        raise BadInput(
            f"a picture is smaller than a patch of {side} × {side} pixels", hint="take smaller patches"
        )


def _finest(
    source: F32, source_guides: U8, target_guides: U8, usable: Mask, code: coding.Code,
    known: tuple[F32, Mask] | None,
) -> _Rasters:  # fmt: skip
    size = target_guides.shape[:2]
    given, mask = (
        (np.zeros((*size, source.shape[2]), np.uint8), np.zeros(size, bool))
        if known is None
        else (code.of(known[0]), known[1].astype(bool))
    )
    return _Rasters(code.of(source), source_guides, usable, target_guides, given, mask)


def _pyramid(finest: _Rasters, radius: int, levels: int | None) -> list[_Rasters]:
    """From the finest on, while a level has room for two patches and holds a whole one that may be used."""
    least = 2 * (2 * radius + 1) + 1
    found = [finest]
    while levels is None or len(found) < levels:
        last = found[-1]
        if min(*last.style.shape[:2], *last.guides.shape[:2]) < 2 * least:
            break
        small = last.halved()
        if not usable_centres(small.allowed, radius).any():
            break
        found.append(small)
    return found
