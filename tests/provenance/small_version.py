"""A small version with everything real in it: half-float EXRs, a ProRes and an H.264 movie, a contact sheet."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import OpenImageIO

from secondunit.engines.own_cards import OWN_CARDS, own_steps
from secondunit.provenance import (
    Identity,
    ingredient_from_files,
    plate_ingredients,
    sign_version,
    software_versions,
)
from secondunit.provenance.hashing import sha256_of
from secondunit.rights import Records, gate, read_licence
from secondunit.slate.clearance import Clearance
from secondunit.slate.frames import FrameRange
from secondunit.slate.lineage import Lineage, TakeRecord
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.slate.request import Request

SHOT = ShotName.parse("AGM_104_TCC_0010")
FRAMES = FrameRange(1001, 1006)
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def write_exr(path: Path, value: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    spec = OpenImageIO.ImageSpec(24, 16, 4, OpenImageIO.HALF)
    out = OpenImageIO.ImageOutput.create(str(path))
    out.open(str(path), spec)
    out.write_image(np.full((16, 24, 4), value, np.float32) + np.linspace(0, 1, 24)[None, :, None])
    out.close()


def write_movie(path: Path, codec: str, pixels: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 128, 96, pixels
        noise = np.random.default_rng(7)
        for _ in range(6):
            picture = noise.integers(0, 255, (96, 128, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def make_plate(show: Path) -> Plate:
    (show / "turnover").mkdir(parents=True)
    source = show / "turnover" / "incoming.jpg"
    cv2.imwrite(str(source), np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8))
    digest = sha256_of(source)
    source.rename(source.with_name(f"{digest}.jpg"))
    pattern = f"plates/{SHOT}/PL01_v001/{SHOT}_PL01_v001.####.exr"
    write_exr(show / pattern.replace("####", "1001"), 0.2)
    return Plate(
        SHOT, "PL01", FRAMES, 24, 16, Fraction(24), pattern, digest, "house.jpg", "sRGB", "Ada Ley",
        read_licence("CC-BY-4.0"), held=True,
    )  # fmt: skip


def make_clearance(plate: Plate) -> Clearance:
    asked = Request.for_plates(
        SHOT, department="destruction", engine="physics 1.0.0", use="vfx", plates=[plate], frames=FRAMES
    )
    known = replace(Records.from_plates([plate]), tools=OWN_CARDS)
    answer = gate(replace(asked, steps=own_steps("physics")), known, NOW.date())
    assert isinstance(answer, Clearance)
    return answer


def make_lineage(show: Path, plate: Plate, version: int = 1, models: tuple[str, ...] = ()) -> Lineage:
    building = show / "building.toml"
    building.write_text("[[block]]\nname = 'house'\n")
    return Lineage(
        shot=SHOT,
        department="destruction",
        version=version,
        frames=FRAMES,
        rate=Fraction(24),
        created=NOW,
        ingredients=(
            *plate_ingredients(show, plate),
            ingredient_from_files(show, [building], title="building.toml", role="building file"),
        ),
        takes=(
            TakeRecord("fragments", "physics", "1.0.0", {"fragments": 5000, "speed": 12.5}, 7, models=models),
            TakeRecord("dust", "dust", "1.0.0", {"amount": 0.7}, 7),
        ),
        clearance=make_clearance(plate),
        software=software_versions(),
        brief={"fail_at": [0.5, 0.25]},
        description="the house collapses from its left corner",
    )


def fill_version(folder: Path, version: int = 1) -> None:
    for frame in FRAMES:
        write_exr(folder / "exr" / f"{SHOT}_destruction_v{version:03d}.{frame}.exr", frame + version / 10)
    write_movie(folder / "review.mov", "prores_ks", "yuv422p10le")
    write_movie(folder / "review.mp4", "libx264", "yuv420p")
    cv2.imwrite(str(folder / "contact.jpg"), np.full((90, 160, 3), 90 + version, np.uint8))


def sign_one(show: Path, plate: Plate, identity: Identity, version: int = 1) -> Path:
    folder = show / "versions" / str(SHOT) / "destruction" / f"v{version:03d}"
    folder.mkdir(parents=True)
    fill_version(folder, version)
    sign_version(folder, make_lineage(show, plate, version), identity, show=show)
    return folder
