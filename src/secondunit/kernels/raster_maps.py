"""Orthographic depth maps, seen from the sun and from points of the sky, and which parts of them changed."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from secondunit.kernels.raster_fill import fill_depth, hash_unit

EMPTY = np.float32(-1e9)
BLOCK = 16


@njit(cache=True, fastmath=True)
def _to_light(axes, rotation, position, out):  # type: ignore[no-untyped-def]
    """(n, 12) matrices that carry fragment-local points straight into map coordinates."""
    for i in range(len(position)):
        for r in range(3):
            a0, a1, a2 = axes[r, 0], axes[r, 1], axes[r, 2]
            for c in range(3):
                out[i, r * 3 + c] = a0 * rotation[i, 0, c] + a1 * rotation[i, 1, c] + a2 * rotation[i, 2, c]
            out[i, 9 + r] = a0 * position[i, 0] + a1 * position[i, 1] + a2 * position[i, 2] + axes[r, 3]


@njit(cache=True, fastmath=True)
def _dot(depth_map, axes, x, y, z, size, chance):  # type: ignore[no-untyped-def]
    """A piece of debris as a square; one under a texel is drawn with its share of it as probability."""
    u = axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z + axes[0, 3]
    v = axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z + axes[1, 3]
    h = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z + axes[2, 3]
    scale = (axes[0, 0] ** 2 + axes[0, 1] ** 2 + axes[0, 2] ** 2) ** 0.5
    across = 0.8 * size * scale
    if across < 1.0:
        if chance > across * across:
            return
        across = 1.0
    r = 0.5 * across
    for j in range(max(0, int(v - r + 0.5)), min(depth_map.shape[0], int(v + r + 0.5))):
        for i in range(max(0, int(u - r + 0.5)), min(depth_map.shape[1], int(u + r + 0.5))):
            if h > depth_map[j, i]:
                depth_map[j, i] = h


@njit(cache=True, fastmath=True, parallel=True)
def draw_depth_maps(  # type: ignore[no-untyped-def]
    maps, corners, first, rotation, position, debris_size, debris_position, sub_frame, axes, still
):
    """Draw everything that casts a shadow into each map.

    maps (m, r, r) f32 height towards the light in metres, cleared by the caller; corners (t, 3, 3) local,
    triangles of fragment i are first[i]:first[i + 1]; rotation (S, n, 3, 3), position (S, n, 3); debris_size
    (d,), debris_position (S, d, 3); sub_frame (m,) the instant each map shows; axes (m, 3, 4) world to texel,
    texel, metres; still (b, 3, 3) triangles of things that never move.
    """
    for m in prange(maps.shape[0]):
        s = sub_frame[m]
        n = position.shape[1]
        view = np.empty((n, 12), np.float32)
        _to_light(axes[m], rotation[s], position[s], view)
        p = np.empty((3, 3), np.float32)
        for i in range(n):
            q = view[i]
            for t in range(first[i], first[i + 1]):
                for k in range(3):
                    a, b, c = corners[t, k, 0], corners[t, k, 1], corners[t, k, 2]
                    p[k, 0] = q[0] * a + q[1] * b + q[2] * c + q[9]
                    p[k, 1] = q[3] * a + q[4] * b + q[5] * c + q[10]
                    p[k, 2] = q[6] * a + q[7] * b + q[8] * c + q[11]
                fill_depth(
                    maps[m],
                    p[0, 0], p[0, 1], p[0, 2], p[1, 0], p[1, 1], p[1, 2], p[2, 0], p[2, 1], p[2, 2],
                )  # fmt: skip
        for t in range(len(still)):
            for k in range(3):
                for r in range(3):
                    p[k, r] = (
                        axes[m, r, 0] * still[t, k, 0]
                        + axes[m, r, 1] * still[t, k, 1]
                        + axes[m, r, 2] * still[t, k, 2]
                        + axes[m, r, 3]
                    )
            fill_depth(
                maps[m],
                p[0, 0], p[0, 1], p[0, 2], p[1, 0], p[1, 1], p[1, 2], p[2, 0], p[2, 1], p[2, 2],
            )  # fmt: skip
        for i in range(len(debris_size)):
            if debris_size[i] > 0.0:
                x, y, z = debris_position[s, i, 0], debris_position[s, i, 1], debris_position[s, i, 2]
                _dot(maps[m], axes[m], x, y, z, debris_size[i], hash_unit(i, s, 17))


@njit(cache=True, parallel=True)
def mark_changes(now, rest, changed):  # type: ignore[no-untyped-def]
    """Set changed (m, r / 16, r / 16) u8 to 1 on blocks of 16 texels whose depth differs, and next to them."""
    n_maps, size, _ = now.shape
    n = size // BLOCK
    for m in prange(n_maps):
        for j in range(n):
            for i in range(n):
                changed[m, j, i] = 0
        for j in range(n):
            for i in range(n):
                same = True
                for y in range(j * BLOCK, (j + 1) * BLOCK):
                    for x in range(i * BLOCK, (i + 1) * BLOCK):
                        same = same and now[m, y, x] == rest[m, y, x]
                if not same:
                    for b in range(max(0, j - 1), min(n, j + 2)):
                        for a in range(max(0, i - 1), min(n, i + 2)):
                            changed[m, b, a] = 1
