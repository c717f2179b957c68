"""A face that nobody has: drawn, so that the tests need nobody's picture. The detector takes it for one at 32–64 px."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
SIDE = 256


@cache
def drawn_face(size: int) -> F32:
    """(size, size, 4): display code values and coverage."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)

    def inside(cx: float, cy: float, rx: float, ry: float, edge: float) -> F32:
        away = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 - 1
        return (1 / (1 + np.exp(np.clip(away * edge, -50, 50)))).astype(np.float32)

    skin = np.array([0.8, 0.6, 0.5], np.float32) * (1.05 - 0.35 * np.abs((x - 128) / 128))[..., None]

    def paint(matte: F32, colour: tuple[float, float, float]) -> None:
        nonlocal skin
        skin = skin + (np.array(colour, np.float32) - skin) * matte[..., None]

    paint(inside(128, 20, 110, 52, 12), (0.18, 0.12, 0.08))  # hair
    for eye in (88, 168):
        paint(inside(eye, 92, 26, 6, 6) * 0.9, (0.2, 0.13, 0.1))
        paint(inside(eye, 112, 20, 10, 8), (0.95, 0.93, 0.9))
        paint(inside(eye, 112, 9, 9.5, 10), (0.15, 0.1, 0.08))
    paint(inside(128, 140, 10, 30, 3) * 0.6, (0.9, 0.72, 0.62))
    for nostril in (116, 140):
        paint(inside(nostril, 162, 7, 5, 5) * 0.8, (0.4, 0.25, 0.2))
    paint(inside(128, 195, 36, 11, 6), (0.65, 0.25, 0.25))
    paint(inside(128, 194, 32, 2.5, 4), (0.3, 0.1, 0.1))
    drawn = np.dstack([skin, inside(128, 128, 88, 116, 30)])
    return np.asarray(cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA), np.float32)


def wall(width: int = 640, height: int = 360) -> F32:
    """A grey wall (h, w, 3) with nobody in front of it."""
    ramp = 0.35 + np.linspace(0, 0.2, width, dtype=np.float32)
    return np.broadcast_to(ramp[None, :, None], (height, width, 3)).astype(np.float32)


def put(picture: F32, x: int, y: int, size: int = 48) -> F32:
    """A copy of a picture with a face whose square's corner lies at x, y."""
    face, made = drawn_face(size), picture.copy()
    part = made[y : y + size, x : x + size]
    part += (face[..., :3] - part) * face[..., 3:]
    return made


def is_at(box: tuple[int, int, int, int], x: int, y: int, size: int = 48) -> bool:
    """Whether a box lies on the face put at x, y."""
    centre = (box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y
    return abs(centre[0] - size / 2) < size / 4 and abs(centre[1] - size / 2) < size / 4
