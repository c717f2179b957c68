"""The facade without what stands before it, and street objects without the building behind their edges."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate_codes import decode, encode
from secondunit.comp.edges import WIDTH_OF_SIGMA, plate_edge_width
from secondunit.errors import BadInput
from secondunit.kernels.patchmatch import patch_fill, spread

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

REPEAT_PENALTY = 20.0
LEAST_SKIN = 0.02


def fill_facade(plate: F32, matte: F32, holdout: F32, seed: int = 0) -> F32:
    """The plate (h, w, 3 scene-linear) with street objects painted out of the building.

    `matte` (h, w) 0..1 the building's silhouette with what hides it; `holdout` (h, w) 0..1 street objects. Hidden
    skin comes from the building's own visible skin by patches of two kinds: those that move along the wall (a
    course, a row of windows goes on) and those that move up or down it (a pier, a column of windows goes on);
    each pixel takes the kind that disagrees less with its surroundings. Around the matte the facade is carried a
    few pixels outwards, so that a texture look-up at the silhouette finds wall and not sky. Elsewhere it is the
    plate. Raises `BadInput` where less than a fiftieth of the building is seen.
    """
    if plate.shape[:2] != matte.shape or matte.shape != holdout.shape:
        raise BadInput("plate, matte and hold-out differ in size", hint="make the masks on the plate's raster")
    codes = encode(plate)
    inside = matte > 0.5
    skin = cv2.erode((matte > 0.98).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    front = cv2.dilate((holdout > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    seen = skin & ~front
    if seen.sum() < max(400.0, LEAST_SKIN * float(inside.sum())):
        raise BadInput("almost nothing of the building is seen", hint="check outline and hold-outs")
    hidden = inside & front
    if hidden.any():
        codes = _filled(codes, hidden, seen, inside, seed)
    own = _own_colour(plate, matte, holdout)
    codes = _carried_out(codes, inside & (own | hidden), inside)
    facade: F32 = np.where(_changed(hidden, inside, own)[..., None], decode(codes), plate).astype(np.float32)
    return facade


def front_colour(plate: F32, holdout: F32) -> F32:
    """Street objects' own colour (h, w, 3): the plate where they cover a pixel wholly, spread over their edges.

    A pixel half leaf, half building keeps its leaf when the building goes (`merge(front=…)`).
    """
    codes = encode(plate)
    sure = holdout > 0.98
    edge = (holdout > 0) & ~sure
    if not edge.any() or not sure.any():
        return plate
    own = spread(codes, sure)
    out: F32 = np.where(edge[..., None], decode(own), plate).astype(np.float32)
    return out


def _own_colour(plate: F32, matte: F32, holdout: F32) -> Mask:
    """Pixels (h, w) of the building that its surroundings do not shine into.

    The softer the plate, the farther in they do. No more is given up: a parapet's cap is two or three pixels high.
    The light engine leaves out one pixel along the rim for itself.
    """
    width = plate_edge_width(plate, matte, holdout) or 0.0
    shines = max(0, math.ceil(1.5 * width / WIDTH_OF_SIGMA) - 1)
    own = (matte > 0.98).astype(np.uint8)
    return np.asarray(cv2.erode(own, np.ones((2 * shines + 1, 2 * shines + 1), np.uint8)) > 0, np.bool_)


def _filled(codes: F32, hidden: Mask, seen: Mask, inside: Mask, seed: int) -> F32:
    """`codes` with `hidden` filled: along the wall, up and down it, the better of both by pixel."""
    ys, xs = np.nonzero(inside)
    window = np.s_[max(0, ys.min() - 8) : ys.max() + 9, max(0, xs.min() - 8) : xs.max() + 9]
    part, hole, source = codes[window], hidden[window], seen[window]
    h, w = hole.shape
    near = max(6, round(0.04 * max(h, w)))
    fills = []
    for lock in ({"max_dy": near}, {"max_dx": near}, {}):
        fill = patch_fill(part, hole, source, seed=seed, repeat_penalty=REPEAT_PENALTY, **lock)
        fills.append((fill.picture, _disagreement(fill.picture, fill.source, part, hole)))
    cost = np.stack([c for _, c in fills])
    best = np.argmin(cost, 0)
    merged = part.copy()
    for k, (picture, _) in enumerate(fills):
        share = cv2.GaussianBlur((best == k).astype(np.float32), (0, 0), 1.0)[..., None]
        merged = picture * share if k == 0 else merged + picture * share
    out = codes.copy()
    out[window] = np.where(hole[..., None], merged, part)
    return out


def _disagreement(picture: F32, source: npt.NDArray[np.int32], part: F32, hole: Mask) -> F32:
    """How far a fill breaks up (h, w): its own patches' joints and the step at the rim, smoothed widely."""
    joints = np.zeros(hole.shape, np.float32)
    for axis in (0, 1):
        step = np.abs(np.diff(picture, axis=axis)).max(2)
        moved = np.diff(source - np.moveaxis(np.indices(hole.shape)[::-1], 0, -1), axis=axis).any(2)
        cut = np.where(moved, step, 0)
        pad = [(0, 1), (0, 0)] if axis == 0 else [(0, 0), (0, 1)]
        joints += np.pad(cut, pad).astype(np.float32)
    weight = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 12.0)
    return (cv2.GaussianBlur(joints * hole, (0, 0), 12.0) / np.maximum(weight, 1e-3)).astype(np.float32)


def _carried_out(codes: F32, sure: Mask, inside: Mask, reach: int = 12) -> F32:
    """Codes with the wall's rim carried `reach` pixels outwards."""
    around = (cv2.dilate(inside.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0) & ~sure
    wall = spread(codes, sure)
    out: F32 = np.where(around[..., None], wall, codes).astype(np.float32)
    return out


def _changed(hidden: Mask, inside: Mask, skin: Mask, reach: int = 12) -> Mask:
    around = cv2.dilate(inside.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    changed: Mask = hidden | (around & ~(inside & (skin | hidden)))
    return changed
