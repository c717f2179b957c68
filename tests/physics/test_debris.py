import dataclasses

import numpy as np
import pytest
from falling_house import breakup_of_boxes, fall, house
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from secondunit.engines.physics.debris import SHAPES, DebrisState, simulate_debris
from secondunit.engines.physics.motion import BREAK, BodyFrame
from secondunit.errors import BadInput
from secondunit.slate.building import Obstacle
from secondunit.slate.camera import Ground

HOUSE = house(width=6, depth=4, height=6)
GROUND = Ground(0.02, 0.06, -0.1)
FRAMES = list(fall(HOUSE, 84))


def run(n=6000, frames=FRAMES, ground=GROUND, obstacles=(), breakup=HOUSE, state=None, seed=1):
    return list(simulate_debris(breakup, frames, ground, obstacles, n_pieces=n, rate=24, seed=seed, state=state))


@pytest.fixture(scope="module")
def shot():
    state = DebrisState.start(HOUSE, 6000)
    return run(state=state), state


def corners(frame, which):
    """World corners of pieces, a list of (k, 3)."""
    x, y, z, w = frame.rotation[which].astype(float).T
    turn = np.stack(
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
         2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
         2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)], -1,
    ).reshape(-1, 3, 3)  # fmt: skip
    return [
        SHAPES[frame.shape[n]][0] @ turn[i].T * frame.size[n] + frame.position[n] for i, n in enumerate(which)
    ]


def over_ground(points, ground=GROUND):
    return points[:, 2] - ground.height(points[:, 0], points[:, 1])


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_shapes_are_closed_convex_and_of_unit_size(shape):
    points, triangles = SHAPES[shape]
    assert np.ptp(points, axis=0).max() == pytest.approx(1, abs=1e-5)
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    a, b, c = (points[triangles[:, i]].astype(float) for i in range(3))
    normal = np.cross(b - a, c - a)
    assert (np.einsum("ij,ij->i", normal, a) > 0).all(), "triangles face outwards and the centre lies inside"
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(ConvexHull(points).volume, rel=1e-4)


def test_sizes_follow_a_power_law_with_small_change(shot):
    size = shot[0][-1].size
    size = size[size > 0]
    assert len(size) > 3500
    assert size.max() <= 0.3 and size.min() >= 0.02
    pieces = size[size > 0.05]
    assert 0.6 < len(pieces) / len(size) < 0.8
    ratio = (pieces > 0.1).sum() / len(pieces)
    assert 0.15 < ratio < 0.35  # (0.05 / 0.1)^1.9 = 0.27, less the cap by the fragment's own size


