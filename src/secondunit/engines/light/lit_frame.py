"""What the light engine hands to the comp for one frame: pixels in layers that add up, and data about each
pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

SKY_DEPTH_M = 1e4
N_RANKS = 6


@dataclass(frozen=True)
class LitFrame:
    """One lit frame, (h, w) rasters of float32, scene-linear ACEScg.

    `fragments` (h, w, 4) premultiplied: pieces that have moved, and standing pieces that their leaving laid
    bare. `debris` (h, w, 4) premultiplied. `standing` (h, w) coverage of pieces that have not moved and are
    seen as the plate saw them; `standing_ratio` (h, w, 3) their irradiance now ÷ at rest. `holdout` (h, w)
    coverage of street objects in front. `ground_ratio` (h, w, 3) irradiance of the ground now ÷ at rest. Both
    ratios are exactly 1 where nothing changed.

    `depth` (h, w) metres along the camera's axis to the nearest surface, ground and standing building included
    (`SKY_DEPTH_M` = sky); `position` (h, w, 3) world metres and `normal` (h, w, 3) unit of that surface (0 =
    sky); `motion` (h, w, 2) pixels per frame; `ids` (h, w, 6, 2) Cryptomatte ranks: id hash as float, coverage.
    `photo` (h, w) coverage of fragments that show the plate's own pixels, which are as sharp as the plate already.

    The coverages and the open background sum to 1: open = 1 − fragments.a − debris.a − standing − holdout.
    """

    fragments: F32
    debris: F32
    standing: F32
    standing_ratio: F32
    holdout: F32
    ground_ratio: F32
    depth: F32
    position: F32
    normal: F32
    motion: F32
    ids: F32
    photo: F32 | None = None

    @property
    def open(self) -> F32:
        """(h, w) coverage of the background that nothing hides, 0 to 1."""
        seen = 1.0 - self.fragments[..., 3] - self.debris[..., 3] - self.standing - self.holdout
        clipped: F32 = np.clip(seen, 0.0, 1.0).astype(np.float32)
        return clipped
