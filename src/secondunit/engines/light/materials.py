"""Reflectance of what a building is made of, and the exposure that puts it on the plate's scale.

Mean linear reflectances are mid-range values of daylight measurements of building materials (e.g. CIE and
ASHRAE tables of solar and visible reflectance): red brick 0.15–0.30, concrete 0.25–0.40, plaster 0.5–0.7,
asphalt 0.1–0.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.breakup import Breakup, Surface
from secondunit.slate.camera import Sun

F32 = npt.NDArray[np.float32]

LUMINANCE = np.array([0.2722, 0.6741, 0.0537])  # of ACEScg
MORTAR = 11
DUST_ALBEDO = (0.36, 0.335, 0.30)
GROUND_ALBEDO = 0.19
WHITEST = 0.85

REFLECTANCE: dict[int, tuple[float, float, float]] = {
    Surface.PLATE: (0.30, 0.26, 0.22),
    Surface.BRICK: (0.270, 0.150, 0.108),
    Surface.PLASTER: (0.47, 0.44, 0.385),
    Surface.CONCRETE: (0.33, 0.32, 0.295),
    Surface.TIMBER: (0.27, 0.18, 0.11),
    Surface.FURNITURE: (0.20, 0.16, 0.13),
    Surface.GLASS: (0.045, 0.050, 0.050),
    Surface.STONE: (0.38, 0.35, 0.30),
    Surface.TILE: (0.26, 0.135, 0.090),
    Surface.METAL: (0.30, 0.30, 0.31),
    Surface.FACADE: (0.30, 0.26, 0.22),
    MORTAR: (0.325, 0.30, 0.26),
}


@dataclass(frozen=True)
class Calibration:
    """`exposure`: plate value of a white surface under the open sky alone; `ground` its mean reflectance (3,).

    `palette` (12, 3) reflectance by `Surface`, row 11 mortar; `skin` the material behind the photographed skin.
    """

    exposure: float
    ground: F32
    palette: F32
    skin: Surface


def luminance(colour: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Relative luminance of ACEScg colours (…, 3)."""
    value: npt.NDArray[np.float64] = np.asarray(colour, float) @ LUMINANCE
    return value


def skin_material(breakup: Breakup) -> Surface:
    """What the pieces that carry the photographed skin are made of: the surface most of their breaks show."""
    area = _areas(breakup)
    outer = np.isin(breakup.tri_surface, (Surface.PLATE, Surface.FACADE))
    carries = np.zeros(breakup.n_fragments, bool)
    carries[breakup.tri_fragment[outer]] = True
    hard = ~np.isin(breakup.tri_surface, (Surface.GLASS, Surface.METAL, Surface.PLASTER))
    inner = carries[breakup.tri_fragment] & ~outer & hard
    if not inner.any():
        return Surface.CONCRETE
    total = np.bincount(breakup.tri_surface[inner], area[inner], minlength=11)
    return Surface(int(total.argmax()))


def core_surface(breakup: Breakup) -> npt.NDArray[np.uint8]:
    """(n,) the surface that most of each fragment's inside shows; its debris is made of it."""
    area = _areas(breakup)
    inner = ~np.isin(breakup.tri_surface, (Surface.PLATE, Surface.FACADE))
    key = breakup.tri_fragment[inner].astype(np.int64) * 11 + breakup.tri_surface[inner]
    total = np.bincount(key, area[inner], minlength=breakup.n_fragments * 11).reshape(-1, 11)
    core = total.argmax(1)
    core[total.max(1) <= 0] = skin_material(breakup)
    return np.asarray(core, np.uint8)


