"""Where the corners of a wall's lattice lie: uneven joints, snapped ends, and limits at mitres and slopes.

A corner moves only where a crack turns there, by a hash of its number in the lattice, so every fragment that meets
in it has the same place for it and the wall is whole at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
OUTSIDE = -3
SNAPPED, JOINED, BED, INNER_BED, LAYER = 0.34, 0.09, 0.11, 0.2, 0.22  # swings, over the size of a cell
SNAPPED_SHARE = 0.45


@dataclass(frozen=True)
class Limits:
    """Where a wall ends: u between `ends` (2, 3) as (constant, per w, per z), z below `top` (2,) as (constant,
    per w). `mitred` (2,) is False at an end that the lattice itself ends at."""

    ends: F64
    top: F64
    mitred: tuple[bool, bool]

    def highest(self, w: F64) -> F64:
        """The greatest z at each depth w: the top, or where a tapering wall's ends meet."""
        top = self.top[0] + self.top[1] * w
        (l0, lw, lz), (r0, rw, rz) = self.ends
        if lz - rz > 1e-9:
            top = np.minimum(top, (r0 - l0 + (rw - lw) * w) / (lz - rz))
        highest: F64 = np.maximum(top, 0.0)
        return highest

    def sides(self, w: F64, z: F64) -> tuple[F64, F64]:
        """The least and the greatest u at depth w and height z (the same where the wall has no width)."""
        left, right = (e[0] + e[1] * w + e[2] * z for e in self.ends)
        middle = 0.5 * (left + right)
        none = left > right
        return np.where(none, middle, left), np.where(none, middle, right)

    def real(self, u: F64, w: F64, z: F64) -> Bools:
        """Whether a good part of each cell (rows, layers, columns) between lattice lines lies within the limits."""
        cw, cz = 0.5 * (w[1:] + w[:-1])[None, :, None], 0.5 * (z[1:] + z[:-1])[:, None, None]
        left, right = self.sides(cw, cz)
        low = (
            np.maximum(u[:-1], left) if self.mitred[0] else np.broadcast_to(u[:-1], (*left.shape[:2], len(u) - 1))
        )
        high = np.minimum(u[1:], right) if self.mitred[1] else u[1:]
        within: Bools = (high - low > 0.3 * np.diff(u)) & (cz < self.highest(cw))
        return within


@dataclass(frozen=True)
class Corners:
    """Corners (rows + 1, layers + 1, columns + 1) of a lattice: `place` (…, 3) in (u, w, z) metres; `turns` where a
    corner must be drawn; `wears` where a fragment may wear it down."""

    place: F64
    turns: Bools
    wears: Bools


def lattice_corners(owner: I32, changes: Bools, u: F64, w: F64, z: F64, limits: Limits, salt: int) -> Corners:
    """Corners of a lattice with lines `u`, `w`, `z` whose cells belong to `owner` (negative: void).

    `changes` (rows + 1, layers + 1, columns + 1) marks corners that must be drawn for another reason.
    """
    around = _around(owner)
    turns = (around[:, :, 0] != around[:, :, 1]).any((0, 1)) | changes
    n_z, n_w, n_u = owner.shape
    iz, iw, iu = np.meshgrid(np.arange(n_z + 1), np.arange(n_w + 1), np.arange(n_u + 1), indexing="ij")
    skin = (iw == 0) | (iw == n_w)
    outer = np.zeros(around.shape, bool)
    outer[:, 0, :, :, 0] = True
    outer[:, 1, :, :, n_w] = True
    whole = ((around >= 0) | outer).all((0, 1, 2))
    gap_u, gap_w, gap_z = (_least_gap(line) for line in (u, w, z))
    pu, pw, pz = u[iu], w[iw], z[iz]
    top = limits.highest(pw)
    room_z = z[np.minimum(iz + 1, n_z)] <= top + 1e-9
    pz = np.minimum(pz, top)
    left, right = limits.sides(pw, pz)
    beside = 1.2 * (u[np.minimum(iu + 1, n_u)] - u[np.maximum(iu - 1, 0)])
    free = turns & whole & room_z
    if limits.mitred[0]:
        free &= pu >= left + beside
        pu = np.maximum(pu, left)
    if limits.mitred[1]:
        free &= pu <= right - beside
        pu = np.minimum(pu, right)
    snapped = hashed(iu, iw + 5, iz, salt + 4) > 1.0 - 2.0 * SNAPPED_SHARE
    swing_u = np.where(snapped, SNAPPED, JOINED) * gap_u[iu] * hashed(iu, iw, iz, salt)
    swing_z = np.where(skin, BED, INNER_BED) * gap_z[iz] * hashed(iu, iw, iz, salt + 1)
    swing_w = np.where(skin, 0.0, LAYER) * gap_w[iw] * hashed(iu, iw, iz, salt + 2)
    place = np.stack([pu + free * swing_u, pw + free * swing_w, pz + free * swing_z], -1)
    return Corners(place, turns, free & ~skin)


def _around(owner: I32) -> I32:
    """The eight cells round each corner, (2, 2, 2, rows + 1, layers + 1, columns + 1), by side in z, w, u."""
    padded = np.pad(owner, 1, constant_values=OUTSIDE)
    n_z, n_w, n_u = owner.shape
    out = np.empty((2, 2, 2, n_z + 1, n_w + 1, n_u + 1), np.int32)
    for a in (0, 1):
        for b in (0, 1):
            for c in (0, 1):
                out[a, b, c] = padded[a : a + n_z + 1, b : b + n_w + 1, c : c + n_u + 1]
    return out


def _least_gap(lines: F64) -> F64:
    """The smaller of the two cells beside each line."""
    gaps = np.diff(lines)
    least: F64 = np.minimum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))
    return least


def hashed(a: npt.NDArray[np.integer], b: npt.NDArray[np.integer], c: npt.NDArray[np.integer], salt: int) -> F64:
    """Numbers in -1..1 that depend on three whole numbers and a salt only."""
    h: I64 = a.astype(np.int64) * 73856093 ^ b.astype(np.int64) * 19349663 ^ c.astype(np.int64) * 83492791
    h = h + np.int64(salt) * 374761393
    h = (h ^ (h >> 13)) * 1274126177
    h = h ^ (h >> 16)
    numbers: F64 = (h & 65535) / 32767.5 - 1.0
    return numbers


def smooth_noise(x: F64, y: F64, salt: int) -> F64:
    """Smooth noise in -1..1 with a value every metre of x and y."""
    i, j = np.floor(x), np.floor(y)
    a, b = x - i, y - j
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    ii, jj = i.astype(np.int64), j.astype(np.int64)
    zero = np.zeros_like(ii)
    low = hashed(ii, jj, zero, salt) * (1 - a) + hashed(ii + 1, jj, zero, salt) * a
    high = hashed(ii, jj + 1, zero, salt) * (1 - a) + hashed(ii + 1, jj + 1, zero, salt) * a
    noise: F64 = low * (1 - b) + high * b
    return noise
