"""The clean plate: the shot as if the building had never stood there, built in layers from back to front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.bands import continue_band
from secondunit.comp.clean_plate_codes import decode, encode
from secondunit.comp.clean_plate_measures import measure_clean_plate
from secondunit.comp.ground_fill import fill_ground, has_source
from secondunit.comp.layers import Background, Layer, LayerKind
from secondunit.comp.sky import (
    fill_sky,
    fit_field,
    grain_blocks,
    meet_rim,
    noise_of,
    segment_sky,
    smooth_behind,
    steepness,
)
from secondunit.errors import BadInput
from secondunit.kernels.patchmatch import patch_fill

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CleanPlate:
    """`picture` (h, w, 3) scene-linear, equal to the plate outside `hole` (h, w).

    `filled_from` (h, w) uint8 indexes `names`: 0 the plate itself, then the background's layers. `source_x`
    (h, w) is the plate column a band's pixel was moved from, −1 elsewhere. `measures` are those of
    `clean_plate_measures.measure_clean_plate`.
    """

    picture: F32
    hole: Mask
    filled_from: npt.NDArray[np.uint8]
    names: tuple[str, ...]
    source_x: F32
    measures: dict[str, float]


def hole_of(matte: F32, holdout: F32, halo: float = 5.0) -> Mask:
    """Pixels to replace: the matte grown by `halo` pixels, less what is wholly a street object."""
    size = 2 * max(0, round(halo)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    grown = cv2.dilate((matte > 0.004).astype(np.uint8), kernel) > 0
    hole: Mask = grown & (holdout < 0.98)
    return hole


def clean_plate(plate: F32, hole: Mask, background: Background, holdout: F32, seed: int) -> CleanPlate:
    """Fill `hole` (h, w) of `plate` (h, w, 3 scene-linear) with the layers of `background`.

    `holdout` (h, w) 0..1 are street objects in front: never a source, kept as in the plate where they cover a
    pixel wholly. The hole is grown, into sky only, over what is left of the building's halo. Same arguments,
    same pixels. Raises `BadInput` where sizes differ, the hole is empty or covers everything.
    """
    _check(plate, hole, background, holdout)
    scene = _Scene.read(plate, hole, background, holdout)
    painting = _Painting(scene, seed)
    for index, layer in enumerate(background.layers):
        painting.paint(index, layer, background.layers[index + 1 :])
    painting.fill_rest()
    picture = plate.astype(np.float32).copy()
    picture[scene.hole] = decode(painting.codes)[scene.hole]
    filled = np.where(scene.hole, painting.filled_from, 0).astype(np.uint8)
    measures = measure_clean_plate(
        scene.codes, encode(picture), scene.hole, scene.sky, filled, background, painting.source_x, holdout
    )
    return CleanPlate(picture, scene.hole, filled, background.names, painting.source_x, measures)


def _check(plate: F32, hole: Mask, background: Background, holdout: F32) -> None:
    h, w = plate.shape[:2]
    if hole.shape != (h, w) or holdout.shape != (h, w):
        raise BadInput(
            f"the plate is {w}×{h}, the hole {hole.shape[1]}×{hole.shape[0]}",
            hint="give masks of the plate's size",
        )
    if (background.width, background.height) != (w, h):
        raise BadInput(
            f"the background was drawn on {background.width}×{background.height}, the plate is {w}×{h}",
            hint="use `Background.scaled`",
        )
    share = float(hole.mean())
    if share == 0 or share > 0.9:
        raise BadInput(f"the hole covers {share:.0%} of the plate", hint="draw the building's outline again")


@dataclass(frozen=True)
class _Scene:
    """What every layer reads: codes, the hole, what may be copied, the sky and its smooth field."""

    codes: F32
    hole: Mask
    usable: Mask
    sky: Mask
    field: F32
    alpha: F32
    background: Background

    @classmethod
    def read(cls, plate: F32, hole: Mask, background: Background, holdout: F32) -> _Scene:
        codes = encode(plate)
        front = holdout > 0.02
        avoid = _polygons(background, hole.shape)
        unknown = _grown(hole, 4) | front
        sky = segment_sky(codes, unknown)
        learn = _source_columns(sky, background.layers[0].sources) & ~avoid
        if learn.sum() >= 400:
            rough = fit_field(codes, learn)
            clear = learn & (np.abs(codes - rough.values).max(2) < max(10.0, 3 * rough.spread))
            field = smooth_behind(codes, clear, rough.values)
            hole = _with_halo(codes, hole, sky, field, holdout, rough.spread)
            hole = _with_crumbs(hole, sky, holdout)
            alpha = _alpha(codes, sky, field, rough.spread)
        else:
            learn, field = np.zeros_like(sky), codes
            alpha = np.ones(sky.shape, np.float32)
        usable = ~(_grown(hole, 2) | front | avoid)
        return cls(codes, hole, usable, learn & usable, field, alpha, background)


def _grown(mask: Mask, by: int) -> Mask:
    grown: Mask = cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0
    return grown


def _polygons(background: Background, shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    for polygon in background.avoid:
        cv2.fillPoly(mask, [np.round(np.asarray(polygon) * 16).astype(np.int32)], 1, shift=4)
    return mask > 0


def _source_columns(mask: Mask, sources: tuple[tuple[float, float], ...]) -> Mask:
    if not sources:
        return mask
    x = np.arange(mask.shape[1])
    within: Mask = mask & np.any([(x >= a) & (x < b) for a, b in sources], axis=0)[None]
    return within


def _with_halo(codes: F32, hole: Mask, sky: Mask, field: F32, holdout: F32, spread: float) -> Mask:
    """Grow the hole over pixels beside it that differ from the sky by a little: sharpening and lens halos."""
    off = cv2.GaussianBlur(np.abs(codes - field).max(2), (0, 0), 1.0)
    reach = _grown(hole, 10) & ~hole & (holdout < 0.02) & (_grown(sky, 12))
    halo = reach & (off > max(3.0, 1.5 * spread)) & (off < 60.0)
    _, label = cv2.connectedComponents((halo | hole).astype(np.uint8), connectivity=8)
    ids = np.unique(label[hole])
    joined = np.isin(label, ids[ids > 0]) & (halo | hole)
    grown = hole | (joined & _grown(sky, 3))
    closed = cv2.morphologyEx(grown.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    result: Mask = grown | (closed & _grown(sky, 3) & (holdout < 0.02))
    return result


def _with_crumbs(hole: Mask, sky: Mask, holdout: F32) -> Mask:
    """Grow the hole over small islands between hole and sky: bits of a cornice, a flag, a wire's end."""
    rest = ~(sky | hole) & (holdout < 0.02)
    n, label, stats, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8), connectivity=4)
    beside = np.unique(label[_grown(hole, 8) & rest])
    limit = 0.003 * hole.size
    crumbs = [k for k in beside if 0 < k < n and stats[k, cv2.CC_STAT_AREA] < limit]
    # A crumb hangs in the sky: nothing but sky and hole around it.
    around = _grown(sky | hole, 1)
    loose = [k for k in crumbs if _all_around(label == k, around)]
    grown: Mask = hole | (_grown(np.isin(label, loose), 2) & (holdout < 0.02))
    return grown


