"""What a trained network says of a plate, whole or in tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from secondunit.engines.keyframe.device import autocast
from secondunit.engines.keyframe.log_code import from_code, to_code
from secondunit.engines.keyframe.network import Shape, ShotNetwork, seen, understood

F32 = npt.NDArray[np.float32]
TILE = 2048  # pixels a side at most, without what overlaps
_BAND = 32  # rows
# The network is never quite sure: below and above these its matte is nothing and everything.
_NOTHING, _EVERYTHING = 0.15, 0.85


def speak(network: ShotNetwork, plate: F32, device: str, *, tile: int = TILE) -> tuple[F32, F32]:
    """The changed picture (h, w, 3) ACEScg and its matte (h, w) 0..1, for a plate (h, w, 3) ACEScg.

    Memory follows `tile`, not the frame. Tiles overlap by the network's reach, so they say what the whole would, but
    for the rounding of 16-bit floats.
    """
    h, w = plate.shape[:2]
    picture, matte = np.empty_like(plate), np.ones((h, w), np.float32)
    aligned = network.shape.aligned
    bottom, right = -h % aligned, -w % aligned
    padded = np.pad(plate, ((0, bottom), (0, right), (0, 0)), mode="edge")
    for rows, around_rows in _spans(h + bottom, tile, network.shape):
        for columns, around_columns in _spans(w + right, tile, network.shape):
            part = torch.from_numpy(np.ascontiguousarray(padded[around_rows, around_columns])).to(device)
            said, soft = _say(network, part, device)
            here = slice(rows.start, min(rows.stop, h)), slice(columns.start, min(columns.stop, w))
            inside = tuple(
                slice(own.start - around.start, own.stop - around.start)
                for own, around in zip(here, (around_rows, around_columns), strict=True)
            )
            picture[here] = said[inside]
            if soft is not None:
                matte[here] = soft[inside]
    return picture, matte


def _say(network: ShotNetwork, plate: Tensor, device: str) -> tuple[F32, F32 | None]:
    """One tile. Codes are made and undone in bands that stay in the cache: three times as fast."""
    side = network.shape.side
    with torch.inference_mode():
        codes = [to_code(plate[top : top + _BAND]) for top in range(0, len(plate), _BAND)]
        taken = torch.cat([seen(code[None], side) for code in codes], 2)
        with autocast(device):
            said = network(taken).split(_BAND // side, 2)
        changes = [understood(band.float(), side)[0] for band in said]
        pictures = [from_code(code + change[..., :3]) for code, change in zip(codes, changes, strict=True)]
        picture: F32 = torch.cat(pictures).cpu().numpy()
        if network.shape.n_said == 3:
            return picture, None
        soft = (torch.cat([change[..., 3] for change in changes]) - _NOTHING) / (_EVERYTHING - _NOTHING)
        return picture, soft.clamp(0, 1).cpu().numpy()


def _spans(size: int, tile: int, shape: Shape) -> Iterator[tuple[slice, slice]]:
    """Pieces of a side, about equal and aligned, and the same with what they must see around them."""
    step = math.ceil(size / math.ceil(size / tile) / shape.aligned) * shape.aligned
    for start in range(0, size, step):
        stop = min(size, start + step)
        yield slice(start, stop), slice(max(0, start - shape.reach), min(size, stop + shape.reach))
