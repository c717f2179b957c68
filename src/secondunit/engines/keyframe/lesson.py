"""What an artist's frames teach: which pixels changed, by how much, and which of them are kept back as a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.propagate.edit import edit_matte
from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_WHOLE = 0.995  # of the area: then everything was edited
_HELD = 1 / 8  # of one key's edited area is kept back
_SQUARES = 12  # of a frame's height
CELL = 16  # pixels of a cell for which visits are counted
_WITH_EDIT = 0.5  # of the visits go to where the edit is, the others anywhere


@dataclass(frozen=True)
class Exam:
    """A frame with its truth, and the part `area` (h, w) of it that the network has not learned from."""

    frame: int
    plate: F32
    edit: F32
    area: Mask


@dataclass(frozen=True)
class Lesson:
    """The keys: `plates`, `edits` (n, h, w, 3) ACEScg, `mattes` (n, h, w) 0..1 of what was edited.

    `held` (n, h, w) marks what is kept back until the last part of the training, for the `exam`. `is_whole` says that
    the edit is everywhere.
    """

    frames: tuple[int, ...]
    plates: F32
    edits: F32
    mattes: F32
    held: Mask
    exam: Exam
    is_whole: bool


def lesson_of(
    frames: Sequence[int], plates: F32, edits: F32, *, seed: int, leave_out: int | None = None
) -> Lesson:
    """The lesson of keys (n, h, w, 3) ACEScg; the exam is the key `leave_out`, else squares of the middle key.

    Raises `BadInput` where an edit does not differ from its plate.
    """
    mattes = np.stack([edit_matte(plate, edit) for plate, edit in zip(plates, edits, strict=True)])
    for frame, matte in zip(frames, mattes, strict=True):
        if not matte.any():
            raise BadInput(
                f"the edit of frame {frame} is the plate itself", hint="pass the frame that was painted"
            )
    is_whole = bool((mattes > 0.5).mean() >= _WHOLE)
    if is_whole:
        mattes = np.ones_like(mattes)
    exam = len(frames) // 2 if leave_out is None else frames.index(leave_out)
    held = np.zeros(mattes.shape, bool)
    if leave_out is None:
        held[exam] = _squares(mattes[exam], np.random.default_rng([seed, 1]))
        stay = np.arange(len(frames))
    else:
        held[exam] = True
        stay = np.delete(np.arange(len(frames)), exam)
    asked = Exam(frames[exam], plates[exam], edits[exam], held[exam].copy())
    kept = tuple(frame for frame in frames if frame != leave_out)
    return Lesson(kept, plates[stay], edits[stay], mattes[stay], held[stay], asked, is_whole)


def _squares(matte: F32, random: np.random.Generator) -> Mask:
    """Squares that cover an eighth of the edit of a frame (h, w)."""
    h, w = matte.shape
    side = max(1, h // _SQUARES)
    rows, columns = h // side, w // side
    filled = matte[: rows * side, : columns * side].reshape(rows, side, columns, side).mean((1, 3))
    edited = np.flatnonzero(filled.reshape(-1) > 0.25)
    among = edited if len(edited) else np.flatnonzero(filled.reshape(-1) == filled.max())
    held = np.zeros((h, w), bool)
    for place in random.choice(among, max(1, round(len(among) * _HELD)), replace=False):
        top, left = place // columns * side, place % columns * side
        held[top : top + side, left : left + side] = True
    return held


@dataclass(frozen=True)
class Visits:
    """How often each cell of the keys is visited: `chance` (n, rows, columns), summing to 1."""

    chance: npt.NDArray[np.float64]
    height: int
    width: int

    def draw(self, side: int, count: int, random: np.random.Generator) -> list[tuple[int, int, int]]:
        """Corners (key, row, column) of `count` crops of `side` pixels about drawn cells, inside the frame."""
        places = random.choice(self.chance.size, count, p=self.chance.reshape(-1))
        spots = random.uniform(size=(count, 2))
        corners = []
        for place, (v, u) in zip(places, spots, strict=True):
            k, row, column = np.unravel_index(place, self.chance.shape)
            top, left = int((row + v) * CELL) - side // 2, int((column + u) * CELL) - side // 2
            corners.append((int(k), min(max(top, 0), self.height - side), min(max(left, 0), self.width - side)))
        return corners


def visits_of(mattes: F32) -> Visits:
    """Visits for mattes (n, h, w): half of them where the edit lives."""
    h, w = mattes.shape[1:]
    rows, columns = -(-h // CELL), -(-w // CELL)
    edited = np.stack([cv2.resize(matte, (columns, rows), interpolation=cv2.INTER_AREA) for matte in mattes])
    edited = edited.astype(np.float64)
    chance = _WITH_EDIT * edited / edited.sum() + (1 - _WITH_EDIT) / edited.size
    return Visits(chance / chance.sum(), h, w)
