"""Dust: a heavy cloud driven by what falls. One `BodyFrame` in, one `DustFrame` out.

Falling bodies drag the air and push it out from where they land, so pancaking floors drive a jet along the
ground. Fresh dust is heavier than air and runs on as a gravity current; as it thins it loses its weight,
rolls up and drifts with the wind. Incompressible air on a staggered grid: exact projection (sine transforms),
MacCormack advection, vorticity confinement. Detail too fine for the grid is left to the light engine, which
carries its noise along `flow`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from secondunit.engines.physics.breakup import Breakup, Surface
from secondunit.engines.physics.dust_grid import THIN, DustState, box_of_dust, fit
from secondunit.engines.physics.dust_source import Lumps, Puffs, cut_lumps, free_dust, place_lumps
from secondunit.engines.physics.motion import BodyFrame, DustFrame
from secondunit.errors import BadInput
from secondunit.kernels import smoke, smoke_forces
from secondunit.kernels.march_shadow import block_map
from secondunit.kernels.noise import vector_tile
from secondunit.slate.camera import Ground

__all__ = ["DustState", "simulate_dust"]

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

# Linear albedo (ACEScg) of a cloud of each thing ground up. A cloud scatters light many times over, which deepens
# its colour: paler than the powder would look on a plate.
POWDER: dict[Surface, tuple[float, float, float]] = {
    Surface.BRICK: (0.520, 0.482, 0.438),
    Surface.PLASTER: (0.550, 0.540, 0.520),
    Surface.CONCRETE: (0.530, 0.520, 0.500),
    Surface.TIMBER: (0.500, 0.470, 0.430),
    Surface.STONE: (0.540, 0.520, 0.492),
    Surface.TILE: (0.500, 0.462, 0.418),
}
LONGEST_STEP = 0.0422  # seconds
FLOW_PERIOD = 0.85  # seconds after which the coordinates that noise rides on start afresh
FLOW_BLUR = 2.2  # coarse cells over which that motion is levelled
HEAVY = 7.0  # m/s² that the densest fresh dust is pulled down with, beyond what air carries
HALF_HEAVY = 2.0  # 1/m at which half of that is reached
HEAVY_FOR = 2.2  # seconds in which fresh dust loses most of its weight
LIFT = 0.22  # m/s² that old, warm dust rises with
SETTLES_IN = 45.0  # seconds
SWIRL = 0.22  # vorticity confinement, in cells
STIR = 7.0  # m/s² of small eddies in fresh dust
CALMS_IN = 3.0  # seconds: eddies too small for the grid eat up what the large ones have
SQUEEZE = 0.8  # share of the air displaced by arriving bodies that is pushed out
BODY_DRAG = 26.0  # 1/s with which air in a cell full of bodies takes on their speed


def simulate_dust(
    breakup: Breakup,
    frames: Iterable[BodyFrame],
    ground: Ground,
    *,
    rate: float,
    amount: float = 0.5,
    cell: float | None = None,
    seed: int = 0,
    tint: tuple[float, float, float] | None = None,
    wind: tuple[float, float] = (0.4, 0.15),
    state: DustState | None = None,
) -> Iterator[DustFrame]:
    """Yield the cloud at each of `frames`, which follow one another at `rate` a second.

    `amount` 0 is no dust, 0.5 natural, 1 swallows the street. `cell` in metres (by the building's size when not
    given; doubles should the cloud outgrow a million cells). `tint` is the dust's linear albedo (of what the
    building is made of when not given), `wind` (x, y) m/s. `state` (of an earlier run after k frames) goes on with
    frame k of the same shot; it is updated in place.
    """
    if not 0 <= amount <= 1:
        raise BadInput(f"the amount of dust is {amount:g}", hint="use 0 (none) to 1 (swallows the street)")
    if not 1 <= rate <= 1000:
        raise BadInput(f"the rate is {rate:g} frames a second", hint="use 1 to 1000")
    if cell is not None and not 0.05 <= cell <= 10:
        raise BadInput(f"the dust cell is {cell:g} m", hint="use 0.05 to 10")
    state = DustState.start(breakup.centre, cell or natural_cell(breakup)) if state is None else state
    if len(state.left) != breakup.n_fragments:
        raise BadInput("the saved dust belongs to another building", hint="simulate it anew")
    tint = powder_of(breakup) if tint is None else tint
    lumps = cut_lumps(breakup, state.cell)
    for frame in frames:
        if amount > 0:
            _advance(breakup, frame, ground, lumps, rate, amount, seed, wind, state)
        state.frame += 1
        yield _picture(state, ground, rate, tint)


def powder_of(breakup: Breakup) -> tuple[float, float, float]:
    """Linear albedo of the dust of all that is broken, each material by the area of its broken faces."""
    area = 0.5 * np.linalg.norm(
        np.cross(breakup.corners[:, 1] - breakup.corners[:, 0], breakup.corners[:, 2] - breakup.corners[:, 0]),
        axis=1,
    )
    share = np.bincount(breakup.tri_surface, area, minlength=len(Surface))
    kinds = [k for k in POWDER if share[k] > 0]
    if not kinds:
        return POWDER[Surface.CONCRETE]
    mean = sum(share[k] * np.array(POWDER[k]) for k in kinds) / sum(share[k] for k in kinds)
    red, green, blue = (round(float(c), 4) for c in mean)
    return red, green, blue


def natural_cell(breakup: Breakup) -> float:
    """A cell for which the cloud of a total collapse is about 90 × 80 × 50 cells."""
    size = breakup.hull_points.max(0) - breakup.hull_points.min(0)
    return float(np.clip((float(size.max()) + float(size[2])) / 51, 0.2, 2.0))


def _advance(
    breakup: Breakup,
    frame: BodyFrame,
    ground: Ground,
    lumps: Lumps,
    rate: float,
    amount: float,
    seed: int,
    wind: tuple[float, float],
    state: DustState,
) -> None:
    rng = np.random.default_rng([seed, state.frame, 2])
    placed = place_lumps(lumps, frame)
    gain = (2 * amount) ** 2.2
    puffs = free_dust(
        breakup, frame, lumps, placed, state.left, seconds=1 / rate, gain=gain, cell=state.cell, rng=rng
    )
    reach = _reach(state, puffs, placed[0][frame.awake[lumps.fragment] == 1], ground)
    state.was = frame.position.astype(np.float32, copy=True)
    if reach is None:
        return
    fit(state, *reach, wind)
    solid, flux = _solids(state, placed, lumps, ground)
    n_steps = max(1, math.ceil(1 / rate / LONGEST_STEP))
    for step in range(n_steps):
        blown = _puff(state, puffs, ground, 1 / n_steps)
        arriving = (solid - state.solid) * np.float32(1 / n_steps if state.solid.any() else 0)
        seconds = 1 / rate / n_steps
        displaced = np.float32(SQUEEZE) * arriving + blown
        _drive(state, solid, flux, displaced, seconds, state.frame + step / n_steps, rate, ground, seed, wind)
        _carry(state, seconds)
    state.solid = solid
    _restart_flow(state, rate)


def _above(points: F64, ground: Ground) -> F64:
    """World points (n, 3) with z measured from the ground plane."""
    above = points.copy()
    above[:, 2] -= ground.height(points[:, 0], points[:, 1])
    return above


def _reach(state: DustState, puffs: Puffs, moving: F64, ground: Ground) -> tuple[I64, I64] | None:
    """Lattice box of dust there is, dust being freed and bodies in motion."""
    boxes = [] if state.density.size == 0 else [b for b in (box_of_dust(state),) if b is not None]
    freed = puffs.position[puffs.amount > 0]
    if not boxes and not len(freed):
        return None
    for points in (freed, moving):
        if len(points):
            index = np.floor(_above(points, ground) / state.cell).astype(np.int64)
            boxes.append((index.min(0), index.max(0)))
    low = np.min([b[0] for b in boxes], axis=0)
    high = np.max([b[1] for b in boxes], axis=0)
    return low, np.maximum(high, 2)


def _index(state: DustState, points: F64, ground: Ground) -> F32:
    """World points (n, 3) as index coordinates of cell centres."""
    index = _above(points, ground) / state.cell - 0.5
    index[:, :2] -= state.origin
    return index.astype(np.float32)


def _solids(state: DustState, placed: tuple[F64, F64], lumps: Lumps, ground: Ground) -> tuple[F32, F32]:
    """Share of each cell filled by bodies, at most 0.9, and its flux in m/s."""
    solid = np.zeros(state.shape, np.float32)
    flux = np.zeros((*state.shape, 3), np.float32)
    at = _index(state, placed[0], ground)
    share = (lumps.volume / state.cell**3).astype(np.float32)
    smoke_forces.splat_solid(at, placed[1].astype(np.float32), share, solid, flux)
    over = np.maximum(solid / np.float32(0.9), np.float32(1))
    solid /= over
    flux /= over[..., None]
    return solid, flux


def _puff(state: DustState, puffs: Puffs, ground: Ground, share: float) -> F32:
    """Set dust free; returns the air pressed out, as a share of each cell."""
    at = _index(state, puffs.position, ground)
    radius = (puffs.radius / state.cell).astype(np.float32)
    amount = (puffs.amount * (share / state.cell**3)).astype(np.float32)
    fresh = np.zeros(state.shape, np.float32)
    smoke_forces.splat_puffs(at, radius, amount, fresh)
    state.density += fresh
    state.weight += fresh
    blown = np.zeros(state.shape, np.float32)
    air = (puffs.air * (share / state.cell**3)).astype(np.float32)
    smoke_forces.splat_puffs(at[air > 0], 1.4 * radius[air > 0], air[air > 0], blown)
    return blown


def _drive(
    state: DustState,
    solid: F32,
    flux: F32,
    displaced: F32,
    seconds: float,
    now: float,
    rate: float,
    ground: Ground,
    seed: int,
    wind: tuple[float, float],
) -> None:
    """Forces on the air over `seconds`, then the projection."""
    u, v, w = state.speed_x, state.speed_y, state.speed_z
    dt = np.float32(seconds)
    speed = np.empty((*state.shape, 3), np.float32)
    smoke.centre_speed(u, v, w, speed)
    swirl = np.empty((*state.shape, 4), np.float32)
    smoke.curl(speed, np.float32(state.cell), swirl)
    force = np.empty_like(speed)
    smoke.swirl_force(swirl, np.float32(SWIRL * state.cell), force)
    tile = vector_tile(seed)
    drift = np.array([*state.origin, 0.0]) + np.array([0.3, 0.2, -1.1]) * (now / rate / state.cell)
    smoke_forces.weigh(
        force, state.density, state.weight, tile, drift.astype(np.float32),
        np.array([HEAVY, HALF_HEAVY, LIFT, STIR, ground.slope_x, ground.slope_y], np.float32),
    )  # fmt: skip
    smoke_forces.push_faces(u, v, w, force, dt)
    calm = np.float32(math.exp(-seconds / CALMS_IN))
    for field, still in ((u, wind[0]), (v, wind[1]), (w, 0.0)):
        field -= np.float32(still)
        field *= calm
        field += np.float32(still)
    grip = np.float32(1 - min(1.0, 1.6 * seconds))
    u[:, :, 0] *= grip
    v[:, :, 0] *= grip
    source = displaced * np.float32(state.cell / seconds)
    # drag and projection in turn, so that air goes round bodies rather than through them
    for _ in range(2):
        smoke_forces.drag_faces(u, v, w, solid, flux, np.float32(BODY_DRAG * seconds))
        smoke.project(u, v, w, source)


def _carry(state: DustState, seconds: float) -> None:
    """Everything rides on the air for `seconds`; the mass of dust is kept."""
    scale = np.float32(seconds / state.cell)
    speed = np.empty((*state.shape, 3), np.float32)
    smoke.centre_speed(state.speed_x, state.speed_y, state.speed_z, speed)
    busy = block_map(np.maximum(state.density - np.float32(THIN), 0))
    for axis, name in enumerate(("speed_x", "speed_y", "speed_z", "density", "weight")):
        field = getattr(state, name)
        forward, sharp = np.empty_like(field), np.empty_like(field)
        smoke.advect(forward, field, speed, scale, min(axis, 3))
        if name != "weight":
            smoke.advect_sharply(sharp, field, forward, speed, scale, min(axis, 3), busy)
        setattr(state, name, forward if name == "weight" else sharp)
        if name == "density":
            before, after = float(field.sum(dtype=np.float64)), float(sharp.sum(dtype=np.float64))
            keep = float(np.clip(before / max(after, 1e-9), 0.95, 1.05)) * math.exp(-seconds / SETTLES_IN)
            sharp *= np.float32(keep)
    state.weight *= np.float32(math.exp(-seconds / HEAVY_FOR))
    np.minimum(state.weight, state.density, out=state.weight)
    coarse = _dust_speed(speed, state.density)
    for phase in range(2):
        for part in range(3):
            old = state.flow[phase, part].copy()
            smoke.advect(state.flow[phase, part], old, coarse, scale * np.float32(0.5), 3)
            state.flow[phase, part] += coarse[..., part] * np.float32(seconds)


def _dust_speed(speed: F32, density: F32) -> F32:
    """How fast the dust round each coarse cell moves, (nx/2, ny/2, nz/2, 3), whatever still air is between.

    Noise that rides on this is carried along, not squeezed flat where a front pushes into still air.
    """
    mass = np.ascontiguousarray(_halve(density[..., None]))[..., 0] + np.float32(1e-3)
    around = gaussian_filter(mass, FLOW_BLUR)
    moved = np.stack([gaussian_filter(mass * part, FLOW_BLUR) for part in np.moveaxis(_halve(speed), -1, 0)], -1)
    return np.asarray(moved / around[..., None], np.float32)


def _halve(speed: F32) -> F32:
    """Centre values (nx, ny, nz, c) on the grid twice as coarse."""
    nx, ny, nz = (n // 2 for n in speed.shape[:3])
    return np.ascontiguousarray(speed.reshape(nx, 2, ny, 2, nz, 2, -1).mean((1, 3, 5), dtype=np.float32))


def flow_phase(frame: int, rate: float, phase: int) -> tuple[int, float]:
    """How often the coordinates of this phase started afresh by `frame`, and their age as 0..1 of the period."""
    turns = frame / rate / FLOW_PERIOD + 0.5 * phase
    return math.floor(turns), turns - math.floor(turns)


def _restart_flow(state: DustState, rate: float) -> None:
    for phase in range(2):
        if flow_phase(state.frame, rate, phase)[0] != flow_phase(state.frame - 1, rate, phase)[0]:
            state.flow[phase] = 0


def _picture(state: DustState, ground: Ground, rate: float, tint: tuple[float, float, float]) -> DustFrame:
    phases = [flow_phase(state.frame - 1, rate, phase) for phase in range(2)]
    blend = tuple(1 - abs(2 * age - 1) for _, age in phases)
    resets = tuple(count for count, _ in phases)
    if state.density.size == 0:
        density, speed = np.zeros((2, 2, 2), np.float16), np.zeros((3, 1, 1, 1), np.float16)
        flow = np.zeros((2, 3, 1, 1, 1), np.float16)
    else:
        centre = np.empty((*state.shape, 3), np.float32)
        smoke.centre_speed(state.speed_x, state.speed_y, state.speed_z, centre)
        density = np.where(state.density > 1e-4, state.density, 0).astype(np.float16)
        speed = np.ascontiguousarray(np.moveaxis(_halve(centre), -1, 0)).astype(np.float16)
        flow = state.flow.astype(np.float16)
    x, y = (float(o) * state.cell for o in state.origin)
    return DustFrame(
        density=density,
        velocity=speed,
        low=(x, y, ground.level),
        cell=state.cell,
        tint=tint,
        slope=(ground.slope_x, ground.slope_y),
        flow=flow,
        blend=(blend[0], blend[1]),
        resets=(resets[0], resets[1]),
    )
