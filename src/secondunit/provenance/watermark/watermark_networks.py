"""The two small networks of RivaGAN, as they lie in the package `invisible-watermark` 0.2.0 (MIT), run by ONNX Runtime.

K. A. Zhang, L. Xu, A. Cuesta-Infante, K. Veeramachaneni: "Robust Invisible Video Watermarking with Attention", 2019.
The package's own code is never imported, since it asks for torch: its two data files are read, and only as the very
bytes that were measured. One thread a network: the same picture and bits give the same numbers on any machine's cores.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from secondunit.errors import EngineFailed

F32 = npt.NDArray[np.float32]

WEIGHTS = "invisible-watermark==0.2.0"
_SHA256 = {
    "rivagan_encoder.onnx": "66bc7814fadac7d686105c8ab26c6cf2cc8e40deb83e67bb6ef5b9de9b8ece0d",
    "rivagan_decoder.onnx": "6b006690cf352fa50a91a0b6d6241dbcded0a9957969e2c0665cf9a7011b3880",
}


def mark_residual(picture: F32, bits: npt.NDArray[np.uint8]) -> F32:
    """What the encoder adds to a picture (h, w, 3) of display code values 0..1 so that it carries 32 bits.

    Same shape and units; about ±0.013 at most. Raises `EngineFailed` when the weights are not installed.
    """
    data = bits.astype(np.float32)[None]
    marked = _session("rivagan_encoder.onnx").run(None, {"frame": _as_input(picture), "data": data})[0]
    shown = (np.asarray(marked, np.float32)[0, :, 0].transpose(1, 2, 0) + np.float32(1)) / np.float32(2)
    return (shown - picture).astype(np.float32)


def read_bits(picture: F32) -> F32:
    """Soft bits (32,) of a picture (h, w, 3) in 0..1: above 0 leans to a one, no unit. Raises `EngineFailed`."""
    soft: F32 = np.asarray(
        _session("rivagan_decoder.onnx").run(None, {"frame": _as_input(picture)})[0][0], np.float32
    )
    return soft


def _as_input(picture: F32) -> F32:
    """(1, 3, 1, h, w) in -1..1: one picture of one frame."""
    return np.ascontiguousarray((picture * 2 - 1).transpose(2, 0, 1)[None, :, None], np.float32)


@cache
def _session(name: str) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_weights(name), options, providers=["CPUExecutionProvider"])


def _weights(name: str) -> bytes:
    try:
        path = Path(str(distribution(WEIGHTS.partition("==")[0]).locate_file(f"imwatermark/{name}")))
        data = path.read_bytes()
    except (PackageNotFoundError, OSError):
        raise EngineFailed(
            "the watermark's networks are not installed", hint=f"`pip install --no-deps {WEIGHTS}`"
        ) from None
    if hashlib.sha256(data).hexdigest() != _SHA256[name]:
        raise EngineFailed(
            f"`{name}` is not the network that was measured",
            hint=f"`pip install --no-deps --force-reinstall {WEIGHTS}`",
        )
    return data
