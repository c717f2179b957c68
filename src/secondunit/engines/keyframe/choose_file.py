"""A choice on disk, and as a picture that a person can judge."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.keyframe.choose import Choice, Views
from secondunit.errors import EngineFailed
from secondunit.media.colour import SRGB_DISPLAY, UNTONED, Review, to_display
from secondunit.media.images import write_picture

F32 = npt.NDArray[np.float32]
_FILE = "choice.npz"
_WIDEST = 640  # pixels of each of the four pictures
_PATCHES = np.array([1.0, 0.35, 0.1], np.float32)  # the colour of their regions


def save_choice(folder: Path, choice: Choice) -> None:
    """Write it into a take's folder."""
    figures = (choice.network_db, choice.patches_db, choice.blend_db)
    np.savez(
        folder / _FILE,
        slopes=choice.slopes,
        middle=choice.middle,
        spread=choice.spread,
        keys_colours=choice.keys_colours,
        figures=figures,
    )


def load_choice(folder: Path) -> Choice:
    """Read it back; raises `EngineFailed` where the take is not whole."""
    try:
        with np.load(folder / _FILE) as kept:
            slopes, middle, spread = (tuple(kept[name].tolist()) for name in ("slopes", "middle", "spread"))
            network, patches, blend = kept["figures"].tolist()
            return Choice(slopes, middle, spread, kept["keys_colours"], network, patches, blend)
    except (OSError, ValueError, KeyError):
        raise EngineFailed("the choice between patches and network is damaged", hint="run it again") from None


def draw_choice(path: Path, views: Views, truth: F32, share: F32) -> None:
    """Write four pictures: the network's, the patches', the artist's, and the plate with patches' regions in orange."""
    shown = [
        to_display(one, Review(SRGB_DISPLAY, UNTONED))
        for one in (views.network, views.patches, truth, views.plate)
    ]
    grey = shown[3].mean(2, keepdims=True)
    shown[3] = grey * (1 - 0.7 * share[..., None]) + 0.7 * share[..., None] * _PATCHES
    scale = min(1.0, _WIDEST / share.shape[1])
    small = [cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for one in shown]
    write_picture(path, np.concatenate([np.concatenate(small[:2], 1), np.concatenate(small[2:], 1)], 0))
