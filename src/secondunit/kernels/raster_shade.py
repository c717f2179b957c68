"""Deferred shading: the light that every sample of a moved piece or of debris sends to the camera.

The point a sample sees is carried back to the rest pose by the piece's rigid motion; there the photograph or a
procedural material gives its reflectance, which is lit at the new place.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from secondunit.kernels.raster_classify import DEBRIS, FRAGMENT
from secondunit.kernels.raster_fill import FOCAL, NEAR_M, hash_unit, to_camera, to_pixel
from secondunit.kernels.raster_light import FLOOR, GROUND, SKY, SUN, bounce_at, direct_light, obscurance
from secondunit.kernels.raster_material import FACADE, PLATE, material
from secondunit.kernels.raster_noise import noise, noise_slope

DUST_SALT = 23


@njit(cache=True, fastmath=True)
def _photographed(skin, cam, x, y, z, tolerance, out):  # type: ignore[no-untyped-def]
    """Reflectance the plate shows at a rest point, False where it is hidden or out of frame.

    skin (h, w, 5): reflectance, valid, depth of the nearest surface at rest.
    """
    a, b, c = to_camera(cam, x, y, z)
    if c < NEAR_M:
        return False
    u, v = to_pixel(cam, a, b, c)
    if u < 0.0 or v < 0.0 or u >= skin.shape[1] or v >= skin.shape[0]:
        return False
    i, j = int(u), int(v)
    if skin[j, i, 3] <= 0.0 or c > skin[j, i, 4] + tolerance:
        return False
    for k in range(3):
        out[k] = skin[j, i, k]
    return True


@njit(cache=True, fastmath=True)
def _mirrored(skin, cam, face, x, y, z, nx, ny, fragment, out):  # type: ignore[no-untyped-def]
    """Borrow the photographed facade for a skin the plate never saw: same height, folded along its width.

    face (8,): a point of the facade's foot (x, y, z), its direction along (x, y), its width, its lowest and
    highest photographed z.
    """
    if face[5] <= 0.0:
        return False
    along = x * -ny + y * nx
    turn = along / face[5]
    fold = turn - math.floor(turn)
    if math.floor(turn) & 1:
        fold = 1.0 - fold
    t = fold * face[5]
    level = min(max(z, face[6]), face[7])
    return _photographed(skin, cam, face[0] + t * face[3], face[1] + t * face[4], level, 0.6, out)


@njit(cache=True, fastmath=True)
def _rest_reflectance(  # type: ignore[no-untyped-def]
    skin, cam, face, palette, lattice, bond, surface, fragment, axis, x, y, z, nx, ny, nz, out
):
    """Reflectance into out[:3]; returns (bump strength, mirror share)."""
    if surface in (PLATE, FACADE):
        facing = (cam[9] - x) * nx + (cam[10] - y) * ny + (cam[11] - z) * nz
        if surface == PLATE and facing > 0.0 and _photographed(skin, cam, x, y, z, 0.35, out):
            return 0.0, 0.0
        if abs(nz) < 0.7 and _mirrored(skin, cam, face, x, y, z, nx, ny, fragment, out):
            return 0.05, 0.0
        surface = FACADE
    r, g, b, bump, shine = material(palette, lattice, bond, surface, fragment, axis, x, y, z, nx, ny, nz)
    out[0], out[1], out[2] = r, g, b
    return bump, shine


@njit(cache=True, fastmath=True)
def _bend(lattice, strength, x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
    """Bumps: the normal leans down the slope of noise at two scales."""
    ax, ay, az = noise_slope(lattice, x * 23.0, y * 23.0, z * 23.0)
    bx, by, bz = noise_slope(lattice, x * 71.0 + 5.0, y * 71.0, z * 71.0)
    nx -= strength * (ax + 0.6 * bx)
    ny -= strength * (ay + 0.6 * by)
    nz -= strength * (az + 0.6 * bz)
    inv = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    return nx * inv, ny * inv, nz * inv


@njit(cache=True, fastmath=True)
def _cover_with_dust(dust_albedo, amount, up, patch, out):  # type: ignore[no-untyped-def]
    """A pale film over out[:3], thicker on what faces up and in patches."""
    film = amount * (0.30 + 0.70 * max(0.0, up)) * (0.35 + 1.1 * patch)
    film = min(0.85, film)
    for k in range(3):
        out[k] += film * (dust_albedo[k] - out[k])
    return film


@njit(cache=True, fastmath=True)
def _debris_normal(hulls, faces, n_faces, code, shape, q, out):  # type: ignore[no-untyped-def]
    """World normal of a piece's face (or a random one facing nowhere in particular for a disc) into out
    (3,)."""
    most = faces.shape[1]
    piece = code // (most + 1)
    f = code % (most + 1)
    k = shape[piece]
    if f == most:
        f = int(hash_unit(piece, 3, 11) * n_faces[k])
    a, b, c = faces[k, f, 0], faces[k, f, 1], faces[k, f, 2]
    ux, uy, uz = (
        hulls[k, b, 0] - hulls[k, a, 0], hulls[k, b, 1] - hulls[k, a, 1], hulls[k, b, 2] - hulls[k, a, 2],
    )  # fmt: skip
    vx, vy, vz = (
        hulls[k, c, 0] - hulls[k, a, 0], hulls[k, c, 1] - hulls[k, a, 1], hulls[k, c, 2] - hulls[k, a, 2],
    )  # fmt: skip
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    x += 0.3 * (hash_unit(piece, f, 1) - 0.5)
    y += 0.3 * (hash_unit(piece, f, 2) - 0.5)
    z += 0.3 * (hash_unit(piece, f, 3) - 0.5)
    inv = 1.0 / math.sqrt(x * x + y * y + z * z + 1e-12)
    x, y, z = x * inv, y * inv, z * inv
    tx = 2.0 * (q[1] * z - q[2] * y)
    ty = 2.0 * (q[2] * x - q[0] * z)
    tz = 2.0 * (q[0] * y - q[1] * x)
    out[0] = x + q[3] * tx + q[1] * tz - q[2] * ty
    out[1] = y + q[3] * ty + q[2] * tx - q[0] * tz
    out[2] = z + q[3] * tz + q[0] * ty - q[1] * tx


@njit(cache=True, fastmath=True, parallel=True)
def shade(  # type: ignore[no-untyped-def]
    kind, zb, ib, cam, rays, ground, jitter, sets, disc,
    centre, tri_fragment, tri_surface, tri_normal, rotation, position, axis, dusty,
    hulls, faces, n_faces, shape, quaternion, colour,
    skin, face, palette, lattice, bond, dust_albedo,
    sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, light, volume, low, inv_cell,
    fragments, debris,
):  # fmt: skip
    """Fill fragments and debris (h, w, 4), premultiplied, from the samples of those kinds.

    sets (S,) light set of each sub-frame; dusty (n,) film on each fragment, 0 to 1; axis (n,) its longest side;
    colour (m, 3) reflectance of each piece of debris; light (12,) irradiances, see `raster_light`.
    """
    n_samples, h, w = zb.shape
    n_triangles = len(tri_fragment)
    share = np.float32(1.0 / n_samples)
    for y in prange(h):
        o = np.empty(3, np.float32)
        near = np.empty(3, np.float32)
        nrm = np.empty(3, np.float32)
        for x in range(w):
            for s in range(n_samples):
                what = kind[s, y, x]
                if what != FRAGMENT and what != DEBRIS:
                    continue
                depth = np.float32(1.0) / zb[s, y, x]
                jx = jitter[s, 0] / cam[FOCAL]
                jy = jitter[s, 1] / cam[FOCAL]
                px = cam[9] + depth * (rays[y, x, 0] + jx * cam[0] + jy * cam[3])
                py = cam[10] + depth * (rays[y, x, 1] + jx * cam[1] + jy * cam[4])
                pz = cam[11] + depth * (rays[y, x, 2] + jx * cam[2] + jy * cam[5])
                code = ib[s, y, x]
                shine = 0.0
                film = 0.0
                if what == FRAGMENT:
                    i = tri_fragment[code]
                    r = rotation[s, i]
                    a, b, c = px - position[s, i, 0], py - position[s, i, 1], pz - position[s, i, 2]
                    rx = r[0, 0] * a + r[1, 0] * b + r[2, 0] * c + centre[i, 0]
                    ry = r[0, 1] * a + r[1, 1] * b + r[2, 1] * c + centre[i, 1]
                    rz = r[0, 2] * a + r[1, 2] * b + r[2, 2] * c + centre[i, 2]
                    lx, ly, lz = tri_normal[code, 0], tri_normal[code, 1], tri_normal[code, 2]
                    bump, shine = _rest_reflectance(
                        skin, cam, face, palette, lattice, bond, tri_surface[code], i, axis[i],
                        rx, ry, rz, lx, ly, lz, o,
                    )  # fmt: skip
                    if bump > 0.0:
                        lx, ly, lz = _bend(lattice, bump, rx, ry, rz, lx, ly, lz)
                    nrm[0] = r[0, 0] * lx + r[0, 1] * ly + r[0, 2] * lz
                    nrm[1] = r[1, 0] * lx + r[1, 1] * ly + r[1, 2] * lz
                    nrm[2] = r[2, 0] * lx + r[2, 1] * ly + r[2, 2] * lz
                    if dusty[i] > 0.0:
                        patch = noise(lattice, rx * 4.3, ry * 4.3, rz * 4.3)
                        film = _cover_with_dust(dust_albedo, dusty[i], nrm[2], patch, o)
                else:
                    piece = (code - n_triangles) // (faces.shape[1] + 1)
                    _debris_normal(hulls, faces, n_faces, code - n_triangles, shape, quaternion[s, piece], nrm)
                    g = 0.75 + 0.5 * noise(lattice, px * 21.0, py * 21.0, pz * 21.0)
                    for k in range(3):
                        o[k] = colour[piece, k] * g
                nx, ny, nz = nrm[0], nrm[1], nrm[2]
                sun, sky, clear = direct_light(
                    sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, sets[s], px, py, pz, nx, ny, nz
                )
                filled = obscurance(
                    zb[s], kind[s], 0, cam, rays, ground, disc, s, x, y, px, py, pz, nx, ny, nz, depth
                )
                around = 1.0 - 0.85 * filled
                beam = 1.0 - 0.25 * filled
                bounce_at(volume, low, inv_cell, px, py, pz, near)
                down = (0.5 - 0.5 * nz) * (0.25 + 0.75 * clear)
                up = np.float32(0.0)
                if shine > 0.0:
                    dx, dy, dz = rays[y, x, 0], rays[y, x, 1], rays[y, x, 2]
                    inv = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
                    cosine = -(dx * nx + dy * ny + dz * nz) * inv
                    if dz * inv + 2.0 * cosine * nz > 0.0:
                        fresnel = shine + (1.0 - shine) * (1.0 - min(1.0, max(0.0, cosine))) ** 5
                        up = np.float32((1.0 - film) * fresnel * clear)
                out = fragments if what == FRAGMENT else debris
                for k in range(3):
                    e = light[SUN + k] * sun * beam
                    soft = light[SKY + k] * sky + light[GROUND + k] * down + near[k] + light[FLOOR + k]
                    e += soft * around
                    out[y, x, k] += share * (o[k] * e + up * light[SKY + k])
                out[y, x, 3] += share
            for k in range(3):
                fragments[y, x, k] = max(np.float32(0.0), fragments[y, x, k])
                debris[y, x, k] = max(np.float32(0.0), debris[y, x, k])
