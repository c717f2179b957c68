"""A plate: an ingested frame sequence of a shot, with its owner and licence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName


@dataclass(frozen=True)
class Licence:
    """On what terms footage may be used.

    `identifier` is an SPDX id (`CC0-1.0`, `CC-BY-2.0`), `owned`, or a contract reference. None means unknown,
    and unknown counts as no.
    """

    identifier: str
    derivatives: bool | None
    commercial: bool | None
    expires: dt.date | None = None


@dataclass(frozen=True)
class Plate:
    """An ingested plate.

    `pattern` is the path of its frames relative to the show folder with `####` for the frame number. Pictures
    are scene-linear ACEScg half-float EXR. `source_sha256` is the hash of what came in, kept in `turnover/`.
    `held` is True when one still stands for every frame: then only `frames.first` lies on disk.
    """

    shot: ShotName
    label: str
    frames: FrameRange
    width: int
    height: int
    rate: Fraction
    pattern: str
    source_sha256: str
    source_name: str
    source_colourspace: str
    owner: str
    licence: Licence
    held: bool = False
    focal_35mm: float | None = None
    notes: tuple[str, ...] = ()

    def frame_on_disk(self, frame: int) -> int:
        """The frame number whose file holds this frame's picture."""
        return self.frames.first if self.held else frame

    def path_of(self, frame: int) -> str:
        """The show-relative path of a frame's file."""
        return self.pattern.replace("####", f"{self.frame_on_disk(frame):04d}")
