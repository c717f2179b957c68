"""How long to train and how fast: a short warm-up, a steady rate, and a last part in which the rate sinks to nothing.

The steady part may be of any length (S. Hu et al., "MiniCPM", 2024, call it warm-up, stable, decay), so training can
stop when the held-out error stops falling, or when the minutes are over, and still end well. Pure: no clock in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WARM_UP = 100  # steps
COOLING = 0.4  # of all steps
EVERY = 100  # steps between looks at what was held out
PATIENCE = 8  # looks without a better one
BETTER = 0.1  # dB
_FEWEST = 200  # steps before patience is asked for


@dataclass(frozen=True)
class Course:
    """The end of a training: after so many `steps`, or `minutes` of work where `steps` is 0."""

    minutes: float
    steps: int = 0

    def cools_from(self, step: int, seconds: float, held: Sequence[float]) -> bool:
        """Whether the last part begins at this step: `seconds` were worked, `held` are the figures so far, dB."""
        if self.steps:
            return step >= round(self.steps * (1 - COOLING))
        return seconds >= self.minutes * 60 * (1 - COOLING) or (step >= _FEWEST and has_stalled(held))


def has_stalled(held: Sequence[float]) -> bool:
    """Whether the last looks brought nothing: none is better than the best before by `BETTER` dB."""
    return len(held) > PATIENCE and max(held[-PATIENCE:]) < max(held[:-PATIENCE]) + BETTER


def last_step(cooled_from: int, steps: int = 0) -> int:
    """The step a training ends before, when it began to cool at `cooled_from`."""
    return steps or max(cooled_from + 1, round(cooled_from / (1 - COOLING)))


def rate(step: int, cooled_from: int | None, steps: int = 0) -> float:
    """The share 0..1 of the full learning rate at a step; `cooled_from` is None while it is steady."""
    warm = min(1.0, (step + 1) / WARM_UP)
    if cooled_from is None:
        return warm
    end = last_step(cooled_from, steps)
    return warm * max(0.0, end - step) / max(1, end - cooled_from)
