"""The dust of one frame before and behind the street objects, at the plate's exposure."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.departments.destruction.job import Job
from secondunit.engines.light.dust import DustLayer, light_cloud, render_dust
from secondunit.engines.light.lit_frame import LitFrame
from secondunit.engines.physics.motion import DustFrame
from secondunit.slate.camera import Sun

F32 = npt.NDArray[np.float32]
# Picture value of a white surface that faces the sun, at most: a photograph's own tone curve has already pressed
# its lights together, so dust exposed for the wall behind it would burn out.
WHITE = 1.4
NEAR = 0.05
SHUT = 0.03  # a pixel less open than this has no part that sees past its pieces


def draw_cloud(
    frame: DustFrame,
    job: Job,
    lit: LitFrame,
    holdout: F32,
    holdout_depth: F32,
    exposure: float,
    step: int | None = None,
) -> DustLayer:
    """The cloud over a frame. `holdout` (h, w) 0..1 at `holdout_depth` (h, w) metres hides the dust behind it.

    Where a street object covers part of a pixel, that part sees the dust as far as the object and the rest all of it.
    `step` is how many pixels apart the rays are (None: as the raster asks).
    """
    cloud = light_cloud(frame, job.sun)

    def march(depth: F32) -> DustLayer:
        return render_dust(
            frame,
            job.camera,
            job.sun,
            depth,
            lit.position,
            exposure=exposure,
            seed=job.brief.seed,
            cloud=cloud,
            step=step,
        )

    whole = behind_outlines(march(lit.depth), lit.open)
    hides = (holdout > 0.004) & (whole.rgba[..., 3] > 0.004) & (holdout_depth < lit.depth)
    if not hides.any():
        return whole
    front = march(np.where(hides, holdout_depth, NEAR).astype(np.float32))
    share = np.where(hides, holdout, 0)[..., None]
    return DustLayer((whole.rgba * (1 - share) + front.rgba * share).astype(np.float32), whole.sun)


def behind_outlines(layer: DustLayer, opened: F32) -> DustLayer:
    """The dust beyond an outline in the part of its pixels that is open (`opened` (h, w) 0..1).

    A pixel has one depth, that of the piece in it. Its open part sees as much dust as the open pixels beside it; with
    the piece's own a bright line of bare sky would run along every outline in the cloud.
    """
    rim = (opened > SHUT) & (opened < 1 - SHUT)
    if not rim.any():
        return layer
    free = (opened >= 1 - SHUT).astype(np.float32)
    around = (3, 3)
    count = np.asarray(cv2.boxFilter(free, -1, around, normalize=False))[..., None]
    total = np.asarray(cv2.boxFilter(layer.rgba * free[..., None], -1, around, normalize=False))
    share = np.where(rim, opened, 0)[..., None]
    beside = layer.rgba + share * (total / np.maximum(count, 1) - layer.rgba)
    return replace(layer, rgba=np.where(count > 0.5, beside, layer.rgba).astype(np.float32))


def dust_exposure(exposure: float, sun: Sun, *, is_photograph: bool) -> float:
    """The exposure dust is lit at: the plate's, held where a display-referred plate would burn out."""
    return min(exposure, WHITE / (1 + sun.sun_to_sky)) if is_photograph else exposure
