"""Read a plate's pictures at the raster that is drawn, and find out whether its camera stands still."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.media.exr import read_beauty
from secondunit.slate.plate import Plate

F32 = npt.NDArray[np.float32]
STILL_PX = 0.5


def at_scale(picture: F32, factor: float) -> F32:
    """A picture (h, w, 3) on a raster `factor` times as large."""
    if factor == 1.0:
        return picture
    height, width = picture.shape[:2]
    size = (round(width * factor), round(height * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LANCZOS4
    return np.ascontiguousarray(cv2.resize(picture, size, interpolation=how), np.float32)


def plate_files(show: Path, plate: Plate) -> tuple[Path, ...]:
    """The plate's files: one for a held plate, else one a frame. Raises `BadInput` when one is gone."""
    frames = [plate.frames.first] if plate.held else list(plate.frames)
    files = tuple(show / plate.path_of(frame) for frame in frames)
    for path in files:
        if not path.is_file():
            raise BadInput(f"the plate's file `{path.name}` is gone", hint="ingest the plate again")
    return files


def check_locked_off(files: tuple[Path, ...], hole: npt.NDArray[np.bool_] | None = None) -> None:
    """Raise `BadInput` when the camera moves by more than half a pixel between the first, middle and last frame.

    Source: phase correlation, Kuglin and Hines 1975, in four quarters so that one moving thing does not decide.
    """
    if len(files) < 2:
        return
    first = _grey(files[0])
    for path in (files[len(files) // 2], files[-1]):
        shift = _drift(first, _grey(path))
        if shift > STILL_PX:
            raise BadInput(
                f"the camera moves: {shift:.1f} px between `{files[0].name}` and `{path.name}`",
                hint="destruction needs a locked-off plate so far: stabilise it first",
            )


def _grey(path: Path) -> F32:
    values: F32 = (np.clip(read_beauty(path).mean(2), 0, 4) ** (1 / 2.4)).astype(np.float32)
    return values


def _drift(a: F32, b: F32) -> float:
    height, width = a.shape
    window = cv2.createHanningWindow((width // 2, height // 2), cv2.CV_32F)
    shifts = []
    for y in (0, height - height // 2):
        for x in (0, width - width // 2):
            part = np.s_[y : y + height // 2, x : x + width // 2]
            (dx, dy), sure = cv2.phaseCorrelate(
                np.ascontiguousarray(a[part]), np.ascontiguousarray(b[part]), window
            )
            if sure > 0.1:
                shifts.append(float(np.hypot(dx, dy)))
    return float(np.median(shifts)) if shifts else 0.0
