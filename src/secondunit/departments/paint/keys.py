"""The frames an artist edited: read from words, held against the plate they were painted on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.errors import BadInput
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
_KEY = re.compile(r"(\d+)=(.+)\Z")
# What half floats and a trip through another program round away, in parts of the value.
ROUNDING = 2e-3
# A picture in another encoding follows a power of the plate this closely (correlation of logarithms).
POWER_LAW = 0.9985


def parse_keys(words: Iterable[str], frames: FrameRange) -> tuple[tuple[int, Path], ...]:
    """Read `1001=edit.1001.exr` words, in the order of frames; raises `BadInput`.

    >>> parse_keys(["1004=b.exr", "1001=a.exr"], FrameRange(1001, 1009))[0]
    (1001, PosixPath('a.exr'))
    """
    found: dict[int, Path] = {}
    for word in words:
        match = _KEY.match(word)
        if not match:
            raise BadInput(
                f"`{word}` is not a key", hint="write the frame and its edit, as in `1001=edit.1001.exr`"
            )
        frame, path = int(match[1]), Path(match[2])
        if frame in found:
            raise BadInput(f"frame {frame} has two edits", hint="give one `--key` for each frame")
        if frame not in frames:
            raise BadInput(
                f"key {frame} is not in the plate's {frames}", hint="give edits of the plate's own frames"
            )
        if not path.is_file():
            raise BadInput(f"the edit `{path}` does not exist", hint="check the path")
        found[frame] = path
    if not found:
        raise BadInput(
            "no key was given", hint="edit a frame of the plate and pass it as `--key 1001=edit.1001.exr`"
        )
    return tuple(sorted(found.items()))


def check_edit(frame: int, edit: F32, plate: F32) -> None:
    """Raise `BadInput` for an edit (h, w, 3) that cannot be one of this plate frame (both ACEScg).

    Another size; the plate itself, unchanged; or the plate in another encoding: a display picture taken for light
    follows a power of the plate so closely that no grade would.
    """
    if edit.shape != plate.shape:
        size, wanted = (f"{p.shape[1]}×{p.shape[0]}" for p in (edit, plate))
        raise BadInput(
            f"the edit of frame {frame} is {size}, the plate {wanted}", hint="paint on the plate's own size"
        )
    if not np.isfinite(edit).all():
        raise BadInput(
            f"the edit of frame {frame} holds values that are no numbers",
            hint="save it again without NaN and infinity",
        )
    if not (np.abs(edit - plate) > ROUNDING * np.maximum(np.abs(plate), 0.05)).any():
        raise BadInput(f"the edit of frame {frame} is the plate itself", hint="pass the frame that was painted")
    gamma = _power(edit, plate)
    if gamma is not None and not 0.67 < gamma < 1.5:
        raise BadInput(
            f"the edit of frame {frame} looks like the plate in another colour space (the plate to the {gamma:.2f})",
            hint="say in which with `--colourspace`, as in `--colourspace 'sRGB - Texture'`",
        )


def _power(edit: F32, plate: F32) -> float | None:
    """The exponent where one picture is a power of the other, else None."""
    step = max(1, plate.shape[0] * plate.shape[1] // 20_000)
    a, b = plate.reshape(-1, 3)[::step].mean(1), edit.reshape(-1, 3)[::step].mean(1)
    lit = (a > 1e-3) & (b > 1e-3) & (a < 0.98) & (b < 0.98)
    if lit.sum() < 500:
        return None
    x, y = np.log(a[lit].astype(np.float64)), np.log(b[lit].astype(np.float64))
    if x.std() < 0.2 or y.std() < 1e-3 or float(np.corrcoef(x, y)[0, 1]) < POWER_LAW:
        return None
    return float(y.std() / x.std())