def _all_around(piece: Mask, around: Mask) -> bool:
    rim = _grown(piece, 1) & ~piece
    at_edge = piece[0].any() or piece[-1].any() or piece[:, 0].any() or piece[:, -1].any()
    return bool(around[rim].all()) and not at_edge


def _alpha(codes: F32, sky: Mask, field: F32, spread: float) -> F32:
    """How much of each pixel is not sky (h, w): by distance from the sky's field near the sky, else 1."""
    low = max(5.0, 2.0 * spread)
    off = np.abs(codes - field).max(2)
    # Brighter than the sky and part of it is cloud.
    off = np.where(sky, np.maximum((field - codes).max(2), 0), off)
    ramp = np.clip((off - low) / 22.0, 0, 1)
    alpha: F32 = np.where(_grown(sky, 2), ramp, 1.0).astype(np.float32)
    return alpha


class _Painting:
    """The picture in codes as the layers are painted into the hole, back to front."""

    def __init__(self, scene: _Scene, seed: int) -> None:
        self.scene = scene
        self.seed = seed
        self.codes = scene.codes.copy()
        h, w = scene.hole.shape
        self.x = np.arange(w, dtype=float)
        self.rows = np.arange(h, dtype=float)[:, None]
        self.painted: set[int] = set()
        self.filled_from = np.zeros((h, w), np.uint8)
        self.source_x = np.full((h, w), -1, np.float32)

    def paint(self, index: int, layer: Layer, later: tuple[Layer, ...]) -> None:
        """Paint one layer; `later` are those in front of it."""
        how: dict[LayerKind, Any] = {
            LayerKind.SKY: self._sky,
            LayerKind.BAND: self._band,
            LayerKind.PLAIN: self._plain,
            LayerKind.GROUND: self._ground,
        }
        how[layer.kind](index + 1, layer, later)

    def fill_rest(self) -> None:
        """What no layer reached (a band without sources, a gap between curves) is filled by patches."""
        scene = self.scene
        left = scene.hole & (self.filled_from == 0)
        if not left.any():
            return
        source = scene.usable & ~scene.sky if (scene.usable & ~scene.sky).sum() > 2000 else scene.usable
        fill = patch_fill(self.codes, left, source, seed=self.seed, repeat_penalty=40.0)
        self.codes = fill.picture

    def _put(self, index: int, fill: Any, share: Any) -> None:
        share = np.where(self.scene.hole, share, 0).astype(np.float32)
        self.codes = self.codes * (1 - share[..., None]) + fill * share[..., None]
        self.filled_from[share > 0.5] = index

    def _below(self, layer: Layer, soft: float = 0.75) -> F32:
        """1 below the layer's top curve, 0 above, a ramp of 2 · `soft` pixels between."""
        share: F32 = np.clip((self.rows - layer.top_at(self.x)[None]) / (2 * soft) + 0.5, 0, 1)
        return share.astype(np.float32)

    def _bottom(self, later: tuple[Layer, ...]) -> F64:
        h, w = self.scene.hole.shape
        return np.minimum(later[0].top_at(self.x), h) if later else np.full(w, float(h))

    def _sky(self, index: int, layer: Layer, later: tuple[Layer, ...]) -> None:
        scene = self.scene
        if not scene.sky.any():
            return
        top = self._bottom(later)
        under = self._bottom(later[1:]) if later and later[0].kind is LayerKind.BAND else top
        floor = top + np.maximum(8.0, 0.6 * (under - top))
        if later and later[0].kind is LayerKind.BAND and not later[0].sources:
            floor = under
        need = scene.hole & (self.rows < floor[None])
        fill = fill_sky(scene.codes, need, scene.sky, clouds=layer.clouds, seed=self.seed)
        self._put(index, fill, need.astype(np.float32))

    def _band(self, index: int, layer: Layer, later: tuple[Layer, ...]) -> None:
        scene = self.scene
        top, bottom = layer.top_at(self.x), self._bottom(later)
        alpha, field, foot = scene.alpha, scene.field, 0.0
        if later and later[0].kind is LayerKind.PLAIN:
            # The shore: what looks like the plain is clear, so that bays and bridges keep their shape.
            plain = self._plain_field(later[0], self._bottom(later[1:]))
            if plain is not None:
                self._plain(index + 1, later[0], later[1:])
                near = np.clip((np.abs(scene.codes - plain[0]).max(2) - 8) / 22, 0, 1)
                alpha = np.where(plain[1], near, alpha).astype(np.float32)
                field = np.where(plain[1][..., None], plain[0], field)
                foot = 0.3
        alpha = _held_on(alpha, top, scene.usable)
        band = continue_band(
            scene.codes, alpha, field, layer, top, bottom, scene.hole, scene.usable,
            foot=foot, seed=self.seed + index,
        )  # fmt: skip
        low = bottom + 2 + foot * (bottom - top)
        share = np.where(scene.hole & (self.rows < low[None]), band.alpha, 0).astype(np.float32)
        hazed = band.colour * (1 - layer.haze) + scene.field * (layer.haze * band.alpha[..., None])
        under = self.codes
        colour = np.where(share[..., None] != 0, hazed + under * (1 - share[..., None]), under).astype(np.float32)
        solid = scene.usable & (self.rows > top[None]) & (self.rows < bottom[None]) & (scene.alpha > 0.9)
        inside = scene.hole & (share > 0.9)
        met = _gently_met(colour, scene.codes, inside, solid, self._contrast(solid))
        self.codes = np.where(inside[..., None], met, colour)
        self.filled_from[share > 0.5] = index
        self.source_x = np.where(scene.hole & (share > 0.5), band.source_x, self.source_x).astype(np.float32)

    def _contrast(self, where: Mask) -> float:
        """Standard deviation of the plate's codes within the visible band."""
        return float(self.scene.codes[where].std(0).mean()) if where.any() else 255.0

    def _shore(self, layer: Layer) -> F64:
        """Where the plain is painted from: above its edge, since the band in front has bays."""
        top = layer.top_at(self.x)
        over = self.scene.background.layers
        band = over[max(0, over.index(layer) - 1)]
        tall = np.maximum(top - band.top_at(self.x), 0) if band.kind is LayerKind.BAND else 0.0 * top
        return top - 0.55 * tall

    def _plain_field(self, layer: Layer, bottom: F64) -> tuple[F32, Mask] | None:
        """The plain's smooth field and where the plate shows the plain."""
        scene = self.scene
        top = layer.top_at(self.x)
        visible = scene.usable & (self.rows > top[None] + 2) & (self.rows < bottom[None])
        visible = _under_the_shore(_source_columns(visible, layer.sources), scene.codes, top)
        if visible.sum() < 400:
            return None
        field = fit_field(scene.codes, visible, (1, 1))
        steady = visible & (np.abs(scene.codes - field.values).max(2) < max(14.0, 4 * field.spread))
        smooth = smooth_behind(scene.codes, steady, field.values, 8.0)
        reach = scene.usable & (self.rows > self._shore(layer)[None]) & (self.rows < bottom[None])
        like = reach & (np.abs(scene.codes - smooth).max(2) < 12)
        opened = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        return smooth, _grown(opened, 2)

    def _plain(self, index: int, layer: Layer, later: tuple[Layer, ...]) -> None:
        scene = self.scene
        bottom = self._bottom(later)
        top = layer.top_at(self.x)
        zone = (self.rows > top[None] + 2) & (self.rows < bottom[None])
        visible = _under_the_shore(_source_columns(zone & scene.usable, layer.sources), scene.codes, top)
        need = scene.hole & (self.rows > self._shore(layer)[None]) & (self.rows < bottom[None] + 2)
        if index in self.painted or not need.any():
            return
        self.painted.add(index)
        if visible.sum() < 400:
            return
        field = fit_field(scene.codes, visible, (1, 1))
        steady = visible & (np.abs(scene.codes - field.values).max(2) < max(10.0, 3 * field.spread))
        smooth = smooth_behind(scene.codes, steady, field.values, 12.0)
        rest = scene.codes - smooth
        still = steady & (np.abs(rest).max(2) < max(6.0, 4 * field.spread))
        fill = smooth + grain_blocks(rest, still, need, seed=self.seed + index)
        fill = meet_rim(fill, scene.codes, need, steady, 4.0, 40.0)
        self._put(index, fill, need.astype(np.float32))

    def _ground(self, index: int, layer: Layer, _later: tuple[Layer, ...]) -> None:
        scene = self.scene
        below = self._below(layer)
        # A few rows more than are used, so that the band above does not pull at the patches.
        need = scene.hole & (self.rows > layer.top_at(self.x)[None] - 8)
        if not (need & (below > 0)).any():
            return
        source = _source_columns(scene.usable & (self.rows > layer.top_at(self.x)[None] + 2), layer.sources)
        if not has_source(source):
            # No ground is in the picture (trees hide it): what little shows takes whatever lies lowest.
            lowest = np.flatnonzero((scene.usable & ~scene.hole).sum(1) > 12).max(initial=0)
            source = scene.usable & ~scene.hole & (self.rows > lowest - 0.25 * len(self.rows))
        fill = fill_ground(scene.codes, need, source, max_dy=layer.max_dy, seed=self.seed + index)
        self._put(index, fill, np.where(need, below, 0))


