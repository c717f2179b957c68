"""One frame of a propagation: the keys' words about its plate, laid together, and where each pixel came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import EngineFrame
from secondunit.engines.propagate.blend import mixed
from secondunit.engines.propagate.carry import SEARCH
from secondunit.engines.propagate.edit import Edit, answered, largest, soft_around
from secondunit.engines.trace import CopyPart, Part, PatchPart, Source, Trace
from secondunit.kernels.flow import perceptual, scene_linear
from secondunit.kernels.patch.synthesis import vote

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_LEAST_MATTE = 1 / 512
_SEEN = 0.75 / 255  # perceptual: a smaller change is none
_UNLIKE = 10 / 255  # perceptual difference of the plates from which a pixel counts as not found in the key
_WINDOW = 5
_KNOWN, _ISLAND = 0.25, 0.01  # share of an island that must be known, unless it is so large a share of the frame
_SOLID = 0.5
_BAND = 128  # rows voted at once


@dataclass(frozen=True)
class Word:
    """What one key says of a frame: its `edit` through a `field` (h, w, 2), with its share (h, w) of the frame.

    `known` (h, w) as in `Carried`.
    """

    edit: Edit
    field: I32
    known: npt.NDArray[np.int8]
    share: F32


@dataclass(frozen=True)
class _Said:
    """A word spelled out: the edited picture in perceptual `codes` (h, w, 3), and the edit's `matte` (h, w).

    `slope` (h, w) says how much of the plate's own detail stands: 1 where it is only graded, 0 under paint. `copied`
    (h, w, 3) is the plain vote of the key less that much of the plate it was painted on; `gap` (h, w) is how far that
    plate is from this one, perceptual.
    """

    codes: F32
    matte: F32
    slope: F32
    copied: F32
    gap: F32


def key_frame(edit: Edit, mask: F32 | None) -> EngineFrame:
    """The key's own frame: the artist's pixels as they are."""
    matte = _limited(edit.matte, mask)
    made = matte > 0
    y, x = np.mgrid[0 : made.shape[0], 0 : made.shape[1]].astype(np.float32)
    copy = CopyPart(np.where(made, 0, -1).astype(np.int32), x, y)
    trace = Trace((Source("key", edit.frame),), made, (copy,), (made.astype(np.float32),))
    picture = np.where(made[..., None], edit.key, edit.plate).astype(np.float32)
    gap = np.zeros(made.shape, np.float32)
    return EngineFrame(edit.frame, picture, matte, trace, {"match_error": gap}, _measures(gap, matte))


def carried_frame(frame: int, plate: F32, words: Sequence[Word], mask: F32 | None) -> EngineFrame:
    """A frame from one key or from two, the earlier first; `plate` (h, w, 3) ACEScg."""
    own = perceptual(plate)
    said = [_said(word, own) for word in words]
    codes, matte = said[0].codes, said[0].matte
    if len(said) == 2:
        codes = mixed(codes, said[1].codes, words[1].share)
        matte = np.maximum(matte, said[1].matte)
    changed = (largest(np.abs(codes - own)) > _SEEN) & (matte > 0)
    matte = _limited(np.minimum(matte, soft_around(changed)), mask)
    made = matte > 0
    picture = np.where(made[..., None], scene_linear(codes), plate)
    gap = words[0].share * said[0].gap
    if len(said) == 2:
        gap = gap + words[1].share * said[1].gap
    gap = np.asarray(cv2.blur(gap, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT), np.float32)
    trace = _traced(frame, plate, picture, made, words, said)
    return EngineFrame(frame, picture, matte, trace, {"match_error": gap}, _measures(gap, matte))


def _said(word: Word, own: F32) -> _Said:
    """`own` (h, w, 3) is the frame's plate, perceptual. Band by band, so that memory holds little of the whole vote."""
    h, w = own.shape[:2]
    plane, colour = (h, w), (h, w, 3)
    shapes = (colour, plane, plane, colour, plane)
    out = _Said(*(np.empty(shape, np.float32) for shape in shapes))
    third = np.full(3, 1 / 3, np.float32)
    for top in range(0, h, _BAND):
        first, end = max(0, top - SEARCH.radius), min(h, top + _BAND)
        field = word.field[first : min(h, end + SEARCH.radius)]
        told = vote(word.edit.told, field, SEARCH.radius)[top - first : end - first]
        band = np.s_[top:end]
        slope = np.clip((told[..., 0] + told[..., 4] + told[..., 8]) / np.float32(3), 0, 1)
        out.codes[band] = answered(told[..., :12], own[band])
        out.matte[band] = np.where(told[..., 12] < _LEAST_MATTE, 0, np.minimum(told[..., 12], 1))
        out.slope[band] = slope
        out.copied[band] = told[..., 13:16] - slope[..., None] * told[..., 16:]
        out.gap[band] = np.abs(perceptual(told[..., 16:]) - own[band]) @ third
    np.minimum(out.matte, soft_around(_without_strays(out.matte, word.known)), out=out.matte)
    return out


