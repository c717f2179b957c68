"""What chunks of a propagation leave for each other: a pass's state to go on from, and the fields of its frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.engines.propagate.carry import Carried
from secondunit.engines.propagate.guides import pixel_grid

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

_STATE = "state.npz"


@dataclass(frozen=True)
class Found:
    """A frame's patches in a key's frame: `field` (h, w, 2), `error` and `known` (h, w) as in `Carried`."""

    field: I32
    error: F32
    known: npt.NDArray[np.int8]


def save_found(folder: Path, at: Carried) -> None:
    """Keep a frame's field and its error, small: motion is smooth, so what is stored is the way from each pixel."""
    way = at.field - pixel_grid(*at.error.shape).astype(np.int32)
    error = np.minimum(np.sqrt(at.error) * 256, 65535).astype(np.uint16)
    np.savez_compressed(folder / _name(at.frame), way=way.astype(np.int16), error=error, known=at.known)


def load_found(folder: Path, frame: int) -> Found | None:
    """A frame's field, None where the pass did not come so far."""
    path = folder / _name(frame)
    if not path.is_file():
        return None
    with np.load(path) as kept:
        way, error, known = kept["way"].astype(np.int32), kept["error"].astype(np.float32) / 256, kept["known"]
    return Found(way + pixel_grid(*error.shape).astype(np.int32), error * error, known)


def save_state(folder: Path, at: Carried, share: F32 | None = None) -> None:
    """Keep all that the next chunk needs to go on to the same pixels."""
    none = np.zeros((0, 0), np.float32)
    np.savez(
        folder / _STATE, frame=at.frame, field=at.field, fine=at.fine, place=at.place, error=at.error, known=at.known,
        share=none if share is None else share,
    )  # fmt: skip


def load_state(folder: Path) -> tuple[Carried, F32 | None] | None:
    """The state a chunk left, and the later key's share; None where its pass ended at a cut."""
    path = folder / _STATE
    if not path.is_file():
        return None
    with np.load(path) as kept:
        share = kept["share"]
        at = Carried(int(kept["frame"]), kept["field"], kept["fine"], kept["place"], kept["error"], kept["known"])
    return at, share if share.size else None


def _name(frame: int) -> str:
    return f"field_{frame}.npz"
