"""What the layers of a clean plate read: codes, the hole and its halo, what may be copied, the sky, alpha."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate_codes import encode
from secondunit.comp.layers import Background
from secondunit.comp.sky import fit_field, segment_sky, smooth_behind

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """What every layer reads: codes, the hole, what may be copied (`scenery` counts street objects in), the sky
    and its smooth field."""

    codes: F32
    hole: Mask
    usable: Mask
    scenery: Mask
    sky: Mask
    field: F32
    alpha: F32
    background: Background

    @classmethod
    def read(cls, plate: F32, hole: Mask, background: Background, holdout: F32) -> Scene:
        """Read a plate (h, w, 3 scene-linear); the hole comes back grown over the building's halo and crumbs."""
        codes = encode(plate)
        front = holdout > 0.02
        avoid = _polygons(background, hole.shape)
        unknown = grown_by(hole, 4) | front
        sky = segment_sky(codes, unknown)
        learn = within_columns(sky, background.layers[0].sources) & ~avoid
        if learn.sum() >= 400:
            rough = fit_field(codes, learn)
            clear = learn & (np.abs(codes - rough.values).max(2) < max(10.0, 3 * rough.spread))
            field = smooth_behind(codes, clear, rough.values)
            hole = _with_halo(codes, hole, sky, field, holdout, rough.spread)
            hole = _with_crumbs(hole, sky, holdout)
            alpha = _alpha(codes, sky, front, field, rough.spread)
        else:
            learn, field = np.zeros_like(sky), codes
            alpha = np.ones(sky.shape, np.float32)
        scenery = ~(grown_by(hole, 2) | avoid)
        usable = scenery & ~front
        return cls(codes, hole, usable, scenery, learn & usable, field, alpha, background)


def grown_by(mask: Mask, by: int) -> Mask:
    """The mask grown by `by` pixels on every side."""
    grown: Mask = cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0
    return grown


def _polygons(background: Background, shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    for polygon in background.avoid:
        cv2.fillPoly(mask, [np.round(np.asarray(polygon) * 16).astype(np.int32)], 1, shift=4)
    return mask > 0


def within_columns(mask: Mask, sources: tuple[tuple[float, float], ...]) -> Mask:
    """The mask within the column ranges `sources`; all of it where there are none."""
    if not sources:
        return mask
    x = np.arange(mask.shape[1])
    within: Mask = mask & np.any([(x >= a) & (x < b) for a, b in sources], axis=0)[None]
    return within


def _with_halo(codes: F32, hole: Mask, sky: Mask, field: F32, holdout: F32, spread: float) -> Mask:
    """Grow the hole over pixels beside it that differ from the sky by a little: sharpening and lens halos."""
    off = cv2.GaussianBlur(np.abs(codes - field).max(2), (0, 0), 1.0)
    reach = grown_by(hole, 10) & ~hole & (holdout < 0.02) & (grown_by(sky, 12))
    halo = reach & (off > max(3.0, 1.5 * spread)) & (off < 60.0)
    _, label = cv2.connectedComponents((halo | hole).astype(np.uint8), connectivity=8)
    ids = np.unique(label[hole])
    joined = np.isin(label, ids[ids > 0]) & (halo | hole)
    grown = hole | (joined & grown_by(sky, 3))
    closed = cv2.morphologyEx(grown.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    result: Mask = grown | (closed & grown_by(sky, 3) & (holdout < 0.02))
    return result


def _with_crumbs(hole: Mask, sky: Mask, holdout: F32) -> Mask:
    """Grow the hole over small islands between hole and sky: bits of a cornice, a flag, a wire's end."""
    rest = ~(sky | hole) & (holdout < 0.02)
    n, label, stats, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8), connectivity=4)
    beside = np.unique(label[grown_by(hole, 8) & rest])
    limit = 0.003 * hole.size
    crumbs = [k for k in beside if 0 < k < n and stats[k, cv2.CC_STAT_AREA] < limit]
    # A crumb hangs in the sky: nothing but sky and hole around it.
    around = grown_by(sky | hole, 1)
    loose = [k for k in crumbs if _all_around(label == k, around)]
    grown: Mask = hole | (grown_by(np.isin(label, loose), 2) & (holdout < 0.02))
    return grown


def _all_around(piece: Mask, around: Mask) -> bool:
    rim = grown_by(piece, 1) & ~piece
    at_edge = piece[0].any() or piece[-1].any() or piece[:, 0].any() or piece[:, -1].any()
    return bool(around[rim].all()) and not at_edge


def _alpha(codes: F32, sky: Mask, front: Mask, field: F32, spread: float) -> F32:
    """How much of each pixel is not sky (h, w): by distance from the sky's field near the sky and in street
    objects (a tree has sky between its leaves), else 1."""
    low = max(5.0, 2.0 * spread)
    off = np.abs(codes - field).max(2)
    # Brighter than the sky and part of it is cloud.
    off = np.where(sky, np.maximum((field - codes).max(2), 0), off)
    ramp = np.clip((off - low) / 22.0, 0, 1)
    alpha: F32 = np.where(grown_by(sky, 2) | front, ramp, 1.0).astype(np.float32)
    return alpha
