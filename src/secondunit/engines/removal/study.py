"""What a shot is, seen from a few of its frames: does the camera stand, what stands behind, where to practise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.motion import camera_flow, fit_camera, without_hole
from secondunit.engines.removal.practice import place_practice
from secondunit.engines.removal.sources import codes
from secondunit.kernels.flow import flow_between, luminance
from secondunit.kernels.warp import warp

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LOOKS = 15  # frames, spread over the shot
RESTLESS = 0.25  # of the picture may change; more, and there is no background that stands
BETTER = 1.12  # times smaller must the difference become before the camera is said to move
OFTEN = 4  # looks that must have seen a place before the background there is believed
STRANGE = 26.0  # codes: what differs more from the background is something in front of it
DARKER = (0.035, 0.09)  # of the light: where a shadow begins, where it is certain
HUE = 0.10  # a shadow takes alike from all channels, to within this
GLOW = (5.0, 11.0, 24.0)  # codes: a reflection begins, is certain, is no reflection any more
SHADES, ENOUGH = 8, 400  # steps of brightness, and the pixels one needs to say what is usual in it
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
    """Whether most of the picture keeps still, and no motion of the camera explains the other looks better."""
    middle = len(plates) // 2
    others = sorted({0, len(plates) // 4, 3 * len(plates) // 4, len(plates) - 1} - {middle})
    h, w = holes[0].shape
    here = without_hole(plates[middle], holes[middle])
    for k in others:
        there = without_hole(plates[k], holes[k])
        moved = camera_flow(fit_camera(flow_between(here, there), ~holes[middle]), h, w)
        known = ~(holes[middle] | holes[k])
        still, followed = _apart(here, there, known), _apart(here, warp(there, moved), known)
        if still.mean() > BETTER * followed.mean() + 0.1 or (still > STRANGE / 3).mean() > RESTLESS:
            return False
    return True


def _apart(a: F32, b: F32, known: Mask) -> F32:
    """Difference in codes (n,) of the known pixels, light and grain taken out, what moves by itself held down."""
    apart = cv2.GaussianBlur(codes(a) - codes(b), (0, 0), 1.0)[known]
    out: F32 = np.minimum(np.abs(apart - np.median(apart, axis=0)).mean(1), 2 * STRANGE).astype(np.float32)
    return out


def propose_shadow(plate: F32, hole: Mask, study: Study) -> F32:
    """Shadow and reflection (h, w) 0..1 of what is in `hole`: what darkens or colours the background and touches it.

    All 0 where the camera moves or the background is not known: a person has to mark them then.
    """
    out = np.zeros(hole.shape, np.float32)
    if study.background is None or study.known is None or not hole.any():
        return out
    clear = study.known & ~hole
    soft = [np.asarray(cv2.GaussianBlur(one, (0, 0), 2.0), np.float32) for one in (plate, study.background)]
    ratio = (soft[0] / np.maximum(soft[1], 1e-3)).astype(np.float32)
    level = codes(luminance(soft[1]))
    ratio /= np.maximum(_usual(ratio, level, clear), 1e-3)
    darker = 1 - luminance(ratio.astype(np.float32))
    even = ratio.max(2) - ratio.min(2) < HUE
    shadow = np.clip((darker - DARKER[0]) / (DARKER[1] - DARKER[0]), 0, 1) * even
    change = codes(soft[0]) - codes(soft[1])
    apart = np.abs(change - _usual(change, level, clear)).mean(2)
    glow = np.clip((apart - GLOW[0]) / (GLOW[1] - GLOW[0]), 0, 1) * (apart < GLOW[2])
    found = np.where(clear, np.maximum(shadow, glow), 0)
    return (found * _touching(found > 0.2, hole)).astype(np.float32)


def _usual(values: F32, level: F32, clear: Mask) -> F32:
    """What is usual for pixels as bright (h, w, c): a new exposure changes light and dark unlike."""
    usual = np.broadcast_to(np.median(values[clear], axis=0), values.shape).astype(np.float32)
    bins = np.digitize(level, np.quantile(level[clear], np.linspace(0, 1, SHADES + 1)[1:-1]))
    for shade in range(SHADES):
        alike = bins == shade
        if (alike & clear).sum() >= ENOUGH:
            usual[alike] = np.median(values[alike & clear], axis=0)
    return usual


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
