"""Patches and the network as one engine: rehearsed on a key that neither saw."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("torch")

from secondunit.engines.contract import Context, Engine, EngineFrame, EngineJob
from secondunit.engines.keyframe.auto import CHOICE, AutoEngine, AutoSettings
from secondunit.engines.keyframe.choose_file import load_choice
from secondunit.engines.keyframe.exam_sheet import decibels, over_plate
from secondunit.engines.trace import ModelPart, Source, rebuild
from secondunit.errors import BadInput
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
H, W, FIRST, N = 96, 128, 1001, 7
KEYS = (FIRST, FIRST + 3, FIRST + N - 1)
BETWEEN = FIRST + 2


def plate(frame: int) -> F32:
    """Texture that moves two pixels a frame."""
    rng = np.random.default_rng(8)
    wide = cv2.GaussianBlur(rng.random((H, W + 40, 3)), (0, 0), 1.6) - 0.5
    at = 2 * (frame - FIRST)
    return np.ascontiguousarray((0.3 + 1.2 * wide[:, at : at + W]).clip(0.01), np.float32)


def sign(frame: int) -> tuple[slice, slice]:
    left = 60 - 2 * (frame - FIRST)
    return np.s_[30:62, left : left + 40]


def painted(frame: int) -> F32:
    """A grade of everything, and a striped sign that moves with the texture."""
    picture = plate(frame) * np.float32([1.6, 1.0, 0.5])
    stripes = (np.arange(40) // 5 % 2).astype(np.float32)
    picture[sign(frame)] = np.stack([0.8 * stripes + 0.02, 0.1 + 0 * stripes, 0.7 - 0.6 * stripes], -1)
    return np.ascontiguousarray(picture, np.float32)


def job(keys: tuple[int, ...] = KEYS, steps: int = 160) -> EngineJob:
    settings = AutoSettings(minutes=1, steps=steps, device="cpu")
    return EngineJob(FrameRange(FIRST, FIRST + N - 1), H, W, seed=2, settings=settings, keys=keys)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[EngineFrame], Path, list[str]]:
    root, told = tmp_path_factory.mktemp("auto"), list[str]()
    folders: dict[str, Path] = {}
    frames: list[EngineFrame] = []
    engine = AutoEngine()
    for chunk in engine.plan(job()):
        assert set(chunk.needs) <= set(folders), f"{chunk.name} comes before what it needs"
        folder = folders[chunk.name] = root / str(len(folders))
        folder.mkdir()
        frames += engine.render(job(), chunk, _doors(folder, folders, told))
    return frames, folders[CHOICE], told


def _doors(folder: Path, folders: dict[str, Path], told: list[str]) -> Context:
    return Context(
        plate=plate,
        key=painted,
        mask=lambda frame: np.ones((H, W), np.float32),
        guide=lambda name, frame: plate(frame),
        reference=plate,
        take=folders.__getitem__,
        folder=folder,
        workbench=folder,
        tell=told.append,
    )


@pytest.mark.slow
def test_every_frame_is_made_once_in_order(made: tuple[list[EngineFrame], Path, list[str]]) -> None:
    assert [one.frame for one in made[0]] == list(range(FIRST, FIRST + N))


@pytest.mark.slow
def test_a_painted_sign_survives_and_the_grade_is_the_networks(
    made: tuple[list[EngineFrame], Path, list[str]],
) -> None:
    one = next(one for one in made[0] if one.frame == BETWEEN)
    share, truth = one.layers["patch_share"], painted(BETWEEN)
    comp = over_plate(plate(BETWEEN), one.picture, one.matte)
    here = np.zeros((H, W), bool)
    here[sign(BETWEEN)] = True
    assert share[here].mean() > 0.7
    assert decibels(comp, truth, here) > 20
    said = next(part.picture for part in one.trace.parts if isinstance(part, ModelPart))
    assert decibels(comp, truth, here) > decibels(said, truth, here) + 3


@pytest.mark.slow
def test_the_trace_of_both_builds_the_frame(made: tuple[list[EngineFrame], Path, list[str]]) -> None:
    one = next(one for one in made[0] if one.frame == BETWEEN)

    def opened(source: Source) -> F32:
        return plate(source.frame) if source.role == "plate" else painted(source.frame)

    built = rebuild(one.trace, opened)
    np.testing.assert_allclose(built[one.trace.made], one.picture[one.trace.made], atol=1e-3, rtol=1e-3)
    assert {type(part).__name__ for part in one.trace.parts} >= {"PatchPart", "ModelPart"}


@pytest.mark.slow
def test_the_choice_is_shown_with_its_figures(made: tuple[list[EngineFrame], Path, list[str]]) -> None:
    choice = load_choice(made[1])
    assert choice.blend_db >= max(choice.network_db, choice.patches_db)
    assert any(f"key {KEYS[1]}, unseen: network" in one and "by region" in one for one in made[2])
    assert (made[1] / "choice.png").is_file()


def test_the_plan_rehearses_before_it_chooses_and_chooses_before_it_makes() -> None:
    plan = AutoEngine().plan(job())
    names = [chunk.name for chunk in plan]
    assert len(set(names)) == len(names)
    assert isinstance(AutoEngine(), Engine)
    assert [frame for chunk in plan for frame in chunk.frames] == list(range(FIRST, FIRST + N))
    assert all(CHOICE in chunk.needs for chunk in plan if chunk.frames)


def test_one_key_leaves_nothing_to_measure_by_and_patches_carry_it_alone() -> None:
    plan = AutoEngine().plan(job((FIRST,)))
    assert {chunk.data["part"] for chunk in plan} == {"patches"}
    assert not any(CHOICE in chunk.needs for chunk in plan)


def test_no_key_and_a_key_outside_are_said_before_any_work() -> None:
    for keys in ((), (FIRST, FIRST + N), (FIRST, FIRST)):
        with pytest.raises(BadInput):
            AutoEngine().plan(job(keys))


def test_two_keys_are_enough() -> None:
    names = [chunk.name for chunk in AutoEngine().plan(job((FIRST, FIRST + 4)))]
    assert any(name.startswith("rehearsed patches") for name in names)
