"""The raster a plate is pulled at."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
LEAST, MOST = 64, 16384


def pull_size(width: int, height: int, asked: int | None) -> tuple[int, int]:
    """(width, height) for an asked width, even and in proportion; raises `BadInput` outside 64 to 16384."""
    if asked is None or asked == width:
        return width, height
    if not LEAST <= asked <= MOST:
        raise BadInput(f"a plate {asked} pixels wide cannot be pulled", hint=f"use {LEAST} to {MOST}")
    return asked, max(2, 2 * round(height * asked / width / 2))


def resized(codes: F32, size: tuple[int, int]) -> F32:
    """Code values (h, w, 3) at `size` (width, height): area average down, Lanczos up without new extremes."""
    height, width = codes.shape[:2]
    if (width, height) == size:
        return codes
    if size[0] < width:
        return np.ascontiguousarray(cv2.resize(codes, size, interpolation=cv2.INTER_AREA), np.float32)
    larger = cv2.resize(codes, size, interpolation=cv2.INTER_LANCZOS4)
    return np.clip(larger, codes.min(), codes.max()).astype(np.float32)
