"""The mark in one picture: hardly to be seen, there after scaling, bars and compression, never in an unmarked one."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import cv2
import numpy as np
import pytest
from marked_pictures import picture, psnr

from secondunit.errors import EngineFailed
from secondunit.provenance.watermark import watermark_networks
from secondunit.provenance.watermark.watermark import decode, embed, picture_box, to_canonical
from secondunit.provenance.watermark.watermark_payload import read_payload
from secondunit.provenance.watermark.watermark_vote import LIMIT

INDEX = 1_234_567


@pytest.fixture(scope="module")
def plain() -> np.ndarray:
    return picture()


@pytest.fixture(scope="module")
def marked(plain: np.ndarray) -> np.ndarray:
    return embed(plain, INDEX)


def test_it_is_faint(plain: np.ndarray, marked: np.ndarray) -> None:
    assert psnr(plain, marked) >= 42
    assert np.abs(marked - plain).max() < 5 / 255
    assert marked.min() >= 0
    assert marked.max() <= 1


def test_it_is_read_back(marked: np.ndarray) -> None:
    reading = read_payload(decode(marked))
    assert reading.index == INDEX
    assert reading.chance <= LIMIT


def test_there_is_none_in_an_unmarked_picture(plain: np.ndarray) -> None:
    assert read_payload(decode(plain)).chance > LIMIT


@pytest.mark.parametrize("size", [(320, 180), (852, 480)])
def test_size_does_not_matter(marked: np.ndarray, size: tuple[int, int]) -> None:
    other = np.asarray(cv2.resize(marked, size, interpolation=cv2.INTER_AREA), np.float32)
    reading = read_payload(decode(other))
    assert (reading.index, reading.chance <= LIMIT) == (INDEX, True)


def test_a_jpeg_keeps_it(marked: np.ndarray) -> None:
    codes = np.round(marked[..., ::-1] * 255).astype(np.uint8)
    back = cv2.imdecode(cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_COLOR)
    reading = read_payload(decode(back[..., ::-1].astype(np.float32) / 255))
    assert (reading.index, reading.chance <= LIMIT) == (INDEX, True)


def test_an_even_sky_gets_no_seams() -> None:
    sky = np.full((180, 320, 3), (0.25, 0.5, 0.8), np.float32)
    across = (embed(sky, INDEX) - sky)[60:120, 20:-20].mean(axis=0)
    assert np.abs(across).max() < 2 / 255
    assert np.abs(np.diff(across, axis=0)).max() < 1 / 255


def test_bars_may_come(marked: np.ndarray) -> None:
    boxed = np.pad(marked, ((0, 0), (80, 80), (0, 0)))
    reading = read_payload(decode(boxed))
    assert (reading.index, reading.chance <= LIMIT) == (INDEX, True)


def test_bars_stay_black_and_may_go(plain: np.ndarray) -> None:
    boxed = np.pad(plain, ((50, 50), (0, 0), (0, 0)))
    marked = embed(boxed, INDEX)
    assert not marked[:50].any()
    assert not marked[-50:].any()
    assert read_payload(decode(marked[50:-50])).index == INDEX


@pytest.mark.parametrize(
    ("bars", "box"),
    [
        ((20, 20, 0, 0), (20, 80, 0, 90)),
        ((0, 0, 10, 10), (0, 60, 10, 100)),
        ((20, 0, 0, 0), (0, 80, 0, 90)),  # a night sky above is no letterbox
    ],
)
def test_bars_come_in_pairs(bars: tuple[int, ...], box: tuple[int, ...]) -> None:
    frame = np.pad(np.full((60, 90, 3), 0.5, np.float32), (bars[:2], bars[2:], (0, 0)))
    found = picture_box(frame)
    assert (found.top, found.bottom, found.left, found.right) == box


def test_a_black_frame_stays_whole() -> None:
    assert picture_box(np.zeros((20, 30, 3), np.float32)).of(np.zeros((20, 30, 3))).shape == (20, 30, 3)


@pytest.mark.parametrize("harm", ["grade", "crop", "turn"])
def test_common_harm_is_survived(marked: np.ndarray, harm: str) -> None:
    height, width = marked.shape[:2]
    seen = {
        "grade": lambda: (marked**1.3) * np.array([1.1, 1.0, 0.85], np.float32),
        "crop": lambda: marked[height // 40 : -height // 40, width // 40 : -width // 40],
        "turn": lambda: cv2.warpAffine(
            marked, cv2.getRotationMatrix2D((width / 2, height / 2), 1, 1), (width, height)
        ),
    }[harm]()
    reading = read_payload(decode(np.clip(np.asarray(seen, np.float32), 0, 1)))
    assert (reading.index, reading.chance <= LIMIT) == (INDEX, True)


def test_strength_is_in_proportion(plain: np.ndarray, marked: np.ndarray) -> None:
    half = embed(plain, INDEX, strength=0.5)
    inside = (marked > 0) & (marked < 1)
    assert np.allclose((half - plain)[inside] * 2, (marked - plain)[inside], atol=1e-6)
    assert np.array_equal(embed(plain, INDEX, strength=0), plain)


def test_the_same_picture_is_marked_the_same(plain: np.ndarray, marked: np.ndarray) -> None:
    assert np.array_equal(embed(plain, INDEX), marked)


@pytest.mark.parametrize("size", [(1080, 1920), (332, 800), (512, 512), (4, 4000)])
def test_the_canonical_picture_keeps_its_shape(size: tuple[int, int]) -> None:
    small = to_canonical(np.full((*size, 3), 0.5, np.float32))
    assert 0.9 < small.shape[0] * small.shape[1] / 256**2 < 1.1
    if size != (4, 4000):
        assert small.shape[1] / small.shape[0] == pytest.approx(size[1] / size[0], rel=0.01)


def test_missing_or_changed_networks_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    watermark_networks._session.cache_clear()

    def none(name: str) -> None:
        raise PackageNotFoundError(name)

    with monkeypatch.context() as patch:
        patch.setattr(watermark_networks, "distribution", none)
        with pytest.raises(EngineFailed, match="not installed") as missing:
            embed(np.zeros((8, 8, 3), np.float32), 1)
        assert "pip install" in missing.value.hint
    with monkeypatch.context() as patch:
        patch.setitem(watermark_networks._SHA256, "rivagan_encoder.onnx", "0" * 64)
        with pytest.raises(EngineFailed, match="not the network that was measured"):
            embed(np.zeros((8, 8, 3), np.float32), 1)
