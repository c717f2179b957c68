"""How many faces the detector misses, by size and how they are turned, and how often it sees one where there is none.

    python benchmarks/faces.py [--footage DIR] [--more DIR] [--threshold 0.2 0.3 …] [--list]

The faces were marked by looking at the frames (`tests/faces/marks.json`: numbers, no pictures). A mark holds left, top,
right, bottom and how the face is seen: `front`, `profile`, `away` (turned so far that no eye shows), `covered` (by a
hand, hair, a mask, another head), `pictured` (a print). Regions in which nobody can tell, like a group of figures seven
pixels high, count neither way. Pictures of footage are found by name, others under `--more` by SHA-256: group
photographs from dlib's `examples/faces` and the street crossing of `deface`'s `examples/city.jpg`. A face is found when
a box shares a quarter of the area it covers together with the mark. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.faces.detect import DETECTOR, THRESHOLD, Face, find_faces, overlap
from secondunit.engines.faces.network import WEIGHTS_SHA256

F32 = npt.NDArray[np.float32]
ROOT = Path(__file__).parent.parent
MARKS = ROOT / "tests" / "faces" / "marks.json"
LOWEST = 0.15  # everything above is found once, and each threshold is a cut through that
FOUND = 0.25
SIZES = ((0, 10), (10, 16), (16, 24), (24, 48), (48, 10**6))
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)


def pictures(footage: Path, more: Path | None) -> Iterator[tuple[str, F32, dict[str, Any]]]:
    """Every marked picture that is here: its name, its display code values, its marks."""
    others = {} if more is None else {_sha256(path): path for path in more.rglob("*.jpg")}
    for name, marked in json.loads(MARKS.read_text(encoding="utf-8")).items():
        path = footage / name if (footage / name).is_file() else others.get(marked["sha256"])
        if path is None or _sha256(path) != marked["sha256"]:
            continue
        for frame, rgb in frames(path, sorted(map(int, marked["frames"]))):
            yield f"{name}:{frame}", rgb, marked["frames"][str(frame)]


def frames(path: Path, wanted: list[int]) -> Iterator[tuple[int, F32]]:
    """Frames of a movie by their place in it, or the one picture of a still."""
    if path.suffix != ".mp4":
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        yield 0, _codes(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
        return
    with av.open(str(path)) as movie:
        for place, frame in enumerate(movie.decode(video=0)):
            if place in wanted:
                yield place, _codes(frame.to_ndarray(format="rgb24"))
            if place >= wanted[-1]:
                return


class Tally:
    """Marks found and not, and boxes where there is nothing."""

    def __init__(self) -> None:
        self.marked: dict[str, int] = {}
        self.missed: dict[str, int] = {}
        self.false: list[tuple[str, list[int], float]] = []
        self.lost: list[tuple[str, list[Any]]] = []
        self.n_pictures = 0

    def add(self, name: str, faces: Iterable[Face], marks: dict[str, Any]) -> None:
        """Count one picture."""
        self.n_pictures += 1
        boxes = list(faces)
        for *box, seen in marks["faces"]:
            is_found = any(overlap(tuple(box), face.box) >= FOUND for face in boxes)
            for group in ("all", seen, size_of(box)):
                self.marked[group] = self.marked.get(group, 0) + 1
                self.missed[group] = self.missed.get(group, 0) + (not is_found)
            if not is_found:
                self.lost.append((name, [*box, seen]))
        for face in boxes:
            if not any(overlap(tuple(mark[:4]), face.box) > 0.1 for mark in marks["faces"]):
                x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
                if not any(a <= x <= c and b <= y <= d for a, b, c, d in marks.get("ignore", ())):
                    self.false.append((name, list(face.box), face.score))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "missed": {group: f"{self.missed[group]} of {n}" for group, n in sorted(self.marked.items())},
            "false_negative_rate": round(self.missed.get("all", 0) / max(1, self.marked.get("all", 0)), 4),
            "false_alarms": len(self.false),
            "false_alarms_per_picture": round(len(self.false) / max(1, self.n_pictures), 3),
        }


def size_of(box: list[int]) -> str:
    """The class of a face's size: the geometric mean of its sides, in pixels."""
    size = float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
    low, high = next((low, high) for low, high in SIZES if low <= size < high)
    return f"{low}-{high} px" if high < 10**6 else f"{low} px and more"


def shrunk(picture: F32, marks: dict[str, Any], factor: int) -> tuple[F32, dict[str, Any]]:
    """A picture and its marks at a fraction of their size. A real small face is softer than one made so."""
    size = (picture.shape[1] // factor, picture.shape[0] // factor)
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    faces = [[*(round(v / factor) for v in mark[:4]), mark[4]] for mark in marks["faces"]]
    ignore = [[v / factor for v in box] for box in marks.get("ignore", ())]
    return small, {"faces": faces, "ignore": ignore}


def cpu_seconds(width: int = 1920, height: int = 1080) -> float:
    """CPU seconds of one look at a frame, best of three after the network is loaded."""
    frame = np.random.default_rng(1).uniform(0, 1, (height, width, 3)).astype(np.float32)
    spent = []
    for _ in range(4):
        start = time.process_time()
        find_faces(frame)
        spent.append(time.process_time() - start)
    return round(min(spent[1:]), 2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(os.environ.get("SECONDUNIT_FOOTAGE") or ROOT.parent / "shared" / "footage")
    parser.add_argument("--footage", type=Path, default=beside)
    parser.add_argument("--more", type=Path)
    parser.add_argument("--threshold", type=float, nargs="+", default=list(THRESHOLDS))
    parser.add_argument(
        "--list", action="store_true", help="name each miss and false alarm at the default threshold"
    )
    asked = parser.parse_args()
    tallies = {threshold: Tally() for threshold in asked.threshold}
    smaller = {factor: Tally() for factor in (2, 4)}
    settled = Tally()
    for name, picture, marks in pictures(asked.footage, asked.more):
        seen = find_faces(picture, threshold=min(LOWEST, *asked.threshold))
        for threshold, tally in tallies.items():
            tally.add(name, [face for face in seen if face.score >= threshold], marks)
        settled.add(name, [face for face in seen if face.score >= THRESHOLD], marks)
        if marks["faces"]:
            for factor, tally in smaller.items():
                small, moved = shrunk(picture, marks, factor)
                tally.add(name, find_faces(small), moved)
    print(
        json.dumps(
            {
                "detector": DETECTOR,
                "weights_sha256": WEIGHTS_SHA256,
                "pictures": settled.n_pictures,
                "faces": settled.marked.get("all", 0),
                "threshold": THRESHOLD,
                "at_threshold": settled.to_dict(),
                "trade_off": {str(threshold): tally.to_dict() for threshold, tally in tallies.items()},
                "shrunk": {f"1/{factor}": tally.to_dict() for factor, tally in smaller.items()},
                "cpu_seconds_1080p": cpu_seconds(),
                **({"misses": settled.lost, "alarms": settled.false} if asked.list else {}),
            },
            indent=1,
        )
    )


def _codes(rgb: npt.NDArray[np.uint8]) -> F32:
    return (rgb.astype(np.float32) / np.float32(255)).astype(np.float32)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
