"""What lies behind the building, as layers a person can edit: sky, bands, plains and the ground.

A layer has a `top` curve and reaches down to the next one's. Curves are knots (x, y) in plate pixels, joined
smoothly and held level beyond their ends. `sources` are the column ranges whose visible picture continues the
layer behind the building.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from secondunit.errors import BadInput

Knots = tuple[tuple[float, float], ...]
Span = tuple[float, float]


class LayerKind(StrEnum):
    """How a layer continues: `sky` and `plain` (water, a field) as a smooth field with grain, `band` (hills,
    trees, houses) as pieces moved along its curve, `ground` as patches that stay in their row."""

    SKY = "sky"
    BAND = "band"
    PLAIN = "plain"
    GROUND = "ground"


@dataclass(frozen=True)
class Layer:
    """One layer.

    `top` is its upper edge (empty for the sky). `sources` (x0, x1) are columns to take it from; for a band each
    must be clear of street objects. `piece` (least, most) is the width of a band's pieces in pixels. `haze`
    (0..1) mixes a band with the sky above it, as distance does. `scale` shrinks a band's pieces. `max_dy` is how
    far a ground patch may leave its row. `clouds` makes the sky's detail a patch fill instead of grain. `in_front`
    lets a band be taken from street objects too: trees beside the building that are all there is behind it.
    """

    kind: LayerKind
    top: Knots = ()
    sources: tuple[Span, ...] = ()
    piece: Span = (70.0, 180.0)
    haze: float = 0.0
    scale: float = 1.0
    max_dy: float = 40.0
    clouds: bool = False
    in_front: bool = False

    def __post_init__(self) -> None:
        if self.kind is not LayerKind.SKY and not self.top:
            raise BadInput(f"a {self.kind} layer has no `top` curve", hint="give knots [x, y] from left to right")
        if any(b[0] <= a[0] for a, b in zip(self.top, self.top[1:], strict=False)):
            raise BadInput(f"the `top` of a {self.kind} layer runs backwards", hint="order its knots by x")
        if any(b - a < 8 for a, b in self.sources):
            raise BadInput(f"a source of a {self.kind} layer is under 8 pixels wide", hint="give [left, right]")
        if not 0 <= self.haze <= 1 or not 0.1 <= self.scale <= 4 or not 8 <= self.piece[0] <= self.piece[1]:
            raise BadInput(
                f"a {self.kind} layer has impossible numbers",
                hint="haze is 0 to 1, scale 0.1 to 4, piece [least, most] at least 8 pixels",
            )

    def top_at(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Height of the upper edge at columns x, pixels down from the top of the plate."""
        if not self.top:
            return np.zeros(len(x))
        knots = np.asarray(self.top, float)
        if len(knots) == 1:
            return np.full(len(x), knots[0, 1])
        inside = np.clip(x, knots[0, 0], knots[-1, 0])
        curve: npt.NDArray[np.float64] = PchipInterpolator(knots[:, 0], knots[:, 1])(inside)
        return curve


@dataclass(frozen=True)
class Background:
    """The layers from back to front, on a raster of `width` × `height`.

    `avoid` lists polygons ((x, y), …) that are never a source: trees, cars and people beside the building.
    `halo` is how many pixels the hole is grown beyond the matte.
    """

    width: int
    height: int
    layers: tuple[Layer, ...]
    avoid: tuple[Knots, ...] = ()
    halo: float = 5.0

    def __post_init__(self) -> None:
        if not self.layers:
            raise BadInput("the background has no layers", hint="give at least one `[[background.layer]]`")
        if not 0 <= self.halo <= 64:
            raise BadInput(f"the background's halo is {self.halo:g} pixels", hint="use 0 to 64")

    @property
    def names(self) -> tuple[str, ...]:
        """What each value of `CleanPlate.filled_from` means: `plate`, then the layers."""
        return ("plate", *(f"{i + 1} {layer.kind}" for i, layer in enumerate(self.layers)))

    def scaled(self, factor: float) -> Background:
        """The same background on a raster `factor` times as large."""

        def pairs(points: tuple[tuple[float, float], ...], fx: float, fy: float) -> Knots:
            return tuple((x * fx, y * fy) for x, y in points)

        def layer(one: Layer) -> Layer:
            least = max(8.0, one.piece[0] * factor)
            return replace(
                one,
                top=pairs(one.top, factor, factor),
                sources=tuple((a * factor, max(b * factor, a * factor + 8)) for a, b in one.sources),
                piece=(least, max(least, one.piece[1] * factor)),
                max_dy=one.max_dy * factor,
            )

        return Background(
            round(self.width * factor),
            round(self.height * factor),
            tuple(layer(one) for one in self.layers),
            tuple(pairs(p, factor, factor) for p in self.avoid),
            self.halo * factor,
        )


