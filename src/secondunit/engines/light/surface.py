"""The photographed skin: reflectance = plate ÷ the light that fell on it at rest, and where it is valid."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from secondunit.engines.light.raster_mesh import RasterMesh
from secondunit.engines.physics.breakup import Breakup, Part, Surface

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

KNEE, BRIGHTEST = 1.1, 6.0
WELL_LIT = 0.7  # of the light that the best lit tenth has
BELIEVED, LIKELY = 0.99, 0.9  # parts of the well lit places below whose reflectance one is believed, and likely
REACH_PX = 8


def photographed(ib: I32, surface: npt.NDArray[np.uint8], matte: F32) -> Mask:
    """(h, w) pixels that show photographed skin in nearly all samples `ib` (S, h, w) of the rest pose."""
    table = np.append(surface == Surface.PLATE, False)
    share = np.zeros(matte.shape, np.float32)
    for one in ib:
        share += table[one]
    seen: Mask = (share >= 0.95 * len(ib)) & (matte > 0.95)
    return seen


def make_skin(facade: F32, irradiance: F32, depth: F32, seen: Mask, covered: Mask) -> F32:
    """(h, w, 7): reflectance 0 to 6, valid 0 or 1, depth of the nearest surface at rest (metres); then for
    `kernels.raster_photo.held`, where the reflectance is beyond belief, the light at rest and the share of it that is
    likely (0 and 1 elsewhere).

    `facade` (h, w, 3) the plate without street objects, `irradiance` (h, w, 3) at rest on the plate's scale,
    `seen` its valid pixels. The rim where skin and sky mix is left out and filled from inside, as far as 8 px
    and only where the building is (`covered`).
    """
    skin = np.zeros((*seen.shape, 7), np.float32)
    if not seen.any():
        return skin
    least = 0.12 * np.median(irradiance[seen], axis=0)
    skin[..., :3] = _shoulder(np.maximum(facade, 0) / np.maximum(irradiance, np.maximum(least, 1e-5)))
    skin[..., 3] = 1
    skin[..., 4] = depth
    skin[..., 5], skin[..., 6] = _beyond_belief(skin[..., :3], irradiance, seen)
    core = ndimage.binary_erosion(seen, iterations=1, border_value=1)
    if not core.any():
        core = seen
    distance, (row, column) = ndimage.distance_transform_edt(~core, return_indices=True)
    skin = skin[row, column]
    skin[(distance > REACH_PX) | ~(covered | seen), 3] = 0
    return np.ascontiguousarray(skin)


def _beyond_belief(reflectance: F32, irradiance: F32, seen: Mask) -> tuple[F32, F32]:
    """(h, w) the light at rest where the model had too little of it, else 0, and the likely share of the reflectance.

    No place is much whiter than the whitest of the well lit ones: where the plate is bright in a shadow of the
    model's, under eaves that reach less far than it thinks, the shadow is wrong and not the paint.
    """
    most, light = reflectance.max(-1), irradiance.mean(-1)
    lit = seen & (light > WELL_LIT * np.quantile(light[seen], 0.9))
    believed, likely = np.quantile(most[lit], (BELIEVED, LIKELY)) if lit.any() else (KNEE, KNEE)
    beyond = most > 1.15 * believed
    share = np.where(beyond, likely / np.maximum(most, 1e-6), 1)
    return np.where(beyond, light, 0).astype(np.float32), share.astype(np.float32)


def _shoulder(reflectance: F32) -> F32:
    """Roll reflectances above 1.1 off towards 6, keeping their hue.

    Above 1 they are not physical: highlights, or light the model at rest knows nothing of. They are kept, for a
    piece that has hardly moved must look as it did; only flares are held down, and `held` in other light.
    """
    most = reflectance.max(-1, keepdims=True)
    over = np.maximum(most - KNEE, 0)
    room = BRIGHTEST - KNEE
    rolled = np.where(most > KNEE, KNEE + room * (1 - np.exp(-over / room)), most)
    return np.asarray(reflectance * (rolled / np.maximum(most, 1e-6)), np.float32)


def main_facade(mesh: RasterMesh, ib: I32, seen: Mask) -> F32:
    """(10,) the wall that most photographed pixels show: foot x, y, z, direction x, y, width, lowest, highest z,
    0.

    Skins that the plate never saw borrow from it. Width 0 where there is none.
    """
    face = np.zeros(10, np.float32)
    code = ib[0][seen]
    code = code[code >= 0]
    count = np.bincount(code, minlength=len(mesh.fragment)).astype(float)
    normal = mesh.normal
    wall = (count > 0) & (np.abs(normal[:, 2]) < 0.3)
    if not wall.any():
        return face
    heading = np.round(np.arctan2(normal[:, 1], normal[:, 0]) / (math.pi / 16)).astype(int) % 32
    best = np.bincount(heading[wall], count[wall], minlength=32).argmax()
    wall &= heading == best
    n = (normal[wall, :2] * count[wall, None]).sum(0)
    n /= np.linalg.norm(n)
    middle = mesh.corners[wall].mean(1) + mesh.centre[mesh.fragment[wall]]
    weight = count[wall]
    offset = _weighted_median(middle[:, :2] @ n, weight)
    tangent = np.array([-n[1], n[0]])
    along = middle[:, :2] @ tangent
    a0, a1 = _inner_range(along, weight)
    z0, z1 = _inner_range(middle[:, 2], weight)
    foot = n * offset + tangent * a0
    face[:8] = (foot[0], foot[1], z0, tangent[0], tangent[1], a1 - a0, z0, z1)
    return face


def storey_height(breakup: Breakup) -> float:
    """Metres from one storey's slabs to the next; 3.2 where there are fewer than two."""
    slab = breakup.part == Part.SLAB
    levels = [
        float(breakup.centre[slab & (breakup.storey == k), 2].mean()) for k in np.unique(breakup.storey[slab])
    ]
    steps = np.diff(np.sort(levels))
    steps = steps[steps > 1.8]
    return float(np.median(steps)) if len(steps) else 3.2


def _weighted_median(value: F32, weight: npt.NDArray[np.float64]) -> float:
    order = np.argsort(value)
    total = np.cumsum(weight[order])
    return float(value[order][np.searchsorted(total, 0.5 * total[-1])])


def _inner_range(value: F32, weight: npt.NDArray[np.float64]) -> tuple[float, float]:
    """From the second to the ninety-eighth percentile by weight."""
    order = np.argsort(value)
    total = np.cumsum(weight[order]) / weight.sum()
    ends = value[order][np.clip(np.searchsorted(total, (0.02, 0.98)), 0, len(value) - 1)]
    return float(ends[0]), float(ends[1])
