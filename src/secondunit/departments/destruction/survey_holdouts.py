"""Hold-outs proposed where a person drew none: greenery that grows before the building.

Leaves are the one thing in a street whose colour gives them away. Cars, people, signs and poles are left to the
supervisor, and a note says so.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import BuildingFile, HoldoutTable

F32 = npt.NDArray[np.float32]
# In display values: how much more green than red and blue a leaf is, in sun or shade.
LEAST_GREEN = 0.025
LEAST_SHARE, MOST_SHARE = 0.002, 0.4
MOST_PROPOSED = 8


def greenery(picture: F32) -> npt.NDArray[np.bool_]:
    """Where a picture (h, w, 3) in display values is green as leaves are, small gaps closed (h, w)."""
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    leaf = (green - np.maximum(red, blue) > LEAST_GREEN).astype(np.uint8)
    size = max(3, round(picture.shape[1] / 200)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = cv2.morphologyEx(leaf, cv2.MORPH_CLOSE, kernel)
    opened: npt.NDArray[np.bool_] = cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel) > 0
    return opened


def propose_holdouts(file: BuildingFile, picture: F32, coverage: F32, notes: list[str]) -> BuildingFile:
    """The file with greenery before the building as hold-outs, marked as proposed; unchanged where some are drawn."""
    if file.holdout:
        return file
    notes.append(
        "no hold-outs were drawn: cars, people, signs and poles before the building need a `[[holdout]]`"
    )
    inside = coverage > 0.5
    green = greenery(picture)
    n_building = int(inside.sum())
    if (green & inside).sum() > MOST_SHARE * n_building:
        notes.append("much of the building itself is green, so no greenery is proposed as a hold-out")
        return file
    found = _before(green, inside, n_building)
    if not found:
        return file
    notes.append(f"{len(found)} hold-outs proposed from greenery before the building")
    marks = frozenset(f"holdout.{i}.{key}" for i in range(len(found)) for key in ("name", "polygon", "kind"))
    return file.model_copy(update={"holdout": found, "proposed": file.proposed | marks})


def _before(
    green: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_], n_building: int
) -> tuple[HoldoutTable, ...]:
    """Green parts that cover enough of the building and reach into its lower half, the largest first."""
    rows = np.nonzero(inside.any(axis=1))[0]
    middle = (int(rows[0]) + int(rows[-1])) // 2
    n, labels, stats, _ = cv2.connectedComponentsWithStats(green.astype(np.uint8), connectivity=4)
    covered = np.bincount(labels[inside], minlength=n)
    covered[0] = 0
    chosen: list[HoldoutTable] = []
    for label in np.argsort(-covered, kind="stable")[:MOST_PROPOSED]:
        bottom = stats[label, cv2.CC_STAT_TOP] + stats[label, cv2.CC_STAT_HEIGHT]
        if covered[label] < LEAST_SHARE * n_building or bottom < middle:
            continue
        contours, _ = cv2.findContours(
            (labels == label).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        outline = cv2.approxPolyDP(max(contours, key=cv2.contourArea), 2.5, True).reshape(-1, 2) + 0.5
        if len(outline) >= 3:
            polygon = tuple((float(x), float(y)) for x, y in outline)
            chosen.append(HoldoutTable(name=f"greenery {len(chosen) + 1}", polygon=polygon, kind="bush"))
    return tuple(chosen)
