"""Letters on pictures: the sans serif that comes inside OpenImageIO, so that it looks alike on every machine."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813 - the name the field knows it by

F32 = npt.NDArray[np.float32]
FONT = "DroidSans"
Anchor = Literal["left", "centre", "right"]


@lru_cache(maxsize=512)
def lettering(text: str, size: int) -> F32:
    """Coverage (h, w) in 0..1 of one line of text at `size` pixels from line to line."""
    if not text:
        return np.zeros((size, 1), np.float32)
    box = oiio.ImageBufAlgo.text_size(text, size, FONT)
    width = max(1, box.xend - min(box.xbegin, 0) + 2)
    image = oiio.ImageBuf(oiio.ImageSpec(width, size + size // 3, 1, "float"))
    oiio.ImageBufAlgo.zero(image)
    if not oiio.ImageBufAlgo.render_text(image, 1 - min(box.xbegin, 0), size, text, size, FONT, (1.0,)):
        raise RuntimeError(image.geterror())
    pixels: F32 = np.asarray(image.get_pixels("float"), np.float32)[..., 0]
    return pixels


def fit_line(text: str, size: int, room: int) -> tuple[str, int]:
    """A line and a size at which it is at most `room` pixels wide: smaller first, down to 8, then shortened."""
    width = lettering(text, size).shape[1]
    if width <= room:
        return text, size
    smaller = min(size, max(8, size * room // width))
    if lettering(text, smaller).shape[1] <= room:
        return text, smaller
    for n in range(len(text) - 1, 0, -1):
        line = text[:n].rstrip() + "..."
        if lettering(line, smaller).shape[1] <= room:
            return line, smaller
    return "", smaller


def letter(
    picture: F32,
    text: str,
    *,
    x: int,
    y: int,
    size: int,
    anchor: Anchor = "left",
    colour: tuple[float, float, float] = (0.92, 0.92, 0.92),
    shade: float = 0.75,
) -> None:
    """Draw a line of text onto display code values (h, w, 3) in place; `y` is the top of the line.

    `shade` is the strength of a soft dark edge that keeps it readable over a bright picture.
    """
    cover = lettering(text, size)
    margin = max(2, size // 5)
    cover = np.pad(cover, margin)
    shift = {"left": 0, "centre": cover.shape[1] // 2, "right": cover.shape[1] - 2 * margin}[anchor]
    left, top = x - margin - shift, y - margin
    rows = slice(max(0, top), min(picture.shape[0], top + cover.shape[0]))
    columns = slice(max(0, left), min(picture.shape[1], left + cover.shape[1]))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    edge = _soft_edge(text, size, margin)
    part = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    patch = picture[rows, columns]
    patch *= 1 - (shade * edge[part])[..., None]
    patch += cover[part][..., None] * (np.asarray(colour, np.float32) - patch)


@lru_cache(maxsize=512)
def _soft_edge(text: str, size: int, margin: int) -> F32:
    cover = np.pad(lettering(text, size), margin)
    soft: F32 = cv2.GaussianBlur(cover, (0, 0), max(0.8, size / 14)).astype(np.float32)
    edge: F32 = np.clip(soft * 2.2, 0, 1)
    return edge
