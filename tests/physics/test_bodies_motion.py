"""The rigid bodies against what mechanics says must happen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bodies_scene import breakup_of, let_go
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.engines.physics.bodies import BodySimulation, simulate
from secondunit.engines.physics.bodies_setup import GROUND_FRICTION
from secondunit.engines.physics.motion import IMPACT
from secondunit.engines.physics.rubble_heap import floating_count
from secondunit.errors import BadInput
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground

RATE = 24.0


def run(breakup, plan, ground=None, obstacles=(), n_frames=73, **rest):
    sim = BodySimulation(breakup, plan, ground or Ground(), obstacles, rate=RATE, **rest)
    return [sim.first_frame()] + [sim.advance() for _ in range(n_frames - 1)]


def test_free_fall_is_g():
    breakup = breakup_of([((0, 0, 30), (0.5, 0.4, 0.3))])
    z = np.array([f.position[0, 2] for f in run(breakup, let_go(breakup), n_frames=40)], float)
    acceleration = np.diff(z, 2) * RATE**2
    assert np.allclose(acceleration[1:], -9.81, atol=0.05)
    assert abs(z[39] - (30 - 0.5 * 9.81 * (39 / RATE) ** 2)) < 0.08


def test_a_dropped_box_stops_on_the_ground_and_reports_the_hit():
    breakup = breakup_of([((0, 0, 5), (0.5, 0.4, 0.3))])
    frames = run(breakup, let_go(breakup))
    assert abs(frames[-1].position[0, 2] - 0.3) < 0.01
    assert frames[-1].awake[0] == 2
    events = np.concatenate([f.events for f in frames])
    assert len(events) == 1 and events[0, 9] == IMPACT and events[0, 8] == 0
    assert abs(events[0, 6] + math.sqrt(2 * 9.81 * 4.7)) < 0.3  # the speed before the hit
    assert events[0, 3] < 0.1  # at the ground, not at the centre


def on_slope(degrees):
    a = math.radians(degrees)
    normal = np.array([0, -math.sin(a), math.cos(a)])
    # let go long ago, so that its joint has its full friction: start resting
    breakup = breakup_of([(normal * 0.25, (0.5, 0.5, 0.25), (a, 0, 0))])
    frames = run(breakup, let_go(breakup), Ground(slope_y=math.tan(a)), n_frames=170)
    return [float(np.linalg.norm(f.position[0] - frames[0].position[0])) for f in frames]


def test_friction_angle():
    angle = math.degrees(math.atan(GROUND_FRICTION))
    gentle = on_slope(angle - 8)
    assert gentle[-1] - gentle[120] < 1e-3  # at rest once its joint has hardened
    steep = on_slope(angle + 6)
    assert steep[-1] - steep[120] > 1.0


def test_ten_boxes_stand():
    breakup = breakup_of([((0, 0, 0.25 + 0.5 * k), (0.4, 0.4, 0.25)) for k in range(10)])
    frames = run(breakup, let_go(breakup), n_frames=73)
    moved = frames[-1].position - breakup.centre
    assert np.abs(moved[:, :2]).max() < 0.05
    assert np.abs(moved[:, 2]).max() < 0.08


@settings(max_examples=15, deadline=None)
@given(
    st.tuples(*[st.floats(-1.5, 1.5)] * 3),
    st.floats(0.2, 0.6),
    st.tuples(*[st.floats(-0.25, 0.25)] * 3),
)
def test_momentum_is_conserved_without_gravity(turn, half, offset):
    low, high = (0, 0, 50), (1.6 + offset[0], offset[1], 50 + offset[2])
    breakup = breakup_of([(low, (0.5, 0.4, 0.3), turn), (high, (half, 0.3, 0.4))])
    plan = let_go(breakup, velocity=[[3.0, 0.2, -3.9], [-1.0, 0, -4.0]])  # sinking: no rise is capped
    sim = BodySimulation(breakup, plan, Ground(), rate=RATE, gravity=0.0)
    model = sim.model
    mass = 1.0 / model.inv_mass[model.n_chunks : model.n_chunks + 2]  # as contacts weigh the two
    first = sim.advance()
    before = mass @ first.velocity.astype(float)
    energy = mass @ (first.velocity.astype(float) ** 2).sum(1)
    for _ in range(24):
        last = sim.advance()
    assert np.allclose(mass @ last.velocity.astype(float), before, rtol=2e-3, atol=2e-3 * mass.sum())
    assert mass @ (last.velocity.astype(float) ** 2).sum(1) <= energy * 1.002
    assert np.linalg.norm(last.velocity - first.velocity) > 0.1  # they did meet


def test_what_lies_on_an_obstacle_does_not_float():
    breakup = breakup_of([((0, 0, 2.0), (0.3, 0.3, 0.2)), ((5, 0, 2.0), (0.3, 0.3, 0.2))])
    car = Obstacle("car", (0.0, 0.0, 0.6), (1.2, 0.8, 0.6), yaw_deg=30)
    frames = run(breakup, let_go(breakup), Ground(), [car], n_frames=60)
    assert frames[-1].position[0, 2] > 1.3  # it lies on the roof
    assert floating_count(breakup, frames, Ground(), [car]) == 0
    assert floating_count(breakup, frames, Ground()) == 1


def test_nothing_sinks_into_the_ground_or_an_obstacle():
    rng = np.random.default_rng(3)
    boxes = [
        (rng.uniform([-1, -1, 2], [1, 1, 12]), rng.uniform(0.03, 0.3, 3), rng.normal(0, 1, 3)) for _ in range(60)
    ]
    breakup = breakup_of(boxes)
    car = Obstacle("car", (0.0, 0.0, 0.6), (1.2, 0.8, 0.6), yaw_deg=30)
    ground = Ground(slope_x=0.05, level=-0.1)
    frames = run(breakup, let_go(breakup), ground, [car], n_frames=120)
    p = frames[-1].position.astype(float)
    assert (p[:, 2] > ground.height(p[:, 0], p[:, 1])).all()
    yaw = math.radians(30)
    local = np.c_[
        p[:, 0] * math.cos(yaw) + p[:, 1] * math.sin(yaw), p[:, 1] * math.cos(yaw) - p[:, 0] * math.sin(yaw)
    ]
    inside = (np.abs(local) < [1.2, 0.8]).all(1) & (p[:, 2] < 1.2)
    assert not inside.any()
    assert np.linalg.norm(frames[-1].velocity, axis=1).max() < 0.3


def test_a_resting_body_falls_when_its_support_leaves():
    # the upper box comes to rest on the lower, which then breaks into nothing that could hold it there
    breakup = breakup_of(
        [((0, 0, 0.5), (0.5, 0.5, 0.5)), ((0, 0, 1.25), (0.4, 0.4, 0.25)), ((30.0, 0, 0.5), (0.5, 0.5, 0.5))]
    )
    plan = let_go(breakup, at=[4.0, 0.0, 9.0], velocity=[[6.0, 0, 0], [0, 0, 0], [0, 0, 0]])
    frames = run(breakup, plan, n_frames=170)
    assert frames[90].awake[1] == 2  # at rest
    assert frames[-1].position[1, 2] < 0.5


def test_a_chunk_breaks_on_impact_and_its_pieces_inherit_its_motion():
    boxes = [((x, 0, 4.0), (0.25, 0.25, 0.25)) for x in (0.0, 0.5, 1.0)]
    breakup = breakup_of(boxes, chunk=[0, 0, 0])
    frames = run(breakup, let_go(breakup, break_speed=2.0), n_frames=60)
    events = np.concatenate([f.events for f in frames])
    breaks = events[events[:, 9] == 0]
    assert len(breaks) == 3
    assert np.abs(breaks[:, 6] + math.sqrt(2 * 9.81 * 3.75)).max() < 0.6  # still falling when they part
    whole = np.concatenate([f.events for f in run(breakup, let_go(breakup), n_frames=60)])
    assert len(whole) and (whole[:, 9] == IMPACT).all()


def test_standing_chunks_never_move():
    breakup = breakup_of([((0, 0, 0.5), (0.5, 0.5, 0.5)), ((0, 0, 4.0), (0.3, 0.3, 0.3))])
    frames = run(breakup, let_go(breakup, at=[99.0, 0.0]))
    assert all(f.awake[0] == 0 and np.array_equal(f.position[0], breakup.centre[0]) for f in frames)
    assert abs(frames[-1].position[1, 2] - 1.3) < 0.02


@pytest.mark.parametrize("rate", [24000 / 1001, 25.0, 60.0, 96.0])
def test_frames_are_instants_at_any_rate(rate):
    breakup = breakup_of([((0, 0, 30), (0.5, 0.4, 0.3))])
    n = int(rate) + 1
    frames = list(simulate(breakup, let_go(breakup), Ground(), rate=rate, n_frames=n))
    assert len(frames) == n
    assert abs(frames[-1].position[0, 2] - (30 - 0.5 * 9.81 * ((n - 1) / rate) ** 2)) < 0.1


def test_bad_input_says_so():
    breakup = breakup_of([((0, 0, 1), (0.5, 0.4, 0.3))])
    other = breakup_of([((0, 0, 1), (0.5, 0.4, 0.3)), ((0, 0, 3), (0.5, 0.4, 0.3))])
    with pytest.raises(BadInput, match="is empty"):
        next(simulate(breakup, let_go(breakup), Ground(), rate=24, n_frames=0))
    with pytest.raises(BadInput, match="frames/s"):
        next(simulate(breakup, let_go(breakup), Ground(), rate=0, n_frames=3))
    with pytest.raises(BadInput, match="plan is for 2 chunks"):
        next(simulate(breakup, let_go(other), Ground(), rate=24, n_frames=3))
    state = BodySimulation(other, let_go(other), Ground(), rate=24).snapshot()
    with pytest.raises(BadInput, match="snapshot holds"):
        next(simulate(breakup, let_go(breakup), Ground(), rate=24, n_frames=3, state=state))
