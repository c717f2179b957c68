"""The building's outline as a supervisor gives it: clicked corners `x,y x,y …` or a mask picture."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput

FloatArray = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
PULLED = 1.0  # pixels: a plate pulled at another width has an even height, so its edge moves by up to one
MIN_AREA_PX = 50.0
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_PAIR = re.compile(rf"({_NUMBER})\s*,\s*({_NUMBER})\Z")
_OUTLINE_HINT = "write clicked corners in order round the building, as in `120,300 480,300 480,600 120,600`"


def parse_outline(text: str, width: int, height: int) -> FloatArray:
    """Corners (n, 2) in pixels from `x,y x,y …`; raises `BadInput` with what is wrong."""
    corners = []
    for word in text.replace(";", " ").split():
        match = _PAIR.match(word.strip())
        if not match:
            raise BadInput(f"`{word}` in the outline is not a corner", hint=_OUTLINE_HINT)
        corners.append((float(match[1]), float(match[2])))
    return check_outline(np.array(corners, float).reshape(-1, 2), width, height)


def check_outline(corners: FloatArray, width: int, height: int) -> FloatArray:
    """Return usable corners, or raise `BadInput`: too few, outside the plate, crossing itself, too small."""
    corners = np.asarray(corners, float)
    if len(corners) > 1 and np.allclose(corners[0], corners[-1]):
        corners = corners[:-1]
    if len(corners) < 3:
        raise BadInput(f"the outline has {len(corners)} corners, an area needs three", hint=_OUTLINE_HINT)
    if not np.isfinite(corners).all():
        raise BadInput("the outline has a corner that is not a number", hint=_OUTLINE_HINT)
    edge = np.array([width, height], float)
    outside = (corners < -PULLED).any(axis=1) | (corners > edge + PULLED).any(axis=1)
    if outside.any():
        x, y = corners[int(np.argmax(outside))]
        raise BadInput(
            f"the outline's corner {x:g},{y:g} lies outside the plate",
            hint=f"the plate is {width} × {height} pixels",
        )
    corners = np.clip(corners, 0, edge)
    crossing = first_crossing(corners)
    if crossing is not None:
        a, b = crossing
        raise BadInput(
            f"the outline crosses itself between corners {a + 1} and {b + 1}",
            hint="click the corners in order round it",
        )
    if polygon_area(corners) < MIN_AREA_PX:
        raise BadInput(
            f"the outline covers only {polygon_area(corners):.0f} pixels", hint="draw it round the whole building"
        )
    return corners


def polygon_area(corners: FloatArray) -> float:
    """Area of a simple polygon in square pixels."""
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def first_crossing(corners: FloatArray) -> tuple[int, int] | None:
    """The first two edges (by their starting corner) that cross or touch although they are not neighbours."""
    n = len(corners)
    ends = np.roll(corners, -1, axis=0)
    for i in range(n):
        for j in range(i + 1, n):
            if j == i + 1 or (i == 0 and j == n - 1):
                continue
            if _edges_cross(corners[i], ends[i], corners[j], ends[j]):
                return i, j
    return None


def _side(a: FloatArray, b: FloatArray, c: FloatArray) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _edges_cross(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> bool:
    s1, s2, s3, s4 = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if s1 * s2 < 0 and s3 * s4 < 0:
        return True
    on = ((s1, a, b, c), (s2, a, b, d), (s3, c, d, a), (s4, c, d, b))
    return any(s == 0 and _within(p, q, r) for s, p, q, r in on)


def _within(a: FloatArray, b: FloatArray, c: FloatArray) -> bool:
    return bool((np.minimum(a, b) <= c).all() and (c <= np.maximum(a, b)).all())


def check_mask(mask: npt.NDArray[np.generic], width: int, height: int) -> F32:
    """A mask picture (h, w) or (h, w, c), any scale, as coverage 0..1; raises `BadInput` where it is none."""
    values = np.asarray(mask)
    if values.ndim == 3:
        # A mask with alpha says it there; else the brightest channel counts.
        values = values[..., 3] if values.shape[2] == 4 else values.max(axis=2)
    if values.shape != (height, width):
        raise BadInput(
            f"the mask is {values.shape[-1]} × {values.shape[0]} pixels and the plate {width} × {height}",
            hint="draw the mask on a frame of the plate",
        )
    coverage = values.astype(np.float32)
    coverage = np.nan_to_num(coverage, nan=0.0, posinf=0.0, neginf=0.0)
    if np.issubdtype(np.asarray(mask).dtype, np.integer):
        coverage /= np.float32(np.iinfo(np.asarray(mask).dtype).max)
    coverage = np.clip(coverage, 0, 1)
    _check_coverage(coverage)
    return coverage


def _check_coverage(coverage: F32) -> None:
    n_on, n = int((coverage > 0.5).sum()), coverage.size
    if n_on == 0:
        raise BadInput("the mask is empty", hint="paint the building white on black")
    if n_on < MIN_AREA_PX:
        raise BadInput(f"the mask covers only {n_on} pixels", hint="paint the whole building white")
    if n_on == n:
        raise BadInput("the mask covers the whole plate", hint="paint only the building white, the rest black")


def outline_of_mask(coverage: F32) -> FloatArray:
    """The outer contour (n, 2) of a mask's largest part, simplified to within 1.5 pixels."""
    found, _ = cv2.findContours((coverage > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(found, key=cv2.contourArea)
    simple = cv2.approxPolyDP(largest, 1.5, True).reshape(-1, 2).astype(float)
    # Contour points are pixel indices; a pixel's centre lies half a pixel further.
    return simple + 0.5


def check_click(click: Sequence[float], coverage: F32) -> tuple[float, float]:
    """Return a click (x, y) that lies on the building, or raise `BadInput`. `coverage` (h, w) 0..1."""
    x, y = float(click[0]), float(click[1])
    height, width = coverage.shape
    if not (np.isfinite(x) and np.isfinite(y) and 0 <= x < width and 0 <= y < height):
        raise BadInput(
            f"the click {x:g},{y:g} lies outside the plate", hint=f"the plate is {width} × {height} pixels"
        )
    if coverage[int(y), int(x)] < 0.5:
        near = nearest_on(coverage, x, y)
        raise BadInput(
            f"the click {x:g},{y:g} is not on the building",
            hint=f"the nearest place on it is {near[0]},{near[1]}",
        )
    return x, y


def nearest_on(coverage: F32, x: float, y: float) -> tuple[int, int]:
    """The pixel of the building nearest to a place."""
    rows, columns = np.nonzero(coverage >= 0.5)
    if len(rows) == 0:
        raise BadInput("the outline holds no building", hint="draw it round the building")
    k = int(np.argmin((columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2))
    return int(columns[k]), int(rows[k])


LINES_PER_PIXEL = 8


def fill_polygons(polygons: Sequence[FloatArray], width: int, height: int) -> F32:
    """Coverage (h, w) 0..1 of the union of polygons in pixels: exact along rows, 8 lines to a pixel across them."""
    coverage = np.zeros((height, width), np.float32)
    for polygon in polygons:
        np.maximum(coverage, _fill(np.asarray(polygon, float), width, height), out=coverage)
    return coverage


def _fill(corners: FloatArray, width: int, height: int) -> F32:
    """One polygon by the even-odd rule: where each line enters and leaves it, and what of each pixel lies between."""
    total = np.zeros((height, width + 1), np.float64)
    x0, y0 = corners.T
    x1, y1 = np.roll(corners, -1, axis=0).T
    first = max(0, int(np.floor(y0.min())))
    last = min(height, int(np.ceil(y0.max())))
    for line in range(first * LINES_PER_PIXEL, last * LINES_PER_PIXEL):
        y = (line + 0.5) / LINES_PER_PIXEL
        cut = (y0 <= y) != (y1 <= y)
        xs = np.sort(x0[cut] + (y - y0[cut]) / (y1[cut] - y0[cut]) * (x1[cut] - x0[cut]))
        row = total[line // LINES_PER_PIXEL]
        for x, sign in zip(np.clip(xs, 0, width), np.resize((1.0, -1.0), len(xs)), strict=True):
            # Covered from x on: the pixel x falls in by its right part, every later one whole.
            pixel = min(int(x), width - 1)
            row[pixel] += sign * (pixel + 1 - x)
            row[pixel + 1] += sign * (x - pixel)
    covered: F32 = (np.cumsum(total, axis=1)[:, :width] / LINES_PER_PIXEL).astype(np.float32)
    return np.clip(covered, 0, 1)
