"""Pictures to mark: soft forms under texture, from a seed, and movies of them."""

from __future__ import annotations

import io

import av
import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]


def picture(seed: int, height: int = 360, width: int = 640) -> F32:
    """Display code values with a smooth sky, forms and texture below it."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((4, 0.5), (12, 0.25), (40, 0.15), (120, 0.1)):
        noise = rng.random((cells * height // width + 2, cells + 1, 3)).astype(np.float32)
        total += weight * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    sky = np.clip(np.linspace(1.6, -1.2, height, dtype=np.float32), 0, 1)[:, None, None]
    blue = np.array([0.45, 0.6, 0.8], np.float32) + 0.1 * sky
    return np.clip(total * (1 - sky) + blue * sky, 0, 1).astype(np.float32)


def pan(n_frames: int, seed: int = 1, height: int = 360, width: int = 640, step: int = 3) -> list[F32]:
    """A camera that pans over a picture."""
    wide = picture(seed, height, width + step * n_frames)
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
