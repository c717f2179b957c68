"""Pictures read along a flow, and how far two flows disagree.

A flow (h, w, 2) holds x, y in pixels: the pixel p of one picture is found at p + flow in another. Positions are counted
between pixel centres, so the fractions do not depend on where a centre is said to lie. Plain twin: `warp_reference`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

F32 = npt.NDArray[np.float32]


def warp(picture: F32, flow: F32, *, cubic: bool = False) -> F32:
    """out(p) = picture(p + flow(p)), bilinear; the edge is held outside the frame.

    `picture` (H, W) or (H, W, c), any values; `flow` (h, w, 2), of the size of the result. `cubic` reads with the
    Catmull-Rom spline (E. Catmull, R. Rom 1974), which keeps detail and may overshoot. Not finite flow is no motion.
    """
    flat = picture.ndim == 2
    read = _read_cubic if cubic else _read_linear
    out: F32 = read(
        np.ascontiguousarray(picture[..., None] if flat else picture, np.float32),
        np.ascontiguousarray(flow, np.float32),
    )
    return out[..., 0] if flat else out


def agreement(forward: F32, backward: F32) -> F32:
    """How far from itself a pixel returns after both flows (h, w), pixels; inf where it leaves the frame.

    `forward` (h, w, 2) from a first picture to a second, `backward` from there to the first. Source: N. Sundaram,
    T. Brox, K. Keutzer, ECCV 2010: where the two disagree, one of the pictures does not show the place.
    """
    h, w = forward.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    there_x, there_y = x + forward[..., 0], y + forward[..., 1]
    inside = (there_x > -0.5) & (there_x < w - 0.5) & (there_y > -0.5) & (there_y < h - 0.5)
    back = forward + warp(backward, forward)
    length: F32 = np.where(inside, np.hypot(back[..., 0], back[..., 1]), np.float32(np.inf)).astype(np.float32)
    return length


@njit(cache=True)
def _place(at, shift, size):  # type: ignore[no-untyped-def] # pragma: no cover
    """Whole pixel and fraction of a place, held inside; its next pixel must exist, so the last one has fraction 1."""
    place = np.float32(at)
    if np.isfinite(shift):
        place = np.float32(at) + shift
    place = min(max(place, np.float32(0.0)), np.float32(size - 1))
    whole = min(np.int32(place), np.int32(max(size - 2, 0)))
    return whole, place - np.float32(whole)


@njit(cache=True)
def _read_linear(picture, flow):  # type: ignore[no-untyped-def] # pragma: no cover
    rows, columns, channels = picture.shape
    h, w = flow.shape[:2]
    out = np.empty((h, w, channels), np.float32)
    for y in range(h):
        for x in range(w):
            x0, fx = _place(x, flow[y, x, 0], columns)
            y0, fy = _place(y, flow[y, x, 1], rows)
            x1, y1 = min(x0 + 1, columns - 1), min(y0 + 1, rows - 1)
            for c in range(channels):
                upper = picture[y0, x0, c] * (np.float32(1) - fx) + picture[y0, x1, c] * fx
                lower = picture[y1, x0, c] * (np.float32(1) - fx) + picture[y1, x1, c] * fx
                out[y, x, c] = upper * (np.float32(1) - fy) + lower * fy
    return out


@njit(cache=True)
def _spline(f, taps):  # type: ignore[no-untyped-def] # pragma: no cover
    """The four weights of Catmull-Rom at the fraction f."""
    half = np.float32(0.5)
    taps[0] = half * f * (f * (np.float32(2) - f) - np.float32(1))
    taps[1] = half * (f * f * (np.float32(3) * f - np.float32(5)) + np.float32(2))
    taps[2] = half * f * (f * (np.float32(4) - np.float32(3) * f) + np.float32(1))
    taps[3] = half * f * f * (f - np.float32(1))


@njit(cache=True)
def _read_cubic(picture, flow):  # type: ignore[no-untyped-def] # pragma: no cover
    rows, columns, channels = picture.shape
    h, w = flow.shape[:2]
    out = np.empty((h, w, channels), np.float32)
    across, down = np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(h):
        for x in range(w):
            x0, fx = _place(x, flow[y, x, 0], columns)
            y0, fy = _place(y, flow[y, x, 1], rows)
            _spline(fx, across)
            _spline(fy, down)
            for c in range(channels):
                total = np.float32(0)
                for j in range(4):
                    row = min(max(y0 + j - 1, 0), rows - 1)
                    line = np.float32(0)
                    for i in range(4):
                        line += across[i] * picture[row, min(max(x0 + i - 1, 0), columns - 1), c]
                    total += down[j] * line
                out[y, x, c] = total
    return out
