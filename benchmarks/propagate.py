"""How well and how fast edited frames are carried: a known edit of a real clip, so that every frame has its truth.

`python benchmarks/propagate.py [--frames 81] [--size 640x360]` prints JSON: PSNR of held-out frames (8-bit codes)
beside flow warp and plain copies from the nearest key, flicker over the plate's and over the truth's, CPU seconds a
frame, peak memory, and how that compares with EbSynth's stored seconds (two passes a frame, no blend).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from keyframe_look import look

from secondunit.engines.contract import Context, EngineFrame, EngineJob
from secondunit.engines.propagate.engine import PropagateEngine, PropagateSettings
from secondunit.engines.trace import PatchPart
from secondunit.kernels.flow import flow_between, perceptual
from secondunit.kernels.patch.synthesis import vote
from secondunit.kernels.warp import warp
from secondunit.media.colour import SRGB, from_working, to_working
from secondunit.media.movies import look_at_movie, read_movie
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or Path(__file__).parents[2] / "shared" / "footage")
CLIP = "clips/sam2_01_dog.mp4"
KEYS, HELD_OUT = (0, 40, 80), (10, 20, 30, 50, 60, 70)
EBSYNTH_S_A_PIXEL = 91.5 / (1280 * 720)  # CPU seconds of one pass, stored: measured on two cores with AVX-512


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=max(KEYS) + 1)
    parser.add_argument("--size", default="640x360")
    asked = parser.parse_args()
    width, height = (int(side) for side in asked.size.split("x"))
    codes = _clip(asked.frames, (width, height))
    with tempfile.TemporaryDirectory() as folder:
        list(_carried(codes[:3], (0,), Path(folder)))  # compiles
    begun, rows, made = time.process_time(), [], []
    with tempfile.TemporaryDirectory() as folder:
        for one in _carried(codes, [key for key in KEYS if key < len(codes)], Path(folder)):
            made.append(one.picture)
            if one.frame in HELD_OUT:
                rows.append((one.frame, _others(codes, one)))
    # What the comparison costs is taken off again.
    spent = time.process_time() - begun - sum(row["cost"] for _, row in rows)
    a_frame = spent / len(codes)
    said = {
        "clip": CLIP,
        "size": asked.size,
        "keys": KEYS,
        "db": {frame: _psnr(made[frame], look(codes[frame])) for frame, _ in rows},
        **{name: statistics.mean(row[name] for _, row in rows) for name in ("flow_warp_db", "nearest_copy_db")},
        **_flicker(codes, made),
        "cpu_s_a_frame": a_frame,
        "ebsynth_over_ours": 2 * EBSYNTH_S_A_PIXEL * width * height / a_frame,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    said["mean_db"] = statistics.mean(said["db"].values())
    print(json.dumps(said, indent=1, default=float))


def _clip(n_frames: int, size: tuple[int, int]) -> list[U8]:
    frames = read_movie(look_at_movie(FOOTAGE / CLIP, SRGB, Fraction(30000, 1001)), count=n_frames)
    small = (cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames)
    return [(np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8) for frame in small]


def _linear(codes: U8) -> F32:
    return to_working((codes / 255).astype(np.float32), SRGB)


def _carried(codes: list[U8], keys: tuple[int, ...] | list[int], folder: Path) -> Iterator[EngineFrame]:
    engine, takes = PropagateEngine(), {}

    def nothing(*_: Any) -> Any:
        raise AssertionError("the engine asked for what it was not promised")

    job = EngineJob(
        FrameRange(0, len(codes) - 1), *codes[0].shape[:2], seed=1, settings=PropagateSettings(), keys=tuple(keys)
    )
    plates = [_linear(frame) for frame in codes]
    edited = {key: _linear(look(codes[key])) for key in keys}
    for number, chunk in enumerate(engine.plan(job)):
        takes[chunk.name] = folder / str(number)
        takes[chunk.name].mkdir()
        context = Context(
            plate=plates.__getitem__, key=edited.__getitem__, mask=nothing,
            guide=nothing, reference=nothing, take=takes.__getitem__, folder=takes[chunk.name],
            workbench=takes[chunk.name],
        )  # fmt: skip
        yield from engine.render(job, chunk, context)


def _others(codes: list[U8], made: EngineFrame) -> dict[str, float]:
    """The same frame by flow alone and by copying the key's pixels, from the nearest key."""
    begun = time.process_time()
    nearest = min(KEYS, key=lambda key: abs(key - made.frame))
    key, truth = _linear(look(codes[nearest])), look(codes[made.frame])
    flow = flow_between(_linear(codes[made.frame]), _linear(codes[nearest]))
    field = next(
        part.field
        for part in made.trace.parts
        if isinstance(part, PatchPart) and _source_of(made, part) == ("key", nearest)
    )
    copied = vote(key, np.ascontiguousarray(field[..., 1:]), 2)
    found = {"flow_warp_db": _psnr(warp(key, flow), truth), "nearest_copy_db": _psnr(copied, truth)}
    return {**found, "cost": time.process_time() - begun}


def _source_of(made: EngineFrame, part: PatchPart) -> tuple[str, int]:
    source = made.trace.sources[int(part.field[0, 0, 0])]
    return source.role, source.frame


def _psnr(picture: F32, truth: U8) -> float:
    codes = np.clip(from_working(picture, SRGB), 0, 1) * 255
    return float(10 * np.log10(255**2 / np.mean((codes.astype(np.float64) - truth) ** 2)))


def _flicker(codes: list[U8], made: list[F32]) -> dict[str, float]:
    """Change along the plate's motion, of ours and of the true frames, over the plate's own."""
    plates = [_linear(frame) for frame in codes]
    flows = [flow_between(b, a) for a, b in pairwise(plates)]

    def change(frames: list[F32]) -> float:
        return statistics.mean(
            float(np.abs(perceptual(b) - perceptual(warp(a, flow))).mean())
            for (a, b), flow in zip(pairwise(frames), flows, strict=True)
        )

    still, true = change(plates), change([_linear(look(frame)) for frame in codes])
    ours = change(made)
    return {"flicker": ours / still, "flicker_of_truth": true / still, "flicker_over_truth": ours / true}


if __name__ == "__main__":
    main()
