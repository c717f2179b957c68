"""Pictures as bytes for the match alone: what is voted comes from the untouched source.

Scene-linear values are coded by their square root, then spread over 0..255 by robust limits, so that one lamp of
value 300 doesn't crush all the rest. Weights are folded into the bytes (by their roots), so that a plain sum of
squared differences is the weighted one.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.kernels.patch.distance import SLACK

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SAMPLES = 200_000
LIMITS = (0.1, 99.9)
LEAST_SPAN = 0.25


@dataclass(frozen=True)
class Code:
    """Byte = (root − `low`) · `gain`, cut to 0..255; both (c,). The root is signed; none is taken unless `linear`."""

    low: F32
    gain: F32
    linear: bool

    def of(self, picture: F32) -> U8:
        """`picture` (h, w, c), any range, as bytes (h, w, c)."""
        out = np.empty(picture.shape, np.uint8)
        encode(np.ascontiguousarray(picture, np.float32), self.low, self.gain, self.linear, out)
        return out


def code_for(source: F32, allowed: Mask, *, linear: bool) -> Code:
    """The code of a source (H, W, c): its 0.1 and 99.9 percentiles become 0 and 255, channel by channel.

    A channel that hardly varies is not blown up: its span is at least a quarter of the widest one's.
    """
    centres = np.flatnonzero(allowed)
    some = source.reshape(-1, source.shape[2])[centres[:: max(1, len(centres) // SAMPLES)]].astype(np.float64)
    root = np.sign(some) * np.sqrt(np.abs(some)) if linear else some
    low, high = np.percentile(root, LIMITS, axis=0)
    span = np.maximum(high - low, max(LEAST_SPAN * float((high - low).max()), 1e-6))
    low = (low + high - span) / 2
    return Code(low.astype(np.float32), (255 / span).astype(np.float32), linear)


def folded_weights(guide_weights: Sequence[float], style_weight: float, n_style: int) -> tuple[F32, float]:
    """√(weight ÷ heaviest) of the style's and the guides' channels, and the heaviest weight."""
    weights = np.asarray([style_weight / n_style] * n_style + list(guide_weights), np.float64)
    return np.sqrt(weights / weights.max()).astype(np.float32), float(weights.max())


def code_table(folded: F32) -> U8:
    """Bytes (c, 256): what each byte of each channel becomes with its weight folded in."""
    return (np.arange(256, dtype=np.float32) * folded[:, None] + np.float32(0.5)).astype(np.uint8)


def lay_features(style: U8, guides: U8, table: U8, edge: int) -> U8:
    """Weighted features (h + 2 edge, w + 2 edge, c) in a row, with slack: `flat[: …]` is the picture, its rim repeated.

    `style` (h, w, s) and `guides` (h, w, g) are bytes, `table` is theirs (`code_table`).
    """
    h, w = style.shape[:2]
    assert guides.shape[:2] == (h, w), "compiled code reads past the end of what doesn't fit"
    channels = style.shape[2] + guides.shape[2]
    flat = np.zeros((h + 2 * edge) * (w + 2 * edge) * channels + SLACK, np.uint8)
    lay(style, guides, table, edge, as_picture(flat, h + 2 * edge, w + 2 * edge, channels))
    return flat


def as_picture(flat: U8, h: int, w: int, channels: int) -> U8:
    """The picture (h, w, c) that lies in `flat`; a view."""
    return flat[: h * w * channels].reshape(h, w, channels)


@njit(cache=True, nogil=True)
def encode(picture, low, gain, linear, out):
    """The bytes of `Code.of`."""
    h, w, channels = picture.shape
    for y in range(h):
        for x in range(w):
            for c in range(channels):
                value = picture[y, x, c]
                if linear:
                    value = np.sqrt(value) if value >= 0 else -np.sqrt(-value)
                byte = (value - low[c]) * gain[c] + np.float32(0.5)
                out[y, x, c] = np.uint8(min(max(byte, np.float32(0)), np.float32(255)))


@njit(cache=True, nogil=True)
def lay(style, guides, table, edge, out):
    """Fill `out` of `lay_features`."""
    h, w, n_style = style.shape
    n_guides = guides.shape[2]
    for y in range(h + 2 * edge):
        row = min(max(y - edge, 0), h - 1)
        for x in range(w + 2 * edge):
            col = min(max(x - edge, 0), w - 1)
            for c in range(n_style):
                out[y, x, c] = table[c, style[row, col, c]]
            for c in range(n_guides):
                out[y, x, n_style + c] = table[n_style + c, guides[row, col, c]]


@njit(cache=True, nogil=True)
def repeat_rim(features, edge, n_style):
    """Repeat the picture's outermost style values over the rim of its features (h + 2 edge, w + 2 edge, c)."""
    h, w, _ = features.shape
    for y in range(h):
        row = min(max(y, edge), h - 1 - edge)
        inside = row == y
        for x in range(w):
            if inside and x == edge:
                x = w - edge
            if inside and edge <= x < w - edge:
                continue
            col = min(max(x, edge), w - 1 - edge)
            for c in range(n_style):
                features[y, x, c] = features[row, col, c]
