"""One instant of a shot as a scene of the path tracer Mitsuba 3 (W. Jakob et al., 2022), in the rasteriser's light.

Needs the extra `pathtracer`. The scalar variant is used: it runs wherever the package does, and gives the same
pixels whatever the number of threads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from secondunit.engines.light.materials import GROUND_ALBEDO
from secondunit.errors import BadInput
from secondunit.kernels.raster_light import GROUND, SKY, SUN
from secondunit.slate.camera import Ground, Sun

F32 = npt.NDArray[np.float32]

DARKEST, BRIGHTEST = 0.03, 0.95  # reflectances a path may meet: below, light could not be told from its picture
GROUND_REACH_M = 300.0
SUN_AWAY_M = 1e5
LEAST_SUN_DEG = 0.05
HORIZON, ZENITH = 1.35, 0.75  # the sky's brightness from edge to middle, as in `shadow.place_lights`
BLOCK = 16  # pixels: fixed, for blocks are seeded one by one


@dataclass(frozen=True)
class Pinhole:
    """A raster without distortion: `cam` as in `raster_view.camera_vector`, principal point (`cx`, `cy`)."""

    cam: F32
    focal: float
    cx: float
    cy: float
    width: int
    height: int


@dataclass(frozen=True)
class Seen:
    """Traced irradiance `light` (h, w, 3) of the light at exposure 1 on what a pinhole raster shows, with the
    `place` and `normal` (h, w, 3) of it, metres a pixel spans `foot` (h, w), and the share of it that is `debris`."""

    light: F32
    place: F32
    normal: F32
    foot: F32
    debris: F32


def path_tracer() -> str:
    """Name and version of the path tracer. Raises `BadInput` where it is not installed."""
    try:
        return f"mitsuba {metadata.version('mitsuba')}"
    except metadata.PackageNotFoundError:
        raise _missing() from None


def load_mitsuba() -> Any:
    """The module, set to its scalar variant and to as many threads as our own kernels. Raises `BadInput`."""
    try:
        import drjit
        import mitsuba
    except ImportError:
        raise _missing() from None
    mitsuba.set_variant("scalar_rgb")
    drjit.set_thread_count(numba.get_num_threads())
    return mitsuba


def _missing() -> BadInput:
    return BadInput("the path tracer is not installed", hint="run `pip install 'secondunit[pathtracer]'`")


def covering(cam: F32, rays: F32, coarser: int = 1) -> Pinhole:
    """The smallest pinhole raster that sees every one of the world `rays` (h, w, 3), its pixels `coarser` times as
    large as the camera's."""
    u, v = np.moveaxis(on_pinhole(cam, rays), -1, 0)
    x0, y0 = math.floor(float(u.min()) - 0.49), math.floor(float(v.min()) - 0.49)
    x1, y1 = math.ceil(float(u.max()) + 0.49), math.ceil(float(v.max()) + 0.49)
    return Pinhole(
        cam,
        float(cam[12]) / coarser,
        (float(cam[13]) - x0) / coarser,
        (float(cam[14]) - y0) / coarser,
        -(-(x1 - x0) // coarser),
        -(-(y1 - y0) // coarser),
    )


def on_pinhole(cam: F32, rays: F32) -> F32:
    """Where world `rays` (…, 3) meet a raster without distortion of the camera's own focal length: (…, 2) pixels."""
    local = rays @ cam[:9].reshape(3, 3).T
    return np.asarray(local[..., :2] / local[..., 2:] * cam[12] + cam[13:15], np.float32)


def sensor(mi: Any, raster: Pinhole, samples: int) -> dict[str, Any]:
    """The camera of a scene."""
    cam, w, h = raster.cam.astype(float), raster.width, raster.height
    place = np.eye(4)
    place[:3, 0], place[:3, 1], place[:3, 2], place[:3, 3] = -cam[0:3], -cam[3:6], cam[6:9], cam[9:12]
    return {
        "type": "perspective",
        "fov": math.degrees(2 * math.atan(w / 2 / raster.focal)),
        "fov_axis": "x",
        "principal_point_offset_x": (w / 2 - raster.cx) / w,
        "principal_point_offset_y": (h / 2 - raster.cy) / h,
        "to_world": mi.ScalarTransform4f(place.tolist()),
        "film": {
            "type": "hdrfilm",
            "width": w,
            "height": h,
            "rfilter": {"type": "box"},
            "pixel_format": "rgb",
        },
        "sampler": {"type": "independent", "sample_count": samples},
    }


def sun_disc(mi: Any, sun: Sun, light: F32) -> dict[str, Any]:
    """The sun as a disc of its apparent size; `light` see `raster_rest.light_vector`."""
    half = math.radians(max(sun.softness_deg, LEAST_SUN_DEG))
    towards = np.asarray(sun.direction, float)
    towards = towards / np.linalg.norm(towards)
    place = mi.ScalarTransform4f().look_at(
        origin=(SUN_AWAY_M * towards).tolist(),
        target=[0, 0, 0],
        up=[0, 1, 0] if abs(towards[1]) < 0.9 else [1, 0, 0],
    )
    radiance = light[SUN : SUN + 3] / (math.pi * math.sin(half) ** 2)
    return {
        "type": "disk",
        "to_world": place.scale(SUN_AWAY_M * math.tan(half)),
        "emitter": {"type": "area", "radiance": rgb(radiance)},
    }


def sky_dome(mi: Any, light: F32) -> dict[str, Any]:
    """A sky brighter at the horizon than overhead, and below it what open ground sends up."""
    rows = 64
    rise = np.cos(math.pi * (np.arange(rows) + 0.5) / rows)
    # ∫ (HORIZON − (HORIZON − ZENITH) z) z dω over the upper half: open flat ground gets the sky's whole irradiance.
    open_ground = 2 * math.pi * (HORIZON / 2 - (HORIZON - ZENITH) / 3)
    profile = (HORIZON - (HORIZON - ZENITH) * rise) / open_ground
    picture = np.where(
        rise[:, None] > 0, profile[:, None] * light[SKY : SKY + 3], light[GROUND : GROUND + 3] / math.pi
    )
    picture = np.repeat(picture[:, None], 8, 1).astype(np.float32)
    upright = mi.ScalarTransform4f().rotate([1, 0, 0], 90)  # its own up is y
    return {"type": "envmap", "bitmap": mi.Bitmap(picture), "to_world": upright}


def ground_mesh(mi: Any, ground: Ground, middle: tuple[float, float]) -> Any:
    """The ground's plane, far enough around `middle` (x, y metres)."""
    x, y = middle
    wide = GROUND_REACH_M
    flat = np.array([[x - wide, y - wide], [x + wide, y - wide], [x + wide, y + wide], [x - wide, y + wide]])
    points = np.c_[flat, ground.height(flat[:, 0], flat[:, 1])]
    return mesh(mi, "ground", points, np.array([[0, 1, 2], [0, 2, 3]]), np.full((2, 3), GROUND_ALBEDO))


def loose(corners: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.integer]]:
    """Triangles (t, 3, 3) that share no corners, as points (3 t, 3) and faces (t, 3)."""
    return corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3)


