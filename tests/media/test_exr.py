from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.errors import BadMedia, EngineFailed
from secondunit.media.exr import Layer, read_beauty, read_exr, write_exr


def all_layers() -> dict[str, Layer]:
    rng = np.random.default_rng(3)
    return {
        "beauty": Layer(rng.normal(0, 50, (31, 47, 4)).astype(np.float32)),
        "plate": Layer(rng.random((31, 47, 3), np.float32)),
        "depth": Layer(rng.random((31, 47), np.float32) * 1e4, ("Z",), half=False),
        "motion": Layer(rng.normal(0, 9, (31, 47, 2)).astype(np.float32), ("X", "Y")),
        "ids00": Layer(rng.random((31, 47, 4), np.float32), tuple("RGBA"), half=False),
    }


def test_layers_come_back_as_they_went(tmp_path: Path) -> None:
    layers = all_layers()
    write_exr(tmp_path / "a.exr", layers)
    back = read_exr(tmp_path / "a.exr")
    assert set(back.layers) == set(layers)
    for name, layer in layers.items():
        pixels = layer.pixels if layer.pixels.ndim == 3 else layer.pixels[..., None]
        expected = pixels.astype(np.float16).astype(np.float32) if layer.half else pixels
        assert np.array_equal(back.layers[name].pixels, expected), name
        assert back.layers[name].half == layer.half
    assert back.layers["depth"].channels == ("Z",)
    assert back.layers["motion"].channels == ("X", "Y")


def test_headers_come_back(tmp_path: Path) -> None:
    header = {
        "secondunit:recipe": '{"seed": 7}',
        "smpte:TimeCode": "01:59:58:23",
        "framesPerSecond": "24000/1001",
        "cryptomatte/8d9e1ba/name": "ids",
        "cryptomatte/8d9e1ba/manifest": '{"fragment_1": "3f800001"}',
        "take": 3,
    }
    write_exr(tmp_path / "a.exr", {"beauty": np.zeros((4, 4, 3), np.float32)}, header=header)
    back = read_exr(tmp_path / "a.exr").header
    assert back["secondunit:recipe"] == '{"seed": 7}'
    assert back["smpte:TimeCode"] == "01:59:58:23"
    assert back["framesPerSecond"] == "24000/1001"
    assert back["cryptomatte/8d9e1ba/name"] == "ids"
    assert back["cryptomatte/8d9e1ba/manifest"] == '{"fragment_1": "3f800001"}'
    assert back["take"] == 3
    assert back["compression"] == "zip"


def test_the_same_pixels_make_the_same_file(tmp_path: Path) -> None:
    digests = set()
    for i in range(2):
        path = tmp_path / f"{i}.exr"
        write_exr(path, all_layers())
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
    assert b"capDate" not in (tmp_path / "0.exr").read_bytes()


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
@settings(max_examples=40, deadline=None)
def test_a_half_is_never_infinite(value: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "half.exr"
        write_exr(path, {"beauty": np.full((1, 1, 3), value, np.float32)})
        assert np.isfinite(read_beauty(path)).all()


def test_a_plate_is_read_without_its_other_layers(tmp_path: Path) -> None:
    layers = all_layers()
    write_exr(tmp_path / "a.exr", layers)
    expected = layers["beauty"].pixels[..., :3].astype(np.float16).astype(np.float32)
    assert np.array_equal(read_beauty(tmp_path / "a.exr"), expected)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "a.exr").symlink_to("/dev/full")
    with pytest.raises(EngineFailed, match="no space is left"):
        write_exr(tmp_path / "a.exr", all_layers())


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    write_exr(path, all_layers())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadMedia, match=r"`a.exr` is cut short or damaged"):
        read_exr(path)
