"""Camera, ground and block sizes of a building file, fitted to its clicked corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import BuildingFile, CameraTable
from secondunit.departments.destruction.survey_blocks import (
    corner_ends,
    free_numbers,
    place_blocks,
    with_numbers,
)
from secondunit.engines.light.calibrate import (
    Fit,
    FitPriors,
    ParallelLines,
    fit_camera,
    focal_from_35mm,
    orbit_starts,
)
from secondunit.errors import BadInput
from secondunit.slate.camera import Camera, Ground

FloatArray = npt.NDArray[np.float64]
MIN_CORNERS = 4
# Without any hint a phone's or a press photographer's wide end, 28 mm, known to within a factor of two.
DEFAULT_35MM, DEFAULT_SIGMA = 28.0, 0.6
EXIF_SIGMA, VANISHING_SIGMA = 0.03, 0.18
PROPOSED_EYE_M = 1.7
# A written eye height is trusted; a proposed one (somebody standing on the same ground) is often metres off.
EYE_SIGMA_M, PROPOSED_EYE_SIGMA_M = 0.15, 1.5


@dataclass(frozen=True)
class CameraGuess:
    """A focal length in pixels, how well it is known (relative), and where it comes from."""

    focal: float
    sigma: float
    source: str


def focal_guess(
    file: BuildingFile, width: int, height: int, exif_35mm: float | None, vanishing: float | None = None
) -> CameraGuess:
    """The best prior for the focal length: the file, then EXIF, then vanishing points, then a usual lens."""
    camera = file.camera
    if camera.focal is not None and file.is_given("camera.focal"):
        return CameraGuess(camera.focal, 1e-3, "building.toml")
    known = camera.focal_35mm if camera.focal_35mm is not None else exif_35mm
    if known is not None:
        source = "building.toml" if camera.focal_35mm is not None else "EXIF"
        return CameraGuess(focal_from_35mm(known, width, height), EXIF_SIGMA, source)
    if vanishing is not None:
        return CameraGuess(vanishing, VANISHING_SIGMA, "vanishing points")
    return CameraGuess(focal_from_35mm(DEFAULT_35MM, width, height), DEFAULT_SIGMA, "a usual 28 mm lens")


def fit_file(file: BuildingFile, width: int, height: int, guess: CameraGuess) -> tuple[BuildingFile, Camera, Fit]:
    """Fit everything free in the file to its corners; returns the file with what was found filled in.

    Raises `BadInput` for fewer than four corners or corners of unknown blocks.
    """
    if len(file.corner) < MIN_CORNERS:
        raise BadInput(
            f"the building file has {len(file.corner)} corners, a camera needs {MIN_CORNERS}",
            hint="add `[[corner]]` entries, or take them all out to have the camera proposed",
        )
    numbers = free_numbers(file.block, file.ground)
    image = np.array([corner.image for corner in file.corner], float)

    def world_of(values: FloatArray) -> FloatArray:
        blocks, ground_table = with_numbers(file.block, file.ground, numbers, values)
        ground = Ground(ground_table.slope_x, ground_table.slope_y, ground_table.level)
        return corner_ends(file.corner, place_blocks(blocks, ground), ground)

    sizes = np.array([number.value for number in numbers])
    eye = None
    if file.camera.eye_height is not None:
        sigma = EYE_SIGMA_M if file.is_given("camera.eye_height") else PROPOSED_EYE_SIGMA_M
        eye = (file.camera.eye_height, sigma)
    fit = fit_camera(
        image,
        world_of,
        _starts(file, world_of(sizes).mean(axis=1), image, width, height, guess),
        lines=_lines(file),
        sizes=sizes,
        priors=FitPriors(focal=guess.sigma, size=tuple(number.sigma for number in numbers), eye=eye),
        free=_free_names(file.camera, file),
        weights=np.array([corner.weight for corner in file.corner]),
    )
    blocks, ground_table = with_numbers(file.block, file.ground, numbers, fit.sizes)
    found = {f"{'ground' if n.table < 0 else f'block.{n.table}'}.{n.key}" for n in numbers}
    filled = file.model_copy(
        update={"block": blocks, "ground": ground_table, "proposed": file.proposed | frozenset(found)}
    )
    return with_camera(filled, fit.camera), fit.camera, fit


def _lines(file: BuildingFile) -> ParallelLines | None:
    if not file.line:
        return None
    axes = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
    segments = np.array([[*line.image[0], *line.image[1]] for line in file.line], float)
    return ParallelLines(segments, np.array([axes[line.along] for line in file.line]))


def _free_names(table: CameraTable, file: BuildingFile) -> tuple[str, ...]:
    """Numbers a person gave stay; the rest is free."""
    names = [] if file.is_given("camera.focal") else ["focal"]
    for axis in ("yaw", "pitch", "roll"):
        if not file.is_given(f"camera.{axis}"):
            names.append(axis)
    if not file.is_given("camera.position"):
        names += ["x", "y", "z"]
    for extra in table.free:
        if extra not in ("k1", "cx", "cy"):
            raise BadInput(f"the camera has no number `{extra}` to free", hint="use k1, cx, cy")
        names.append(extra)
    return tuple(names)


def _starts(
    file: BuildingFile, points: FloatArray, image: FloatArray, width: int, height: int, guess: CameraGuess
) -> tuple[Camera, ...]:
    # A lens that an earlier survey proposed is no witness: each fit would start its priors where the last one ended.
    proposed = {key: None for key in ("focal", "k1", "cx", "cy") if not file.is_given(f"camera.{key}")}
    file = file.model_copy(update={"camera": file.camera.model_copy(update=proposed)})
    known = camera_of(file, width, height, focal=guess.focal)
    eye = file.camera.eye_height or PROPOSED_EYE_M
    around = orbit_starts(points, image, focal=guess.focal, width=width, height=height, eye=eye)
    patched = tuple(_with_given(file, start) for start in around)
    return (known, *patched) if known is not None else patched


def _with_given(file: BuildingFile, start: Camera) -> Camera:
    """A start with every number a person gave put in."""
    table = file.camera
    yaw, pitch, roll = start.angles()
    given = file.is_given
    return Camera.looking(
        position=table.position if table.position is not None and given("camera.position") else start.position,
        yaw_deg=table.yaw if table.yaw is not None and given("camera.yaw") else yaw,
        pitch_deg=table.pitch if table.pitch is not None and given("camera.pitch") else pitch,
        roll_deg=table.roll if table.roll is not None and given("camera.roll") else roll,
        focal=start.focal,
        width=start.width,
        height=start.height,
        cx=table.cx,
        cy=table.cy,
        k1=table.k1 or 0.0,
    )


def camera_of(file: BuildingFile, width: int, height: int, *, focal: float | None = None) -> Camera | None:
    """The camera the file describes in full, or None where a number is missing."""
    table = file.camera
    f = table.focal if table.focal is not None else focal
    if f is None or table.position is None or table.yaw is None or table.pitch is None:
        return None
    return Camera.looking(
        position=table.position,
        yaw_deg=table.yaw,
        pitch_deg=table.pitch,
        roll_deg=table.roll or 0.0,
        focal=f,
        width=width,
        height=height,
        cx=table.cx,
        cy=table.cy,
        k1=table.k1 or 0.0,
    )


def with_camera(file: BuildingFile, camera: Camera) -> BuildingFile:
    """The file with a camera filled in; numbers a person gave are not touched."""
    yaw, pitch, roll = camera.angles()
    found: dict[str, object] = {
        "focal": round(camera.focal, 3),
        "position": tuple(round(v, 4) for v in camera.position),
        "yaw": round(yaw, 4),
        "pitch": round(pitch, 4),
        "roll": round(roll, 4),
    }
    for name, value in (("k1", camera.k1), ("cx", camera.cx), ("cy", camera.cy)):
        if name in file.camera.free:
            found[name] = round(value, 5)
    new = {key: value for key, value in found.items() if not file.is_given(f"camera.{key}")}
    table = file.camera.model_copy(update=new)
    marks = frozenset(f"camera.{key}" for key in new)
    return file.model_copy(update={"camera": table, "proposed": file.proposed | marks})
