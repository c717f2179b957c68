"""What a shot is, seen from a few of its frames: does the camera stand, what stands behind, where to practise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.patch.practice import place_practice
from secondunit.engines.patch.removal_motion import camera_flow, fit_camera, without_hole
from secondunit.engines.patch.removal_sources import codes
from secondunit.kernels.flow import flow_between, luminance

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LOOKS = 15  # frames, spread over the shot
STILL = 0.3  # pixels that the middle of the picture may drift
OFTEN = 4  # looks that must have seen a place before the background there is believed
STRANGE = 26.0  # codes: what differs more from the background is something in front of it
DARKER = (0.035, 0.09)  # of the light: where a shadow begins, where it is certain
HUE = 0.10  # a shadow takes alike from all channels, to within this
GLOW = (5.0, 11.0, 24.0)  # codes: a reflection begins, is certain, is no reflection any more
REACH = 0.8  # of the hole's height: how far a shadow may lie from it


@dataclass(frozen=True)
class Study:
    """`stands`: the camera does. `background` (h, w, 3) ACEScg and where it is known, both None for a moving camera.

    `asides`: how far (x, y) the practice holes lie from the real one, none where there is no room.
    """

    stands: bool
    asides: tuple[tuple[int, int], ...]
    background: F32 | None = None
    known: Mask | None = None

    def save(self, folder: Path) -> None:
        """Keep it in a chunk's folder."""
        (folder / "study.json").write_text(json.dumps({"stands": self.stands, "asides": self.asides}))
        if self.background is not None and self.known is not None:
            np.savez_compressed(folder / "background.npz", picture=self.background, known=self.known)

    @classmethod
    def load(cls, folder: Path) -> Study:
        """What `save` kept."""
        told = json.loads((folder / "study.json").read_text())
        asides = tuple((int(x), int(y)) for x, y in told["asides"])
        if not (folder / "background.npz").exists():
            return cls(bool(told["stands"]), asides)
        with np.load(folder / "background.npz") as kept:
            return cls(bool(told["stands"]), asides, kept["picture"], kept["known"])

    def strange(self, plate: F32) -> Mask:
        """Pixels (h, w) of a plate that differ from the known background: something else stands there."""
        if self.background is None or self.known is None:
            return np.zeros(plate.shape[:2], bool)
        apart = cv2.GaussianBlur(np.abs(codes(plate) - codes(self.background)).mean(2), (0, 0), 1.0)
        out: Mask = self.known & (apart > STRANGE)
        return out


def study_shot(plates: Sequence[F32], holes: Sequence[Mask]) -> Study:
    """Look at a few frames (h, w, 3) of one shot, in order, and their holes (h, w)."""
    asides = place_practice(holes)
    stands = len(plates) > 1 and _stands(plates, holes)
    if not stands:
        return Study(False, asides)
    seen = np.stack(
        [np.where(hole[..., None], np.nan, p).astype(np.float16) for p, hole in zip(plates, holes, strict=True)]
    )
    times = (~np.stack(holes)).sum(0)
    background = np.zeros_like(plates[0], dtype=np.float32)
    steady = np.zeros(holes[0].shape, bool)
    for top in range(0, len(background), 64):
        strip = seen[:, top : top + 64].astype(np.float32)
        known = times[top : top + 64] >= min(OFTEN, len(plates))
        strip[:, ~known] = 0
        background[top : top + 64] = np.nanmedian(strip, axis=0)
        apart = np.nanmedian(np.abs(codes(strip) - codes(background[top : top + 64])), axis=0).mean(-1)
        steady[top : top + 64] = known & (apart < STRANGE / 3)
    return Study(True, asides, background, steady)


def _stands(plates: Sequence[F32], holes: Sequence[Mask]) -> bool:
    middle = len(plates) // 2
    pictures = [
        without_hole(plates[k], holes[k]) for k in (0, len(plates) // 4, middle, 3 * len(plates) // 4, -1)
    ]
    others = [k for k in range(5) if k != 2]
    h, w = holes[0].shape
    for k in others:
        moved = camera_flow(fit_camera(flow_between(pictures[2], pictures[k]), ~holes[middle]), h, w)
        if float(np.median(np.hypot(moved[..., 0], moved[..., 1]))) > STILL:
            return False
    return True


def propose_shadow(plate: F32, hole: Mask, study: Study) -> F32:
    """Shadow and reflection (h, w) 0..1 of what is in `hole`: what darkens or colours the background and touches it.

    All 0 where the camera moves or the background is not known: a person has to mark them then.
    """
    out = np.zeros(hole.shape, np.float32)
    if study.background is None or study.known is None or not hole.any():
        return out
    clear = study.known & ~hole
    soft = [np.asarray(cv2.GaussianBlur(one, (0, 0), 2.0), np.float32) for one in (plate, study.background)]
    ratio = soft[0] / np.maximum(soft[1], 1e-3)
    ratio /= np.maximum(np.median(ratio[clear], axis=0), 1e-3)
    darker = 1 - luminance(ratio.astype(np.float32))
    even = ratio.max(2) - ratio.min(2) < HUE
    shadow = np.clip((darker - DARKER[0]) / (DARKER[1] - DARKER[0]), 0, 1) * even
    level = codes(soft[0]) - codes(soft[1])
    apart = np.abs(level - np.median(level[clear], axis=0)).mean(2)
    glow = np.clip((apart - GLOW[0]) / (GLOW[1] - GLOW[0]), 0, 1) * (apart < GLOW[2])
    found = np.where(clear, np.maximum(shadow, glow), 0)
    return (found * _touching(found > 0.2, hole)).astype(np.float32)


def _touching(found: Mask, hole: Mask) -> Mask:
    """The pieces of `found` that begin at the hole, as far as they may belong to it."""
    rows = np.flatnonzero(hole.any(1))
    reach = REACH * float(rows[-1] - rows[0] + 1)
    close = np.asarray(cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5)) < reach
    joined = cv2.morphologyEx((found & close).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, label = cv2.connectedComponents(joined, connectivity=8)
    beside = cv2.dilate(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    touching = np.unique(label[beside & (joined > 0)])
    out: Mask = np.isin(label, touching[touching > 0])
    return out
