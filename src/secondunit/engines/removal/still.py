"""Owned stills laid over a frame where they show the same place: a clean plate, shot from nearly the same spot.

Features are matched outside the hole (D. Lowe, SIFT, IJCV 2004) and one homography is fitted to them by RANSAC. It
is right for a far or flat background; where too little agrees the still is left to the patch search.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.sources import codes
from secondunit.kernels.flow import luminance

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
U8 = npt.NDArray[np.uint8]

RATIO = 0.75  # of the second best match, Lowe's test
MISS = 2.5  # pixels
LEAST, LEAST_SHARE = 20, 0.35  # matches that agree
OTHER_LIGHT = 30.0  # codes: a still further off in level than this is not laid over the frame


def align_reference(reference: F32, plate: F32, hole: Mask) -> F64 | None:
    """The homography (3, 3) from pixel indices of `plate` (h, w, 3) to those of `reference`, None where none holds."""
    finder = cv2.SIFT_create(nfeatures=4000)  # type: ignore[attr-defined]
    spots, words = finder.detectAndCompute(_grey(plate), (~hole).astype(np.uint8) * 255)
    own_spots, own_words = finder.detectAndCompute(_grey(reference), None)
    if words is None or own_words is None or len(own_words) < 2:
        return None
    pairs = [
        best for best, second in cv2.BFMatcher(cv2.NORM_L2).knnMatch(words, own_words, k=2)
        if best.distance < RATIO * second.distance
    ]  # fmt: skip
    if len(pairs) < LEAST:
        return None
    here = np.array([spots[pair.queryIdx].pt for pair in pairs], np.float64)
    there = np.array([own_spots[pair.trainIdx].pt for pair in pairs], np.float64)
    found, agreed = cv2.findHomography(here, there, cv2.RANSAC, MISS)
    if found is None or int(agreed.sum()) < max(LEAST, LEAST_SHARE * len(pairs)):
        return None
    homography: F64 = np.asarray(found, np.float64)
    return homography if _same_light(reference, plate, homography, here[agreed[:, 0] > 0]) else None


def places_in_reference(hole: Hole, homography: F64) -> F32:
    """Where the hole's pixels lie in the reference, (n, 2) x, y."""
    at = np.stack([hole.x, hole.y, np.ones(len(hole))]).astype(np.float64)
    mapped = homography @ at
    places: F32 = (mapped[:2] / mapped[2]).T.astype(np.float32)
    return places


def _same_light(reference: F32, plate: F32, homography: F64, spots: F64) -> bool:
    here = np.rint(spots).astype(np.int64)
    there = np.rint(cv2.perspectiveTransform(spots[None], homography)[0]).astype(np.int64)
    size, own = plate.shape[1::-1], reference.shape[1::-1]
    here, there = np.clip(here, 0, np.subtract(size, 1)), np.clip(there, 0, np.subtract(own, 1))
    apart = codes(reference[there[:, 1], there[:, 0]]) - codes(plate[here[:, 1], here[:, 0]])
    return bool(np.abs(np.median(apart, axis=0)).max() < OTHER_LIGHT)


def _grey(picture: F32) -> U8:
    return np.clip(codes(luminance(picture)), 0, 255).astype(np.uint8)
