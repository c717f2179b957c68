"""Straight lines of a picture and the vanishing points they share.

Segments by LSD (Grompone von Gioi et al., *LSD: a Line Segment Detector*, IPOL 2012, as OpenCV carries it);
vanishing points by sampling pairs and counting who agrees (RANSAC), then a least-squares refinement; the focal
length from two orthogonal ones (Caprile and Torre 1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
BOOL = npt.NDArray[np.bool_]
MAX_SEGMENTS = 400
AGREE_DEG = 1.5
MIN_SUPPORT = 6


@dataclass(frozen=True)
class VanishingPoint:
    """`point` (3,) homogeneous pixels (third 0 at infinity); `members` (k,) indices of segments that meet there."""

    point: FloatArray
    members: npt.NDArray[np.intp]
    support: float


def find_segments(picture: F32, inside: BOOL, *, shortest: float) -> FloatArray:
    """Segments (n, 4) as x0, y0, x1, y1 in pixels whose middle lies `inside`, longest first.

    `picture` (h, w) or (h, w, 3) in display values 0..1; `shortest` in pixels.
    """
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    eight = np.clip(grey * 255, 0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(eight)[0]
    if found is None:
        return np.zeros((0, 4))
    # OpenCV gives positions of pixel centres as whole numbers: ours lie half a pixel further.
    segments = found.reshape(-1, 4).astype(float) + 0.5
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    middle = (segments[:, :2] + segments[:, 2:]) / 2
    columns = np.clip(middle[:, 0].astype(int), 0, inside.shape[1] - 1)
    rows = np.clip(middle[:, 1].astype(int), 0, inside.shape[0] - 1)
    keep = (length >= shortest) & inside[rows, columns]
    order = np.argsort(-length[keep], kind="stable")[:MAX_SEGMENTS]
    chosen: FloatArray = segments[keep][order]
    return chosen


def tilt_deg(segments: FloatArray) -> FloatArray:
    """Angle (n,) of each segment from the vertical, 0 to 90 degrees."""
    d = np.abs(segments[:, 2:] - segments[:, :2])
    tilt: FloatArray = np.degrees(np.arctan2(d[:, 0], d[:, 1]))
    return tilt


def find_vanishing_point(
    segments: FloatArray, among: npt.NDArray[np.intp], rng: np.random.Generator, *, tries: int = 400
) -> VanishingPoint | None:
    """The point most of the segments `among` (indices) run to, weighted by length; None without clear support."""
    if len(among) < MIN_SUPPORT:
        return None
    chosen = segments[among]
    lines = _lines_of(chosen)
    length = np.hypot(*(chosen[:, 2:] - chosen[:, :2]).T)
    best, best_score = None, 0.0
    chance = length / length.sum()
    for _ in range(tries):
        i, j = rng.choice(len(among), 2, replace=False, p=chance)
        point = np.cross(lines[i], lines[j])
        agree = _agreement_deg(chosen, point) < AGREE_DEG
        score = float(length[agree].sum())
        if score > best_score:
            best, best_score = point, score
    if best is None:
        return None
    for _ in range(3):
        agree = _agreement_deg(chosen, best) < AGREE_DEG
        if agree.sum() < MIN_SUPPORT:
            return None
        best = _meet(lines[agree], length[agree])
    agree = _agreement_deg(chosen, best) < AGREE_DEG
    if agree.sum() < MIN_SUPPORT:
        return None
    return VanishingPoint(best, among[agree], float(length[agree].sum() / length.sum()))


def _lines_of(segments: FloatArray) -> FloatArray:
    one = np.ones(len(segments))
    lines = np.cross(np.c_[segments[:, :2], one], np.c_[segments[:, 2:], one])
    unit: FloatArray = lines / np.maximum(np.linalg.norm(lines[:, :2], axis=1, keepdims=True), 1e-12)
    return unit


def _agreement_deg(segments: FloatArray, point: FloatArray) -> FloatArray:
    """Angle between each segment and the direction from its middle to the point."""
    middle = (segments[:, :2] + segments[:, 2:]) / 2
    to = point[:2] - middle * point[2]
    along = segments[:, 2:] - segments[:, :2]
    cross = np.abs(along[:, 0] * to[:, 1] - along[:, 1] * to[:, 0])
    dot = np.abs((along * to).sum(axis=1))
    angle: FloatArray = np.degrees(np.arctan2(cross, np.maximum(dot, 1e-12)))
    return angle


def _meet(lines: FloatArray, weight: FloatArray) -> FloatArray:
    """The homogeneous point nearest to all lines (smallest singular vector), in coordinates scaled to about 1."""
    scale = np.diag([1000.0, 1000.0, 1.0])
    scaled = lines @ scale
    scaled = scaled / np.linalg.norm(scaled, axis=1, keepdims=True) * weight[:, None]
    point = scale @ np.linalg.svd(scaled)[2][-1]
    unit: FloatArray = point / np.linalg.norm(point)
    return unit


def focal_from_pair(a: VanishingPoint, b: VanishingPoint, width: int, height: int) -> float | None:
    """Focal length in pixels for which two vanishing points lie at right angles; None where none fits.

    The principal point is taken as the picture's middle; results outside 0.4 to 4 picture widths are refused.
    """
    if min(abs(a.point[2]), abs(b.point[2])) < 1e-9:
        return None
    centre = np.array([width / 2, height / 2])
    u, v = a.point[:2] / a.point[2] - centre, b.point[:2] / b.point[2] - centre
    square = -float(u @ v)
    if square <= 0:
        return None
    focal = square**0.5
    return focal if 0.4 * width < focal < 4 * width else None
