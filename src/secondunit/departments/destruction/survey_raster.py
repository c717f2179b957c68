"""A building file's pixel positions moved to another raster of the same shape (a proxy, a crop-free resize)."""

from __future__ import annotations

from typing import Any

from secondunit.departments.destruction.building_file import BuildingFile, MatteTable, ShotTable
from secondunit.errors import BadInput

SHAPE_TOLERANCE = 0.01
# Keys of the background table that hold numbers of another kind than pixel positions are left alone.
PIXEL_KEYS = (
    "hole",
    "keep",
    "sky",
    "src",
    "cs",
    "dst",
    "cd",
    "solid",
    "amask",
    "region",
    "avoid",
    "polygon",
    "curve",
)


def scale_file(file: BuildingFile, width: int, height: int) -> BuildingFile:
    """The file with every pixel position on a `width` × `height` raster; raises `BadInput` for another shape."""
    plate = file.plate
    if plate.width is None or plate.height is None or (plate.width, plate.height) == (width, height):
        return file.model_copy(update={"plate": plate.model_copy(update={"width": width, "height": height})})
    k = width / plate.width
    if abs(plate.height * k - height) > max(2.0, SHAPE_TOLERANCE * height):
        raise BadInput(
            f"the building file is for {plate.width} × {plate.height} pixels, the plate has {width} × {height}",
            hint="the shapes differ: survey this plate afresh, or correct `[plate]`",
        )
    camera = file.camera
    scaled_camera = {
        key: _times(value, k) for key in ("focal", "cx", "cy") if (value := getattr(camera, key)) is not None
    }
    update: dict[str, Any] = {
        "plate": plate.model_copy(update={"width": width, "height": height, "outline": _times(plate.outline, k)}),
        "camera": camera.model_copy(update=scaled_camera),
        "ground": file.ground.model_copy(update={"region": _times(file.ground.region, k)}),
        "corner": tuple(c.model_copy(update={"image": _times(c.image, k)}) for c in file.corner),
        "line": tuple(line.model_copy(update={"image": _times(line.image, k)}) for line in file.line),
        "holdout": tuple(
            h.model_copy(update={"polygon": _times(h.polygon, k), "foot": _times(h.foot, k)})
            for h in file.holdout
        ),
        "block": tuple(
            b.model_copy(
                update={"window": tuple(w.model_copy(update={"image": _times(w.image, k)}) for w in b.window)}
            )
            for b in file.block
        ),
        "matte": MatteTable(
            add=_times(file.matte.add, k),
            cut=_times(file.matte.cut, k),
            edge=file.matte.edge,
            reach=_times(file.matte.reach, k),
        ),
        "shot": _scaled_shot(file.shot, k),
        "background": _scaled_background(file.background, k),
    }
    return file.model_copy(update=update)


def _times(value: Any, k: float) -> Any:
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return value * k
    return type(value)(_times(part, k) for part in value)


def _scaled_shot(shot: ShotTable, k: float) -> ShotTable:
    return shot.model_copy(update={"fail_at": _times(shot.fail_at, k)})


def _scaled_background(value: Any, k: float, inside: bool = False) -> Any:
    """Scale numbers below the keys that hold pixel positions."""
    if isinstance(value, dict):
        return {key: _scaled_background(inner, k, inside or key in PIXEL_KEYS) for key, inner in value.items()}
    if isinstance(value, list):
        return [_scaled_background(inner, k, inside) for inner in value]
    if inside and isinstance(value, (int, float)) and not isinstance(value, bool):
        return value * k
    return value
