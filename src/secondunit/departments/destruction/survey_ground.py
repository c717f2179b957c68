"""Where the picture shows the ground: only there can a shadow fall on it.

The ground is a plane that runs to the horizon under everything. Where a lake, trees or a street object lie over it
in the picture, a contact shadow drawn on the plane would float on water or leaves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.departments.destruction.outline import fill_polygons
from secondunit.departments.destruction.survey_building import ground_of
from secondunit.slate.camera import Camera

F32 = npt.NDArray[np.float32]
BOOL = npt.NDArray[np.bool_]
# Beyond this many metres along the axis the plane is the horizon's haze, not a street.
FARTHEST_M = 1000.0


def ground_seen(file: BuildingFile, camera: Camera, holdout: F32) -> BOOL:
    """Where the ground is in sight, the building taken away (h, w).

    The polygons of `[ground] region`, nowhere where that is empty; else all that lies below the horizon. Street
    objects (`holdout` (h, w) 0..1 over one half) hide it either way.
    """
    height, width = holdout.shape
    free = holdout <= 0.5
    region = file.ground.region
    if region is None:
        return free & below_horizon(file, camera)
    if not region:
        return np.zeros((height, width), bool)
    polygons = [np.array(polygon, float) for polygon in region]
    seen: BOOL = free & (fill_polygons(polygons, width, height) > 0.5)
    return seen


def below_horizon(file: BuildingFile, camera: Camera) -> BOOL:
    """Where a pixel's ray meets the ground plane within a kilometre (h, w)."""
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    rays = camera.rays(np.stack([columns.ravel(), rows.ravel()], axis=1))
    ground, (x, y, z) = ground_of(file), camera.position
    above = z - (ground.slope_x * x + ground.slope_y * y + ground.level)
    falling = ground.slope_x * rays[:, 0] + ground.slope_y * rays[:, 1] - rays[:, 2]
    meets: BOOL = (falling * FARTHEST_M > above) & (above > 0)
    return meets.reshape(camera.height, camera.width)
