"""What the rest pose tells: the light that fell on the photographed building and ground, exposure,
reflectance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from secondunit.engines.light.materials import GROUND_ALBEDO, REFLECTANCE, Calibration, calibrate
from secondunit.engines.light.raster_bounce import BounceVolume, bounce_volume
from secondunit.engines.light.raster_pose import DebrisPoses, Poses, no_debris, rest_poses
from secondunit.engines.light.shadow import DepthMaps, changes
from secondunit.engines.light.surface import main_facade, make_skin, photographed, storey_height
from secondunit.engines.physics.breakup import Surface
from secondunit.kernels.raster_classify import BACKGROUND, FRAGMENT
from secondunit.kernels.raster_material import material
from secondunit.kernels.raster_ratio import ground_light
from secondunit.kernels.raster_shade import shade
from secondunit.slate.camera import Sun

if TYPE_CHECKING:
    from secondunit.engines.light.raster import LightScene

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class RestState:
    """`calibration`; `skin` (h, w, 7) and `face` (10,) see `surface`; `ground_seen` (h, w) 1 where the plate
    shows the ground; `ground_light` (h, w, 3) irradiance there at rest, carried on under the building;
    `irradiance` (h, w, 3) on the building at rest, plate scale."""

    calibration: Calibration
    skin: F32
    face: F32
    ground_seen: U8
    ground_light: F32
    irradiance: F32


def light_vector(sun: Sun, exposure: float) -> F32:
    """(12,) irradiance of the sun, the sky, what open ground sends up, and a floor, on the plate's scale.

    The sun's over a surface facing it, the sky's over open flat ground; their ratio is `sun.sun_to_sky`.
    """
    beam = exposure * sun.sun_to_sky * np.asarray(sun.sun_colour)
    sky = exposure * np.asarray(sun.sky_colour)
    ground = GROUND_ALBEDO * (beam * max(0.0, sun.direction[2]) + sky)
    floor = 0.012 * beam + 0.03 * sky
    return np.concatenate([beam, sky, ground, floor]).astype(np.float32)


def measure_rest(scene: LightScene, plate: F32, facade: F32, skin_of: Surface) -> RestState:
    """Light at rest as the depth maps tell it, and what follows from it."""
    unit = light_vector(scene.sun, 1.0)
    first = np.array([REFLECTANCE[k] for k in range(12)], np.float32)
    bounce = bounce_volume(
        scene.mesh.centre, scene.mesh.radius, scene.breakup.volume, first[scene.core], scene.rest_maps,
        scene.lights, unit, scene.low, scene.high,
    )  # fmt: skip
    on_building, cover = _building_light(scene, unit, bounce)
    return rest_state(scene, plate, facade, skin_of, on_building, cover, *_ground_light(scene, unit))


def rest_state(
    scene: LightScene,
    plate: F32,
    facade: F32,
    skin_of: Surface,
    on_building: F32,
    cover: F32,
    shows: npt.NDArray[np.bool_],
    on_ground: F32,
) -> RestState:
    """Light at rest, then the exposure that explains the plate, then reflectance = facade ÷ light.

    `on_building` and `on_ground` (h, w, 3) irradiance of the light at exposure 1 where `cover` (h, w) is the
    building's coverage and where ground `shows` (h, w).
    """
    seen = photographed(scene.rest_ib, scene.mesh.surface, scene.matte)
    skin_ratio = _plain(facade[seen] / np.maximum(on_building[seen], 1e-3))
    near = shows & _near(scene)
    ground_ratio = _plain(plate[near] / np.maximum(on_ground[near], 1e-3))
    calibration = calibrate(skin_ratio, ground_ratio, scene.sun, skin_of)
    k = np.float32(calibration.exposure)
    depth = 1 / np.maximum(scene.rest_zb.max(0), 1e-6)
    covered = (cover > 0.3) & (scene.matte > 0.1)
    skin = make_skin(facade, on_building * k, depth.astype(np.float32), seen, covered)
    face = main_facade(scene.mesh, scene.rest_ib, seen)
    face[8], face[9] = int(skin_of), storey_height(scene.breakup)
    clear = shows & (scene.matte < 0.02) & (scene.holdout < 0.05)
    under = _carry_on(on_ground, clear if clear.any() else shows)
    at_rest = np.where(shows[..., None], on_ground, under)
    return RestState(calibration, skin, face, shows.astype(np.uint8), _plain(at_rest * k), on_building * k)


def white_light(
    scene: LightScene,
    kind: U8,
    zb: F32,
    ib: npt.NDArray[np.int32],
    poses: Poses,
    debris: DebrisPoses,
    maps: DepthMaps,
    bounce: BounceVolume,
    light: F32,
) -> tuple[F32, F32]:
    """The irradiance on pieces and on debris, (h, w, 4) each, premultiplied: both drawn in white, without bumps.

    `kind`, `zb` and `ib` (S, h, w) are what the samples show.
    """
    v, m, lights = scene.view, scene.mesh, scene.lights
    h, w = zb.shape[1:]
    # White is plain concrete without its stains: a lattice that says the same everywhere.
    plain = np.full_like(scene.lattice, 0.5)
    bond = np.array(scene.settings.brick, np.float32)
    concrete = np.full(len(m.surface), Surface.CONCRETE, np.uint8)
    grey = material(
        np.ones((12, 3), np.float32), plain, bond, Surface.CONCRETE, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0
    )
    out, pieces = np.zeros((h, w, 4), np.float32), np.zeros((h, w, 4), np.float32)
    shade(
        kind, zb, ib, v.cam, v.rays, v.ground, v.jitter, v.sets, v.disc,
        m.centre, m.fragment, concrete, m.normal, poses.rotation, poses.position, m.axis,
        np.zeros(len(m.centre), np.float32), scene.hulls, scene.faces, scene.n_faces, debris.shape, debris.rotation,
        np.ones((len(debris.size), 3), np.float32), np.zeros((h, w, 7), np.float32), np.zeros(10, np.float32),
        np.full((12, 3), 1 / grey[0], np.float32), plain, bond, np.zeros(3, np.float32), maps.sun,
        lights.sun_axes, maps.sky, lights.sky_axes, lights.sky_gain, lights.bias, light, bounce.light,
        bounce.low, np.float32(1 / bounce.cell), out, pieces, np.zeros((h, w), np.float32),
    )  # fmt: skip
    return out, pieces


def _building_light(scene: LightScene, unit: F32, bounce: BounceVolume) -> tuple[F32, F32]:
    """(h, w, 3) mean irradiance of the building's samples at rest, and (h, w) their coverage."""
    n = len(scene.rest_zb)
    kind = np.where(scene.rest_ib >= 0, FRAGMENT, BACKGROUND).astype(np.uint8)
    poses = rest_poses(scene.mesh.centre, n)
    out, _ = white_light(
        scene, kind, scene.rest_zb, scene.rest_ib, poses, no_debris(n), scene.rest_maps, bounce, unit
    )
    cover = out[..., 3]
    return _plain(out[..., :3] / np.maximum(cover, 1e-6)[..., None]), cover


