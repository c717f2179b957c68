"""The dust layer: the cloud lit by the plate's sun and sky, and the shadow that it throws.

Rays are marched at half the raster and brought up along edges of depth. Sunlight inside the cloud: optical depth
swept through the grid once, the last two metres marched with the detail noise, four orders of scattering
(Wrenninge, *Production Volume Rendering*, 2013; Schneider and Vos, SIGGRAPH 2015), so thick dust is bright
where the sun falls in and its edges glow against the light. Nothing is random from frame to frame: the noise
rides on the air.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from secondunit.engines.physics.motion import DustFrame
from secondunit.errors import BadInput
from secondunit.kernels import march as kernel
from secondunit.kernels import march_screen
from secondunit.kernels.march_density import DECADES, SOFT, THINNEST
from secondunit.kernels.march_shadow import block_map, shade_points, sweep_depth
from secondunit.kernels.noise import billow_tile
from secondunit.slate.camera import Camera, Ground, Sun

F32 = npt.NDArray[np.float32]

SKY = 1e4  # metres of depth from which nothing stands there
FORWARD = 0.55  # mean cosine of one scattering by grains of some micrometres
EDGE = 1.9  # cells over which the edge of the cloud is spread for the noise to move it in
FILL = 0.1
GLOW = 0.9  # a hollow whose walls are all lit has this share of their light, before their albedo
BOUNCE = 0.16  # share of light that the street gives back


@dataclass(frozen=True)
class DustLayer:
    """`rgba` (h, w, 4) float32 premultiplied scene-linear ACEScg; `sun` (h, w) float32 transmittance of sunlight.

    `sun` is 1 where no dust lies between the visible surface point and the sun.
    """

    rgba: F32
    sun: F32


@dataclass(frozen=True)
class DustLook:
    """What may be changed by hand: `crisp` 0..1 how deep the creases are cut, `density` times the simulated
    one."""

    crisp: float = 0.85
    density: float = 1.0


def render_dust(
    frame: DustFrame,
    camera: Camera,
    sun: Sun,
    depth: F32,
    position: F32,
    *,
    exposure: float,
    time: float = 0.0,
    seed: int = 0,
    ground: Ground | None = None,
    look: DustLook | None = None,
    cloud: LitCloud | None = None,
    step: int | None = None,
) -> DustLayer:
    """Draw the cloud before surfaces at `depth` (h, w) metres along the axis and `position` (h, w, 3).

    `exposure` is the picture value of a white surface under the open sky alone; one that also faces the sun has
    exposure · (1 + sun_to_sky). `time` (seconds) and `ground` are kept for callers: the cloud carries its own.
    `cloud` is what `light_cloud` made of the same frame, sun and look, where it is drawn more than once; `step`
    pixels lie between two rays (by default 1 on a small raster, 2 on one wider than 700).
    """
    del time, ground
    if depth.shape != (camera.height, camera.width) or position.shape != (*depth.shape, 3):
        raise BadInput(
            f"depth is {depth.shape[1]}×{depth.shape[0]} and the camera {camera.width}×{camera.height}",
            hint="render both for one raster",
        )
    cloud = cloud or light_cloud(frame, sun, look)
    if cloud is None:
        return DustLayer(np.zeros((*depth.shape, 4), np.float32), np.ones(depth.shape, np.float32))
    factor = step or (1 if camera.width <= 700 else 2)
    small_depth = _choose_depth(depth, factor)
    light, span = cloud.march(camera, factor, small_depth, seed)
    rgba = np.empty_like(light)
    march_screen.settle(_colour(light, frame.tint, sun, exposure), span, rgba)
    if factor > 1:
        full = np.empty((*depth.shape, 4), np.float32)
        march_screen.upsample(rgba, span, depth.astype(np.float32), factor, full)
        rgba = full
    return DustLayer(rgba, cloud.shadow(position, depth))


def light_cloud(frame: DustFrame, sun: Sun, look: DustLook | None = None) -> LitCloud | None:
    """The light inside one frame's cloud, the same for every view of it; None where there is no dust."""
    look = look or DustLook()
    density = np.where(frame.density > 0.006, frame.density, 0).astype(np.float32) * np.float32(look.density)
    return LitCloud(frame, density, sun, look) if density.any() else None


