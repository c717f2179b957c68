"""Debris against fragments, street objects and ground: a grid of hulls renewed every frame, and the motion.

A piece touches the exact hull of a fragment, not a height map, so it lands on floors below other floors, slides
off tilted slabs and rests on what it seems to rest on. Each piece moves by itself: order changes nothing.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit

GRAVITY = 9.81
REACH = 0.18  # metres added round each fragment's box: more than half of the largest piece
BURIED = 0.22  # metres inside a hull from which a piece counts as buried and is left in peace
SLING = 6.0  # m/s a fragment's surface gives to a piece at most
REST_SPEED = 0.14  # m/s under which a piece in contact may fall asleep


@njit(cache=True)
def place_hulls(centre, points, start, planes, plane_start, position, rotation, was, out_planes, low, high,
                radius):  # fmt: skip
    """World planes (n·x + d) of every hull now, and the box that it swept since `was` (n, 3), grown by REACH."""
    for f in range(len(centre)):
        x, y, z, w = rotation[f, 0], rotation[f, 1], rotation[f, 2], rotation[f, 3]
        r00, r01, r02 = 1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)
        r10, r11, r12 = 2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)
        r20, r21, r22 = 2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)
        for p in range(plane_start[f], plane_start[f + 1]):
            a, b, c, d = planes[p, 0], planes[p, 1], planes[p, 2], planes[p, 3]
            d += a * centre[f, 0] + b * centre[f, 1] + c * centre[f, 2]
            na, nb, nc = r00 * a + r01 * b + r02 * c, r10 * a + r11 * b + r12 * c, r20 * a + r21 * b + r22 * c
            out_planes[p, 0], out_planes[p, 1], out_planes[p, 2] = na, nb, nc
            out_planes[p, 3] = d - (na * position[f, 0] + nb * position[f, 1] + nc * position[f, 2])
        l0, l1, l2, h0, h1, h2, far = 1e9, 1e9, 1e9, -1e9, -1e9, -1e9, 0.0
        for p in range(start[f], start[f + 1]):
            a, b, c = points[p, 0] - centre[f, 0], points[p, 1] - centre[f, 1], points[p, 2] - centre[f, 2]
            far = max(far, a * a + b * b + c * c)
            u, v, t = r00 * a + r01 * b + r02 * c, r10 * a + r11 * b + r12 * c, r20 * a + r21 * b + r22 * c
            l0, l1, l2 = min(l0, u), min(l1, v), min(l2, t)
            h0, h1, h2 = max(h0, u), max(h1, v), max(h2, t)
        radius[f] = far**0.5
        low[f, 0] = l0 - REACH + min(position[f, 0], was[f, 0])
        low[f, 1] = l1 - REACH + min(position[f, 1], was[f, 1])
        low[f, 2] = l2 - REACH + min(position[f, 2], was[f, 2])
        high[f, 0] = h0 + REACH + max(position[f, 0], was[f, 0])
        high[f, 1] = h1 + REACH + max(position[f, 1], was[f, 1])
        high[f, 2] = h2 + REACH + max(position[f, 2], was[f, 2])


@njit(cache=True)
def fill_grid(low, high, origin, cell, dims, start, items):
    """Which hulls reach into each cell. `start` (cells + 1,) is filled; with empty `items` only counted.

    Returns the number of entries. Call once with `items` of length 0, then with that many.
    """
    nx, ny, nz = dims[0], dims[1], dims[2]
    place = len(items) > 0
    if not place:
        start[:] = 0
    for f in range(len(low)):
        i0, i1 = max(0, int((low[f, 0] - origin[0]) / cell)), min(nx - 1, int((high[f, 0] - origin[0]) / cell))
        j0, j1 = max(0, int((low[f, 1] - origin[1]) / cell)), min(ny - 1, int((high[f, 1] - origin[1]) / cell))
        k0, k1 = max(0, int((low[f, 2] - origin[2]) / cell)), min(nz - 1, int((high[f, 2] - origin[2]) / cell))
        for i in range(i0, i1 + 1):
            for j in range(j0, j1 + 1):
                for k in range(k0, k1 + 1):
                    at = (i * ny + j) * nz + k
                    if place:
                        start[at] -= 1
                        items[start[at]] = f
                    else:
                        start[at] += 1
    if place:
        return len(items)
    total = 0
    for at in range(nx * ny * nz):
        total += start[at]
        start[at] = total
    start[nx * ny * nz] = total
    return total


@njit(cache=True)
def _chance(a, b, c):
    """A number in −1..1 from three whole numbers (Wang's hash), the same on every machine."""
    h = np.uint32(a) * np.uint32(0x9E3779B1) ^ np.uint32(b) * np.uint32(0x85EBCA77)
    h = np.uint32(h ^ np.uint32(c) * np.uint32(0xC2B2AE3D))
    h = np.uint32(h ^ np.uint32(61)) ^ np.uint32(h >> np.uint32(16))
    h = np.uint32(h * np.uint32(9))
    h = np.uint32(h ^ (h >> np.uint32(4)))
    h = np.uint32(h * np.uint32(0x27D4EB2D))
    h = np.uint32(h ^ (h >> np.uint32(15)))
    return np.float32(h) * np.float32(4.6566129e-10) - np.float32(1.0)


@njit(cache=True)
def _turn(q, n, wx, wy, wz, dt):
    """Turn quaternion n by the spin (rad/s, world) for dt, first order, and make it unit again."""
    a, b, c = wx * 0.5 * dt, wy * 0.5 * dt, wz * 0.5 * dt
    x, y, z, w = q[n, 0], q[n, 1], q[n, 2], q[n, 3]
    x2, y2 = x + a * w + b * z - c * y, y + b * w + c * x - a * z
    z2, w2 = z + c * w + a * y - b * x, w - a * x - b * y - c * z
    m = 1.0 / (x2 * x2 + y2 * y2 + z2 * z2 + w2 * w2) ** 0.5
    q[n, 0], q[n, 1], q[n, 2], q[n, 3] = x2 * m, y2 * m, z2 * m, w2 * m


@njit(cache=True)
def _into_body(q, n, x, y, z):
    """A world direction in the frame of body n."""
    a, b, c, w = -q[n, 0], -q[n, 1], -q[n, 2], q[n, 3]
    tx, ty, tz = 2 * (b * z - c * y), 2 * (c * x - a * z), 2 * (a * y - b * x)
    return x + w * tx + b * tz - c * ty, y + w * ty + c * tx - a * tz, z + w * tz + a * ty - b * tx


@njit(cache=True)
def _into_world(q, n, x, y, z):
    """A direction in the frame of body n in the world."""
    a, b, c, w = q[n, 0], q[n, 1], q[n, 2], q[n, 3]
    tx, ty, tz = 2 * (b * z - c * y), 2 * (c * x - a * z), 2 * (a * y - b * x)
    return x + w * tx + b * tz - c * ty, y + w * ty + c * tx - a * tz, z + w * tz + a * ty - b * tx


@njit(cache=True)
def _reach_down(points, s, dx, dy, dz):
    """How far shape s (unit size) reaches from its centre along a body direction."""
    far = np.float32(0.0)
    for k in range(12):
        far = max(far, points[s, k, 0] * dx + points[s, k, 1] * dy + points[s, k, 2] * dz)
    return far


@njit(cache=True)
def lift_onto_ground(x, q, n, size, s, points, ground):
    """Raise piece n along the ground's normal until its lowest corner is on the ground, if it is under it."""
    gm = 1.0 / (ground[0] ** 2 + ground[1] ** 2 + 1.0) ** 0.5
    over = (x[n, 2] - ground[0] * x[n, 0] - ground[1] * x[n, 1] - ground[2]) * gm
    if over < size * 0.62:
        ax, ay, az = _into_body(q, n, ground[0] * gm, ground[1] * gm, -gm)
        inside = _reach_down(points, s, ax, ay, az) * size - over
        if inside > 0:
            x[n, 0] -= ground[0] * gm * inside
            x[n, 1] -= ground[1] * gm * inside
            x[n, 2] += gm * inside


@njit(cache=True)
def carry(asleep, support, x, q, v, size, shape, points, was, was_q, position, rotation, velocity, ground,
          wake_at):  # fmt: skip
    """Move sleeping pieces with the fragment under each; wake those whose fragment moved over `wake_at` m."""
    moved = np.zeros(len(was), np.float32)
    for f in range(len(was)):
        a, b, c = position[f, 0] - was[f, 0], position[f, 1] - was[f, 1], position[f, 2] - was[f, 2]
        dot = 0.0
        for k in range(4):
            dot += rotation[f, k] * was_q[f, k]
        moved[f] = (a * a + b * b + c * c) ** 0.5 + 2 * max(0.0, 1 - dot * dot) ** 0.5
    for n in range(len(x)):
        f = support[n]
        if asleep[n] == 0 or f < 0 or moved[f] == 0:
            continue
        x[n, 0] += position[f, 0] - was[f, 0]
        x[n, 1] += position[f, 1] - was[f, 1]
        x[n, 2] += position[f, 2] - was[f, 2]
        if moved[f] > wake_at:
            asleep[n] = 0
            for k in range(3):
                v[n, k] = velocity[f, k]
        else:
            lift_onto_ground(x, q, n, size[n], shape[n], points, ground)


@njit(cache=True, fastmath=True)
def move_debris(x, q, v, spin, size, shape, drag, birth, asleep, support, calm, points, poses, roll, frame,
                n_born, planes, plane_start, radius, position, was, velocity, body_spin, origin, cell, dims,
                start, items, ground, box_centre, box_axes, box_half, dt, sub):  # fmt: skip
    """Advance the first `n_born` pieces over one frame of `sub` steps of `dt` seconds.

    x, v, spin (m, 3), q (m, 4), birth (m,) fraction of this frame at which each is born (0 = before). Fragments
    are given at the end of the frame (`planes`, `position`) and at its start (`was`); `ground` is (slope x,
    slope y, level). Contacts: the deepest hull or box, then the ground, which nothing ever passes.
    """
    nx, ny, nz = dims[0], dims[1], dims[2]
    gm = 1.0 / (ground[0] ** 2 + ground[1] ** 2 + 1.0) ** 0.5
    gx, gy, gz = -ground[0] * gm, -ground[1] * gm, gm
    for n in range(n_born):
        if asleep[n] != 0:
            continue
        s = shape[n]
        big = size[n] * 0.62
        for step in range(sub):
            then = (step + 1.0) / sub
            if then <= birth[n]:
                continue
            speed = (v[n, 0] ** 2 + v[n, 1] ** 2 + v[n, 2] ** 2) ** 0.5
            slow = 1.0 / (1.0 + drag[n] * speed * dt)
            v[n, 0] *= slow
            v[n, 1] *= slow
            v[n, 2] = v[n, 2] * slow - GRAVITY * dt
            for k in range(3):
                x[n, k] += v[n, k] * dt
            # the deepest contact among the hulls near by
            best, cx, cy, cz, on = 0.0, 0.0, 0.0, 0.0, -2
            i, j = int((x[n, 0] - origin[0]) / cell), int((x[n, 1] - origin[1]) / cell)
            k = int((x[n, 2] - origin[2]) / cell)
            if 0 <= i < nx and 0 <= j < ny and 0 <= k < nz and x[n, 0] > origin[0] and x[n, 1] > origin[1]:
                at = (i * ny + j) * nz + k
                for e in range(start[at], start[at + 1]):
                    f = items[e]
                    px = x[n, 0] + (position[f, 0] - was[f, 0]) * (1 - then)
                    py = x[n, 1] + (position[f, 1] - was[f, 1]) * (1 - then)
                    pz = x[n, 2] + (position[f, 2] - was[f, 2]) * (1 - then)
                    far = (px - position[f, 0]) ** 2 + (py - position[f, 1]) ** 2 + (pz - position[f, 2]) ** 2
                    if far > (radius[f] + big) ** 2:
                        continue
                    top, which = -1e9, 0
                    for p in range(plane_start[f], plane_start[f + 1]):
                        d = planes[p, 0] * px + planes[p, 1] * py + planes[p, 2] * pz + planes[p, 3]
                        if d > top:
                            top, which = d, p
                            if d > big:
                                break
                    if top > big or top < -BURIED:
                        continue
                    ax, ay, az = _into_body(q, n, -planes[which, 0], -planes[which, 1], -planes[which, 2])
                    inside = _reach_down(points, s, ax, ay, az) * size[n] - top
                    if inside > best:
                        best, on = inside, f
                        cx, cy, cz = planes[which, 0], planes[which, 1], planes[which, 2]
            for b in range(len(box_half)):
                top, face, sign = -1e9, 0, 1.0
                for k in range(3):
                    d = 0.0
                    for c in range(3):
                        d += box_axes[b, k, c] * (x[n, c] - box_centre[b, c])
                    if abs(d) - box_half[b, k] > top:
                        top, face = abs(d) - box_half[b, k], k
                        sign = 1.0 if d > 0 else -1.0
                if top < big:
                    ax, ay = box_axes[b, face, 0] * sign, box_axes[b, face, 1] * sign
                    az = box_axes[b, face, 2] * sign
                    bx, by, bz = _into_body(q, n, -ax, -ay, -az)
                    inside = _reach_down(points, s, bx, by, bz) * size[n] - top
                    if inside > best and top > -BURIED:
                        best, on, cx, cy, cz = inside, -1, ax, ay, az
            over = (x[n, 2] - ground[0] * x[n, 0] - ground[1] * x[n, 1] - ground[2]) * gm
            if over < big:
                ax, ay, az = _into_body(q, n, -gx, -gy, -gz)
                inside = _reach_down(points, s, ax, ay, az) * size[n] - over
                if inside > best or inside > 0.02:
                    best, on, cx, cy, cz = max(inside, 0.0), -1, gx, gy, gz
            touching = on > -2
            if touching:
                push = best if on == -1 else min(best, 0.05)
                x[n, 0] += cx * push
                x[n, 1] += cy * push
                x[n, 2] += cz * push
                sx, sy, sz = 0.0, 0.0, 0.0
                if on >= 0:
                    ax, ay, az = x[n, 0] - position[on, 0], x[n, 1] - position[on, 1], x[n, 2] - position[on, 2]
                    sx = velocity[on, 0] + body_spin[on, 1] * az - body_spin[on, 2] * ay
                    sy = velocity[on, 1] + body_spin[on, 2] * ax - body_spin[on, 0] * az
                    sz = velocity[on, 2] + body_spin[on, 0] * ay - body_spin[on, 1] * ax
                    # a spinning fragment would sling it away: rubble drags along, it does not bat
                    sling = (sx * sx + sy * sy + sz * sz) ** 0.5
                    if sling > SLING:
                        sx, sy, sz = sx * SLING / sling, sy * SLING / sling, sz * SLING / sling
                    sz = min(sz, 0.8)
                ux, uy, uz = v[n, 0] - sx, v[n, 1] - sy, v[n, 2] - sz
                into = ux * cx + uy * cy + uz * cz
                hit = max(0.0, -into)
                tx, ty, tz = ux - into * cx, uy - into * cy, uz - into * cz
                slide = (tx * tx + ty * ty + tz * tz) ** 0.5
                keep = max(0.0, 1 - (roll[s] + 0.12 * min(1.0, hit)) * hit / max(slide, 1e-6))
                bounce = 0.0
                if hit > 0.7:
                    # an edge takes the blow: part of it turns sideways
                    bounce = 0.26 + 0.1 * _chance(n, frame, step)
                    tx += 0.22 * hit * _chance(n, frame, step + 64) * (1 - abs(cx))
                    ty += 0.22 * hit * _chance(n, frame, step + 128) * (1 - abs(cy))
                out = hit * bounce if into < 0 else into
                v[n, 0] = sx + tx * keep + cx * out
                v[n, 1] = sy + ty * keep + cy * out
                v[n, 2] = sz + tz * keep + cz * out
                # rolling spin: normal × tangential velocity / radius
                rx, ry, rz = cy * tz - cz * ty, cz * tx - cx * tz, cx * ty - cy * tx
                reach = 0.6 * keep / max(0.4 * size[n], 0.01)
                spin[n, 0] = 0.4 * spin[n, 0] + reach * rx
                spin[n, 1] = 0.4 * spin[n, 1] + reach * ry
                spin[n, 2] = 0.4 * spin[n, 2] + reach * rz
                slide *= keep
                if slide < 0.8 and hit < 0.7:
                    # tip over to the nearest pose in which it lies still
                    dx, dy, dz = _into_body(q, n, -cx, -cy, -cz)
                    near, w = -2.0, 0
                    for k in range(12):
                        dot = poses[s, k, 0] * dx + poses[s, k, 1] * dy + poses[s, k, 2] * dz
                        if dot > near:
                            near, w = dot, k
                    bx = poses[s, w, 1] * dz - poses[s, w, 2] * dy
                    by = poses[s, w, 2] * dx - poses[s, w, 0] * dz
                    bz = poses[s, w, 0] * dy - poses[s, w, 1] * dx
                    bx, by, bz = _into_world(q, n, bx, by, bz)
                    lean = (bx * bx + by * by + bz * bz) ** 0.5
                    rate = min(7.0, 0.6 * lean / dt) / max(lean, 1e-6)
                    spin[n, 0], spin[n, 1], spin[n, 2] = bx * rate, by * rate, bz * rate
                    if slide < REST_SPEED and cz > 0.45 and lean < 0.03 and hit < 0.3:
                        calm[n] += 1
                        if calm[n] >= 3:
                            asleep[n], support[n] = 1, on
                            if lean > 1e-4:
                                _turn(q, n, bx / dt, by / dt, bz / dt, dt)
                            for k in range(3):
                                v[n, k], spin[n, k] = 0.0, 0.0
                    else:
                        calm[n] = 0
                else:
                    calm[n] = 0
            else:
                calm[n] = 0
            turning = spin[n, 0] ** 2 + spin[n, 1] ** 2 + spin[n, 2] ** 2
            if turning > 900.0:
                for k in range(3):
                    spin[n, k] *= 30.0 / turning**0.5
            if turning > 1e-4:
                _turn(q, n, spin[n, 0], spin[n, 1], spin[n, 2], dt)
            lift_onto_ground(x, q, n, size[n], s, points, ground)
            if asleep[n] != 0:
                break
