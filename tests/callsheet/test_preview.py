"""A preview shows what the final will: the same layers behind the building, in a smaller picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from secondunit.callsheet.collapse.setting import MEASURES, SET, SURVEYED, SetPictures, Surveyed, take_set
from secondunit.errors import BadInput

CLEARED = object()  # asked before; `take_set` itself only carries it
H, W = 360, 640
# Layers by their place, as a person writes them who looks at what was proposed: sky, hills, ground.
TABLE = {"size": [W, H], "layer": [{}, {"haze": 0.25}, {}]}


def surveyed() -> Surveyed:
    """A house before a sky, a low strip of dark hills, and ground: the strip is lost on a small raster."""
    rng = np.random.default_rng(2)
    y = np.arange(H)[:, None] * np.ones(W)
    plate = np.where((y < 240)[..., None], [0.45, 0.6, 0.85], [0.3, 0.27, 0.22])
    hills = (y >= 220) & (y < 240)
    plate[hills] = [0.06, 0.1, 0.05]
    matte = np.zeros((H, W), np.float32)
    matte[40:240, 200:440] = 1
    plate[matte > 0] = [0.5, 0.3, 0.25]
    plate = np.clip(plate + rng.normal(0, 0.01, plate.shape), 0, 1).astype(np.float32)
    nothing = np.zeros((H, W), np.float32)
    return Surveyed(plate, matte, nothing, np.full((H, W), np.inf, np.float32), y >= 240)


def take(folder: Path, name: str, what: Surveyed) -> Path:
    place = folder / name
    place.mkdir()
    what.save(place / SURVEYED)
    return place


def layers(folder: Path) -> list[str]:
    return list(json.loads((folder / MEASURES).read_text())["layers"])


def test_a_preview_has_the_layers_of_its_final(tmp_path: Path) -> None:
    whole = take(tmp_path, "whole", surveyed())
    small = take(tmp_path, "small", surveyed().scaled(0.15))
    final, preview, alone = (tmp_path / name for name in ("final", "preview", "alone"))
    for folder in (final, preview, alone):
        folder.mkdir()
    take_set(final, CLEARED, whole, whole, TABLE, 1)  # type: ignore[arg-type]
    take_set(preview, CLEARED, small, whole, TABLE, 1)  # type: ignore[arg-type]
    assert layers(final) == layers(preview) == ["plate", "1 sky", "2 band", "3 ground"]
    assert SetPictures.load(preview / SET).clean.shape == (54, 96, 3)
    # Read off the small picture alone the strip is not there, and the file does not fit.
    with pytest.raises(BadInput):
        take_set(alone, CLEARED, small, small, TABLE, 1)  # type: ignore[arg-type]
