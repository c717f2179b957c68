"""Mattes of the building and of what stands before it, refined from rough polygons to the picture's own edges.

The building's matte covers its whole silhouette, hidden parts too. Against a smooth background (sky, haze) its
edge follows the picture to a fraction of a pixel: background colour is interpolated from outside, and the edge
pixels' mix is solved for. Against anything busy the supervisor's outline stands, anti-aliased.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.outline import fill_polygons

F32 = npt.NDArray[np.float32]
BOOL = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
DEFAULT_REACH = 6.0 / 1280
# In display values 0..1: a background that varies more than this is too busy to key on.
SMOOTH_BACKGROUND, BUSY_BACKGROUND = 0.025, 0.05
LEAST_STEP = 0.045


def display_values(plate: F32) -> F32:
    """Scene-linear (h, w, 3) to perceptual values about 0..1: differences that the eye and a key see alike."""
    values: F32 = np.power(np.clip(plate[..., :3], 0, 4), 1 / 2.4).astype(np.float32)
    return values


def building_matte(
    plate: F32,
    coverage: F32,
    *,
    hidden: F32 | None = None,
    reach: float | None = None,
    add: Sequence[FloatArray] = (),
    cut: Sequence[FloatArray] = (),
) -> F32:
    """The building's silhouette (h, w) 0..1.

    `plate` (h, w, 3) scene-linear, `coverage` (h, w) the rough outline, `hidden` (h, w) what stands before the
    building: there the outline is kept. `reach` is how far, in pixels, the true edge may lie from the outline
    (6 at 1280 wide). `add` and `cut` are polygons put in or taken out at the end.
    """
    height, width = coverage.shape
    far = reach if reach is not None else max(2.0, DEFAULT_REACH * width)
    matte = _follow_smooth_background(display_values(plate), coverage, hidden, far)
    for polygon in add:
        matte = np.maximum(matte, fill_polygons([polygon], width, height))
    for polygon in cut:
        matte = np.minimum(matte, 1 - fill_polygons([polygon], width, height))
    return matte


def signed_distance(inside: BOOL) -> F32:
    """Pixels from the edge, positive inside."""
    d_in = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    d_out = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    distance: F32 = np.where(inside, d_in - 0.5, 0.5 - d_out).astype(np.float32)
    return distance


def _masked_blur(values: F32, mask: BOOL, sigma: float) -> tuple[F32, F32]:
    """Mean of `values` (h, w, c) over a mask's pixels near each pixel, and how much of the mask was near."""
    weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    total = cv2.GaussianBlur(np.where(mask[..., None], values, np.float32(0)), (0, 0), sigma)
    if total.ndim == 2:
        total = total[..., None]
    mean = (total / np.maximum(weight, 1e-6)[..., None]).astype(np.float32)
    return mean, weight.astype(np.float32)


def _follow_smooth_background(picture: F32, coverage: F32, hidden: F32 | None, reach: float) -> F32:
    distance = signed_distance(coverage > 0.5)
    seen = np.ones(coverage.shape, bool) if hidden is None else hidden < 0.05
    outside = (distance < -reach) & (distance > -reach - 40) & seen
    mean, mass = _masked_blur(picture, outside, max(reach, 6.0))
    square, _ = _masked_blur(picture**2, outside, max(reach, 6.0))
    spread = np.sqrt(np.maximum(square - mean**2, 0).max(axis=2))
    # Where no outside pixel is near, or outside is busy, the outline is the better witness.
    trust = np.clip((BUSY_BACKGROUND - spread) / (BUSY_BACKGROUND - SMOOTH_BACKGROUND), 0, 1)
    trust = trust * (mass > 0.02) * seen * (np.abs(distance) <= reach)
    step = np.abs(picture - mean).max(axis=2)
    differs = step > np.maximum(3.5 * spread, LEAST_STEP)
    solid = _connected(differs, distance, reach, trust > 0.5)
    soft = _solve_edge(picture, mean, solid)
    refined = np.where(trust > 0, soft * trust + coverage * (1 - trust), coverage)
    return refined.astype(np.float32)