class LitCloud:
    """One frame's grid with its light: depths towards the sun and the share of sky seen from each cell."""

    def __init__(self, frame: DustFrame, density: F32, sun: Sun, look: DustLook) -> None:
        self.frame, self.look = frame, look
        slope_x, slope_y = frame.slope
        # world to grid: centre of cell 0 is grid coordinate 0, height counts from the ground plane
        self.to_grid = np.array([[1, 0, 0], [0, 1, 0], [-slope_x, -slope_y, 1]], float) / frame.cell
        self.origin = -np.array(frame.low, float) / frame.cell - 0.5
        self.sun = np.array(sun.direction, float) / np.linalg.norm(sun.direction)
        self.toward = self.to_grid @ self.sun
        self.share = _log_scale(density)
        effective = _mean_carved(self.share, look.crisp)
        self.sun_depth = sweep_depth(effective, self._cells(self.toward), frame.cell)
        self.sky = self._open_sky(effective)
        self.glow = self._glow(effective)

    @staticmethod
    def _cells(direction: npt.NDArray[np.float64]) -> tuple[float, float, float]:
        return float(direction[0]), float(direction[1]), float(direction[2])

    def _open_sky(self, effective: F32) -> F32:
        """Share of the hemisphere seen: five directions, each dimmed less than sunlight (skylight scatters
        on)."""
        total = np.zeros_like(effective)
        for x, y, z, weight in ((0, 0, 1, 0.36), (1, 0.2, 0.8, 0.16), (-0.2, 1, 0.8, 0.16),
                                (-1, -0.2, 0.8, 0.16), (0.2, -1, 0.8, 0.16)):  # fmt: skip
            depth = sweep_depth(effective, (x, y, z), self.frame.cell)
            total += np.float32(weight) * (0.72 * np.exp(-0.45 * depth) + 0.28 * np.exp(-0.1 * depth))
        return total

    def _glow(self, effective: F32) -> F32:
        """Sunlight from lit dust near by, as a share of the sun's own: it fills hollows and the shaded side."""
        lit = np.exp(-0.8 * self.sun_depth) * (1 - np.exp(-effective * self.frame.cell))
        glow = 0.5 * gaussian_filter(lit, 2.5, mode="constant") + 0.5 * gaussian_filter(lit, 6.0, mode="constant")
        return np.asarray(GLOW * glow, np.float32)

    def march(self, camera: Camera, factor: int, depth: F32, seed: int) -> tuple[F32, F32]:
        """(h, w, 4): sunlight of the first orders, of the later ones, skylight, opacity."""
        frame = self.frame
        world = _rays(camera, factor)
        rays = (world @ self.to_grid.T.astype(np.float32)).astype(np.float32)
        start = self.origin + self.to_grid @ np.array(camera.position)
        out, span = np.empty((*depth.shape, 4), np.float32), np.empty((*depth.shape, 2), np.float32)
        reach = float(np.linalg.norm(np.array(self.share.shape) * frame.cell))
        step = min(max(0.17, 0.004 * reach), 0.45 * frame.cell)
        kernel.march(
            self.share, self.sun_depth, self.sky, self.glow, block_map(self.share), billow_tile(seed),
            _flow_in_cells(frame), np.array(frame.blend, np.float32), _offsets(frame, seed),
            -self.origin, start, rays, depth,
            jitter_pattern(), self.toward, world, self.sun, self.look.crisp, FORWARD, step, out, span,
        )  # fmt: skip
        return out, span

    def shadow(self, position: F32, depth: F32) -> F32:
        """Transmittance (h, w) of sunlight at surface points; 1 in the sky."""
        out = np.empty(depth.shape, np.float32)
        shade_points(self.sun_depth, position, self.origin, self.to_grid, self.toward, out)
        out[depth >= SKY * 0.99] = 1
        return out


def _log_scale(density: F32) -> F32:
    """Density as the share of the logarithmic scale that `march.carve` takes, smooth from cell to cell.

    Straight interpolation of density itself would show the grid: it falls tenfold from one cell to the next.
    """
    share = (np.log(np.maximum(density, np.float32(2e-3))) - THINNEST) / DECADES
    share = gaussian_filter(share, EDGE, mode="nearest", truncate=3) + FILL
    return np.ascontiguousarray(share, dtype=np.float32)


