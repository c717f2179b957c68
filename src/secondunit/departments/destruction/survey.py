"""Survey a plate: from an outline and whatever the supervisor wrote down, everything the engines need to know.

Nothing is hidden: every number the survey found is in `Survey.file`, marked as proposed, ready to be written to
`building.toml`, edited and read again; every doubt is a sentence in `Survey.notes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.departments.destruction.mattes import building_matte, display_values, holdout_matte
from secondunit.departments.destruction.outline import check_mask, check_outline, fill_polygons, outline_of_mask
from secondunit.departments.destruction.survey_building import building_of, ground_of, holdout_depth
from secondunit.departments.destruction.survey_camera import (
    MIN_CORNERS,
    CameraGuess,
    camera_of,
    fit_file,
    focal_guess,
    with_camera,
)
from secondunit.departments.destruction.survey_ground import ground_seen
from secondunit.departments.destruction.survey_holdouts import propose_holdouts
from secondunit.departments.destruction.survey_propose import (
    is_believable,
    plain_view,
    propose_file,
    read_lines,
    settle_storeys,
)
from secondunit.departments.destruction.survey_raster import scale_file
from secondunit.departments.destruction.survey_sun import settle_sun
from secondunit.errors import BadInput
from secondunit.slate.building import Building, Obstacle
from secondunit.slate.camera import Camera, Ground, Sun

F32 = npt.NDArray[np.float32]
BOOL = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
FAR_M = 1.0e4
# How far a hold-out's true edge may lie from its polygon, pixels at 1280 wide.
REACH = {"tree": 14.0, "bush": 9.0, "person": 4.0, "car": 3.0, "pole": 2.0}
POOR_FIT_PX = 1.5


@dataclass(frozen=True)
class Survey:
    """What is known of a plate. Pictures are (h, w) float32 0..1; `holdout_depth` metres, 1e4 where nothing is.

    `reprojection_px` is the rms distance of the clicked corners, each counting alike (0 when none were clicked);
    `worst_px` the largest. `ground_seen` (h, w) is True where the plate, or what stands behind the building, shows
    the ground plane: only there shadows may fall on it. `file` holds every value, with the proposed ones marked.
    """

    camera: Camera
    building: Building
    sun: Sun
    ground: Ground
    outline: FloatArray
    matte: F32
    holdout: F32
    holdout_depth: F32
    obstacles: tuple[Obstacle, ...]
    reprojection_px: float
    worst_px: float
    notes: tuple[str, ...]
    background: dict[str, Any]
    file: BuildingFile
    ground_seen: BOOL


def survey(
    plate: F32,
    outline: FloatArray | Sequence[tuple[float, float]] | None = None,
    *,
    mask: npt.NDArray[np.generic] | None = None,
    file: BuildingFile | None = None,
    exif_focal: float | None = None,
) -> Survey:
    """Survey a plate (h, w, 3) scene-linear ACEScg.

    Give the building's outline as corners (n, 2) in plate pixels or as a `mask` picture, or leave both to the
    file's own `[plate] outline`. `exif_focal` is the lens's 35 mm equivalent in mm. Raises `BadInput` for an
    outline, mask or file that cannot be used.
    """
    height, width = plate.shape[:2]
    notes: list[str] = []
    known = scale_file(file or BuildingFile(), width, height)
    corners, coverage = _silhouette(known, outline, mask, width, height)
    known = known.model_copy(update={"plate": known.plate.model_copy(update={"outline": _points(corners)})})
    known = propose_holdouts(known, display_values(plate), coverage, notes)
    known, camera, rms, worst = _settle_camera(known, corners, coverage, plate, exif_focal, notes)
    building = building_of(known, camera)
    holdout, depth = holdout_layers(plate, known, camera, notes)
    matte = _settle_matte(plate, known, coverage, holdout)
    known, sun = settle_sun(plate, known, camera, building, coverage, holdout, notes)
    return Survey(
        camera=camera,
        building=building,
        sun=sun,
        ground=ground_of(known),
        outline=corners,
        matte=matte,
        holdout=holdout,
        holdout_depth=depth,
        obstacles=building.obstacles,
        reprojection_px=rms,
        worst_px=worst,
        notes=tuple(notes),
        background=dict(known.background),
        file=known,
        ground_seen=ground_seen(known, camera, holdout),
    )


def _points(corners: FloatArray) -> tuple[tuple[float, float], ...]:
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in corners)


def _silhouette(
    file: BuildingFile,
    outline: FloatArray | Sequence[tuple[float, float]] | None,
    mask: npt.NDArray[np.generic] | None,
    width: int,
    height: int,
) -> tuple[FloatArray, F32]:
    """The outline's corners and its coverage, from whichever was given."""
    if mask is not None:
        coverage = check_mask(mask, width, height)
        return outline_of_mask(coverage), coverage
    given = outline if outline is not None else file.plate.outline
    if given is None:
        raise BadInput(
            "no outline of the building was given",
            hint="pass `--outline`, `--mask`, or `outline` under `[plate]`",
        )
    corners = check_outline(np.array(given, float).reshape(-1, 2), width, height)
    return corners, fill_polygons([corners], width, height)


