"""The pictures of a disclosure report: the contact sheet, and the layers of a version's middle frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.errors import SecondUnitError
from secondunit.media.colour import SRGB_DISPLAY, UNTONED, Review, to_display
from secondunit.media.exr import Exr, Layer, read_exr
from secondunit.provenance.report.report_html import CONTACT

F32 = npt.NDArray[np.float32]
CONTACT_SHEET = "contact.jpg"
_WIDTH, _QUALITY = 480, 86
_REVIEW = Review(SRGB_DISPLAY, UNTONED)
# What is drawn of a frame, in the order it is put together, and what each is called.
_LAYERS = (
    ("plate", "the plate, as photographed"),
    ("cleanplate", "what stands behind, from the plate itself"),
    ("fragments", "the falling pieces, simulated"),
    ("debris", "debris, simulated"),
    ("dust", "dust, simulated"),
    ("touched", "where anything is new (white)"),
    ("beauty", "the finished frame"),
)


def report_pictures(folder: Path) -> dict[str, bytes]:
    """JPEGs by what they show, from a version's folder; what is not there, or cannot be read, is left out."""
    shown: dict[str, bytes] = {}
    sheet = folder / CONTACT_SHEET
    if sheet.is_file():
        shown[CONTACT] = sheet.read_bytes()
    frames = sorted((folder / "exr").glob("*.exr"))
    if not frames:
        return shown
    try:
        frame = read_exr(frames[len(frames) // 2])
    except SecondUnitError:
        return shown
    found = {words: picture for name, words in _LAYERS if (picture := _picture(frame, name)) is not None}
    return shown | found if len(found) > 1 else shown


def _picture(frame: Exr, name: str) -> bytes | None:
    if name == "touched":
        matte = frame.layers.get("matte")
        pixels = _channel(matte, name) if matte is not None else None
        return None if pixels is None else _jpeg(np.repeat(pixels[..., None], 3, 2))
    layer = frame.layers.get(name)
    if layer is None or layer.pixels.ndim != 3 or layer.pixels.shape[2] < 3:
        return None
    return _jpeg(to_display(np.ascontiguousarray(layer.pixels[..., :3]), _REVIEW))


def _channel(layer: Layer, name: str) -> F32 | None:
    return layer.pixels[..., layer.channels.index(name)] if name in layer.channels else None


def _jpeg(display: F32) -> bytes:
    height, width = display.shape[:2]
    size = (_WIDTH, max(1, round(height * _WIDTH / width)))
    fitted = cv2.resize(display, size, interpolation=cv2.INTER_AREA) if width > _WIDTH else display
    codes = np.clip(fitted[..., ::-1] * 255 + 0.5, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(jpeg)
