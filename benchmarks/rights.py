"""How fast rights and provenance are, against what was promised. Prints JSON; ends with 1 where one is slower.

    python benchmarks/rights.py [CASE …]      every case by default; `--list` names them

A case is a line in `CASES`: its name, what it measures, the limit, and a function that makes what it needs in an empty
folder and gives back its figures, `value` among them. Wall seconds, the best of `REPEATS` where a case says so.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "provenance"))
from rights_cases import gate_speed, reach_speed
from small_version import SHOT, make_lineage, make_plate

from secondunit.provenance import Identity, sign_version, signing_identity, verify
from secondunit.provenance.credentials import read_embedded
from secondunit.provenance.hashing import hash_files
from secondunit.slate.frames import FrameRange
from secondunit.slate.lineage import Lineage

Figures = dict[str, Any]
REPEATS = 3
MOVIE_BYTES, N_FRAMES, FRAME_BYTES = 20_000_000, 1000, 1_000_000


@dataclass(frozen=True)
class Case:
    """`at_most` and `at_least` limit the figure called `value`; the other is None."""

    name: str
    measures: str
    run: Callable[[Path], Figures]
    at_most: float | None = None
    at_least: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value keeps the limit."""
        return (self.at_most is None or value <= self.at_most) and (
            self.at_least is None or value >= self.at_least
        )


def sign_movie(folder: Path) -> Figures:
    """A version whose only file is a movie of 20 MB: signed (embedded, listed, sealed, read back), then verified."""
    signing, checking, cpu = [], [], []
    for turn in range(REPEATS):
        show, version, lineage, identity = _unsigned(folder / str(turn))
        _noise_movie(version / "review.mp4", MOVIE_BYTES)
        size = (version / "review.mp4").stat().st_size
        before = time.process_time()
        signing.append(_timed(lambda v=version, x=lineage, i=identity, s=show: sign_version(v, x, i, show=s)))
        checking.append(_timed(lambda v=version: _ok(v)))
        cpu.append(time.process_time() - before)
        alone = _timed(lambda v=version: read_embedded(v / "review.mp4", ""))
    return {
        "value": round(min(map(sum, zip(signing, checking, strict=True))), 3),
        "cpu_s": round(min(cpu), 3),
        "sign_s": round(min(signing), 3),
        "verify_s": round(min(checking), 3),
        "read_credentials_s": round(alone, 3),
        "movie_mb": round(size / 1e6, 1),
    }


def sign_frames(folder: Path) -> Figures:
    """A version of 1,000 EXR frames of a megabyte: what signing takes beyond hashing the same files once."""
    show, version, lineage, identity = _unsigned(folder)
    (version / "exr").mkdir()
    content = np.random.default_rng(1).bytes(FRAME_BYTES - 8)
    names = [version / "exr" / f"{SHOT}_destruction_v001.{1001 + n}.exr" for n in range(N_FRAMES)]
    for n, path in enumerate(names):
        path.write_bytes(n.to_bytes(8, "big") + content)
    hash_files(version, names)  # so that both find the files in memory
    hashing = min(_timed(lambda: hash_files(version, names)) for _ in range(REPEATS))
    lineage = dataclasses.replace(lineage, frames=FrameRange(1001, 1000 + N_FRAMES))
    signing = _timed(lambda: sign_version(version, lineage, identity, show=show))
    return {
        "value": round(signing - hashing, 3),
        "sign_s": round(signing, 3),
        "hash_s": round(hashing, 3),
        "verify_s": round(_timed(lambda: _ok(version)), 3),
        "frames": N_FRAMES,
        "gigabytes": round(N_FRAMES * FRAME_BYTES / 1e9, 2),
    }


CASES = (
    Case("sign_movie", "sign and verify a version with a movie of 20 MB, seconds", sign_movie, at_most=0.5),
    Case("gate", "requests a second over 10,000 consents", gate_speed, at_least=2000),
    Case("reach", "what one consent reached among 100,000 versions, seconds", reach_speed, at_most=2.0),
    Case("sign_frames", "sign 1,000 EXR frames, seconds beyond hashing them", sign_frames, at_most=20.0),
)


def _unsigned(folder: Path) -> tuple[Path, Path, Lineage, Identity]:
    show = folder / "show"
    version = show / "versions" / str(SHOT) / "destruction" / "v001"
    version.mkdir(parents=True)
    (show / "show.toml").write_text('name = "N"\ncode = "AGM"\nrate = "24"\n')
    return show, version, make_lineage(show, make_plate(show)), signing_identity(dt.datetime.now(dt.UTC))


def _noise_movie(path: Path, n_bytes: int) -> None:
    """A movie of about that size: noise, which no encoder makes small."""
    noise = np.random.default_rng(7)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=24, options={"crf": "1", "preset": "ultrafast", "tune": "zerolatency"}
        )
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        while not path.exists() or path.stat().st_size < n_bytes:
            picture = noise.integers(0, 255, (720, 1280, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _ok(version: Path) -> None:
    verdict = verify(version)
    assert verdict.ok, verdict.findings


def _timed(do: Callable[[], object]) -> float:
    before = time.perf_counter()
    do()
    return time.perf_counter() - before


def main() -> None:
    """Measure the cases that are asked for and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{case.name:16s} {case.measures}" for case in CASES))
        return
    unknown = set(options.cases) - {case.name for case in CASES}
    if unknown:
        raise SystemExit(f"there is no case {', '.join(sorted(unknown))}: try --list")
    answer: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version(), "cases": {}}
    held = True
    for case in CASES:
        if options.cases and case.name not in options.cases:
            continue
        with tempfile.TemporaryDirectory() as name:
            os.environ["SECONDUNIT_HOME"] = f"{name}/home"
            os.environ.pop("SECONDUNIT_TSA", None)
            figures = case.run(Path(name) / "work")
        limits = {"at_most": case.at_most, "at_least": case.at_least}
        holds = case.holds(figures["value"])
        held = held and holds
        answer["cases"][case.name] = {
            "measures": case.measures,
            **{key: limit for key, limit in limits.items() if limit is not None},
            "holds": holds,
            **figures,
        }
    print(json.dumps(answer, indent=2))
    raise SystemExit(0 if held else 1)


if __name__ == "__main__":
    main()
