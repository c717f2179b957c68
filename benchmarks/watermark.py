"""The watermark: what a frame costs, what it survives, how near unmarked pictures come to a claim.

    python benchmarks/watermark.py [CLIP …] [--unmarked FOLDER] [--frames 48] [--no-full]

Prints JSON. Without clips it pans over a photograph that ships with scikit-learn. `--unmarked` reads every picture and
clip of a folder as it is. `--no-full` leaves out the network at full resolution (a quarter of a minute at 1920).
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import os
import platform
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from secondunit.callsheet.collapse.demo import photograph
from secondunit.errors import BadInput
from secondunit.media.colour import SRGB
from secondunit.media.images import read_still
from secondunit.media.movies import is_movie, look_at_movie, read_movie
from secondunit.media.sequences import PICTURE_SUFFIXES
from secondunit.provenance.watermark.watermark import decode, embed
from secondunit.provenance.watermark.watermark_movie import mark_frames
from secondunit.provenance.watermark.watermark_networks import mark_residual
from secondunit.provenance.watermark.watermark_payload import payload_bits, word_chance
from secondunit.provenance.watermark.watermark_vote import LIMIT, spread, vote

INDEX = 1_234_567
N_READ = 36  # as many as `identify` reads
CONDITIONS = ((16, 1.0), (33, 1.0), (23, 0.5), (33, 0.5))
WIDTHS = (640, 1280, 1920)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--unmarked", type=Path)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--full", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args()
    answer: dict[str, Any] = {
        "when": dt.date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "cost": [cost(width, asked.full) for width in WIDTHS],
        "survives": [survives(str(path.name), clip(path, asked.frames)) for path in asked.clips]
        or [survives("pan over china.jpg", pan(asked.frames))],
    }
    if asked.unmarked:
        answer["unmarked"] = unmarked(asked.unmarked)
    print(json.dumps(answer, indent=2))


def cost(width: int, full: bool) -> dict[str, Any]:
    """Seconds a frame: marked anew, with a residual that is kept, read, and by the plain network at full size."""
    frame = pan(1, width)[0]
    bits = payload_bits(INDEX)
    still = mark_frames([frame] * 4, INDEX)
    next(still)
    found = {
        "width": width,
        "mark_s": seconds(lambda: embed(frame, INDEX)),
        "mark_kept_s": seconds(lambda: next(still), 3),
        "read_s": seconds(lambda: decode(frame)),
    }
    if full:
        found["full_network_s"] = seconds(lambda: mark_residual(frame, bits[0]), 1)
        found["times_faster"] = round(found["full_network_s"] / found["mark_s"], 1)
        found["times_faster_kept"] = round(found["full_network_s"] / found["mark_kept_s"], 1)
    return found


def survives(name: str, frames: list[np.ndarray]) -> dict[str, Any]:
    """Fidelity, and what a clip vote reads after H.264 at several qualities and sizes."""
    start = time.perf_counter()
    marked = list(mark_frames(frames, INDEX))
    spent = time.perf_counter() - start
    fidelity = [
        -10 * np.log10(np.mean((a.astype(np.float64) - b) ** 2)) for a, b in zip(frames, marked, strict=True)
    ]
    rows = []
    for crf, scale in CONDITIONS:
        seen = through_h264(marked, crf, scale)
        soft = [decode(seen[k * len(seen) // N_READ]) for k in spread(N_READ)]
        reading = vote(soft)
        right = payload_bits(INDEX) * 2.0 - 1
        word = sum(one / np.abs(one).mean(axis=1, keepdims=True) * right for one in soft).sum(axis=0)
        rows.append(
            {
                "crf": crf,
                "scale": scale,
                "word_bits_right": int((word > 0).sum()),
                "signs_right_per_frame": round(float(np.mean([(one * right > 0).mean() for one in soft])), 3),
                "signs_right_by_vote": round(float((np.sum(soft, axis=0) * right > 0).mean()), 3),
                "index_right": reading.index == INDEX,
                "claimed": reading.index == INDEX and reading.chance <= LIMIT,
                "chance": float(f"{reading.chance:.1e}"),
            }
        )
    return {
        "clip": name,
        "size": f"{frames[0].shape[1]}x{frames[0].shape[0]}",
        "frames": len(frames),
        "mark_s_per_frame": round(spent / len(frames), 3),
        "psnr_mean": round(float(np.mean(fidelity)), 2),
        "psnr_least": round(float(min(fidelity)), 2),
        "after": rows,
    }


def unmarked(folder: Path) -> dict[str, Any]:
    """How near unmarked files come to a claim, and whether the bound holds for single words, tried by the million."""
    chances, n_tried, met = [], 0, dict.fromkeys((1e-3, 1e-4, 1e-5), 0)
    rng = np.random.default_rng(1)
    words = (
        np.stack([payload_bits(int(index)) for index in rng.integers(0, 1 << 24, 4000)]).astype(np.float64) * 2
        - 1
    )
    for path in sorted(folder.rglob("*")):
        try:
            frames = clip(path, N_READ) if is_movie(path) else still(path)
        except BadInput:
            continue
        if not frames:
            continue
        soft = [decode(frame) for frame in frames]
        chances.append(vote(soft).chance)
        mean = np.mean([one / np.maximum(np.abs(one).mean(axis=1, keepdims=True), 1e-9) for one in soft], axis=0)
        agreed = (words * mean).sum(axis=(1, 2))
        for word in words[np.argsort(-agreed)[:80]]:  # the others are far above any of the limits
            bound = word_chance(mean * word)
            for limit in met:
                met[limit] += bound <= limit
        n_tried += len(words)
    return {
        "files": len(chances),
        "least_chance": float(f"{min(chances):.1e}"),
        "claimed": sum(chance <= LIMIT for chance in chances),
        "single_words_tried": n_tried,
        "share_below": {str(limit): count / n_tried for limit, count in met.items()},
    }


def pan(n_frames: int, width: int = 1280) -> list[np.ndarray]:
    """A camera that pans over a photograph, 16:9."""
    height, across = width * 9 // 16, width + 3 * n_frames
    codes = read_still(photograph()).pixels
    wide = cv2.resize(
        codes, (across, round(codes.shape[0] * across / codes.shape[1])), interpolation=cv2.INTER_CUBIC
    )
    wide = np.clip(wide[:height], 0, 1)
    return [np.ascontiguousarray(wide[:, 3 * k : 3 * k + width]) for k in range(n_frames)]


def clip(path: Path, n_frames: int) -> list[np.ndarray]:
    """The first frames of a movie, display-referred: a camera's codes go beyond black and white."""
    frames = read_movie(look_at_movie(path, colourspace=SRGB, rate=Fraction(24)), count=n_frames)
    return [np.clip(frame, 0, 1) for frame in frames]


def still(path: Path) -> list[np.ndarray]:
    """A picture, as wide as a review movie; nothing for another kind of file."""
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        return []
    pixels = read_still(path).pixels
    size = (1280, max(8, round(pixels.shape[0] * 1280 / pixels.shape[1])))
    return [np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)]


def through_h264(frames: list[np.ndarray], crf: int, scale: float) -> list[np.ndarray]:
    """Frames as a distributor's H.264 movie shows them."""
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
    file.seek(0)
    with av.open(file) as container:
        return [f.to_ndarray(format="rgb24").astype(np.float32) / 255 for f in container.decode(video=0)]


def seconds(run: Callable[[], object], n_runs: int = 2) -> float:
    """Wall seconds of the quickest run after the first, which loads the network."""
    taken = []
    for _ in range(n_runs):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return round(min(taken), 4)


if __name__ == "__main__":
    main()
