"""New arrangements of an owned picture: new, sharp, whole, traced."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from secondunit.engines.contract import Context, EngineFrame, EngineJob
from secondunit.engines.trace import CopyPart, Source, contributors, rebuild
from secondunit.engines.vary import compose
from secondunit.engines.vary.engine import VaryEngine, VarySettings
from secondunit.errors import BadInput
from secondunit.media.images import read_working
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
FOOTAGE = Path(os.environ.get("SECONDUNIT_FOOTAGE") or Path(__file__).parents[3] / "shared" / "footage")


def texture(h: int = 96, w: int = 128) -> F32:
    """Blotches of two sizes, in colour."""
    rng = np.random.default_rng(5)
    wide, fine = (cv2.GaussianBlur(rng.random((h, w, 3)), (0, 0), s) for s in (6, 1.2))
    return np.maximum(0.3 + 4 * (wide - 0.5) + 0.6 * (fine - 0.5), 0).astype(np.float32)


def facade(h: int = 120, w: int = 180) -> F32:
    """Three storeys of windows with their own colours, on a wall with a cornice at the top."""
    rng = np.random.default_rng(2)
    wall = 0.5 + 0.03 * rng.random((h, w, 3))
    wall[:10] = (0.2, 0.25, 0.3)
    for storey in range(3):
        y = 20 + 34 * storey
        wall[y + 26 : y + 28] = 0.15
        for x in range(8, w - 16, 24):
            cv2.rectangle(wall, (x, y), (x + 11, y + 19), tuple(0.05 + 0.2 * rng.random(3)), -1)
    return wall.astype(np.float32)


def vary(source: F32, *, told: list[str] | None = None, n: int = 1, **asked: Any) -> list[EngineFrame]:
    h, w = asked.pop("size", source.shape[:2])
    settings = VarySettings(**{k: asked.pop(k) for k in ("keep",) if k in asked})
    job = EngineJob(FrameRange.of_length(n), h, w, asked.pop("seed", 1), settings, references=1)
    nothing: Any = None
    context = Context(
        plate=nothing, key=nothing, mask=nothing, guide=nothing, reference=lambda number: source, take=nothing,
        folder=nothing, workbench=nothing, tell=(told if told is not None else []).append,
    )  # fmt: skip
    made = VaryEngine()
    return [frame for chunk in made.plan(job) for frame in made.render(job, chunk, context)]


@pytest.fixture(autouse=True)
def small_compositions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up pictures are composed on fewer pixels than photographs: seconds are dear."""
    if "photographs" not in request.node.name:
        monkeypatch.setattr(compose, "MOST_PAIRS", 8e6 if "facade" in request.node.name else 4e6)


@pytest.fixture
def varied() -> list[EngineFrame]:
    return vary(texture(), n=2)


def test_a_variation_is_new_sharp_and_made_of_all_of_the_source(varied: list[EngineFrame]) -> None:
    for one in varied:
        assert one.measures["largest_piece"] < 0.5
        assert one.measures["sharpness"] >= 0.9
        assert one.measures["used"] > 0.6
        assert one.measures["repeats"] < 0.25
        assert np.abs(one.picture - texture()).mean() > 0.5 * texture().std()


def test_each_frame_is_an_arrangement_of_its_own(varied: list[EngineFrame]) -> None:
    first, second = (one.picture for one in varied)
    assert np.abs(first - second).mean() > 0.5 * texture().std()


def test_the_colours_stay_those_of_the_source(varied: list[EngineFrame]) -> None:
    for one in varied:
        np.testing.assert_allclose(one.picture.mean((0, 1)), texture().mean((0, 1)), rtol=0.15)
        np.testing.assert_allclose(one.picture.std((0, 1)), texture().std((0, 1)), rtol=0.25)


def test_every_pixel_is_one_pixel_of_the_source_and_what_the_blend_added(varied: list[EngineFrame]) -> None:
    for one in varied:
        np.testing.assert_allclose(rebuild(one.trace, lambda source: texture()), one.picture, atol=1e-3)
        (only,) = contributors(one.trace, 40, 30)
        assert only.source == Source("reference", 0) and only.weight == 1
        # Most pixels lie inside a piece, where the blend adds little.
        assert one.trace.correction is not None
        assert np.median(np.abs(one.trace.correction)) < 0.05 * texture().std()


