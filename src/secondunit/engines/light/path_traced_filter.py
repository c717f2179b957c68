"""From few paths a pixel to smooth light: spread over one surface, then read where the picture wants it.

Sources: H. Dammertz et al., Edge-Avoiding À-Trous Wavelet Transform for fast Global Illumination Filtering, HPG 2010;
J. Kopf et al., Joint Bilateral Upsampling, SIGGRAPH 2007. All rasters are float32; `foot` (h, w) is how many metres a
pixel spans, 0 where nothing is seen.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit, prange
from scipy import ndimage

from secondunit.kernels.raster_fill import NEAR_M, to_camera
from secondunit.kernels.raster_material import FACADE, PLATE
from secondunit.kernels.raster_photo import held
from secondunit.kernels.raster_shade import rest_reflectance

F32 = npt.NDArray[np.float32]

SAME_PLANE_M = np.float32(0.03)  # and as much more as the pixels compared lie apart
FACING_SMOOTH, FACING_READ = 8, 4  # powers of the normals' cosine
REACH = 2  # pixels to either side that are read
TAPS = 9
FEW = np.float32(1e-4)  # weight below which nothing alike was found


@njit(cache=True, fastmath=True)
def _alike(place, normal, j, i, x, y, z, nx, ny, nz, tolerance, power):  # type: ignore[no-untyped-def]
    """How much pixel (j, i) is of the plane through (x, y, z) with normal n, 0 to 1."""
    facing = normal[j, i, 0] * nx + normal[j, i, 1] * ny + normal[j, i, 2] * nz
    if facing <= 0.0:
        return np.float32(0.0)
    away = (place[j, i, 0] - x) * nx + (place[j, i, 1] - y) * ny + (place[j, i, 2] - z) * nz
    off = away / tolerance
    return np.float32(facing**power * math.exp(-off * off))


@njit(cache=True, fastmath=True, parallel=True)
def smooth_once(light, place, normal, foot, step, out):  # type: ignore[no-untyped-def]
    """One level of the à-trous filter, taps `step` pixels apart: light (h, w, 3) into out (h, w, 3)."""
    h, w = foot.shape
    spline = np.array([1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16], np.float32)
    for y in prange(h):
        for x in range(w):
            for k in range(3):
                out[y, x, k] = light[y, x, k]
            if foot[y, x] <= 0.0:
                continue
            px, py, pz = place[y, x, 0], place[y, x, 1], place[y, x, 2]
            nx, ny, nz = normal[y, x, 0], normal[y, x, 1], normal[y, x, 2]
            tolerance = SAME_PLANE_M + foot[y, x] * np.float32(step)
            total, r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for n in range(5):
                j = y + (n - 2) * step
                if j < 0 or j >= h:
                    continue
                for m in range(5):
                    i = x + (m - 2) * step
                    if i < 0 or i >= w or foot[j, i] <= 0.0:
                        continue
                    weight = spline[n] * spline[m]
                    if n != 2 or m != 2:
                        weight *= _alike(place, normal, j, i, px, py, pz, nx, ny, nz, tolerance, FACING_SMOOTH)
                    total += weight
                    r += weight * light[j, i, 0]
                    g += weight * light[j, i, 1]
                    b += weight * light[j, i, 2]
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = r / total, g / total, b / total


def smooth(light: F32, place: F32, normal: F32, foot: F32, levels: int) -> F32:
    """`light` (h, w, 3) spread over the surface it fell on by `levels` of the filter (each doubles the reach)."""
    for level in range(levels):
        out = np.empty_like(light)
        smooth_once(light, place, normal, foot, 1 << level, out)
        light = out
    return light


@njit(cache=True, fastmath=True)
def _read(light, place, normal, foot, u, v, x, y, z, nx, ny, nz, sharpness, out):  # type: ignore[no-untyped-def]
    """Add the light at point (x, y, z) with normal n, seen at pixel place (u, v), to out (3,); False if none is found.

    Neighbours count by exp(−sharpness · pixels²) and by how much they are of the same plane.
    """
    h, w = foot.shape
    i0, j0 = math.floor(u), math.floor(v)
    total, r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for j in range(max(0, j0 - REACH), min(h, j0 + REACH + 1)):
        for i in range(max(0, i0 - REACH), min(w, i0 + REACH + 1)):
            if foot[j, i] <= 0.0:
                continue
            du, dv = np.float32(i) + np.float32(0.5) - u, np.float32(j) + np.float32(0.5) - v
            weight = np.float32(math.exp(-sharpness * (du * du + dv * dv)))
            weight *= _alike(place, normal, j, i, x, y, z, nx, ny, nz, SAME_PLANE_M + foot[j, i], FACING_READ)
            total += weight
            r += weight * light[j, i, 0]
            g += weight * light[j, i, 1]
            b += weight * light[j, i, 2]
    if total < FEW:
        return False
    out[0] += r / total
    out[1] += g / total
    out[2] += b / total
    return True


@njit(cache=True, fastmath=True, parallel=True)
def read_ground(  # type: ignore[no-untyped-def]
    light, place, normal, foot, at, want_place, up, want, sharpness, out, found
):
    """Add light (h, w, 3) at points of the ground to out (h', w', 3); found (h', w') is cleared where there is none.

    at (h', w', 2) where in the source each point of `want_place` (h', w', 3) lies (pixels), `up` (3,) the ground's
    normal, `want` (h', w') bool.
    """
    for y in prange(want.shape[0]):
        for x in range(want.shape[1]):
            found[y, x] &= want[y, x] and _read(
                light, place, normal, foot, at[y, x, 0], at[y, x, 1],
                want_place[y, x, 0], want_place[y, x, 1], want_place[y, x, 2], up[0], up[1], up[2], sharpness,
                out[y, x],
            )  # fmt: skip


@njit(cache=True, fastmath=True, parallel=True)
def read_pieces(  # type: ignore[no-untyped-def]
    least, most, every, kind, zb, ib, cam, rays, jitter, fragment, tri_normal, rotation, position, middle,
    exposure, centre, surface, axis, skin, face, palette, lattice, bond,
    sun_light, sun_place, sun_normal, sun_foot, soft_light, soft_place, soft_normal, soft_foot,
    corner, coarser, sharp, broad, out, found,
):  # fmt: skip
    """Mean light (h, w, 3) on every `every`th sample whose kind is `least` to `most` into out, and if any into found.

    kind, zb, ib (S, h, w) and poses as in `raster_shade.shade`; a sample is carried with its piece to the instant
    `middle`, at which sun and soft were traced. corner (2,) pixels from the camera's raster to the sun's, whose pixels
    are 1 / `coarser` of the soft one's. Where the photograph is brighter than its light at rest allows, the piece keeps
    no more of the new than `raster_photo.held` says; at `exposure` 0 all is kept. From centre to bond as in `shade`.
    """
    n_samples, h, w = zb.shape
    for y in prange(h):
        one = np.empty(3, np.float32)
        o, back = np.zeros(5, np.float32), np.zeros(4, np.float32)
        for x in range(w):
            n = np.float32(0.0)
            for k in range(3):
                out[y, x, k] = 0.0
            for s in range(0, n_samples, every):
                if kind[s, y, x] < least or kind[s, y, x] > most:
                    continue
                code = ib[s, y, x]
                i = fragment[code]
                depth = np.float32(1.0) / zb[s, y, x]
                jx, jy = jitter[s, 0] / cam[12], jitter[s, 1] / cam[12]
                px = cam[9] + depth * (rays[y, x, 0] + jx * cam[0] + jy * cam[3]) - position[s, i, 0]
                py = cam[10] + depth * (rays[y, x, 1] + jx * cam[1] + jy * cam[4]) - position[s, i, 1]
                pz = cam[11] + depth * (rays[y, x, 2] + jx * cam[2] + jy * cam[5]) - position[s, i, 2]
                a, b, q = rotation[s, i], rotation[middle, i], position[middle, i]
                lx = a[0, 0] * px + a[1, 0] * py + a[2, 0] * pz
                ly = a[0, 1] * px + a[1, 1] * py + a[2, 1] * pz
                lz = a[0, 2] * px + a[1, 2] * py + a[2, 2] * pz
                px = b[0, 0] * lx + b[0, 1] * ly + b[0, 2] * lz + q[0]
                py = b[1, 0] * lx + b[1, 1] * ly + b[1, 2] * lz + q[1]
                pz = b[2, 0] * lx + b[2, 1] * ly + b[2, 2] * lz + q[2]
                mx, my, mz = tri_normal[code, 0], tri_normal[code, 1], tri_normal[code, 2]
                nx = b[0, 0] * mx + b[0, 1] * my + b[0, 2] * mz
                ny = b[1, 0] * mx + b[1, 1] * my + b[1, 2] * mz
                nz = b[2, 0] * mx + b[2, 1] * my + b[2, 2] * mz
                c0, c1, c2 = to_camera(cam, px, py, pz)
                if c2 < NEAR_M:
                    continue
                u = cam[12] * c0 / c2 + cam[13] + corner[0]
                v = cam[12] * c1 / c2 + cam[14] + corner[1]
                one[:] = 0.0
                if not _read(
                    sun_light, sun_place, sun_normal, sun_foot, u, v, px, py, pz, nx, ny, nz, sharp, one
                ):
                    continue
                if not _read(
                    soft_light, soft_place, soft_normal, soft_foot, u / coarser, v / coarser,
                    px, py, pz, nx, ny, nz, broad, one,
                ):  # fmt: skip
                    continue
                keep = np.float32(1.0)
                if exposure > 0.0 and (surface[code] == PLATE or surface[code] == FACADE):
                    back[3] = 0.0
                    rest_reflectance(
                        skin, cam, face, palette, lattice, bond, surface[code], i, axis[i],
                        lx + centre[i, 0], ly + centre[i, 1], lz + centre[i, 2], mx, my, mz, back, o,
                    )  # fmt: skip
                    keep = held(exposure * (one[0] + one[1] + one[2]) / np.float32(3.0), o[3], o[4])
                n += np.float32(1.0)
                for k in range(3):
                    out[y, x, k] += keep * one[k]
            found[y, x] = n > 0.0
            for k in range(3):
                out[y, x, k] /= max(n, np.float32(1.0))


@njit(cache=True, fastmath=True, parallel=True)
def smear(light, motion, shutter, out):  # type: ignore[no-untyped-def]
    """Light (h, w, 3) averaged along motion (h, w, 2) while the shutter is open."""
    h, w = light.shape[:2]
    for y in prange(h):
        for x in range(w):
            total, r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for tap in range(TAPS):
                t = np.float32(shutter) * (np.float32(tap) / np.float32(TAPS - 1) - np.float32(0.5))
                i = math.floor(x + np.float32(0.5) + t * motion[y, x, 0])
                j = math.floor(y + np.float32(0.5) + t * motion[y, x, 1])
                if 0 <= i < w and 0 <= j < h:
                    total += np.float32(1.0)
                    r += light[j, i, 0]
                    g += light[j, i, 1]
                    b += light[j, i, 2]
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = r / total, g / total, b / total


def carry_on(picture: F32, known: npt.NDArray[np.bool_]) -> F32:
    """(h, w, 3) with every pixel that is not `known` (h, w) taking the nearest one that is; as it was if none is."""
    if known.all() or not known.any():
        return picture
    row, column = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    carried: F32 = picture[row, column]
    return carried