def _settle_camera(
    file: BuildingFile,
    corners: FloatArray,
    coverage: F32,
    plate: F32,
    exif_focal: float | None,
    notes: list[str],
) -> tuple[BuildingFile, Camera, float, float]:
    """Fit to the file's corners; without them use the written camera; without that propose a box and fit it."""
    height, width = plate.shape[:2]
    if len(file.corner) >= MIN_CORNERS and file.block:
        return _fitted(file, width, height, focal_guess(file, width, height, exif_focal), notes)
    known = camera_of(file, width, height)
    if known is not None and file.block:
        notes.append("camera and blocks as written in the building file, no corners to check them with")
        return file, known, 0.0, 0.0
    picture = display_values(plate)
    hints = read_lines(picture, coverage)
    guess = focal_guess(file, width, height, exif_focal, hints.focal)
    proposed = propose_file(file, picture, corners, coverage, hints)
    faces = "two faces" if len(proposed.corner) > MIN_CORNERS else "one face, its depth assumed"
    notes.append(f"building proposed from the outline as a box with {faces}: check `[[block]]` and `[[corner]]`")
    filled, camera, rms, worst = _fitted(proposed, width, height, guess, notes)
    if not is_believable(proposed, filled, rms, corners):
        notes.append("the outline is not a plain box: taken as seen straight on, click `[[corner]]` to do better")
        plain, camera = plain_view(file, picture, corners, coverage, guess.focal)
        return settle_storeys(with_camera(plain, camera)), camera, 0.0, 0.0
    return settle_storeys(filled), camera, rms, worst


def _fitted(
    file: BuildingFile, width: int, height: int, guess: CameraGuess, notes: list[str]
) -> tuple[BuildingFile, Camera, float, float]:
    filled, camera, fit = fit_file(file, width, height, guess)
    notes.append(f"focal length started from {guess.source}: {guess.focal:.0f} px, fitted {camera.focal:.0f} px")
    notes.append(f"camera fitted to {len(file.corner)} corners: {fit.rms:.2f} px rms, worst {fit.worst:.1f} px")
    if fit.rms > POOR_FIT_PX * width / 1280:
        notes.append("the fit is loose: look at the worst corners, or give blocks the shape the building has")
    return filled, camera, fit.rms, fit.worst


def _settle_matte(plate: F32, file: BuildingFile, coverage: F32, holdout: F32) -> F32:
    table = file.matte
    add = [np.array(p, float) for p in table.add]
    cut = [np.array(p, float) for p in table.cut]
    reach = 0.0 if table.edge == "hard" else table.reach
    return building_matte(plate, coverage, hidden=holdout, reach=reach, add=add, cut=cut)


def holdout_layers(plate: F32, file: BuildingFile, camera: Camera, notes: list[str]) -> tuple[F32, F32]:
    """Coverage (h, w) of everything before the building and its depth (h, w) in metres, 1e4 where nothing is."""
    height, width = plate.shape[:2]
    coverage = np.zeros((height, width), np.float32)
    depth = np.full((height, width), FAR_M, np.float32)
    for entry in file.holdout:
        reach = REACH.get(entry.kind, 3.0) * width / 1280
        leafy = entry.kind in ("tree", "bush")
        one = holdout_matte(
            plate, np.array(entry.polygon, float), edge=entry.edge, reach=reach, see_through=leafy
        )
        metres = holdout_depth(entry, camera, ground_of(file))
        if metres is None:
            notes.append(
                f"`{entry.name}` has its foot above the horizon: give it a `depth` in metres, 10 is assumed"
            )
            metres = 10.0
        depth = np.where((one > 0.02) & (metres < depth), np.float32(metres), depth)
        coverage = np.maximum(coverage, one)
    return coverage, depth
