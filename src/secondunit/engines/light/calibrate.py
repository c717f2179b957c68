"""A camera, and the free sizes of what it looks at, fitted to points and lines clicked in one picture.

Robust non-linear least squares over reprojection errors (bundle adjustment with one view; Hartley and Zisserman,
*Multiple View Geometry*, 2nd ed., ch. 7 and 18). One picture leaves scale and often focal length weak, so every
size and the focal length carries a prior: a fit says how far it moved them by its reprojection error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from secondunit.errors import BadInput
from secondunit.slate.camera import Camera

FloatArray = npt.NDArray[np.float64]
# From the sizes to the ends (n, 2, 3) of what was clicked: twice the same point, or two points of an edge.
WorldOf = Callable[[FloatArray], FloatArray]

POSE = ("yaw", "pitch", "roll", "x", "y", "z")
CAMERA_NUMBERS = ("focal", *POSE, "k1", "cx", "cy")
K1_SIGMA = 0.03
CENTRE_SIGMA = 0.08
ROBUST_PX = 2.0


@dataclass(frozen=True)
class Fit:
    """What a fit found: `sizes` (m,) as asked for, `errors` (n,) in pixels, `weights` (n,) as given."""

    camera: Camera
    sizes: FloatArray
    errors: FloatArray
    weights: FloatArray

    @property
    def rms(self) -> float:
        """Root mean square distance between clicked and projected points, pixels; every click counts alike."""
        return float(np.sqrt(np.mean(self.errors**2)))

    @property
    def worst(self) -> float:
        """Largest distance, pixels."""
        return float(self.errors.max())


@dataclass(frozen=True)
class FitPriors:
    """How far the fit may leave its start, as standard deviations that count like one pixel each.

    `focal` is relative; `size` (m,) in the units of `sizes` (`inf` leaves a size to the points alone); `eye` is
    (height, sigma) of the camera above z = 0 in metres, or None.
    """

    focal: float = 0.2
    size: tuple[float, ...] = ()
    eye: tuple[float, float] | None = None


@dataclass(frozen=True)
class ParallelLines:
    """Segments (n, 4) as x0, y0, x1, y1 in pixels, each parallel to a world direction (n, 3)."""

    segments: FloatArray
    directions: FloatArray


def fit_camera(
    image: FloatArray,
    world_of: WorldOf,
    starts: Sequence[Camera],
    *,
    lines: ParallelLines | None = None,
    sizes: FloatArray | None = None,
    priors: FitPriors | None = None,
    free: Sequence[str] = ("focal", *POSE),
    weights: FloatArray | None = None,
) -> Fit:
    """Fit camera and sizes so that `world_of(sizes)` (n, 2, 3) metres lands on `image` (n, 2) pixels.

    A click whose two ends differ need only lie on the line through them; `lines` need only run the right way.
    `starts` are cameras to begin from (the best one wins); `free` names the camera numbers that may change, of
    `CAMERA_NUMBERS`; `weights` (n,) are 1 for a sure click. Raises `BadInput` when there are too few points for
    the unknowns or no start brings the points before the camera.
    """
    size0 = np.zeros(0) if sizes is None else np.asarray(sizes, float)
    prior = priors or FitPriors(size=(np.inf,) * len(size0))
    weight = np.ones(len(image)) if weights is None else np.asarray(weights, float)
    _check_enough(2 * len(image) + (0 if lines is None else len(lines.segments)), free)
    world_of = _remembering(world_of)
    problem = _Problem(np.asarray(image, float), world_of, size0, prior, tuple(free), weight, lines)
    # The pose alone from every start is cheap; the best go on with the sizes, and last with the lens.
    posed = [(*problem.solve(start, rounds=40, stage=0), start) for start in starts]
    posed = sorted((p for p in posed if np.isfinite(p[0])), key=lambda p: p[0])[:3]
    sized = [(*problem.solve(start, rounds=80, at=vector, stage=1), start) for _, vector, start in posed]
    full = [(*problem.solve(start, rounds=200, at=vector, stage=2), start) for _, vector, start in sized]
    full = [p for p in full if np.isfinite(p[0])]
    if not full:
        raise BadInput(
            "no camera sees the clicked corners where the building says they are",
            hint="check that each `[[corner]]` names the right block and vertex",
        )
    _, vector, start = min(full, key=lambda p: p[0])
    camera, found = problem.unpack(vector, start)
    miss, _ = _misses(camera, world_of(found), problem.image)
    return Fit(camera, found, np.linalg.norm(miss, axis=1), weight)


def _remembering(world_of: WorldOf) -> WorldOf:
    """The same, asked once while the sizes stay: most steps of a fit move the camera alone."""

    @lru_cache(maxsize=4)
    def known(sizes: bytes) -> FloatArray:
        return world_of(np.frombuffer(sizes, float).copy())

    return lambda sizes: known(np.ascontiguousarray(sizes, float).tobytes())


def _check_enough(n_known: int, free: Sequence[str]) -> None:
    unknown = [name for name in free if name not in CAMERA_NUMBERS]
    if unknown:
        raise BadInput(f"the camera has no number `{unknown[0]}`", hint=f"use {', '.join(CAMERA_NUMBERS)}")
    if n_known < len(free):
        raise BadInput(
            f"the clicked corners are too few to find {len(free)} camera numbers",
            hint="click at least four corners of the building, more are better",
        )


def _misses(camera: Camera, ends: FloatArray, image: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pixels (n, 2) from each click to its point, or to its edge's line; least depth (n,) of its ends."""
    first, depth = camera.project(ends[:, 0])
    miss = first - image
    is_edge = (ends[:, 0] != ends[:, 1]).any(axis=1)
    if is_edge.any():
        rotation, eye = np.asarray(camera.rotation), np.asarray(camera.position)
        a, b = ends[is_edge, 0] - eye, ends[is_edge, 1] - eye
        # The edge and the eye span a plane; a click's ray should lie in it.
        plane = np.cross(a, b) @ rotation.T
        rays = camera.rays(image[is_edge]) @ rotation.T
        across = plane[:, :2] / np.maximum(np.linalg.norm(plane[:, :2], axis=1, keepdims=True), 1e-12)
        off = (plane * rays).sum(axis=1) / np.maximum(np.linalg.norm(plane[:, :2], axis=1), 1e-12)
        miss[is_edge] = -across * off[:, None] * camera.focal
        depth[is_edge] = np.maximum(depth[is_edge], camera.project(ends[is_edge, 1])[1])
    return miss, depth


