"""A slate frame and burn-ins for review movies. Never for finals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.media.lettering import Anchor, fit_line, letter

F32 = npt.NDArray[np.float32]

PROPOSAL = "PROPOSAL – not approved"


@dataclass(frozen=True)
class BurnIn:
    """What every frame of a review movie says in its corners.

    Top left the show, top right the shot and version, bottom left status and date, bottom right frame and colour.
    """

    show: str
    shot: str
    version: str
    date: dt.date
    colour: str
    status: str = PROPOSAL


def burn_in(picture: F32, words: BurnIn, frame: int, *, timecode: str = "") -> F32:
    """A copy of display code values (h, w, 3) in 0..1 with the four corners lettered."""
    out = picture.astype(np.float32, copy=True)
    height, width = out.shape[:2]
    size = text_size(height)
    edge = max(4, round(min(height, width) * 0.025))
    bottom = height - edge - round(size * 1.2)
    number = f"{frame:04d}  {timecode}".rstrip()
    room = (width - 3 * edge) // 2
    lines: tuple[tuple[str, int, Anchor], ...] = (
        (words.show, edge, "left"),
        (f"{words.shot}  {words.version}", edge, "right"),
        (f"{words.status}   {words.date.isoformat()}", bottom, "left"),
        (number, bottom, "right"),
    )
    for text, y, anchor in lines:
        line, fitted = fit_line(text, size, room)
        letter(out, line, x=edge if anchor == "left" else width - edge, y=y, size=fitted, anchor=anchor)
    line, small = fit_line(words.colour, round(size * 0.7), room)
    letter(out, line, x=width - edge, y=bottom - round(small * 1.3), size=small, anchor="right")
    return out


def slate_frame(
    height: int, width: int, words: BurnIn, details: Mapping[str, str], thumbnail: F32 | None = None
) -> F32:
    """The frame before the first: show, shot and version large, `details` as rows, a picture on the right.

    Returns display code values (height, width, 3) in 0..1.
    """
    out = np.full((height, width, 3), 0.055, np.float32)
    edge = round(min(height, width) * 0.07)
    title, row = max(12, round(height / 14)), max(9, round(height / 30))
    room = width - 2 * edge
    letter(out, words.show, x=edge, y=edge, size=row, colour=(0.62, 0.62, 0.62), shade=0)
    heading = f"{words.shot}  {words.version}"
    heading, heading_size = fit_line(heading, title, room)
    letter(out, heading, x=edge, y=edge + round(row * 1.5), size=heading_size, shade=0)
    top = edge + round(row * 1.5 + title * 1.8)
    out[top - round(row * 0.5) : top - round(row * 0.5) + max(1, height // 500), edge : width - edge] = 0.35
    rows = {"Status": words.status, "Date": words.date.isoformat(), "Colour": words.colour, **details}
    indent = edge + round(room * 0.15)
    value_room = round(room * (0.42 if thumbnail is not None else 0.85))
    for i, (name, value) in enumerate(rows.items()):
        y = top + round(row * (0.6 + 1.55 * i))
        if y + row > height - edge:
            break
        letter(out, name, x=edge, y=y, size=row, colour=(0.55, 0.55, 0.55), shade=0)
        warn = (1.0, 0.72, 0.25) if name == "Status" else (0.92, 0.92, 0.92)
        line, size = fit_line(value, row, value_room)
        letter(out, line, x=indent, y=y, size=size, colour=warn, shade=0)
    if thumbnail is not None:
        _set_thumbnail(out, thumbnail, top + round(row * 0.6), edge, round(room * 0.4))
    _grey_steps(out, edge)
    return out


def text_size(height: int) -> int:
    """Pixels from line to line of a burn-in, readable on a phone and small on a wall."""
    return max(10, round(height / 34))


def _set_thumbnail(out: F32, picture: F32, top: int, edge: int, width: int) -> None:
    height = round(width * picture.shape[0] / picture.shape[1])
    room = out.shape[0] - top - 2 * edge
    if height > room:
        width, height = max(1, width * room // height), room
    if height < 8 or width < 8:
        return
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    left = out.shape[1] - edge - width
    out[top : top + height, left : left + width] = small


def _grey_steps(out: F32, edge: int) -> None:
    """Eleven greys from black to white along the bottom: a look at them shows a wrong range or curve."""
    height, width = out.shape[:2]
    tall = max(4, round(edge * 0.35))
    top = height - edge + (edge - tall) // 2 - tall // 2
    ends = np.linspace(edge, width - edge, 12).round().astype(int)
    for i in range(11):
        out[top : top + tall, ends[i] : ends[i + 1]] = i / 10
