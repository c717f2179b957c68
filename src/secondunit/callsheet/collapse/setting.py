"""The set before anything falls: the survey of the plate, and what stands behind and in front of the building."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate import clean_plate, hole_of
from secondunit.comp.facade import fill_facade
from secondunit.comp.layers import Background, Layer, LayerKind, background_from_dict
from secondunit.comp.layers_propose import propose_layers
from secondunit.errors import BadInput
from secondunit.slate.clearance import Clearance

F32 = npt.NDArray[np.float32]
SURVEYED, SET = "surveyed.npz", "set.npz"
MEASURES = "measures.json"
PICTURES = ("plate", "matte", "holdout", "holdout_depth", "ground_seen")


@dataclass(frozen=True)
class Surveyed:
    """The surveyed pictures of a plate, all (h, w) or (h, w, 3) scene-linear, on the raster that is drawn.

    `ground_seen` (h, w) is where the ground is in sight once the building is gone, and shadows may fall on it.
    """

    plate: F32
    matte: F32
    holdout: F32
    holdout_depth: F32
    ground_seen: npt.NDArray[np.bool_]

    def save(self, path: Path) -> None:
        """Write to one `.npz`."""
        np.savez(path, **{name: getattr(self, name) for name in PICTURES})

    @classmethod
    def load(cls, path: Path) -> Surveyed:
        """Read what `save` wrote."""
        with np.load(path) as data:
            return cls(*(data[name] for name in PICTURES))

    def scaled(self, factor: float) -> Surveyed:
        """The same on a smaller raster (previews)."""
        if factor == 1.0:
            return self
        height, width = self.matte.shape
        size = (round(width * factor), round(height * factor))

        def small(picture: F32, how: int = cv2.INTER_AREA) -> F32:
            return np.ascontiguousarray(cv2.resize(picture, size, interpolation=how), np.float32)

        return Surveyed(
            small(self.plate),
            small(self.matte),
            small(self.holdout),
            small(self.holdout_depth, cv2.INTER_NEAREST),
            small(self.ground_seen.astype(np.float32), cv2.INTER_NEAREST) > 0.5,
        )

    def digest(self) -> str:
        """A hash of every pixel."""
        h = hashlib.sha256()
        for name in PICTURES:
            h.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        return h.hexdigest()


@dataclass(frozen=True)
class SetPictures:
    """`clean` the plate without the building, `facade` the plate with street objects painted out of it, `hole`."""

    clean: F32
    facade: F32
    hole: npt.NDArray[np.bool_]

    @classmethod
    def load(cls, path: Path) -> SetPictures:
        """Read what `take_set` wrote."""
        with np.load(path) as data:
            return cls(data["clean"], data["facade"], data["hole"])


def take_set(
    folder: Path,
    clearance: Clearance,
    surveyed_take: Path,
    whole_take: Path,
    background: dict[str, Any],
    seed: int,
) -> None:
    """Make the clean plate and the filled facade; write the layers that were proposed beside them.

    The layers are read off the plate as it was surveyed in full (`whole_take`), also where a preview is drawn:
    a smaller picture shows other edges, and a building file that fits a final must fit its preview.
    """
    surveyed = Surveyed.load(surveyed_take / SURVEYED)
    whole = surveyed if whole_take == surveyed_take else Surveyed.load(whole_take / SURVEYED)
    layers = _on_raster(_layers_behind(whole, background), surveyed.matte.shape)
    hole = hole_of(surveyed.matte, surveyed.holdout)
    made = clean_plate(surveyed.plate, hole, layers, surveyed.holdout, seed)
    facade = fill_facade(surveyed.plate, surveyed.matte, surveyed.holdout)
    np.savez(folder / SET, clean=made.picture, facade=facade, hole=made.hole, filled_from=made.filled_from)
    (folder / MEASURES).write_text(json.dumps({**made.measures, "layers": list(made.names)}))


def check_background(table: dict[str, Any]) -> None:
    """Raise `BadInput` for a `[background]` table that no plate could have, before any work is done."""
    rows = table.get("layer", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput("the [background] table cannot be read", hint="give each layer as `[[background.layer]]`")
    # What a row leaves out is proposed later: here any layer of its kind stands for the proposal.
    kinds = [row.get("kind") for row in rows] or ["sky"]
    known = [LayerKind(kind) if kind in set(LayerKind) else LayerKind.SKY for kind in kinds]
    standing = tuple(Layer(kind, top=((0.0, 0.0),)) for kind in known)
    background_from_dict(table, Background(16, 16, standing))


def _layers_behind(whole: Surveyed, background: dict[str, Any]) -> Background:
    hole = hole_of(whole.matte, whole.holdout)
    return _directed(propose_layers(whole.plate, hole, whole.matte, whole.holdout), background)


def _on_raster(layers: Background, shape: tuple[int, ...]) -> Background:
    height, width = shape
    if (width, height) == (layers.width, layers.height):
        return layers
    return replace(layers.scaled(width / layers.width), width=width, height=height)


def _directed(proposed: Background, table: dict[str, Any]) -> Background:
    """The proposed layers with what the building file says instead, which may be drawn on another raster."""
    if not table:
        return proposed
    factor = proposed.width / float(table.get("size", [proposed.width])[0])
    merged = background_from_dict(table, proposed.scaled(1 / factor) if factor != 1 else proposed)
    return replace(merged.scaled(factor), width=proposed.width, height=proposed.height)
