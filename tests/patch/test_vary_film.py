"""New films from patches in space and time: they move as the source does, and each pixel is traced."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from secondunit.engines.contract import Context, EngineFrame, EngineJob
from secondunit.engines.trace import Source, contributors, rebuild
from secondunit.engines.vary import compose
from secondunit.engines.vary.engine import VaryEngine, VarySettings
from secondunit.engines.vary.space_time import MOST, film_trace
from secondunit.errors import BadInput
from secondunit.kernels.patch.space_time import vary_clip
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
N, H, W = 9, 40, 56


def drift(frame: int) -> F32:
    """Blotches that drift to the right by one pixel a frame, with lights above 1."""
    rng = np.random.default_rng(8)
    wide = cv2.GaussianBlur(rng.random((H, W + 40, 3)), (0, 0), 3) - 0.5
    at = 30 - (frame - 1001)
    return np.maximum(0.4 + 4 * wide[:, at : at + W], 0).astype(np.float32)


def film(folder: Path, *, seed: int = 1, n: int = N, motion: str = "new") -> list[EngineFrame]:
    settings = VarySettings.model_validate({"clip": True, "motion": motion})
    job = EngineJob(FrameRange.of_length(n, 1001), H, W, seed, settings, references=1)
    made = VaryEngine()
    takes: dict[str, Path] = {}
    frames: list[EngineFrame] = []
    nothing: Any = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compose, "MOST_PAIRS", 2e6)
        for chunk in made.plan(job):
            takes[chunk.name] = folder / chunk.name
            takes[chunk.name].mkdir()
            context = Context(
                plate=drift, key=nothing, mask=nothing, guide=nothing, reference=nothing, take=takes.__getitem__,
                folder=takes[chunk.name], workbench=nothing,
            )  # fmt: skip
            frames += made.render(job, chunk, context)
    return frames


@pytest.fixture(scope="module", params=["new", "kept"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[EngineFrame]:
    return film(tmp_path_factory.mktemp("film"), motion=request.param)


def test_the_copies_of_a_film_are_near_what_its_patches_vote() -> None:
    source = np.stack([drift(1001 + k) for k in range(N)])
    laid = vary_clip(source, N, H, W, seed=3)
    for at in (0, 1, 4, N - 1):
        built = rebuild(film_trace(laid.field, at, 1001), lambda one: drift(one.frame))
        assert np.abs(built - laid.picture[at]).mean() < 0.1 * source.std()


def test_a_film_is_new_sharp_and_of_the_plate_alone(made: list[EngineFrame]) -> None:
    assert [one.frame for one in made] == list(range(1001, 1001 + N))
    for one in made:
        assert one.measures["sharpness"] >= 0.9
        assert np.abs(one.picture - drift(one.frame)).mean() > 0.2 * drift(1001).std()
        (told,) = contributors(one.trace, 20, 20)
        assert told.weight == 1 and told.source.role == "plate" and 1001 <= told.source.frame < 1001 + N
        assert Source("reference", 0) not in one.trace.sources
        np.testing.assert_allclose(rebuild(one.trace, lambda s: drift(s.frame)), one.picture, atol=1e-3)


def test_it_moves_as_its_source_does(made: list[EngineFrame]) -> None:
    """One pixel to the right a frame: moved back by that, a frame is nearer to the one before than left in place."""
    still = drifted = 0.0
    for one, after in pairwise(made):
        still += float(np.abs(after.picture - one.picture)[:, 4:-4].mean())
        drifted += float(np.abs(after.picture[:, 1:] - one.picture[:, :-1])[:, 4:-4].mean())
    assert drifted < 0.6 * still


@pytest.mark.parametrize("motion", ["new", "kept"])
def test_the_same_seed_makes_the_same_film(motion: str, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first, second = (film(tmp_path / name, n=4, motion=motion) for name in ("first", "second"))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.picture, other.picture)


def test_what_cannot_vary_as_a_film_is_said() -> None:
    def plan(n: int, height: int = H, width: int = W) -> None:
        VaryEngine().plan(EngineJob(FrameRange.of_length(n), height, width, 1, VarySettings(clip=True)))

    with pytest.raises(BadInput, match="2 frames is too short"):
        plan(2)
    with pytest.raises(BadInput, match="too large for patches") as told:
        plan(200, 1080, 1920)
    width, height = (int(v) for v in told.value.hint.split()[2].rstrip(",").split("×"))
    assert 0.9 * MOST < 200 * width * height <= MOST
