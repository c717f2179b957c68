"""A network for one shot, from the right to learn to the day that right is withdrawn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from desk import SHOT, bring_in, declare, done, type_in

from secondunit.engines.trace_file import load_trace
from secondunit.media.exr import read_exr, write_exr

pytest.importorskip("torch")
W, H, N = 96, 64, 4
ASSET = """kind = "training_asset"
asset_id = "trial-plate"
sha256 = "{sha256}"
rights_holder = "A. Lens"
licence = "owned"
basis = "owned"
opted_out = false
"""


def frame(index: int) -> np.ndarray:
    """Soft blobs that drift."""
    y, x = np.indices((H, W))
    waves = [0.3 + 0.2 * np.sin((x + 3 * index) / (7 + 3 * c)) * np.cos(y / (5 + c)) for c in range(3)]
    return np.stack(waves, -1).astype(np.float32)


def graded(picture: np.ndarray) -> np.ndarray:
    return (picture * np.float32([1.5, 0.9, 0.6]) + 0.02).astype(np.float32)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shows")
    place = folder / "trial"
    done("new", place, "--name", "Trial", "--code", "TRL")
    for i in range(N):
        write_exr(folder / f"plate.{1001 + i}.exr", {"beauty": frame(i)})
    bring_in(place, folder / "plate.####.exr", frames=f"1001-{1000 + N}")
    declare(place)
    done("rights", "declare", "show", "references_ip=no", "--by", "Vera Sup", "--show", place)
    for i in (0, N - 1):
        write_exr(folder / f"edit.{1001 + i}.exr", {"beauty": graded(frame(i))})
    return place


@pytest.fixture(scope="module")
def words(show: Path) -> tuple[object, ...]:
    keys = [f"{n}={show.parent / f'edit.{n}.exr'}" for n in (1001, 1000 + N)]
    return ("--key", keys[0], "--key", keys[1], "--set", "steps=60", "--show", show)


def say_that_it_may_be_learned_from(show: Path, extra: str = "") -> None:
    source = json.loads(next(show.glob("plates/*/*/plate.json")).read_text())["source_sha256"]
    record = show.parent / "asset.toml"
    record.write_text(ASSET.format(sha256=source) + extra)
    done("rights", "add", record, "--show", show, "--by", "Vera Sup")


def test_nothing_is_learned_from_without_a_record(show: Path, words: tuple[object, ...]) -> None:
    said = type_in("propagate", SHOT, "--engine", "keyframe", *words)
    assert said.code == 3
    assert "training asset" in said.err and "is not on record" in said.err
    assert not (show / "models").exists()


@pytest.mark.slow
def test_it_learns_a_grade_and_its_model_is_on_record(show: Path, words: tuple[object, ...]) -> None:
    say_that_it_may_be_learned_from(show)
    answer = done("propagate", SHOT, "--engine", "keyframe", *words, "--json").data
    folder = Path(answer["folder"])
    made = read_exr(next(folder.glob("exr/*.1002.exr"))).beauty[..., :3]
    before = np.abs(frame(1) - graded(frame(1))).mean()
    assert np.abs(made - graded(frame(1))).mean() < 0.5 * before
    (model,) = (show / "models").glob("*.safetensors")
    lineage = json.loads((folder / "lineage.json").read_text())
    (named,) = lineage["takes"][0]["models"]
    assert lineage["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    trace = load_trace(next(folder.glob("trace/*.1002.trace")))
    assert trace.parts[0].model_sha256 in named and trace.parts[0].model_sha256[:12] in model.name
    models = done("models", "list", "--show", show, "--json").data
    assert trace.parts[0].model_sha256 in json.dumps(models)
    done("verify", show)


@pytest.mark.slow
def test_the_same_words_find_the_same_model(show: Path, words: tuple[object, ...]) -> None:
    answer = done("propagate", SHOT, "--engine", "keyframe", *words, "--json").data
    assert answer["version"] == "v002"
    assert len(list((show / "models").glob("*"))) == 1
    one, two = (read_exr(next(show.glob(f"versions/*/paint/v00{n}/exr/*.1002.exr"))).beauty for n in (1, 2))
    assert np.array_equal(one, two)


@pytest.mark.slow
def test_what_was_learned_dies_with_the_right_to_learn(show: Path, words: tuple[object, ...]) -> None:
    say_that_it_may_be_learned_from(show, "revoked = 2026-01-01\n")
    said = type_in("propagate", SHOT, "--engine", "keyframe", *words)
    assert said.code == 3
    assert "was withdrawn on 2026-01-01" in said.err
