from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from secondunit.errors import BadInput, BadMedia, SecondUnitError
from secondunit.media import images
from secondunit.media.colour import LINEAR_REC709, SRGB
from secondunit.media.exr import write_exr


def write(path: Path, pixels: np.ndarray, depth: str = "uint8", **attributes: object) -> None:
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], depth)
    for key, value in attributes.items():
        spec.attribute(key.replace("__", ":"), value)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    assert out.write_image(np.ascontiguousarray(pixels, np.float32))
    out.close()


@pytest.mark.parametrize("suffix", ["png", "tif", "tga", "bmp"])
def test_lossless_stills_come_in_exactly(tmp_path: Path, photograph: np.ndarray, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write(path, photograph)
    still = images.read_still(path)
    assert np.abs(still.pixels - photograph).max() < 1e-6
    assert still.colourspace == SRGB


def test_a_jpeg_comes_in_nearly(tmp_path: Path, photograph: np.ndarray) -> None:
    images.write_picture(tmp_path / "a.jpg", photograph, quality=98)
    assert np.abs(images.read_still(tmp_path / "a.jpg").pixels - photograph).mean() < 0.01


def test_an_exr_without_primaries_is_linear_rec709(tmp_path: Path) -> None:
    picture = {"beauty": np.full((4, 5, 3), 3.5, np.float32)}
    write_exr(tmp_path / "a.exr", picture, colourspace="")
    still = images.read_still(tmp_path / "a.exr")
    assert still.colourspace == LINEAR_REC709
    assert still.pixels.max() == 3.5
    for name in ("ACEScg", "ACES2065-1", "Linear P3-D65"):
        write_exr(tmp_path / "a.exr", picture, colourspace=name)
        assert images.read_still(tmp_path / "a.exr").colourspace == name


def test_a_dpx_log_is_never_guessed(tmp_path: Path, photograph: np.ndarray) -> None:
    write(tmp_path / "a.dpx", photograph, "uint16", dpx__Transfer="Printing density")
    with pytest.raises(BadInput, match=r"colour space of `a.dpx` is not known"):
        images.read_still(tmp_path / "a.dpx")
    assert images.read_still(tmp_path / "a.dpx", "ACEScct").colourspace == "ACEScct"


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: np.rot90(a.transpose(1, 0, 2), 2)),
        (8, lambda a: np.rot90(a, 1)),
    ],
)
def test_a_camera_held_sideways(tmp_path: Path, photograph: np.ndarray, orientation: int, upright) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.tif"
    write(path, photograph, Orientation=orientation)
    expected = upright(photograph)
    assert np.allclose(images.read_still(path).pixels, expected, atol=1e-6)
    assert images.picture_size(path) == (expected.shape[1], expected.shape[0])


def test_the_lens_is_read_in_35_mm(tmp_path: Path, photograph: np.ndarray) -> None:
    write(tmp_path / "a.jpg", photograph, Exif__FocalLengthIn35mmFilm=28)
    assert images.read_still(tmp_path / "a.jpg").focal_35mm == 28
    write(tmp_path / "b.jpg", photograph)
    assert images.read_still(tmp_path / "b.jpg").focal_35mm is None


def test_grey_and_alpha(tmp_path: Path, photograph: np.ndarray) -> None:
    write(tmp_path / "grey.png", photograph[..., :1])
    grey = images.read_still(tmp_path / "grey.png").pixels
    assert grey.shape == photograph.shape
    assert np.array_equal(grey[..., 0], grey[..., 2])
    write(tmp_path / "rgba.png", np.concatenate([photograph, np.ones((96, 128, 1))], axis=2))
    still = images.read_still(tmp_path / "rgba.png")
    assert still.pixels.shape == (96, 128, 3)
    assert still.notes == ("the alpha channel was left out",)


def test_overscan_is_cut_to_the_display_window(tmp_path: Path) -> None:
    spec = oiio.ImageSpec(12, 10, 3, "half")
    spec.x, spec.y = -2, -1
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, 8, 6
    pixels = np.arange(10 * 12 * 3, dtype=np.float32).reshape(10, 12, 3)
    out = oiio.ImageOutput.create("a.exr")
    out.open(str(tmp_path / "a.exr"), spec)
    out.write_image(pixels)
    out.close()
    assert np.array_equal(images.read_still(tmp_path / "a.exr").pixels, pixels[1:7, 2:10])
    assert images.picture_size(tmp_path / "a.exr") == (8, 6)


def test_a_matte_is_data(tmp_path: Path) -> None:
    half = np.zeros((8, 8, 3), np.float32)
    half[:4] = 0.5
    images.write_picture(tmp_path / "m.png", half)
    matte = images.read_matte(tmp_path / "m.png")
    assert matte.shape == (8, 8)
    assert abs(matte[0, 0] - 0.5) < 0.003
    rgba = np.ones((8, 8, 4), np.float32)
    rgba[:, 4:, 3] = 0
    write(tmp_path / "a.png", rgba)
    assert images.read_matte(tmp_path / "a.png")[0].tolist() == [1] * 4 + [0] * 4


def test_nan_and_infinity_are_counted_and_replaced() -> None:
    pixels = np.array([[[np.nan, 1, np.inf], [-np.inf, 0, 2]]], np.float32)
    mended, n_replaced = images.replace_nonfinite(pixels)
    assert n_replaced == 3
    assert mended.tolist() == [[[0, 1, 65504], [-65504, 0, 2]]]
    same, none = images.replace_nonfinite(mended)
    assert same is mended
    assert none == 0


SUFFIXES = ["png", "jpg", "tif", "exr", "dpx", "bmp", "tga"]


def one_sentence(error: SecondUnitError) -> None:
    text = str(error)
    assert "\n" not in text
    assert not text.endswith(".")
    assert error.exit_code == 2


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("harm", ["missing", "empty", "half", "random", "text", "folder"])
def test_bad_stills_are_one_sentence(tmp_path: Path, photograph: np.ndarray, suffix: str, harm: str) -> None:
    path = tmp_path / f"bad.{suffix}"
    if harm == "empty":
        path.touch()
    elif harm == "half":
        write(path, photograph)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    elif harm == "random":
        path.write_bytes(np.random.default_rng(1).bytes(9000))
    elif harm == "text":
        path.write_text("this is not a picture\n" * 40)
    elif harm == "folder":
        path.mkdir()
    with pytest.raises(BadMedia) as caught:
        images.read_still(path, "sRGB - Texture")
    one_sentence(caught.value)
    assert f"bad.{suffix}" in str(caught.value)


def test_a_header_that_asks_for_gigabytes_is_refused(tmp_path: Path) -> None:
    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 40000, 40000, 8, 2, 0, 0, 0)
    body = part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 99)) + part(b"IEND", b"")
    (tmp_path / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(BadMedia, match="huge"):
        images.read_still(tmp_path / "huge.png")
    write(tmp_path / "wide.png", np.zeros((1, 40000, 3)))
    with pytest.raises(BadMedia, match="40000×1"):
        images.read_still(tmp_path / "wide.png")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(png: Path) -> None:
    png.chmod(0)
    with pytest.raises(BadMedia, match="may not be read"):
        images.read_still(png)


def test_an_unknown_picture_suffix_is_refused(tmp_path: Path, photograph: np.ndarray) -> None:
    with pytest.raises(BadInput, match="no picture suffix"):
        images.write_picture(tmp_path / "a.docx", photograph)
