"""One frame of a propagation: the keys' words about its plate, laid together, and where each pixel came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import EngineFrame
from secondunit.engines.patch.blend import mixed
from secondunit.engines.patch.propagate_edit import Edit, answered, largest, soft_around
from secondunit.engines.patch.propagate_pass import SEARCH
from secondunit.engines.trace import CopyPart, Part, PatchPart, Source, Trace
from secondunit.kernels.flow import perceptual, scene_linear
from secondunit.kernels.patch.synthesis import vote

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

_LEAST_MATTE = 1 / 512
_SEEN = 0.75 / 255  # perceptual: a smaller change is none
_UNLIKE = 10 / 255  # perceptual difference of the plates from which a pixel counts as not found in the key
_WINDOW = 5


@dataclass(frozen=True)
class Word:
    """What one key says of a frame: its `edit` through a `field` (h, w, 2), with its share (h, w) of the frame."""

    edit: Edit
    field: I32
    share: F32


@dataclass(frozen=True)
class _Said:
    """A word spelled out: `picture`, `matte`, the plain copy of key and plate, `slope` (h, w), 1 where only graded."""

    picture: F32
    matte: F32
    key: F32
    plate: F32
    slope: F32


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
    said = [_said(word, plate) for word in words]
    matte = np.sum([word.share * one.matte for word, one in zip(words, said, strict=True)], 0)
    matte = _limited(matte.astype(np.float32), mask)
    made = matte > 0
    picture = said[0].picture
    if len(said) == 2:
        pair = [perceptual(one.picture) for one in said]
        picture = scene_linear(mixed(pair[0], pair[1], words[1].share))
    picture = np.where(made[..., None], picture, plate).astype(np.float32)
    gap = _gap(plate, words, said)
    trace = _traced(frame, plate, picture, made, words, said)
    return EngineFrame(frame, picture, matte, trace, {"match_error": gap}, _measures(gap, matte))


def _said(word: Word, plate: F32) -> _Said:
    told = vote(word.edit.told, word.field, SEARCH.radius)
    answer, matte = told[..., :12], told[..., 12]
    picture = answered(answer, plate)
    changed = largest(np.abs(perceptual(picture) - perceptual(plate))) > _SEEN
    matte = np.minimum(np.where(matte < _LEAST_MATTE, 0, matte), soft_around(changed & (matte > 0)))
    slope = np.clip((answer[..., 0] + answer[..., 4] + answer[..., 8]) / 3, 0, 1)
    return _Said(
        picture,
        np.minimum(matte, 1).astype(np.float32),
        told[..., 13:16],
        told[..., 16:],
        slope.astype(np.float32),
    )


def _limited(matte: F32, mask: F32 | None) -> F32:
    out: F32 = matte if mask is None else (matte * np.clip(mask, 0, 1)).astype(np.float32)
    return out


def _traced(
    frame: int,
    plate: F32,
    picture: F32,
    made: npt.NDArray[np.bool_],
    words: Sequence[Word],
    said: Sequence[_Said],
) -> Trace:
    """Each key's patches, and the plate's own detail: this frame's is added, that of the key's frame taken away.

    What the mean of these does not say (the slope's finer word, the mix of gradients) is the correction.
    """
    y, x = np.mgrid[0 : made.shape[0], 0 : made.shape[1]].astype(np.float32)
    sources = [Source("plate", frame)]
    parts: list[Part] = [CopyPart(np.zeros(made.shape, np.int32), x, y)]
    detail = np.sum([word.share * one.slope for word, one in zip(words, said, strict=True)], 0)
    weights = [detail.astype(np.float32)]
    mean = detail[..., None] * plate
    for word, one in zip(words, said, strict=True):
        taken = word.share * one.slope
        for role, copied, weight in (("key", one.key, word.share), ("plate", one.plate, -taken)):
            index = np.full((*made.shape, 1), len(sources), np.int32)
            sources.append(Source("key" if role == "key" else "plate", word.edit.frame))
            parts.append(PatchPart(np.concatenate([index, word.field], -1), SEARCH.radius))
            weights.append(weight.astype(np.float32))
            mean = mean + weight[..., None] * copied
    correction = np.where(made[..., None], picture - mean, 0).astype(np.float32)
    return Trace(tuple(sources), made, tuple(parts), tuple(weights), correction)


def _gap(plate: F32, words: Sequence[Word], said: Sequence[_Said]) -> F32:
    """How far the plate is from what was found for it in the keys' frames (h, w), perceptual."""
    codes = perceptual(plate)
    gaps = [
        word.share * (np.abs(perceptual(one.plate) - codes) @ np.full(3, 1 / 3, np.float32))
        for word, one in zip(words, said, strict=True)
    ]
    out: F32 = np.asarray(
        cv2.blur(np.sum(gaps, 0), (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT), np.float32
    )
    return out


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
