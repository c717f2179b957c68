"""What a preview leaves out, so that a supervisor has an answer while the thought is still warm.

The motion is solved in full with a fifth of the pieces; the picture is small, its light coarse, its dust drawn at
half the raster. A final draws the same takes of the plate's survey anew.
"""

from __future__ import annotations

from secondunit.engines.light.raster import RasterSettings

PREVIEW_WIDTH = 480
SAMPLES, PREVIEW_SAMPLES = 16, 4
DUST_STEP = 2  # pixels of the small raster from one ray through the dust to the next


def light_settings(samples: int, rate: float, *, preview: bool) -> RasterSettings:
    """How the pieces are lit. A preview has one light set a sub-frame and a twentieth of a final's texels."""
    if not preview:
        return RasterSettings(samples=samples, rate=rate)
    return RasterSettings(
        samples=samples, light_sets=samples, sky_directions=2, sun_map=512, sky_map=192, rate=rate
    )
