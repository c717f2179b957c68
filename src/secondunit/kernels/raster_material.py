"""What surfaces look like where no photograph shows them: reflectance from rest-space coordinates.

Each material returns (red, green, blue, bump, shine): scene-linear reflectance, strength of the bumps on its
normal and its mirror reflectance at right angles. Lengths are metres at rest, so patterns break with the piece.
"""

from __future__ import annotations

import math

from numba import njit

from secondunit.kernels.raster_fill import hash_unit
from secondunit.kernels.raster_noise import noise

# The values of engines.physics.breakup.Surface; a test ties the two.
PLATE, BRICK, PLASTER, CONCRETE, TIMBER, FURNITURE = 0, 1, 2, 3, 4, 5
GLASS, STONE, TILE, METAL, FACADE = 6, 7, 8, 9, 10


@njit(cache=True, fastmath=True)
def _smooth(edge0, edge1, x):  # type: ignore[no-untyped-def]
    t = min(1.0, max(0.0, (x - edge0) / (edge1 - edge0)))
    return t * t * (3.0 - 2.0 * t)


@njit(cache=True, fastmath=True)
def _masonry(palette, lattice, bond, base, mortar, along, across, z, x, y, flat, broken):  # type: ignore[no-untyped-def]
    """Courses of bricks or blocks: `bond` = (length, height, depth), joints in mortar, worn and stained.

    `along` and `across` are the wall's own directions. `broken` faces keep mortar in patches.
    """
    length, height, depth = bond[0], bond[1], bond[2]
    row = math.floor(z / height)
    shift = 0.5 * length * (row & 1)
    col = math.floor((along + shift) / length)
    wythe = math.floor(across / depth)
    fu = (along + shift) / length - col
    fz = z / height - row
    fw = across / depth - wythe
    coarse = noise(lattice, x * 3.1, y * 3.1, z * 3.1)
    fine = noise(lattice, x * 41.0, y * 41.0, z * 41.0)
    grit = noise(lattice, x * 130.0, y * 130.0, z * 130.0)
    tone = 0.62 + 0.55 * hash_unit(col, row, wythe) + 0.22 * (fine - 0.5) + 0.22 * (grit - 0.5)
    tone *= 0.82 + 0.36 * coarse
    warm = hash_unit(row, wythe, col + 3) - 0.5
    red = palette[base, 0] * tone * (1.0 + 0.10 * warm)
    green = palette[base, 1] * tone * (1.0 - 0.12 * warm)
    blue = palette[base, 2] * tone * (1.0 - 0.20 * warm)
    # Joints: distance to the nearest brick face in metres, wobbling with the grit.
    joint = min(fz, 1.0 - fz) * height
    if flat < 0.8:
        joint = min(joint, min(fu, 1.0 - fu) * length)
    else:
        joint = min(min(fu, 1.0 - fu) * length, min(fw, 1.0 - fw) * depth)
    joint += 0.004 * (fine - 0.5)
    m = 1.0 - _smooth(0.003, 0.0075, joint)
    if broken:
        # A bed laid bare keeps much of its mortar, a cracked brick little.
        bed = 0.47 if flat > 0.8 else 0.60
        patch = 0.45 * noise(lattice, x * 7.0 + 9.0, y * 7.0, z * 7.0) + 0.55 * fine
        m = max(0.8 * m, 0.8 * _smooth(bed, bed + 0.12, patch))
    g = 0.78 + 0.30 * fine + 0.16 * (grit - 0.5)
    red += m * (palette[mortar, 0] * g - red)
    green += m * (palette[mortar, 1] * g - green)
    blue += m * (palette[mortar, 2] * g - blue)
    return red, green, blue


@njit(cache=True, fastmath=True)
def _concrete(palette, lattice, x, y, z, flat):  # type: ignore[no-untyped-def]
    """Grey paste with stones in it, damp stains, lighter on broken faces."""
    stain = noise(lattice, x * 1.3, y * 1.3, z * 1.3)
    body = noise(lattice, x * 9.0, y * 9.0, z * 9.0)
    stone = noise(lattice, x * 55.0, y * 55.0, z * 55.0)
    grit = noise(lattice, x * 170.0, y * 170.0, z * 170.0)
    g = 0.72 + 0.34 * stain + 0.22 * (body - 0.5) + 0.20 * (grit - 0.5)
    r_, g_, b_ = palette[CONCRETE, 0] * g, palette[CONCRETE, 1] * g, palette[CONCRETE, 2] * g
    if flat < 0.8:
        pebble = _smooth(0.60, 0.72, stone)
        kind = hash_unit(int(x * 55.0 + 4096.0), int(y * 55.0 + 4096.0), int(z * 55.0 + 4096.0))
        dark = 0.55 + 0.75 * kind
        r_ += pebble * (palette[CONCRETE, 0] * dark * 1.04 - r_)
        g_ += pebble * (palette[CONCRETE, 1] * dark - g_)
        b_ += pebble * (palette[CONCRETE, 2] * dark * 0.95 - b_)
    damp = 1.0 - 0.35 * _smooth(0.62, 0.85, stain)
    return r_ * damp, g_ * damp, b_ * damp


@njit(cache=True, fastmath=True)
def mottled(palette, lattice, base, tone, x, y, z):  # type: ignore[no-untyped-def]
    """A skin without a bond, weathered: the mean colour of surface `base` times `tone`."""
    wide = noise(lattice, x * 0.7, y * 0.7, z * 0.7)
    patch = noise(lattice, x * 5.0, y * 5.0, z * 5.0)
    fine = noise(lattice, x * 33.0, y * 33.0, z * 33.0)
    g = tone * (0.70 + 0.30 * wide + 0.16 * (patch - 0.5) + 0.14 * (fine - 0.5))
    return palette[base, 0] * g, palette[base, 1] * g, palette[base, 2] * g


