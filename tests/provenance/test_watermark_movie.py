"""The mark in movies: through our writer and a distributor's, held over what stands still, not claimed for nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from marked_pictures import pan, picture, psnr, through_h264

from secondunit.errors import BadInput, BadMedia
from secondunit.media.images import write_picture
from secondunit.media.review_movie import write_movie
from secondunit.provenance.watermark import watermark_movie
from secondunit.provenance.watermark.watermark import _MARGIN, split
from secondunit.provenance.watermark.watermark_movie import identify, mark_frames
from secondunit.provenance.watermark.watermark_payload import LARGEST_INDEX
from secondunit.provenance.watermark.watermark_vote import LIMIT

INDEX = 4711


@pytest.fixture(scope="module")
def moving() -> list[np.ndarray]:
    return pan(8)


@pytest.fixture(scope="module")
def marked(moving: list[np.ndarray]) -> list[np.ndarray]:
    return list(mark_frames(moving, INDEX))


def test_every_frame_is_faintly_marked(moving: list[np.ndarray], marked: list[np.ndarray]) -> None:
    assert len(marked) == len(moving)
    for before, after in zip(moving, marked, strict=True):
        assert 42 <= psnr(before, after) < 60


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_review_movie_names_its_entry(marked: list[np.ndarray], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"review{suffix}"
    write_movie(path, marked, Fraction(24))
    found = identify(path)
    assert found is not None
    assert found.index == INDEX
    assert found.chance <= LIMIT
    assert found.agreement > 0.8
    assert found.n_frames == 4  # sure at the first look


@pytest.mark.parametrize(("crf", "scale"), [(33, 1.0), (23, 0.5)])
def test_it_survives_a_distributor(marked: list[np.ndarray], tmp_path: Path, crf: int, scale: float) -> None:
    path = tmp_path / "seen_elsewhere.mp4"
    path.write_bytes(through_h264(marked, crf=crf, scale=scale))
    found = identify(path)
    assert found is not None
    assert found.index == INDEX


def test_an_unmarked_movie_is_not_claimed(moving: list[np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "plain.mp4"
    write_movie(path, moving[:4], Fraction(24))
    assert identify(path) is None


def test_a_still_names_its_entry(marked: list[np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "frame.png"
    write_picture(path, marked[3])
    found = identify(path)
    assert found is not None
    assert (found.index, found.n_frames) == (INDEX, 1)


def stripes_like(strip: np.ndarray) -> np.ndarray:
    """A residual that is no tint."""
    lines = np.where(np.arange(strip.shape[0]) // 3 % 2, 0.01, -0.01)[:, None, None]
    return np.broadcast_to(lines, strip.shape).astype(np.float32)


def test_what_stands_still_keeps_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(small: np.ndarray, bits: np.ndarray, number: int) -> np.ndarray:
        made.append(number)
        return stripes_like(split(small, _MARGIN)[number])

    monkeypatch.setattr(watermark_movie, "residual_of", counted)
    still = picture()
    changed = still.copy()
    changed[:, :160] = picture("flower.jpg")[:, :160]
    out = list(mark_frames([still, still, still, changed, changed], INDEX))
    assert made == [0, 1, 2, 3, 0]
    assert np.array_equal(out[0], out[2])
    assert len(list(mark_frames([still] * 3, INDEX, drift=0))) == 3
    assert made[5:] == [0, 1, 2, 3] * 3


def test_letterbox_that_comes_within_a_movie(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slate fills the frame, the picture after it has bars: each is marked where it is picture."""
    monkeypatch.setattr(
        watermark_movie, "residual_of", lambda small, _, n: stripes_like(split(small, _MARGIN)[n])
    )
    slate = np.full((120, 160, 3), 0.3, np.float32)
    boxed = np.pad(np.full((80, 160, 3), 0.5, np.float32), ((20, 20), (0, 0), (0, 0)))
    first, second = mark_frames([slate, boxed], INDEX)
    assert 0.005 < np.abs(first - 0.3)[:20].mean() < 0.01
    assert not second[:20].any()
    assert not second[100:].any()
    assert 0.005 < np.abs(second[20:100] - 0.5).mean() < 0.01


def test_strength_nought_touches_nothing() -> None:
    frames = pan(2)
    assert all(a is b for a, b in zip(frames, mark_frames(frames, INDEX, strength=0), strict=True))


def test_an_index_that_does_not_fit_is_refused_before_the_first_frame() -> None:
    with pytest.raises(BadInput, match="does not fit"):
        mark_frames(pan(1), LARGEST_INDEX + 1)


@pytest.mark.parametrize("name", ["nothing.mp4", "nothing.png"])
def test_what_is_no_picture_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadMedia):
        identify(tmp_path / name)
    (tmp_path / name).write_bytes(b"this is text, not a picture")
    with pytest.raises(BadMedia):
        identify(tmp_path / name)
