"""Deferred shading: the light that every sample of a moved piece or of debris sends to the camera.

The point a sample sees is carried back to the rest pose by the piece's rigid motion; there the photograph or a
procedural material gives its reflectance, which is lit at the new place.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from secondunit.kernels.raster_classify import DEBRIS, FRAGMENT
from secondunit.kernels.raster_fill import FOCAL, hash_unit
from secondunit.kernels.raster_light import FLOOR, GROUND, SKY, SUN, bounce_at, direct_light, obscurance
from secondunit.kernels.raster_material import BRICK, CONCRETE, FACADE, PLATE, STONE, TILE, material, mottled
from secondunit.kernels.raster_noise import noise, noise_slope
from secondunit.kernels.raster_photo import held, photographed

SHARED = 4
SHARED_PHOTO = 2
GRAZING = np.float32(0.08)


@njit(cache=True, fastmath=True)
def _storeys_below(skin, cam, face, x, y, z, back, tolerance, first, out):  # type: ignore[no-untyped-def]
    """What the plate shows at this place some storeys lower: a facade repeats from floor to floor."""
    for k in range(first, 10):
        level = z - k * face[9]
        if level < face[6]:
            return False
        if photographed(skin, cam, x, y, level, back, tolerance, out):
            return True
    return False


@njit(cache=True, fastmath=True)
def _mirrored(skin, cam, face, x, y, z, nx, ny, back, out):  # type: ignore[no-untyped-def]
    """Borrow the photographed facade for a skin the plate never saw, folded along its width."""
    if face[5] <= 0.0:
        return False
    along = x * -ny + y * nx
    turn = along / face[5]
    fold = turn - math.floor(turn)
    if math.floor(turn) & 1:
        fold = 1.0 - fold
    t = fold * face[5]
    level = max(z, face[6] + np.float32(0.01))
    back[3] = 0.0  # it is seen from elsewhere
    return _storeys_below(skin, cam, face, face[0] + t * face[3], face[1] + t * face[4], level, back, 0.6, 0, out)


@njit(cache=True, fastmath=True)
def rest_reflectance(  # type: ignore[no-untyped-def]
    skin, cam, face, palette, lattice, bond, surface, fragment, axis, x, y, z, nx, ny, nz, back, out
):
    """Reflectance at a rest point into out[:3], and what `held` takes into out[3:5].

    Returns bump strength, mirror share, and 1 for the plate's own pixels.

    skin (h, w, 7) the photographed one, see `raster_photo`. face (10,) the main facade: a point of its foot
    (x, y, z), its direction (x, y), its width, lowest and highest photographed z, its material, a storey's height.
    back (4,) see `raster_photo`.
    """
    if surface in (PLATE, FACADE):
        facing = (cam[9] - x) * nx + (cam[10] - y) * ny + (cam[11] - z) * nz
        if surface == PLATE and facing > 0.0:
            if photographed(skin, cam, x, y, z, back, 0.35, out):
                return 0.0, 0.0, 1.0
            if abs(nz) < 0.5 and _storeys_below(skin, cam, face, x, y, z, back, 0.5, 1, out):
                return 0.0, 0.0, 1.0
        if abs(nz) < 0.5 and _mirrored(skin, cam, face, x, y, z, nx, ny, back, out):
            return 0.05, 0.0, 0.0
        out[3] = 0.0
        surface = FACADE
        if nz >= 0.9:  # a flat roof: gravel on felt
            out[0], out[1], out[2] = mottled(palette, lattice, CONCRETE, 0.6, x, y, z)
            return 0.3, 0.0, 0.0
        if nz >= 0.4:
            surface = TILE
        elif face[8] not in (BRICK, STONE):
            out[0], out[1], out[2] = mottled(palette, lattice, FACADE, 1.0, x, y, z)
            return 0.12, 0.0, 0.0
    out[3] = 0.0
    r, g, b, bump, shine = material(palette, lattice, bond, surface, fragment, axis, x, y, z, nx, ny, nz)
    out[0], out[1], out[2] = r, g, b
    return bump, shine, 0.0


@njit(cache=True, fastmath=True)
def _to_centre(rays, x, y, sx, sy, sz, depth, gx, gy, gz, turn, reach, back):  # type: ignore[no-untyped-def]
    """Fill back (4,) for `raster_photo`: from a sample's rest point to that of its pixel's centre on the same plane.

    (sx, sy, sz) what the sub-frame adds to the ray, (gx, gy, gz) the plane's world normal, turn (3, 3) of the piece,
    reach the length of the sub-frame's offset in pixels. All 0 where the plane is seen edge on.
    """
    rx, ry, rz = rays[y, x, 0], rays[y, x, 1], rays[y, x, 2]
    facing = gx * rx + gy * ry + gz * rz
    back[3] = 0.0
    if facing * facing < GRAZING * GRAZING * (rx * rx + ry * ry + rz * rz):
        return
    slide = (gx * sx + gy * sy + gz * sz) / facing
    ax, ay, az = depth * (slide * rx - sx), depth * (slide * ry - sy), depth * (slide * rz - sz)
    for k in range(3):
        back[k] = turn[0, k] * ax + turn[1, k] * ay + turn[2, k] * az
    back[3] = reach


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
    film = amount * (0.22 + 0.78 * max(0.0, up)) * (0.25 + 1.2 * patch)
    film = min(0.7, film)
    for k in range(3):
        out[k] += film * (dust_albedo[k] - out[k])
    return film


@njit(cache=True, fastmath=True)
def _debris_normal(hulls, faces, n_faces, code, shape, q, s, out):  # type: ignore[no-untyped-def]
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
    tx = 2.0 * (q[s, piece, 1] * z - q[s, piece, 2] * y)
    ty = 2.0 * (q[s, piece, 2] * x - q[s, piece, 0] * z)
    tz = 2.0 * (q[s, piece, 0] * y - q[s, piece, 1] * x)
    out[0] = x + q[s, piece, 3] * tx + q[s, piece, 1] * tz - q[s, piece, 2] * ty
    out[1] = y + q[s, piece, 3] * ty + q[s, piece, 2] * tx - q[s, piece, 0] * tz
    out[2] = z + q[s, piece, 3] * tz + q[s, piece, 0] * ty - q[s, piece, 1] * tx


@njit(cache=True, fastmath=True)
def _sky_mirror(rays, x, y, nx, ny, nz, shine, clear, film):  # type: ignore[no-untyped-def]
    """Share of the sky's light that a glossy surface throws at the camera (Schlick 1994)."""
    dx, dy, dz = rays[y, x, 0], rays[y, x, 1], rays[y, x, 2]
    inv = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
    cosine = -(dx * nx + dy * ny + dz * nz) * inv
    if dz * inv + 2.0 * cosine * nz <= 0.0:
        return np.float32(0.0)
    fresnel = shine + (1.0 - shine) * (1.0 - min(1.0, max(0.0, cosine))) ** 5
    return np.float32((1.0 - film) * fresnel * clear)


