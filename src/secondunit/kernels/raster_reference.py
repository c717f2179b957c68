"""The plain twin of `draw_fragments`: whole-picture NumPy, one triangle at a time, no clipping and no matte."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from secondunit.kernels.raster_fill import CX, CY, FOCAL, K1, NEAR_M, R2_MAX

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]


def draw_fragments_reference(
    corners: F32, tri_fragment: I32, rotation: F32, position: F32, cam: F32, jitter: F32, height: int, width: int
) -> tuple[F32, I32]:
    """(S, h, w) 1 / depth and triangle ids of triangles wholly in front of the camera; see `draw_fragments`."""
    n_samples = len(position)
    zb = np.zeros((n_samples, height, width), np.float32)
    ib = np.full((n_samples, height, width), -1, np.int32)
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    lens = cam.astype(float)
    for s in range(n_samples):
        world = np.einsum("tij,tkj->tki", rotation[s][tri_fragment], corners) + position[s][tri_fragment][:, None]
        local = (world - lens[9:12]) @ lens[:9].reshape(3, 3).T
        for t in range(len(local)):
            if (local[t, :, 2] < NEAR_M).any():
                continue
            flat = local[t, :, :2] / local[t, :, 2:]
            bend = 1 + lens[K1] * np.minimum((flat**2).sum(1, keepdims=True), lens[R2_MAX])
            p = flat * bend * lens[FOCAL] + (lens[CX] - jitter[s, 0], lens[CY] - jitter[s, 1])
            (ux, uy), (vx, vy) = p[1] - p[0], p[2] - p[0]
            area = ux * vy - uy * vx
            if area >= 0:
                continue
            l0 = ((columns - p[2, 0]) * (p[1, 1] - p[2, 1]) + (rows - p[2, 1]) * (p[2, 0] - p[1, 0])) / area
            l1 = ((columns - p[2, 0]) * (p[2, 1] - p[0, 1]) + (rows - p[2, 1]) * (p[0, 0] - p[2, 0])) / area
            l2 = 1 - l0 - l1
            z = l0 / local[t, 0, 2] + l1 / local[t, 1, 2] + l2 / local[t, 2, 2]
            nearer = (l0 >= 0) & (l1 >= 0) & (l2 >= 0) & (z > zb[s])
            zb[s][nearer] = z[nearer]
            ib[s][nearer] = t
    return zb, ib
