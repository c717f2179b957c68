"""Movie frames to R'G'B' and back, in floats and by the standards' own numbers.

FFmpeg's scaler is 0.5 of an 8-bit code too dark on the way from 10 bits to RGB (measured) and treats full range
in two ways, so the planes are read here: matrices of ITU-R BT.601, BT.709 and BT.2020, ranges of BT.709 and
JPEG, chroma sited left as H.264 and ProRes have it.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from av import VideoFrame

from secondunit.errors import BadMedia

F32 = npt.NDArray[np.float32]

# Red and blue shares of luma by the matrix number of ITU-T H.273.
_SHARES = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
_FULL_RANGE = 2
# Layouts whose bytes are only in another order.
_PLANAR_TWIN = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "nv24": "yuv444p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "p010le": "yuv420p10le",
    "p016le": "yuv420p16le",
    "p210le": "yuv422p10le",
}


def frame_to_rgb(frame: VideoFrame, matrix: int) -> F32:
    """A decoded frame as R'G'B' (h, w, 3): 0..1 between black and white, beyond where the frame goes beyond."""
    name = frame.format.name
    if name.endswith("be"):
        frame = frame.reformat(format=name[:-2] + "le")
    elif name in _PLANAR_TWIN:
        frame = frame.reformat(format=_PLANAR_TWIN[name])
    if frame.format.is_rgb or frame.format.has_palette or name.startswith("mono"):
        return _rgb(frame)
    if not name.startswith(("yuv", "gray")) and name not in _PLANAR_TWIN:
        raise BadMedia(f"the pixel layout `{name}` is not read", hint="export the movie as ProRes or H.264")
    return _from_planes(frame, matrix)


def guess_matrix(tagged: int, height: int) -> int:
    """The matrix number in force: the tag, else BT.709 for high definition and BT.601 below (BT.709 part 2)."""
    return tagged if tagged in _SHARES else 1 if height >= 720 else 6


def rgb_to_planes(rgb: F32, *, bits: int, halve_rows: bool) -> tuple[npt.NDArray[Any], ...]:
    """R'G'B' (h, w, 3) in 0..1 to BT.709 limited-range planes: Y (h, w), Cb and Cr (h or h/2, w/2)."""
    red, blue = _SHARES[1]
    green = 1 - red - blue
    luma = rgb @ np.array([red, green, blue], np.float32)
    cb = (rgb[..., 2] - luma) / np.float32(2 * (1 - blue))
    cr = (rgb[..., 0] - luma) / np.float32(2 * (1 - red))
    unit = 1 << (bits - 8)
    dtype = np.uint8 if bits == 8 else np.uint16
    planes = [np.round(unit * (16 + 219 * luma))]
    for chroma in (cb, cr):
        small = _halve(chroma, rows=halve_rows)
        planes.append(np.round(unit * (128 + 224 * small)))
    return tuple(np.clip(p, unit, 255 * unit - 1).astype(dtype) for p in planes)


def planes_to_frame(planes: tuple[npt.NDArray[Any], ...], layout: str) -> VideoFrame:
    """Planes as a frame of an FFmpeg layout such as `yuv422p10le`, tagged BT.709 limited range."""
    height, width = planes[0].shape
    frame = VideoFrame(width, height, layout)
    for plane, values in zip(frame.planes, planes, strict=True):
        across = plane.line_size // values.itemsize
        padded = np.zeros((plane.height, across), values.dtype)
        padded[:, : values.shape[1]] = values
        plane.update(padded.tobytes())
    frame.colorspace = 1
    frame.color_range = 1
    return frame


def _rgb(frame: VideoFrame) -> F32:
    # From 8 bits to 16 FFmpeg shifts, which is 0.4 % too dark.
    deep = max(component.bits for component in frame.format.components) > 8
    packed = np.asarray(frame.reformat(format="rgb48le" if deep else "rgb24").to_ndarray(), np.float32)
    return packed / np.float32(65535 if deep else 255)


def _from_planes(frame: VideoFrame, matrix: int) -> F32:
    bits = frame.format.components[0].bits
    full = frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj")
    unit = np.float32(1 << (bits - 8))
    top = np.float32((1 << bits) - 1)
    luma = _plane(frame, 0)
    luma = luma / top if full else (luma / unit - 16) / np.float32(219)
    if len(frame.format.components) < 3:
        return np.repeat(luma[..., None], 3, axis=2)
    height, width = luma.shape
    half = np.float32(1 << (bits - 1))
    chroma = []
    for i in (1, 2):
        small = _plane(frame, i)
        small = (small - half) / top if full else (small - half) / (unit * np.float32(224))
        chroma.append(_grow(small, height, width))
    cb, cr = chroma
    red, blue = _SHARES[matrix]
    r = luma + np.float32(2 * (1 - red)) * cr
    b = luma + np.float32(2 * (1 - blue)) * cb
    g = (luma - np.float32(red) * r - np.float32(blue) * b) / np.float32(1 - red - blue)
    return np.stack([r, g, b], axis=2)


def _plane(frame: VideoFrame, i: int) -> F32:
    plane = frame.planes[i]
    dtype = np.uint8 if frame.format.components[i].bits == 8 else np.uint16
    rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)
    return rows[:, : plane.width].astype(np.float32)


def _grow(small: F32, height: int, width: int) -> F32:
    """Chroma at every pixel: sited left across, in the middle between rows down."""
    if small.shape[0] < height:
        size = (small.shape[1], 2 * small.shape[0])
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.float32)
    if small.shape[1] < width:
        across = small.shape[1]
        wide = np.empty((small.shape[0], 2 * across), np.float32)
        wide[:, 0::2] = small
        wide[:, 1:-1:2] = (small[:, :-1] + small[:, 1:]) * np.float32(0.5)
        wide[:, -1] = small[:, -1]
        small = wide
    return small[:height, :width]


def _halve(chroma: F32, *, rows: bool) -> F32:
    padded = np.pad(chroma, ((0, 0), (1, 1)), mode="edge")
    small: F32 = (padded[:, 0:-2:2] + 2 * padded[:, 1:-1:2] + padded[:, 2::2]) * np.float32(0.25)
    if rows:
        small = (small[0::2] + small[1::2]) * np.float32(0.5)
    return small
