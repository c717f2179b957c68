"""A building file with its camera known, made into the `Building` the engines break."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import (
    BlockTable,
    BuildingFile,
    HoldoutTable,
    WindowRowTable,
    WindowTable,
)
from secondunit.departments.destruction.survey_blocks import PlacedBlock, place_blocks
from secondunit.errors import BadInput
from secondunit.slate.building import Block, Building, Material, Obstacle, Role, Window
from secondunit.slate.camera import Camera, Ground

FloatArray = npt.NDArray[np.float64]
# Usual outer wall thickness by material, metres.
WALL_M = {
    Material.BRICK: 0.38,
    Material.STONE: 0.5,
    Material.CONCRETE: 0.25,
    Material.PLASTER: 0.36,
    Material.TIMBER: 0.2,
    Material.GLASS: 0.12,
    Material.TILE: 0.25,
    Material.METAL: 0.15,
}
# How thick a street object is along the view where only its picture is known, metres.
THICKNESS_M = {
    "car": 1.9,
    "person": 0.5,
    "tree": 2.5,
    "bush": 1.5,
    "pole": 0.15,
    "sign": 0.1,
    "fence": 0.2,
    "wall": 0.4,
    "boat": 2.5,
    "other": 0.8,
}
WINDOW_GAP_M = 0.02


def ground_of(file: BuildingFile) -> Ground:
    """The file's ground plane."""
    return Ground(file.ground.slope_x, file.ground.slope_y, file.ground.level)


def building_of(file: BuildingFile, camera: Camera) -> Building:
    """The building with its windows and obstacles in metres; raises `BadInput` naming an impossible size."""
    ground = ground_of(file)
    placed = place_blocks(file.block, ground)
    blocks = tuple(_block_of(table, placed[table.name], camera) for table in file.block)
    return Building(blocks, ground, obstacles_of(file, camera))


def _block_of(table: BlockTable, placed: PlacedBlock, camera: Camera) -> Block:
    wall = table.wall if table.wall is not None else WALL_M[table.material]
    if table.wall is None and table.role is Role.STOREYS:
        wall = min(wall, 0.3 * float(_sides(placed.low).min()))
    narrowed = table.inset is not None or table.insets is not None
    windows = [_window_of(window, placed, camera) for window in table.window]
    for row in table.windows:
        windows += _row_of(row, table, placed)
    return Block(
        name=table.name,
        footprint=tuple((float(x), float(y)) for x, y in placed.low),
        base=placed.base,
        height=table.height,
        storeys=table.storeys,
        material=table.material,
        role=table.role,
        wall=wall,
        top_scale=float(_sides(placed.high).sum() / _sides(placed.low).sum()) if narrowed else table.top_scale,
        windows=tuple(windows),
        top_corners=None if not narrowed else tuple((float(x), float(y)) for x, y in placed.high),
    )


def _sides(ring: FloatArray) -> FloatArray:
    sides: FloatArray = np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1)
    return sides


def _window_of(window: WindowTable, placed: PlacedBlock, camera: Camera) -> Window:
    n = len(placed.low)
    if window.face >= n:
        raise BadInput(
            f"block `{placed.name}` has a window in face {window.face}", hint=f"its faces are 0 to {n - 1}"
        )
    if window.image is not None:
        places = [on_face(placed, window.face, pixel, camera) for pixel in window.image]
        (a, low), (b, high) = places
        left, right, bottom, top = min(a, b), max(a, b), min(low, high), max(low, high)
        width, height = float(_sides(placed.low)[window.face]), placed.top - placed.base
        # A click a few pixels off the face is clipped to it; the contract refuses what is left of a wild one.
        left, right = max(left, WINDOW_GAP_M), min(right, width - WINDOW_GAP_M)
        bottom, top = max(bottom, 0.0), min(top, height - WINDOW_GAP_M)
        return Window(window.face, left, right, bottom, top)
    given = (window.left, window.right, window.bottom, window.top)
    if any(value is None for value in given):
        raise BadInput(
            f"a window of block `{placed.name}` lacks a side",
            hint="give left, right, bottom and top in metres, or `image` with two pixel corners",
        )
    sides = [float(value) for value in given if value is not None]
    return Window(window.face, *sides)


def on_face(placed: PlacedBlock, face: int, pixel: tuple[float, float], camera: Camera) -> tuple[float, float]:
    """Where a pixel's ray meets a block's (leaning) face: metres along its base edge and up from the base."""
    n = len(placed.low)
    a = np.array([*placed.low[face], placed.base])
    b = np.array([*placed.low[(face + 1) % n], placed.base])
    c = np.array([*placed.high[face], placed.top])
    normal = np.cross(b - a, c - a)
    ray = camera.rays(np.array([pixel], float))[0]
    start = np.array(camera.position)
    towards = float(normal @ ray)
    if abs(towards) < 1e-9:
        raise BadInput(
            f"a window of block `{placed.name}` lies in face {face}, which the camera sees edge-on",
            hint="give the window in metres",
        )
    spot = start + ray * float(normal @ (a - start)) / towards
    along = (b - a) / np.linalg.norm(b - a)
    return float((spot - a) @ along), float(spot[2] - placed.base)


