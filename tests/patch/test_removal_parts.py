"""The pieces of a removal, each against its plain twin or a case whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from removal_shots import texture

from secondunit.engines.removal.flow_copy import Found, follow, read_places
from secondunit.engines.removal.flow_copy_reference import follow_reference
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.join import Copies, steps_between
from secondunit.engines.removal.motion import behind_hole, camera_flow, fit_camera
from secondunit.engines.removal.patches import agreed_shifts
from secondunit.engines.removal.practice import Tally, place_practice, practice_hole, practise, rule_from
from secondunit.engines.removal.seam import Step, corrections
from secondunit.engines.removal.sources import Sources, codes


@pytest.mark.parametrize("strict", [True, False])
def test_following_agrees_with_its_plain_twin(strict: bool) -> None:
    rng = np.random.default_rng(3)
    h, w = 23, 31
    before = Found(
        np.where(rng.random((h, w)) < 0.3, -1, rng.integers(0, 9, (h, w))).astype(np.int32),
        (rng.random((h, w, 2)) * (w - 1, h - 1)).astype(np.float32),
    )
    there = rng.normal(0, 2, (h, w, 2)).astype(np.float32)
    back = np.broadcast_to(rng.normal(0, 1, (2,)), (h, w, 2)).astype(np.float32)
    usable = rng.random((h, w)) < 0.8
    fast, plain = (one(before, 12, usable, there, back, strict=strict) for one in (follow, follow_reference))
    assert np.array_equal(fast.frame, plain.frame)
    assert np.allclose(fast.place[fast.frame >= 0], plain.place[fast.frame >= 0], atol=1e-4)
    assert (fast.frame == 12).sum() > 50 and (fast.frame == -1).sum() > 50


def test_a_place_is_read_between_pixels_as_the_trace_reads_it() -> None:
    picture = texture(9, 12)
    spot = np.float32([[2.25, 3.5], [11, 8], [0, 0]])
    wanted = 0.5 * (0.75 * picture[3, 2] + 0.25 * picture[3, 3] + 0.75 * picture[4, 2] + 0.25 * picture[4, 3])
    assert np.allclose(read_places(picture, spot), [wanted, picture[8, 11], picture[0, 0]], atol=1e-6)


def test_the_camera_is_found_although_something_moves_by_itself() -> None:
    h, w = 60, 90
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    flow = np.stack([1.5 + 0.02 * (x - 45), -0.7 + 0.02 * (y - 30)], -1).astype(np.float32)
    seen = flow.copy()
    seen[10:45, 50:85] += (6, 2)
    assert np.abs(camera_flow(fit_camera(seen, np.ones((h, w), bool)), h, w) - flow).max() < 0.05


def test_motion_behind_a_hole_goes_on_as_around_it() -> None:
    flow = np.full((60, 90, 2), (2.0, 0.0), np.float32)
    hole = np.zeros((60, 90), bool)
    hole[20:40, 30:60] = True
    flow[hole] = (-5, 3)
    assert np.abs(behind_hole(flow, np.zeros_like(flow), hole)[hole] - (2, 0)).max() < 0.1


def test_practice_is_held_beside_the_hole_and_inside_the_frame() -> None:
    hole = np.zeros((100, 160), bool)
    hole[40:60, 10:40] = True
    places = place_practice([hole])
    assert places
    practice = practice_hole(hole, places)
    near = cv2.dilate(hole.astype(np.uint8), np.ones((17, 17))) > 0
    assert practice.sum() >= hole.sum() and not (practice & near).any()
    assert place_practice([np.ones((40, 40), bool)]) == ()


def test_the_rule_is_what_was_practised() -> None:
    n = 4000
    ages, none = np.full((4, n), 3.0, np.float32), np.full((4, n), np.nan, np.float32)
    error = np.repeat(np.float32([[50], [400], [90], [700]]), n, 1)
    rule = rule_from(practise(error, ages, none, none))
    told = rule.expected(ages[:, :1], none[:, :1], none[:, :1])[:, 0]
    assert told == pytest.approx([50, 400, 90, 700], rel=0.1)
    # Without practice young copies that agree are still trusted more than old ones that do not.
    bare = rule_from(Tally.empty())
    young, old = (
        bare.expected(np.float32([[a]]), np.float32([[g]]), np.float32([[1]]))[0, 0]
        for a, g in ((2, 3), (60, 50))
    )
    assert young < old / 5


def test_a_step_in_light_is_spread_over_the_hole() -> None:
    mask = np.zeros((40, 40), bool)
    mask[10:30, 10:30] = True
    hole = Hole.of(mask)
    index = np.full(mask.shape, -1)
    index[mask] = np.arange(len(hole))
    inner = [
        Step(index[10:29, 10:30].ravel(), index[11:30, 10:30].ravel(), np.zeros((380, 3), np.float32)),
        Step(index[10:30, 10:29].ravel(), index[10:30, 11:30].ravel(), np.zeros((380, 3), np.float32)),
    ]
    rim = np.concatenate([index[10, 10:30], index[29, 10:30], index[10:30, 10], index[10:30, 29]])
    outer = Step(rim, np.full(len(rim), -1), np.full((len(rim), 3), 9, np.float32))
    made = corrections(hole, [*inner, outer])
    assert np.abs(made - 9).max() < 0.4


def test_a_pixel_takes_the_shift_most_patches_around_it_share() -> None:
    field = np.full((11, 11, 2), -1, np.int32)
    y, x = np.mgrid[0:11, 0:11]
    field[..., 0], field[..., 1] = x + 20, y + 3
    field[5, 5] = (0, 0)  # an outlier in the middle
    allowed = np.ones((40, 60), bool)
    ys, xs = np.int32([5, 5, 0]), np.int32([5, 8, 0])
    assert agreed_shifts(field, ys, xs, np.int32(2), allowed).tolist() == [[20, 3]] * 3


def test_a_ragged_seam_between_two_sources_is_taken_out() -> None:
    """Two frames of other light meet in a sawtooth: along it left and right change sides from row to row."""
    h, w = 40, 60
    texture_ = texture(h, w)
    light = {1: texture_, 2: (texture_ * np.float32(1.12)).astype(np.float32)}
    mask = np.zeros((h, w), bool)
    mask[8:32, 10:50] = True
    hole = Hole.of(mask)
    from_first = hole.x < 30 + 2 * (hole.y % 3)
    origin = np.where(from_first, 1, 2).astype(np.int32)
    place = np.stack([hole.x, hole.y], -1).astype(np.float32)
    sources = Sources(lambda one: light[one], lambda one: np.zeros((h, w), bool))
    first = codes(np.where(from_first[:, None], light[1][mask], light[2][mask]))
    copies = Copies(origin, place, np.full_like(origin, -1), place, np.ones(len(hole), np.float32))
    joined = first + corrections(hole, steps_between(hole, copies, None, sources))
    detail = codes(texture_)[mask]
    near = (abs(hole.x - 31) < 3) & (hole.y > 12) & (hole.y < 28)

    def step(said: np.ndarray) -> float:
        off = said - detail
        return float(abs(off[near & from_first].mean() - off[near & ~from_first].mean()))

    assert step(first) > 6 and step(joined) < 0.25 * step(first)
