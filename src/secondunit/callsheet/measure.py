"""Figures taken from each frame while it is made, and what they amount to over the shot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.callsheet.setting import Surveyed
from secondunit.comp.clean_plate_codes import encode
from secondunit.comp.delta_e import median_delta_e
from secondunit.comp.edges import edge_width
from secondunit.comp.grain import Grain
from secondunit.comp.merge import Comp, resum_error, untouched_changed
from secondunit.engines.light.cryptomatte import fragment_ids
from secondunit.engines.light.dust import DustLayer
from secondunit.engines.light.lit_frame import LitFrame
from secondunit.engines.physics.breakup import Breakup, Part
from secondunit.engines.physics.motion import IMPACT, BodyFrame, DustFrame

F32 = npt.NDArray[np.float32]
Figures = dict[str, Any]
# What a cut through a building shows, by what the pieces were.
LAYERS_OF_PART = {
    Part.WALL: "wall",
    Part.SLAB: "slab",
    Part.PARTITION: "partition",
    Part.BEAM: "beams and furniture",
    Part.FURNITURE: "beams and furniture",
    Part.ROOF: "roof",
}
SLOW_PX = 1.0  # pixels a frame below which motion does not soften an edge
GRAIN_EVERY = 4  # frames between looks at grain and edges, which cost more than the rest together
LEAST_SEEN = 1e-4  # share of the picture a layer must fill to count as seen


def measure_frame(
    index: int,
    plate: F32,
    comp: Comp,
    lit: LitFrame,
    dust: DustLayer | None,
    cloud: DustFrame | None,
    bodies: BodyFrame,
    breakup: Breakup,
    grain: Grain,
    ground_seen: npt.NDArray[np.bool_],
) -> Figures:
    """Everything the checks need from one frame, as plain JSON. `ground_seen` (h, w): where ground is in sight."""
    figures: Figures = {
        "index": index,
        "untouched_changed": untouched_changed(comp, plate),
        "resum_error": resum_error(comp),
        "seen": seen_layers(lit, breakup),
        "impact_energy": impact_energy(bodies, breakup),
        "dust_mass": 0.0 if cloud is None else float(cloud.density.sum(dtype=np.float64)) * cloud.cell**3,
        "dust_shadow": dust_shadow(lit, dust, ground_seen),
        "contact_light": contact_light(lit, ground_seen),
    }
    if index % GRAIN_EVERY == 0:
        figures["grain_ratio"] = added_grain(comp, grain)
        slow = np.linalg.norm(lit.motion, axis=2) < SLOW_PX
        clear = (lit.fragments[..., 3] + lit.debris[..., 3] > 0.98) & (comp.mattes["dust"] < 0.02) & slow
        figures["edge_width"] = edge_width(comp.beauty, clear) if clear.mean() > 0.005 else None
    return figures


def added_grain(comp: Comp, grain: Grain) -> float | None:
    """Strength of the grain that was added to wholly new pixels over the plate's at the same values (check 12).

    Read from the grain layer, in display codes: what moves under it (dust, brick) has a texture of its own.
    """
    layers = comp.layers
    old = (1 - layers["fragments"][..., 3] - layers["debris"][..., 3]) * (1 - layers["dust"][..., 3])
    new = (old < 0.02) & (comp.mattes["holdout"] < 0.02) & (comp.mattes["touched"] > 0)
    if new.mean() < 0.005:
        return None
    rough, smooth = encode(comp.beauty[new][None]), encode((comp.beauty - layers["grain"])[new][None])
    inside = ((smooth > 8) & (smooth < 247)).all(2)
    wanted = grain.strength_at(smooth)[inside]
    if not len(wanted) or float(wanted.mean()) < 0.02:
        return None
    return float(np.sqrt(((rough - smooth)[inside] ** 2).mean() / (wanted**2).mean()))


def measure_rest(rest: F32, surveyed: Surveyed, relit: F32) -> Figures:
    """The standing building against its matte (check 3) and, drawn anew in its own light, against the plate (4).

    Where no street object hides it. `rest` (h, w) its coverage, `relit` (h, w, 4) it drawn as if it had moved.
    """
    matte, free = surveyed.matte, surveyed.holdout < 0.02
    area = float(matte[free].sum())
    if area <= 0:
        return {}
    whole = free & (matte > 0.99) & (relit[..., 3] > 0.99)
    return {
        "matte_coverage": float(np.minimum(rest, matte)[free].sum()) / area,
        "matte_spill": float(np.clip(rest - matte, 0, None)[free].sum()) / area,
        "rest_delta_e": median_delta_e(relit[..., :3], surveyed.plate, whole),
    }


def seen_layers(lit: LitFrame, breakup: Breakup) -> list[str]:
    """Which layers of the building the moved pieces show in this frame."""
    first = lit.ids[:, :, 0, 0][lit.fragments[..., 3] > 0.5]
    if not len(first):
        return []
    ids = fragment_ids(breakup.n_fragments)
    order = np.argsort(ids)
    at = np.clip(np.searchsorted(ids[order], first), 0, len(ids) - 1)
    known = ids[order][at] == first
    counts = np.bincount(breakup.part[order[at[known]]], minlength=len(Part))
    share = counts / lit.ids.shape[0] / lit.ids.shape[1]
    return sorted({LAYERS_OF_PART[p] for p in LAYERS_OF_PART if share[p] >= LEAST_SEEN})


def impact_energy(bodies: BodyFrame, breakup: Breakup) -> float:
    """Kinetic energy of what hit something since the frame before, joules."""
    events = bodies.events
    if not len(events):
        return 0.0
    hits = events[events[:, 9] == IMPACT] if (events[:, 9] == IMPACT).any() else events
    mass = hits[:, 7] * breakup.density[hits[:, 8].astype(int)]
    return float(0.5 * (mass * (hits[:, 4:7] ** 2).sum(1)).sum())


def dust_shadow(lit: LitFrame, dust: DustLayer | None, ground_seen: npt.NDArray[np.bool_]) -> float | None:
    """Sunlight that the cloud lets through to the street, at the darkest twentieth of it."""
    if dust is None:
        return None
    street = ground_seen & (lit.normal[..., 2] > 0.9) & (lit.fragments[..., 3] + lit.debris[..., 3] < 0.1)
    return float(np.quantile(dust.sun[street], 0.05)) if street.sum() > 200 else None


def contact_light(lit: LitFrame, ground_seen: npt.NDArray[np.bool_]) -> float | None:
    """Light on the ground right beside pieces over that on open ground (mean ratio against rest)."""
    ground = ground_seen & (lit.normal[..., 2] > 0.9) & (lit.open > 0.5)
    pieces = (lit.fragments[..., 3] + lit.debris[..., 3] > 0.5).astype(np.uint8)
    if ground.sum() < 500 or pieces.sum() < 500:
        return None
    near = (cv2.dilate(pieces, np.ones((7, 7), np.uint8)) > 0) & ground
    far = (cv2.dilate(pieces, np.ones((61, 61), np.uint8)) == 0) & ground
    if near.sum() < 100 or far.sum() < 100:
        return None
    light = lit.ground_ratio.mean(2)
    return float(light[near].mean() / max(float(light[far].mean()), 1e-6))


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
    _middle(figures, notes, rows, "grain_ratio", "the plate has no grain, or nothing new is in the picture")
    _middle(figures, notes, rows, "edge_width", "no clear edges of slow new pixels are clear of dust")
    width = figures.pop("edge_width", None)
    if width is None or plate_edge is None:
        notes["sharpness_ratio"] = notes.pop("edge_width", "the plate shows no clear edges")
    else:
        figures["sharpness_ratio"] = width / plate_edge
    resting = [f["contact_light"] for f in rows if f["contact_light"] is not None]
    if resting:
        figures["contact_light"] = resting[-1]
    else:
        notes["contact_light"] = "no open ground beside the pieces is in sight"
    _dust(figures, notes, rows)
    return figures, notes


def _middle(
    figures: Figures, notes: dict[str, str], rows: list[Mapping[str, Any]], name: str, missing: str
) -> None:
    values = [f[name] for f in rows if f.get(name) is not None]
    if values:
        figures[name] = float(np.median(values))
    else:
        notes[name] = missing


def _dust(figures: Figures, notes: dict[str, str], rows: list[Mapping[str, Any]]) -> None:
    mass = np.array([f["dust_mass"] for f in rows])
    energy = np.array([f["impact_energy"] for f in rows])
    if mass.max() <= 0:
        notes["dust_lag_frames"] = notes["dust_shadow"] = "the shot has no dust"
        return
    if energy.max() <= 0:
        notes["dust_lag_frames"] = "nothing struck anything"
    else:
        figures["dust_lag_frames"] = dust_lag(energy, mass)
    shadows = [f["dust_shadow"] for f in rows if f["dust_shadow"] is not None]
    if shadows:
        figures["dust_shadow"] = min(shadows)
    else:
        notes["dust_shadow"] = "no ground is in sight"


def dust_lag(energy: npt.NDArray[np.float64], mass: npt.NDArray[np.float64]) -> int:
    """Frames by which new dust follows impacts: the shift at which the two curves agree best (−6 to 6)."""
    born = np.clip(np.diff(mass, prepend=mass[:1]), 0, None)
    struck = np.sqrt(energy)
    best, at = -np.inf, 0
    for lag in range(-6, 7):
        a = struck[max(0, -lag) : len(struck) - max(0, lag)]
        b = born[max(0, lag) : len(born) - max(0, -lag)]
        if a.std() > 0 and b.std() > 0:
            agreement = float(np.corrcoef(a, b)[0, 1])
            if agreement > best + 1e-9:
                best, at = agreement, lag
    return at
