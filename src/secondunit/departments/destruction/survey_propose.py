"""A first building file from an outline alone: one box, its corners, and the lines that run with it.

Nothing here is certain; everything ends up in `building.toml`, marked as proposed. The outline's upright sides are
the box's edges, its foot is where the box meets the ground, the vanishing points say which faces are seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.building_file import (
    BlockTable,
    BuildingFile,
    CornerTable,
    LineTable,
    WindowRowTable,
)
from secondunit.engines.light.vanishing import (
    VanishingPoint,
    find_segments,
    find_vanishing_point,
    focal_from_pair,
    tilt_deg,
)
from secondunit.slate.building import Material
from secondunit.slate.camera import Camera

F32 = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
STOREY_M = 3.2
DEFAULT_DEPTH_M = 12.0
EYE_M = 1.7
UPRIGHT_DEG = 25.0
LINES_EACH = 12
SEED = 20
BORDER_PX = 3.0


@dataclass(frozen=True)
class Hints:
    """What the picture's lines say: vanishing points (or None) and the focal length two of them give, pixels."""

    segments: FloatArray
    upright: VanishingPoint | None
    first: VanishingPoint | None
    second: VanishingPoint | None
    focal: float | None


@dataclass(frozen=True)
class Sides:
    """The outline as a box: foot and top (2,) of its left and right edge, and of an edge between where one shows."""

    left: tuple[FloatArray, FloatArray]
    right: tuple[FloatArray, FloatArray]
    middle: tuple[FloatArray, FloatArray] | None


def read_lines(picture: F32, coverage: F32) -> Hints:
    """Find the building's lines and vanishing points. `picture` (h, w, 3) display values, `coverage` (h, w)."""
    height, width = coverage.shape
    segments = find_segments(picture, coverage > 0.5, shortest=0.02 * width)
    rng = np.random.default_rng(SEED)
    tilt = tilt_deg(segments)
    upright = find_vanishing_point(segments, np.nonzero(tilt < UPRIGHT_DEG)[0], rng)
    level = np.nonzero(tilt > 90 - 50)[0]
    first = find_vanishing_point(segments, level, rng)
    second = None
    if first is not None:
        rest = np.setdiff1d(level, first.members)
        second = find_vanishing_point(segments, rest, rng)
        if second is not None and second.support < 0.3:
            second = None
    focal = focal_from_pair(first, second, width, height) if first and second else None
    return Hints(segments, upright, first, second, focal)


def find_sides(outline: FloatArray) -> Sides:
    """Read an outline (n, 2) as a box seen from the front or over a corner."""
    top, bottom = float(outline[:, 1].min()), float(outline[:, 1].max())
    tall = bottom - top
    left = _upright_edge(outline, tall, leftmost=True)
    right = _upright_edge(outline, tall, leftmost=False)
    return Sides(left, right, _edge_between(outline, left, right, tall))


def _upright_edge(outline: FloatArray, tall: float, *, leftmost: bool) -> tuple[FloatArray, FloatArray]:
    """Foot and top of the outermost upright side that is at least a third as tall as the building."""
    ends = np.roll(outline, -1, axis=0)
    span = np.abs(ends - outline)
    upright = (span[:, 1] > 0.33 * tall) & (span[:, 0] < np.tan(np.radians(UPRIGHT_DEG)) * span[:, 1])
    if upright.any():
        middle = (outline[:, 0] + ends[:, 0]) / 2
        order = np.where(upright, middle if leftmost else -middle, np.inf)
        i = int(np.argmin(order))
        a, b = outline[i], ends[i]
        return (a, b) if a[1] > b[1] else (b, a)
    # No straight side: the outermost points of the lowest and the highest third.
    sign = 1.0 if leftmost else -1.0
    low = outline[outline[:, 1] > outline[:, 1].max() - 0.34 * tall]
    high = outline[outline[:, 1] < outline[:, 1].min() + 0.34 * tall]
    return low[np.argmin(sign * low[:, 0])], high[np.argmin(sign * high[:, 0])]


def _edge_between(
    outline: FloatArray,
    left: tuple[FloatArray, FloatArray],
    right: tuple[FloatArray, FloatArray],
    tall: float,
) -> tuple[FloatArray, FloatArray] | None:
    """Foot and top of a corner nearer than both sides: roofline and foot both bend away from their chords there."""
    bend_top = _farthest(outline, left[1], right[1], upwards=True)
    bend_foot = _farthest(outline, left[0], right[0], upwards=False)
    if bend_top is None or bend_foot is None:
        return None
    (top, rise), (foot, fall) = bend_top, bend_foot
    near = abs(top[0] - foot[0]) < 0.12 * abs(right[0][0] - left[0][0])
    if near and rise > 0.02 * tall and fall > 0.01 * tall:
        return foot, top
    return None


