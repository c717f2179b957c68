"""Turn manifolds into constraint rows: lever arms, effective masses and the impulses to start from."""

from __future__ import annotations

import numpy as np
from numba import njit

# One row a contact point: rA×n, IA⁻¹(rA×n), rB×n, IB⁻¹(rB×n), then these.
ARM_A, TURN_A, ARM_B, TURN_B, GAP, MASS, IMPULSE, ROW = 0, 3, 6, 9, 12, 13, 14, 16
# Friction of a manifold at its middle: tangents, two rows as above, spin about the normal.
T1, T2, ROW1, ROW2, SPIN_A, SPIN_B, SPIN_MASS, SPIN, MU, LEVER, STATIC, FRICTION = (
    0,
    3,
    6,
    22,
    38,
    41,
    44,
    45,
    46,
    47,
    48,
    52,
)
# m/s a carried-over impulse may give the heavier body. A load of 300 times its own weight needs as much; a piece
# caught in a vice of resting ones builds up far more, which would be let loose when one of them wakes.
CARRIED = 8.0
_LEAST_LEVER = 0.01  # metres: a single point still resists spin a little, as a worn corner does


@njit(cache=True)
def turn_bodies(who, quat, rot, inertia, world):  # type: ignore[no-untyped-def]
    """Rotation matrices `rot` (n, 9) and inverse inertia in world axes `world` (n, 6: xx yy zz xy xz yz).

    `quat` (n, 4) x, y, z, w; `inertia` (n, 6) the inverse inertia in the body's axes, 1 / (kg m²).
    """
    for k in range(len(who)):
        i = who[k]
        x, y, z, w = quat[i, 0], quat[i, 1], quat[i, 2], quat[i, 3]
        r0, r1, r2 = 1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)
        r3, r4, r5 = 2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)
        r6, r7, r8 = 2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)
        rot[i, 0], rot[i, 1], rot[i, 2] = r0, r1, r2
        rot[i, 3], rot[i, 4], rot[i, 5] = r3, r4, r5
        rot[i, 6], rot[i, 7], rot[i, 8] = r6, r7, r8
        a, b, c = inertia[i, 0], inertia[i, 1], inertia[i, 2]
        d, e, f = inertia[i, 3], inertia[i, 4], inertia[i, 5]
        m0, m1, m2 = r0 * a + r1 * d + r2 * e, r0 * d + r1 * b + r2 * f, r0 * e + r1 * f + r2 * c
        m3, m4, m5 = r3 * a + r4 * d + r5 * e, r3 * d + r4 * b + r5 * f, r3 * e + r4 * f + r5 * c
        m6, m7, m8 = r6 * a + r7 * d + r8 * e, r6 * d + r7 * b + r8 * f, r6 * e + r7 * f + r8 * c
        world[i, 0] = m0 * r0 + m1 * r1 + m2 * r2
        world[i, 1] = m3 * r3 + m4 * r4 + m5 * r5
        world[i, 2] = m6 * r6 + m7 * r7 + m8 * r8
        world[i, 3] = m0 * r3 + m1 * r4 + m2 * r5
        world[i, 4] = m0 * r6 + m1 * r7 + m2 * r8
        world[i, 5] = m3 * r6 + m4 * r7 + m5 * r8


@njit(cache=True)
def _row(row, rx, ry, rz, sx, sy, sz, nx, ny, nz, ia, ib, mass):  # type: ignore[no-untyped-def]
    """Arms and effective mass of one direction n at the points r from A and s from B."""
    ax, ay, az = ry * nz - rz * ny, rz * nx - rx * nz, rx * ny - ry * nx
    bx, by, bz = sy * nz - sz * ny, sz * nx - sx * nz, sx * ny - sy * nx
    ux, uy, uz = (
        ia[0] * ax + ia[3] * ay + ia[4] * az,
        ia[3] * ax + ia[1] * ay + ia[5] * az,
        ia[4] * ax + ia[5] * ay + ia[2] * az,
    )
    vx, vy, vz = (
        ib[0] * bx + ib[3] * by + ib[4] * bz,
        ib[3] * bx + ib[1] * by + ib[5] * bz,
        ib[4] * bx + ib[5] * by + ib[2] * bz,
    )
    row[0], row[1], row[2] = ax, ay, az
    row[3], row[4], row[5] = ux, uy, uz
    row[6], row[7], row[8] = bx, by, bz
    row[9], row[10], row[11] = vx, vy, vz
    row[13] = 1.0 / (mass + ax * ux + ay * uy + az * uz + bx * vx + by * vy + bz * vz)


