"""Where a pixel of a collapse came from, read from the frame's own layers and ids."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from secondunit.engines.light.cryptomatte import LAYER as CRYPTO
from secondunit.media.exr import Exr

# What each layer is made from. The layers and shares are those of the comp (`comp.merge.resum`).
MADE_FROM = {
    "plate": "the plate, this pixel",
    "cleanplate": "the plate, by its background's layers (`checks.json`, the shot's building file)",
    "fragments": "simulation; the plate projected on what was visible, procedural material inside",
    "debris": "simulation, procedural material",
    "holdout": "the plate, this pixel",
    "dust": "simulation",
}
LEAST = 1e-4  # of a pixel


def trace_layers(exr: Exr, x: int, y: int) -> dict[str, Any]:
    """The layers of the pixel in column x and row y with their shares, and the fragments that are seen there.

    The answer says `plate` where nothing touched the pixel. A preview has no layers and says so.
    """
    layers = {name: layer.pixels[y, x] for name, layer in exr.layers.items() if layer.pixels.ndim == 3}
    if "fragments" not in layers:
        return {"kind": "untold", "why": "a preview keeps no layers: make a final of it"}
    mattes = dict(zip(exr.layers["matte"].channels, (float(v) for v in layers["matte"]), strict=True))
    if not mattes["touched"]:
        return {
            "kind": "plate",
            "sources": [{"layer": "plate", "from": MADE_FROM["plate"], "x": x, "y": y, "weight": 1.0}],
        }
    shares = _shares(layers, mattes["gone"])
    told = [
        {"layer": name, "from": MADE_FROM[name], "weight": share}
        for name, share in shares.items()
        if share > LEAST
    ]
    answer: dict[str, Any] = {"kind": "generated", "sources": sorted(told, key=lambda row: -row["weight"])}
    pieces = _pieces(exr, layers)
    if pieces:
        answer["pieces"] = pieces
    if layers["grain"].any():
        answer["grain_added"] = [float(v) for v in layers["grain"][:3]]
    return answer


def _shares(layers: dict[str, Any], gone: float) -> dict[str, float]:
    over = {name: float(layers[name][3]) for name in ("fragments", "debris", "holdout")}
    dust = float(layers["dust"][3])
    left = (1 - sum(over.values())) * (1 - dust)
    shares = {"plate": left * (1 - gone), "cleanplate": left * gone, "dust": dust}
    return shares | {name: share * (1 - dust) for name, share in over.items()}


def _pieces(exr: Exr, layers: dict[str, Any]) -> list[dict[str, Any]]:
    """Fragments by name and coverage, from the Cryptomatte ranks and their manifest."""
    manifest = next((str(v) for k, v in exr.header.items() if k.endswith("/manifest")), "{}")
    names = {int(digits, 16): name for name, digits in json.loads(manifest).items()}
    found = []
    for name in sorted(n for n in layers if n.startswith(CRYPTO)):
        for value, coverage in layers[name].reshape(-1, 2):
            if coverage > LEAST:
                bits = int(np.float32(value).view(np.uint32))
                found.append({"name": names.get(bits, f"{bits:08x}"), "coverage": float(coverage)})
    return found
