"""How one frame of a take lies on disk, and back."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.motion import BodyFrame, DebrisFrame, DustFrame

Frame = TypeVar("Frame", BodyFrame, DebrisFrame, DustFrame)


def frame_file(folder: Path, index: int) -> Path:
    """The file of frame `index` (0 = first frame of the shot) in a take."""
    return folder / f"{index:06d}.npz"


def save_frame(folder: Path, index: int, frame: BodyFrame | DebrisFrame | DustFrame) -> None:
    """Write one frame's arrays."""
    values = {f.name: getattr(frame, f.name) for f in fields(frame)}
    np.savez(frame_file(folder, index), **{k: np.asarray(v) for k, v in values.items() if v is not None})  # type: ignore[arg-type]


def load_frame(kind: type[Frame], folder: Path, index: int) -> Frame:
    """Read one frame's arrays; tuples and numbers come back as such."""
    with np.load(frame_file(folder, index)) as data:
        values = {f.name: _plain(data[f.name], str(f.type)) for f in fields(kind) if f.name in data}
    return kind(**values)


def _plain(array: npt.NDArray[Any], annotation: str) -> Any:
    if annotation.startswith("tuple[int"):
        return tuple(int(v) for v in array)
    if annotation.startswith("tuple"):
        return tuple(float(v) for v in array)
    return float(array) if annotation == "float" else array
