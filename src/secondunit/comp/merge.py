"""One frame of the comp: plate, clean plate, rendered pieces, street objects, dust and grain, in that order.

    static = (plate · (1 − gone) + clean plate · gone) · shadow
    comp   = (static · (1 − fragments.a − debris.a − holdout.a) + fragments + debris + holdout) · (1 − dust.a)
             + dust + grain

`resum` says the same of the layers that go into the EXR. Pixels that nothing touched are the plate's, bit for
bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.edges import soften, soften_outlines
from secondunit.comp.gone import gone_twice
from secondunit.comp.grain import Grain, new_grain
from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Below these a change is under half a step of an 8-bit display even in deep shadow: the pixel is left alone.
LEAST_COVERAGE = 1 / 4096
LEAST_SHADOW = 1 / 2048


class Lit(Protocol):
    """What the comp reads of `engines.light.lit_frame.LitFrame`."""

    @property
    def fragments(self) -> F32:
        """(h, w, 4) premultiplied."""

    @property
    def debris(self) -> F32:
        """(h, w, 4) premultiplied."""

    @property
    def standing(self) -> F32:
        """(h, w) coverage of what has not moved."""

    @property
    def standing_ratio(self) -> F32:
        """(h, w, 3) its light now ÷ at rest."""

    @property
    def holdout(self) -> F32:
        """(h, w) coverage of street objects."""

    @property
    def ground_ratio(self) -> F32:
        """(h, w, 3) light on the background now ÷ at rest."""

    @property
    def photo(self) -> F32 | None:
        """(h, w) coverage of fragments that show the plate's own pixels; None: not known."""


class Dust(Protocol):
    """What the comp reads of `engines.light.dust.DustLayer`."""

    @property
    def rgba(self) -> F32:
        """(h, w, 4) premultiplied."""

    @property
    def sun(self) -> F32:
        """(h, w) share of the sunlight that reaches the visible surface through the dust."""


@dataclass(frozen=True)
class Comp:
    """`beauty` (h, w, 3) scene-linear; `layers` by name, (h, w, 3) or premultiplied (h, w, 4); `mattes` (h, w) by
    name; `touched` (h, w) where the beauty differs from the plate by right."""

    beauty: F32
    layers: dict[str, F32]
    mattes: dict[str, F32]
    touched: Mask


def merge(
    plate: F32,
    clean: F32,
    hole: Mask,
    rest: F32,
    lit: Lit,
    dust: Dust | None = None,
    *,
    sun_share: float | F32 = 0.75,
    front: F32 | None = None,
    softness: float = 0.0,
    grain: Grain | None = None,
    seed: int = 0,
    frame: int = 0,
) -> Comp:
    """Put one frame together.

    `plate`, `clean` (h, w, 3) scene-linear; `hole` (h, w) pixels the clean plate replaced; `rest` (h, w) coverage
    of the standing building before anything moved (`lit.standing` of the first frame). `sun_share` is the sun's
    share of the light on a surface, a number or (h, w) or (h, w, 3). `front` (h, w, 3) is the street objects' own
    colour where the building no longer shines through their edges (default: the plate). `softness` is a Gaussian
    sigma in pixels that brings rendered edges to the plate's (`edges.softness_of_render`). `grain` is the plate's;
    rendered pixels get new grain of (`seed`, `frame`). Raises `BadInput` where rasters differ in size.
    """
    _check(plate, clean, hole, rest, lit, dust)
    fragments, debris = _soft(lit.fragments, softness, lit.photo), soften(lit.debris, softness)
    holdout = np.clip(lit.holdout, 0, 1).astype(np.float32)
    fragments, debris = _within(fragments, debris, 1 - holdout)
    covered = lit.fragments[..., 3] + lit.debris[..., 3]
    gone, left = gone_twice(lit.standing, covered, rest, hole, softness)
    cloud = dust.rgba if dust is not None else np.zeros((*gone.shape, 4), np.float32)
    sunlit = _sunlit(dust, sun_share, gone.shape)
    shadow = _shadow(lit, sunlit)
    touched = _touched(gone, fragments, debris, cloud, shadow)
    gone, fragments, debris, cloud = (_only(a, touched) for a in (gone, fragments, debris, cloud))
    shadow = np.where(touched[..., None], shadow, np.float32(1))
    fragments[..., :3] *= sunlit
    debris[..., :3] *= sunlit
    own = plate if front is None else plate + (front - plate) * _only(left, touched)[..., None]
    layers = {
        "plate": plate,
        "cleanplate": clean,
        "shadow": shadow,
        "fragments": fragments,
        "debris": debris,
        "holdout": np.dstack([own * holdout[..., None], holdout]).astype(np.float32),
        "dust": cloud,
        "grain": np.zeros_like(plate),
    }
    mattes = {
        "gone": gone,
        "standing": np.clip(lit.standing, 0, 1).astype(np.float32),
        "holdout": holdout,
        "dust": cloud[..., 3],
        "touched": touched.astype(np.float32),
    }
    smooth = resum(layers, mattes)
    if grain is not None:
        old = 1 - fragments[..., 3] - debris[..., 3]
        if lit.photo is not None:  # the plate's own pixels bring its grain along
            old = old + np.minimum(lit.photo, fragments[..., 3])
        kept = old * (1 - cloud[..., 3])
        layers["grain"] = new_grain(smooth, grain, _missing(kept, touched), seed=seed, frame=frame)
    beauty = np.where(touched[..., None], smooth + layers["grain"], plate).astype(np.float32)
    return Comp(beauty, layers, mattes, touched)


