"""A trace as a small file beside its frame, and back.

A zip of arrays (npz) with a JSON head. Patches that were copied together have the same shift, so shifts are kept, as
differences to the left neighbour, their bytes sorted by place: that is what deflate packs well. Places are exact;
weights are rounded to 1/65535, a gradient blend's correction and a model's picture to half float, as the frame is.
What no generated pixel asks for is left out.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.trace import CopyPart, ModelPart, Part, PatchPart, Source, Trace
from secondunit.errors import BadMedia, EngineFailed
from secondunit.store.atomic import write_bytes

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Arrays = Mapping[str, npt.NDArray[Any]]

FORMAT = "second unit trace 1"
FULL = 65535
_HALF_MAX = 65504.0
# Fractions of a pixel that a copy's places are tried in; a place that is none of these keeps its 32 bits.
_UNITS = (1, 4, 16, 64, 256)
_LARGEST = 1 << 28


def save_trace(path: Path, trace: Trace) -> None:
    """Write a trace, in one step: the whole file or none."""
    write_bytes(path, pack_trace(trace))


def load_trace(path: Path) -> Trace:
    """Read a trace; raises `BadMedia` for a file that is missing, cut short or not a trace."""
    try:
        content = path.read_bytes()
    except OSError:
        raise BadMedia(f"`{path}` cannot be read", hint="look whether the version is complete") from None
    return unpack_trace(content, str(path))


def pack_trace(trace: Trace) -> bytes:
    """The content of a trace's file; equal traces, equal bytes."""
    h, w = trace.made.shape
    arrays: dict[str, npt.NDArray[Any]] = {"made": np.packbits(trace.made)}
    parts = []
    for k, (part, share) in enumerate(zip(trace.parts, trace.weights, strict=True)):
        share = np.where(trace.made, share, np.float32(0))
        if not float(np.abs(share).max(initial=0)) <= 1 + 1 / FULL:
            raise EngineFailed(f"weights of part {k} of a trace lie outside −1 to 1", hint="report this engine")
        arrays[f"{k}.weight"] = _pack(np.rint(share.astype(np.float64) * FULL))
        parts.append(_pack_part(part, share != 0, f"{k}.", arrays))
    if trace.correction is not None:
        arrays["correction"] = _pack_floats(trace.correction, trace.made)
    head = {
        "format": FORMAT,
        "size": [h, w],
        "sources": [[source.role, source.frame] for source in trace.sources],
        "parts": parts,
    }
    arrays["head"] = np.frombuffer(json.dumps(head, sort_keys=True).encode(), np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def unpack_trace(content: bytes, name: str = "the trace") -> Trace:
    """The trace in a file's content; `name` is for the message. Raises `BadMedia`."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _unpacked(arrays)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, MemoryError, RecursionError) as error:
        reason = "is damaged" if content else "is empty"
        raise BadMedia(f"`{name}` {reason} and cannot be read", hint="render the frame again") from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, NotImplementedError) as error:
        raise BadMedia(f"`{name}` does not hold a trace", hint="render the frame again") from error


def _pack_part(part: Part, used: Mask, key: str, arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """Put a part's arrays under `key` and say the rest in plain JSON."""
    if isinstance(part, ModelPart):
        arrays[key + "picture"] = _pack_floats(part.picture, used)
        return {"kind": "model", "model": part.model_sha256, "learned_from": list(part.learned_from)}
    h, w = used.shape
    rows, columns = np.arange(h)[:, None], np.arange(w)
    if isinstance(part, PatchPart):
        kernel = np.ones((2 * part.radius + 1,) * 2, np.uint8)
        asked = (cv2.dilate(used.astype(np.uint8), kernel) > 0) & (part.field[..., 0] >= 0)
        arrays[key + "index"] = _pack(np.where(asked, part.field[..., 0], -1))
        arrays[key + "x"] = _pack(np.where(asked, part.field[..., 1] - columns, 0))
        arrays[key + "y"] = _pack(np.where(asked, part.field[..., 2] - rows, 0))
        return {"kind": "patch", "radius": part.radius}
    used = used & (part.source >= 0)
    if not (np.isfinite(part.x[used]).all() and np.isfinite(part.y[used]).all()):
        raise EngineFailed("places of a trace are no numbers", hint="report this engine")
    arrays[key + "index"] = _pack(np.where(used, part.source, -1))
    unit = next((u for u in _UNITS if _fits(part.x[used], u) and _fits(part.y[used], u)), 0)
    for axis, place, own in (("x", part.x, columns), ("y", part.y, rows)):
        if unit:
            shift = (np.where(used, place, 0).astype(np.float64) - own) * unit
            arrays[key + axis] = _pack(np.where(used, np.rint(shift), 0))
        else:
            arrays[key + axis] = _pack(_bits(np.where(used, place, np.float32(0))))
    return {"kind": "copy", "unit": unit}


def _fits(values: F32, unit: int) -> bool:
    scaled = values.astype(np.float64) * unit
    return bool((scaled == np.rint(scaled)).all() and (np.abs(scaled) < 1 << 30).all())


def _bits(values: F32) -> npt.NDArray[np.uint32]:
    return np.ascontiguousarray(values, np.float32).view(np.uint32)


def _pack(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Whole numbers of 32 bits (h, w, …) as differences along the rows, their bytes sorted by place: (4, h, w, …)."""
    plain = values.astype(np.int64).astype(np.uint32)
    step = np.diff(plain, axis=1, prepend=np.zeros_like(plain[:, :1]))
    # Zigzag: small differences of either sign have empty high bytes.
    signed = step.view(np.int32)
    folded = ((signed << 1) ^ (signed >> 31)).view(np.uint32)
    return np.stack([(folded >> (8 * place)).astype(np.uint8) for place in range(4)])


def _unpack(planes: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[np.uint32]:
    if planes.dtype != np.uint8 or planes.shape != (4, *shape):
        raise ValueError(f"planes of {planes.dtype} {planes.shape} where (4, {shape}) belongs")
    folded = np.zeros(shape, np.uint32)
    for place in range(4):
        folded |= planes[place].astype(np.uint32) << np.uint32(8 * place)
    step = (folded >> np.uint32(1)) ^ (np.uint32(0) - (folded & np.uint32(1)))
    return np.cumsum(step, axis=1, dtype=np.uint32)


def _pack_floats(values: F32, kept: Mask) -> npt.NDArray[np.uint8]:
    """Floats (h, w, 3) as half where they fit, (3, h, w, 3), else as they are, (4, h, w, 3)."""
    inside = np.where(kept[..., None], values, np.float32(0)).astype(np.float32)
    if not (np.abs(inside) <= _HALF_MAX).all():
        return _pack(_bits(inside))
    return _pack(inside.astype(np.float16).view(np.uint16))[:3]


def _unpack_floats(planes: npt.NDArray[Any], shape: tuple[int, ...]) -> F32:
    if len(planes) == 3:
        whole = np.concatenate([planes, np.zeros_like(planes[:1])])
        return _unpack(whole, shape).astype(np.uint16).view(np.float16).astype(np.float32)
    return _unpack(planes, shape).view(np.float32)


def _unpacked(arrays: Arrays) -> Trace:
    head = json.loads(arrays["head"].tobytes())
    if head["format"] != FORMAT:
        raise ValueError(f"format {head['format']}")
    h, w = (int(v) for v in head["size"])
    if h < 1 or w < 1 or h * w > _LARGEST:
        raise ValueError(f"size {h} × {w}")
    made = np.unpackbits(arrays["made"], count=h * w).reshape(h, w).astype(bool)
    sources = tuple(Source(_role(role), int(frame)) for role, frame in head["sources"])
    parts = tuple(_unpack_part(told, arrays, f"{k}.", (h, w)) for k, told in enumerate(head["parts"]))
    for part in parts:
        _check_sources(part, len(sources))
    weights = _shares([_unpack(arrays[f"{k}.weight"], (h, w)).view(np.int32) for k in range(len(parts))])
    correction = _unpack_floats(arrays["correction"], (h, w, 3)) if "correction" in arrays else None
    return Trace(sources, made, parts, weights, correction)


def _role(role: str) -> Any:
    if role not in ("plate", "key", "reference"):
        raise ValueError(f"role {role}")
    return role


def _unpack_part(told: Mapping[str, Any], arrays: Arrays, key: str, shape: tuple[int, int]) -> Part:
    if told["kind"] == "model":
        picture = _unpack_floats(arrays[key + "picture"], (*shape, 3))
        return ModelPart(str(told["model"]), tuple(int(v) for v in told["learned_from"]), picture)
    rows, columns = np.arange(shape[0], dtype=np.int64)[:, None], np.arange(shape[1], dtype=np.int64)
    index, x, y = (_unpack(arrays[key + name], shape).view(np.int32) for name in ("index", "x", "y"))
    if told["kind"] == "patch":
        places = np.stack([index, np.where(index < 0, 0, x + columns), np.where(index < 0, 0, y + rows)], -1)
        return PatchPart(places.astype(np.int32), int(told["radius"]))
    if told["kind"] != "copy":
        raise ValueError(f"part {told['kind']}")
    unit = int(told["unit"])
    if unit:
        px = np.where(index < 0, 0, x / unit + columns).astype(np.float32)
        py = np.where(index < 0, 0, y / unit + rows).astype(np.float32)
    else:
        px, py = x.view(np.float32), y.view(np.float32)
    if not (np.isfinite(px).all() and np.isfinite(py).all()):
        raise ValueError("places that are no numbers")
    return CopyPart(index, px, py)


def _check_sources(part: Part, n_sources: int) -> None:
    if isinstance(part, ModelPart):
        found = np.array(part.learned_from, np.int32)
    else:
        found = part.field[..., 0] if isinstance(part, PatchPart) else part.source
    if found.size and (found.min() < -1 or found.max() >= n_sources):
        raise ValueError("a source that is not in the list")


def _shares(rounded: list[npt.NDArray[np.int32]]) -> tuple[F32, ...]:
    """Weights from their rounded numbers: where only rounding keeps their sum from 1, it is 1 again."""
    if not rounded:
        return ()
    total = np.sum([weight.astype(np.int64) for weight in rounded], axis=0)
    whole = np.where(np.abs(total - FULL) <= len(rounded), total, FULL)
    return tuple((weight / whole).astype(np.float32) for weight in rounded)
