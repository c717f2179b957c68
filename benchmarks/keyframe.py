"""The keyframe engine on a clip whose every frame has its truth: quality, speed by size, flicker. Prints JSON.

    python benchmarks/keyframe.py [--minutes 2 5] [--cpu] [--pictures FOLDER]

The clip is `sam2_01_dog` at 640×360 with the look of `keyframe_look.py` on frames 0, 40 and 80; the figure is the mean
PSNR of six frames between. `--cpu` lets a minute be 120 CPU seconds instead of wall time: on a busy machine that is
what two idle cores would have done.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from keyframe_look import look

from secondunit.engines.contract import Context, EngineJob
from secondunit.engines.keyframe.device import numbers, one_thread
from secondunit.engines.keyframe.engine import KeyframeEngine
from secondunit.engines.keyframe.model_file import MODEL, read_model
from secondunit.engines.keyframe.network import ShotNetwork
from secondunit.engines.keyframe.settings import KeyframeSettings
from secondunit.engines.keyframe.speak import speak
from secondunit.kernels.flow import flow_between, perceptual
from secondunit.kernels.warp import warp
from secondunit.media.colour import SRGB, from_working, to_working
from secondunit.media.images import write_picture
from secondunit.media.movies import look_at_movie, read_movie
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or Path(__file__).parents[2] / "shared" / "footage")
CLIP = "clips/sam2_01_dog.mp4"
KEYS, HELD_OUT = (0, 40, 80), (10, 20, 30, 50, 60, 70)
STEADY = range(20, 32)  # frames whose flicker is measured
PATCHES_DB = 30.5  # from the nearest key, by the prototype, on the same job
SIZES = {"640x360": (640, 360), "1920x1080": (1920, 1080), "3840x2160": (3840, 2160)}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, nargs="+", default=[2.0, 5.0])
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--pictures", type=Path)
    asked = parser.parse_args()
    one_thread()
    codes = _codes()
    clock: Callable[[], float] = (lambda: time.process_time() / 2) if asked.cpu else time.monotonic
    said: dict[str, Any] = {"numbers": str(numbers("cpu")), "patches_db": PATCHES_DB, "trained": []}
    for minutes in asked.minutes:
        with tempfile.TemporaryDirectory() as folder:
            network, row = _trained(codes, minutes, clock, Path(folder))
        said["trained"].append(
            {"minutes": minutes, **row, **_quality(codes, network), **_flicker(codes, network)}
        )
    said["frame"] = {name: _speed(codes, network, size) for name, size in SIZES.items()}
    if asked.pictures:
        _draw(codes, network, asked.pictures)
    print(json.dumps(said, indent=1))


def _codes() -> list[U8]:
    movie = look_at_movie(FOOTAGE / CLIP, SRGB, Fraction(30000, 1001))
    frames = read_movie(movie, count=max(KEYS) + 1)
    small = (cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA) for frame in frames)
    return [(np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8) for frame in small]


def _linear(codes: U8) -> F32:
    return to_working((codes / 255).astype(np.float32), SRGB)


def _trained(
    codes: list[U8], minutes: float, clock: Callable[[], float], folder: Path
) -> tuple[ShotNetwork, dict[str, Any]]:
    def nothing(*_: Any) -> Any:
        raise AssertionError("the engine asked for what it was not promised")

    context = Context(
        plate=lambda frame: _linear(codes[frame]),
        key=lambda frame: _linear(look(codes[frame])),
        mask=nothing,
        guide=nothing,
        reference=nothing,
        take=lambda name: folder,
        folder=folder,
        workbench=folder,
    )
    settings = KeyframeSettings(minutes=minutes, device="cpu")
    job = EngineJob(FrameRange(0, max(KEYS)), 360, 640, seed=1, settings=settings, keys=KEYS)
    engine = KeyframeEngine(clock)
    cpu, wall = time.process_time(), time.monotonic()
    list(engine.render(job, engine.plan(job)[0], context))
    row = {"cpu_s": round(time.process_time() - cpu, 1), "wall_s": round(time.monotonic() - wall, 1)}
    network, card = read_model(folder / MODEL, "cpu")
    size = (folder / MODEL).stat().st_size
    return network, {**row, "steps": card.steps, "exam_db": card.exam_db, "model_kb": round(size / 1000)}


def _quality(codes: list[U8], network: ShotNetwork) -> dict[str, Any]:
    found = [_psnr(_answer(network, codes[frame]), look(codes[frame])) for frame in HELD_OUT]
    mean = statistics.mean(found)
    return {"db": round(mean, 2), "worst_db": round(min(found), 2), "over_patches": round(mean - PATCHES_DB, 2)}


def _answer(network: ShotNetwork, codes: U8) -> U8:
    picture, _ = speak(network, _linear(codes), "cpu")
    return (np.clip(from_working(picture, SRGB), 0, 1) * 255 + 0.5).astype(np.uint8)


def _psnr(a: U8, b: U8) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(np.float64) - b) ** 2)))


def _flicker(codes: list[U8], network: ShotNetwork) -> dict[str, float]:
    """Change along the plate's motion over the plate's own, of the network's frames and of the true ones.

    The look itself doubles contrast and so change: what a network adds to it is the ratio of the two.
    """
    plates = [_linear(codes[frame]) for frame in STEADY]
    ours = [speak(network, plate, "cpu")[0] for plate in plates]
    truth = [_linear(look(codes[frame])) for frame in STEADY]
    flows = [flow_between(a, b) for a, b in pairwise(plates)]

    def change(frames: list[F32]) -> float:
        return statistics.mean(
            float(np.mean(np.abs(perceptual(a) - perceptual(warp(b, flow)))))
            for (a, b), flow in zip(pairwise(frames), flows, strict=True)
        )

    still, true, made = change(plates), change(truth), change(ours)
    return {
        "flicker": round(made / still, 3),
        "flicker_of_truth": round(true / still, 3),
        "flicker_over_truth": round(made / true, 3),
    }


def _speed(codes: list[U8], network: ShotNetwork, size: tuple[int, int]) -> dict[str, float]:
    """CPU seconds of a frame on one thread, and how far its tiles are from the whole, as a perceptual value."""
    plate = _linear(cv2.resize(codes[0], size, interpolation=cv2.INTER_CUBIC))
    spent = []
    for _ in range(3):
        begun = time.process_time()
        picture, _ = speak(network, plate, "cpu")
        spent.append(time.process_time() - begun)
    tiled, _ = speak(network, plate, "cpu", tile=256)
    apart = np.abs(perceptual(picture) - perceptual(tiled))
    return {"cpu_s": round(statistics.median(spent), 3), "tiles_apart": float(f"{apart.max():.2g}")}


def _draw(codes: list[U8], network: ShotNetwork, folder: Path) -> None:
    """Plate, network and truth of every frame between, side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in HELD_OUT:
        row = [codes[frame], _answer(network, codes[frame]), look(codes[frame])]
        write_picture(folder / f"keyframe_{frame:04d}.png", (np.concatenate(row, 1) / 255).astype(np.float32))


if __name__ == "__main__":
    main()
