"""The patch engine's kernels against EbSynth and GPNN: the same job, one independent judge. Prints JSON.

    python benchmarks/patch.py CLIP.mp4 [--ebsynth libebsynth.so] [--size 512|720] [--repeats 3] [--tree]
    python benchmarks/patch.py PICTURE.jpg --vary
    python benchmarks/patch.py CLIP.mp4 --vary

The job: frame 0 of a clip carries an edit that is a known function (so each frame has its truth); carry it to frame 10.
Guides: edges (1 channel), colour (3), position warped by flow (2), weights 1 / 6 / 2; three style channels at 1.
`--ebsynth` names EbSynth built as a shared library from its public source:

    g++ src/ebsynth.cpp src/ebsynth_cpu.cpp src/ebsynth_nocuda.cpp -DNDEBUG -O6 -fopenmp -Iinclude -std=c++11 \\
        -shared -fPIC -o libebsynth.so

`--vary` measures variations instead: of a still at 250 × 188, with the mean distance of 7 × 7 patches to their nearest
in both directions (of −1..1 values, all of the other side compared), or of a clip of 15 × 144 × 256.

Without it figures measured earlier are shown, as stored. E is the mean weighted patch distance of the final picture at
the final field, judged here for both; every run is a process of its own, ours and theirs in turn.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from secondunit.kernels.flow import perceptual, scene_linear
from secondunit.kernels.patch.settings import PatchSettings

STORED = {
    "512": {"cpu_s": 20.7, "energy": 5240.0, "psnr_db": 31.8, "peak_mb": 140},
    "720": {"cpu_s": 91.5, "energy": 2867.0, "psnr_db": 33.5, "peak_mb": 294},
    "efficient_gpnn": {"cpu_s": 9.5, "out_to_source": 0.0019, "source_to_out": 0.0089, "peak_mb": 638},
    "vgpnn": {"cpu_s": 2400.0},
}
GUIDE_WEIGHTS = (1.0, 2.0, 2.0, 2.0, 1.0, 1.0)
STYLE_WEIGHT = 1.0
SIZES = {"512": (512, 512), "720": (1280, 720)}


def read(clip: Path, size: tuple[int, int], n: int) -> list[np.ndarray]:
    """The first `n` frames as RGB bytes at `size` (w, h), cut to its shape in the middle."""
    film, frames = cv2.VideoCapture(str(clip)), []
    for _ in range(n):
        picture = film.read()[1][..., ::-1]
        h, w = picture.shape[:2]
        wide = min(w, h * size[0] // size[1])
        left = (w - wide) // 2
        frames.append(cv2.resize(picture[:, left : left + wide], size, interpolation=cv2.INTER_AREA))
    return frames


def edit(frame: np.ndarray) -> np.ndarray:
    """A look as an artist would give it: leaves to autumn, skin smoothed, local contrast, a split tone; bytes."""
    rgb = frame.astype(np.float32) / 255
    scale = frame.shape[1] / 640
    hue, saturation = (cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)[..., k] for k in (0, 1))

    def near(centre: float, width: float, gain: float) -> np.ndarray:
        part = np.clip(1 - np.abs((hue - centre + 180) % 360 - 180) / width, 0, 1) * np.clip(
            saturation * gain, 0, 1
        )
        return cv2.GaussianBlur(part, (0, 0), 2.5 * scale)[..., None]

    leaves, skin = near(95, 55, 3), near(20, 25, 4) * np.float32(0.8)
    grey = rgb.mean(2)
    base = cv2.GaussianBlur(grey, (0, 0), 10 * scale)[..., None]
    smooth = cv2.bilateralFilter(rgb, int(9 * scale) | 1, 0.12, 6 * scale)
    out = rgb * (1 - skin) + smooth * skin + np.float32(1.1) * (grey[..., None] - base) * (1 - skin)
    autumn = np.stack([out[..., 1] * 1.25 + 0.05, out[..., 1] * 0.62, out[..., 2] * 0.45], -1)
    out = np.clip(out * (1 - leaves) + autumn * leaves, 0, 1)
    out = out * out * (3 - 2 * out) * 0.55 + out * 0.45
    dark = 1 - np.clip(base * 1.6, 0, 1)
    out = out + dark * np.float32([-0.03, 0.02, 0.07]) + (1 - dark) * np.float32([0.05, 0.015, -0.05])
    return (np.clip(out, 0, 1) * 255 + 0.5).astype(np.uint8)


def job(clip: Path, size: str) -> dict[str, np.ndarray]:
    """Style, guides of both sides and the truth."""
    frames = read(clip, SIZES[size], 11)
    key, target = frames[0], frames[10]
    h, w = key.shape[:2]
    grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (target, key)]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey[0], grey[1], None)
    place = np.stack(np.meshgrid(np.arange(w), np.arange(h)), -1).astype(np.float32)

    def guides(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
        fine = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        edges = np.clip((fine - cv2.GaussianBlur(fine, (0, 0), 2)) * 2 + 128, 0, 255)[..., None]
        position = np.clip(at / np.float32([w, h]) * 255, 0, 255)
        return np.concatenate([edges, picture, position], 2).astype(np.uint8)

    return {
        "style": edit(key), "truth": edit(target), "source_guides": guides(key, place),
        "target_guides": guides(target, place + flow),
    }  # fmt: skip


def energy(given: dict[str, np.ndarray], picture: np.ndarray, field: np.ndarray) -> float:
    """Mean over inner pixels of the weighted squared difference of 5 × 5 patches, target against what `field` names."""
    weights = np.float32([STYLE_WEIGHT / 3] * 3 + list(GUIDE_WEIGHTS))
    source = np.concatenate([given["style"], given["source_guides"]], 2).astype(np.float32)
    target = np.concatenate([picture, given["target_guides"]], 2).astype(np.float32)
    h, w = field.shape[:2]
    inner = field[2 : h - 2, 2 : w - 2]
    total = np.zeros(inner.shape[:2])
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            off = (
                target[2 + dy : h - 2 + dy, 2 + dx : w - 2 + dx] - source[inner[..., 1] + dy, inner[..., 0] + dx]
            )
            total += (off * off * weights).sum(-1)
    return float(total.mean())


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_ours(given: dict[str, np.ndarray], settings: PatchSettings) -> dict[str, Any]:
    from secondunit.kernels.patch.synthesis import synthesise

    source = given["style"].astype(np.float32) / 255
    start, wall = cpu(), time.perf_counter()
    made = synthesise(
        source, given["source_guides"], given["target_guides"], guide_weights=GUIDE_WEIGHTS,
        style_weight=STYLE_WEIGHT, settings=settings, seed=1,
    )  # fmt: skip
    used = {"cpu_s": cpu() - start, "wall_s": time.perf_counter() - wall, "peak_mb": peak_mb()}
    return used | {"picture": np.clip(made.picture, 0, 1) * 255, "field": made.field}


def run_ebsynth(given: dict[str, np.ndarray], library: Path) -> dict[str, Any]:
    """EbSynth's defaults: patch 5, uniformity 3500, 6 rounds of 4 iterations on every level, plain votes."""
    loaded = ctypes.CDLL(str(library))
    h, w = given["style"].shape[:2]
    levels = 1
    while min(h, w) / 2**levels >= 11:
        levels += 1
    at = [np.ascontiguousarray(given[k]).ctypes.data_as(ctypes.c_void_p) for k in
          ("style", "source_guides", "target_guides")]  # fmt: skip
    schedule = [np.full(levels, n, np.int32) for n in (6, 4, 5)]
    weights = [np.float32([STYLE_WEIGHT / 3] * 3), np.float32(GUIDE_WEIGHTS)]
    picture, field = np.zeros((h, w, 3), np.uint8), np.zeros((h, w, 2), np.int32)

    def pointer(array: np.ndarray) -> ctypes.c_void_p:
        return array.ctypes.data_as(ctypes.c_void_p)

    start, wall = cpu(), time.perf_counter()
    loaded.ebsynthRun(
        1, 3, 6, w, h, at[0], at[1], w, h, at[2], None, *map(pointer, weights), ctypes.c_float(3500), 5, 1, levels,
        *map(pointer, schedule), 0, pointer(field), pointer(picture),
    )  # fmt: skip
    used = {"cpu_s": cpu() - start, "wall_s": time.perf_counter() - wall, "peak_mb": peak_mb()}
    return used | {"picture": picture, "field": field}


