"""The same frame by a path tracer: what the rasteriser is compared with. Needs the extra `pathtracer`.

Mitsuba 3 (W. Jakob et al., 2022). Sun and sky have the rasteriser's irradiance, the ground its reflectance, each
triangle the reflectance of its middle. Lens distortion, debris, glossiness and dust are left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from secondunit.engines.light.materials import GROUND_ALBEDO
from secondunit.engines.light.raster import LightScene
from secondunit.engines.light.raster_pose import Poses, pose_fragments
from secondunit.engines.physics.motion import BodyFrame
from secondunit.errors import BadInput
from secondunit.kernels.raster_light import SKY, SUN
from secondunit.kernels.raster_shade import rest_reflectance

F32 = npt.NDArray[np.float32]

SOFT_SUN_DRAWS = 2.399963  # golden angle: one point of the sun's disc a sub-frame


def render_reference(
    scene: LightScene,
    before: BodyFrame,
    now: BodyFrame,
    after: BodyFrame,
    *,
    shutter: float = 0.5,
    sub_frames: int = 4,
    samples: int = 16,
    bounces: int = 2,
) -> F32:
    """(h, w, 3) building and ground on the plate's scale, sky black; `samples` paths a pixel in each sub-frame.

    Raises `BadInput` where Mitsuba is not installed or the camera distorts.
    """
    try:
        import mitsuba as mi
    except ImportError as error:
        raise BadInput("the path tracer is not installed", hint="pip install 'secondunit[pathtracer]'") from error
    if abs(float(scene.view.cam[15])) > 1e-3:
        raise BadInput("the path tracer knows no lens distortion", hint="compare with a camera of k1 = 0")
    mi.set_variant("scalar_rgb")
    times = shutter * ((np.arange(sub_frames) + 0.5) / sub_frames - 0.5)
    poses = pose_fragments(before, now, after, scene.mesh.centre, times, scene.settings.rate)
    colours = triangle_colours(scene)
    total = np.zeros((scene.view.height, scene.view.width, 3), np.float64)
    for k in range(sub_frames):
        world = _world(mi, scene, poses, colours, k, sub_frames, bounces, samples)
        total += np.asarray(mi.render(mi.load_dict(world), spp=samples, seed=mi.UInt32(k)))[..., :3]
    return np.asarray(total * (math.pi / sub_frames), np.float32)


def triangle_colours(scene: LightScene) -> F32:
    """(t, 3) reflectance at the middle of each triangle, from the photograph or the procedural material."""
    m, out = scene.mesh, np.zeros((len(scene.mesh.corners), 3), np.float32)
    middle = m.corners.mean(1) + m.centre[m.fragment]
    _colour_triangles(
        scene.rest.skin, scene.view.cam, scene.rest.face, scene.rest.calibration.palette, scene.lattice,
        np.array(scene.settings.brick, np.float32), m.surface, m.fragment, m.axis, middle, m.normal, out,
    )  # fmt: skip
    return np.clip(out, 0, 0.95)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _colour_triangles(  # type: ignore[no-untyped-def]
    skin, cam, face, palette, lattice, bond, surface, fragment, axis, middle, normal, out
) -> None:
    o, back = np.zeros(5, np.float32), np.zeros(4, np.float32)
    for t in range(len(out)):
        back[3] = 0.0
        i = fragment[t]
        rest_reflectance(
            skin, cam, face, palette, lattice, bond, surface[t], i, axis[i],
            middle[t, 0], middle[t, 1], middle[t, 2], normal[t, 0], normal[t, 1], normal[t, 2], back, o,
        )  # fmt: skip
        for k in range(3):
            out[t, k] = o[k]


def _world(
    mi: Any, scene: LightScene, poses: Poses, colours: F32, k: int, count: int, bounces: int, samples: int
) -> dict[str, Any]:
    """One instant as a Mitsuba scene."""
    m, light = scene.mesh, scene.light
    corners = np.einsum("tij,tkj->tki", poses.rotation[k][m.fragment], m.corners)
    corners += poses.position[k][m.fragment][:, None]
    wide = 300.0
    x, y = float(scene.mesh.centre[:, 0].mean()), float(scene.mesh.centre[:, 1].mean())
    flat = np.array([[x - wide, y - wide], [x + wide, y - wide], [x + wide, y + wide], [x - wide, y + wide]])
    floor = np.c_[flat, scene.ground.height(flat[:, 0], flat[:, 1])][[0, 1, 2, 0, 2, 3]].reshape(2, 3, 3)
    towards = np.asarray(scene.lights.sun_axes[k * len(scene.lights.sun_axes) // count, 2, :3], float)
    return {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": bounces + 1, "hide_emitters": True},
        "sensor": _sensor(mi, scene, samples),
        "sky": {"type": "constant", "radiance": _rgb(light[SKY : SKY + 3] / math.pi)},
        "sun": {
            "type": "directional",
            "direction": (-towards).tolist(),
            "irradiance": _rgb(light[SUN : SUN + 3]),
        },
        "building": _mesh(mi, "building", corners, colours),
        "ground": _mesh(mi, "ground", floor, np.full((2, 3), GROUND_ALBEDO)),
    }


def _sensor(mi: Any, scene: LightScene, samples: int) -> dict[str, Any]:
    cam, w, h = scene.view.cam.astype(float), scene.view.width, scene.view.height
    place = np.eye(4)
    place[:3, 0], place[:3, 1], place[:3, 2], place[:3, 3] = -cam[0:3], -cam[3:6], cam[6:9], cam[9:12]
    return {
        "type": "perspective",
        "fov": math.degrees(2 * math.atan(w / 2 / cam[12])),
        "fov_axis": "x",
        "principal_point_offset_x": (w / 2 - cam[13]) / w,
        "principal_point_offset_y": (h / 2 - cam[14]) / h,
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


def _mesh(mi: Any, name: str, corners: npt.NDArray[np.floating], colours: npt.NDArray[np.floating]) -> Any:
    """Triangles (t, 3, 3) that share no corners, each in its own colour (t, 3)."""
    properties = mi.Properties()
    properties["surface"] = mi.load_dict(
        {
            "type": "twosided",
            "inner": {"type": "diffuse", "reflectance": {"type": "mesh_attribute", "name": "face_color"}},
        }
    )
    mesh = mi.Mesh(name, 3 * len(corners), len(corners), props=properties)
    mesh.add_attribute("face_color", 3, np.ravel(colours).astype(np.float32))
    entries = mi.traverse(mesh)
    entries["vertex_positions"] = np.ravel(corners).astype(np.float32)
    entries["faces"] = np.arange(3 * len(corners), dtype=np.uint32)
    entries.update()
    return mesh


def _rgb(value: npt.ArrayLike) -> dict[str, Any]:
    return {"type": "rgb", "value": np.asarray(value, float).tolist()}