def _farthest(
    outline: FloatArray, a: FloatArray, b: FloatArray, *, upwards: bool
) -> tuple[FloatArray, float] | None:
    """The outline's corner farthest beyond the chord a–b, and by how many pixels."""
    width = float(b[0] - a[0])
    if width < 1:
        return None
    within = (outline[:, 0] > a[0] + 0.08 * width) & (outline[:, 0] < b[0] - 0.08 * width)
    if not within.any():
        return None
    chord = a[1] + (outline[:, 0] - a[0]) / width * (b[1] - a[1])
    beyond = (chord - outline[:, 1]) if upwards else (outline[:, 1] - chord)
    i = int(np.argmax(np.where(within, beyond, -np.inf)))
    return outline[i], float(beyond[i])


def propose_file(
    file: BuildingFile, picture: F32, outline: FloatArray, coverage: F32, hints: Hints
) -> BuildingFile:
    """The file with a box, its clicked corners and lines proposed; a block a person wrote keeps its numbers."""
    sides = find_sides(outline)
    two_faces = sides.middle is not None
    block = file.block[0] if file.block else _box(sides, picture, coverage)
    if not block.free:
        block = block.model_copy(update={"free": _free_of(file, block, two_faces)})
    corners = _corners(sides, block.name, coverage.shape[1])
    lines = _lines(hints, sides)
    camera = file.camera
    marks = {f"corner.{i}.{key}" for i in range(len(corners)) for key in ("image", "block", "vertex")}
    marks |= {f"line.{i}.{key}" for i in range(len(lines)) for key in ("image", "along")}
    if not file.block:
        marks |= {f"block.0.{key}" for key in ("width", "depth", "height", "material", "storeys")}
    if camera.eye_height is None and not file.is_given("block.0.height"):
        camera = camera.model_copy(update={"eye_height": EYE_M})
        marks.add("camera.eye_height")
    return file.model_copy(
        update={
            "block": (block, *file.block[1:]),
            "corner": corners,
            "line": lines,
            "camera": camera,
            "proposed": file.proposed | frozenset(marks),
        }
    )


def _free_of(file: BuildingFile, block: BlockTable, two_faces: bool) -> tuple[str, ...]:
    names = ("width", "height", "depth") if two_faces else ("width", "height")
    return tuple(n for n in names if not (file.block and file.is_given(f"block.0.{n}")) and getattr(block, n))


def _box(sides: Sides, picture: F32, coverage: F32) -> BlockTable:
    tall = float(np.mean([s[0][1] - s[1][1] for s in (sides.left, sides.right)]))
    wide = float(sides.right[0][0] - sides.left[0][0])
    height = 3 * STOREY_M
    width = max(height * wide / max(tall, 1.0), 2.0)
    return BlockTable(
        name="building",
        width=round(width, 2),
        depth=round(min(DEFAULT_DEPTH_M, max(width, 4.0)), 2),
        height=height,
        storeys=3,
        material=guess_material(picture, coverage),
    )


def guess_material(picture: F32, coverage: F32) -> Material:
    """Brick where the wall is reddish, concrete where it is grey, plaster where it is pale or coloured."""
    pixels = picture[coverage > 0.5]
    r, g, b = np.median(pixels, axis=0) if len(pixels) else (0.5, 0.5, 0.5)
    if r > 1.12 * b and r > 1.06 * g:
        return Material.BRICK
    return Material.CONCRETE if max(r, g, b) - min(r, g, b) < 0.06 and r < 0.75 else Material.PLASTER


def _corners(sides: Sides, name: str, width: int) -> tuple[CornerTable, ...]:
    """Clicks for the box's visible corners; the foot, often hidden, counts half."""
    if sides.middle is None:
        numbered = ((0, sides.left), (1, sides.right))
    elif sides.middle[0][0] - sides.left[0][0] >= sides.right[0][0] - sides.middle[0][0]:
        numbered = ((0, sides.left), (1, sides.middle), (2, sides.right))  # type: ignore[assignment]
    else:
        numbered = ((3, sides.left), (0, sides.middle), (1, sides.right))  # type: ignore[assignment]
    found = []
    for k, (i, (foot, top)) in enumerate(numbered):
        # A side that the frame cuts is no corner: its ends only lie on the edge towards its neighbour.
        other = numbered[k - 1 if k else 1][0]
        cut = min(foot[0], top[0]) < BORDER_PX or max(foot[0], top[0]) > width - BORDER_PX
        for letter, spot, weight in (("b", foot, 0.5), ("t", top, 1.0)):
            code = f"{letter}{min(i, other)}-{letter}{max(i, other)}" if cut else f"{letter}{i}"
            image = (round(float(spot[0]), 2), round(float(spot[1]), 2))
            found.append(CornerTable(image=image, block=name, vertex=code, weight=weight))
    return tuple(found)


