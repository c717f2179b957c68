"""Which colour space a file is in, from what it says about itself; never a silent guess for log or HDR."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813 - the name the field knows it by

from secondunit.errors import BadInput
from secondunit.media.colour import LINEAR_REC709, REC709, SRGB

# Red, green, blue and white in CIE x, y; named as in the built-in configs.
CHROMATICITIES = {
    "ACES2065-1": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "ACEScg": (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
    LINEAR_REC709: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290),
    "Linear Rec.2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    "Linear P3-D65": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
}
_PROFILES = {
    "adobe rgb": "Gamma 2.2 Encoded AdobeRGB",
    "display p3": "sRGB Encoded P3-D65",
}
_LINEAR_FILES = {".exr", ".hdr", ".rgbe"}
# Transfer and primaries of ITU-T H.273.
_BT709, _UNSPECIFIED, _SRGB = 1, 2, 13
_SD_TRANSFERS = (4, 5, 6, 7)


def picture_colourspace(spec: oiio.ImageSpec, path: Path) -> str:
    """The colour space of a picture file by its header, profile and kind; raises `BadInput` when they don't say.

    EXR: its chromaticities, Rec.709 without any (the OpenEXR default). Photographs: their ICC profile, else sRGB.
    """
    if spec.getattribute("acesImageContainerFlag"):
        return "ACES2065-1"
    if path.suffix.lower() in _LINEAR_FILES:
        return _by_chromaticities(spec, path)
    profile = spec.get_string_attribute("ICCProfile:profile_description").lower()
    for words, name in _PROFILES.items():
        if words in profile:
            return name
    if path.suffix.lower() in (".dpx", ".cin"):
        return _by_transfer(spec, path)
    if spec.format.basetype in (oiio.HALF, oiio.FLOAT, oiio.DOUBLE):
        return LINEAR_REC709
    return SRGB


def movie_colourspace(transfer: int, primaries: int, path: Path) -> str:
    """The colour space of a movie by its tags (ITU-T H.273 numbers); an untagged movie counts as Rec.709."""
    if transfer == _SRGB and primaries in (_BT709, _UNSPECIFIED):
        return SRGB
    if transfer in (_BT709, _UNSPECIFIED, *_SD_TRANSFERS) and primaries in (_BT709, _UNSPECIFIED, 5, 6):
        return REC709
    raise BadInput(
        f"the colour space of `{path.name}` is not known (transfer {transfer}, primaries {primaries})",
        hint="pass `--colourspace` with a name of the show's colour config",
    )


def _by_chromaticities(spec: oiio.ImageSpec, path: Path) -> str:
    given: Any = spec.getattribute("chromaticities")
    if given is None:
        return LINEAR_REC709
    values = np.asarray(given, float)
    for name, known in CHROMATICITIES.items():
        if np.allclose(values, known, atol=2e-3):
            return name
    raise BadInput(
        f"the primaries of `{path.name}` belong to no known colour space",
        hint="pass `--colourspace` with a name of the show's colour config",
    )


def _by_transfer(spec: oiio.ImageSpec, path: Path) -> str:
    transfer = spec.get_string_attribute("dpx:Transfer").lower()
    if "linear" in transfer:
        return LINEAR_REC709
    if "709" in transfer:
        return REC709
    raise BadInput(
        f"the colour space of `{path.name}` is not known",
        hint="film and camera logs differ: pass `--colourspace` with a name of the show's colour config",
    )
