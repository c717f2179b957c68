"""`building.toml`: everything the tool knows or guesses about the building in a plate, in a file a person edits.

Lengths are metres, angles degrees, picture positions pixels of the `[plate]` raster (x right, y down, from the
upper left corner). A value the tool proposed carries the comment `# proposed` and a check mark; edit the value
and it is yours: it stays, whatever the tool thinks. Take the line away and the tool proposes again.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from secondunit.slate.building import Material, Role

Point = tuple[float, float]
Point3 = tuple[float, float, float]
Polygon = tuple[Point, ...]


class Table(BaseModel):
    """A table of the file: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlateTable(Table):
    """The picture the pixel positions belong to."""

    width: int | None = Field(
        default=None, ge=16, le=32768, description="raster of the pixel positions in this file"
    )
    height: int | None = Field(default=None, ge=16, le=32768)
    outline: Polygon | None = Field(
        default=None, description="the building's outline, hidden parts included, pixels"
    )
    file: str | None = Field(default=None, description="where the picture comes from")
    title: str | None = None
    author: str | None = None
    licence: str | None = Field(default=None, description="SPDX identifier, or words")
    owner: str | None = None
    note: str | None = None


class CameraTable(Table):
    """The camera. Leave a line out and it is fitted or proposed."""

    focal_35mm: float | None = Field(default=None, gt=0, description="35 mm equivalent from the lens or EXIF, mm")
    focal: float | None = Field(default=None, gt=0, description="focal length in pixels")
    position: Point3 | None = Field(default=None, description="metres; the facade looks towards -y")
    yaw: float | None = Field(default=None, description="degrees; 0 looks along +y, positive turns right")
    pitch: float | None = Field(default=None, description="degrees, positive looks up")
    roll: float | None = Field(default=None, description="degrees, clockwise")
    k1: float | None = Field(default=None, description="radial distortion")
    cx: float | None = Field(default=None, description="principal point, pixels")
    cy: float | None = None
    eye_height: float | None = Field(
        default=None, description="height of the lens above z = 0 where it is known, metres"
    )
    free: tuple[str, ...] = Field(default=(), description="also fit these: k1, cx, cy")


class SunTable(Table):
    """Where the light comes from."""

    azimuth: float | None = Field(
        default=None, description="degrees; 0 is behind the building (+y), 90 on the right"
    )
    elevation: float | None = Field(default=None, ge=-5, le=90, description="degrees above the horizon")
    sun_to_sky: float | None = Field(default=None, ge=0, le=50, description="5 clear, 1 hazy, 0.2 overcast")
    softness_deg: float | None = Field(
        default=None, gt=0, le=30, description="apparent radius of the sun, degrees"
    )
    sun_colour: Point3 | None = None
    sky_colour: Point3 | None = None


class GroundTable(Table):
    """The ground as a plane: z = slope_x * x + slope_y * y + level."""

    slope_x: float = Field(default=0.0, ge=-1, le=1, description="rise to the right, metres per metre")
    slope_y: float = Field(default=0.0, ge=-1, le=1, description="rise towards the back")
    level: float = Field(default=0.0, ge=-500, le=500, description="height at x = y = 0")
    region: tuple[Annotated[Polygon, Field(min_length=3)], ...] | None = Field(
        default=None,
        description="where the plate shows the ground, pixels; [] nowhere; left out: below the horizon",
    )
    free: tuple[str, ...] = Field(default=(), description="let the fit change these")


class WindowTable(Table):
    """One opening in a face: in metres along it and up from the block's base, or two pixel corners in `image`."""

    face: int = Field(default=0, ge=0)
    left: float | None = None
    right: float | None = None
    bottom: float | None = None
    top: float | None = None
    image: tuple[Point, Point] | None = Field(default=None, description="two opposite corners in the plate")


class WindowRowTable(Table):
    """Equal openings in one or more faces, repeated in every storey asked for."""

    faces: tuple[int, ...] = (0,)
    count: int = Field(default=3, ge=1, le=200)
    width: float = Field(default=1.2, gt=0)
    height: float = Field(default=1.6, gt=0)
    sill: float = Field(default=0.9, ge=0, description="above each storey's floor")
    margin: float = Field(default=1.0, ge=0, description="from the corner to the first opening")
    storeys: tuple[int, ...] | None = Field(default=None, description="0 is the lowest; left out: all")