def resum(layers: Mapping[str, F32], mattes: Mapping[str, F32]) -> F32:
    """The comp (h, w, 3) from its layers and its `gone` matte."""
    gone = mattes["gone"][..., None]
    static = (layers["plate"] * (1 - gone) + layers["cleanplate"] * gone) * layers["shadow"]
    over = [layers["fragments"], layers["debris"], layers["holdout"]]
    open_share = 1 - sum(layer[..., 3:4] for layer in over)
    total = static * open_share + sum(layer[..., :3] for layer in over)
    dust = layers["dust"]
    out: F32 = (total * (1 - dust[..., 3:4]) + dust[..., :3] + layers["grain"]).astype(np.float32)
    return out


def resum_error(comp: Comp) -> float:
    """Largest difference of beauty and resummed layers, relative to the larger of 1 and the beauty (check 16)."""
    difference = np.abs(resum(comp.layers, comp.mattes) - comp.beauty)
    return float((difference / np.maximum(1, np.abs(comp.beauty))).max())


def untouched_changed(comp: Comp, plate: F32) -> int:
    """Pixels outside `touched` that are not the plate's bits, as half float (check 1)."""
    same = (comp.beauty.astype(np.float16) == plate.astype(np.float16)).all(2)
    return int((~same & ~comp.touched).sum())


def _check(plate: F32, clean: F32, hole: Mask, rest: F32, lit: Lit, dust: Dust | None) -> None:
    size = plate.shape[:2]
    rasters = {
        "clean plate": clean,
        "hole": hole,
        "rest coverage": rest,
        "fragments": lit.fragments,
        "debris": lit.debris,
        "standing": lit.standing,
        "holdout": lit.holdout,
    }
    if dust is not None:
        rasters["dust"] = dust.rgba
    for name, raster in rasters.items():
        if raster.shape[:2] != size:
            raise BadInput(
                f"the {name} is {raster.shape[1]}×{raster.shape[0]}, the plate {size[1]}×{size[0]}",
                hint="render every layer on the plate's raster",
            )


def _soft(rgba: F32, sigma: float, photo: F32 | None) -> F32:
    """Fragments brought to the plate's sharpness; the plate's own pixels on them have it, but not where they end."""
    soft = soften_outlines(rgba, sigma)
    if sigma <= 0 or photo is None:
        return soft
    sharp = cv2.erode(np.clip(photo, 0, 1), np.ones((3, 3), np.uint8))[..., None]
    return np.asarray(soft + sharp * (rgba - soft), np.float32)


def _within(fragments: F32, debris: F32, room: F32) -> tuple[F32, F32]:
    """Scale both so that their coverages fit into `room` (h, w); a blur may push them over a street object."""
    covered = fragments[..., 3] + debris[..., 3]
    fit = np.where(covered > room, room / np.maximum(covered, 1e-6), 1).astype(np.float32)[..., None]
    return fragments * fit, debris * fit


def _sunlit(dust: Dust | None, share: float | F32, size: tuple[int, ...]) -> F32:
    """Light left on each visible surface (h, w, 3) when the dust takes its part of the sun."""
    if dust is None:
        return np.ones((*size, 3), np.float32)
    part = np.asarray(share, np.float32)
    part = part[..., None] if part.ndim == 2 else part
    lost = 1 - np.clip(dust.sun, 0, 1)[..., None]
    return np.broadcast_to(1 - part * lost, (*size, 3)).astype(np.float32)


def _shadow(lit: Lit, sunlit: F32) -> F32:
    """What the static picture is multiplied with (h, w, 3): standing walls and ground by their coverage."""
    opened = np.clip(1 - lit.fragments[..., 3] - lit.debris[..., 3] - lit.standing - lit.holdout, 0, 1)
    total = lit.standing + opened
    wall = np.where(total > 1e-4, lit.standing / np.maximum(total, 1e-4), 0)[..., None]
    ratio = lit.standing_ratio * wall + lit.ground_ratio * (1 - wall)
    shadow: F32 = (ratio * sunlit).astype(np.float32)
    return shadow


def _touched(gone: F32, fragments: F32, debris: F32, cloud: F32, shadow: F32) -> Mask:
    touched: Mask = gone > LEAST_COVERAGE
    for layer in (fragments, debris, cloud):
        touched |= layer[..., 3] > LEAST_COVERAGE
    return touched | (np.abs(shadow - 1) > LEAST_SHADOW).any(2)


def _only(layer: F32, where: Mask) -> F32:
    keep = where if layer.ndim == 2 else where[..., None]
    return np.where(keep, layer, 0).astype(np.float32)


def _missing(kept: F32, touched: Mask) -> F32:
    """Amplitude of new grain (h, w): what brings the variance of the kept share back to the plate's."""
    short = np.sqrt(np.clip(1 - np.clip(kept, 0, 1) ** 2, 0, 1))
    return np.where(touched, short, 0).astype(np.float32)
