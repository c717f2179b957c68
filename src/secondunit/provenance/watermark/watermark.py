"""An invisible mark in a picture that names its ledger entry: put in, and read as soft bits.

Whatever its size, the picture is scaled to 256² pixels in its own shape; the network's residual is computed there, for
each of four strips its own, scaled up and added. So the mark survives a change of size. Black bars of a letterbox or
pillarbox are not part of the picture: they are neither marked nor read, and may come and go. Pictures are
display-referred, never scene-linear masters.

No security is claimed: the networks are public, whoever has them can read, overwrite or wash out the mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.provenance.watermark.watermark_networks import mark_residual, read_bits
from secondunit.provenance.watermark.watermark_payload import N_PARTS, Bits, payload_bits

F32 = npt.NDArray[np.float32]

STRENGTH = 1.0
_PIXELS = 256 * 256
_SHORTEST = 64  # canonical pixels of the shorter side, however long and thin the picture
_MARGIN = 20  # pixels beyond a strip that its encoder sees: two kernels of 11 spoil the outer ten
_FADE = 10  # pixels to either side of an edge over which strips are faded into each other
_TINT = 16.0  # standard deviation in canonical pixels of what counts as tint
_ROOT_MEAN_SQUARE = 10 ** (-42.3 / 20)  # of a residual at strength 1: 42.3 dB
_MOST_GAIN = 1.25  # an even picture is not marked harder to make up for it
_BLACK = 0.04  # ten codes of 255: what compression leaves of black
# What is left when detail of a few codes is smoothed away between edges is the picture without its mark.
_SMOOTH_ACROSS, _SMOOTH_CODES, _SMOOTH_REACH = 9, 0.03, 3.0


@dataclass(frozen=True)
class Box:
    """The part of a frame that is picture: rows `top` to `bottom`, columns `left` to `right`, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def whole(cls, frame: F32) -> Box:
        """All of a frame."""
        return cls(0, frame.shape[0], 0, frame.shape[1])

    def of(self, frame: F32) -> F32:
        """That part of the frame, as a view."""
        return frame[self.top : self.bottom, self.left : self.right]


def embed(frame: F32, index: int, strength: float = STRENGTH) -> F32:
    """A copy of a frame (h, w, 3) of display code values 0..1 that carries a ledger index of 24 bits.

    At strength 1 it differs by 42 dB PSNR or more (about 4 of 255 codes at most); the difference is in proportion to
    `strength`. Raises `BadInput` for an index that does not fit, `EngineFailed` without the networks' files.
    """
    bits, box = payload_bits(index), picture_box(frame)
    small = to_canonical(box.of(frame))
    with ThreadPoolExecutor(2) as pool:
        residuals = list(pool.map(lambda part: residual_of(small, bits[part], part), range(N_PARTS)))
    return add_residual(frame, joined(small, residuals), box, strength)


def decode(frame: F32, box: Box | None = None) -> F32:
    """Soft bits (parts, 32) of a frame (h, w, 3): above 0 leans to a one, and further from 0 is surer.

    `box` says which part is picture; the default leaves black bars out. Two readings are subtracted: of the picture,
    and of the same picture with its fine detail smoothed away, for a picture's own content leans bits, too.
    """
    return decode_canonical(to_canonical((box or picture_box(frame)).of(frame)))


def decode_canonical(small: F32) -> F32:
    """`decode` of a picture that `to_canonical` made."""
    smooth = np.asarray(cv2.bilateralFilter(small, _SMOOTH_ACROSS, _SMOOTH_CODES, _SMOOTH_REACH), np.float32)
    with ThreadPoolExecutor(2) as pool:
        read = list(pool.map(read_bits, split(small) + split(smooth)))
    return np.stack(read[:N_PARTS]) - np.stack(read[N_PARTS:])


