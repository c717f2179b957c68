from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from secondunit.errors import BadInput
from secondunit.media.movies import look_at_movie
from secondunit.media.review_movie import write_movie
from secondunit.media.review_movies import write_movies


def picture(n: int) -> np.ndarray:
    return np.full((32, 48, 3), n / 40, np.float32)


def test_two_movies_from_frames_that_are_each_made_once(tmp_path: Path) -> None:
    made = []

    def frames():
        for n in range(20):
            made.append(n)
            yield picture(n)

    assert write_movies([tmp_path / "a.mov", tmp_path / "a.mp4"], frames(), Fraction(24)) == 20
    assert made == list(range(20))
    write_movie(tmp_path / "b.mov", (picture(n) for n in range(20)), Fraction(24))
    assert (tmp_path / "a.mov").read_bytes() == (tmp_path / "b.mov").read_bytes()
    assert look_at_movie(tmp_path / "a.mp4").n_frames == 20


def test_a_fault_in_a_frame_or_a_codec_leaves_no_movie(tmp_path: Path) -> None:
    def broken():
        yield picture(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_movies([tmp_path / "a.mov", tmp_path / "a.mp4"], broken(), Fraction(24))
    with pytest.raises(BadInput, match="no review movie"):
        write_movies([tmp_path / "a.mov", tmp_path / "a.avi"], map(picture, range(50)), Fraction(24))
    with pytest.raises(BadInput, match="no frames"):
        write_movies([tmp_path / "a.mov", tmp_path / "a.mp4"], iter(()), Fraction(24))
    assert list(tmp_path.iterdir()) == []