@njit(cache=True, fastmath=True)
def _plaster(palette, lattice, x, y, z, along):  # type: ignore[no-untyped-def]
    """Painted plaster, another tint in each room: stained, streaked from above, cracked, in places fallen off."""
    wide = noise(lattice, x * 0.9, y * 0.9, z * 0.9)
    patch = noise(lattice, x * 4.7, y * 4.7, z * 4.7)
    fine = noise(lattice, x * 27.0, y * 27.0, z * 27.0)
    streak = noise(lattice, along * 7.0, 3.5, z * 0.6)
    crack = noise(lattice, x * 2.3 + 7.0, y * 2.3, z * 2.3) + 0.22 * (patch - 0.5) + 0.05 * (fine - 0.5)
    crack = abs(crack - 0.5)
    bare = 0.50 * wide + 0.34 * patch + 0.16 * fine
    if bare > 0.655:
        # Plaster fallen off: the wall behind it.
        g = 0.55 + 0.4 * fine
        return palette[BRICK, 0] * g, palette[BRICK, 1] * g, palette[BRICK, 2] * g, 0.35, 0.0
    g = 0.74 + 0.24 * wide + 0.10 * (patch - 0.5) + 0.08 * (fine - 0.5)
    g *= 1.0 - 0.22 * _smooth(0.55, 0.85, streak)
    g *= 1.0 - 0.45 * (1.0 - _smooth(0.004, 0.014, crack))
    if bare > 0.630:
        g *= 0.72  # the broken rim of what is left
    room = hash_unit(int(z * 0.31 + 64.0), int(x * 0.19 + 64.0), int(y * 0.19 + 64.0))
    return (
        palette[PLASTER, 0] * g * (0.82 + 0.18 * room),
        palette[PLASTER, 1] * g * (0.90 + 0.06 * room),
        palette[PLASTER, 2] * g * (1.02 - 0.22 * room),
        0.10,
        0.0,
    )


@njit(cache=True, fastmath=True)
def material(palette, lattice, bond, surface, fragment, axis, x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
    """Reflectance of `surface` at rest point (x, y, z) with rest normal n; `axis` is the piece's longest side.

    palette (12, 3) f32 mean reflectance by surface, row 11 = mortar; bond (3,) brick length, height, depth.
    """
    flat = abs(nz)
    along, across = (x, y) if abs(ny) >= abs(nx) else (y, x)
    if surface in (BRICK, STONE, FACADE):
        size = 1.0 if surface != STONE else 3.6
        broken = surface != FACADE
        r, g, b = _masonry(palette, lattice, bond * size, surface, 11, along, across, z, x, y, flat, broken)
        return r, g, b, 0.32 if broken else 0.12, 0.0
    if surface == CONCRETE:
        r, g, b = _concrete(palette, lattice, x, y, z, flat)
        return r, g, b, 0.38 if flat < 0.8 else 0.15, 0.0
    if surface == PLASTER:
        return _plaster(palette, lattice, x, y, z, along)
    if surface == TIMBER:
        a, b, c = x, y, z
        if axis == 1:
            a, b, c = y, z, x
        elif axis == 2:
            a, b, c = z, x, y
        rings = noise(lattice, a * 1.7, b * 45.0, c * 45.0)
        fibre = noise(lattice, a * 9.0, b * 210.0, c * 210.0)
        g = 0.62 + 0.52 * rings + 0.26 * (fibre - 0.5) + 0.25 * (hash_unit(fragment, 5, 6) - 0.5)
        return palette[TIMBER, 0] * g, palette[TIMBER, 1] * g * 0.98, palette[TIMBER, 2] * g * 0.94, 0.25, 0.0
    if surface == FURNITURE:
        hue = hash_unit(fragment, 1, 2)
        value = 0.45 + 1.1 * hash_unit(fragment, 3, 4)
        g = value * (0.8 + 0.4 * noise(lattice, x * 14.0, y * 14.0, z * 14.0))
        return (
            palette[FURNITURE, 0] * g * (0.7 + 0.7 * hue),
            palette[FURNITURE, 1] * g * (0.9 + 0.2 * hue),
            palette[FURNITURE, 2] * g * (1.4 - 0.8 * hue),
            0.15,
            0.01,
        )
    if surface == GLASS:
        dirt = noise(lattice, x * 6.0, y * 6.0, z * 6.0)
        g = 0.7 + 0.8 * dirt
        return palette[GLASS, 0] * g, palette[GLASS, 1] * g, palette[GLASS, 2] * g, 0.02, 0.09
    if surface == TILE:
        row = math.floor(z / 0.16 + 4096.0)
        u = along / 0.21 + 0.5 * (row & 1) + 4096.0
        col = math.floor(u)
        g = 0.66 + 0.5 * hash_unit(row, col, 9) + 0.25 * (noise(lattice, x * 22.0, y * 22.0, z * 22.0) - 0.5)
        if u - col < 0.05 or z / 0.16 + 4096.0 - row < 0.10:
            g *= 0.5
        return palette[TILE, 0] * g, palette[TILE, 1] * g, palette[TILE, 2] * g, 0.25, 0.01
    rust = _smooth(0.45, 0.75, noise(lattice, x * 8.0, y * 8.0, z * 8.0))
    g = 0.8 + 0.4 * noise(lattice, x * 60.0, y * 60.0, z * 60.0)
    return (
        (palette[METAL, 0] + rust * (0.20 - palette[METAL, 0])) * g,
        (palette[METAL, 1] + rust * (0.085 - palette[METAL, 1])) * g,
        (palette[METAL, 2] + rust * (0.045 - palette[METAL, 2])) * g,
        0.2,
        0.12 * (1.0 - rust),
    )