def _connected(differs: BOOL, distance: F32, reach: float, band: BOOL) -> BOOL:
    """Hard building mask: what differs and hangs on the inside; background must hang on the outside."""
    solid = np.where(band, differs, distance > 0)
    core = distance > reach
    solid = _touching(solid | core, core)
    away = distance < -reach
    empty = _touching(~solid | away, away)
    return ~empty


def _touching(mask: BOOL, seeds: BOOL) -> BOOL:
    """The parts of a mask that hold at least one seed pixel."""
    n, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    keep = np.zeros(n, bool)
    keep[np.unique(labels[seeds & mask])] = True
    keep[0] = False
    touching: BOOL = keep[labels]
    return touching


def _solve_edge(picture: F32, background: F32, solid: BOOL) -> F32:
    """Coverage of pixels within 1.5 of the hard edge from the mix of building and background colour there."""
    distance = signed_distance(solid)
    inner, mass = _masked_blur(picture, distance > 1.2, 2.0)
    across = inner - background
    power = (across**2).sum(axis=2)
    mix = ((picture - background) * across).sum(axis=2) / np.maximum(power, 1e-6)
    usable = (mass > 0.01) & (power > LEAST_STEP**2)
    mix = np.where(usable, mix, solid.astype(np.float32))
    edge = np.abs(distance) <= 1.6
    alpha: F32 = np.where(edge, np.clip(mix, 0, 1), solid).astype(np.float32)
    return alpha


def holdout_matte(
    plate: F32, polygon: FloatArray, *, edge: str = "colour", reach: float = 3.0, see_through: bool = False
) -> F32:
    """Matte (h, w) 0..1 of one thing before the building.

    Its core is its polygon less `reach` pixels; round the polygon's border each pixel goes to the thing or to its
    surroundings by colour (a smoothed histogram of either side, as in Boykov and Jolly 2001, without the cut).
    `edge` "hard" keeps the polygon. `see_through` opens gaps in the core too, as between a tree's leaves.
    """
    height, width = plate.shape[:2]
    coverage = fill_polygons([np.asarray(polygon, float)], width, height)
    if edge == "hard" or reach <= 0:
        return coverage
    distance = signed_distance(coverage > 0.5)
    core, around = distance > reach, (distance < -reach) & (distance > -reach - 30)
    if core.sum() < 30 or around.sum() < 30:
        return coverage
    picture = display_values(plate)
    odds = _colour_odds(picture, core, around)
    if see_through:
        # What shows between the leaves is in the core's colours at first: leave it out and count again.
        odds = _colour_odds(picture, core & (odds > -0.7), around)
    odds = cv2.GaussianBlur(odds, (0, 0), 0.7).astype(np.float32)
    # Far from the outline colour needs more evidence: it may be wrong, the click seldom is by much.
    pull = np.minimum(distance / reach, 0.35) if see_through else distance / reach
    chosen = 1 / (1 + np.exp(-np.clip(1.5 * (odds + 3.0 * pull), -30, 30)))
    by_colour = distance >= -reach if see_through else np.abs(distance) <= reach
    chosen = np.where(by_colour, chosen, distance > 0)
    hard = _touching(chosen > 0.5, core)
    result: F32 = np.where(hard | (chosen < 0.5), chosen, 0).astype(np.float32)
    return result


def _colour_odds(picture: F32, core: BOOL, around: BOOL) -> F32:
    """Logarithm of how much likelier each pixel's colour is in `core` than in `around` (h, w)."""
    bins = 16
    index = np.clip((picture * bins).astype(np.int32), 0, bins - 1)
    flat = (index[..., 0] * bins + index[..., 1]) * bins + index[..., 2]
    tables = []
    for mask in (core, around):
        table = np.bincount(flat[mask], minlength=bins**3).astype(np.float32).reshape(bins, bins, bins)
        for axis in range(3):
            table = 0.5 * table + 0.25 * (np.roll(table, 1, axis) + np.roll(table, -1, axis))
        tables.append(table / max(float(table.sum()), 1.0) + 1e-5)
    odds: F32 = np.log(tables[0] / tables[1]).reshape(-1)[flat].astype(np.float32)
    return np.clip(odds, -4, 4)
