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

from secondunit.engines.light.path_traced_world import (
    covering,
    ground_mesh,
    load_mitsuba,
    loose,
    mesh,
    rgb,
    sensor,
)
from secondunit.engines.light.raster import LightScene
from secondunit.engines.light.raster_pose import Poses, pose_fragments
from secondunit.engines.physics.motion import BodyFrame
from secondunit.errors import BadInput
from secondunit.kernels.raster_light import SKY, SUN
from secondunit.kernels.raster_shade import rest_reflectance

F32 = npt.NDArray[np.float32]


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
    mi = load_mitsuba()
    if abs(float(scene.view.cam[15])) > 1e-3:
        raise BadInput("the path tracer knows no lens distortion", hint="compare with a camera of k1 = 0")
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
    middle = float(scene.mesh.centre[:, 0].mean()), float(scene.mesh.centre[:, 1].mean())
    towards = np.asarray(scene.lights.sun_axes[k * len(scene.lights.sun_axes) // count, 2, :3], float)
    return {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": bounces + 1, "hide_emitters": True},
        "sensor": sensor(mi, covering(scene.view.cam, scene.view.rays), samples),
        "sky": {"type": "constant", "radiance": rgb(light[SKY : SKY + 3] / math.pi)},
        "sun": {
            "type": "directional",
            "direction": (-towards).tolist(),
            "irradiance": rgb(light[SUN : SUN + 3]),
        },
        "building": mesh(mi, "building", *loose(corners), colours),
        "ground": ground_mesh(mi, scene.ground, middle),
    }
