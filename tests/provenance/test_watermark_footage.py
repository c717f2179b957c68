"""The mark in real motion, through hard compression and half the size; never claimed in the same footage unmarked."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from marked_pictures import psnr, through_h264

from secondunit.media.colour import SRGB
from secondunit.media.movies import look_at_movie, read_movie
from secondunit.provenance.watermark.watermark import decode
from secondunit.provenance.watermark.watermark_movie import identify, mark_frames
from secondunit.provenance.watermark.watermark_payload import read_payload
from secondunit.provenance.watermark.watermark_vote import LIMIT, vote

pytestmark = pytest.mark.slow

INDEX = 1_234_567
FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or Path(__file__).parents[3] / "shared" / "footage")
HD = ("clips/sam2_01_dog.mp4", "clips/sam2_05_default_juggle.mp4", "clips/pexels_squirrel_sound.mp4")
SMALL = ("clips/mdn_flower_opening.mp4", "clips/tos_robot_smoke_sound.mp4")


def frames_of(name: str, n_frames: int = 24) -> list[np.ndarray]:
    if not (FOOTAGE / name).is_file():
        pytest.skip("the test footage is not here")
    # A camera's codes go beyond black and white; what goes into a review movie is display-referred, 0..1.
    frames = read_movie(look_at_movie(FOOTAGE / name, SRGB, Fraction(24)), count=n_frames)
    return [np.clip(frame, 0, 1) for frame in frames]


@pytest.mark.parametrize(
    ("name", "scale"), [*((name, scale) for name in HD for scale in (1.0, 0.5)), *((name, 1.0) for name in SMALL)]
)
def test_crf_33_keeps_every_bit(name: str, scale: float, tmp_path: Path) -> None:
    frames = frames_of(name)
    marked = list(mark_frames(frames, INDEX))
    assert min(psnr(before, after) for before, after in zip(frames, marked, strict=True)) >= 42
    path = tmp_path / "seen.mp4"
    path.write_bytes(through_h264(marked, crf=33, scale=scale))
    found = identify(path)
    assert found is not None
    assert found.index == INDEX  # all 32 bits of the word


@pytest.mark.parametrize("name", [*HD, *SMALL])
def test_unmarked_footage_is_not_claimed(name: str) -> None:
    soft = [decode(frame) for frame in frames_of(name, 12)[::3]]
    assert vote(soft, 6).chance > LIMIT
    for one in soft:
        assert read_payload(one).chance > LIMIT