def background_to_dict(background: Background) -> dict[str, Any]:
    """The `[background]` table of building.toml: plain lists, numbers and strings; defaults left out."""
    layers = []
    for layer in background.layers:
        default = Layer(layer.kind, top=layer.top or ((0.0, 0.0),))
        row = {"kind": str(layer.kind)}
        for key, value in asdict(layer).items():
            if key != "kind" and value and (key in ("top", "sources") or value != getattr(default, key)):
                row[key] = _plain(value)
        layers.append(row)
    table: dict[str, Any] = {"size": [background.width, background.height], "halo": background.halo}
    if background.avoid:
        table["avoid"] = _plain(background.avoid)
    table["layer"] = layers
    return table


def background_from_dict(table: Mapping[str, Any], proposed: Background | None = None) -> Background:
    """Read a `[background]` table; what it leaves out comes from `proposed`.

    Layers override the proposed layers of the same kind in order, field by field, where the table has as many
    layers as were proposed; any other number replaces the list. Raises `BadInput` on unknown keys.
    """
    _known(table, {"size", "halo", "avoid", "layer"}, "[background]")
    size = table.get("size", [proposed.width, proposed.height] if proposed else None)
    if size is None:
        raise BadInput("the background has no `size`", hint="give the plate's [width, height] in pixels")
    rows = table.get("layer")
    old = proposed.layers if proposed else ()
    if rows is None:
        layers = old
    elif len(rows) == len(old) and all(
        r.get("kind", str(o.kind)) == str(o.kind) for r, o in zip(rows, old, strict=True)
    ):
        layers = tuple(_layer(row, before) for row, before in zip(rows, old, strict=True))
    else:
        layers = tuple(_layer(row, None) for row in rows)
    avoid = table.get("avoid", proposed.avoid if proposed else ())
    halo = float(table.get("halo", proposed.halo if proposed else 5.0))
    try:
        polygons = tuple(_pairs(p) for p in avoid)
        return Background(int(size[0]), int(size[1]), layers, polygons, halo)
    except (TypeError, ValueError, IndexError) as error:
        raise BadInput("the [background] table cannot be read", hint=str(error)) from error


def _layer(row: Mapping[str, Any], before: Layer | None) -> Layer:
    _known(row, {f.name for f in fields(Layer)}, "[[background.layer]]")
    try:
        values: dict[str, Any] = dict(row)
        if "kind" in values:
            values["kind"] = LayerKind(values["kind"])
        elif before is None:
            raise BadInput("a background layer has no `kind`", hint="use sky, band, plain or ground")
        for key in ("top", "sources"):
            if key in values:
                values[key] = _pairs(values[key])
        if "piece" in values:
            values["piece"] = _pairs([values["piece"]])[0]
        for key in ("haze", "scale", "max_dy"):
            if key in values:
                values[key] = float(values[key])
        return Layer(**values) if before is None else replace(before, **values)
    except (TypeError, ValueError) as error:
        raise BadInput("a background layer cannot be read", hint=str(error)) from error


def _pairs(rows: Any) -> Knots:
    return tuple((float(x), float(y)) for x, y in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return round(value, 2) if isinstance(value, float) else value


def _known(table: Mapping[str, Any], keys: set[str], where: str) -> None:
    unknown = sorted(set(table) - keys)
    if unknown:
        raise BadInput(f"{where} has an unknown key `{unknown[0]}`", hint=f"it knows {', '.join(sorted(keys))}")
