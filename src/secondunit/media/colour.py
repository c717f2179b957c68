"""Colour by name through OpenColorIO: source → ACEScg, ACEScg → review.

A display-referred source (a photograph, a graded movie) leaves for review with the code values it came with:
it is linearised by its own curve and never through an inverse tone curve, and its review view has no tone curve
either. So a plate that nothing touched looks like the photograph. A scene-referred source (linear or log EXR)
has no picture of its own yet; its review view is the ACES output transform.
"""

from __future__ import annotations

import difflib
import functools
import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import PyOpenColorIO as ocio  # noqa: N813 - the name the field knows it by

from secondunit.errors import BadInput
from secondunit.slate.show import DEFAULT_COLOUR_CONFIG, WORKING_SPACE

F32 = npt.NDArray[np.float32]

SRGB = "sRGB Encoded Rec.709 (sRGB)"
REC709 = "Gamma 2.4 Encoded Rec.709"
LINEAR_REC709 = "Linear Rec.709 (sRGB)"
SRGB_DISPLAY = "sRGB - Display"
REC709_DISPLAY = "Rec.1886 Rec.709 - Display"
UNTONED = "Un-tone-mapped"


@dataclass(frozen=True)
class Review:
    """How pictures are shown to a person: an OpenColorIO display and one of its views."""

    display: str
    view: str

    def __str__(self) -> str:
        return f"{self.display} / {self.view}"


def config_name(name: str = DEFAULT_COLOUR_CONFIG) -> str:
    """The config in force: the `OCIO` environment variable wins over the show's own."""
    return os.environ.get("OCIO") or name


def colourspaces(config: str = DEFAULT_COLOUR_CONFIG) -> tuple[str, ...]:
    """Canonical names of every colour space of the config."""
    return tuple(_config(config_name(config)).getColorSpaceNames())


def find_colourspace(name: str, config: str = DEFAULT_COLOUR_CONFIG) -> str:
    """The canonical name behind a name or alias; raises `BadInput` that suggests near names."""
    found = _config(config_name(config)).getColorSpace(name)
    if found is not None:
        return str(found.getName())
    spellings = _spellings(config_name(config))
    near = difflib.get_close_matches(name.lower(), spellings, n=6, cutoff=0.4)
    names = list(dict.fromkeys(spellings[spelling] for spelling in near))[:3] or [WORKING_SPACE, SRGB]
    raise BadInput(
        f"colour space `{name}` is not in the config `{config_name(config)}`",
        hint="did you mean " + " or ".join(f"`{near_name}`" for near_name in names),
    )


def to_working(rgb: F32, colourspace: str, config: str = DEFAULT_COLOUR_CONFIG) -> F32:
    """Source code values (h, w, 3) to scene-linear ACEScg (h, w, 3); values above 1 and below 0 survive."""
    source = find_colourspace(colourspace, config)
    return _apply(rgb, _between(config_name(config), source, WORKING_SPACE))


def from_working(rgb: F32, colourspace: str, config: str = DEFAULT_COLOUR_CONFIG) -> F32:
    """Scene-linear ACEScg (h, w, 3) to the code values of a colour space, the inverse of `to_working`."""
    target = find_colourspace(colourspace, config)
    return _apply(rgb, _between(config_name(config), WORKING_SPACE, target))


def to_display(rgb: F32, review: Review, config: str = DEFAULT_COLOUR_CONFIG) -> F32:
    """Scene-linear ACEScg (h, w, 3) to display code values in 0..1; raises `BadInput` for an unknown view."""
    shown = _apply(rgb, _viewer(config_name(config), review.display, review.view))
    return np.clip(shown, 0.0, 1.0, out=shown)


def review_for(colourspace: str, config: str = DEFAULT_COLOUR_CONFIG) -> Review:
    """The review of a plate by its source: the source's own code values, or the ACES view when it had none."""
    name = find_colourspace(colourspace, config)
    known = _config(config_name(config))
    if known.getColorSpace(name).getEncoding() not in ("scene-linear", "log"):
        return Review(REC709_DISPLAY if name == REC709 else SRGB_DISPLAY, UNTONED)
    toned = [view for view in known.getViews(SRGB_DISPLAY) if "SDR" in view]
    return Review(SRGB_DISPLAY, toned[0] if toned else UNTONED)


@functools.cache
def _config(name: str) -> ocio.Config:
    try:
        return ocio.Config.CreateFromFile(name)
    except (ocio.Exception, ocio.ExceptionMissingFile):
        raise BadInput(
            f"colour config `{name}` cannot be read",
            hint="set `colour_config` in show.toml or the OCIO variable to a config by name or to an .ocio file",
        ) from None


@functools.cache
def _spellings(config: str) -> dict[str, str]:
    """Every name and alias in lower case, with the canonical name it stands for."""
    spaces = _config(config).getColorSpaces()
    return {s.lower(): str(c.getName()) for c in spaces for s in (c.getName(), *c.getAliases())}


@functools.cache
def _between(config: str, source: str, target: str) -> ocio.CPUProcessor:
    # Lossless: the default trades a code value of precision for faster powers.
    return _config(config).getProcessor(source, target).getOptimizedCPUProcessor(ocio.OPTIMIZATION_LOSSLESS)


@functools.cache
def _viewer(config: str, display: str, view: str) -> ocio.CPUProcessor:
    known = _config(config)
    if display not in known.getDisplays() or view not in known.getViews(display):
        raise BadInput(
            f"the config `{config}` has no view `{view}` of a display `{display}`",
            hint="its displays are " + ", ".join(f"`{name}`" for name in known.getDisplays()),
        )
    transform = ocio.DisplayViewTransform(src=WORKING_SPACE, display=display, view=view)
    return known.getProcessor(transform).getOptimizedCPUProcessor(ocio.OPTIMIZATION_LOSSLESS)


def _apply(rgb: F32, processor: ocio.CPUProcessor) -> F32:
    out: F32 = np.array(rgb, dtype=np.float32, order="C", copy=True)
    if out.ndim != 3 or out.shape[2] != 3:
        raise ValueError(f"expected (h, w, 3), got {out.shape}")
    processor.applyRGB(out)
    return out
