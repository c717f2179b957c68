"""Five pieces of real paint work, run as a compositor would, with their checks as JSON.

    python benchmarks/paint_works.py FOOTAGE [--show DIR] [--only look_walking,bottles,…]

FOOTAGE is a folder with `clips/`, `performers/` and `buildings/`; none of it is part of this project. What an artist
would paint is painted here by strokes, what a roto artist would draw by polygons and differences. Each work is a shot
of one show; its versions lie in `--show` for whoever wants to look. The network's work needs PyTorch.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from measuring import RUNNER, declare_for_measuring, dismiss_faces

from secondunit.callsheet.bring_in import bring_in
from secondunit.callsheet.open_show import make_show
from secondunit.callsheet.paint.cleanplate import cleanplate
from secondunit.callsheet.paint.propagate import propagate
from secondunit.callsheet.paint.vary import vary
from secondunit.callsheet.rights_desk import add_record, declare_facts
from secondunit.farm.progress import Lines
from secondunit.kernels.flow import perceptual, scene_linear
from secondunit.media.exr import read_beauty, write_exr
from secondunit.media.images import write_picture
from secondunit.rights.on_record.record_kinds import WHOLE_SHOW

F32 = np.ndarray
Edit = Callable[[F32], F32]


class Works:
    """One show with a shot for each work; every work returns what its command said."""

    def __init__(self, footage: Path, show: Path) -> None:
        self.footage, self.show = footage, show
        self.desk = show.parent / f"{show.name} desk"
        self.desk.mkdir(exist_ok=True)
        if not show.exists():
            make_show(show, name="Works", code="WRK", fps="24")
            declare_for_measuring(show)
            declare_facts(show, WHOLE_SHOW, ("references_ip=no",), by=RUNNER)

    def look_walking(self) -> dict[str, Any]:
        """A cardigan in red strokes, a word on the wall, a star: painted once, carried back to where she walks in."""
        shot = self._plate("WLK", "clips/intel_people_walking.mp4", "1001-1060")
        return self._propagate(shot, {1051: cardigan})

    def look_dog(self) -> dict[str, Any]:
        """Jeans in strokes, words on wall and ground, a star, carried through a throw and a jump."""
        shot = self._plate("DOG", "clips/sam2_01_dog.mp4", "1001-1041", width=640)
        return self._propagate(shot, {1001: jeans})

    def bottles(self) -> dict[str, Any]:
        """Three bottles leave a table behind a hand that moves before them."""
        shot = self._plate("BTL", "clips/intel_bottles_hand.mp4", "1001-1179")
        mask = self._masks(shot, lambda frames: (without_skin(bottle_shapes(f.shape), f) for f in frames))
        return cleanplate(self.show, str(shot), mask=mask, settings=["shadows=true"], progress=_bar())

    def passer_by(self) -> dict[str, Any]:
        """A woman who walks in leaves no trace."""
        shot = self._plate("GON", "clips/intel_people_walking.mp4", "1001-1060")
        mask = self._masks(shot, lambda frames: moving(list(frames)))
        return cleanplate(self.show, str(shot), mask=mask, settings=["shadows=true"], progress=_bar())

    def foliage(self) -> dict[str, Any]:
        """Leaves laid anew, wider than they were taken."""
        crop = self._crop("buildings/smithsonian_castle_dc.jpg", (slice(430, 760), slice(0, 620)))
        shot = self._plate("LVS", crop, "1001-1004")
        return vary(self.show, shot, size="800x330", n=4, progress=_bar())

    def facade(self) -> dict[str, Any]:
        """A brick wall with windows laid anew, its storeys kept."""
        crop = self._crop("buildings/truckee_brick_box.jpg", (slice(470, 1130), slice(1345, 2285)))
        shot = self._plate("FCD", crop, "1001-1004", width=564)
        return vary(self.show, shot, n=4, progress=_bar())

    def retouch(self) -> dict[str, Any]:
        """Skin evened on two frames of a face that talks and turns, by network and patches."""
        shot = self._plate("RET", "performers/pexels_woman_expressions.mp4", "1001-1144")
        self._may_be_learned_from(shot)
        keys = {1001: even_skin, 1072: even_skin, 1144: even_skin}
        return self._propagate(shot, keys, engine_name="auto", likenesses=["P-model=cosmetic"])

    def _propagate(self, shot: str, keys: dict[int, Edit], **more: Any) -> dict[str, Any]:
        words = [f"{frame}={self._edited(shot, frame, edit)}" for frame, edit in keys.items()]
        return propagate(self.show, shot, keys=words, progress=_bar(), **more)

    def _plate(self, name: str, source: str | Path, frames: str, width: int | None = None) -> str:
        shot = f"WRK_101_{name}_0010"
        if not (self.show / "plates" / shot).exists():
            path = source if isinstance(source, Path) else self.footage / source
            bring_in(self.show, str(path), shot=shot, owner=RUNNER, licence="owned", frames=frames, width=width)
            dismiss_faces(self.show, shot)
        return shot

    def _frame(self, shot: str, frame: int) -> F32:
        (path,) = (self.show / "plates" / shot).glob(f"*/*.{frame}.exr")
        return read_beauty(path)

    def _frames(self, shot: str) -> list[Path]:
        return sorted((self.show / "plates" / shot).glob("*/*.exr"))

    def _edited(self, shot: str, frame: int, edit: Edit) -> Path:
        """A frame as an artist hands it in: what was not painted on stays as it was, to the bit."""
        plate = self._frame(shot, frame)
        codes = np.clip(perceptual(plate) * 255, 0, 255)
        painted = edit(codes)
        touched = (np.abs(painted - codes) > 0.25).any(-1, keepdims=True)
        path = self.desk / f"{shot}.edit.{frame}.exr"
        write_exr(path, {"beauty": np.where(touched, scene_linear(painted / 255), plate).astype(np.float32)})
        return path

    def _masks(self, shot: str, draw: Callable[..., Any]) -> str:
        files = self._frames(shot)
        frames = (np.clip(perceptual(read_beauty(path)) * 255, 0, 255) for path in files)
        for path, mask in zip(files, draw(frames), strict=True):
            number = path.suffixes[-2][1:]
            picture = np.repeat(np.asarray(mask, np.float32)[..., None], 3, 2)
            write_picture(self.desk / f"{shot}.mask.{number}.png", picture)
        return str(self.desk / f"{shot}.mask.####.png")

    def _crop(self, photograph: str, part: tuple[slice, slice]) -> Path:
        picture = cv2.imread(str(self.footage / photograph))
        assert picture is not None, photograph
        path = self.desk / f"{Path(photograph).stem}.png"
        cv2.imwrite(str(path), picture[part])
        return path

    def _may_be_learned_from(self, shot: str) -> None:
        told = json.loads(next((self.show / "plates" / shot).glob("*/plate.json")).read_text())
        record = self.desk / f"{shot}.asset.toml"
        record.write_text(
            f'kind = "training_asset"\nasset_id = "{shot}"\nsha256 = "{told["source_sha256"]}"\n'
            f'rights_holder = "{RUNNER}"\nlicence = "owned"\nbasis = "owned"\nopted_out = false\n'
        )
        add_record(self.show, record, by=RUNNER)


def strokes(codes: F32, inside: list[tuple[float, float]], colour: tuple[int, ...], n: int, seed: int) -> F32:
    """Brush strokes of about one direction within a polygon, darker where the picture is."""
    rng = np.random.default_rng(seed)
    height, width = codes.shape[:2]
    area = np.zeros((height, width), np.float32)
    cv2.fillPoly(area, [np.array(inside, np.int32)], 1)
    ys, xs = np.nonzero(area)
    shade = 0.45 + 0.55 * codes.mean(-1, keepdims=True) / 160
    out = codes.copy()
    for _ in range(n):
        k, angle = rng.integers(len(ys)), rng.normal(1.2, 0.35)
        start = int(xs[k]), int(ys[k])
        end = int(start[0] + 18 * np.cos(angle)), int(start[1] + 18 * np.sin(angle))
        line = np.zeros((height, width), np.float32)
        cv2.line(line, start, end, 1, 4, cv2.LINE_AA)
        cover = (line * area * 0.85)[..., None]
        out = out * (1 - cover) + np.clip(np.array(colour) * rng.uniform(0.75, 1.2) * shade, 0, 255) * cover
    return out


def lettered(codes: F32, text: str, at: tuple[int, int], scale: float, colour: tuple[int, ...]) -> F32:
    """A word in script."""
    cover = np.zeros(codes.shape[:2], np.uint8)
    cv2.putText(cover, text, at, cv2.FONT_HERSHEY_SCRIPT_COMPLEX, scale, 255, 4, cv2.LINE_AA)
    soft = cv2.GaussianBlur(cover.astype(np.float32) / 255, (0, 0), 0.6)[..., None]
    return codes * (1 - soft) + np.array(colour) * soft


def starred(codes: F32, middle: tuple[int, int], radius: float, colour: tuple[int, ...]) -> F32:
    """A five-pointed star: something that nothing in the plate foretells."""
    turns = np.arange(10) * np.pi / 5
    reach = radius * np.where(np.arange(10) % 2, 0.42, 1)
    corners = np.stack([middle[0] + reach * np.sin(turns), middle[1] - reach * np.cos(turns)], 1)
    cover = np.zeros(codes.shape[:2], np.float32)
    cv2.fillPoly(cover, [corners.astype(np.int32)], 1, cv2.LINE_AA)
    return codes * (1 - cover[..., None]) + np.array(colour) * cover[..., None]


def cardigan(codes: F32) -> F32:
    """The look on the woman who stands with her back to us."""
    shape = [
        (394, 98), (411, 93), (408, 114), (439, 127), (475, 125), (499, 104), (513, 177), (496, 191), (495, 282),
        (487, 314), (462, 273), (428, 272), (388, 269), (398, 191), (384, 175),
    ]  # fmt: skip
    out = strokes(codes, shape, (210, 40, 30), 420, 1)
    out = lettered(out, "Sam was", (190, 150), 1.3, (250, 210, 20))
    out = lettered(out, "here", (225, 195), 1.3, (20, 120, 60))
    return starred(out, (450, 180), 16, (255, 240, 60))


def jeans(codes: F32) -> F32:
    """The look on the woman who holds the dog's ball."""
    shape = [
        (123, 157), (152, 170), (170, 207), (192, 248), (173, 252), (168, 233), (155, 257), (137, 257), (153, 220),
        (115, 177),
    ]  # fmt: skip
    out = strokes(codes, shape, (200, 40, 150), 260, 2)
    out = lettered(out, "2nd unit", (330, 330), 1.5, (220, 40, 30))
    out = lettered(out, "SU", (300, 112), 0.9, (30, 90, 200))
    return starred(out, (148, 142), 8, (30, 60, 220))


