"""Bands behind the building: hills, tree lines, neighbouring houses, continued by moved pieces of themselves.

The band is flattened between its two curves; pieces of its visible parts are laid from both sides towards the
middle, never mirrored, each where it agrees best with what is already there, and cut along the path of least
difference (image quilting, Efros and Freeman, SIGGRAPH 2001). A piece takes its size from how tall the band is
where it goes, so a hill that runs away keeps its perspective.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.bands_quilt import Quilt, Strip
from secondunit.comp.layers import Layer

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class BandFill:
    """`colour` (h, w, 3) codes premultiplied by `alpha` (h, w); `source_x` (h, w) column each came from or −1."""

    colour: F32
    alpha: F32
    source_x: F32


def continue_band(
    codes: F32,
    alpha: F32,
    under: F32,
    layer: Layer,
    top: F64,
    bottom: F64,
    need: Mask,
    usable: Mask,
    *,
    foot: float = 0.0,
    seed: int,
) -> BandFill:
    """Continue a band through `need` (h, w).

    `codes` (h, w, 3) plate; `alpha` (h, w) 1 where a pixel is not sky; `under` (h, w, 3) the sky behind it;
    `top`, `bottom` (w,) the band's curves; `usable` (h, w) pixels that may be copied;
    `foot` the share of its height that the band may reach below its bottom curve (a shore's bays).
    """
    h, w = need.shape
    need = need & (np.arange(h)[:, None] < bottom[None] + 2 + foot * (bottom - top)[None])
    rows_needed = need
    columns = np.flatnonzero(rows_needed.any(0))
    empty = BandFill(
        np.zeros((h, w, 3), np.float32), np.zeros((h, w), np.float32), np.full((h, w), -1, np.float32)
    )
    if not len(columns) or not layer.sources:
        return empty
    tall = max(4.0, float(np.median((bottom - top)[columns])))
    own = np.where(alpha[..., None] > 0, codes - (1 - alpha[..., None]) * under, 0)
    picture = np.dstack([own, 255 * alpha]).astype(np.float32)
    frame = _Frame(
        top, bottom, tall, _headroom(alpha, usable, layer, top, bottom, tall), max(3, round(foot * tall))
    )
    sources = [frame.walk(picture, usable, span, layer.scale) for span in layer.sources]
    sources = [s for s in sources if s.rgba.shape[1] >= 12]
    if not sources:
        return empty
    # A joint takes two overlaps out of a piece: a narrow source must keep a middle.
    widest = max(s.rgba.shape[1] for s in sources)
    overlap = int(np.clip(0.035 * w, 3, widest / 6))
    x0, x1 = max(0, int(columns[0]) - overlap), min(w, int(columns[-1]) + 1 + overlap)
    here = frame.flatten(picture, ~need & usable, np.arange(x0, x1, dtype=float), 1.0)
    wanted = frame.flatten_mask(need, np.arange(x0, x1, dtype=float))
    quilt = Quilt(
        here.rgba, here.usable, wanted, sources, layer.piece, frame.headroom, overlap, np.random.default_rng(seed)
    )
    quilt.lay()
    return frame.unflatten(quilt, x0, x1, (h, w))


def _headroom(alpha: F32, usable: Mask, layer: Layer, top: F64, bottom: F64, tall: float) -> int:
    """Flat rows above the top curve that hold whatever of the sources stands above it: trees, chimneys."""
    h, w = alpha.shape
    x = np.arange(w)
    within = np.any([(x >= a) & (x < b) for a, b in layer.sources], axis=0)
    solid = (alpha > 0.3) & usable & within[None] & (np.arange(h)[:, None] < bottom[None])
    if not solid.any():
        return int(max(10, 0.3 * tall))
    highest = np.where(solid.any(0), np.argmax(solid, 0), np.inf)
    reach = (top - highest) / np.maximum(bottom - top, 1.0) * tall * layer.scale
    return int(np.clip(np.max(reach[within]) + 6, 10, 2.0 * tall + 10))


@dataclass(frozen=True)
class _Frame:
    """Between flat and picture: flat row `headroom` is the top curve, `headroom + tall` the bottom one."""

    top: F64
    bottom: F64
    tall: float
    headroom: int
    footroom: int

    @property
    def rows(self) -> int:
        return self.headroom + round(self.tall) + self.footroom

    def _scale(self, x: F64) -> F64:
        columns = np.arange(len(self.top))
        size = np.interp(x, columns, self.bottom) - np.interp(x, columns, self.top)
        return np.clip(size / self.tall, 0.4, 2.5)

    def _maps(self, x: F64, shrink: float) -> tuple[F32, F32]:
        scale = self._scale(x) / shrink
        below = np.interp(x, np.arange(len(self.top)), self.bottom)
        r = np.arange(self.rows)[:, None]
        y = below[None] - (self.headroom + self.tall - r) * scale[None]
        return np.repeat(x[None], self.rows, 0).astype(np.float32), y.astype(np.float32)

    def flatten(self, picture: F32, usable: Mask, x: F64, shrink: float) -> Strip:
        mx, my = self._maps(x, shrink)
        kind = cv2.INTER_LANCZOS4 if float(np.median(self._scale(x))) / shrink < 1.4 else cv2.INTER_AREA
        flat = cv2.remap(picture, mx, my, kind, borderMode=cv2.BORDER_REPLICATE)
        ok = cv2.remap(usable.astype(np.float32), mx, my, cv2.INTER_LINEAR, borderValue=0) > 0.99
        return Strip(flat.astype(np.float32), ok | (my < 0), x)

    def flatten_mask(self, mask: Mask, x: F64) -> Mask:
        mx, my = self._maps(x, 1.0)
        flat: Mask = cv2.remap(mask.astype(np.float32), mx, my, cv2.INTER_LINEAR, borderValue=0) > 0.01
        return flat

    def walk(self, picture: F32, usable: Mask, span: tuple[float, float], shrink: float) -> Strip:
        """A source flattened with equal scale across and down: the step along x follows the band's height."""
        x = max(0.0, span[0])
        last = min(len(self.top) - 1.0, span[1])
        steps = []
        while x < last:
            steps.append(x)
            x += float(self._scale(np.array([x]))[0]) / shrink
        return self.flatten(picture, usable, np.asarray(steps if steps else [x]), shrink)

    def unflatten(self, quilt: Quilt, x0: int, x1: int, shape: tuple[int, int]) -> BandFill:
        h, w = shape
        x = np.arange(x0, x1, dtype=float)
        below = self.bottom[x0:x1]
        scale = self._scale(x)
        y = np.arange(h)[:, None]
        r = self.headroom + self.tall - (below[None] - y) / scale[None]
        r = np.minimum(r, self.rows - 2)
        mx = np.repeat(np.arange(x1 - x0, dtype=np.float32)[None], h, 0)
        flat = cv2.remap(
            quilt.rgba, mx, r.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0
        )
        where = cv2.remap(quilt.source_x, mx, r.astype(np.float32), cv2.INTER_NEAREST, borderValue=-1)
        colour = np.zeros((h, w, 3), np.float32)
        alpha = np.zeros((h, w), np.float32)
        source = np.full((h, w), -1, np.float32)
        colour[:, x0:x1] = flat[..., :3]
        # Colour and alpha overshoot together at an edge: clipping one alone would draw a line.
        alpha[:, x0:x1] = flat[..., 3] / 255
        source[:, x0:x1] = where
        return BandFill(colour, alpha, source)
