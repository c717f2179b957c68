"""A contact sheet: the frames of a version in a grid, each with its number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.media.lettering import letter
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]


def contact_frames(frames: FrameRange, n_cells: int = 12) -> tuple[int, ...]:
    """Which frames to show: evenly spread, the first and the last among them.

    >>> contact_frames(FrameRange(1001, 1072), 4)
    (1001, 1025, 1048, 1072)
    """
    n = min(n_cells, len(frames))
    if n == 1:
        return (frames.first,)
    return tuple(round(frames.first + (len(frames) - 1) * i / (n - 1)) for i in range(n))


def contact_sheet(
    frames: Iterable[tuple[int, F32]], *, columns: int = 4, width: int = 1920, title: Sequence[str] = ()
) -> F32:
    """A sheet (h, width, 3) of display code values in 0..1 from (frame number, picture) pairs.

    `title` is a line along the top: its first part on the left, its last on the right. Pictures of differing
    size are scaled to one cell. Raises `BadInput` without frames.
    """
    given = list(frames)
    if not given:
        raise BadInput("a contact sheet needs at least one frame", hint="ask for at least one frame")
    columns = max(1, min(columns, len(given)))
    gap = max(4, width // 160)
    cell_w = (width - gap * (columns + 1)) // columns
    cell_h = max(1, round(cell_w * given[0][1].shape[0] / given[0][1].shape[1]))
    label = max(10, width // 96)
    head = round(label * 2.4) if title else 0
    n_rows = math.ceil(len(given) / columns)
    sheet = np.full((head + gap + n_rows * (cell_h + round(label * 1.5) + gap), width, 3), 0.055, np.float32)
    if title:
        letter(sheet, title[0], x=gap, y=round(label * 0.7), size=round(label * 1.2), shade=0)
    if len(title) > 1:
        line = "   ".join(title[1:])
        letter(sheet, line, x=width - gap, y=round(label * 0.8), size=label, anchor="right", shade=0)
    for i, (number, picture) in enumerate(given):
        x = gap + (i % columns) * (cell_w + gap)
        y = head + gap + (i // columns) * (cell_h + round(label * 1.5) + gap)
        sheet[y : y + cell_h, x : x + cell_w] = _fit(picture, cell_w, cell_h)
        letter(sheet, f"{number:04d}", x=x, y=y + cell_h + label // 4, size=label, shade=0)
    return sheet


def _fit(picture: F32, width: int, height: int) -> F32:
    smaller = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    fitted = cv2.resize(picture.astype(np.float32), (width, height), interpolation=how)
    return np.clip(fitted, 0, 1).astype(np.float32)
