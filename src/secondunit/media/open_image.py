"""Open one picture file and read its pixels, or say in one sentence why not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813 - the name the field knows it by

from secondunit.errors import BadMedia

F32 = npt.NDArray[np.float32]

# A side above this is a damaged header or a picture no shot is made from; a header alone may ask for 10 GB.
MAX_SIDE = 32768
MAX_PIXELS = 300_000_000


def open_image(path: Path) -> oiio.ImageInput:
    """Open a picture; raises `BadMedia` when it is missing, a folder, empty, or no picture."""
    if not path.exists():
        raise BadMedia(f"`{path}` does not exist", hint="check the path")
    if path.is_dir():
        raise BadMedia(
            f"`{path}` is a folder, not a picture", hint="name a file or a pattern such as `name.####.exr`"
        )
    if not os.access(path, os.R_OK):
        raise BadMedia(f"`{path}` may not be read", hint="ask for permission to read it")
    if path.stat().st_size == 0:
        raise BadMedia(f"`{path.name}` is empty", hint="copy or export it again")
    source = oiio.ImageInput.open(str(path))
    if source is None:
        oiio.geterror()  # taken, or it is printed at the end of the process
        raise BadMedia(
            f"`{path.name}` is not a picture, or is damaged at its start",
            hint="stills and frames are read as EXR, DPX, TIFF, PNG, JPEG and the like",
        )
    spec = source.spec()
    if max(spec.width, spec.height) > MAX_SIDE or spec.width * spec.height > MAX_PIXELS:
        raise BadMedia(
            f"`{path.name}` claims to be {spec.width}×{spec.height} pixels, more than is read",
            hint=f"its header may be damaged: export it again, no side above {MAX_SIDE}",
        )
    if spec.depth > 1 or spec.width < 1 or spec.height < 1 or spec.nchannels < 1:
        raise BadMedia(f"`{path.name}` is not a flat picture", hint="bring a picture with width and height alone")
    return source


def read_pixels(source: oiio.ImageInput, path: Path, *, channels: tuple[int, int] | None = None) -> F32:
    """All pixels (h, w, c) of the display window as float32; raises `BadMedia` when some are missing.

    Pixels outside the display window (overscan) are cut, and a smaller data window is set into black.
    """
    spec = source.spec()
    low, high = channels or (0, spec.nchannels)
    pixels = source.read_image(0, 0, low, high, "float")
    message = source.geterror()
    # A JPEG decoder pads what is missing with grey and only warns.
    if pixels is None or message:
        raise BadMedia(
            f"`{path.name}` is cut short or damaged", hint="copy or export it again from where it came"
        )
    data: F32 = np.asarray(pixels, np.float32).reshape(spec.height, spec.width, high - low)
    return _in_display_window(data, spec)


def _in_display_window(pixels: F32, spec: oiio.ImageSpec) -> F32:
    full_h, full_w = spec.full_height, spec.full_width
    dx, dy = spec.x - spec.full_x, spec.y - spec.full_y
    if (dx, dy, spec.width, spec.height) == (0, 0, full_w, full_h) or full_w < 1 or full_h < 1:
        return pixels
    out = np.zeros((full_h, full_w, pixels.shape[2]), np.float32)
    x0, y0 = max(dx, 0), max(dy, 0)
    x1, y1 = min(dx + spec.width, full_w), min(dy + spec.height, full_h)
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = pixels[y0 - dy : y1 - dy, x0 - dx : x1 - dx]
    return out
