"""Pictures to mark: photographs that ship with a package, and movies of them."""

from __future__ import annotations

import io
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import sklearn

from secondunit.media.images import read_still

F32 = npt.NDArray[np.float32]


def picture(name: str = "china.jpg", height: int = 360, width: int = 640) -> F32:
    """A photograph that ships with scikit-learn (a pagoda under the sky, or `flower.jpg`), in 0..1."""
    # Read from its file: the package's own reader asks for Pillow.
    codes = read_still(Path(sklearn.__file__).parent / "datasets" / "images" / name).pixels
    tall = round(codes.shape[0] * width / codes.shape[1])
    scaled = cv2.resize(codes, (width, max(height, tall)), interpolation=cv2.INTER_AREA)
    top = (scaled.shape[0] - height) // 2
    return np.ascontiguousarray(scaled[top : top + height], np.float32)


def pan(n_frames: int, name: str = "china.jpg", height: int = 360, width: int = 640, step: int = 3) -> list[F32]:
    """A camera that pans over a photograph."""
    wide = picture(name, height, width + step * n_frames)
    return [np.ascontiguousarray(wide[:, step * k : step * k + width]) for k in range(n_frames)]


def psnr(a: F32, b: F32) -> float:
    """Peak signal to noise ratio in dB, of code values 0..1."""
    return float(-10 * np.log10(np.mean((a.astype(np.float64) - b) ** 2)))


def through_h264(frames: list[F32], *, crf: int, scale: float = 1.0) -> bytes:
    """An H.264 movie of the frames at another size, as a distributor would make it."""
    height, width = (round(side * scale / 2) * 2 for side in frames[0].shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": str(crf), "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for rgb in frames:
            codes = np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
            small = cv2.resize(codes, (width, height), interpolation=cv2.INTER_AREA)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(small, format="rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()
