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
from secondunit.comp.clean_plate_scene import Scene, grown_by, within_columns
from secondunit.comp.ground_fill import fill_ground, has_source
from secondunit.comp.layers import Background, Layer, LayerKind
from secondunit.comp.sky import (
    fill_sky,
    fit_field,
    grain_blocks,
    meet_rim,
    noise_of,
    smooth_behind,
    steepness,
)
from secondunit.errors import BadInput
from secondunit.kernels.patchmatch import patch_fill

DENSE = 0.6

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
    """Pixels to replace: the matte grown by `halo` pixels, less what is wholly a street object.

    A keyed tree has gaps where its own dark inside is; where it is dense they count as tree, so that the crown is
    not torn when the building behind it goes.
    """
    size = 2 * max(0, round(halo)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    grown = cv2.dilate((matte > 0.004).astype(np.uint8), kernel) > 0
    reach = max(2.0, 0.006 * matte.shape[1])
    dense = cv2.GaussianBlur(np.minimum(holdout, 1).astype(np.float32), (0, 0), reach) > DENSE
    gap = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(reach) + 1, 2 * round(reach) + 1))
    crown = cv2.morphologyEx((holdout > 0.7).astype(np.uint8), cv2.MORPH_CLOSE, gap) > 0
    hole: Mask = grown & (holdout < 0.98) & ~(dense & crown)
    return hole


def clean_plate(plate: F32, hole: Mask, background: Background, holdout: F32, seed: int) -> CleanPlate:
    """Fill `hole` (h, w) of `plate` (h, w, 3 scene-linear) with the layers of `background`.

    `holdout` (h, w) 0..1 are street objects in front: never a source, kept as in the plate where they cover a
    pixel wholly. The hole is grown, into sky only, over what is left of the building's halo. Same arguments,
    same pixels. Raises `BadInput` where sizes differ, the hole is empty or covers everything.
    """
    _check(plate, hole, background, holdout)
    scene = Scene.read(plate, hole, background, holdout)
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


class _Painting:
    """The picture in codes as the layers are painted into the hole, back to front."""

    def __init__(self, scene: Scene, seed: int) -> None:
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
        usable = scene.scenery if layer.in_front else scene.usable
        alpha = np.minimum(_held_on(alpha, top, usable), self._no_cloud(top))
        band = continue_band(
            scene.codes, alpha, field, layer, top, bottom, scene.hole, usable,
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

    def _no_cloud(self, top: F64) -> F32:
        """0 above a band's top curve where a pixel is brighter than the sky, as clouds between branches are."""
        off = (self.scene.field - self.scene.codes).mean(2)
        above = np.clip((top[None] - self.rows) / 4.0, 0, 1)
        clear: F32 = (1 - above * np.clip((4.0 - off) / 8.0, 0, 1)).astype(np.float32)
        return clear

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
        visible = _under_the_shore(within_columns(visible, layer.sources), scene.codes, top)
        if visible.sum() < 400:
            return None
        field = fit_field(scene.codes, visible, (1, 1))
        steady = visible & (np.abs(scene.codes - field.values).max(2) < max(14.0, 4 * field.spread))
        smooth = smooth_behind(scene.codes, steady, field.values, 8.0)
        reach = scene.usable & (self.rows > self._shore(layer)[None]) & (self.rows < bottom[None])
        like = reach & (np.abs(scene.codes - smooth).max(2) < 12)
        opened = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        return smooth, grown_by(opened, 2)

    def _plain(self, index: int, layer: Layer, later: tuple[Layer, ...]) -> None:
        scene = self.scene
        bottom = self._bottom(later)
        top = layer.top_at(self.x)
        zone = (self.rows > top[None] + 2) & (self.rows < bottom[None])
        visible = _under_the_shore(within_columns(zone & scene.usable, layer.sources), scene.codes, top)
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
        source = within_columns(scene.usable & (self.rows > layer.top_at(self.x)[None] + 2), layer.sources)
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
