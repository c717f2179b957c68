"""Read any still: pixels as they are in the file, upright, with what the camera wrote about its lens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813 - the name the field knows it by

from secondunit.errors import BadInput, BadMedia
from secondunit.media.colour import find_colourspace, to_working
from secondunit.media.disk import refused_write
from secondunit.media.open_image import open_image, read_pixels
from secondunit.media.source_colour import picture_colourspace
from secondunit.slate.show import DEFAULT_COLOUR_CONFIG

F32 = npt.NDArray[np.float32]

FULL_FRAME_DIAGONAL_MM = 43.267
PNG_LEVEL = 3  # of 9: half the time of the usual 6 for 4 % more bytes


@dataclass(frozen=True)
class Still:
    """One picture: `pixels` (h, w, 3) code values in `colourspace` (0..1 for integer files), upright.

    `focal_35mm` is the focal length in 35 mm equivalent where the EXIF says enough, `rate` and `timecode` are
    strings from an EXR or DPX header; `notes` say what was left out on reading.
    """

    pixels: F32
    colourspace: str
    focal_35mm: float | None = None
    rate: str = ""
    timecode: str = ""
    notes: tuple[str, ...] = ()


def read_still(path: Path, colourspace: str | None = None, config: str = DEFAULT_COLOUR_CONFIG) -> Still:
    """Read a picture; `colourspace` overrides what the file says. Raises `BadMedia`, `BadInput`."""
    source = open_image(path)
    spec = source.spec()
    space = find_colourspace(colourspace or picture_colourspace(spec, path), config)
    picks, notes = _colour_channels(spec, path)
    low, high = min(picks), max(picks) + 1
    pixels = read_pixels(source, path, channels=(low, high))[..., [i - low for i in picks]]
    upright = _upright(pixels, spec.get_int_attribute("Orientation", 1))
    rate = spec.getattribute("framesPerSecond")
    return Still(
        np.ascontiguousarray(upright),
        space,
        _focal_35mm(spec),
        f"{rate[0]}/{rate[1]}" if isinstance(rate, tuple) else "",
        spec.get_string_attribute("smpte:TimeCode"),
        notes,
    )


def read_working(path: Path, colourspace: str | None = None, config: str = DEFAULT_COLOUR_CONFIG) -> F32:
    """A picture in scene-linear ACEScg (h, w, 3). Raises `BadMedia`, `BadInput`."""
    still = read_still(path, colourspace, config)
    return to_working(still.pixels, still.colourspace, config)


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) of the upright display window, from the header alone. Raises `BadMedia`."""
    spec = open_image(path).spec()
    width, height = spec.full_width or spec.width, spec.full_height or spec.height
    return (height, width) if spec.get_int_attribute("Orientation", 1) >= 5 else (width, height)


def read_matte(path: Path) -> F32:
    """A mask (h, w) in 0..1: the only channel, or alpha when it varies, else the mean of R, G and B.

    Values are taken as they are (a matte is data, never colour). Raises `BadMedia`.
    """
    source = open_image(path)
    spec = source.spec()
    pixels = _upright(read_pixels(source, path), spec.get_int_attribute("Orientation", 1))
    names = [name.rpartition(".")[2].upper() for name in spec.channelnames]
    if "A" in names and np.ptp(pixels[..., names.index("A")]) > 0:
        matte = pixels[..., names.index("A")]
    else:
        matte = pixels[..., : min(3, pixels.shape[2])].mean(axis=2)
    return np.clip(np.nan_to_num(matte), 0, 1).astype(np.float32)


def write_picture(path: Path, rgb: F32, *, quality: int = 92, software: str = "") -> None:
    """Write display code values (h, w, 3) in 0..1 as 8-bit PNG, JPEG or TIFF, tagged sRGB, by the suffix.

    Raises `EngineFailed` when the disk is full and `BadInput` when the folder may not be written.
    """
    height, width, n_channels = rgb.shape
    spec = oiio.ImageSpec(width, height, n_channels, "uint8")
    spec.attribute("oiio:ColorSpace", "sRGB")
    spec.attribute("CompressionQuality", quality)
    spec.attribute("jpeg:subsampling", "4:4:4")
    spec.attribute("png:compressionLevel", PNG_LEVEL)
    if software:
        spec.attribute("Software", software)
    out = oiio.ImageOutput.create(str(path))
    if out is None:
        oiio.geterror()  # taken, or it is printed at the end of the process
        raise BadInput(f"`{path.name}` has no picture suffix", hint="write .png, .jpg or .tif")
    codes = np.ascontiguousarray(np.round(np.clip(np.nan_to_num(rgb), 0, 1) * 255).astype(np.uint8))
    if not out.open(str(path), spec) or not out.write_image(codes) or not out.close():
        raise refused_write(path, out.geterror())


def replace_nonfinite(pixels: F32) -> tuple[F32, int]:
    """NaN becomes 0 and ±infinity ±65504 (half's range); returns the array and how many values were replaced."""
    finite = np.isfinite(pixels)
    n_replaced = int(pixels.size - np.count_nonzero(finite))
    if not n_replaced:
        return pixels, 0
    return np.nan_to_num(pixels, nan=0.0, posinf=65504.0, neginf=-65504.0).astype(np.float32), n_replaced


def _colour_channels(spec: oiio.ImageSpec, path: Path) -> tuple[list[int], tuple[str, ...]]:
    """Indices of red, green and blue (or the one grey three times), and what was left out."""
    names = [name.upper() for name in spec.channelnames]
    notes = []
    if {"R", "G", "B"} <= set(names):
        picks = [names.index(letter) for letter in "RGB"]
    elif "Y" in names or spec.nchannels <= 2:
        picks = [names.index("Y") if "Y" in names else 0] * 3
    elif path.suffix.lower() != ".exr" and spec.nchannels >= 3:
        picks = [0, 1, 2]
    else:
        raise BadMedia(
            f"`{path.name}` has no R, G and B channels", hint=f"it holds {', '.join(spec.channelnames[:8])}"
        )
    if "A" in names:
        notes.append("the alpha channel was left out")
    return picks, tuple(notes)


def _upright(pixels: F32, orientation: int) -> F32:
    """Apply the EXIF orientation (1 to 8, TIFF 6.0)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def _focal_35mm(spec: oiio.ImageSpec) -> float | None:
    """Focal length in 35 mm equivalent: as written, or from the focal plane's resolution."""
    written = spec.get_float_attribute("Exif:FocalLengthIn35mmFilm", 0.0)
    if 4 <= written <= 2000:
        return float(written)
    focal = spec.get_float_attribute("Exif:FocalLength", 0.0)
    pitch = spec.get_float_attribute("Exif:FocalPlaneXResolution", 0.0)
    unit_mm = {2: 25.4, 3: 10.0, 4: 1.0}.get(spec.get_int_attribute("Exif:FocalPlaneResolutionUnit", 2), 25.4)
    across = spec.get_int_attribute("Exif:PixelXDimension", spec.width)
    if focal <= 0 or pitch <= 0 or across <= 0:
        return None
    sensor = across / pitch * unit_mm
    ratio = max(spec.width, spec.height) / min(spec.width, spec.height)
    diagonal = sensor * (1 + 1 / ratio**2) ** 0.5
    equivalent = focal * FULL_FRAME_DIAGONAL_MM / diagonal
    return float(equivalent) if 4 <= equivalent <= 2000 else None
