"""How long the shutter stood open, read from the pictures: motion blur against motion (check 11).

The edge of a piece that moves straight on covers the background in a ramp as long as its way while the shutter is
open. The ramp's variance is way² ÷ 12, plus what the pixel's own square and reading between pixels add. Way over the
motion of a whole frame is the open share; 360° is all of it.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LEAST_PX, MOST_PX = 2.5, 40.0  # motion a frame, between which a ramp stands out and still fits beside others
ALONG = 0.95  # least cosine between the motion and the edge's normal
ALIKE = 0.1  # share by which the motion of the neighbours may differ: one piece, not two
STEP = 0.25
MOST_EDGES = 400
PIXEL_VARIANCE = 1 / 12 + 1 / 6  # of a pixel's square, and of straight lines between pixels


def shutter_angles(coverage: F32, motion: F32, free: Mask) -> F64:
    """Shutter angle in degrees and motion in pixels a frame (n, 2) at each fast, straight, isolated edge.

    `coverage` (h, w) 0..1 of pieces, `motion` (h, w, 2) pixels a frame, `free` (h, w) where nothing else hides the
    pieces or shares their pixels. Empty where nothing moves by `LEAST_PX` a frame.
    """
    speed = np.linalg.norm(motion, axis=2)
    if not (speed > LEAST_PX).any():
        return np.zeros((0, 2))
    ys, xs, way = _fast_edges(coverage, motion, speed, free)
    if len(ys) > MOST_EDGES:
        some = np.linspace(0, len(ys) - 1, MOST_EDGES).astype(int)
        ys, xs, way = ys[some], xs[some], way[some]
    lengths = speed[ys, xs].astype(np.float64)
    found = [
        _open_share(_profile(coverage, y, x, w, length), length)
        for y, x, w, length in zip(ys, xs, way, lengths, strict=True)
    ]
    pairs = [(360 * share, m) for share, m in zip(found, lengths, strict=True) if share is not None]
    return np.array(pairs).reshape(-1, 2)


def _fast_edges(coverage: F32, motion: F32, speed: F32, free: Mask) -> tuple[I64, I64, F32]:
    """Rows, columns and unit ways (n, 2) from open to covered, of half covered pixels whose edge faces its motion."""
    soft = cv2.GaussianBlur(coverage, (0, 0), 1.0)
    gx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    way = motion / np.maximum(speed, 1e-6)[..., None]
    facing = gx * way[..., 0] + gy * way[..., 1]
    around = np.ones((3, 3), np.uint8)
    fastest = cv2.dilate(speed, around)
    slowest = cv2.erode(np.where(speed > 0, speed, np.inf).astype(np.float32), around)
    edge = (speed > LEAST_PX) & (speed < MOST_PX) & (coverage > 0.35) & (coverage < 0.65)
    edge &= np.abs(facing) > ALONG * np.hypot(gx, gy)
    edge &= (fastest < speed * (1 + ALIKE)) & (slowest > speed * (1 - ALIKE))
    edge &= cv2.erode(free.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    ys, xs = np.nonzero(edge)
    inward = way[ys, xs] * np.sign(facing[ys, xs])[:, None]
    return np.asarray(ys, np.int64), np.asarray(xs, np.int64), inward.astype(np.float32)


def _profile(coverage: F32, y: float, x: float, way: F32, length: float) -> F64:
    """Coverage read along the motion, a little farther than a shutter that never closes would reach."""
    reach = round((0.6 * length + 2) / STEP) * STEP
    t = np.arange(-reach, reach + STEP / 2, STEP, dtype=np.float32)
    mx, my = (x + way[0] * t)[None].astype(np.float32), (y + way[1] * t)[None].astype(np.float32)
    read = cv2.remap(coverage, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(read[0], np.float64)


def _open_share(profile: F64, length: float) -> float | None:
    """Length of the ramp over `length`; None where the profile is not one straight ramp from open to covered."""
    ends = round(1 / STEP)
    rise = np.diff(profile)
    if profile[:ends].mean() > 0.03 or profile[-ends:].mean() < 0.97 or rise.min() < -0.02:
        return None
    at = (np.arange(len(rise)) + 0.5) * STEP
    weight = np.clip(rise, 0, None) / np.clip(rise, 0, None).sum()
    middle = float((weight * at).sum())
    variance = float((weight * (at - middle) ** 2).sum())
    ramp = np.clip((np.arange(len(profile)) * STEP - middle) / np.sqrt(12 * max(variance, 1e-9)) + 0.5, 0, 1)
    if np.abs(ramp - profile).max() > 0.06 + 0.08 / np.sqrt(length):
        return None
    return float(np.sqrt(12 * max(0.0, variance - PIXEL_VARIANCE)) / length)
