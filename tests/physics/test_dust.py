import dataclasses

import numba
import numpy as np
import pytest
from falling_house import breakup_of_boxes, fall, house

from secondunit.engines.physics import dust_grid
from secondunit.engines.physics.dust import SETTLES_IN, DustState, simulate_dust
from secondunit.engines.physics.motion import IMPACT, BodyFrame
from secondunit.errors import BadInput
from secondunit.slate.camera import Ground

HOUSE = house(width=6, depth=4, height=6, brick=1.0)
GROUND = Ground(0.02, 0.05, -0.3)
FRAMES = list(fall(HOUSE, 60))
CELL = 0.5


def run(frames=FRAMES, breakup=HOUSE, ground=GROUND, **rest):
    options = {"rate": 24, "amount": 0.5, "cell": CELL, "seed": 4, **rest}
    return list(simulate_dust(breakup, frames, ground, **options))


@pytest.fixture(scope="module")
def shot():
    return run()


def mass(frame):
    """Extinction area in m²."""
    return float(frame.density.astype(np.float64).sum()) * frame.cell**3


def extent(frame, thin=0.1):
    """Lowest and highest world x, y and height above ground of dust over `thin` 1/m."""
    low = np.array(frame.low) * [1, 1, 0]
    where = np.argwhere(frame.density > thin)
    return low + where.min(0) * frame.cell, low + (where.max(0) + 1) * frame.cell


def falling_slab(n_frames=70, height=7.0, half=3.0):
    """A plate of boxes that falls flat from `height` and stays: all its dust is set free by the landing."""
    step = 0.75
    grid = np.arange(-half + step / 2, half, step)
    centre = np.array([(x, y, height) for x in grid for y in grid])
    slab = breakup_of_boxes(
        centre, np.full((len(centre), 3), (step, step, 0.5)), np.zeros(len(centre)), np.zeros(len(centre))
    )
    frames = []
    landing = np.sqrt(2 * (height - 0.25) / 9.81)
    for k in range(n_frames):
        t = k / 24
        at = centre.astype(np.float32).copy()
        at[:, 2] = max(0.25, height - 0.5 * 9.81 * t * t)
        moving = t < landing
        speed = np.zeros_like(at)
        speed[:, 2] = -9.81 * t if moving else 0
        events = np.zeros((0, 10), np.float32)
        if t - 1 / 24 < landing <= t:
            hit = [[landing, *p, 0, 0, -9.81 * landing, v, f, IMPACT]
                   for f, (p, v) in enumerate(zip(at, slab.volume, strict=True))]  # fmt: skip
            events = np.array(hit, np.float32)
        rotation = np.tile(np.float32([0, 0, 0, 1]), (len(at), 1))
        awake = np.full(len(at), 1 if moving else 2, np.uint8)
        frames.append(BodyFrame(at, rotation, speed, np.zeros_like(at), awake, events))
    return slab, frames, landing


def test_dust_appears_in_the_frame_of_what_makes_it_and_there():
    slab, frames, landing = falling_slab(40)
    still = [dataclasses.replace(f, awake=np.zeros_like(f.awake)) for f in frames]  # impacts alone, no trail
    first = int(np.ceil(landing * 24))
    cloud = run(still, slab, Ground())
    assert all(mass(frame) == 0 for frame in cloud[:first])
    assert mass(cloud[first]) > 100
    low, high = extent(cloud[first])
    assert low[0] > -6 and high[0] < 6 and high[2] < 3.5


