"""One collapse as the workers see it: small, frozen, picklable; arrays are found in takes by key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from secondunit.departments.destruction.brief import Brief
from secondunit.slate.building import Building
from secondunit.slate.camera import Camera, Sun
from secondunit.slate.frames import FrameRange

SEGMENT = 12  # frames solved in one chunk


@dataclass(frozen=True)
class Job:
    """What is solved and drawn. `camera` is on the raster that is drawn; `click` is in its pixels."""

    frames: FrameRange
    rate: Fraction
    building: Building
    camera: Camera
    sun: Sun
    brief: Brief
    click: tuple[float, float] | None
    start: int

    @property
    def fps(self) -> float:
        """Frames per second."""
        return float(self.rate)

    @property
    def start_index(self) -> int:
        """The first failure, counted from the first frame of the shot."""
        return self.start - self.frames.first

    @property
    def n_segments(self) -> int:
        """Chunks the fall is solved in."""
        return -(-len(self.frames) // SEGMENT)

    def segment(self, index: int) -> range:
        """Frame indices (0 = first frame of the shot) of one segment."""
        return range(index * SEGMENT, min(len(self.frames), (index + 1) * SEGMENT))

    def segment_of(self, frame_index: int) -> int:
        """The segment that holds a frame index."""
        return min(max(frame_index, 0), len(self.frames) - 1) // SEGMENT

    def scaled(self, factor: float) -> Job:
        """The same job on a smaller raster."""
        click = None if self.click is None else (self.click[0] * factor, self.click[1] * factor)
        return replace(self, camera=self.camera.scaled(factor), click=click)
