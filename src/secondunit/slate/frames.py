"""Frame ranges (inclusive) and rational frame rates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from secondunit.errors import BadInput

FIRST_FRAME = 1001
LAST_FRAME = 99999
_RANGE = re.compile(r"(-?\d+)(?:-(-?\d+))?\Z")
# What editors write for the NTSC rates, and what they mean (SMPTE ST 2067-21).
_NTSC = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "47.952": Fraction(48000, 1001),
    "59.94": Fraction(60000, 1001),
    "119.88": Fraction(120000, 1001),
}


@dataclass(frozen=True, order=True)
class FrameRange:
    """Frames `first` to `last`, both included.

    >>> len(FrameRange.parse("1001-1072"))
    72
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadInput(
                f"frame range {self.first}-{self.last} runs backwards", hint="write the lower frame first"
            )
        if self.first < 0 or self.last > LAST_FRAME:
            raise BadInput(
                f"frame range {self.first}-{self.last} is outside 0-{LAST_FRAME}",
                hint="frames are four or five digits; the first is usually 1001",
            )

    @classmethod
    def parse(cls, text: str) -> FrameRange:
        """Read `1001-1072` or `1001`; raises `BadInput`."""
        match = _RANGE.match(text.strip())
        if not match:
            raise BadInput(
                f"`{text}` is not a frame range", hint="write the first and the last frame, as in `1001-1072`"
            )
        first = int(match[1])
        return cls(first, int(match[2]) if match[2] else first)

    @classmethod
    def of_length(cls, n_frames: int, first: int = FIRST_FRAME) -> FrameRange:
        """The range of `n_frames` from `first`; raises `BadInput` for none."""
        if n_frames < 1:
            raise BadInput(f"a range of {n_frames} frames is empty", hint="ask for at least one frame")
        return cls(first, first + n_frames - 1)

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.first <= frame <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def parse_rate(text: str) -> Fraction:
    """Read a frame rate exactly: `24`, `24000/1001`, `23.976`; raises `BadInput` when it is not one.

    >>> parse_rate("23.976")
    Fraction(24000, 1001)
    """
    wrong = BadInput(
        f"`{text}` is not a frame rate", hint="write frames per second, as in `24`, `25` or `24000/1001`"
    )
    cleaned = text.strip()
    if cleaned in _NTSC:
        return _NTSC[cleaned]
    try:
        rate = Fraction(cleaned)
    except (ValueError, ZeroDivisionError):
        raise wrong from None
    if not 1 <= rate <= 1000:
        raise wrong
    return rate


def timecode(frame: int, rate: Fraction, *, zero_frame: int = 0) -> str:
    """Non-drop timecode `HH:MM:SS:FF` of a frame, counted at the nominal rate (SMPTE ST 12-1)."""
    nominal = round(rate)
    count = frame - zero_frame
    seconds, frames = divmod(count, nominal)
    return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"
