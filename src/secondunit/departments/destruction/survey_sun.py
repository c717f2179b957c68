"""The sun of a plate: as written in the building file, else proposed from how the building is shaded.

A proposal to start from, no more: on nine plates whose sun was set by hand from their shadows it came within 15° in
azimuth on three and within 15° in elevation on two. One facade's shading cannot tell a low sun before it from a
high one beside it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.engines.light.sunlight import LUMA, Face, SunGuess, look_at_sky, propose_sun
from secondunit.slate.building import Block, Building
from secondunit.slate.camera import Camera, Sun

F32 = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
BOOL = npt.NDArray[np.bool_]

CLEAR = 1.5  # sun over sky from which the open sky is blue
GREY = 0.87  # a clouded sky as bright as the blue one


def settle_sun(
    plate: F32,
    file: BuildingFile,
    camera: Camera,
    building: Building,
    coverage: F32,
    holdout: F32,
    notes: list[str],
) -> tuple[BuildingFile, Sun]:
    """The sun, and the file with its numbers filled in; a written number always wins."""
    best = _best_guess(plate, camera, building, coverage, holdout)
    azimuth, elevation = best.sun.angles()
    proposal: dict[str, object] = {
        "azimuth": round(azimuth, 1),
        "elevation": round(elevation, 1),
        "sun_to_sky": round(best.sun.sun_to_sky, 2),
        "softness_deg": round(best.sun.softness_deg, 2),
    }
    written = file.sun.sun_to_sky
    proposal["sky_colour"] = _sky_colour(best.sun.sun_to_sky if written is None else written)
    new = {key: value for key, value in proposal.items() if not file.is_given(f"sun.{key}")}
    table = file.sun.model_copy(update=new)
    if "azimuth" in new or "elevation" in new:
        notes.append(f"sun proposed, {best.confidence:.0%} sure: {best.why}")
        notes.append(
            "shading alone is a poor witness: set `[sun]` azimuth and elevation from the shadows you see"
        )
    rest: dict[str, object] = {"source": "building.toml" if "azimuth" not in new else best.sun.source}
    if table.sun_colour is not None:
        rest["sun_colour"] = table.sun_colour
    if table.sky_colour is not None:
        rest["sky_colour"] = table.sky_colour
    sun = Sun.from_angles(
        float(table.azimuth or 0.0),
        float(table.elevation or 0.0),
        sun_to_sky=float(table.sun_to_sky or 0.0),
        softness_deg=float(table.softness_deg or 0.27),
        **rest,  # type: ignore[arg-type]
    )
    marks = frozenset(f"sun.{key}" for key in new)
    return file.model_copy(update={"sun": table, "proposed": file.proposed | marks}), sun


def _sky_colour(sun_to_sky: float) -> tuple[float, float, float]:
    """Blue where the sun is out; under clouds they are the light themselves, and a photograph is balanced for them."""
    clear = min(sun_to_sky / CLEAR, 1.0)
    red, green, blue = (round(clear * own + (1 - clear) * GREY, 2) for own in Sun.sky_colour)
    return red, green, blue


def _best_guess(plate: F32, camera: Camera, building: Building, coverage: F32, holdout: F32) -> SunGuess:
    height, width = coverage.shape
    rows = np.arange(height)[:, None]
    horizon = float(np.clip(_horizon_row(camera), 0.15 * height, 0.95 * height))
    open_area = (coverage < 0.01) & (holdout < 0.01)
    sky = open_area & (rows < 0.7 * horizon) & np.ones((1, width), bool)
    low = (rows > horizon) & np.ones((1, width), bool)
    look = look_at_sky(plate, sky, low)
    luma = plate[..., :3] @ LUMA.astype(np.float32)
    ground = luma[open_area & low]
    floor = float(np.median(ground)) if len(ground) > 50 else float(np.median(luma))
    faces = visible_faces(luma, camera, building, holdout < 0.05)
    return propose_sun(faces, look, floor)[0]


def _horizon_row(camera: Camera) -> float:
    right, down, forward = np.asarray(camera.rotation)
    flat = np.array([forward[0], forward[1], 0.0])
    local = np.array([right @ flat, down @ flat, forward @ flat])
    return float(camera.cy + camera.focal * local[1] / max(local[2], 1e-6))


def visible_faces(luma: F32, camera: Camera, building: Building, seen: BOOL) -> tuple[Face, ...]:
    """Mean luminance of every wall the camera sees, by sampling it where nothing stands before it."""
    faces = []
    for block in building.blocks:
        for i in range(len(block.footprint)):
            face = _sample_face(luma, camera, block, i, seen)
            if face is not None:
                faces.append(face)
    return tuple(faces)


def _sample_face(luma: F32, camera: Camera, block: Block, i: int, seen: BOOL) -> Face | None:
    n = len(block.footprint)
    a, b = np.array(block.footprint[i]), np.array(block.footprint[(i + 1) % n])
    top = block.top_footprint()
    c, d = np.array(top[i]), np.array(top[(i + 1) % n])
    normal = np.cross([*(b - a), 0.0], [*(c - a), block.height])
    normal = normal / np.linalg.norm(normal)
    if normal @ (np.array(camera.position) - np.array([*a, block.base])) <= 0:
        return None
    s, t = np.meshgrid(np.linspace(0.1, 0.9, 24), np.linspace(0.1, 0.9, 16))
    flat = (a + (b - a) * s[..., None]) * (1 - t[..., None]) + (c + (d - c) * s[..., None]) * t[..., None]
    points = np.concatenate([flat, (block.base + block.height * t)[..., None]], axis=2).reshape(-1, 3)
    pixels, depth = camera.project(points)
    columns, rows = np.floor(pixels).astype(int).T
    inside = (depth > 0) & (columns >= 0) & (rows >= 0) & (columns < luma.shape[1]) & (rows < luma.shape[0])
    columns, rows = columns[inside], rows[inside]
    usable = seen[rows, columns]
    if usable.sum() < 40:
        return None
    values = luma[rows[usable], columns[usable]]
    # Windows are dark or mirror the sky: the middle of the upper half is wall.
    return Face((float(normal[0]), float(normal[1]), float(normal[2])), float(np.quantile(values, 0.65)))
