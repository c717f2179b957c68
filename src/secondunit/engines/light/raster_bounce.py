"""Light that goes from piece to piece: lit fragments splatted into a coarse grid and spread.

One bounce, no direction: enough that the inside of a breaking house is neither black nor flat. In the spirit of
A. Kaplanyan and C. Dachsbacher, Cascaded Light Propagation Volumes, I3D 2010.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import ndimage

from secondunit.engines.light.shadow import DepthMaps, LightSets
from secondunit.kernels.raster_light import SKY, SUN, direct_light

F32 = npt.NDArray[np.float32]

SPREAD_M = 0.9
GAIN = 1.5
SETS_USED = 4


@dataclass(frozen=True)
class BounceVolume:
    """`light` (nx, ny, nz, 3) irradiance at cell centres; cell i spans `low` + i · `cell` metres."""

    light: F32
    low: F32
    cell: float


@njit(cache=True, fastmath=True)
def _lit_fragments(position, radius, sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, light, sets, out):  # type: ignore[no-untyped-def]
    """out (n, 3): mean irradiance on the outside of each fragment, sunny side and upper side."""
    for i in range(len(position)):
        sun_sum = 0.0
        sky_sum = 0.0
        for g in range(sets):
            lx, ly, lz = sun_axes[g, 2, 0], sun_axes[g, 2, 1], sun_axes[g, 2, 2]
            r = 0.8 * radius[i] + 0.05
            x, y, z = position[i, 0], position[i, 1], position[i, 2]
            sun, _, _ = direct_light(
                sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, g,
                x + lx * r, y + ly * r, z + lz * r, lx, ly, lz,
            )  # fmt: skip
            _, sky, _ = direct_light(
                sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, g, x, y, z + r, 0.0, 0.0, 1.0
            )
            sun_sum += sun
            sky_sum += sky
        for k in range(3):
            out[i, k] = (0.4 * sun_sum * light[SUN + k] + 0.6 * sky_sum * light[SKY + k]) / sets


def bounce_volume(
    position: F32,
    radius: F32,
    volume: F32,
    reflectance: F32,
    maps: DepthMaps,
    lights: LightSets,
    light: F32,
    low: F32,
    high: F32,
) -> BounceVolume:
    """The grid for one frame: fragments at `position` (n, 3) with `radius`, `volume` m³ and `reflectance` (n,
    3)."""
    cell = max(0.4, float((high - low).max()) / 64)
    size = np.maximum(2, np.ceil((high - low) / cell)).astype(int)
    lit = np.zeros((len(position), 3), np.float32)
    sets = min(SETS_USED, len(lights.sun_axes))
    _lit_fragments(
        position, radius, maps.sun, lights.sun_axes, maps.sky, lights.sky_axes, lights.sky_gain, lights.bias,
        light, sets, lit,
    )  # fmt: skip
    index = np.floor((position - low) / cell).astype(int)
    inside = ((index >= 0) & (index < size)).all(1)
    flat = np.ravel_multi_index(tuple(index[inside].T), tuple(size))
    solid = volume[inside] / cell**3
    grid = np.zeros((*size, 3), np.float32)
    for k in range(3):
        sent = np.bincount(flat, solid * lit[inside, k] * reflectance[inside, k], minlength=int(size.prod()))
        grid[..., k] = ndimage.gaussian_filter(
            sent.reshape(size).astype(np.float32), SPREAD_M / cell, mode="constant"
        )
    return BounceVolume(np.ascontiguousarray(GAIN * grid), low.astype(np.float32), cell)