@njit(cache=True, fastmath=True, parallel=True)
def shade(  # type: ignore[no-untyped-def]
    kind, zb, ib, cam, rays, ground, jitter, sets, disc,
    centre, tri_fragment, tri_surface, tri_normal, rotation, position, axis, dusty,
    hulls, faces, n_faces, shape, quaternion, colour,
    skin, face, palette, lattice, bond, dust_albedo,
    sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, light, volume, low, inv_cell,
    fragments, debris, photo,
):  # fmt: skip
    """Fill fragments and debris (h, w, 4), premultiplied, from the samples of those kinds, and photo (h, w), the
    share of samples that show the plate's own pixels.

    sets (S,) light set of each sub-frame; dusty (n,) film on each fragment, 0 to 1; axis (n,) its longest side;
    colour (m, 3) reflectance of each piece of debris; light (12,) irradiances, see `raster_light`. Procedural
    material and bounced light are found for every `SHARED`th sample of one triangle in a pixel and shared by the
    next, the photograph for every `SHARED_PHOTO`th; sun and sky are read for each.
    """
    n_samples, h, w = zb.shape
    n_triangles = len(tri_fragment)
    share = np.float32(1.0 / n_samples)
    for y in prange(h):
        o = np.zeros(5, np.float32)
        nrm = np.empty(3, np.float32)
        back = np.zeros(4, np.float32)
        last = np.full(w, -1, np.int32)  # per pixel: the triangle found last, how often it was used, its finds
        used = np.zeros(w, np.int32)
        found = np.zeros((w, 14), np.float32)  # reflectance, normal, bounce, shine, film, photographed, held
        for s in range(n_samples):
            jx = jitter[s, 0] / cam[FOCAL]
            jy = jitter[s, 1] / cam[FOCAL]
            reach = np.float32(math.sqrt(jitter[s, 0] * jitter[s, 0] + jitter[s, 1] * jitter[s, 1]))
            sx, sy, sz = jx * cam[0] + jy * cam[3], jx * cam[1] + jy * cam[4], jx * cam[2] + jy * cam[5]
            for x in range(w):
                what = kind[s, y, x]
                if what != FRAGMENT and what != DEBRIS:
                    continue
                depth = np.float32(1.0) / zb[s, y, x]
                px = cam[9] + depth * (rays[y, x, 0] + sx)
                py = cam[10] + depth * (rays[y, x, 1] + sy)
                pz = cam[11] + depth * (rays[y, x, 2] + sz)
                code = ib[s, y, x]
                fresh = code != last[x] or used[x] >= SHARED
                if what == FRAGMENT:
                    if fresh or (tri_surface[code] == PLATE and used[x] % SHARED_PHOTO == 0):
                        i = tri_fragment[code]
                        a, b, c = px - position[s, i, 0], py - position[s, i, 1], pz - position[s, i, 2]
                        rx = (
                            rotation[s, i, 0, 0] * a
                            + rotation[s, i, 1, 0] * b
                            + rotation[s, i, 2, 0] * c
                            + centre[i, 0]
                        )
                        ry = (
                            rotation[s, i, 0, 1] * a
                            + rotation[s, i, 1, 1] * b
                            + rotation[s, i, 2, 1] * c
                            + centre[i, 1]
                        )
                        rz = (
                            rotation[s, i, 0, 2] * a
                            + rotation[s, i, 1, 2] * b
                            + rotation[s, i, 2, 2] * c
                            + centre[i, 2]
                        )
                        lx, ly, lz = tri_normal[code, 0], tri_normal[code, 1], tri_normal[code, 2]
                        back[3] = 0.0
                        if tri_surface[code] == PLATE:
                            gx = rotation[s, i, 0, 0] * lx + rotation[s, i, 0, 1] * ly + rotation[s, i, 0, 2] * lz
                            gy = rotation[s, i, 1, 0] * lx + rotation[s, i, 1, 1] * ly + rotation[s, i, 1, 2] * lz
                            gz = rotation[s, i, 2, 0] * lx + rotation[s, i, 2, 1] * ly + rotation[s, i, 2, 2] * lz
                            _to_centre(rays, x, y, sx, sy, sz, depth, gx, gy, gz, rotation[s, i], reach, back)
                        bump, shine, own = rest_reflectance(
                            skin, cam, face, palette, lattice, bond, tri_surface[code], i, axis[i],
                            rx, ry, rz, lx, ly, lz, back, o,
                        )  # fmt: skip
                        if bump > 0.0:
                            lx, ly, lz = _bend(lattice, bump, rx, ry, rz, lx, ly, lz)
                        nx = rotation[s, i, 0, 0] * lx + rotation[s, i, 0, 1] * ly + rotation[s, i, 0, 2] * lz
                        ny = rotation[s, i, 1, 0] * lx + rotation[s, i, 1, 1] * ly + rotation[s, i, 1, 2] * lz
                        nz = rotation[s, i, 2, 0] * lx + rotation[s, i, 2, 1] * ly + rotation[s, i, 2, 2] * lz
                        film = found[x, 10]
                        if dusty[i] > 0.0:
                            patch = noise(lattice, rx * 4.3, ry * 4.3, rz * 4.3)
                            film = _cover_with_dust(dust_albedo, dusty[i], nz, patch, o)
                        found[x, 0], found[x, 1], found[x, 2], found[x, 3], found[x, 4], found[x, 5] = (
                            o[0],
                            o[1],
                            o[2],
                            nx,
                            ny,
                            nz,
                        )
                        found[x, 9], found[x, 10], found[x, 11] = shine, film, own
                        found[x, 12], found[x, 13] = o[3], o[4]
                elif fresh:
                    piece = (code - n_triangles) // (faces.shape[1] + 1)
                    _debris_normal(hulls, faces, n_faces, code - n_triangles, shape, quaternion, s, nrm)
                    g = 0.75 + 0.5 * noise(lattice, px * 21.0, py * 21.0, pz * 21.0)
                    for k in range(3):
                        found[x, k] = colour[piece, k] * g
                        found[x, 3 + k] = nrm[k]
                    found[x, 9], found[x, 10], found[x, 11], found[x, 12] = 0.0, 0.0, 0.0, 0.0
                if fresh:
                    near = bounce_at(volume, low, inv_cell, px, py, pz)
                    found[x, 6], found[x, 7], found[x, 8] = near
                    last[x] = code
                    used[x] = 0
                used[x] += 1
                nx, ny, nz = found[x, 3], found[x, 4], found[x, 5]
                sun, sky, clear = direct_light(
                    sun_maps, sun_axes, sky_maps, sky_axes, sky_gain, bias, sets[s], px, py, pz, nx, ny, nz
                )
                filled = obscurance(zb, kind, 0, cam, rays, ground, disc, s, x, y, px, py, pz, nx, ny, nz, depth)
                around = np.float32(1.0) - np.float32(0.85) * filled
                beam = sun * (np.float32(1.0) - np.float32(0.25) * filled)
                down = (np.float32(0.5) - np.float32(0.5) * nz) * (np.float32(0.25) + np.float32(0.75) * clear)
                up = np.float32(0.0)
                if found[x, 9] > 0.0:
                    up = _sky_mirror(rays, x, y, nx, ny, nz, found[x, 9], clear, found[x, 10])
                keep = np.float32(1.0)
                if found[x, 12] > 0.0:
                    full = np.float32(0.0)
                    for k in range(3):
                        soft = (
                            light[SKY + k] * sky + light[GROUND + k] * down + found[x, 6 + k] + light[FLOOR + k]
                        )
                        full += (light[SUN + k] * beam + soft * around) / np.float32(3.0)
                    keep = held(full, found[x, 12], found[x, 13])
                for k in range(3):
                    soft = light[SKY + k] * sky + light[GROUND + k] * down + found[x, 6 + k] + light[FLOOR + k]
                    e = light[SUN + k] * beam + soft * around
                    got = share * (found[x, k] * keep * e + up * light[SKY + k])
                    if what == FRAGMENT:
                        fragments[y, x, k] += got
                    else:
                        debris[y, x, k] += got
                if what == FRAGMENT:
                    fragments[y, x, 3] += share
                    photo[y, x] += share * found[x, 11]
                else:
                    debris[y, x, 3] += share
        for x in range(w):
            for k in range(3):
                fragments[y, x, k] = max(np.float32(0.0), fragments[y, x, k])
                debris[y, x, k] = max(np.float32(0.0), debris[y, x, k])
