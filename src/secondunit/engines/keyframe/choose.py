"""Patches or the network, by region: learned from one key that neither has seen.

Where the artist's own frame is known, it is known who was nearer to it. What can be seen of such places without the
truth (how far the two are apart, who shows detail that the plate has not, how badly patches fit, how new the plate's
colours are) is weighed by a logistic regression, and the weights are used on every frame. Pictures are (h, w, 3)
ACEScg; shares are (h, w), 1 for patches and 0 for the network.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.keyframe.exam_sheet import decibels
from secondunit.kernels.flow import perceptual

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_NEAR = 1 / 90  # of a frame's height: how far around a pixel its region reaches
_LEAST = 1 / 512  # perceptual; what is smaller is grain
_RIDGE = 1e-3
_TURNS = 12
_SAMPLES = 40_000
_TILES = 8  # across a frame's height, for the two halves of the cross-check
_WORTH = 0.05  # dB that a blend must gain over the better one alone


@dataclass(frozen=True)
class Views:
    """What is known of a frame without its truth. `match_error` (h, w) tells how badly patches fit, perceptual."""

    plate: F32
    network: F32
    patches: F32
    match_error: F32


@dataclass(frozen=True)
class Choice:
    """How to tell who is right. `slopes` belong to standardised features, `middle` and `spread` standardise them.

    `network_db`, `patches_db` and `blend_db` were measured on the held-out key, the blend in tiles that its weights
    were not learned from. `keys_colours` (8, 8, 8) marks the colours that the keys' plates hold.
    """

    slopes: tuple[float, ...]
    middle: tuple[float, ...]
    spread: tuple[float, ...]
    keys_colours: F32
    network_db: float
    patches_db: float
    blend_db: float


def colours_of(plates: list[F32]) -> F32:
    """How near each perceptual colour, in 8 × 8 × 8 cells from 0 to 1, lies to one that the plates hold: 0..1."""
    held = np.zeros((8, 8, 8), np.float32)
    for plate in plates:
        held[tuple(np.moveaxis(_cells(plate), 2, 0))] = 1
    soft = held
    for axis in range(3):
        padded = np.pad(soft, [(1, 1) if i == axis else (0, 0) for i in range(3)])
        low, high = (np.take(padded, np.arange(8) + shift, axis) for shift in (0, 2))
        soft = np.maximum(soft, 0.5 * np.maximum(low, high))
    return soft


def choose(views: Views, truth: F32, keys_colours: F32) -> Choice:
    """Learn from a held-out key whom to believe where."""
    features = _features(views, keys_colours)
    gain = _region(_error(views.network, truth) - _error(views.patches, truth))
    tiles = _checkerboard(truth.shape[:2])
    halves = [_fit(features[own], gain[own]) for own in (tiles, ~tiles)]
    crossed = np.where(tiles, _share(features, halves[1]), _share(features, halves[0]))
    alone = decibels(views.network, truth), decibels(views.patches, truth)
    blend = decibels(mix(views, crossed), truth)
    slopes, middle, spread = _fit(features, gain)
    if blend < max(alone) + _WORTH:
        # No region is worth it: whoever is better alone speaks everywhere.
        slopes, blend = _always(len(slopes), alone[1] > alone[0]), max(alone)
    return Choice(_plain(slopes), _plain(middle), _plain(spread), keys_colours, *alone, blend)


def patch_share(choice: Choice, views: Views) -> F32:
    """The share (h, w) 0..1 of patches in a frame; the network has the rest."""
    told = np.array(choice.slopes), np.array(choice.middle), np.array(choice.spread)
    return _share(_features(views, choice.keys_colours), told)


def mix(views: Views, share: F32) -> F32:
    """Both pictures laid together by the share of patches."""
    out: F32 = views.network + (views.patches - views.network) * share[..., None]
    return out


def _features(views: Views, keys_colours: F32) -> F64:
    """What is seen of every pixel's region, (h, w, 5)."""
    plate, network, patches = (perceptual(one) for one in (views.plate, views.network, views.patches))
    detail = [_region(np.abs(_fine(one)).mean(2)) + _LEAST for one in (plate, network, patches)]
    apart = _region(np.abs(network - patches).mean(2)) + _LEAST
    known = keys_colours[tuple(np.moveaxis(_cells(views.plate), 2, 0))]
    seen = (
        np.log(apart),
        np.log(detail[2] / detail[0]),
        np.log(detail[2] / detail[1]),
        np.log(_region(views.match_error) + _LEAST),
        _region(known),
    )
    return np.stack(seen, -1).astype(np.float64)


def _fit(features: F64, gain: F32) -> tuple[F64, F64, F64]:
    """Logistic regression of who is nearer (`gain` > 0: patches) on features, each place by how much is at stake.

    Newton's method on at most `_SAMPLES` evenly spread places; the last slope is the constant.
    """
    rows, stakes = features.reshape(-1, features.shape[-1]), gain.reshape(-1).astype(np.float64)
    step = max(1, len(rows) // _SAMPLES)
    rows, stakes = rows[::step], stakes[::step]
    middle, spread = rows.mean(0), rows.std(0) + 1e-6
    seen = np.concatenate([(rows - middle) / spread, np.ones((len(rows), 1))], 1)
    weight = np.abs(stakes) / max(float(np.abs(stakes).mean()), 1e-12) / len(rows)
    slopes = np.zeros(seen.shape[1])
    for _ in range(_TURNS):
        likely = 1 / (1 + np.exp(-np.clip(seen @ slopes, -30, 30)))
        slope = seen.T @ (weight * (likely - (stakes > 0))) + _RIDGE * slopes
        bend = (seen * (weight * likely * (1 - likely))[:, None]).T @ seen + _RIDGE * np.eye(len(slopes))
        slopes = slopes - np.linalg.solve(bend, slope)
    return slopes, middle, spread


def _share(features: F64, told: tuple[F64, F64, F64]) -> F32:
    slopes, middle, spread = told
    sum_of = (features - middle) / spread @ slopes[:-1] + slopes[-1]
    out: F32 = (1 / (1 + np.exp(-np.clip(sum_of, -30, 30)))).astype(np.float32)
    return out


def _always(count: int, patches: bool) -> F64:
    slopes = np.zeros(count)
    slopes[-1] = 30.0 if patches else -30.0
    return slopes


def _error(picture: F32, truth: F32) -> F32:
    out: F32 = ((perceptual(picture) - perceptual(truth)) ** 2).mean(2)
    return out


def _region(values: F32) -> F32:
    sigma = max(1.0, values.shape[0] * _NEAR)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)


def _fine(picture: F32) -> F32:
    soft = cv2.GaussianBlur(picture, (0, 0), max(1.0, picture.shape[0] * _NEAR), borderType=cv2.BORDER_REFLECT)
    out: F32 = picture - soft
    return out


def _cells(plate: F32) -> npt.NDArray[np.int64]:
    return np.clip(perceptual(plate) * 8, 0, 7).astype(np.int64)


def _checkerboard(size: tuple[int, ...]) -> Mask:
    side = max(1, size[0] // _TILES)
    rows, columns = (np.arange(n) // side for n in size)
    out: Mask = (rows[:, None] + columns) % 2 == 0
    return out


def _plain(values: F64) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
