"""Find the faces in one picture, from small ones in a crowd to one that fills it.

The network sees faces from about 10 to 300 pixels, so the picture is looked at in halves of its size as well. What
two looks find at the same place is one face. Nothing is learned about whose face it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.faces.network import ALIGNED, STRIDE, ask

F32 = npt.NDArray[np.float32]
Point = tuple[float, float]

DETECTOR = "centerface 1"
"""Names the network and the settings below: raise the number with either, and plates are looked through again."""

THRESHOLD = 0.3
"""Chosen on 172 faces marked by hand (`benchmarks/faces.py`): of those with 16 pixels or more it misses none of 143, of
those with 10 to 16 a fifth. Higher loses small and turned faces, lower asks people about lamps and flowers."""

SMALLEST = 9.0  # pixels, the geometric mean of a box's sides; nobody can be known by fewer
_LARGEST = 7.0  # log of cells: larger than a tile
_LEAST_SIDE = 240  # the picture is halved as long as its longer side keeps this many pixels
_LEAST_IN_SMALLER = 32.0  # pixels of a smaller copy: what is less was seen better before it was made smaller
_TILE, _OVERLAP = (1216, 2048), 192  # rows and columns looked at in one go: a bound on memory
_SAME_PLACE, _WITHIN = 0.3, 0.6


@dataclass(frozen=True)
class Face:
    """A face: whole pixels `left`, `top`, `right`, `bottom` (ends excluded), how sure, and five points (x, y).

    The points are the left and right eye of the picture, the nose, and the corners of the mouth.
    """

    box: tuple[int, int, int, int]
    score: float
    marks: tuple[Point, Point, Point, Point, Point]


@dataclass(frozen=True)
class _Seen:
    boxes: F32  # (n, 4)
    scores: F32  # (n,)
    marks: F32  # (n, 5, 2)


def find_faces(picture: F32, *, threshold: float = THRESHOLD) -> tuple[Face, ...]:
    """The faces in a picture (h, w, 3) of display code values 0..1, the surest first.

    The same picture gives the same faces on any number of cores. Raises `EngineFailed` without the network's file.
    """
    height, width = picture.shape[:2]
    looks = [_look(level, scale, threshold) for level, scale in _levels(picture)]
    seen = _Seen(
        *(np.concatenate([getattr(one, part) for one in looks]) for part in ("boxes", "scores", "marks"))
    )
    kept = _apart(seen.boxes, seen.scores)
    sides = np.sqrt(np.prod(seen.boxes[:, 2:] - seen.boxes[:, :2], axis=1))
    return tuple(_face(seen, i, width, height) for i in kept if sides[i] >= SMALLEST)


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """The area that two boxes share over the area that they cover together, 0..1."""
    shared = _shared(np.asarray(a, np.float64), np.asarray(b, np.float64)[None])[0]
    return float(shared / (_area(np.asarray(a)) + _area(np.asarray(b)) - shared))


def _levels(picture: F32) -> Iterator[tuple[F32, float]]:
    """The picture, half of it, a quarter … and what each is to the first."""
    height, width = picture.shape[:2]
    yield picture, 1.0
    halvings = 1
    while max(height, width) >> halvings >= _LEAST_SIDE:
        size = (max(1, width >> halvings), max(1, height >> halvings))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        yield np.asarray(small, np.float32), size[0] / width
        halvings += 1


def _look(level: F32, scale: float, threshold: float) -> _Seen:
    found = [_look_at_tile(level, y, x, threshold) for y, x in _tiles(*level.shape[:2])]
    boxes, scores, marks = (np.concatenate(part) for part in zip(*found, strict=True))
    if scale < 1:
        own = _area(boxes.astype(np.float64)) >= _LEAST_IN_SMALLER**2
        boxes, scores, marks = boxes[own], scores[own], marks[own]
    unit = np.float32(scale)
    return _Seen(np.asarray(boxes / unit, np.float32), scores, np.asarray(marks / unit, np.float32))


class _Cut(NamedTuple):
    """A piece of a length, and the part of it whose faces are its own: its neighbours see the rest better."""

    piece: slice
    low: float
    high: float


def _tiles(height: int, width: int) -> Iterator[tuple[_Cut, _Cut]]:
    for y in _cuts(height, _TILE[0]):
        for x in _cuts(width, _TILE[1]):
            yield y, x


def _cuts(length: int, tile: int) -> list[_Cut]:
    """Pieces that cover a length and share `_OVERLAP`; each leaves what lies near a seam to the other."""
    starts = list(range(0, max(1, length - _OVERLAP), tile - _OVERLAP))
    return [
        _Cut(
            slice(start, min(start + tile, length)),
            start + _OVERLAP / 2 if start else -np.inf,
            start + tile - _OVERLAP / 2 if start != starts[-1] else np.inf,
        )
        for start in starts
    ]


def _look_at_tile(level: F32, y: _Cut, x: _Cut, threshold: float) -> tuple[F32, F32, F32]:
    tile = level[y.piece, x.piece]
    height, width = tile.shape[:2]
    padded = np.zeros((-(-height // ALIGNED) * ALIGNED, -(-width // ALIGNED) * ALIGNED, 3), np.float32)
    padded[:height, :width] = tile
    answer = ask(padded)
    rows, columns = np.nonzero(answer.heat >= threshold)
    down, across = answer.offset[:, rows, columns]
    middle_y = (rows + down + 0.5) * STRIDE + y.piece.start
    middle_x = (columns + across + 0.5) * STRIDE + x.piece.start
    own = (middle_y >= y.low) & (middle_y < y.high) & (middle_x >= x.low) & (middle_x < x.high)
    rows, columns, middle_y, middle_x = rows[own], columns[own], middle_y[own], middle_x[own]
    tall, wide = np.exp(np.minimum(answer.size[:, rows, columns], _LARGEST)) * STRIDE
    top, left = middle_y - tall / 2, middle_x - wide / 2
    marks = answer.marks[:, rows, columns].reshape(5, 2, -1)
    points = np.stack([left + marks[:, 1] * wide, top + marks[:, 0] * tall], -1).transpose(1, 0, 2)
    boxes = np.stack([left, top, left + wide, top + tall], -1)
    return boxes.astype(np.float32), answer.heat[rows, columns], points.astype(np.float32)


def _apart(boxes: F32, scores: F32) -> list[int]:
    """Which boxes to keep: of those at one place the surest, also where one lies inside the other."""
    kept: list[int] = []
    wide = boxes.astype(np.float64)
    areas = _area(wide)
    for i in np.argsort(-scores, kind="stable"):
        shared = _shared(wide[i], wide[kept])
        union, least = areas[kept] + areas[i] - shared, np.minimum(areas[kept], areas[i])
        if not np.any((shared >= _SAME_PLACE * union) | (shared >= _WITHIN * least)):
            kept.append(int(i))
    return kept


def _shared(box: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared: npt.NDArray[np.float64] = np.prod(np.clip(high - low, 0, None), axis=1)
    return shared


def _area(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    area: npt.NDArray[np.float64] = np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)
    return area


def _face(seen: _Seen, i: int, width: int, height: int) -> Face:
    left, top, right, bottom = (float(value) for value in seen.boxes[i])
    box = (
        min(max(0, int(left)), width - 1),
        min(max(0, int(top)), height - 1),
        max(1, min(width, int(np.ceil(right)))),
        max(1, min(height, int(np.ceil(bottom)))),
    )
    a, b, c, d, e = ((round(float(x), 1), round(float(y), 1)) for x, y in seen.marks[i])
    return Face(box, round(float(seen.scores[i]), 3), (a, b, c, d, e))