def _without_strays(matte: F32, known: npt.NDArray[np.int8]) -> Mask:
    """The edit but for islands where motion does not say that it should be: likenesses in what no key shows.

    Kept is what motion confirms in part, and what is large and was not outside the key's frame.
    """
    solid = matte > _SOLID
    _, labels = cv2.connectedComponents(solid.astype(np.uint8), connectivity=8)
    labels = labels.ravel()
    sizes = np.bincount(labels)
    sure, new = (np.bincount(labels[known.ravel() == sign], minlength=len(sizes)) for sign in (1, -1))
    whole = (sure >= _KNOWN * sizes) | ((sizes >= _ISLAND * matte.size) & (new < sizes / 2))
    kept: Mask = solid & whole[labels].reshape(matte.shape)
    return kept


def _limited(matte: F32, mask: F32 | None) -> F32:
    out: F32 = matte if mask is None else (matte * np.clip(mask, 0, 1)).astype(np.float32)
    return out


def _traced(
    frame: int,
    plate: F32,
    picture: F32,
    made: Mask,
    words: Sequence[Word],
    said: Sequence[_Said],
) -> Trace:
    """Each key's patches, and the plate's own detail: this frame's is added, that of the key's frame taken away.

    What the mean of these does not say (the slope's finer word, the mix of gradients) is the correction.
    """
    y, x = np.mgrid[0 : made.shape[0], 0 : made.shape[1]].astype(np.float32)
    sources = [Source("plate", frame)]
    parts: list[Part] = [CopyPart(np.zeros(made.shape, np.int32), x, y)]
    detail = words[0].share * said[0].slope
    for word, one in zip(words[1:], said[1:], strict=True):
        detail = detail + word.share * one.slope
    weights = [detail]
    rest = picture - detail[..., None] * plate
    for word, one in zip(words, said, strict=True):
        rest -= word.share[..., None] * one.copied
        for source, weight in (
            (Source("key", word.edit.frame), word.share),
            (Source("plate", word.edit.frame), -word.share * one.slope),
        ):
            index = np.full((*made.shape, 1), len(sources), np.int32)
            sources.append(source)
            parts.append(PatchPart(np.concatenate([index, word.field], -1), SEARCH.radius))
            weights.append(weight)
    rest[~made] = 0
    return Trace(tuple(sources), made, tuple(parts), tuple(weights), rest)


def _measures(gap: F32, matte: F32) -> dict[str, float]:
    """`match_error` in 8-bit codes, mean over the matte; `unmatched`: the share of it that no key shows."""
    inside = matte > 0.5
    if not inside.any():
        return {"match_error": 0.0, "unmatched": 0.0, "edited": 0.0}
    return {
        "match_error": 255 * float(gap[inside].mean()),
        "unmatched": float((gap[inside] > _UNLIKE).mean()),
        "edited": float(inside.mean()),
    }
