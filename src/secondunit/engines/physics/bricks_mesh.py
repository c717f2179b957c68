"""Triangles of a wall laid in courses: stepped breaks, worn corners, and a skin without gaps.

Faces towards ±w and ±z are drawn as strips along u that pass corners where nothing turns; since that depends on the
corner alone, all faces that meet along a line use the same corners. Inside the wall each fragment wears its own
corners down, which nobody can see at rest.
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
Bools = npt.NDArray[np.bool_]
OUTSIDE, OPENING = -3, -1
WEAR = 0.16


class Laid(NamedTuple):
    """A wall to be drawn. `owner` (rows, layers, columns): fragment, or OPENING, or another void (< 0).

    `place` (rows + 1, layers + 1, columns + 1, 3) world metres, `turns`, `wears` and `salt` as in
    `bricks_corners`; `step_u`, `step_w`, `step_z` (each line, 3) the world vectors of the cells beside each line.
    Surfaces: `skin` (rows, columns) outside, `inner` and `broken` (in `plain`), `caps` (2, columns) below and above,
    `ends` (2,) at the left and right, `jambs` (columns + 1, 2) and `sills` (rows + 1, 2) towards openings on the
    lower and the higher side of a line.
    """

    owner: I32
    place: F64
    turns: Bools
    wears: Bools
    step_u: F64
    step_w: F64
    step_z: F64
    skin: U8
    plain: U8
    caps: U8
    ends: U8
    jambs: U8
    sills: U8


@njit(cache=True)  # type: ignore[untyped-decorator]
def _at(owner: I32, z: int, w: int, u: int) -> int:
    n_z, n_w, n_u = owner.shape
    if z < 0 or w < 0 or u < 0 or z >= n_z or w >= n_w or u >= n_u:
        return OUTSIDE
    return int(owner[z, w, u])


@njit(cache=True)  # type: ignore[untyped-decorator]
def worn(g: Laid, z: int, w: int, u: int, piece: int, out: F64) -> None:
    """Place of a corner as `piece` has it, into `out` (3,): drawn in where the piece sticks out there."""
    for axis in range(3):
        out[axis] = g.place[z, w, u, axis]
    if not g.wears[z, w, u]:
        return
    mine = 0
    pu, pw, pz = 0.0, 0.0, 0.0
    for dz in range(2):
        for dw in range(2):
            for du in range(2):
                if _at(g.owner, z - dz, w - dw, u - du) == piece:
                    mine += 1
                    pu += 0.5 - du
                    pw += 0.5 - dw
                    pz += 0.5 - dz
    if 0 < mine <= 3:
        # uneven from piece to piece and corner to corner, by a cheap hash
        mixed = (piece * 40503 + z * 9973 + u * 6151 + w * 389) & 1023
        wear = WEAR * (0.4 + 1.2 * mixed / 1023.0) * 2.0 / mine
        for axis in range(3):
            out[axis] += wear * (pu * g.step_u[u, axis] + pw * g.step_w[w, axis] + pz * g.step_z[z, axis])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _put(out: F32, tri: I32, surf: U8, used: int, three: F64, flip: bool, piece: int, s: int) -> int:
    for axis in range(3):
        out[used, 0, axis] = three[0, axis]
        out[used, 1, axis] = three[2 if flip else 1, axis]
        out[used, 2, axis] = three[1 if flip else 2, axis]
    tri[used] = piece
    surf[used] = s
    return used + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _strip(
    g: Laid, out: F32, tri: I32, surf: U8, used: int, span: I32, flip: bool, piece: int, s: int, three: F64
) -> int:
    """Triangles between two lattice lines past idle corners; `span` = first and last column line, then row and
    layer of each line. Returns the triangles used so far."""
    last = span[1]
    at = np.array([span[0], span[0]])
    ahead = np.array([span[0], span[0]])
    worn(g, span[2], span[3], span[0], piece, three[0])
    worn(g, span[4], span[5], span[0], piece, three[2])
    while at[0] < last or at[1] < last:
        for side in range(2):
            k = at[side]
            if k < last:
                k += 1
                while k < last and not g.turns[span[2 + 2 * side], span[3 + 2 * side], k]:
                    k += 1
            ahead[side] = k
        # the shorter way across keeps triangles upright however uneven the corners lie
        first = at[1] >= last or (at[0] < last and abs(ahead[0] - at[1]) <= abs(ahead[1] - at[0]))
        side = 0 if first else 1
        worn(g, span[2 + 2 * side], span[3 + 2 * side], ahead[side], piece, three[1])
        used = _put(out, tri, surf, used, three, flip, piece, s)
        at[side] = ahead[side]
        for axis in range(3):
            three[2 * side, axis] = three[1, axis]
    return used


@njit(cache=True)  # type: ignore[untyped-decorator]
def _surface(g: Laid, z: int, w: int, u: int, side: int, upright: bool, there: int) -> int:
    if there == OUTSIDE:
        if upright:
            return int(g.skin[z, u] if side == 0 else g.plain[0])
        return int(g.caps[side, u])
    if there == OPENING and not upright:
        return int(g.sills[z + side, side])
    return int(g.plain[1])


@njit(cache=True)  # type: ignore[untyped-decorator]
def count_faces(owner: I32) -> int:
    """Faces of cells towards another fragment or nothing: half the most triangles a wall can have."""
    n_z, n_w, n_u = owner.shape
    count = 0
    for z in range(n_z):
        for w in range(n_w):
            for u in range(n_u):
                me = owner[z, w, u]
                if me < 0:
                    continue
                for side in (-1, 1):
                    count += int(_at(owner, z + side, w, u) != me)
                    count += int(_at(owner, z, w + side, u) != me)
                    count += int(_at(owner, z, w, u + side) != me)
    return count


@njit(cache=True)  # type: ignore[untyped-decorator]
def courses_mesh(g: Laid) -> tuple[F32, I32, U8, int]:
    """All triangles (t, 3, 3), the fragment (as numbered in `owner`) and surface of each; how many are filled."""
    n_z, n_w, n_u = g.owner.shape
    bound = 2 * count_faces(g.owner) + 8
    out = np.empty((bound, 3, 3), np.float32)
    tri, surf = np.empty(bound, np.int32), np.empty(bound, np.uint8)
    three = np.empty((3, 3))
    span = np.empty(6, np.int32)
    used = 0
    for z in range(n_z):
        for w in range(n_w):
            for turn in range(4):
                side, upright = turn // 2, turn % 2 == 0
                dw, dz = (2 * side - 1, 0) if upright else (0, 2 * side - 1)
                u = 0
                while u < n_u:
                    me = g.owner[z, w, u]
                    there = _at(g.owner, z + dz, w + dw, u)
                    if me < 0 or there == me:
                        u += 1
                        continue
                    s = _surface(g, z, w, u, side, upright, there)
                    end = u + 1
                    while end < n_u and g.owner[z, w, end] == me:
                        beyond = _at(g.owner, z + dz, w + dw, end)
                        if beyond != there or _surface(g, z, w, end, side, upright, beyond) != s:
                            break
                        end += 1
                    span[0], span[1] = u, end
                    if upright:
                        span[2], span[3], span[4], span[5] = z, w + side, z + 1, w + side
                    else:
                        span[2], span[3], span[4], span[5] = z + side, w, z + side, w + 1
                    used = _strip(g, out, tri, surf, used, span, (side == 1) == upright, me, s, three)
                    u = end
            for u in range(n_u):
                me = g.owner[z, w, u]
                if me < 0:
                    continue
                for side in (0, 1):
                    there = _at(g.owner, z, w, u + 2 * side - 1)
                    if there == me:
                        continue
                    s = int(g.plain[1])
                    if there == OPENING:
                        s = int(g.jambs[u + side, side])
                    elif there == OUTSIDE:
                        s = int(g.ends[side])
                    worn(g, z, w, u + side, me, three[0])
                    worn(g, z, w + 1, u + side, me, three[1])
                    worn(g, z + 1, w + 1, u + side, me, three[2])
                    used = _put(out, tri, surf, used, three, side == 0, me, s)
                    for axis in range(3):
                        three[1, axis] = three[2, axis]
                    worn(g, z + 1, w, u + side, me, three[2])
                    used = _put(out, tri, surf, used, three, side == 0, me, s)
    return out, tri, surf, used