@njit(cache=True)
def _friction_rows(fr, ra, rb, n, nx, ny, nz, ia, ib, mass, mu, impulse, spin):  # type: ignore[no-untyped-def]
    """Two tangents and the spin about the normal at the manifold's middle; last step's impulse carried over."""
    cx = cy = cz = dx = dy = dz = 0.0
    for q in range(n):
        cx += ra[q, 0] / n
        cy += ra[q, 1] / n
        cz += ra[q, 2] / n
        dx += rb[q, 0] / n
        dy += rb[q, 1] / n
        dz += rb[q, 2] / n
    lever = 0.0
    for q in range(n):
        lever += np.sqrt((ra[q, 0] - cx) ** 2 + (ra[q, 1] - cy) ** 2 + (ra[q, 2] - cz) ** 2) / n
    if abs(nz) < 0.7:
        s = 1.0 / np.sqrt(nx * nx + ny * ny)
        tx, ty, tz = -ny * s, nx * s, 0.0
    else:
        s = 1.0 / np.sqrt(ny * ny + nz * nz)
        tx, ty, tz = 0.0, nz * s, -ny * s
    ux, uy, uz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
    fr[T1], fr[T1 + 1], fr[T1 + 2] = tx, ty, tz
    fr[T2], fr[T2 + 1], fr[T2 + 2] = ux, uy, uz
    _row(fr[ROW1:ROW2], cx, cy, cz, dx, dy, dz, tx, ty, tz, ia, ib, mass)
    _row(fr[ROW2:SPIN_A], cx, cy, cz, dx, dy, dz, ux, uy, uz, ia, ib, mass)
    fr[ROW1 + IMPULSE] = impulse[0] * tx + impulse[1] * ty + impulse[2] * tz
    fr[ROW2 + IMPULSE] = impulse[0] * ux + impulse[1] * uy + impulse[2] * uz
    ax, ay, az = (
        ia[0] * nx + ia[3] * ny + ia[4] * nz,
        ia[3] * nx + ia[1] * ny + ia[5] * nz,
        ia[4] * nx + ia[5] * ny + ia[2] * nz,
    )
    bx, by, bz = (
        ib[0] * nx + ib[3] * ny + ib[4] * nz,
        ib[3] * nx + ib[1] * ny + ib[5] * nz,
        ib[4] * nx + ib[5] * ny + ib[2] * nz,
    )
    fr[SPIN_A], fr[SPIN_A + 1], fr[SPIN_A + 2] = ax, ay, az
    fr[SPIN_B], fr[SPIN_B + 1], fr[SPIN_B + 2] = bx, by, bz
    fr[SPIN_MASS] = 1.0 / (nx * (ax + bx) + ny * (ay + by) + nz * (az + bz) + 1e-12)
    fr[SPIN] = spin
    fr[MU] = mu
    fr[LEVER] = max(lever, _LEAST_LEVER)


@njit(cache=True)
def prepare_rows(  # type: ignore[no-untyped-def]
    active, first, second, count, normal, ra, rb, sep, allow, inv_mass, inertia, mu, warm, drag, spin, rows, fric
):
    """Fill `rows` (m, 4, ROW) and `fric` (m, FRICTION) for the pairs listed in `active` (m,).

    Manifolds as `contact.find_contacts` gives them; `allow` (p,) overlap in metres that is borne for now;
    `inv_mass` (n,) and `inertia` (n, 6) 0 for what does not move; `mu` (n,) friction of each body (a pair rubs
    with the geometric mean; on the ground, the last body, with the ground's own); `warm` (p, 4), `drag` (p, 3)
    and `spin` (p,) the last impulses, N s.
    """
    ground = len(inv_mass) - 1
    for m in range(len(active)):
        p = active[m]
        a, b = first[p], second[p]
        nx, ny, nz = float(normal[p, 0]), float(normal[p, 1]), float(normal[p, 2])
        mass = inv_mass[a] + inv_mass[b]
        lighter = max(inv_mass[a], inv_mass[b])
        heavier = min(inv_mass[a], inv_mass[b])
        most = CARRIED / (heavier if heavier > 0 else lighter)
        stored, kept = 0.0, 0.0
        for q in range(count[p]):
            row = rows[m, q]
            _row(
                row,
                ra[p, q, 0],
                ra[p, q, 1],
                ra[p, q, 2],
                rb[p, q, 0],
                rb[p, q, 1],
                rb[p, q, 2],
                nx,
                ny,
                nz,
                inertia[a],
                inertia[b],
                mass,
            )
            row[GAP] = sep[p, q] + allow[p]
            row[IMPULSE] = min(warm[p, q], most)
            stored += warm[p, q]
            kept += row[IMPULSE]
        _friction_rows(
            fric[m],
            ra[p],
            rb[p],
            count[p],
            nx,
            ny,
            nz,
            inertia[a],
            inertia[b],
            mass,
            mu[b] if b == ground else np.sqrt(mu[a] * mu[b]),
            drag[p],
            spin[p],
        )
        share = kept / stored if stored > 0 else 0.0
        fric[m, ROW1 + IMPULSE] *= share
        fric[m, ROW2 + IMPULSE] *= share
        fric[m, SPIN] *= share
        fric[m, STATIC] = 1.0 if inv_mass[a] == 0.0 or inv_mass[b] == 0.0 else 0.0
