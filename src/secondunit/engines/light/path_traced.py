"""The rasteriser's picture in a path tracer's light.

What is seen, its mattes, textures and blur are the rasteriser's; only the light on it is traced: the sun's disc at
full size, sky and everything that is thrown from surface to surface on a coarser raster, smoothed over the surface it
fell on. A layer is the rasteriser's × traced irradiance ÷ its own irradiance of the same samples. The plate's
reflectance is measured in the traced light too, so that a piece that has not moved is the plate. Lit at mid-shutter.
Street objects that stand before the building cast no shadow here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from secondunit.engines.light.lit_frame import LitFrame
from secondunit.engines.light.materials import skin_material
from secondunit.engines.light.path_traced_filter import carry_on, read_ground, read_pieces, smear, smooth
from secondunit.engines.light.path_traced_world import (
    Seen,
    coarse,
    covering,
    ground_mesh,
    load_mitsuba,
    loose,
    mesh,
    on_pinhole,
    sky_dome,
    sun_disc,
    trace_light,
)
from secondunit.engines.light.raster import LightScene
from secondunit.engines.light.raster_pose import DebrisPoses, Poses, no_debris, rest_poses
from secondunit.engines.light.raster_rest import light_vector, rest_state, white_light
from secondunit.engines.light.reference_mitsuba import triangle_colours
from secondunit.kernels.raster_classify import FRAGMENT, STANDING

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SUN_PATHS, SOFT_PATHS = 6, 16  # a pixel of its raster
SOFT_WIDTH = 430  # the raster of soft light is about as wide: its pixels are 2 wide at 640, 3 at 1280
BOUNCES = 4
EVERY = 2  # of a piece's samples are lit one by one
BUILDING = (STANDING, FRAGMENT)
SOFT_LEVELS = 5
WIDE_SUN_DEG = 1.0  # a sun wider than this has shadows without edges, and is smoothed too
SHARP, BROAD = (
    np.float32(2.0),
    np.float32(0.5),
)  # how strictly the nearest pixels of the sun's and the soft raster are preferred
SUN_BLUR_PX, SOFT_BLUR_PX = 0.6, 3.0
STREET_ALBEDO = 0.2
SHUTTER = 0.5
LEAST, MOST = 0.02, 8.0  # change of light on what did not move
FADE = 0.03  # of the picture's width, in which a change of light fades towards ground that is left alone


@dataclass(frozen=True)
class Traced:
    """Sunlight straight from the sun, and all other light."""

    sun: Seen
    soft: Seen


class PathTracedScene(LightScene):
    """A `LightScene` whose light is traced by Mitsuba. Takes the same, and raises `BadInput` without it."""

    def __init__(self, *what: Any, **settings: Any) -> None:
        self.mitsuba = load_mitsuba()
        super().__init__(*what, **settings)
        plate, facade = settings["plate"], settings.get("facade")
        self._unit = light_vector(self.sun, 1.0)
        self._colours = triangle_colours(self)
        self._skin = self.rest.skin
        self._fine = covering(self.view.cam, self.view.rays)
        self._coarser = max(2, round(self.view.width / SOFT_WIDTH))
        self._coarse = covering(self.view.cam, self.view.rays, self._coarser)
        self._corner = np.array([self._fine.cx, self._fine.cy], np.float32) - self.view.cam[13:15]
        self._at = np.ascontiguousarray(on_pinhole(self.view.cam, self.view.rays) + self._corner)
        self._measure_rest(plate, plate if facade is None else facade)

    def _measure_rest(self, plate: F32, facade: F32) -> None:
        """The rest pose in traced light, and reflectance from it."""
        n = self.settings.samples
        still, none = rest_poses(self.mesh.centre, n), no_debris(n)
        self._rest_lit = self._as_drawn(still, none)
        traced = self._trace(still, none, np.zeros((0, 3), np.float32))
        on_building = carry_on(*self._on_pieces(traced, still, BUILDING))
        on_ground = self._on_ground(traced)
        ours = self.rest
        shows = ours.ground_seen != 0
        self._rest_traced = traced
        self.rest = rest_state(
            self, plate, facade, skin_material(self.breakup),
            on_building, (self.rest_ib >= 0).mean(0).astype(np.float32),
            shows, np.where(shows[..., None], on_ground, np.float32(0)),
        )  # fmt: skip
        self._rest_ground = self.rest.ground_light
        exposure = self.rest.calibration.exposure
        # Shading holds nothing down, for its light is taken out again; its shadows compare with its own light at rest.
        self._skin = self.rest.skin
        skin = self._skin.copy()
        skin[..., 5] = 0
        ground = ours.ground_light * np.float32(exposure / ours.calibration.exposure)
        self.rest = replace(self.rest, skin=skin, ground_light=ground)
        self.light = light_vector(self.sun, exposure)

    def _as_drawn(self, poses: Poses, debris: DebrisPoses) -> LitFrame:
        n = len(self.mesh.centre)
        still, clean = np.zeros(n, np.uint8), np.zeros(n, np.float32)
        self._draw_samples(poses, debris, still, SHUTTER)
        ends = rest_poses(self.mesh.centre, 2)
        return super()._light(poses, ends, debris, np.zeros((0, 3), np.float32), still, clean, self.rest_maps)

    def _light(self, poses, ends, debris, colour, moved, film, maps) -> LitFrame:  # type: ignore[no-untyped-def]
        lit = super()._light(poses, ends, debris, colour, moved, film, maps)
        if not moved.any() and not (debris.size > 0).any():
            return lit
        traced = self._trace(poses, debris, colour)
        exposure = np.float32(self.rest.calibration.exposure)
        white, pieces = white_light(
            self, self.kind, self.zb, self.ib, poses, debris, maps, self.bounce, self.light
        )
        on_pieces = self._on_pieces(traced, poses, (FRAGMENT, FRAGMENT), float(exposure))
        on_debris = self._on_debris(traced, lit.motion)
        return replace(
            lit,
            fragments=relit(lit.fragments, white, exposure, *on_pieces),
            debris=relit(lit.debris, pieces, exposure, *on_debris),
            standing_ratio=self._standing_ratio(lit, traced, poses),
            ground_ratio=self._ground_ratio(lit, self._on_ground(traced) * exposure),
        )

    def _trace(self, poses: Poses, debris: DebrisPoses, colour: F32) -> Traced:
        """The light of the instant nearest mid-shutter."""
        mi, k = self.mitsuba, int(self.view.by_time[0])
        m = self.mesh
        corners = np.einsum("tij,tkj->tki", poses.rotation[k][m.fragment], m.corners)
        corners += poses.position[k][m.fragment][:, None]
        middle = float(m.centre[:, 0].mean()), float(m.centre[:, 1].mean())
        shapes = {
            "building": mesh(mi, "building", *loose(corners), self._colours),
            "ground": ground_mesh(mi, self.ground, middle),
        }
        street = self._street()
        if len(street):
            shapes["street"] = mesh(mi, "street", *loose(street), np.full((len(street), 3), STREET_ALBEDO))
        crumbs = self._crumbs(debris, k, colour)
        if crumbs is not None:
            shapes["debris"] = crumbs
        sunny = mi.load_dict({"type": "scene", "sun": sun_disc(mi, self.sun, self._unit), **shapes})
        cloudy = mi.load_dict({"type": "scene", "sky": sky_dome(mi, self._unit), **shapes})
        straight = trace_light(mi, sunny, self._fine, SUN_PATHS, 1)
        thrown = trace_light(mi, sunny, self._coarse, SOFT_PATHS, 1 + BOUNCES)
        above = trace_light(mi, cloudy, self._coarse, SOFT_PATHS, 1 + BOUNCES)
        soft = np.maximum(above.light + thrown.light - coarse(straight.light, self._coarser), 0)
        soft = smooth(soft, above.place, above.normal, above.foot, SOFT_LEVELS)
        if self.sun.softness_deg > WIDE_SUN_DEG:
            straight = replace(
                straight,
                light=smooth(straight.light, straight.place, straight.normal, straight.foot, SOFT_LEVELS),
            )
        return Traced(straight, replace(above, light=soft))

    def _street(self) -> F32:
        """Triangles (t, 3, 3) of street objects that hide nothing of the building."""
        boxes = self.still.reshape(-1, 12, 3, 3)
        building = self._rest_lit.standing > 0
        kept = []
        for box in boxes:
            at = (box.reshape(-1, 3) - self.view.cam[9:12]) @ self.view.cam[:9].reshape(3, 3).T
            depth = at[:, 2]
            if (depth < 0.1).any():
                continue
            pixel = at[:, :2] / depth[:, None] * self.view.cam[12] + self.view.cam[13:15]
            x0, y0 = np.maximum(np.floor(pixel.min(0)).astype(int), 0)
            x1, y1 = np.maximum(np.ceil(pixel.max(0)).astype(int), 0)
            behind = building[y0:y1, x0:x1] & (self._rest_lit.depth[y0:y1, x0:x1] > depth.min())
            if not behind.any():
                kept.append(box)
        return np.concatenate(kept) if kept else np.zeros((0, 3, 3), np.float32)

    def _crumbs(self, debris: DebrisPoses, k: int, colour: F32) -> Any | None:
        """All pieces of debris at instant `k` as one mesh."""
        born = np.nonzero(debris.size > 0)[0]
        if not len(born):
            return None
        shape, q = debris.shape[born], debris.rotation[k][born]
        local = self.hulls[shape] * debris.size[born][:, None, None]
        way = 2 * np.cross(q[:, None, :3], local)
        points = local + q[:, None, 3:] * way + np.cross(q[:, None, :3], way) + debris.position[k][born][:, None]
        real = np.arange(self.faces.shape[1]) < self.n_faces[shape][:, None]
        faces = self.faces[shape] + (np.arange(len(born)) * self.hulls.shape[1])[:, None, None]
        colours = np.broadcast_to(colour[born][:, None], faces.shape)
        return mesh(self.mitsuba, "debris", points.reshape(-1, 3), faces[real], colours[real], mark=1.0)

    def _on_pieces(
        self, traced: Traced, poses: Poses, kinds: tuple[int, int], exposure: float = 0.0
    ) -> tuple[F32, Mask]:
        """(h, w, 3) mean light on the samples of `kinds` that are drawn, and (h, w) where there are any.

        With an `exposure`, what is beyond belief in the photograph is held down in more light than it had.
        """
        v, m, sun, soft, rest = self.view, self.mesh, traced.sun, traced.soft, self.rest
        out, found = np.empty((v.height, v.width, 3), np.float32), np.empty((v.height, v.width), np.bool_)
        read_pieces(
            *kinds, EVERY, self.kind, self.zb, self.ib, v.cam, v.rays, v.jitter, m.fragment, m.normal,
            poses.rotation, poses.position, int(v.by_time[0]), np.float32(exposure), m.centre, m.surface, m.axis,
            self._skin, rest.face, rest.calibration.palette, self.lattice,
            np.array(self.settings.brick, np.float32), sun.light, sun.place, sun.normal, sun.foot,
            soft.light, soft.place, soft.normal, soft.foot, self._corner, np.float32(self._coarser),
            SHARP, BROAD, out, found,
        )  # fmt: skip
        return out, found

    def _on_ground(self, traced: Traced) -> F32:
        """(h, w, 3) light on the ground's plane in each pixel, the nearest that was found where it is hidden."""
        v = self.view
        want = v.ground > 0
        place, found = v.cam[9:12] + v.ground[..., None] * v.rays, want.copy()
        up = np.array([-v.slope[0], -v.slope[1], 1], np.float32)
        out = np.zeros_like(place)
        for seen, coarser, sharpness in ((traced.sun, 1, SHARP), (traced.soft, self._coarser, BROAD)):
            read_ground(
                seen.light, seen.place, seen.normal, seen.foot, self._at / np.float32(coarser), place,
                up / np.linalg.norm(up), want, sharpness, out, found,
            )  # fmt: skip
        return carry_on(out, found)

    def _on_debris(self, traced: Traced, motion: F32) -> tuple[F32, Mask]:
        """(h, w, 3) light on debris, sunlight as each face has it and the rest over a few pixels at once, and (h, w)
        where there is any near."""
        total, known = np.zeros((*motion.shape[:2], 3), np.float32), np.ones(motion.shape[:2], np.bool_)
        for seen, coarser, blur in ((traced.sun, 1, SUN_BLUR_PX), (traced.soft, self._coarser, SOFT_BLUR_PX)):
            u, v = np.moveaxis(self._at / np.float32(coarser) - np.float32(0.5), -1, 0)
            whole = np.dstack([seen.light * seen.debris[..., None], seen.debris])
            whole = cv2.GaussianBlur(np.asarray(cv2.remap(whole, u, v, cv2.INTER_LINEAR)), (0, 0), blur)
            share = whole[..., 3]
            total += whole[..., :3] / np.maximum(share, 1e-3)[..., None]
            known &= share > 1e-3
        if not known.any():
            return total, known
        light = np.empty_like(total)
        smear(carry_on(total, known), motion, SHUTTER, light)
        return light, np.ones_like(known)

    def _standing_ratio(self, lit: LitFrame, traced: Traced, poses: Poses) -> F32:
        """Where the rasteriser's light changed, the change of the traced one."""
        changed = _changed(lit.standing_ratio)
        if not changed.any():
            return lit.standing_ratio
        now, found = self._on_pieces(traced, poses, (STANDING, STANDING))
        was, known = self._on_pieces(self._rest_traced, poses, (STANDING, STANDING))
        ratio = np.clip(now / np.maximum(was, 1e-4), LEAST, MOST).astype(np.float32)
        return _only(carry_on(ratio, found & known), changed)

    def _ground_ratio(self, lit: LitFrame, now: F32) -> F32:
        """The same on the ground, without a step where the rasteriser's change ends."""
        changed = _changed(lit.ground_ratio)
        ratio = np.clip(now / np.maximum(self._rest_ground, 1e-4), LEAST, MOST)
        alone = ~changed & (self.rest.ground_seen != 0) & (lit.open > 0.99)
        if alone.any():
            away = ndimage.distance_transform_edt(~alone) / (FADE * alone.shape[1])
            part = np.where(self.rest.ground_seen != 0, np.clip(away, 0, 1), 1).astype(np.float32)
            ratio = 1 + (ratio - 1) * part[..., None]
        return _only(ratio, changed)


def relit(layer: F32, drawn: F32, exposure: np.float32, light: F32, known: Mask) -> F32:
    """A premultiplied layer (h, w, 4), `drawn` in white (h, w, 4) too, in the `light` (h, w, 3, at exposure 1) that is
    `known` (h, w) in it or nearest to it; as it was where none is known at all."""
    if not known.any():
        return layer
    had = drawn[..., :3] / np.maximum(drawn[..., 3:], 1e-6)
    colour = layer[..., :3] * (carry_on(light, known) * exposure / np.maximum(had, 1e-4))
    return np.dstack([colour, layer[..., 3]]).astype(np.float32)


def _changed(ratio: F32) -> Mask:
    """(h, w) where a ratio (h, w, 3) differs from 1 by more than rounding."""
    return np.asarray((np.abs(ratio - 1) > 1e-4).any(-1), np.bool_)


def _only(ratio: npt.NDArray[np.floating], where: Mask) -> F32:
    """A ratio (h, w, 3), exactly 1 elsewhere."""
    out: F32 = np.where(where[..., None], ratio, np.float32(1)).astype(np.float32)
    return out
