"""A real clip under a look whose truth is known on every frame: beyond patches after a dozen seconds."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("torch")

from secondunit.engines.contract import Context, EngineChunk, EngineJob
from secondunit.engines.keyframe.engine import KeyframeEngine
from secondunit.engines.keyframe.settings import KeyframeSettings
from secondunit.media.colour import SRGB, from_working, to_working
from secondunit.media.movies import look_at_movie, read_movie
from secondunit.slate.frames import FrameRange

ROOT = Path(__file__).parents[2]
FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or ROOT.parent / "shared" / "footage")
CLIP = FOOTAGE / "clips" / "sam2_01_dog.mp4"
KEYS, BETWEEN = (0, 40, 80), (20, 60)
PATCHES_DB = 30.5  # of patches from the nearest key, on this very job

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CLIP.is_file(), reason="no footage here")]
sys.path.insert(0, str(ROOT / "benchmarks"))

from keyframe_look import look  # noqa: E402

U8 = npt.NDArray[np.uint8]


def test_a_few_hundred_steps_beat_patches_on_a_known_look(tmp_path: Path) -> None:
    movie = look_at_movie(CLIP, SRGB, Fraction(30000, 1001))
    small = (cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA) for frame in read_movie(movie, count=81))
    codes = [(np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8) for frame in small]

    def linear(picture: U8) -> npt.NDArray[np.float32]:
        return to_working((picture / 255).astype(np.float32), SRGB)

    context = Context(
        plate=lambda frame: linear(codes[frame]),
        key=lambda frame: linear(look(codes[frame])),
        mask=lambda frame: np.ones((360, 640), np.float32),
        guide=lambda name, frame: linear(codes[frame]),
        reference=lambda number: linear(codes[number]),
        take=lambda name: tmp_path,
        folder=tmp_path,
        workbench=tmp_path,
    )
    settings = KeyframeSettings(minutes=1, steps=400, device="cpu")
    job = EngineJob(FrameRange(0, 80), 360, 640, seed=1, settings=settings, keys=KEYS)
    engine = KeyframeEngine()
    assert not list(engine.render(job, engine.plan(job)[0], context))
    for one in engine.render(job, EngineChunk("some", BETWEEN, ("train",)), context):
        answer = np.clip(from_working(one.picture, SRGB), 0, 1) * 255
        error = float(np.mean((answer - look(codes[one.frame])) ** 2))
        assert 10 * np.log10(255**2 / error) > PATCHES_DB + 2.5