def judged(given: dict[str, np.ndarray], made: dict[str, Any]) -> dict[str, float]:
    error = float(((made["picture"].astype(np.float64) - given["truth"]) ** 2).mean())
    return {
        "cpu_s": round(made["cpu_s"], 3), "wall_s": round(made["wall_s"], 3), "peak_mb": round(made["peak_mb"]),
        "energy": round(energy(given, made["picture"], made["field"]), 1),
        "psnr_db": round(10 * float(np.log10(255**2 / error)), 2),
    }  # fmt: skip


def worker(who: str, folder: Path, library: Path | None) -> None:
    """One run in a process of its own."""
    given = dict(np.load(folder / "job.npz"))
    if who == "ebsynth":
        assert library is not None
        made = run_ebsynth(given, library)
    else:
        settings = PatchSettings(linear=False, search="tree" if who == "tree" else "patchmatch")
        small = {k: np.ascontiguousarray(v[:64, :64]) for k, v in given.items()}
        run_ours(small, settings)  # what is compiled is loaded from the cache here, not in the timing
        made = run_ours(given, settings)
    print(json.dumps(judged(given, made)))


def compare(clip: Path, size: str, library: Path | None, repeats: int, *, tree: bool) -> dict[str, Any]:
    """Ours and theirs in turn."""
    runs: dict[str, list[dict[str, float]]] = {"ours": []}
    if library is not None:
        runs["ebsynth"] = []
    with tempfile.TemporaryDirectory() as place:
        np.savez(Path(place) / "job.npz", **job(clip, size))
        for turn in range(repeats):
            for who in [*runs, *(["tree"] if tree and turn == 0 else [])]:
                command = [sys.executable, __file__, "--worker", who, "--folder", place]
                command += ["--ebsynth", str(library)] if library else []
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                runs.setdefault(who, []).append(json.loads(said.splitlines()[-1]))
    found: dict[str, Any] = {"size": SIZES[size], "runs": runs}
    if library is None:
        found["ebsynth_stored"] = STORED[size]
        return found
    ratios = [b["cpu_s"] / a["cpu_s"] for a, b in zip(runs["ours"], runs["ebsynth"], strict=True)]
    last = {who: each[-1] for who, each in runs.items()}
    return found | {
        "times_fewer_cpu_s": [round(r, 1) for r in ratios],
        "energy_ratio": round(last["ours"]["energy"] / last["ebsynth"]["energy"], 4),
        "psnr_change_db": round(last["ours"]["psnr_db"] - last["ebsynth"]["psnr_db"], 2),
    }


