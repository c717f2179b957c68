"""The failure plan, and the collapse that follows it."""

from __future__ import annotations

import numpy as np
import pytest
from bodies_scene import breakup_of, house

from secondunit.engines.physics import rubble, rubble_heap
from secondunit.engines.physics.bodies import simulate
from secondunit.engines.physics.failure import plan_failure
from secondunit.errors import BadInput
from secondunit.slate.camera import Ground

CLICK = (1.0, 0.0, 1.0)


@pytest.fixture(scope="module")
def three_storeys():
    return house(width=14.0, depth=6.0, storeys=3, piece=1.2)


@pytest.mark.parametrize("speed", [4.0, 9.0, 25.0])
@pytest.mark.parametrize("click", [(1.0, 0.0, 1.0), (7.0, 0.0, 4.2), (13.9, 3.0, 7.5)])
def test_direction_is_kept(three_storeys, speed, click):
    b = three_storeys
    plan = plan_failure(b, click=click, start_frame=10, front_speed=speed, rate=24, seed=5)
    first = int(np.argmin(plan.release))
    assert abs(plan.release[first] * 24 - 10) < 0.01
    points = b.chunk_hull_points[b.chunk_hull_start[first] : b.chunk_hull_start[first + 1]]
    away = np.maximum(np.maximum(points.min(0) - click, np.asarray(click) - points.max(0)), 0)
    assert np.linalg.norm(away) <= 0.5
    assert np.isfinite(plan.release).all()
    assert abs(plan.release.max() - plan.end) * 24 <= 2
    led = plan.by_front & (plan.distance > 0)
    assert np.allclose(plan.release[led], plan.start + plan.distance[led] / speed)
    # nothing below the click goes before the front is there
    assert (plan.release >= plan.start - 1e-9).all()


def test_upper_storeys_follow(three_storeys):
    b = three_storeys
    plan = plan_failure(b, click=CLICK, start_frame=0, front_speed=9, rate=24, seed=5)
    means = [plan.release[b.chunk_storey == k].mean() for k in range(3)]
    assert means[0] < means[1]
    assert means[0] < means[2]
    assert np.abs(plan.lean).max() <= 0.5


def test_what_loses_its_last_support_goes_at_once():
    # a lintel on two posts, far from each other: it may not outlive the second post
    b = breakup_of(
        [((0, 0, 1), (0.3, 0.3, 1)), ((6, 0, 1), (0.3, 0.3, 1)), ((3, 0, 2.2), (3.3, 0.3, 0.2))], storey=[0, 0, 1]
    )
    plan = plan_failure(b, click=(0, 0, 1), start_frame=0, front_speed=3, rate=24, seed=0, storey_lag=50.0)
    assert plan.release[1] == pytest.approx(2.0)
    assert plan.release[2] <= 2.0 + 1 / 24


def test_an_overhang_gives_way_before_the_front_arrives_at_its_far_support():
    slab = [((0.5 + k, 0, 2.1), (0.5, 1.5, 0.1)) for k in range(12)]
    posts = [((0.2, 0, 1), (0.2, 1.5, 1)), ((11.8, 0, 1), (0.2, 1.5, 1))]
    b = breakup_of(posts + slab, storey=[0, 0] + [1] * 12, density=2400)
    plan = plan_failure(b, click=(0.2, 0, 1), start_frame=0, front_speed=2.0, rate=24, seed=0, storey_lag=50.0)
    assert plan.release[2] < plan.release[1]  # the near end hangs on ten metres of slab: it goes first


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"click": (50.0, 0.0, 1.0)}, "off the building"),
        ({"front_speed": 0.0}, "front speed"),
        ({"start_frame": -1}, "starts at frame"),
    ],
)
def test_bad_input(three_storeys, change, words):
    given = {"click": CLICK, "start_frame": 0, "front_speed": 9.0, "rate": 24.0, "seed": 0} | change
    with pytest.raises(BadInput, match=words) as error:
        plan_failure(three_storeys, **given)
    assert error.value.hint


def test_a_house_comes_down():
    b = house(width=8.0, depth=5.0, storeys=2, piece=0.6)
    plan = plan_failure(b, click=CLICK, start_frame=3, front_speed=10, rate=24, seed=1)
    frames = list(simulate(b, plan, Ground(), rate=24, n_frames=180))  # boxes in courses are slow to fall apart
    start, away = rubble.first_failure(b, frames, CLICK)
    assert abs(start - 3) <= 1 and away <= 0.5
    assert rubble.front_speed(b, frames, CLICK, 24) == pytest.approx(10, rel=0.1)
    assert abs(rubble.end_frame(b, frames) - plan.end * 24) <= 2
    assert rubble.rebound_share(frames) <= 0.002
    assert rubble.peak_fall_acceleration(b, frames, 24) <= 1.02
    assert rubble.restless_share(frames[-1]) < 0.05
    assert rubble_heap.floating_count(b, frames[::1], Ground()) == 0
    deep = rubble_heap.penetration(b, frames[-1], Ground())
    assert deep.p99 <= 0.03
    low = min(float(f.position[:, 2].min()) for f in frames)
    assert low > 0.0