def to_canonical(picture: F32) -> F32:
    """A picture (h, w, 3) at the size where marks are made and read: 256² pixels in its shape, values in 0..1."""
    height, width = picture.shape[:2]
    across = round(np.sqrt(_PIXELS * width / height))
    across = int(np.clip(across, _SHORTEST, _PIXELS // _SHORTEST))
    small = cv2.resize(picture, (across, round(_PIXELS / across)), interpolation=cv2.INTER_AREA)
    return np.clip(np.nan_to_num(np.asarray(small, np.float32)), 0, 1)


def split(small: F32, margin: int = 0) -> list[F32]:
    """The strips of a canonical picture, each with `margin` pixels of its neighbours where it has any."""
    return [
        np.ascontiguousarray(_across(small)[:, max(0, left - margin) : right + margin])
        for left, right in pairwise(_edges(small))
    ]


def residual_of(small: F32, bits: Bits, number: int) -> F32:
    """What strip `number` of a canonical picture is given, with the margin that `joined` fades it out over."""
    return mark_residual(split(small, _MARGIN)[number], bits)


def joined(small: F32, residuals: Sequence[F32]) -> F32:
    """The residuals of the strips as that of the canonical picture: faded into each other, and without tint.

    In an even sky a strip's residual is one tint. It carries no bit (`decode` takes it for content), and its edge
    could be seen, so what changes slowly over the picture is taken out. The rest is brought to the same strength in
    every picture.
    """
    across = _across(small)
    whole, edges, columns = np.zeros_like(across), _edges(small), np.arange(across.shape[1]) + 0.5
    for n, residual in enumerate(residuals):
        left, right = max(0, edges[n] - _MARGIN), edges[n + 1] + _MARGIN
        here = columns[left:right]
        rises = 1.0 if n == 0 else (here - edges[n]) / (2 * _FADE) + 0.5
        falls = 1.0 if n == N_PARTS - 1 else (edges[n + 1] - here) / (2 * _FADE) + 0.5
        share = np.clip(np.minimum(rises, falls) * np.ones(len(here)), 0, 1).astype(np.float32)
        whole[:, left:right] += share[:, None] * residual
    whole -= cv2.GaussianBlur(whole, (0, 0), _TINT)
    gain = min(_MOST_GAIN, _ROOT_MEAN_SQUARE / max(float(np.sqrt(np.square(whole).mean())), 1e-9))
    return _across(whole * np.float32(gain), like=small)


def add_residual(frame: F32, residual: F32, box: Box, strength: float) -> F32:
    """A copy of a frame with a canonical residual scaled up and added where the picture is, kept in 0..1."""
    out = np.array(frame, np.float32)
    picture = box.of(out)
    size = (picture.shape[1], picture.shape[0])
    added = cv2.resize(residual, size, interpolation=cv2.INTER_CUBIC)
    picture += added if strength == 1 else added * np.float32(strength)
    return np.clip(out, 0, 1, out=out)


def picture_box(frame: F32) -> Box:
    """The frame without black bars: equal ones above and below, or left and right, of two pixels or more."""
    height, width = frame.shape[:2]
    columns = frame.transpose(1, 0, 2)
    top, bottom = _bars(_n_black(frame), _n_black(frame[::-1]), height)
    left, right = _bars(_n_black(columns), _n_black(columns[::-1]), width)
    return Box(top, height - bottom, left, width - right)


def _n_black(lines: F32) -> int:
    """How many of the first lines (n, m, 3) are black."""
    return next((n for n, line in enumerate(lines) if line.max() > _BLACK), len(lines))


def _bars(first: int, last: int, n_lines: int) -> tuple[int, int]:
    """Black lines at both ends when they are a pair of bars, else (0, 0)."""
    uneven = abs(first - last) > max(2, round(0.01 * n_lines))
    return (0, 0) if min(first, last) < 2 or uneven or first == n_lines else (first, last)


def _across(small: F32, like: F32 | None = None) -> F32:
    """The picture with its longer side across, or back: strips cut the longer side, so that none is thin."""
    shape = small if like is None else like
    return small if shape.shape[1] >= shape.shape[0] else small.transpose(1, 0, 2)


def _edges(small: F32) -> list[int]:
    longer = max(small.shape[:2])
    return [longer * n // N_PARTS for n in range(N_PARTS + 1)]
