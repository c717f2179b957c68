"""Removal on held-out holes of known truth, beside flow copy alone and plain patches alone. Prints JSON.

A hole that moves over the background and one that never moves are cut into each clip; what lies under them is thrown
away before anything looks. Footage from `SECONDUNIT_FOOTAGE`; no picture is kept.

    python benchmarks/removal.py [--clips dog flower] [--height 256] [--frames 60]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import Context, EngineFrame, EngineJob
from secondunit.engines.removal.desk import RemovalSettings
from secondunit.engines.removal.engine import RemovalEngine
from secondunit.engines.removal.flow_copy import NOWHERE, Found, follow, read_places, usable_pixels
from secondunit.engines.removal.motion import behind_hole, motion_between, without_hole
from secondunit.engines.removal.sources import codes
from secondunit.kernels.flow import flow_between
from secondunit.kernels.patch.synthesis import PatchSettings, synthesise
from secondunit.kernels.patchmatch import spread
from secondunit.kernels.warp import warp
from secondunit.media.colour import to_working
from secondunit.media.movies import look_at_movie, read_movie
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or Path(__file__).parents[2] / "shared" / "footage")
FIRST = 1001


@dataclass(frozen=True)
class Case:
    """A clip; its moving hole goes from `left` to `right` (shares of the width) at the height `y`."""

    file: str
    left: float
    right: float
    y: float


CASES = {
    "dog": Case("sam2_01_dog.mp4", 0.35, 0.95, 0.45),
    "flower": Case("mdn_flower_opening.mp4", 0.12, 0.88, 0.40),
    "smoke": Case("tos_robot_smoke_sound.mp4", 0.12, 0.88, 0.40),
    "squirrel": Case("pexels_squirrel_sound.mp4", 0.12, 0.88, 0.40),
    "walking": Case("intel_people_walking.mp4", 0.08, 0.50, 0.40),
}
STUCK = (0.30, 0.80)


def clip(case: Case, height: int, count: int) -> F32:
    """The first frames (n, h, w, 3) ACEScg at a height."""
    movie = look_at_movie(FOOTAGE / "clips" / case.file)
    out = []
    for picture in read_movie(movie, 0, count):
        linear = to_working(picture, movie.colourspace)
        width = round(linear.shape[1] * height / linear.shape[0] / 2) * 2
        out.append(cv2.resize(linear, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32))
    return np.stack(out)


def holes(case: Case, n: int, h: int, w: int) -> tuple[Mask, Mask]:
    """The moving and the stuck hole (n, h, w): ellipses of 14 × 28 and 12 × 20 % of the frame."""
    y, x = np.mgrid[:h, :w] + 0.5

    def ellipse(cx: float, cy: float, rx: float, ry: float) -> Mask:
        return ((x - cx * w) / (rx * w)) ** 2 + ((y - cy * h) / (ry * h)) ** 2 < 1

    along = np.linspace(0, 1, n)
    moving = [
        ellipse(case.left + (case.right - case.left) * a, case.y + 0.04 * np.sin(6 * a), 0.07, 0.14)
        for a in along
    ]
    return np.stack(moving), np.stack([ellipse(*STUCK, 0.06, 0.10)] * n)


def run_removal(
    plates: Callable[[int], F32], masks: Callable[[int], F32], job: EngineJob, folder: Path,
    references: Callable[[int], F32] | None = None, tell: Callable[[str], None] = print,
) -> Iterator[EngineFrame]:  # fmt: skip
    """The engine's chunks one after the other, as a farm of one would; yields the frames."""
    run = RemovalEngine()
    for chunk in run.plan(job):
        own = folder / chunk.name.replace(" ", "_")
        own.mkdir()
        context = Context(
            plate=plates, key=plates, mask=masks, guide=lambda _name, frame: plates(frame),
            reference=references or plates, take=lambda name: folder / name.replace(" ", "_"), folder=own,
            workbench=own, tell=tell,
        )  # fmt: skip
        yield from run.render(job, chunk, context)


def ours(blind: F32, hidden: Mask) -> tuple[list[F32], list[EngineFrame]]:
    """The engine on a clip (n, h, w, 3), as codes, without growing the hole."""
    n, h, w = hidden.shape
    job = EngineJob(FrameRange(FIRST, FIRST + n - 1), h, w, 1, RemovalSettings(grow=0), masked=True)
    with tempfile.TemporaryDirectory() as folder:
        made = list(
            run_removal(
                lambda f: blind[f - FIRST], lambda f: hidden[f - FIRST].astype(np.float32), job, Path(folder),
                tell=lambda text: None,
            )
        )  # fmt: skip
    return [codes(one.picture) for one in made], made


