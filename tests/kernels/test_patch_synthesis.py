"""Guided synthesis as an artist meets it: what goes in, what must come out, and that machines agree."""

import cv2
import numba
import numpy as np
import pytest

from secondunit.errors import BadInput
from secondunit.kernels.patch import reference
from secondunit.kernels.patch.distance import FORCE, own_lanes
from secondunit.kernels.patch.synthesis import PatchSettings, Synthesis, synthesise, vote

NO_GUIDES = np.zeros((90, 121, 0), np.uint8)


@pytest.fixture(scope="module")
def texture() -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(90, 121, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return smooth / smooth.std() * np.float32(0.1) + np.float32(0.3)


@pytest.fixture(scope="module")
def hole() -> np.ndarray:
    mask = np.zeros((90, 121), bool)
    mask[30:55, 40:75] = True
    return mask


def as_bytes(picture: np.ndarray) -> np.ndarray:
    return np.clip(np.sqrt(np.clip(np.nan_to_num(picture), 0, 1)) * 255, 0, 255).astype(np.uint8)


def carry(texture: np.ndarray, shift: int = 7, **more: object) -> tuple[Synthesis, np.ndarray]:
    """An edit (red up, green down) on `texture`, carried to the same picture moved sideways; and the truth."""
    edit = (texture * np.float32([2, 0.5, 1])).astype(np.float32)
    options: dict = {"settings": PatchSettings(), "seed": 1} | more
    made = synthesise(
        edit,
        as_bytes(texture),
        np.roll(as_bytes(texture), shift, 1),
        guide_weights=[2, 2, 2],
        style_weight=1,
        **options,
    )
    return made, np.roll(edit, shift, 1)


def fill(texture: np.ndarray, hole: np.ndarray) -> Synthesis:
    return synthesise(
        texture, NO_GUIDES, NO_GUIDES, guide_weights=[], style_weight=1, settings=PatchSettings(), seed=3,
        allowed=~hole, known=(texture, ~hole),
    )  # fmt: skip


def test_an_edit_is_carried_to_where_the_picture_moved(texture: np.ndarray) -> None:
    made, truth = carry(texture)
    inner = np.s_[3:-3, 12:-3]
    assert np.abs(made.picture - truth)[inner].mean() < 0.01
    assert np.median(made.error) < 1


def test_values_far_beyond_one_come_through_untouched(texture: np.ndarray) -> None:
    lamp = texture.copy()
    lamp[40:44, 60:64] = 300
    lamp[50, 50] = -2
    made, truth = carry(lamp)
    assert made.picture.max() > 500
    assert np.abs(made.picture - truth)[10:30, 20:-5].mean() < 0.01


def test_the_picture_is_the_plain_vote_of_its_field(texture: np.ndarray) -> None:
    made, _ = carry(texture)
    edit = (texture * np.float32([2, 0.5, 1])).astype(np.float32)
    assert np.allclose(made.picture, reference.vote(edit, made.field, 2), atol=1e-5)


@pytest.mark.parametrize("lanes", own_lanes())
@pytest.mark.parametrize("threads", [1, numba.config.NUMBA_NUM_THREADS])
def test_every_instruction_set_and_number_of_threads_gives_the_same_pixels(
    texture: np.ndarray, lanes: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, _ = carry(texture)
    monkeypatch.setenv(FORCE, lanes)
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        made, _ = carry(texture)
    finally:
        numba.set_num_threads(before)
    assert np.array_equal(made.field, expected.field)
    assert np.array_equal(made.picture, expected.picture)


def test_a_hole_is_filled_from_allowed_pixels_alone_and_the_rest_stays(
    texture: np.ndarray, hole: np.ndarray
) -> None:
    made = fill(texture, hole)
    assert np.array_equal(made.picture[~hole], texture[~hole])
    rows, columns = np.nonzero(made.field[..., 0] >= 0)
    x, y = made.field[rows, columns].T
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            assert not hole[y + dy, x + dx].any()
    assert np.allclose(vote(texture, made.field, 2)[hole], made.picture[hole])
    assert made.picture[hole].std() > 0.6 * texture[hole].std()


def test_a_good_start_is_kept_and_costs_little(texture: np.ndarray) -> None:
    made, _ = carry(texture)
    again, _ = carry(texture, start=made.field)
    assert again.error.mean() <= made.error.mean() * 1.001


def test_a_plain_copy_pays_nothing_for_uniformity_and_stays(texture: np.ndarray) -> None:
    y, x = np.mgrid[0:90, 0:121]
    itself = np.stack([x, y], -1).astype(np.int32)
    made, _ = carry(texture, shift=0, start=itself)
    inner = np.s_[2:-2, 2:-2]  # a patch at the rim would stick out of the source
    assert np.array_equal(made.field[inner], itself[inner])


def test_what_is_not_allowed_or_not_finite_is_never_used(texture: np.ndarray) -> None:
    broken = texture.copy()
    broken[20:24, 30:40] = np.nan
    allowed = np.ones(texture.shape[:2], bool)
    allowed[:, 80:] = False
    made, _ = carry(broken, allowed=allowed)
    assert np.isfinite(made.picture).all()
    assert made.field[..., 0].max() <= 77


def test_a_source_without_a_whole_patch_is_refused(texture: np.ndarray) -> None:
    with pytest.raises(BadInput, match="no whole patch"):
        carry(texture, allowed=np.zeros(texture.shape[:2], bool))
    with pytest.raises(BadInput, match="smaller than a patch"):
        synthesise(
            texture[:4],
            NO_GUIDES[:4],
            NO_GUIDES,
            guide_weights=[],
            style_weight=1,
            settings=PatchSettings(),
            seed=1,
        )


def test_the_search_that_is_not_patchmatch_does_as_well(texture: np.ndarray) -> None:
    usual, truth = carry(texture)
    made, _ = carry(texture, settings=PatchSettings(search="tree"))
    again, _ = carry(texture, settings=PatchSettings(search="tree"), seed=1)
    assert np.array_equal(made.field, again.field)
    assert made.error.mean() < 1.2 * usual.error.mean() + 0.1
    assert np.abs(made.picture - truth)[3:-3, 12:-3].mean() < 0.01


def test_use_is_spread_where_uniformity_is_dear(texture: np.ndarray) -> None:
    free, _ = carry(texture, settings=PatchSettings(uniformity=0))
    even, _ = carry(texture, settings=PatchSettings(uniformity=50_000))

    def most_used(made: Synthesis) -> int:
        return int(np.unique(made.field.reshape(-1, 2), axis=0, return_counts=True)[1].max())

    assert most_used(even) < most_used(free)