def test_nothing_is_ever_below_the_ground(shot):
    for frame in shot[0][::6]:
        born = np.where(frame.size > 0)[0]
        for points in corners(frame, born[:: max(1, len(born) // 400)]):
            assert over_ground(points).min() > -0.004


def test_what_sleeps_on_the_ground_touches_it_and_lies_flat(shot):
    frames, state = shot
    resting = np.where((state.asleep > 0) & (state.support < 0) & (frames[-1].size > 0))[0]
    assert len(resting) > 300
    for points in corners(frames[-1], resting[::5]):
        height = np.sort(over_ground(points))
        assert abs(height[0]) < 0.004, "no gap under it"
        assert height[2] < 0.03, "three corners carry it"


def test_what_sleeps_on_a_fragment_touches_its_hull(shot):
    frames, state = shot
    body = FRAMES[-1]
    resting = np.where((state.asleep > 0) & (state.support >= 0))[0]
    assert len(resting) > 300
    gaps = []
    for points, n in zip(corners(frames[-1], resting), resting, strict=True):
        f = state.support[n]
        x, y, z, w = body.rotation[f].astype(float)
        q = np.array([x, y, z])
        local = points - body.position[f]
        turned = 2 * np.cross(-q, local)
        local = local + w * turned + np.cross(-q, turned)
        planes = HOUSE.hull_planes[HOUSE.plane_start[f] : HOUSE.plane_start[f + 1]].astype(float)
        depth = (local + HOUSE.centre[f]) @ planes[:, :3].T + planes[:, 3]
        gaps.append(depth.max(1).min())
    gaps = np.array(gaps)
    assert np.percentile(gaps, 99) < 0.03, "nothing hovers"
    assert np.percentile(gaps, 5) > -0.12, "nothing is swallowed"


def test_debris_fans_out_before_the_house(shot):
    at = shot[0][-1].position[shot[0][-1].size > 0]
    front = -at[at[:, 1] < -0.5, 1]
    near, middle, far = ((front > a) & (front <= b) for a, b in ((0.5, 1.5), (1.5, 3), (3, 9)))
    assert near.sum() > middle.sum() > far.sum() > 5


def test_born_where_and_when_things_break(shot):
    first = next(k for k, f in enumerate(FRAMES) if len(f.events))
    counts = np.array([(f.size > 0).sum() for f in shot[0]])
    assert counts[first - 1] == 0 and counts[first] > 0
    frame, events = shot[0][first], FRAMES[first].events
    for n in np.where(frame.size > 0)[0]:
        own = events[events[:, 8] == frame.source[n]]
        assert len(own) and np.linalg.norm(own[:, 1:4] - frame.position[n], axis=1).min() < 1.0


def test_amount_follows_the_broken_area():
    some = [dataclasses.replace(f, events=f.events[f.events[:, 8] < HOUSE.n_fragments // 2]) for f in FRAMES[:40]]
    share = HOUSE.volume[: HOUSE.n_fragments // 2].sum() / HOUSE.volume.sum()
    part, whole = ((run(frames=frames)[-1].size > 0).sum() for frames in (some, FRAMES[:40]))
    assert part / whole == pytest.approx(share, rel=0.4)


def test_resumes_bit_identically(tmp_path):
    whole = run()
    state = DebrisState.start(HOUSE, 6000)
    run(frames=FRAMES[:31], state=state)
    state.save(tmp_path / "state.npz")
    rest = run(frames=FRAMES[31:], state=DebrisState.load(tmp_path / "state.npz"))
    for a, b in zip(whole[31:], rest, strict=True):
        for field in dataclasses.fields(a):
            assert np.array_equal(getattr(a, field.name), getattr(b, field.name)), field.name


def test_streams_one_frame_for_one_frame():
    given_out = []

    def source():
        for k, frame in enumerate(FRAMES[:5]):
            given_out.append(k)
            yield frame

    for k, _ in enumerate(simulate_debris(HOUSE, source(), GROUND, n_pieces=100, rate=24, seed=1)):
        assert given_out == list(range(k + 1))


def one_box_drop(obstacles=(), speed=(0.0, 0.0, 0.0), frames=60):
    """A single fragment high up that sheds everything at once and stays there."""
    box = breakup_of_boxes(np.array([[0.0, 0, 5]]), np.ones((1, 3)), np.array([0]), np.array([0]))
    still = {
        "position": box.centre, "rotation": np.float32([[0, 0, 0, 1]]), "velocity": np.zeros((1, 3), np.float32),
        "spin": np.zeros((1, 3), np.float32), "awake": np.zeros(1, np.uint8),
    }  # fmt: skip
    event = np.float32([[0.02, 0, 0, 5, *speed, 1, 0, BREAK]])
    empty = np.zeros((0, 10), np.float32)
    stream = [BodyFrame(**still, events=event if k == 1 else empty) for k in range(frames)]
    flat = Ground()
    return list(simulate_debris(box, stream, flat, obstacles, n_pieces=400, rate=24, seed=2))


def test_falls_as_gravity_asks():
    frames = one_box_drop(frames=14)
    born = np.where(frames[1].size > 0.05)[0]
    low = born[frames[1].position[born, 2] < 4.7]  # those under the box fall freely
    t = 10 / 24
    fell = frames[1].position[low, 2] + frames[1].velocity[low, 2] * t - frames[11].position[low, 2]
    assert np.median(fell) == pytest.approx(0.5 * 9.81 * t * t, rel=0.06)


def test_lands_on_street_objects():
    car = Obstacle("car", (0.0, 0.0, 0.75), (2.0, 2.0, 0.75), 30.0)
    last = one_box_drop((car,))[-1]
    born = np.where(last.size > 0)[0]
    turn = np.radians(30)
    local = last.position[born, :2] @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    over = (np.abs(local) < 1.8).all(1) & (last.position[born, 2] < 3)
    assert over.sum() > 20
    assert (last.position[born[over], 2] > 1.5).all()


@settings(max_examples=8, deadline=None)
@given(st.floats(-12, 12), st.floats(-12, 12), st.floats(-14, 3))
def test_gains_no_energy(vx, vy, vz):
    frames = one_box_drop(speed=(vx, vy, vz), frames=30)
    born = frames[-1].size > 0
    energy = [(0.5 * (f.velocity[born] ** 2).sum(1) + 9.81 * f.position[born, 2]).mean() for f in frames[1:]]
    assert (np.diff(energy) < 0.35).all()


def test_rejects_what_it_cannot_do():
    with pytest.raises(BadInput):
        run(n=-1)
    with pytest.raises(BadInput):
        list(simulate_debris(HOUSE, FRAMES[:1], GROUND, n_pieces=10, rate=0, seed=1))
    with pytest.raises(BadInput):
        run(n=10, state=DebrisState.start(HOUSE, 11))
    assert (run(n=0)[-1].size == 0).all()
