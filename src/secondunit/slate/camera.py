"""A camera in metres and pixels, and the ground it stands on.

World: right-handed, metres, z up. A pixel's centre is at (column + 0.5, row + 0.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole with one radial term: image = focal · (1 + k1·r²) · (x, y) + (cx, cy), r² = x² + y².

    `rotation` holds three rows in world axes: image right, image down, forward. `position` is in metres,
    `focal`, `cx`, `cy` in pixels of a `width` × `height` raster.
    """

    rotation: tuple[tuple[float, float, float], ...]
    position: tuple[float, float, float]
    focal: float
    cx: float
    cy: float
    width: int
    height: int
    k1: float = 0.0

    @classmethod
    def looking(
        cls,
        *,
        position: tuple[float, float, float],
        yaw_deg: float,
        pitch_deg: float,
        roll_deg: float,
        focal: float,
        width: int,
        height: int,
        cx: float | None = None,
        cy: float | None = None,
        k1: float = 0.0,
    ) -> Camera:
        """A camera by angles: yaw 0 looks along +y and turns towards +x, pitch looks up, roll is clockwise."""
        yaw, pitch, roll = (math.radians(a) for a in (yaw_deg, pitch_deg, roll_deg))
        forward = np.array([math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)])
        right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        down = np.cross(forward, right)
        r2 = math.cos(roll) * right + math.sin(roll) * down
        d2 = -math.sin(roll) * right + math.cos(roll) * down
        rows = tuple((float(v[0]), float(v[1]), float(v[2])) for v in (r2, d2, forward))
        return cls(
            rows,
            position,
            focal,
            width / 2 if cx is None else cx,
            height / 2 if cy is None else cy,
            width,
            height,
            k1,
        )

    def angles(self) -> tuple[float, float, float]:
        """(yaw, pitch, roll) in degrees, the inverse of `looking`."""
        right, _down, forward = np.asarray(self.rotation)
        yaw = math.atan2(forward[0], forward[1])
        pitch = math.asin(float(np.clip(forward[2], -1, 1)))
        level = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        roll = math.atan2(float(right @ np.cross(forward, level)), float(right @ level))
        return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """World points (n, 3) to pixels (n, 2) and depth along the axis (n,), metres; depth ≤ 0 lies behind."""
        local = (np.asarray(points, float) - np.asarray(self.position)) @ np.asarray(self.rotation).T
        depth = local[:, 2]
        flat = local[:, :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)[:, None]
        flat = flat * (1 + self.k1 * (flat**2).sum(1, keepdims=True))
        return flat * self.focal + np.array([self.cx, self.cy]), depth

    def rays(self, pixels: FloatArray) -> FloatArray:
        """Pixels (n, 2) to world directions (n, 3): point = position + depth · ray."""
        bent = (np.asarray(pixels, float) - np.array([self.cx, self.cy])) / self.focal
        flat = bent.copy()
        for _ in range(8):
            flat = bent / (1 + self.k1 * (flat**2).sum(1, keepdims=True))
        world: FloatArray = np.c_[flat, np.ones(len(flat))] @ np.asarray(self.rotation)
        return world

    def scaled(self, factor: float) -> Camera:
        """The same camera on a raster `factor` times as large (previews)."""
        return replace(
            self,
            focal=self.focal * factor,
            cx=self.cx * factor,
            cy=self.cy * factor,
            width=round(self.width * factor),
            height=round(self.height * factor),
        )


@dataclass(frozen=True)
class Ground:
    """The ground as a plane: height z = slope_x · x + slope_y · y + level, metres."""

    slope_x: float = 0.0
    slope_y: float = 0.0
    level: float = 0.0

    def height(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Height of the ground at (x, y)."""
        z: FloatArray = self.slope_x * np.asarray(x, float) + self.slope_y * np.asarray(y, float) + self.level
        return z


@dataclass(frozen=True)
class Sun:
    """Where the light comes from: `direction` points from the ground to the sun (unit length).

    `sun_to_sky` is the irradiance of the sun on a surface facing it over that of the open sky on flat ground
    (about 5 in clear weather, under 0.3 when overcast). `softness_deg` is the sun's apparent radius.
    """

    direction: tuple[float, float, float]
    sun_to_sky: float = 4.0
    softness_deg: float = 0.27
    sun_colour: tuple[float, float, float] = (1.0, 0.95, 0.88)
    sky_colour: tuple[float, float, float] = (0.72, 0.86, 1.12)
    source: str = "assumed"

    @classmethod
    def from_angles(cls, azimuth_deg: float, elevation_deg: float, **rest: float | str) -> Sun:
        """From azimuth (0 = along +y, turning towards +x) and elevation above the horizon."""
        azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
        direction = (
            math.sin(azimuth) * math.cos(elevation),
            math.cos(azimuth) * math.cos(elevation),
            math.sin(elevation),
        )
        return cls(direction, **rest)  # type: ignore[arg-type]

    def angles(self) -> tuple[float, float]:
        """(azimuth, elevation) in degrees, the inverse of `from_angles`."""
        x, y, z = self.direction
        return math.degrees(math.atan2(x, y)), math.degrees(math.asin(max(-1.0, min(1.0, z))))
