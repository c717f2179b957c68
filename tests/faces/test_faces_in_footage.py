from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from secondunit.engines.faces.detect import THRESHOLD, find_faces

ROOT = Path(__file__).parents[2]
FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or ROOT.parent / "shared" / "footage")
PLATES = (
    "opencv_building",
    "pip_sklearn_china",
    "house_white_brick",
    "warehouse_butlers_wharf",
    "townhall_white_square",
    "office_corner_grid",
    "parliament_granite_box",
)

pytestmark = pytest.mark.skipif(not FOOTAGE.is_dir(), reason="no footage here")


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_faces", ROOT / "benchmarks" / "faces.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PLATES)
def test_an_empty_building_needs_no_naming(bench: ModuleType, name: str) -> None:
    path = FOOTAGE / "buildings" / f"{name}.jpg"
    if not path.is_file():
        pytest.skip("this plate is not here")
    ((_, picture),) = bench.frames(path, [0])
    assert find_faces(picture) == ()


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("performers/grace_hopper_navy.jpg", [0]),
        ("performers/intel_asl_help.mp4", [40]),
        ("performers/pexels_woman_expressions.mp4", [100]),
        ("clips/sam2_05_default_juggle.mp4", [40]),
    ],
)
def test_people_are_found(bench: ModuleType, name: str, frames: list[int]) -> None:
    if not (FOOTAGE / name).is_file():
        pytest.skip("this footage is not here")
    for _, picture in bench.frames(FOOTAGE / name, frames):
        assert len(find_faces(picture)) == 1


@pytest.mark.slow
def test_no_face_of_sixteen_pixels_is_missed(bench: ModuleType) -> None:
    tally = bench.Tally()
    for name, picture, marks in bench.pictures(FOOTAGE, None):
        tally.add(name, find_faces(picture, threshold=THRESHOLD), marks)
    if tally.n_pictures < 80:
        pytest.skip("most of the marked footage is not here")
    large = [lost for lost in tally.lost if bench.size_of(lost[1][:4]) not in ("0-10 px", "10-16 px")]
    assert large == []
    assert tally.missed["all"] <= 8
    assert len(tally.false) <= 8
