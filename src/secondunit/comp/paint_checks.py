"""The checks of a painted shot, each a measured value beside its limit; what was not measured does not pass."""

from __future__ import annotations

from collections.abc import Mapping

from secondunit.comp.checks import Check, Rule

OVER_PLATE = (
    Rule(1, "untouched pixels equal the plate", (("untouched_changed", 0, 0, "{:.0f} values differ"),)),
    Rule(2, "every generated pixel is traced", (("untraced_px", 0, 0, "{:.0f} px are not"),)),
    Rule(3, "grain against the plate, on new pixels", (("grain_ratio", 0.9, 1.1, "{:.2f} ×"),)),
    Rule(4, "flicker against the plate", (("flicker_ratio", 0, 1.1, "{:.2f} ×"),)),
)
ALONE = (
    Rule(1, "every generated pixel is traced", (("untraced_px", 0, 0, "{:.0f} px are not"),)),
    Rule(2, "grain against the source", (("grain_ratio", 0.9, 1.1, "{:.2f} ×"),)),
)


def paint_checks(
    measured: Mapping[str, float], notes: Mapping[str, str] | None = None, *, over_plate: bool = True
) -> list[Check]:
    """All checks of a shot. `measured` maps measure names to numbers; `notes` explains those that are missing."""
    return [rule.judge(measured, notes or {}) for rule in (OVER_PLATE if over_plate else ALONE)]