def _lines(hints: Hints, sides: Sides) -> tuple[LineTable, ...]:
    """The longest members of each vanishing point, as lines along the world's axes."""
    wide_left = sides.middle is None or (
        sides.middle[0][0] - sides.left[0][0] >= sides.right[0][0] - sides.middle[0][0]
    )
    found = _members(hints, hints.upright, "z")
    if sides.middle is None:
        return found + _members(hints, hints.first, "x")
    for point in (hints.first, hints.second):
        if point is not None:
            middles = hints.segments[point.members][:, [0, 2]].mean(axis=1)
            on_left = float(np.median(middles)) < float(sides.middle[0][0])
            found += _members(hints, point, "x" if on_left == wide_left else "y")
    return found


def _members(hints: Hints, point: VanishingPoint | None, along: str) -> tuple[LineTable, ...]:
    if point is None:
        return ()
    chosen = hints.segments[np.sort(point.members)[:LINES_EACH]].round(2)
    return tuple(
        LineTable(image=((s[0], s[1]), (s[2], s[3])), along=along)  # type: ignore[arg-type]
        for s in chosen.tolist()
    )


def is_believable(before: BuildingFile, after: BuildingFile, rms_px: float, outline: FloatArray) -> bool:
    """Whether a fit of a proposed box may stand: it meets the outline, and no size ran away."""
    tall = float(outline[:, 1].max() - outline[:, 1].min())
    old, new = before.block[0], after.block[0]
    pairs = [(getattr(old, key), getattr(new, key)) for key in ("width", "depth", "height")]
    ratios = [b / a for a, b in pairs if a and b]
    return rms_px < 0.06 * tall and all(1 / 4 < ratio < 4 for ratio in ratios)


def plain_view(
    file: BuildingFile, picture: F32, outline: FloatArray, coverage: F32, focal: float
) -> tuple[BuildingFile, Camera]:
    """The last resort: a box seen straight on by a level camera that is lifted or tilted to fit the outline."""
    height, width = coverage.shape
    sides = find_sides(outline)
    block = file.block[0] if file.block else _box(sides, picture, coverage)
    top, foot = float(outline[:, 1].min()), float(outline[:, 1].max())
    left, right = float(outline[:, 0].min()), float(outline[:, 0].max())
    distance = focal * block.height / max(foot - top, 1.0)
    wide = distance * (right - left) / focal
    if not file.is_given("block.0.width"):
        block = block.model_copy(update={"width": round(wide, 3)})
    x = (width / 2 - left) / focal * distance
    # Level camera: the foot's row says how high the lens is above the ground.
    eye = (foot - height / 2) / focal * distance
    camera = Camera.looking(
        position=(x, -distance, eye),
        yaw_deg=0.0,
        pitch_deg=0.0,
        roll_deg=0.0,
        focal=focal,
        width=width,
        height=height,
    )
    marks = frozenset(f"block.0.{key}" for key in ("width", "depth", "height", "material", "storeys"))
    blocks = (block, *file.block[1:])
    return file.model_copy(update={"block": blocks, "proposed": file.proposed | marks}), camera


def settle_storeys(file: BuildingFile) -> BuildingFile:
    """Storeys and a window grid for a proposed box, once the fit has told its size."""
    if not file.block or "block.0.storeys" not in file.proposed:
        return file
    block = file.block[0]
    storeys = max(1, round(block.height / STOREY_M))
    sizes = {0: block.width or 0.0, 1: block.depth or 0.0}
    storey = block.height / storeys
    rows = tuple(_windows((face, face + 2), side, storey) for face, side in sizes.items() if side > 3.6)
    new = block.model_copy(update={"storeys": storeys, "windows": rows})
    return file.model_copy(
        update={
            "block": (new, *file.block[1:]),
            "proposed": file.proposed | {"block.0.windows", "block.0.storeys"},
        }
    )


def _windows(faces: tuple[int, int], side: float, storey: float) -> WindowRowTable:
    count = max(1, round((side - 1.2) / 3.0))
    return WindowRowTable(
        faces=faces, count=count, width=1.2, height=round(min(1.6, storey - 1.2), 2), sill=0.8, margin=0.9
    )