def _row_of(row: WindowRowTable, table: BlockTable, placed: PlacedBlock) -> list[Window]:
    storey = table.height / table.storeys
    floors = range(table.storeys) if row.storeys is None else row.storeys
    sides = _sides(placed.low)
    windows = []
    for face in row.faces:
        if face >= len(sides):
            raise BadInput(
                f"block `{table.name}` has windows in face {face}", hint=f"its faces are 0 to {len(sides) - 1}"
            )
        room = float(sides[face]) - 2 * row.margin
        pitch = (room - row.width) / max(row.count - 1, 1)
        if room < row.width or (row.count > 1 and pitch < row.width):
            raise BadInput(
                f"{row.count} windows of {row.width:g} m do not fit in face {face} of block `{table.name}`",
                hint=f"the face is {sides[face]:.2f} m wide",
            )
        first = row.margin if row.count > 1 else float(sides[face] - row.width) / 2
        for floor in floors:
            for k in range(row.count):
                left, bottom = first + pitch * k, storey * floor + row.sill
                windows.append(Window(face, left, left + row.width, bottom, bottom + row.height))
    return windows


def obstacles_of(file: BuildingFile, camera: Camera) -> tuple[Obstacle, ...]:
    """Boxes in the street: those written down, then one for each hold-out that rubble can strike."""
    written = [Obstacle(o.name, o.centre, o.half, o.yaw_deg) for o in file.obstacle]
    names = {o.name for o in written}
    for holdout in file.holdout:
        if holdout.collide and holdout.name not in names:
            box = obstacle_of_holdout(holdout, camera, ground_of(file))
            if box is not None:
                written.append(box)
    return tuple(written)


def holdout_depth(holdout: HoldoutTable, camera: Camera, ground: Ground) -> float | None:
    """Metres along the camera's axis: as given, or where its foot meets the ground; None above the horizon."""
    if holdout.depth is not None:
        return holdout.depth
    polygon = np.array(holdout.polygon, float)
    foot = holdout.foot if holdout.foot is not None else float(polygon[:, 1].max())
    near = polygon[np.argsort(-polygon[:, 1])[:2], 0].mean()
    return depth_on_ground(np.array([[near, foot]]), camera, ground)[0]


def depth_on_ground(pixels: FloatArray, camera: Camera, ground: Ground) -> list[float | None]:
    """Depth along the axis where each pixel's ray meets the ground; None where it never does."""
    rays = camera.rays(pixels)
    x, y, z = camera.position
    above = z - (ground.slope_x * x + ground.slope_y * y + ground.level)
    falling = ground.slope_x * rays[:, 0] + ground.slope_y * rays[:, 1] - rays[:, 2]
    return [float(above / fall) if fall > 1e-6 and above > 0 else None for fall in falling]


def obstacle_of_holdout(holdout: HoldoutTable, camera: Camera, ground: Ground) -> Obstacle | None:
    """A box behind the hold-out's outline, as thick as its kind usually is, turned towards the camera."""
    depth = holdout_depth(holdout, camera, ground)
    if depth is None:
        return None
    polygon = np.array(holdout.polygon, float)
    (left, top), (right, bottom) = polygon.min(axis=0), polygon.max(axis=0)
    middle = (left + right) / 2
    foot = holdout.foot if holdout.foot is not None else bottom
    thick = THICKNESS_M[holdout.kind]
    pixels: Sequence[tuple[float, float]] = ((left, foot), (right, foot), (middle, foot), (middle, top))
    a, b, low, high = np.array(camera.position) + depth * camera.rays(np.array(pixels, float))
    yaw = float(np.degrees(np.arctan2(b[1] - a[1], b[0] - a[0])))
    away = camera.rays(np.array([[middle, foot]]))[0][:2]
    away = away / np.linalg.norm(away)
    x, y = low[0] + away[0] * thick / 2, low[1] + away[1] * thick / 2
    z0 = float(ground.slope_x * x + ground.slope_y * y + ground.level)
    height = max(float(high[2]) - z0, 0.1)
    half = (max(float(np.linalg.norm(b - a)) / 2, 0.03), thick / 2, height / 2)
    return Obstacle(holdout.name, (float(x), float(y), z0 + height / 2), half, yaw)