def test_the_same_seed_makes_the_same_pixels(varied: list[EngineFrame]) -> None:
    (again,) = vary(texture())
    np.testing.assert_array_equal(again.picture, varied[0].picture)
    (other,) = vary(texture(), seed=2)
    assert not np.array_equal(other.picture, varied[0].picture)


@pytest.mark.parametrize("size", [(64, 200), (150, 60), (16, 16)])
def test_any_size_can_be_asked_for(size: tuple[int, int]) -> None:
    (one,) = vary(texture(), size=size)
    assert one.picture.shape == (*size, 3) and np.isfinite(one.picture).all()
    np.testing.assert_allclose(rebuild(one.trace, lambda source: texture()), one.picture, atol=1e-3)


def test_lights_stay_unclamped() -> None:
    bright = texture()
    bright[30:34, 40:44] = 300
    (one,) = vary(bright)
    assert one.picture.max() > 100


def test_a_facade_keeps_its_storeys_and_says_why() -> None:
    told: list[str] = []
    wall = facade()
    (one,) = vary(wall, told=told)
    assert told and told[0].startswith("rows are kept: ")
    assert one.measures["rows_kept"] == 1
    profile, own = one.picture.mean((1, 2)), wall.mean((1, 2))
    assert np.corrcoef(profile, own)[0, 1] > 0.95
    (free,) = vary(wall, keep="none")
    assert free.measures["rows_kept"] == 0
    assert np.corrcoef(free.picture.mean((1, 2)), own)[0, 1] < np.corrcoef(profile, own)[0, 1]
    # Windows changed their places: the same storey has its colours in another order.
    assert one.measures["largest_piece"] < 0.7


def test_blotches_have_no_storeys() -> None:
    told: list[str] = []
    (one,) = vary(texture(), told=told)
    assert told[0].startswith("rows are free: ") and one.measures["rows_kept"] == 0


def test_a_flat_picture_varies_to_itself() -> None:
    flat = np.full((40, 50, 3), 0.18, np.float32)
    (one,) = vary(flat)
    np.testing.assert_allclose(one.picture, flat, atol=1e-5)


def test_what_is_too_small_is_said() -> None:
    with pytest.raises(BadInput, match="12×90 is too small"):
        vary(texture(), size=(90, 12))
    with pytest.raises(BadInput, match="only 10×40 pixels"):
        vary(texture(40, 10), size=(60, 60))


def test_holes_in_the_source_are_said() -> None:
    holed = texture()
    holed[3, 4] = np.nan
    with pytest.raises(BadInput, match="no numbers"):
        vary(holed)


@pytest.mark.skipif(not FOOTAGE.is_dir(), reason="no footage here")
@pytest.mark.parametrize(
    ("name", "crop", "rows_kept"),
    [
        ("smithsonian_castle_dc.jpg", (0, 225, 1110, 1910), 0),  # sky
        # Trees, and a brick wall with windows.
        pytest.param("smithsonian_castle_dc.jpg", (430, 760, 0, 620), 0, marks=pytest.mark.slow),
        pytest.param("truckee_brick_box.jpg", (470, 1130, 1345, 2285), 1, marks=pytest.mark.slow),
    ],
)
def test_photographs_vary_sharp_and_whole(name: str, crop: tuple[int, int, int, int], rows_kept: int) -> None:
    top, bottom, left, right = crop
    photograph = read_working(FOOTAGE / "buildings" / name)[top:bottom, left:right]
    source = cv2.resize(photograph, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    (one,) = vary(source)
    assert one.measures["rows_kept"] == rows_kept
    assert one.measures["sharpness"] >= 0.9
    assert one.measures["used"] > 0.55
    assert one.measures["repeats"] < 0.3
    assert one.measures["largest_piece"] < 0.5
    assert isinstance(one.trace.parts[0], CopyPart)


def test_a_still_of_another_size_of_source_may_come_from_the_plate() -> None:
    job = EngineJob(FrameRange(1001, 1001), 40, 60, 1, VarySettings())
    nothing: Any = None
    context = Context(
        plate=lambda frame: texture(), key=nothing, mask=nothing, guide=nothing, reference=nothing, take=nothing,
        folder=nothing, workbench=nothing,
    )  # fmt: skip
    (one,) = VaryEngine().render(job, VaryEngine().plan(job)[0], context)
    assert contributors(one.trace, 3, 3)[0].source == Source("plate", 1001)