def calibrate(skin_ratio: F32, ground_ratio: F32, sun: Sun, skin: Surface) -> Calibration:
    """Exposure and palette from what the plate shows.

    `skin_ratio` (n, 3) and `ground_ratio` (m, 3): plate ÷ irradiance in units of the open sky, for photographed
    wall and ground pixels; either may be empty. Three estimates are averaged in the logarithm: the wall's
    median over its material's reflectance (weight 2), the ground's over asphalt and paving (1), and a sunlit
    white card at 1.1 (1), so that a painted wall or a dark street misleads it only in part.
    """
    base = np.array([REFLECTANCE[k] for k in range(12)])
    full = luminance(np.add(np.multiply(sun.sun_colour, sun.sun_to_sky), sun.sky_colour))
    logs, weights = [np.log(1.1 / max(float(full), 1e-3))], [1.0]
    for ratio, target, weight in (
        (skin_ratio, float(luminance(base[skin])), 2.0),
        (ground_ratio, GROUND_ALBEDO, 1.0),
    ):
        middle = float(luminance(np.median(ratio, axis=0))) if len(ratio) else 0.0
        if middle > 1e-5:
            logs.append(np.log(middle / target))
            weights.append(weight)
    exposure = float(np.exp(np.average(logs, weights=weights)))
    if len(skin_ratio):
        # Nothing reflects more than falls on it: the wall's brighter parts bound the exposure from below.
        exposure = max(exposure, float(np.quantile(skin_ratio @ LUMINANCE, 0.9)) / WHITEST)
    palette = base.copy()
    ground = np.full(3, GROUND_ALBEDO)
    if len(ground_ratio):
        ground = np.clip(np.median(ground_ratio, axis=0) / exposure, 0.05, 0.5)
    if len(skin_ratio):
        seen = np.clip(np.median(skin_ratio, axis=0) / exposure, 0.02, 0.85)
        palette[Surface.FACADE] = palette[Surface.PLATE] = seen
        palette[skin] = _inner_colour(seen, base[skin], skin)
    return Calibration(exposure, ground.astype(np.float32), palette.astype(np.float32), skin)


def _inner_colour(
    seen: npt.NDArray[np.float64], base: npt.NDArray[np.float64], skin: Surface
) -> npt.NDArray[np.float64]:
    """Colour of a break: like the skin where the skin looks like the bare material, else the material's own."""
    near = np.abs(np.log(seen / seen.mean()) - np.log(base / base.mean())).max()
    share = float(np.clip(1.4 - 2.0 * near, 0.0, 0.85)) if skin in (Surface.BRICK, Surface.STONE) else 0.3
    mixed: npt.NDArray[np.float64] = np.exp(share * np.log(seen) + (1 - share) * np.log(base))
    return mixed


def debris_colours(source: npt.NDArray[np.int32], core: npt.NDArray[np.uint8], palette: F32, seed: int) -> F32:
    """(m, 3) reflectance of debris by the fragment it came from: its material, varied; some of it is mortar."""
    rng = np.random.default_rng(seed)
    vary = rng.random((len(source), 4), dtype=np.float32)
    kind = core[source].astype(np.int64)
    mortar = np.isin(kind, (Surface.BRICK, Surface.STONE)) & (vary[:, 0] < 0.3)
    plaster = (kind == Surface.BRICK) & (vary[:, 0] > 0.93)
    kind[mortar] = MORTAR
    kind[plaster] = Surface.PLASTER
    tone = 0.6 + 0.7 * vary[:, 1:2]
    warm = (vary[:, 2:3] - 0.5) * np.array([[0.12, 0.0, -0.15]], np.float32)
    base = palette[kind] * tone * (1 + warm)
    film = (0.10 + 0.35 * vary[:, 3:4]).astype(np.float32)
    mixed: F32 = (base + film * (np.array(DUST_ALBEDO, np.float32) - base)).astype(np.float32)
    return mixed


def _areas(breakup: Breakup) -> F32:
    edge = breakup.corners[:, 1:] - breakup.corners[:, :1]
    area: F32 = 0.5 * np.linalg.norm(np.cross(edge[:, 0], edge[:, 1]), axis=1).astype(np.float32)
    return area
