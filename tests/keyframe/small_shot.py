"""A small shot with a look that is a function of the picture, and the doors an engine is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import Context, EngineJob
from secondunit.engines.keyframe.settings import KeyframeSettings
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
H, W, FIRST, N = 48, 64, 1001, 9


def plate(frame: int) -> F32:
    """Soft colours that move two pixels a frame, with a light far above 1."""
    rng = np.random.default_rng(5)
    wide = cv2.resize(rng.random((7, 12, 3)), (W + 2 * N, H), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    moved = np.abs(wide[:, 2 * (frame - FIRST) : 2 * (frame - FIRST) + W]) ** 2.4
    moved[16:24, 36:44] *= 30
    return np.ascontiguousarray(moved)


def graded(frame: int) -> F32:
    """The whole frame, its red and green exchanged and warmer."""
    return np.ascontiguousarray(plate(frame)[..., [1, 0, 2]] * np.float32([1.3, 1.0, 0.7]))


def half_graded(frame: int) -> F32:
    """Only its right half."""
    edited = plate(frame)
    edited[:, W // 2 :] *= np.float32([2.0, 1.0, 0.5])
    return edited


def job(keys: tuple[int, ...] = (FIRST, FIRST + N - 1), *, masked: bool = False, **settings: Any) -> EngineJob:
    """A job on this shot; a short training unless told otherwise."""
    own = KeyframeSettings.model_validate({"steps": 60, "device": "cpu", **settings})
    return EngineJob(FrameRange(FIRST, FIRST + N - 1), H, W, seed=3, settings=own, keys=keys, masked=masked)


def context(folder: Path, key: Callable[[int], F32] = graded, **doors: Any) -> Context:
    """Doors to this shot; everything is written into `folder`."""
    given: dict[str, Any] = {
        "plate": plate,
        "key": key,
        "mask": lambda frame: np.pad(np.ones((H, W // 2), np.float32), ((0, 0), (0, W - W // 2))),
        "guide": None,
        "reference": None,
        "take": lambda name: folder,
        "folder": folder,
        "workbench": folder,
    }
    return Context(**{**given, **doors})