def _ground_light(scene: LightScene, unit: F32) -> tuple[npt.NDArray[np.bool_], F32]:
    """(h, w) where the plate shows ground, and (h, w, 3) its irradiance at rest."""
    v, lights, maps = scene.view, scene.lights, scene.rest_maps
    _, h, w = scene.rest_zb.shape
    kind = np.where(scene.rest_ib >= 0, FRAGMENT, BACKGROUND).astype(np.uint8)
    shows = np.asarray((kind == BACKGROUND).any(0) & (v.ground > 0), bool)
    irradiance, ratio = np.zeros((h, w, 3), np.float32), np.empty((h, w, 3), np.float32)
    sun_same, sky_same = changes(maps, maps)
    ground_light(
        kind, np.zeros_like(scene.rest_zb), v.cam, v.rays, v.ground, np.zeros((h, w), np.uint8),
        np.ones((h, w, 3), np.float32), v.slope, v.disc, np.zeros(4, np.float32),
        maps.sun, lights.sun_axes, sun_same, maps.sky, lights.sky_axes, sky_same, lights.sky_gain, lights.bias,
        unit, irradiance, ratio,
    )  # fmt: skip
    return shows, irradiance


def _plain(picture: npt.NDArray[np.floating]) -> F32:
    return np.ascontiguousarray(picture, np.float32)


def _near(scene: LightScene) -> npt.NDArray[np.bool_]:
    """Pixels whose ground lies near the building: only there is it surely a plane."""
    v = scene.view
    place = v.cam[9:12] + v.ground[..., None] * v.rays
    low, high = scene.low - 2, scene.high + 2
    inside = ((place[..., :2] > low[:2]) & (place[..., :2] < high[:2])).all(-1)
    return np.asarray(inside & (v.ground > 0) & (scene.holdout < 0.05) & (scene.matte < 0.02), bool)


def _carry_on(picture: F32, seen: npt.NDArray[np.bool_]) -> F32:
    """Every pixel takes the value of the nearest one that is seen, in its own row if there is one.

    A clean plate paints ground from the same row, for there its texture has the right size.
    """
    if not seen.any():
        return np.full_like(picture, max(float(picture.max()), 1e-3))
    where = ndimage.distance_transform_edt(
        ~seen, sampling=(25.0, 1.0), return_distances=False, return_indices=True
    )
    carried: F32 = np.ascontiguousarray(picture[where[0], where[1]])
    return carried
