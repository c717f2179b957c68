"""Triangles of a wall laid in courses: stepped breaks, uneven joints, worn corners, and a skin without gaps.

The lattice is (rows, layers, columns) of cells that each belong to a fragment or are void. A corner of the
lattice moves by a hash of its place where a crack turns there, the same for all fragments that meet in it; inside
the wall each fragment also wears its own corners down, which nobody can see at rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
OUTSIDE = -3


class MeshInput(NamedTuple):
    """What `courses_mesh` draws. `owner` (rows, layers, columns): fragment, or -1 opening, -2 another wall.

    `frame` rows are the world directions of u, w and z. `skin` (rows, columns), `top` and `bottom` (columns,)
    and `end_surface` (2,) are surfaces of what lies open; `inner` that of the room side, `broken` that of breaks.
    """

    u: F64
    w: F64
    z: F64
    owner: I32
    ends: F64
    top_limit: F64
    origin: F64
    frame: F64
    camera: F64
    skin: U8
    top: U8
    bottom: U8
    end_surface: U8
    inner: int
    broken: int
    salt: int


@njit(cache=True)  # type: ignore[untyped-decorator]
def own_cells(
    owner: I32,
    unit: F64,
    cw: F64,
    level: F64,
    cu: F64,
    cz: F64,
    low: F64,
    high: F64,
    centre: F64,
    planes: F64,
    face_start: I32,
    origin: F64,
    frame: F64,
    wander: float,
    salt: int,
) -> None:
    """Give each cell that is not void to the fragment whose hull its unit's centre lies in, or lies nearest to.

    `low`, `high` (n, 3) say how far fragment i may reach in (u, w, z). A fragment left without a cell takes the
    one nearest to its `centre`, if that one's owner has others. Cracks stray by up to `wander` metres, smoothly.
    """
    n_z, n_w, n_u = owner.shape
    best = np.full(owner.shape, 1e9)
    void = owner < 0
    owner[:] = np.where(void, owner, -9)
    for i in range(len(low)):
        z0, z1 = np.searchsorted(cz, low[i, 2]), np.searchsorted(cz, high[i, 2])
        u0, u1 = np.searchsorted(cu, low[i, 0]), np.searchsorted(cu, high[i, 0])
        for z in range(z0, z1):
            for w in range(n_w):
                for u in range(u0, u1):
                    if void[z, w, u]:
                        continue
                    at_u = unit[z, w, u] + wander * _smooth(unit[z, w, u], level[z], salt)
                    at_z = level[z] + wander * _smooth(unit[z, w, u], level[z], salt + 9)
                    worst = -1e9
                    for p in range(face_start[i], face_start[i + 1]):
                        d = planes[p, 3]
                        for axis in range(3):
                            at = (
                                origin[axis]
                                + at_u * frame[0, axis]
                                + cw[w] * frame[1, axis]
                                + at_z * frame[2, axis]
                            )
                            d += planes[p, axis] * at
                        worst = max(worst, d)
                        if worst >= best[z, w, u]:
                            break
                    if worst < best[z, w, u]:
                        best[z, w, u] = worst
                        owner[z, w, u] = i
    count = np.zeros(len(low), np.int32)
    for z in range(n_z):
        for w in range(n_w):
            for u in range(n_u):
                if owner[z, w, u] == -9:
                    gap = 1e18
                    for i in range(len(low)):
                        d = (
                            (centre[i, 0] - cu[u]) ** 2
                            + (centre[i, 1] - cw[w]) ** 2
                            + (centre[i, 2] - cz[z]) ** 2
                        )
                        if d < gap:
                            gap = d
                            owner[z, w, u] = i
                if owner[z, w, u] >= 0:
                    count[owner[z, w, u]] += 1
    for i in range(len(low)):
        if count[i] > 0:
            continue
        gap = 1e18
        z1, w1, u1 = -1, -1, -1
        zc, uc = np.searchsorted(cz, centre[i, 2]), np.searchsorted(cu, centre[i, 0])
        for z in range(max(0, zc - 4), min(n_z, zc + 4)):
            for w in range(n_w):
                for u in range(max(0, uc - 6), min(n_u, uc + 6)):
                    d = _square(centre[i], cu[u], cw[w], cz[z])
                    if owner[z, w, u] >= 0 and count[owner[z, w, u]] > 1 and d < gap:
                        gap = d
                        z1, w1, u1 = z, w, u
        if z1 >= 0:
            count[owner[z1, w1, u1]] -= 1
            owner[z1, w1, u1] = i
            count[i] = 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _square(centre: F64, u: float, w: float, z: float) -> float:
    return float((centre[0] - u) ** 2 + (centre[1] - w) ** 2 + (centre[2] - z) ** 2)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _hash(a: int, b: int, c: int, salt: int) -> float:
    h = np.int64(a) * 73856093 ^ np.int64(b) * 19349663 ^ np.int64(c) * 83492791
    h += np.int64(salt) * 374761393
    h = (h ^ (h >> 13)) * 1274126177
    h = h ^ (h >> 16)
    return float(h & 65535) / 32767.5 - 1.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _smooth(x: float, y: float, salt: int) -> float:
    """Smooth noise in -1..1 over the wall, a swell about every 0.8 m."""
    x, y = x / 0.4, y / 0.4
    i, j = int(np.floor(x)), int(np.floor(y))
    a, b = x - i, y - j
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    low = _hash(i, j, 0, salt) * (1 - a) + _hash(i + 1, j, 0, salt) * a
    high = _hash(i, j + 1, 0, salt) * (1 - a) + _hash(i + 1, j + 1, 0, salt) * a
    return float(low * (1 - b) + high * b)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _at(owner: I32, z: int, w: int, u: int) -> int:
    n_z, n_w, n_u = owner.shape
    if z < 0 or w < 0 or u < 0 or z >= n_z or w >= n_w or u >= n_u:
        return OUTSIDE
    return int(owner[z, w, u])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _turns(owner: I32, z: int, w: int, u: int) -> bool:
    """Whether a corner must be drawn: some pair of cells across u differs there."""
    for dz in range(2):
        for dw in range(2):
            if _at(owner, z - dz, w - dw, u - 1) != _at(owner, z - dz, w - dw, u):
                return True
    return False


@njit(cache=True)  # type: ignore[untyped-decorator]
def _corner(g: MeshInput, z: int, w: int, u: int, piece: int, out: F64) -> None:
    """World place of a corner of the lattice as `piece` has it, into `out` (3,)."""
    n_z, n_w, n_u = g.owner.shape
    zz, ww, uu = g.z[z], g.w[w], g.u[u]
    zz = min(zz, g.top_limit[0] + g.top_limit[1] * ww)
    left = g.ends[0, 0] + g.ends[0, 1] * ww + g.ends[0, 2] * zz
    right = g.ends[1, 0] + g.ends[1, 1] * ww + g.ends[1, 2] * zz
    if left > right:
        left = right = 0.5 * (left + right)
    free = zz == g.z[z] and g.z[min(z + 1, n_z)] <= g.top_limit[0] + g.top_limit[1] * ww
    beside = 1.2 * (g.u[min(u + 1, n_u)] - g.u[max(u - 1, 0)])
    if g.end_surface[0] == g.broken and uu < left + beside:
        uu, free = max(uu, left), False
    if g.end_surface[1] == g.broken and uu > right - beside:
        uu, free = min(uu, right), False
    if free and _turns(g.owner, z, w, u):
        voids, mine = 0, 0
        pu, pw, pz = 0.0, 0.0, 0.0
        for dz in range(2):
            for dw in range(2):
                for du in range(2):
                    there = _at(g.owner, z - dz, w - dw, u - du)
                    outer = (w == 0 and dw == 1) or (w == n_w and dw == 0)
                    if there < 0 and not outer:
                        voids += 1
                    if there == piece:
                        mine += 1
                        pu += 0.5 - du
                        pw += 0.5 - dw
                        pz += 0.5 - dz
        if voids == 0:
            du_ = min(g.u[u] - g.u[u - 1], g.u[u + 1] - g.u[u])
            dz_ = min(g.z[z] - g.z[z - 1], g.z[z + 1] - g.z[z])
            on_skin = w == 0 or w == n_w
            much = 0.34 if _hash(u, w + 5, z, g.salt + 4) > 0.1 else 0.09
            uu += much * du_ * _hash(u, w, z, g.salt)
            zz += (0.11 if on_skin else 0.2) * dz_ * _hash(u, w, z, g.salt + 1)
            if not on_skin:
                dw_ = g.w[w] - g.w[w - 1]
                ww += 0.22 * dw_ * _hash(u, w, z, g.salt + 2)
                if 0 < mine <= 3:
                    wear = (0.16 + 0.16 * _hash(u, w + piece, z, g.salt + 3)) * 2.0 / mine
                    uu += wear * pu * du_
                    ww += wear * pw * dw_
                    zz += wear * pz * dz_
    for axis in range(3):
        out[axis] = g.origin[axis] + uu * g.frame[0, axis] + ww * g.frame[1, axis] + zz * g.frame[2, axis]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _put(out: F32, tri: I32, surf: U8, used: int, a: F64, b: F64, c: F64, flip: bool, piece: int, s: int) -> int:
    for axis in range(3):
        out[used, 0, axis] = a[axis]
        out[used, 1, axis] = c[axis] if flip else b[axis]
        out[used, 2, axis] = b[axis] if flip else c[axis]
    tri[used] = piece
    surf[used] = s
    return used + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _strip(
    g: MeshInput,
    out: F32,
    tri: I32,
    surf: U8,
    used: int,
    first: int,
    last: int,
    line_a: tuple[int, int],
    line_b: tuple[int, int],
    flip: bool,
    piece: int,
    s: int,
) -> int:
    """Triangles between two lattice lines (row, layer) from column line `first` to `last`, past idle corners."""
    i, j = first, first
    p, q, r = np.empty(3), np.empty(3), np.empty(3)
    _corner(g, line_a[0], line_a[1], i, piece, p)
    _corner(g, line_b[0], line_b[1], j, piece, q)
    while i < last or j < last:
        next_i, next_j = i, j
        if i < last:
            next_i = i + 1
            while next_i < last and not _turns(g.owner, line_a[0], line_a[1], next_i):
                next_i += 1
        if j < last:
            next_j = j + 1
            while next_j < last and not _turns(g.owner, line_b[0], line_b[1], next_j):
                next_j += 1
        across_i, across_j = abs(g.u[next_i] - g.u[j]), abs(g.u[next_j] - g.u[i])
        if j >= last or (i < last and across_i <= across_j):
            _corner(g, line_a[0], line_a[1], next_i, piece, r)
            used = _put(out, tri, surf, used, p, r, q, flip, piece, s)
            i = next_i
            p[:] = r
        else:
            _corner(g, line_b[0], line_b[1], next_j, piece, r)
            used = _put(out, tri, surf, used, p, r, q, flip, piece, s)
            j = next_j
            q[:] = r
    return used


@njit(cache=True)  # type: ignore[untyped-decorator]
def _reveal(g: MeshInput, z: int, w: int, u: int, axis: int, sign: float) -> int:
    """PLATE (0) or FACADE (10) of a face towards an opening: whether the camera is on its open side."""
    total = 0.0
    for k in range(3):
        at = g.origin[k] + g.u[u] * g.frame[0, k] + g.w[w] * g.frame[1, k] + g.z[z] * g.frame[2, k]
        normal = sign * (g.frame[0, k] if axis == 0 else (1.0 if k == 2 else 0.0))
        total += (g.camera[k] - at) * normal
    return 0 if total > 0 else 10


@njit(cache=True)  # type: ignore[untyped-decorator]
def _exposed(owner: I32) -> int:
    n_z, n_w, n_u = owner.shape
    count = 0
    for z in range(n_z):
        for w in range(n_w):
            for u in range(n_u):
                me = owner[z, w, u]
                if me < 0:
                    continue
                for side in (-1, 1):
                    count += _at(owner, z + side, w, u) != me
                    count += _at(owner, z, w + side, u) != me
                    count += _at(owner, z, w, u + side) != me
    return count


@njit(cache=True)  # type: ignore[untyped-decorator]
def courses_mesh(g: MeshInput) -> tuple[F32, I32, U8]:
    """All triangles (t, 3, 3), the fragment (as numbered in `owner`) and the surface of each."""
    n_z, n_w, n_u = g.owner.shape
    bound = 2 * _exposed(g.owner) + 8
    out = np.empty((bound, 3, 3), np.float32)
    tri, surf = np.empty(bound, np.int32), np.empty(bound, np.uint8)
    used = 0
    a, b, c, d = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for z in range(n_z):
        for w in range(n_w):
            for side in (0, 1):
                for axis in (1, 2):
                    used = _run(g, out, tri, surf, used, z, w, side, axis)
            for u in range(n_u):
                me = g.owner[z, w, u]
                if me < 0:
                    continue
                for side in (0, 1):
                    there = _at(g.owner, z, w, u + 2 * side - 1)
                    if there == me:
                        continue
                    s = g.broken
                    if there == -1:
                        s = _reveal(g, z, w, u + side, 0, 2.0 * side - 1.0)
                    elif there == OUTSIDE:
                        s = g.end_surface[side]
                    _corner(g, z, w, u + side, me, a)
                    _corner(g, z, w + 1, u + side, me, b)
                    _corner(g, z + 1, w + 1, u + side, me, c)
                    _corner(g, z + 1, w, u + side, me, d)
                    used = _put(out, tri, surf, used, a, b, c, side == 0, me, s)
                    used = _put(out, tri, surf, used, a, c, d, side == 0, me, s)
    return out[:used].copy(), tri[:used].copy(), surf[:used].copy()


@njit(cache=True)  # type: ignore[untyped-decorator]
def _run(g: MeshInput, out: F32, tri: I32, surf: U8, used: int, z: int, w: int, side: int, axis: int) -> int:
    """Faces of one row of cells towards ±w (`axis` 1) or ±z (`axis` 2), joined along u where nothing turns."""
    _n_z, _n_w, n_u = g.owner.shape
    dw, dz = (2 * side - 1, 0) if axis == 1 else (0, 2 * side - 1)
    u = 0
    while u < n_u:
        me = g.owner[z, w, u]
        there = _at(g.owner, z + dz, w + dw, u)
        if me < 0 or there == me:
            u += 1
            continue
        s = _surface(g, z, w, u, side, axis, there)
        end = u + 1
        while end < n_u and g.owner[z, w, end] == me:
            beyond = _at(g.owner, z + dz, w + dw, end)
            if beyond != there or _surface(g, z, w, end, side, axis, beyond) != s:
                break
            end += 1
        if axis == 1:
            used = _strip(g, out, tri, surf, used, u, end, (z, w + side), (z + 1, w + side), side == 1, me, s)
        else:
            used = _strip(g, out, tri, surf, used, u, end, (z + side, w), (z + side, w + 1), side == 0, me, s)
        u = end
    return used


@njit(cache=True)  # type: ignore[untyped-decorator]
def _surface(g: MeshInput, z: int, w: int, u: int, side: int, axis: int, there: int) -> int:
    if there == OUTSIDE:
        if axis == 1:
            return int(g.skin[z, u] if side == 0 else g.inner)
        return int(g.top[u] if side == 1 else g.bottom[u])
    if there == -1 and axis == 2:
        return int(_reveal(g, z + side, w, u, 2, 2.0 * side - 1.0))
    return g.broken