def flow_copy_alone(blind: F32, hidden: Mask) -> list[F32]:
    """Flow followed both ways without limit, weighed by 1 / age², smooth where no frame shows the place: codes."""
    n, h, w = hidden.shape
    clean = [without_hole(p, m) for p, m in zip(blind, hidden, strict=True)]
    motion = [motion_between(clean[t], clean[t + 1], hidden[t], hidden[t + 1]) for t in range(n - 1)]
    still = np.zeros((h, w, 2), np.float32)
    total = [np.zeros((h, w, 3), np.float32) for _ in range(n)]
    weight = [np.zeros((h, w, 1), np.float32) for _ in range(n)]
    for step in (1, -1):
        state, before = Found.nothing(h, w), -1
        for t in range(n)[::step]:
            if before >= 0:
                m = motion[min(t, before)]
                there, back = (m.behind, m.ahead) if step > 0 else (m.ahead, m.behind)
                flow = behind_hole(there, still, hidden[t])
                state = follow(state, before, usable_pixels(hidden[before]), flow, back, strict=False)
            for source in np.unique(state.frame[hidden[t]]):
                if source != NOWHERE:
                    here = hidden[t] & (state.frame == source)
                    share = 1 / np.float32(source - t) ** 2
                    total[t][here] += share * codes(read_places(blind[source], state.place[here]))
                    weight[t][here] += share
            before = t
    out = []
    for t in range(n):
        picture = np.where(hidden[t][..., None], total[t] / np.maximum(weight[t], 1e-9), codes(blind[t]))
        known = ~hidden[t] | (weight[t][..., 0] > 0)
        out.append(np.where(known[..., None], picture, spread(picture, known)).astype(np.float32))
    return out


def patches_alone(blind: F32, hidden: Mask, frames: range) -> dict[int, F32]:
    """Each of some frames on its own by plain patch synthesis: codes."""
    out = {}
    for t in frames:
        picture = codes(blind[t])
        none = np.zeros((*picture.shape[:2], 0), np.uint8)
        out[t] = synthesise(
            picture, none, none, guide_weights=(), style_weight=1.0, settings=PatchSettings(radius=3), seed=1 + t,
            allowed=~hidden[t], known=(picture, ~hidden[t]),
        ).picture  # fmt: skip
    return out


def psnr(a: list[F32], b: list[F32], where: list[Mask]) -> float:
    error = np.concatenate(
        [((np.clip(x, 0, 255) - y) ** 2)[m].ravel() for x, y, m in zip(a, b, where, strict=True)]
    )
    return float(10 * np.log10(255**2 / error.mean()))


def ssim(a: list[F32], b: list[F32], where: list[Mask]) -> float:
    """Mean structural similarity of the luma inside (Wang et al. 2004, Gaussian window 1.5)."""
    total = []
    for x, y, m in zip(a, b, where, strict=True):
        p, q = x.mean(2).astype(np.float64), y.mean(2).astype(np.float64)
        blur = lambda z: cv2.GaussianBlur(z, (0, 0), 1.5)  # noqa: E731
        mp, mq = blur(p), blur(q)
        vp, vq, cov = blur(p * p) - mp**2, blur(q * q) - mq**2, blur(p * q) - mp * mq
        score = (2 * mp * mq + 6.5) * (2 * cov + 58.5) / ((mp**2 + mq**2 + 6.5) * (vp + vq + 58.5))
        total.append(score[m])
    return float(np.concatenate(total).mean())


def change(pictures: list[F32], flows: list[F32], where: list[Mask]) -> float:
    """Median flow-compensated change from frame to frame inside, codes."""
    parts = []
    for t, flow in enumerate(flows):
        inside = where[t] & (warp(where[t + 1].astype(np.float32), flow) > 0.99)
        parts.append(np.abs(pictures[t] - warp(pictures[t + 1], flow)).mean(2)[inside])
    return float(np.concatenate(parts).mean())


def measure(name: str, height: int, count: int, every: int) -> dict[str, Any]:
    """One clip."""
    truth = clip(CASES[name], height, count)
    n, h, w = truth.shape[:3]
    moving, stuck = holes(CASES[name], n, h, w)
    hidden = moving | stuck
    blind = np.where(hidden[..., None], np.float32(0.18), truth)
    seen = [codes(p) for p in truth]
    flows = [flow_between(truth[t], truth[t + 1]) for t in range(n - 1)]
    start = time.process_time()
    made, frames = ours(blind, hidden)
    spent = (time.process_time() - start) / n
    copied = flow_copy_alone(blind, hidden)
    patched = patches_alone(blind, hidden, range(0, n, every))
    row: dict[str, Any] = {"frames": n, "size": f"{w}x{h}", "cpu_s_a_frame": round(spent, 2)}
    for kind, where in (("moving", list(moving)), ("stuck", list(stuck))):
        some = sorted(patched)
        told = {
            "ours": ([made[t] for t in some], made),
            "flow_copy": ([copied[t] for t in some], copied),
            "patches": ([patched[t] for t in some], None),
        }
        row[kind] = {}
        for who, (pictures, all_of_them) in told.items():
            picked, right = [where[t] for t in some], [seen[t] for t in some]
            row[kind][who] = {
                "psnr": round(psnr(pictures, right, picked), 2),
                "ssim": round(ssim(pictures, right, picked), 3),
            }
            if all_of_them is not None:
                ratio = change(all_of_them, flows, where) / max(1e-6, change(seen, flows, where))
                row[kind][who]["flicker"] = round(ratio, 2)
        best = max(row[kind]["flow_copy"]["psnr"], row[kind]["patches"]["psnr"])
        row[kind]["gain_db"] = round(row[kind]["ours"]["psnr"] - best, 2)
    for key in ("copied", "from_two", "from_patches", "correction_codes"):
        row[key] = round(float(np.mean([f.measures.get(key, 0) for f in frames])), 3)
    row["_"] = (made, copied, patched, seen, hidden)
    return row


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", nargs="*", default=list(CASES))
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--every", type=int, default=6, help="patches alone are measured on every n-th frame")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    out = {}
    for name in given.clips:
        row = measure(name, given.height, given.frames, given.every)
        row.pop("_")
        out[name] = row
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