def mesh(
    mi: Any,
    name: str,
    points: npt.NDArray[np.floating],
    faces: npt.NDArray[np.integer],
    colours: npt.NDArray[np.floating],
    mark: float = 0.0,
) -> Any:
    """Points (p, 3), faces (t, 3) by index, each in its own colour (t, 3); `mark` is its texture coordinate."""
    properties = mi.Properties()
    properties["surface"] = mi.load_dict(
        {
            "type": "twosided",
            "inner": {"type": "diffuse", "reflectance": {"type": "mesh_attribute", "name": "face_color"}},
        }
    )
    made = mi.Mesh(name, len(points), len(faces), has_vertex_texcoords=mark != 0.0, props=properties)
    made.add_attribute("face_color", 3, np.clip(colours, DARKEST, BRIGHTEST).ravel().astype(np.float32))
    entries = mi.traverse(made)
    entries["vertex_positions"] = points.ravel().astype(np.float32)
    entries["faces"] = faces.ravel().astype(np.uint32)
    if mark != 0.0:
        entries["vertex_texcoords"] = np.full(2 * len(points), mark, np.float32)
    entries.update()
    return made


def rgb(value: npt.ArrayLike) -> dict[str, Any]:
    """A colour of a scene."""
    return {"type": "rgb", "value": np.asarray(value, float).tolist()}


def coarse(light: F32, by: int) -> F32:
    """Means of `by` × `by` pixels of (h, w, 3); the rim is repeated to fill the last ones."""
    h, w = light.shape[:2]
    whole = np.pad(light, ((0, -h % by), (0, -w % by), (0, 0)), mode="edge")
    means: F32 = whole.reshape(-(-h // by), by, -(-w // by), by, 3).mean((1, 3))
    return means


def trace_light(mi: Any, world: Any, raster: Pinhole, paths: int, depth: int) -> Seen:
    """Irradiance in the scene `world` by `paths` a pixel of at most `depth` surfaces, the same in every call."""
    integrator = {
        "type": "aov",
        "aovs": "albedo:albedo,place:position,normal:sh_normal,mark:uv",
        "block_size": BLOCK,
        "light": {"type": "path", "max_depth": depth + 1, "hide_emitters": True, "block_size": BLOCK},
    }
    view, paths_of = mi.load_dict(sensor(mi, raster, paths)), mi.load_dict(integrator)
    drawn = mi.render(world, sensor=view, integrator=paths_of, spp=paths, seed=mi.UInt32(0))
    picture = np.asarray(drawn, np.float32)
    light, albedo, place, normal, mark = np.split(picture, (3, 6, 9, 12), axis=-1)
    light = np.where(albedo > 1e-4, light * np.float32(np.pi) / np.maximum(albedo, 1e-4), 0)
    towards = place - raster.cam[9:12]
    normal = np.where((normal * towards).sum(-1, keepdims=True) > 0, -normal, normal)
    depths = towards @ raster.cam[6:9]
    foot = np.where(albedo.max(-1) > 1e-4, depths / raster.focal, 0)
    return Seen(*(np.ascontiguousarray(a, np.float32) for a in (light, place, normal, foot, mark[..., 0])))