def even_skin(codes: F32) -> F32:
    """Beauty work: skin smoothed at the scale of blotches, its pores left, a little warmth."""
    hue = codes[..., 0] - codes[..., 2]
    skin = ((hue > 18) & (hue < 110) & (codes[..., 0] > 90) & (codes[..., 0] > codes[..., 1])).astype(np.float32)
    skin = cv2.GaussianBlur(cv2.morphologyEx(skin, cv2.MORPH_OPEN, np.ones((5, 5))), (0, 0), 3)[..., None]
    picture = codes.astype(np.float32)
    even = cv2.bilateralFilter(picture, 15, 22, 7)
    pores = picture - cv2.GaussianBlur(picture, (0, 0), 1.2)
    return codes * (1 - skin) + (even + 0.8 * pores + np.array([3, 1, 0])) * skin


def bottle_shapes(shape: tuple[int, ...]) -> F32:
    """Three bottles and what they throw on the table."""
    mask = np.zeros(shape[:2], np.uint8)
    for middle, left, right in ((97, 56, 122), (316, 285, 346), (536, 507, 574)):
        outline = [
            (middle - 19, 104), (middle + 19, 104), (middle + 20, 126), (middle + 18, 142), (right + 4, 180),
            (right + 6, 250), (right + 5, 316), (right - 2, 322), (left + 2, 322), (left - 5, 316), (left - 5, 250),
            (left - 4, 180), (middle - 18, 142), (middle - 20, 126),
        ]  # fmt: skip
        cv2.fillPoly(mask, [np.array(outline)], 1)
        shade = [(left - 22, 186), (right + 40, 186), (right + 40, 262), (right + 34, 312), (left - 22, 312)]
        cv2.fillPoly(mask, [np.array(shade)], 1)
        cv2.ellipse(mask, ((left + right) // 2, 314), (48, 10), 0, 0, 360, 1, -1)
    return mask.astype(np.float32)


def without_skin(mask: F32, codes: F32) -> F32:
    """The hand stays in front: its colour is cut out of the mask."""
    above = np.arange(codes.shape[0])[:, None] < 200
    skin = ((codes[..., 0] - codes[..., 2] > 22) & above).astype(np.uint8)
    skin = cv2.dilate(cv2.morphologyEx(skin, cv2.MORPH_OPEN, np.ones((3, 3))), np.ones((3, 3)))
    return mask * (1 - skin)


def moving(frames: list[F32]) -> list[F32]:
    """What stands before the empty set of the first frames."""
    empty = np.median(np.stack(frames[:16]), 0)
    return [_against(empty, frame) for frame in frames]


def _against(empty: F32, frame: F32) -> F32:
    change = frame - empty
    change = change - np.median(change.reshape(-1, 3), 0)
    size = np.abs(cv2.GaussianBlur(change.astype(np.float32), (0, 0), 1.2)).mean(2)
    found = cv2.morphologyEx((size > 17).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5)))
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((15, 15)))
    n, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    large = [k for k in range(1, n) if stats[k, cv2.CC_STAT_AREA] > 900]
    return cv2.dilate(np.isin(labels, large).astype(np.uint8), np.ones((9, 9))).astype(np.float32)


def _bar() -> Lines:
    return Lines(os.cpu_count() or 1)


NAMES = ("look_walking", "look_dog", "bottles", "passer_by", "foliage", "facade", "retouch")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("footage", type=Path)
    parser.add_argument("--show", type=Path)
    parser.add_argument("--only", default=",".join(NAMES))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        works = Works(asked.footage, asked.show or Path(scratch) / "works")
        found = {}
        for name in asked.only.split(","):
            began = time.monotonic()
            answer = getattr(works, name)()
            keep = ("version", "folder", "checks", "sources", "measures", "costs", "notes")
            found[name] = {key: answer[key] for key in keep} | {"seconds": round(time.monotonic() - began, 1)}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(json.dumps({"when": dt.date.today().isoformat(), "machine": machine, "works": found}, indent=1))


if __name__ == "__main__":
    main()
