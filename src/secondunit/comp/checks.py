"""The seventeen checks of a final collapse, each a measured value beside its limit.

Enters: numbers measured while the shot was made. Leaves: a list of `Check`s. What could not be measured says so
and does not pass. The list is the one supervisors hold a destruction shot against in dailies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One check: `passed` is None where it could not be measured, and `note` then says why."""

    number: int
    name: str
    value: str
    limit: str
    passed: bool | None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Rule:
    """How one check is read from the measured numbers: every part must lie within its bounds."""

    number: int
    name: str
    parts: tuple[tuple[str, float, float, str], ...]  # (measure, least, most, how it is written)

    def judge(self, measured: Mapping[str, float], notes: Mapping[str, str]) -> Check:
        """The check on what was measured; `notes` say why a measure is missing."""
        limit = ", ".join(_bounds(least, most, form) for _, least, most, form in self.parts)
        missing = [m for m, *_ in self.parts if not _is_number(measured.get(m))]
        note = next((notes[m] for m, *_ in self.parts if m in notes), "")
        if missing:
            return Check(
                self.number, self.name, "not measured", limit, None, note or f"no figure for {missing[0]}"
            )
        values = ", ".join(form.format(measured[m]) for m, _, _, form in self.parts)
        passed = all(least <= measured[m] <= most for m, least, most, _ in self.parts)
        return Check(self.number, self.name, values, limit, passed, note)


_ANY = math.inf
RULES = (
    Rule(1, "untouched pixels equal the plate", (("untouched_changed", 0, 0, "{:.0f} px differ"),)),
    Rule(2, "camera and proxy fit the plate", (("reprojection_px", 0, 1.5, "{:.2f} px rms"),)),
    Rule(
        3,
        "matte coverage and spill at rest",
        (("matte_coverage", 0.995, 1, "{:.2%} covered"), ("matte_spill", 0, 0.005, "{:.2%} spilt")),
    ),
    Rule(4, "rest pose against the plate", (("rest_delta_e", 0, 3, "ΔE2000 {:.2f} median"),)),
    Rule(
        5,
        "it collapses, it does not explode",
        (("peak_acceleration_g", 0, 1.02, "{:.2f} g"), ("rebound_share", 0, 0.002, "{:.2%} rebound")),
    ),
    Rule(
        6,
        "nothing sinks in or floats at rest",
        (("penetration_p99_m", 0, 0.03, "{:.3f} m p99"), ("floating", 0, 0, "{:.0f} float")),
    ),
    Rule(7, "fragment sizes", (("size_decades", 3, _ANY, "{:.1f} decades of volume"),)),
    Rule(8, "interior layers in the cut", (("interior_layers", 4, _ANY, "{:.0f} layers"),)),
    Rule(9, "contact shadow under resting pieces", (("contact_light", 0, 0.9, "{:.2f} of the open light"),)),
    Rule(
        10,
        "dust follows impacts and shadows the ground",
        (("dust_lag_frames", -1, 1, "{:+.0f} frames"), ("dust_shadow", 0, 0.9, "{:.2f} of the sun")),
    ),
    Rule(11, "motion blur of a 180° shutter", (("shutter_deg", 162, 198, "{:.0f}°"),)),
    Rule(
        12,
        "grain against the plate, on new pixels",
        (("grain_ratio", 0.9, 1.1, "{:.2f} ×"), ("stray_grain", 0, 0, "{:.0f} px elsewhere")),
    ),
    Rule(13, "edge sharpness against the plate", (("sharpness_ratio", 0.9, 1.1, "{:.2f} ×"),)),
    Rule(14, "rubble bulks", (("bulking", 1.3, 1.6, "{:.2f} × solid"),)),
    Rule(
        15,
        "direction kept",
        (
            ("first_failure_m", 0, 0.5, "{:.2f} m from the click"),
            ("front_speed_ratio", 0.9, 1.1, "{:.2f} × the asked speed"),
            ("end_frames_off", -2, 2, "{:+.0f} frames at the end"),
        ),
    ),
    Rule(16, "layers sum to the comp", (("resum_error", 0, 1e-3, "{:.1e} at most"),)),
    Rule(17, "no structure left in the clean plate", (("structure_left", 0, 0.1, "{:.3f} correlation"),)),
)


def run_checks(measured: Mapping[str, float], notes: Mapping[str, str] | None = None) -> list[Check]:
    """All seventeen checks. `measured` maps measure names to numbers; `notes` explains those that are missing."""
    return [rule.judge(measured, notes or {}) for rule in RULES]


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _bounds(least: float, most: float, form: str) -> str:
    word = form.split("{")[0] + "{}" + form.split("}")[-1]
    number = "{" + form.split("{")[1].split("}")[0] + "}"
    if math.isinf(most):
        return word.format("≥ " + number.format(least))
    if least == most:
        return word.format(number.format(most))
    if least <= 0 <= most and least != -most:
        return word.format("≤ " + number.format(most))
    if least == -most:
        return word.format("±" + number.format(most).lstrip("+"))
    return word.format(number.format(least) + "–" + number.format(most))