def _under_the_shore(visible: Mask, codes: F32, top: F64) -> Mask:
    """The smooth pieces of `visible` that begin at the shore; a quay or a lawn further down is not the plain."""
    smooth = visible & (steepness(codes, 2.0) < max(2.0, 3.0 * noise_of(codes)))
    h, w = visible.shape
    n, label = cv2.connectedComponents(smooth.astype(np.uint8), connectivity=4)
    near = smooth & (np.arange(h)[:, None] < top[None] + 0.04 * h + 6)
    count = np.bincount(label[near], minlength=n)
    keep = (count > 0.01 * w) & (np.arange(n) > 0)
    kept: Mask = keep[label]
    return kept


def _held_on(alpha: F32, top: F64, usable: Mask) -> F32:
    """`alpha` without what no `usable` pixels join to the band below its top curve: birds, branches above."""
    solid = ((alpha > 0.15) & usable).astype(np.uint8)
    _, label = cv2.connectedComponents(solid, connectivity=8)
    below = np.arange(alpha.shape[0])[:, None] >= top[None]
    joined = np.unique(label[below & (solid > 0)])
    held: F32 = np.where(np.isin(label, joined[joined > 0]) | below, alpha, 0).astype(np.float32)
    return held


def _gently_met(fill: F32, codes: F32, need: Mask, known: Mask, contrast: float) -> F32:
    """`meet_rim` within limits: a band of strong contrast (houses) is not to be washed out, a hazy one may be."""
    most, reach = (14.0, 30.0) if contrast > 22 else (40.0, 160.0)
    met = meet_rim(fill, codes, need, known, 5.0, reach)
    gentle: F32 = (fill + np.clip(met - fill, -most, most)).astype(np.float32)
    return gentle
