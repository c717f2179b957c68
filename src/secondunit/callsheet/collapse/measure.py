"""Figures taken from each frame while it is made."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.callsheet.collapse.setting import Surveyed
from secondunit.comp.clean_plate_codes import encode
from secondunit.comp.delta_e import median_delta_e
from secondunit.comp.edges import coverage_widths, new_outlines
from secondunit.comp.grain import Grain
from secondunit.comp.merge import Comp, resum_error, untouched_changed
from secondunit.comp.shutter import shutter_angles
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
LOOK_EVERY = 4  # frames between looks at grain, edges and blur, which cost more than the rest together
MOST_READ = 250  # edges kept of one frame
THICK = 0.7  # opacity of dust through which a shadow is not seen
TOUCH_M = 0.4  # a piece this near to the ground beside it, seen from the camera, stands on it
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
        "contact_light": contact_light(lit, ground_seen, dust),
        "stray_grain": int(((comp.layers["grain"] != 0).any(2) & ~comp.touched).sum()),
    }
    if index % LOOK_EVERY == 0:
        figures["grain_ratio"] = added_grain(comp, grain, lit.photo)
        figures["edge_widths"] = still_edges(comp, lit)
        figures["shutter"] = fast_edges(lit)
    return figures


def still_edges(comp: Comp, lit: LitFrame) -> list[float]:
    """Widths in pixels of the outlines of pieces that hardly move, as they lie in the comp (check 13)."""
    clear = (comp.mattes["dust"] < 0.3) & (comp.mattes["holdout"] < 0.02)
    where = new_outlines(_new(comp), lit.motion, clear)
    if not where.any():
        return []
    return [round(float(w), 3) for w in _some(coverage_widths(_new(comp), where))]


def fast_edges(lit: LitFrame) -> list[list[float]]:
    """Shutter angle in degrees and motion in pixels a frame at fast edges of the drawn pieces (check 11)."""
    drawn = lit.fragments[..., 3] + lit.debris[..., 3]
    angles = shutter_angles(drawn, lit.motion, drawn + lit.open > 0.98)
    return [[round(float(a), 1), round(float(m), 1)] for a, m in _some(angles)]


def _new(comp: Comp) -> F32:
    """Coverage (h, w) of new pieces as they lie in the comp."""
    return np.asarray(comp.layers["fragments"][..., 3] + comp.layers["debris"][..., 3], np.float32)


def _some(found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """At most `MOST_READ` of them, spread evenly."""
    if len(found) <= MOST_READ:
        return found
    return np.asarray(found[np.linspace(0, len(found) - 1, MOST_READ).astype(int)], np.float64)


def added_grain(comp: Comp, grain: Grain, photo: F32 | None = None) -> float | None:
    """Strength of the grain that was added to wholly new pixels over the plate's at the same values (check 12).

    Read from the grain layer, in display codes: what moves under it (dust, brick) has a texture of its own, and the
    plate's own pixels on pieces (`photo`, coverage) bring the plate's grain along.
    """
    layers = comp.layers
    old = (1 - layers["fragments"][..., 3] - layers["debris"][..., 3]) * (1 - layers["dust"][..., 3])
    new = (old < 0.02) & (comp.mattes["holdout"] < 0.02) & (comp.mattes["touched"] > 0)
    if photo is not None:
        new &= (photo < 0.02) | (layers["dust"][..., 3] > 0.98)
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
    """Sunlight that the cloud lets through to the ground, where its shadow is darkest and can be seen (check 10).

    The mean of the darkest two-thousandth of the picture, 50 pixels at least, among the ground in sight.
    """
    if dust is None:
        return None
    street = ground_seen & (lit.normal[..., 2] > 0.9) & (lit.fragments[..., 3] + lit.debris[..., 3] < 0.1)
    street &= dust.rgba[..., 3] < THICK
    if street.sum() < 200:
        return None
    some = max(50, round(0.0005 * street.size))
    return float(np.sort(dust.sun[street])[:some].mean())


def contact_light(
    lit: LitFrame, ground_seen: npt.NDArray[np.bool_], dust: DustLayer | None = None
) -> float | None:
    """Light on the ground right below pieces that rest on it, over that on open ground (check 9).

    Mean ratios against rest. Only where piece and ground touch, neighbours in the picture and no farther apart than
    `TOUCH_M` in depth, and dust does not hide them: the ground in front of a heap that lies beyond it tells nothing.
    """
    ground = ground_seen & (lit.normal[..., 2] > 0.9) & (lit.open > 0.5)
    pieces = lit.fragments[..., 3] + lit.debris[..., 3] > 0.5
    resting = pieces & (np.linalg.norm(lit.motion, axis=2) < 1)
    foot = np.zeros_like(ground)
    for rows in (1, 2):
        near = np.abs(lit.depth[rows:] - lit.depth[:-rows]) < TOUCH_M
        foot[rows:] |= ground[rows:] & resting[:-rows] & near
    if dust is not None:
        foot &= dust.rgba[..., 3] < THICK
    if foot.sum() < 50:
        return None
    light = lit.ground_ratio.mean(2)
    far = (cv2.dilate(pieces.astype(np.uint8), np.ones((61, 61), np.uint8)) == 0) & ground
    opened = float(light[far].mean()) if far.sum() >= 100 else 1.0
    return float(light[foot].mean() / max(opened, 1e-6))
