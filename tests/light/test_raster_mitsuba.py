"""The rasteriser against a path tracer on a small scene: slow, and only where Mitsuba is installed."""

import dataclasses

import box_house
import numpy as np
import pytest
from scipy import ndimage

from secondunit.engines.light.raster import LightScene, RasterSettings
from secondunit.engines.light.reference_mitsuba import render_reference
from secondunit.slate.camera import Ground, Sun

W, H = 240, 135


@pytest.mark.slow
@pytest.mark.parametrize("centre", [(0.0, 0.0), (9.0, -6.0)])
def test_luminance_agrees_with_a_path_tracer(centre):
    pytest.importorskip("mitsuba")
    breakup = box_house.house()
    camera = box_house.camera(W, H)
    camera = dataclasses.replace(camera, cx=camera.cx + centre[0], cy=camera.cy + centre[1])
    plate = np.full((H, W, 3), 0.28, np.float32)
    scene = LightScene(
        breakup, camera, Sun.from_angles(-130, 35), Ground(), plate=plate, matte=np.ones((H, W), np.float32),
        settings=RasterSettings(sun_map=1024, sky_map=512),
    )  # fmt: skip
    frames = [box_house.tumble(breakup, 0.7 + k / 24, breakup.centre[:, 0] > 3) for k in (-1, 0, 1)]
    woken = [dataclasses.replace(f, awake=np.maximum(f.awake, 1)) for f in frames]
    ours = scene.render(*woken)
    theirs = render_reference(scene, *woken, samples=32)
    # Means of 3 × 3 pixels: the path tracer is grainy and has one colour a triangle.
    solid = ndimage.binary_erosion(ours.fragments[..., 3] == 1)
    assert solid.sum() > 2500
    a, b = (ndimage.uniform_filter(p.mean(2), 3)[solid] for p in (ours.fragments[..., :3], theirs))
    correlation, ratio = np.corrcoef(a, b)[0, 1], a.mean() / b.mean()
    print(f"correlation {correlation:.3f}, mean {a.mean():.3f} against {b.mean():.3f}")
    assert correlation > 0.93
    assert 0.9 < ratio < 1.15