class BlockTable(Table):
    """One convex part of the building."""

    name: str = Field(min_length=1, max_length=60)
    on: str | None = Field(
        default=None, description="the block under it; x, y, turn and base then count from that one"
    )
    width: float | None = Field(default=None, gt=0, description="a box: along the facade")
    depth: float | None = Field(default=None, gt=0, description="a box: from front to back")
    sides: int | None = Field(default=None, ge=3, le=64, description="a ring of equal sides")
    radius: float | None = Field(default=None, gt=0, description="of the ring's corners")
    footprint: Polygon | None = Field(default=None, description="any convex shape, counter-clockwise from above")
    overhang: float | None = Field(default=None, description="the shape below, pushed out (or in) by this")
    x: float = 0.0
    y: float = 0.0
    turn: float = Field(default=0.0, description="counter-clockwise")
    base: float | None = Field(
        default=None, description="of the underside; left out: the ground, or the block below"
    )
    height: float = Field(gt=0)
    top_scale: float = Field(default=1.0, gt=0, le=4, description="the top's size over the base's")
    inset: float | None = Field(default=None, ge=0, description="a hipped roof: its top moved in on every side")
    insets: tuple[float, ...] | None = Field(default=None, description="the same by side, 0 for a gable")
    storeys: int = Field(default=1, ge=1, le=120)
    material: Material = Material.BRICK
    role: Role = Role.STOREYS
    wall: float | None = Field(default=None, gt=0, description="wall thickness")
    window: tuple[WindowTable, ...] = ()
    windows: tuple[WindowRowTable, ...] = ()
    free: tuple[str, ...] = Field(default=(), description="let the fit change these numbers")


class CornerTable(Table):
    """A corner clicked in the plate, and which corner of which block (or which world point) it is."""

    image: Point
    block: str | None = None
    vertex: str | None = Field(default=None, description="b0 bottom, t0 top, g0 ground; t0-t1: on that edge")
    point: Point3 | None = None
    weight: float = Field(default=1.0, gt=0, le=10)


class LineTable(Table):
    """A straight line clicked in the plate that runs along a world axis: x the facade, y its depth, z upright."""

    image: tuple[Point, Point]
    along: Literal["x", "y", "z"]


HoldoutKind = Literal["car", "person", "tree", "bush", "pole", "sign", "fence", "wall", "boat", "other"]


class HoldoutTable(Table):
    """Something that stands before the building: kept from the plate, and in the rubble's way."""

    name: str = Field(min_length=1, max_length=60)
    polygon: Polygon = Field(min_length=3)
    kind: HoldoutKind = "other"
    foot: float | None = Field(
        default=None, description="pixel row where it stands on the ground; left out: the lowest"
    )
    depth: float | None = Field(
        default=None, gt=0, description="metres from the camera along its axis; overrides foot"
    )
    edge: Literal["auto", "hard", "colour"] = Field(default="auto", description="how its edge is refined")
    collide: bool = Field(default=True, description="rubble strikes it")


class ObstacleTable(Table):
    """A box in the street that rubble strikes."""

    name: str = Field(min_length=1, max_length=60)
    centre: Point3
    half: Point3
    yaw_deg: float = 0.0


class MatteTable(Table):
    """Corrections to the building's matte."""

    add: tuple[Polygon, ...] = Field(default=(), description="more polygons that belong to the building")
    cut: tuple[Polygon, ...] = Field(default=(), description="polygons that do not: see-through holes")
    edge: Literal["refine", "hard"] = Field(
        default="refine", description="follow the picture, or the outline only"
    )
    reach: float | None = Field(
        default=None, gt=0, le=60, description="how far the true edge lies from the outline, pixels"
    )


class ShotTable(Table):
    """How the shot is directed; the command line overrides it."""

    fail_at: Point | None = Field(default=None, description="where failure starts, pixels")
    start: int | None = Field(default=None, ge=0, description="frame of the first failure")
    front_speed: float | None = Field(default=None, gt=0, le=400, description="metres a second")
    dust: float | None = Field(default=None, ge=0, le=1)
    fragments: int | None = Field(default=None, ge=50, le=200_000)
    seed: int | None = Field(default=None, ge=0)
    width: int | None = Field(default=None, ge=64, le=16384, description="width the shot is made at, pixels")
    frames: int | None = Field(default=None, ge=1)


class BuildingFile(Table):
    """The whole file. `proposed` holds dotted paths of values that the tool, not a person, put there."""

    plate: PlateTable = PlateTable()
    camera: CameraTable = CameraTable()
    sun: SunTable = SunTable()
    ground: GroundTable = GroundTable()
    block: tuple[BlockTable, ...] = ()
    corner: tuple[CornerTable, ...] = ()
    line: tuple[LineTable, ...] = ()
    holdout: tuple[HoldoutTable, ...] = ()
    obstacle: tuple[ObstacleTable, ...] = ()
    matte: MatteTable = MatteTable()
    background: dict[str, Any] = Field(
        default={}, description="the clean plate's hole and layers (see comp.clean_plate)"
    )
    shot: ShotTable = ShotTable()
    proposed: frozenset[str] = Field(default=frozenset(), exclude=True)

    def is_given(self, path: str) -> bool:
        """Whether a person set this value, as in `camera.focal` or `block.0.height`."""
        value: Any = self
        for part in path.split("."):
            if part.isdigit():
                value = value[int(part)] if int(part) < len(value) else None
            else:
                value = getattr(value, part, None)
        return value is not None and path not in self.proposed