def _turned_away(camera: Camera, lines: ParallelLines) -> FloatArray:
    """Pixels by which each segment's end leaves the direction to its vanishing point, seen from its middle."""
    rotation = np.asarray(camera.rotation)
    start = camera.rays(lines.segments[:, :2]) @ rotation.T
    end = camera.rays(lines.segments[:, 2:]) @ rotation.T
    middle, half = (start + end)[:, :2] / 2, (end - start)[:, :2] / 2
    to = lines.directions @ rotation.T
    towards = to[:, :2] - middle * to[:, 2:]
    towards = towards / np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-12)
    away: FloatArray = camera.focal * (half[:, 0] * towards[:, 1] - half[:, 1] * towards[:, 0])
    return away


@dataclass(frozen=True)
class _Problem:
    image: FloatArray
    world_of: WorldOf
    size0: FloatArray
    prior: FitPriors
    free: tuple[str, ...]
    weight: FloatArray
    lines: ParallelLines | None

    def solve(
        self, start: Camera, *, rounds: int, stage: int, at: FloatArray | None = None
    ) -> tuple[float, FloatArray]:
        """Run the solver from a camera (or from a vector near it); returns cost and vector.

        Stage 0 moves pose and focal length, 1 the sizes too, 2 everything and lets wild clicks go.
        """
        begin = np.concatenate([np.zeros(len(self.free)), self.size0]) if at is None else at
        lens = [stage < 2 and name in ("k1", "cx", "cy") for name in self.free]
        moves = ~np.array(lens + [stage < 1] * len(self.size0), bool)
        if not moves.any():
            return 0.0, begin

        def whole(part: FloatArray) -> FloatArray:
            vector = begin.copy()
            vector[moves] = part
            return vector

        def residuals(part: FloatArray) -> FloatArray:
            return self.residuals(whole(part), start)

        if not np.isfinite(self.residuals(begin, start)).all():
            return float("inf"), begin
        found = least_squares(
            residuals,
            begin[moves],
            loss="soft_l1" if stage == 2 else "linear",
            f_scale=ROBUST_PX,
            max_nfev=rounds,
            x_scale="jac",
        )
        vector = whole(found.x)
        camera, sizes = self.unpack(vector, start)
        _, depth = _misses(camera, self.world_of(sizes), self.image)
        return (float(found.cost) if (depth > 0).all() else float("inf")), vector

    def unpack(self, vector: FloatArray, start: Camera) -> tuple[Camera, FloatArray]:
        """Steps away from the start (angles in hundredths of a radian, focal as a logarithm) to a camera."""
        step = dict(zip(self.free, vector[: len(self.free)].tolist(), strict=True))
        yaw, pitch, roll = start.angles()
        per_step = 180 / np.pi * 0.01
        x, y, z = start.position
        camera = Camera.looking(
            position=(x + step.get("x", 0.0), y + step.get("y", 0.0), z + step.get("z", 0.0)),
            yaw_deg=yaw + step.get("yaw", 0.0) * per_step,
            pitch_deg=pitch + step.get("pitch", 0.0) * per_step,
            roll_deg=roll + step.get("roll", 0.0) * per_step,
            focal=start.focal * float(np.exp(np.clip(step.get("focal", 0.0) * 0.1, -3, 3))),
            width=start.width,
            height=start.height,
            cx=start.cx + step.get("cx", 0.0),
            cy=start.cy + step.get("cy", 0.0),
            k1=start.k1 + step.get("k1", 0.0) * 0.01,
        )
        return camera, vector[len(self.free) :]

    def residuals(self, vector: FloatArray, start: Camera) -> FloatArray:
        """Weighted reprojection errors in pixels, then one term for every prior."""
        camera, sizes = self.unpack(vector, start)
        miss, depth = _misses(camera, self.world_of(sizes), self.image)
        miss = miss * self.weight[:, None]
        # A point behind the camera pushes back, however wild its projection.
        miss = np.where(depth[:, None] > 0.1, np.clip(miss, -1e4, 1e4), 1e4 * (1 - np.minimum(depth, 0))[:, None])
        terms = [miss.ravel(), self._prior_terms(camera, sizes, start)]
        if self.lines is not None:
            terms.append(np.clip(_turned_away(camera, self.lines), -1e4, 1e4))
        return np.concatenate(terms)

    def _prior_terms(self, camera: Camera, sizes: FloatArray, start: Camera) -> FloatArray:
        terms = [np.log(camera.focal / start.focal) / self.prior.focal, (camera.k1 - start.k1) / K1_SIGMA]
        terms += [(camera.cx - start.cx) / (CENTRE_SIGMA * camera.width)]
        terms += [(camera.cy - start.cy) / (CENTRE_SIGMA * camera.width)]
        if self.prior.eye is not None:
            terms.append((camera.position[2] - self.prior.eye[0]) / self.prior.eye[1])
        size = (sizes - self.size0) / np.asarray(self.prior.size) if len(sizes) else np.zeros(0)
        return np.concatenate([np.array(terms), size])


