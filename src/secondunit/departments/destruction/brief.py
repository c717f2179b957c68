"""What the supervisor asks of a collapse."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from secondunit.errors import BadInput

MIN_FRAGMENTS, MAX_FRAGMENTS = 50, 200_000


@dataclass(frozen=True)
class Brief:
    """Direction of one collapse.

    `fail_at` is the first failure in plate pixels (None: the middle of the building's foot). `start` is the frame
    it fails in, `front_speed` m/s along the building, `dust` 0 none to 1 a cloud that swallows the street.
    `path_traced` asks for the slow light; a preview cannot have it.
    """

    fail_at: tuple[float, float] | None = None
    start: int | None = None
    front_speed: float = 9.0
    dust: float = 0.5
    fragments: int = 5000
    seed: int = 1
    preview: bool = False
    path_traced: bool = False

    def __post_init__(self) -> None:
        if not MIN_FRAGMENTS <= self.fragments <= MAX_FRAGMENTS:
            raise BadInput(
                f"{self.fragments} fragments cannot be made",
                hint=f"ask for {MIN_FRAGMENTS} to {MAX_FRAGMENTS}; 5000 suits most shots",
            )
        if not 0.0 <= self.dust <= 1.0:
            raise BadInput(f"dust {self.dust:g} is outside 0 to 1", hint="0 is none, 0.5 natural, 1 the most")
        if not 0.5 <= self.front_speed <= 100.0:
            raise BadInput(
                f"a front of {self.front_speed:g} m/s is outside 0.5 to 100",
                hint="masonry fails at about 5 to 15 m/s",
            )
        if self.seed < 0:
            raise BadInput(f"seed {self.seed} is negative", hint="use 0 or more")
        if self.preview and self.path_traced:
            raise BadInput(
                "a preview is not path-traced", hint="direct with `--preview` alone and path-trace the final"
            )

    @property
    def solved_fragments(self) -> int:
        """Fragments that are really made: a preview makes a fifth."""
        return max(MIN_FRAGMENTS, min(1000, self.fragments // 5)) if self.preview else self.fragments

    @property
    def debris_pieces(self) -> int:
        """Ten pieces of debris a fragment."""
        return self.solved_fragments * (4 if self.preview else 10)

    def settings(self) -> dict[str, Any]:
        """The brief as plain JSON values, for the lineage."""
        return asdict(self)


def parse_point(text: str) -> tuple[float, float]:
    """Read `X,Y` in pixels; raises `BadInput`.

    >>> parse_point("812,640.5")
    (812.0, 640.5)
    """
    parts = text.split(",")
    try:
        x, y = (float(p) for p in parts)
    except ValueError:
        raise BadInput(f"`{text}` is not a point", hint="write two numbers of pixels, as in `812,640`") from None
    if not all(abs(v) < 1e6 for v in (x, y)):
        raise BadInput(f"`{text}` is not a point on a plate", hint="write two numbers of pixels, as in `812,640`")
    return x, y
