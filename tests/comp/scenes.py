"""Scenes whose background is known, with a building painted over it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from secondunit.comp.clean_plate_codes import decode

H, W = 300, 480


@dataclass(frozen=True)
class Scene:
    """`truth` (h, w, 3) the background in codes; `plate` scene-linear with the building; its mattes."""

    truth: np.ndarray
    plate: np.ndarray
    matte: np.ndarray
    holdout: np.ndarray
    skyline: np.ndarray
    ground: float


def scene(seed=0, one_sided=False, lake=False):
    """A gradient sky, a tree line (or a far shore and a lake) along a curve, cobbles that grow towards the eye."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:H, :W].astype(np.float32)
    sky = np.stack([90 + 0.35 * y, 140 + 0.3 * y, 215 + 0.1 * y], -1) + 0.02 * x[..., None]
    skyline = 150 + 12 * np.sin(np.arange(W) / 110.0)
    ground = 215.0
    picture = sky.copy()
    trees = np.stack([50 + 0 * x, 80 + 0 * x, 45 + 0 * x], -1)
    leaves = cv2.GaussianBlur(rng.normal(0, 1, (H, W)).astype(np.float32), (0, 0), 1.6)
    trees += (leaves / leaves.std() * 16)[..., None]
    jag = cv2.GaussianBlur(rng.normal(0, 1, (1, W)).astype(np.float32), (0, 0), 2.0)[0]
    edge = skyline + 2 * jag / jag.std()
    band = np.clip(y - edge[None] + 0.5, 0, 1)[..., None]
    picture = picture * (1 - band) + trees * band
    if lake:
        shore = skyline + 28
        water = np.stack([120 + 0 * x, 150 + 0 * x, 160 - 0.1 * (y - 180)], -1)
        share = np.clip(y - shore[None] + 0.5, 0, 1)[..., None]
        picture = picture * (1 - share) + water * share
    depth = np.maximum(y - ground + 12, 1)
    size = 400.0 / depth
    cobbles = 16 * np.sign(np.sin((x - W / 2) * size / 9.0) * np.sin(900.0 / depth))
    stones = np.stack([110 + cobbles, 105 + cobbles, 98 + cobbles], -1)
    share = np.clip(y - ground + 0.5, 0, 1)[..., None]
    picture = picture * (1 - share) + stones * share
    picture += rng.normal(0, 1.0, picture.shape)
    truth = picture.astype(np.float32)

    left, right = (300, W) if one_sided else (170, 320)
    matte = np.zeros((H, W), np.float32)
    matte[50:226, left:right] = 1
    bricks = 140 + 25 * ((y // 4 % 2) == (x // 9 % 2))
    building = np.stack([bricks, bricks * 0.6, bricks * 0.5], -1)
    building[((y // 22).astype(int) % 2 == 1) & ((x // 18).astype(int) % 2 == 0)] = (30, 35, 45)
    shown = truth * (1 - matte[..., None]) + building * matte[..., None]
    holdout = np.zeros((H, W), np.float32)
    holdout[190:240, 240 if not one_sided else 380 : 246 if not one_sided else 386] = 1
    shown = shown * (1 - holdout[..., None]) + 20 * holdout[..., None]
    plate = decode(shown.astype(np.float32)).astype(np.float16).astype(np.float32)
    return Scene(truth, plate, matte, holdout, skyline, ground)