def orbit_starts(
    points: FloatArray, image: FloatArray, *, focal: float, width: int, height: int, eye: float = 1.7
) -> tuple[Camera, ...]:
    """Cameras around `points` (n, 3) metres that see them about as large as `image` (n, 2) pixels.

    They stand on the −y side, every 20° from −60° to +60°, at eye height and at the height of the points.
    """
    centre = points.mean(axis=0)
    spread = float(np.linalg.norm(points - centre, axis=1).mean())
    seen = float(np.linalg.norm(image - image.mean(axis=0), axis=1).mean())
    distance = focal * spread / max(seen, 1.0)
    aim_x = np.degrees(np.arctan((float(image[:, 0].mean()) - width / 2) / focal))
    aim_y = np.degrees(np.arctan((float(image[:, 1].mean()) - height / 2) / focal))
    starts = []
    for around in range(-60, 61, 20):
        for z in (eye, max(eye, float(centre[2]))):
            a = np.radians(around)
            position = (centre[0] + distance * np.sin(a), centre[1] - distance * np.cos(a), z)
            lift = np.degrees(np.arctan2(centre[2] - z, distance))
            starts.append(
                Camera.looking(
                    position=(float(position[0]), float(position[1]), float(z)),
                    yaw_deg=float(-around - aim_x),
                    pitch_deg=float(lift + aim_y),
                    roll_deg=0.0,
                    focal=focal,
                    width=width,
                    height=height,
                )
            )
    return tuple(starts)


def focal_from_35mm(focal_35mm: float, width: int, height: int) -> float:
    """Focal length in pixels from its 35 mm equivalent (EXIF tag 0xA405), which compares diagonals (43.27 mm)."""
    if not 4 <= focal_35mm <= 2000:
        raise BadInput(f"a focal length of {focal_35mm:g} mm is not usable", hint="give 4 to 2000 mm")
    return focal_35mm * float(np.hypot(width, height)) / 43.2666
