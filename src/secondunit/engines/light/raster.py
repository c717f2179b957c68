"""The default renderer: an accumulation buffer of sub-frames, each with its own instant, sub-pixel offset and
light.

Every sub-frame sees the scene at its own time in the 180° shutter, shifted by a part of a pixel, lit by its own
point of the sun's disc and its own few directions of sky; their mean has motion blur, smooth edges, soft
shadows and sky occlusion without noise. Sources: P. Haeberli and K. Akeley, The Accumulation Buffer, SIGGRAPH
1990; S. Brabec and H.-P. Seidel for sets of shadow maps; shading is deferred (S. Deering et al., SIGGRAPH
1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.light.cryptomatte import DEBRIS_NAME, fragment_ids, id_of_name
from secondunit.engines.light.lit_frame import N_RANKS, SKY_DEPTH_M, LitFrame
from secondunit.engines.light.materials import DUST_ALBEDO, core_surface, debris_colours, skin_material
from secondunit.engines.light.raster_bounce import bounce_volume
from secondunit.engines.light.raster_mesh import build_mesh
from secondunit.engines.light.raster_pose import (
    DebrisPoses,
    Poses,
    no_debris,
    pose_debris,
    pose_fragments,
    rest_poses,
)
from secondunit.engines.light.raster_rest import RestState, light_vector, measure_rest
from secondunit.engines.light.raster_view import dirty_box, make_view
from secondunit.engines.light.shadow import (
    changed_ground,
    changes,
    draw_maps,
    empty_maps,
    obstacle_triangles,
    place_lights,
)
from secondunit.engines.light.surface_fringe import add_fringe
from secondunit.engines.light.surface_rebar import add_rebar
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.debris_shapes import SHAPES
from secondunit.engines.physics.motion import BodyFrame, DebrisFrame
from secondunit.errors import BadInput
from secondunit.kernels.raster_aov import rank_ids, write_data
from secondunit.kernels.raster_classify import classify
from secondunit.kernels.raster_noise import make_lattice
from secondunit.kernels.raster_ratio import ground_light, standing_ratio
from secondunit.kernels.raster_shade import shade
from secondunit.kernels.raster_visibility import draw_debris, draw_fragments
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Camera, Ground, Sun

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class RasterSettings:
    """Cost against smoothness.

    `samples` sub-frames (16; 24 or 32 for fast pieces), `light_sets` and `sky_directions` a set, map sizes in
    texels (multiples of 16), `rate` frames a second, `brick` length, height and depth of the bond in metres.
    """

    samples: int = 16
    light_sets: int = 8
    sky_directions: int = 3
    sun_map: int = 1536
    sky_map: int = 512
    rate: float = 24.0
    brick: tuple[float, float, float] = (0.25, 0.0833, 0.125)


class LightScene:
    """One shot's building, camera and light; `render` draws its frames one by one, in any order.

    Rasters are (h, w, …) float32 of the camera's size: `plate` and `facade` scene-linear ACEScg, `matte` and
    `holdout` 0 to 1, `holdout_depth` metres along the axis (inf = none). Equal inputs give equal pixels,
    whatever was rendered before and however many threads there are.
    """

    def __init__(
        self,
        breakup: Breakup,
        camera: Camera,
        sun: Sun,
        ground: Ground,
        obstacles: tuple[Obstacle, ...] = (),
        *,
        plate: F32,
        facade: F32 | None = None,
        matte: F32,
        holdout: F32 | None = None,
        holdout_depth: F32 | None = None,
        settings: RasterSettings = RasterSettings(),
        seed: int = 0,
    ) -> None:
        h, w = camera.height, camera.width
        _check_sizes((h, w), plate=plate, facade=facade, matte=matte, holdout=holdout, depth=holdout_depth)
        self.settings, self.breakup, self.sun, self.ground, self.seed = settings, breakup, sun, ground, seed
        self.view = make_view(camera, ground, settings.samples, settings.light_sets, seed)
        self.matte = np.ascontiguousarray(matte, np.float32)
        self.holdout = np.zeros((h, w), np.float32) if holdout is None else _plain(holdout)
        self.holdout_depth = (
            np.full((h, w), np.inf, np.float32) if holdout_depth is None else _plain(holdout_depth)
        )
        self.core = core_surface(breakup)
        drawn = add_rebar(breakup, seed)
        self.mesh = build_mesh(drawn, camera, self.matte)
        self._draw_rest_samples()
        fringed = add_fringe(drawn, self.core, self.mesh, camera, self.matte, self.rest_zb, self.rest_ib)
        if fringed is not drawn:
            self.mesh = build_mesh(fringed, camera, self.matte)
            self._draw_rest_samples()
        self.hashes = fragment_ids(breakup.n_fragments)
        self.lattice = make_lattice(np.random.default_rng(seed + 11))
        self.still = obstacle_triangles(obstacles, ground)
        self.low, self.high = scene_box(breakup)
        self.lights = place_lights(
            sun,
            self.low.astype(float),
            self.high.astype(float),
            sets=settings.light_sets,
            directions=settings.sky_directions,
            sun_size=settings.sun_map,
            sky_size=settings.sky_map,
        )
        self.hulls, self.faces, self.n_faces = _shape_tables()
        self._draw_rest_maps()
        self.rest: RestState = measure_rest(
            self, plate, plate if facade is None else facade, skin_material(breakup)
        )
        self.light = light_vector(sun, self.rest.calibration.exposure)
        self._spare = empty_maps(self.lights)

    def render(
        self,
        before: BodyFrame,
        now: BodyFrame,
        after: BodyFrame,
        debris_before: DebrisFrame | None = None,
        debris_now: DebrisFrame | None = None,
        debris_after: DebrisFrame | None = None,
        *,
        shutter: float = 0.5,
    ) -> LitFrame:
        """One frame. `shutter` is the open part of a frame (0.5 = 180°), centred on `now`.

        At either end of a shot give `now` for the missing neighbour. Raises `BadInput` if the frames do not fit
        the breakup.
        """
        if len(now.position) != self.breakup.n_fragments:
            raise BadInput(
                f"the motion has {len(now.position)} fragments and the building {self.breakup.n_fragments}",
                hint="render a simulation of the same breakup",
            )
        s, rate = self.settings, self.settings.rate
        times = self.view.times * shutter
        poses = pose_fragments(before, now, after, self.mesh.centre, times, rate)
        ends = pose_fragments(before, now, after, self.mesh.centre, (-0.25, 0.25), rate)
        debris = no_debris(s.samples)
        colour = np.zeros((0, 3), np.float32)
        if debris_now is not None and len(debris_now.size):
            debris = pose_debris(debris_before or debris_now, debris_now, debris_after or debris_now, times, rate)
            colour = debris_colours(debris_now.source, self.core, self.rest.calibration.palette, self.seed)
        moved = np.ascontiguousarray(now.awake != 0).astype(np.uint8)
        self._draw_samples(poses, debris, moved, shutter)
        maps = draw_maps(self.lights, self.mesh, poses, debris, self.still, into=self._spare)
        return self._light(poses, ends, debris, colour, moved, dust_film(now, self.mesh.centre), maps)

    def _draw_rest_samples(self) -> None:
        """What every sample sees in the rest pose."""
        v, n = self.view, self.settings.samples
        shape = (n, v.height, v.width)
        self.rest_zb, self.rest_ib = np.zeros(shape, np.float32), np.full(shape, -1, np.int32)
        box = np.array([0, 0, v.width, v.height], np.int32)
        self._draw_fragments(self.rest_zb, self.rest_ib, rest_poses(self.mesh.centre, n), box)

    def _draw_rest_maps(self) -> None:
        """All depth maps of the rest pose, and room for the frames to come."""
        n = self.settings.samples
        poses = rest_poses(self.mesh.centre, n)
        self.rest_maps = draw_maps(self.lights, self.mesh, poses, no_debris(n), self.still, into=None)
        self.zb, self.ib = self.rest_zb.copy(), self.rest_ib.copy()
        self._box = np.zeros(4, np.int32)

    def _draw_fragments(self, zb: F32, ib: I32, poses: Poses, box: I32) -> None:
        m, v = self.mesh, self.view
        draw_fragments(
            zb, ib, m.corners, m.centre, m.cut, m.first, m.radius, poses.rotation, poses.position,
            v.cam, v.jitter, v.order, self.matte, box,
        )  # fmt: skip

    def _draw_samples(self, poses: Poses, debris: DebrisPoses, moved: U8, shutter: float) -> None:
        """Visibility now; outside the box that motion touches, samples stay those of the rest pose."""
        x0, y0, x1, y1 = self._box
        self.zb[:, y0:y1, x0:x1] = self.rest_zb[:, y0:y1, x0:x1]
        self.ib[:, y0:y1, x0:x1] = self.rest_ib[:, y0:y1, x0:x1]
        box = dirty_box(self.view, self.mesh, poses, debris, moved)
        x0, y0, x1, y1 = self._box = box
        self.zb[:, y0:y1, x0:x1] = 0
        self.ib[:, y0:y1, x0:x1] = -1
        self._draw_fragments(self.zb, self.ib, poses, box)
        draw_debris(
            self.zb, self.ib, len(self.mesh.fragment), self.hulls, self.n_faces, self.faces, debris.shape,
            debris.size, debris.rotation, debris.position,
            debris.way * np.float32(shutter / self.settings.samples), self.view.cam, self.view.jitter, box,
        )  # fmt: skip

    def _light(self, poses, ends, debris, colour, moved, film, maps) -> LitFrame:  # type: ignore[no-untyped-def]
        """Everything after visibility and depth maps."""
        v, m, rest, lights = self.view, self.mesh, self.rest, self.lights
        h, w, n = v.height, v.width, self.settings.samples
        self.kind = kind = np.empty((n, h, w), np.uint8)
        standing, hidden = np.empty((h, w), np.float32), np.empty((h, w), np.float32)
        classify(
            self.zb, self.ib, self.rest_ib, m.fragment, moved, self.holdout, self.holdout_depth, v.rays,
            v.ground, v.slope, v.order, kind, standing, hidden,
        )  # fmt: skip
        palette = rest.calibration.palette
        self.bounce = bounce = bounce_volume(
            poses.position[0], m.radius, self.breakup.volume, palette[self.core], maps, lights, self.light,
            self.low, self.high,
        )  # fmt: skip
        fragments, pieces = np.zeros((h, w, 4), np.float32), np.zeros((h, w, 4), np.float32)
        photo = np.zeros((h, w), np.float32)
        shade(
            kind, self.zb, self.ib, v.cam, v.rays, v.ground, v.jitter, v.sets, v.disc,
            m.centre, m.fragment, m.surface, m.normal, poses.rotation, poses.position, m.axis, film,
            self.hulls, self.faces, self.n_faces, debris.shape, debris.rotation, colour,
            rest.skin, rest.face, palette, self.lattice, np.array(self.settings.brick, np.float32),
            np.array(DUST_ALBEDO, np.float32),
            maps.sun, lights.sun_axes, maps.sky, lights.sky_axes, lights.sky_gain, lights.bias, self.light,
            bounce.light, bounce.low, np.float32(1 / bounce.cell), fragments, pieces, photo,
        )  # fmt: skip
        sun_changed, sky_changed = changes(maps, self.rest_maps)
        now, old = maps, self.rest_maps
        common = (lights.sky_gain, lights.bias, self.light)
        on_building, on_ground = np.empty((h, w, 3), np.float32), np.empty((h, w, 3), np.float32)
        standing_ratio(
            kind, self.zb, self.ib, v.cam, v.rays, v.ground, v.jitter, v.sets, v.disc, m.normal,
            now.sun, old.sun, lights.sun_axes, sun_changed, now.sky, old.sky, lights.sky_axes, sky_changed,
            *common, on_building,
        )  # fmt: skip
        ground_light(
            kind, self.zb, v.cam, v.rays, v.ground, rest.ground_seen, rest.ground_light, v.slope, v.disc,
            changed_ground(lights, sun_changed, sky_changed, self.ground),
            now.sun, lights.sun_axes, sun_changed, now.sky, lights.sky_axes, sky_changed,
            *common, np.zeros((0, w, 3), np.float32), on_ground,
        )  # fmt: skip
        depth, motion = np.empty((h, w), np.float32), np.empty((h, w, 2), np.float32)
        place, normal = np.empty((h, w, 3), np.float32), np.empty((h, w, 3), np.float32)
        write_data(
            kind, self.zb, self.ib, v.cam, v.rays, v.ground, v.slope, v.jitter, v.by_time, moved, m.fragment,
            m.normal, poses.rotation, poses.position, ends.rotation, ends.position, self.faces.shape[1] + 1,
            debris.ends, np.float32(SKY_DEPTH_M), depth, place, normal, motion,
        )  # fmt: skip
        ids = np.empty((h, w, N_RANKS, 2), np.float32)
        rank_ids(kind, self.ib, m.fragment, self.hashes, np.float32(id_of_name(DEBRIS_NAME)), ids)
        return LitFrame(
            fragments, pieces, standing, on_building, hidden, on_ground, depth, place, normal, motion, ids, photo
        )


def scene_box(breakup: Breakup) -> tuple[F32, F32]:
    """Low and high corner (3,) of the space in which pieces cast shadows: the building and a skirt for its
    heap."""
    low, high = breakup.corners.min((0, 1)), breakup.corners.max((0, 1))
    room = 3.0 + 0.5 * float(high[2] - low[2])
    lower = np.array([room, room, 1.0])
    upper = np.array([room, room, 1.5])
    return (low - lower).astype(np.float32), (high + upper).astype(np.float32)


def dust_film(now: BodyFrame, centre: F32) -> F32:
    """(n,) how dusty each fragment is, 0 to 1, from how far it has come: a function of the frame alone."""
    way = np.linalg.norm(now.position - centre, axis=1)
    t = np.clip((way - 0.05) / 3.5, 0, 1)
    film = 0.06 + 0.44 * t * t * (3 - 2 * t)
    film[now.awake == 2] += 0.12
    film[now.awake == 0] = 0.06
    return np.asarray(film, np.float32)


def _shape_tables() -> tuple[F32, I32, I32]:
    """Debris shapes as (k, P, 3) points, (k, F, 3) faces and (k,) face counts."""
    most_points = max(len(points) for points, _ in SHAPES)
    most_faces = max(len(faces) for _, faces in SHAPES)
    points = np.zeros((len(SHAPES), most_points, 3), np.float32)
    faces = np.zeros((len(SHAPES), most_faces, 3), np.int32)
    for k, (p, f) in enumerate(SHAPES):
        points[k, : len(p)] = p
        faces[k, : len(f)] = f
    return points, faces, np.array([len(f) for _, f in SHAPES], np.int32)


def _plain(picture: npt.ArrayLike) -> F32:
    return np.ascontiguousarray(picture, np.float32)


def _check_sizes(size: tuple[int, int], **pictures: npt.NDArray[np.float32] | None) -> None:
    for name, picture in pictures.items():
        if picture is not None and picture.shape[:2] != size:
            raise BadInput(
                f"the {name} is {picture.shape[1]}×{picture.shape[0]} and the camera {size[1]}×{size[0]}",
                hint="give every raster at the size of the plate",
            )
