from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from secondunit.errors import BadInput
from secondunit.media.burn_in import PROPOSAL, BurnIn, burn_in, slate_frame
from secondunit.media.contact_sheet import contact_frames, contact_sheet
from secondunit.media.lettering import letter, lettering
from secondunit.slate.frames import FrameRange

WORDS = BurnIn("The Long Night", "ABC_101_SEQ_0010", "v003", dt.date(2026, 3, 1), "Rec.709")


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_burn_ins_stand_in_the_four_corners_and_nowhere_else(level: float) -> None:
    picture = np.full((360, 640, 3), level, np.float32)
    lettered = burn_in(picture, WORDS, 1042)
    changed = np.abs(lettered - picture).max(axis=2) > 0.02
    for rows in (slice(0, 60), slice(300, 360)):
        for columns in (slice(0, 240), slice(400, 640)):
            assert changed[rows, columns].sum() > 100
    assert not changed[80:280].any()
    assert np.all(picture == level)
    assert lettered.min() >= 0
    assert lettered.max() <= 1


def test_letters_can_be_read_on_white_and_on_black() -> None:
    for level in (0.0, 1.0):
        lettered = burn_in(np.full((360, 640, 3), level, np.float32), WORDS, 1001)
        corner = lettered[:40, :240]
        assert np.ptp(corner) > 0.6


def test_another_frame_has_another_number() -> None:
    picture = np.zeros((360, 640, 3), np.float32)
    one, two = burn_in(picture, WORDS, 1001), burn_in(picture, WORDS, 1002)
    differs = np.abs(one - two).max(axis=2) > 0
    assert differs[300:, 400:].any()
    assert not differs[:300].any()


def test_the_date_is_the_one_passed_in() -> None:
    picture = np.zeros((360, 640, 3), np.float32)
    later = BurnIn(WORDS.show, WORDS.shot, WORDS.version, dt.date(2027, 3, 1), WORDS.colour)
    assert not np.array_equal(burn_in(picture, WORDS, 1001), burn_in(picture, later, 1001))


@pytest.mark.parametrize("size", [(360, 640), (1080, 1920), (332, 800), (96, 128), (1280, 720)])
def test_a_slate_fits_every_raster(size: tuple[int, int]) -> None:
    details = {
        "Frames": "1001-1072",
        "Settings": "a very long line of settings that would run off the picture " * 3,
    }
    thumbnail = np.full((90, 160, 3), 0.8, np.float32)
    slate = slate_frame(*size, WORDS, details, thumbnail)
    assert slate.shape == (*size, 3)
    assert slate.min() >= 0
    assert slate.max() <= 1
    border = np.concatenate([slate[:, :2].ravel(), slate[:, -2:].ravel(), slate[:2].ravel()])
    assert np.allclose(border, 0.055)


def test_the_slate_says_that_it_is_a_proposal() -> None:
    approved = BurnIn(WORDS.show, WORDS.shot, WORDS.version, WORDS.date, WORDS.colour, "approved")
    assert WORDS.status == PROPOSAL
    assert not np.array_equal(slate_frame(360, 640, WORDS, {}), slate_frame(360, 640, approved, {}))


def test_letters_are_cut_at_the_edge_of_the_picture() -> None:
    picture = np.zeros((20, 30, 3), np.float32)
    for x, y in ((-40, -10), (25, 15), (500, 500)):
        letter(picture, "edge", x=x, y=y, size=16)
    assert np.isfinite(picture).all()


def test_wider_text_is_wider() -> None:
    assert lettering("MMMM", 20).shape[1] > lettering("iiii", 20).shape[1] > 4
    assert lettering("", 20).max() == 0


def test_contact_frames_span_the_shot() -> None:
    frames = contact_frames(FrameRange(1001, 1072), 12)
    assert frames[0] == 1001
    assert frames[-1] == 1072
    assert len(set(frames)) == 12
    assert contact_frames(FrameRange(1001, 1003), 12) == (1001, 1002, 1003)
    assert contact_frames(FrameRange(1001, 1001), 12) == (1001,)


def test_a_contact_sheet_shows_every_frame_in_order() -> None:
    levels = [0.2, 0.4, 0.6, 0.8, 1.0]
    frames = [(1001 + i, np.full((90, 160, 3), level, np.float32)) for i, level in enumerate(levels)]
    sheet = contact_sheet(frames, columns=3, width=960, title=("ABC", "2026-03-01"))
    assert sheet.shape[1] == 960
    centre = sheet.shape[1] // 6
    top = [float(sheet[120, centre + i * 318, 0]) for i in range(3)]
    assert top == pytest.approx(levels[:3], abs=1e-4)
    for level in levels:
        assert np.count_nonzero(np.isclose(sheet[..., 0], level)) > 250 * 150


def test_a_contact_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="at least one frame"):
        contact_sheet([])
