"""What the figures of single frames amount to over the shot, and notes on those that cannot be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.collapse.measure import Figures
from secondunit.comp.edges import SHARP_PART

Rows = list[Mapping[str, Any]]
LEAST_EDGES = 40  # edges of the whole shot, fast ones or still ones, below which a figure is chance
TREND = 9  # frames over which the slow rise and fall of a collapse is taken out to see its bursts
LEAST_AGREEMENT = 0.15


def over_the_shot(
    frames: Iterable[Mapping[str, Any]], plate_edge: float | None
) -> tuple[Figures, dict[str, str]]:
    """The shot's figures from its frames', and notes on those that cannot be had."""
    rows = sorted(frames, key=lambda f: f["index"])
    figures: Figures = {
        "untouched_changed": sum(f["untouched_changed"] for f in rows),
        "resum_error": max(f["resum_error"] for f in rows),
        "interior_layers": max((len(f["seen"]) for f in rows), default=0),
    }
    figures |= {
        k: rows[0][k] for k in ("matte_coverage", "matte_spill", "rest_delta_e") if rows[0].get(k) is not None
    }
    notes: dict[str, str] = {}
    _middle(
        figures,
        notes,
        rows,
        "grain_ratio",
        "the plate's grain cannot be measured, or nothing new is in the picture",
    )
    figures["stray_grain"] = max((f.get("stray_grain", 0) for f in rows), default=0)
    _sharpness(figures, notes, rows, plate_edge)
    _shutter(figures, notes, rows)
    resting = [f["contact_light"] for f in rows if f["contact_light"] is not None]
    if resting:
        figures["contact_light"] = resting[-1]
    else:
        notes["contact_light"] = (
            "not seen: no piece rests on ground in sight, clear of dust, a pixel of it under 0.4 m"
        )
    _dust(figures, notes, rows)
    return figures, notes


def _middle(figures: Figures, notes: dict[str, str], rows: Rows, name: str, missing: str) -> None:
    values = [f[name] for f in rows if f.get(name) is not None]
    if values:
        figures[name] = float(np.median(values))
    else:
        notes[name] = missing


def _sharpness(figures: Figures, notes: dict[str, str], rows: Rows, plate_edge: float | None) -> None:
    widths = np.array([w for f in rows for w in f.get("edge_widths", ())])
    if plate_edge is None:
        notes["sharpness_ratio"] = "the plate shows no clear edges"
    elif len(widths) < LEAST_EDGES:
        notes["sharpness_ratio"] = (
            f"{len(widths)} clear outlines of still pieces are clear of dust, {LEAST_EDGES} needed"
        )
    else:
        figures["sharpness_ratio"] = float(np.quantile(widths, SHARP_PART)) / plate_edge


def _shutter(figures: Figures, notes: dict[str, str], rows: Rows) -> None:
    """The angle that the faster half of the edges agree on; there the blur is longest beside the pixel."""
    read = np.array([pair for f in rows for pair in f.get("shutter", ())]).reshape(-1, 2)
    if len(read) < LEAST_EDGES:
        notes["shutter_deg"] = f"{len(read)} edges move fast enough and stand alone, {LEAST_EDGES} needed"
        return
    figures["shutter_deg"] = _shorth(read[read[:, 1] >= np.median(read[:, 1]), 0])


def _shorth(values: npt.NDArray[np.float64]) -> float:
    """Mean of the shortest interval that holds half of the values (Andrews et al. 1972).

    Corners and other pieces behind an edge only ever lengthen its ramp, so the median leans.
    """
    ordered = np.sort(values)
    half = (len(ordered) + 1) // 2
    start = int(np.argmin(ordered[half - 1 :] - ordered[: len(ordered) - half + 1]))
    return float(ordered[start : start + half].mean())


def _dust(figures: Figures, notes: dict[str, str], rows: Rows) -> None:
    mass = np.array([f["dust_mass"] for f in rows])
    energy = np.array([f["impact_energy"] for f in rows])
    if mass.max() <= 0:
        notes["dust_lag_frames"] = notes["dust_shadow"] = "the shot has no dust"
        return
    if energy.max() <= 0:
        notes["dust_lag_frames"] = "nothing struck anything"
    else:
        lag = dust_lag(energy, mass)
        if lag is None:
            notes["dust_lag_frames"] = "neither impacts nor dust come in bursts"
        else:
            figures["dust_lag_frames"] = lag
    shadows = [f["dust_shadow"] for f in rows if f["dust_shadow"] is not None]
    if shadows:
        figures["dust_shadow"] = min(shadows)
    else:
        notes["dust_shadow"] = "no ground is in sight"


def dust_lag(energy: npt.NDArray[np.float64], mass: npt.NDArray[np.float64]) -> int | None:
    """Frames by which new dust follows impacts (−6 to 6): the shift at which the bursts of both agree best.

    Both swell and ebb with the collapse, which says nothing of the lag, so their slow part is taken out first. None
    where their bursts agree at no shift.
    """
    born = _bursts(np.clip(np.diff(mass, prepend=mass[:1]), 0, None))
    struck = _bursts(np.sqrt(energy))
    best, at = LEAST_AGREEMENT, None
    for lag in range(-6, 7):
        a = struck[max(0, -lag) : len(struck) - max(0, lag)]
        b = born[max(0, lag) : len(born) - max(0, -lag)]
        if len(a) > 2 and a.std() > 0 and b.std() > 0:
            agreement = float(np.corrcoef(a, b)[0, 1])
            if agreement > best + 1e-9:
                best, at = agreement, lag
    return at


def _bursts(curve: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    slow = np.convolve(np.pad(curve, TREND // 2, mode="edge"), np.full(TREND, 1 / TREND), "valid")
    return np.asarray(curve - slow, np.float64)