def nearest(some: np.ndarray, others: np.ndarray) -> float:
    """Mean squared difference of 3000 of the 7 × 7 patches of one picture (bytes) to their nearest in the other."""

    def patches(picture: np.ndarray) -> np.ndarray:
        scaled = picture.astype(np.float32) / 127.5 - 1
        return np.lib.stride_tricks.sliding_window_view(scaled, (7, 7), axis=(0, 1)).reshape(-1, 147)

    mine, theirs = patches(some), patches(others)
    mine = mine[np.random.default_rng(0).choice(len(mine), 3000, replace=False)]
    length = (theirs**2).sum(1)
    least = [((a**2).sum(1)[:, None] + length - 2 * a @ theirs.T).min(1) for a in np.array_split(mine, 10)]
    return float(np.maximum(np.concatenate(least), 0).mean() / 147)


def vary(path: Path) -> dict[str, Any]:
    """Variations of a still (four seeds) or of a clip (one)."""
    from secondunit.engines.vary.compose import compose
    from secondunit.engines.vary.lay import lay
    from secondunit.engines.vary.seams import mended
    from secondunit.engines.vary.still import coded
    from secondunit.kernels.patch.space_time import CLIP, vary_clip

    picture = cv2.imread(str(path)) if path.suffix != ".mp4" else None
    if picture is None:
        film = np.stack(read(path, (256, 144), 15)).astype(np.float32) / 255
        settings = replace(CLIP, linear=False)
        vary_clip(film[:4, :40, :40], 4, 40, 40, seed=0, settings=settings)  # compiles, or loads
        start = cpu()
        vary_clip(film, 15, 144, 256, seed=1, settings=settings)
        return {
            "ours": {"cpu_s": round(cpu() - start, 2), "peak_mb": round(peak_mb())},
            "stored": STORED["vgpnn"],
        }
    still = cv2.resize(picture, (250, 188), interpolation=cv2.INTER_AREA)
    source = scene_linear(still.astype(np.float32) / 255)

    def arranged(part: np.ndarray, size: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
        """What `secondunit vary` makes of a still: the picture and where each pixel is from."""
        rng, codes = np.random.default_rng(seed), coded(part)
        field = lay(codes, size, compose(codes, size, rng), rng)
        return part[field[..., 1], field[..., 0]] + mended(part, field), field

    arranged(source[:60, :60], (60, 60), 0)  # compiles, or loads
    runs = []
    for seed in range(1, 5):
        start = cpu()
        picture, field = arranged(source, (188, 250), seed)
        used = cpu() - start
        out = (np.clip(perceptual(picture), 0, 1) * 255 + 0.5).astype(np.uint8)
        y, x = np.mgrid[0:188, 0:250]
        stayed = float((field == np.stack([x, y], -1)).all(-1).mean())
        found = {
            "cpu_s": round(used, 2),
            "out_to_source": nearest(out, still),
            "source_to_out": nearest(still, out),
        }
        runs.append(found | {"same_place": round(stayed, 2)})
    return {"ours": runs, "stored_on_another_picture": STORED["efficient_gpnn"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--ebsynth", type=Path)
    parser.add_argument("--size", choices=SIZES, default="512")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tree", action="store_true", help="also run the search that isn't PatchMatch, once")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--vary", action="store_true", help="measure variations of a still or a clip instead")
    asked = parser.parse_args()
    if asked.vary:
        print(json.dumps(vary(asked.clip), indent=1))
        return
    if asked.worker:
        worker(asked.worker, asked.folder, asked.ebsynth)
    else:
        print(
            json.dumps(compare(asked.clip, asked.size, asked.ebsynth, asked.repeats, tree=asked.tree), indent=1)
        )


if __name__ == "__main__":
    main()
