"""How the background moves between two frames, also where it is hidden.

Flow is found on pictures whose hole is filled smoothly, so that the thing in it does not drag its surroundings along.
Inside, what is left of the flow after the camera's own motion is continued from around.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.kernels.flow import flow_between, perceptual, scene_linear
from secondunit.kernels.patchmatch import spread

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BELT = 15  # pixels; flow this near a hole is the hole's as much as the background's
SCALES = (4.0, 2.0, 1.0, 0.7, 0.5, 0.5)  # pixels a motion may differ from the camera's, tighter each round
STEP = 1 / 64  # flow is kept in steps of this many pixels


@dataclass(frozen=True)
class Motion:
    """Between a frame and the one after: flow there (`ahead`) and back (`behind`), (h, w, 2) pixels, as measured.

    `camera_ahead`, `camera_behind` (8,) describe the camera's share of each, see `camera_flow`.
    """

    ahead: F32
    behind: F32
    camera_ahead: F64
    camera_behind: F64

    def save(self, path: Path) -> None:
        """Keep it, flow in steps of 1/64 pixel."""
        kept = [
            np.clip(np.rint(flow / STEP), -32767, 32767).astype(np.int16) for flow in (self.ahead, self.behind)
        ]
        cameras = np.stack([self.camera_ahead, self.camera_behind])
        np.savez_compressed(path, ahead=kept[0], behind=kept[1], camera=cameras)

    @classmethod
    def load(cls, path: Path) -> Motion:
        """What `save` kept."""
        with np.load(path) as kept:
            flows = [kept[name].astype(np.float32) * np.float32(STEP) for name in ("ahead", "behind")]
            return cls(flows[0], flows[1], kept["camera"][0], kept["camera"][1])


def without_hole(picture: F32, hole: Mask) -> F32:
    """`picture` (h, w, 3) ACEScg with the hole filled smoothly, for finding motion only."""
    if not hole.any() or hole.all():
        return picture
    smooth = scene_linear(spread(perceptual(picture), ~hole))
    return np.where(hole[..., None], smooth, picture)


def motion_between(a: F32, b: F32, hole_a: Mask, hole_b: Mask) -> Motion:
    """The motion between two frames (h, w, 3) whose holes were filled by `without_hole`."""
    ahead, behind = flow_between(a, b), flow_between(b, a)
    return Motion(ahead, behind, fit_camera(ahead, ~hole_a), fit_camera(behind, ~hole_b))


def fit_camera(flow: F32, known: Mask) -> F64:
    """The camera's share of a flow (h, w, 2): eight numbers, those of a homography's first order.

    Fitted to what most of the `known` pixels do by iterated reweighting (Geman–McClure), so that things that move by
    themselves do not count; all zero where little is known.
    """
    y, x = np.nonzero(known[::4, ::4])
    if len(y) < 32:
        return np.zeros(8)
    seen = flow[::4, ::4][y, x].astype(np.float64)
    across, down = _basis(x * np.float64(4), y * np.float64(4), flow.shape[0], flow.shape[1])
    rows, wanted = np.concatenate([across, down]), seen.T.reshape(-1)
    off = np.linalg.norm(seen - np.median(seen, 0), axis=1)
    fitted = np.zeros(8)
    for scale in SCALES:
        trust = (1 / (1 + (off / max(scale, 1.5 * float(np.median(off)))) ** 2)) ** 2
        weighted = rows * np.tile(trust, 2)[:, None]
        fitted = np.linalg.solve(weighted.T @ rows + 1e-6 * np.eye(8), weighted.T @ wanted)
        off = np.linalg.norm((wanted - rows @ fitted).reshape(2, -1), axis=0)
    return fitted


def camera_flow(camera: F64, h: int, w: int) -> F32:
    """The flow (h, w, 2) that `fit_camera` described."""
    y, x = np.divmod(np.arange(h * w, dtype=np.float64), float(w))
    across, down = _basis(np.asarray(x, np.float64), np.asarray(y, np.float64), h, w)
    flow: F32 = np.stack([across @ camera, down @ camera], -1).reshape(h, w, 2).astype(np.float32)
    return flow


def behind_hole(flow: F32, camera: F32, hole: Mask) -> F32:
    """A flow (h, w, 2) that inside `hole` and near it continues what the background does around it."""
    if not hole.any():
        return flow
    grown = cv2.dilate(hole.astype(np.uint8), np.ones((BELT, BELT), np.uint8)) > 0
    if grown.all():
        return camera
    rest = spread(flow - camera, ~grown)
    out: F32 = np.where(grown[..., None], camera + rest, flow).astype(np.float32)
    return out


def _basis(x: F64, y: F64, h: int, w: int) -> tuple[F64, F64]:
    """Rows of the fit for the motion across and down, at pixel indices x, y (n,)."""
    x, y = (x - w / 2) / h, (y - h / 2) / h
    one, none = np.ones_like(x), np.zeros_like(x)
    across = np.stack([one, x, y, none, none, none, x * x, x * y], -1)
    down = np.stack([none, none, none, one, x, y, x * y, y * y], -1)
    return across, down