def _mean_carved(share: F32, crisp: float) -> F32:
    """What `march.carve` leaves on average, 1/m, for the light that passes through."""
    left = np.zeros_like(share)
    cut = crisp * np.minimum(1.0, 0.35 + 0.26 * (np.arange(share.shape[2], dtype=np.float32) + 0.5))
    for n in (0.1, 0.3, 0.5, 0.7, 0.9):
        left += np.clip((share - cut * np.float32(1 - n)) / np.float32(SOFT), 0, 1) / 5
    return np.asarray((np.exp(share * DECADES + THINNEST) + 3.5 * share**3) * left, np.float32)


def _colour(light: F32, tint: tuple[float, float, float], sun: Sun, exposure: float) -> F32:
    """Premultiplied picture values: light that scattered often takes on more of the dust's colour."""
    dust = np.array(tint)
    sunlight = exposure * sun.sun_to_sky * np.array(sun.sun_colour)
    skylight = exposure * np.array(sun.sky_colour)
    # the street below returns some sun and sky to the cloud, in its own warm grey
    bounce = BOUNCE * (sunlight * max(sun.direction[2], 0.0) + skylight) * 0.5
    rgb = light[..., 0:1] * (sunlight * dust) + light[..., 1:2] * (sunlight * dust**1.35 / dust.max() ** 0.35)
    rgb += light[..., 2:3] * (skylight * dust) + light[..., 3:4] * (bounce * dust)
    return np.concatenate([rgb, light[..., 3:4]], -1).astype(np.float32)


def _choose_depth(depth: F32, factor: int) -> F32:
    """One depth for each block of pixels: nearest and farthest in turn, so that both sides of an edge are
    there."""
    if factor == 1:
        return np.ascontiguousarray(depth, dtype=np.float32)
    h, w = (-(-n // factor) for n in depth.shape)
    padded = np.pad(depth, ((0, h * factor - depth.shape[0]), (0, w * factor - depth.shape[1])), mode="edge")
    blocks = padded.reshape(h, factor, w, factor)
    odd = (np.add.outer(np.arange(h), np.arange(w)) & 1).astype(bool)
    return np.asarray(np.where(odd, blocks.max((1, 3)), blocks.min((1, 3))), np.float32)


@lru_cache(maxsize=4)
def _rays(camera: Camera, factor: int) -> F32:
    """World directions (h, w, 3), 1 along the axis, through the centres of `factor` × `factor` pixels."""
    h, w = -(-camera.height // factor), -(-camera.width // factor)
    row, col = np.mgrid[:h, :w]
    pixels = np.c_[(col.ravel() + 0.5) * factor, (row.ravel() + 0.5) * factor]
    rays = np.asarray(camera.rays(pixels), np.float32)
    return rays.reshape(h, w, 3)


def _flow_in_cells(frame: DustFrame) -> F32:
    """(nx/2, ny/2, nz/2, 6) cells that the air has come in each phase."""
    if frame.flow is None:
        return np.zeros((1, 1, 1, 6), np.float32)
    flow = frame.flow.astype(np.float32) / np.float32(frame.cell)
    return np.ascontiguousarray(np.moveaxis(flow.reshape(6, *flow.shape[2:]), 0, -1))


def _offsets(frame: DustFrame, seed: int) -> npt.NDArray[np.float64]:
    """Where in the noise each phase looks, (2, 3) samples: another place after each restart, fixed in the
    world."""
    jump = [
        np.random.default_rng([seed, phase, count]).uniform(0, 64, 3) for phase, count in enumerate(frame.resets)
    ]
    return np.array(jump)


@lru_cache(maxsize=1)
def jitter_pattern() -> F32:
    """Start of each ray in steps, (64, 64): interleaved gradient noise (Jimenez 2014), the same in every
    frame."""
    row, col = np.mgrid[:64, :64]
    inner = 0.06711056 * col + 0.00583715 * row
    return np.asarray((52.9829189 * (inner % 1)) % 1, np.float32)