def test_the_front_runs_along_the_ground_faster_than_it_rises():
    slab, frames, landing = falling_slab()
    cloud = run(frames, slab, Ground(), wind=(0.0, 0.0))
    early, late = int(landing * 24) + 3, int(landing * 24) + 27
    (low0, high0), (low1, high1) = extent(cloud[early], 0.3), extent(cloud[late], 0.3)
    sides = [high1[0] - high0[0], low0[0] - low1[0], high1[1] - high0[1], low0[1] - low1[1]]
    up = high1[2] - max(high0[2], 1.5)
    assert np.mean(sides) > 1.9 and min(sides) > 1.0, "metres in a second"
    assert min(sides) > up
    speed = cloud[early].velocity.astype(float)
    nz = speed.shape[3]
    level = np.hypot(speed[0], speed[1]).max((0, 1))
    assert level[: max(1, nz // 4)].max() == level.max(), "the jet is at the ground"


def test_no_dust_when_none_is_asked_for_and_more_with_more(shot):
    none = run(FRAMES[:30], amount=0)
    assert all(mass(f) == 0 for f in none)
    thin, thick = (mass(run(FRAMES[:30], amount=a)[-1]) for a in (0.25, 0.75))
    assert thin < 0.5 * mass(shot[29]) < 0.5 * thick


def test_mass_is_kept_while_the_grid_moves():
    quiet = [dataclasses.replace(f, events=f.events[:0], awake=np.full_like(f.awake, 2)) for f in FRAMES]
    state = DustState.start(HOUSE.centre, CELL)
    start = mass(run(FRAMES[:36], state=state)[-1])
    state.left[:] = 0  # the heap gives off no more
    shapes = set()
    for k, frame in enumerate(run([quiet[36]] * 60, state=state, wind=(3.0, 0.0))):
        shapes.add((frame.low, frame.density.shape))
        expected = start * np.exp(-(k + 1) / 24 / SETTLES_IN)
        assert mass(frame) == pytest.approx(expected, rel=0.02)
    assert len(shapes) > 2, "the grid did move"


def test_the_cloud_is_never_cut_by_a_face_of_the_grid(shot):
    for frame in shot:
        d = frame.density.astype(float)
        if d.shape[0] > 2:
            rim = max(d[:2].max(), d[-2:].max(), d[:, :2].max(), d[:, -2:].max(), d[:, :, -2:].max())
            assert rim < 0.02


def centroid(frame):
    """Centre of mass of the dust in x and y."""
    cells = np.argwhere(frame.density > 0) + 0.5
    weight = frame.density[frame.density > 0].astype(float)
    return (np.average(cells, axis=0, weights=weight) * frame.cell + np.array(frame.low))[:2]


def test_outgrowing_the_largest_grid_coarsens_and_keeps_the_dust(monkeypatch, shot):
    monkeypatch.setattr(dust_grid, "MAX_CELLS", int(0.6 * shot[-1].density.size))
    coarse = run()
    assert coarse[-1].cell == 2 * CELL
    before = next(k for k, f in enumerate(coarse) if f.cell > CELL)
    assert mass(coarse[before]) == pytest.approx(mass(shot[before]), rel=0.01)
    assert centroid(coarse[before]) == pytest.approx(centroid(shot[before]), abs=0.15)
    assert centroid(coarse[-1]) == pytest.approx(centroid(shot[-1]), abs=1.5)


def same(a, b):
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))


def test_resumes_bit_identically(tmp_path, shot):
    state = DustState.start(HOUSE.centre, CELL)
    run(FRAMES[:33], state=state)
    state.save(tmp_path / "dust.npz")
    rest = run(FRAMES[33:], state=DustState.load(tmp_path / "dust.npz"))
    assert all(same(a, b) for a, b in zip(shot[33:], rest, strict=True))


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one thread only")
def test_threads_change_nothing(shot):
    had = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        alone = run(FRAMES[:40])
    finally:
        numba.set_num_threads(had)
    assert all(same(a, b) for a, b in zip(shot[:40], alone, strict=True))


def test_streams_one_frame_for_one_frame():
    taken = []

    def source():
        for k, frame in enumerate(FRAMES[:4]):
            taken.append(k)
            yield frame

    for k, _ in enumerate(simulate_dust(HOUSE, source(), GROUND, rate=24)):
        assert taken == list(range(k + 1))


def test_flow_tells_how_far_the_air_has_come():
    state = DustState.start(HOUSE.centre, CELL)
    run(FRAMES[:40], state=state)
    quiet = dataclasses.replace(FRAMES[40], events=FRAMES[40].events[:0], awake=np.full_like(FRAMES[40].awake, 2))
    for frame in run([quiet] * 8, state=state):
        assert sum(frame.blend) == pytest.approx(1)
        youngest = frame.flow[int(np.argmin(np.abs(frame.flow.astype(float)).max((1, 2, 3, 4))))].astype(float)
        assert np.abs(youngest).max() < 12
    assert np.abs(frame.flow.astype(float)).max() > 0.1


@pytest.mark.parametrize("wrong", [{"amount": -0.1}, {"amount": 1.1}, {"rate": 0}, {"cell": 0.0}])
def test_refuses_what_it_cannot_use(wrong):
    with pytest.raises(BadInput):
        run(FRAMES[:1], **wrong)


def test_refuses_the_state_of_another_building():
    with pytest.raises(BadInput):
        run(FRAMES[:1], state=DustState.start(HOUSE.centre[:-1], CELL))
