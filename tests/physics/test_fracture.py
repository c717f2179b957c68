"""A broken building: convex pieces that tile its parts, held up, drawn without gaps."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from secondunit.engines.physics.breakup import Breakup, Part, Surface
from secondunit.engines.physics.fracture import break_building, solid_volume
from secondunit.engines.physics.parts_building import take_apart
from secondunit.engines.physics.voronoi import sample_inside
from secondunit.errors import BadInput
from secondunit.slate.building import Block, Building, Material, Role, Window

CAMERA = (-6.0, -24.0, 1.7)


def house() -> Building:
    windows = tuple(
        Window(0, 1.2 + 2.8 * j, 2.4 + 2.8 * j, 1.0 + 4.4 * k, 3.0 + 4.4 * k) for k in (0, 1) for j in range(5)
    )
    footprint = ((0.0, 0.0), (15.0, 0.0), (15.0, 11.0), (0.0, 11.0))
    return Building((Block("house", footprint, 0.0, 9.2, storeys=2, wall=0.42, windows=windows),))


def _octagon(r: float) -> tuple[tuple[float, float], ...]:
    turn = [math.pi / 8 + i * math.pi / 4 for i in range(8)]
    return tuple((r * math.cos(a), 6.0 + r * math.sin(a)) for a in turn)


def pagoda() -> Building:
    blocks, z, r = [], 0.0, 5.0
    for k in range(3):
        last = k == 2
        walls = Material.TIMBER if k else Material.STONE
        blocks.append(Block(f"storey{k}", _octagon(r), z, 3.4, material=walls, wall=0.3, top_scale=0.96))
        eaves = r * 1.35
        blocks.append(
            Block(
                f"roof{k}",
                _octagon(eaves),
                z + 3.4,
                3.0 if last else 1.4,
                role=Role.ROOF,
                material=Material.TILE,
                top_scale=0.02 if last else (r - 0.6) / eaves,
            )
        )
        z, r = z + 4.8, r - 0.6
    return Building(tuple(blocks))


def hall() -> Building:
    windows = tuple(Window(0, 2.0 + 4 * j, 4.0 + 4 * j, 1.2, 5.0) for j in range(7))
    walls = ((0.0, 0.0), (30.0, 0.0), (30.0, 14.0), (0.0, 14.0))
    eaves = ((-0.4, -0.4), (30.4, -0.4), (30.4, 14.4), (-0.4, 14.4))
    return Building(
        (
            Block("hall", walls, 0.0, 7.0, wall=0.5, windows=windows, material=Material.STONE),
            Block("roof", eaves, 7.0, 5.0, role=Role.ROOF, material=Material.TILE, top_scale=0.3),
        )
    )


def office() -> Building:
    rows = [(f, j, k) for k in range(7) for f, n in ((0, 14), (1, 6)) for j in range(n)]
    windows = tuple(Window(f, 1.0 + 2.8 * j, 3.0 + 2.8 * j, 0.9 + 3.5 * k, 2.7 + 3.5 * k) for f, j, k in rows)
    plan = ((0.0, 0.0), (40.0, 0.0), (40.0, 18.0), (0.0, 18.0))
    return Building(
        (
            Block("office", plan, 0.0, 24.5, 7, Material.CONCRETE, wall=0.25, windows=windows),
            Block("top", plan, 24.5, 0.9, role=Role.ROOF, material=Material.CONCRETE),
        )
    )


def pier() -> Building:
    plan = ((0.0, 0.0), (6.0, 0.0), (7.0, 3.0), (3.0, 6.0), (-1.0, 3.0))
    return Building((Block("pier", plan, 0.0, 8.0, role=Role.SOLID, material=Material.STONE, top_scale=0.7),))


BUILDINGS = {"house": house, "pagoda": pagoda, "hall": hall, "office": office, "pier": pier}
N = 1500


@pytest.fixture(scope="module")
def broken() -> dict[str, Breakup]:
    return {
        name: break_building(make(), n_fragments=N, seed=4, camera_position=CAMERA)
        for name, make in BUILDINGS.items()
    }


@pytest.mark.parametrize("name", BUILDINGS)
def test_hulls_are_convex_and_hold_their_points(broken: dict[str, Breakup], name: str) -> None:
    b = broken[name]
    for i in range(b.n_fragments):
        points = b.hull_points[b.hull_start[i] : b.hull_start[i + 1]]
        planes = b.hull_planes[b.plane_start[i] : b.plane_start[i + 1]]
        assert np.allclose(np.linalg.norm(planes[:, :3], axis=1), 1.0, atol=1e-5)
        assert (points @ planes[:, :3].T + planes[:, 3]).max() < 1e-3
        assert (b.centre[i] @ planes[:, :3].T + planes[:, 3]).max() < 1e-4


@pytest.mark.parametrize("name", BUILDINGS)
def test_a_chunk_holds_its_fragments_and_their_volume(broken: dict[str, Breakup], name: str) -> None:
    b = broken[name]
    for c in range(b.n_chunks):
        planes = b.chunk_hull_planes[b.chunk_plane_start[c] : b.chunk_plane_start[c + 1]]
        mine = np.flatnonzero(b.chunk == c)
        assert len(mine)
        for i in mine:
            points = b.hull_points[b.hull_start[i] : b.hull_start[i + 1]]
            assert (points @ planes[:, :3].T + planes[:, 3]).max() < 1e-3
        assert b.volume[mine].sum() == pytest.approx(b.chunk_volume[c], rel=1e-3)
        assert set(b.part[mine]) == {b.chunk_part[c]}


@pytest.mark.parametrize("name", BUILDINGS)
def test_fragments_fill_the_parts_and_no_more(broken: dict[str, Breakup], name: str) -> None:
    parts = take_apart(BUILDINGS[name](), n_fragments=N, camera_position=CAMERA, seed=4)
    assert solid_volume(broken[name]) == pytest.approx(parts.cells.volume.sum(), rel=5e-3)


@pytest.mark.parametrize("name", BUILDINGS)
def test_points_of_the_building_lie_in_exactly_one_fragment(broken: dict[str, Breakup], name: str) -> None:
    b = broken[name]
    parts = take_apart(BUILDINGS[name](), n_fragments=N, camera_position=CAMERA, seed=4)
    rng = np.random.default_rng(0)
    points = sample_inside(parts.cells, np.full(parts.cells.n, 3, np.int32), rng)
    count = np.zeros(len(points), np.int32)
    on_a_face = np.zeros(len(points), bool)
    for i in range(b.n_fragments):
        planes = b.hull_planes[b.plane_start[i] : b.plane_start[i + 1]]
        worst = (points @ planes[:, :3].T + planes[:, 3]).max(1)
        count += worst < 0
        on_a_face |= np.abs(worst) < 1e-4
    assert on_a_face.mean() < 0.02
    assert (count[~on_a_face] == 1).all()


@pytest.mark.parametrize("name", BUILDINGS)
def test_numbers_come_out_as_asked(broken: dict[str, Breakup], name: str) -> None:
    b = broken[name]
    assert b.n_fragments == pytest.approx(N, rel=0.06)
    assert len(b.corners) <= 82 * b.n_fragments
    assert set(np.unique(b.tri_fragment)) == set(range(b.n_fragments))
    sizes = np.log10(b.volume.astype(float))
    assert np.ptp(sizes) > 3.0


def test_everything_hangs_together_down_to_the_ground(broken: dict[str, Breakup]) -> None:
    for name, b in broken.items():
        assert b.grounded.any(), name
        held = b.grounded.copy()
        for _ in range(b.n_chunks):
            reach = held[b.bonds].any(1)
            more = held.copy()
            more[b.bonds[reach].ravel()] = True
            if (more == held).all():
                break
            held = more
        assert held.all(), name
        assert (b.bond_area > 0).all()
        assert (b.bonds[:, 0] < b.bonds[:, 1]).all()
        assert len(np.unique(b.bonds, axis=0)) == len(b.bonds)


def test_a_porch_surveyed_a_hand_off_the_wall_is_tied_to_it() -> None:
    porch = Block("porch", ((4.0, -1.5), (8.0, -1.5), (8.0, -0.1), (4.0, -0.1)), 3.0, 0.3, role=Role.SOLID)
    b = break_building(Building((*house().blocks, porch)), n_fragments=700, seed=1, camera_position=CAMERA)
    outside = b.chunk_centre[:, 1] < -0.1
    assert outside.any()
    assert outside[b.bonds].any(1).sum() > 0
    assert (outside[b.bonds].sum(1) == 1).sum() == 1


def test_a_wall_another_block_leans_on_is_not_drawn_as_skin() -> None:
    plan = ((15.0, 0.0), (20.0, 0.0), (20.0, 11.0), (15.0, 11.0))
    wing = Block("wing", plan, 0.0, 4.6, wall=0.42)
    b = break_building(Building((*house().blocks, wing)), n_fragments=900, seed=1, camera_position=CAMERA)
    assert _skin_area(b, (1.0, 0.0, 0.0), 15.0) == pytest.approx(11 * 4.6, rel=0.03)
    assert _skin_area(b, (-1.0, 0.0, 0.0), -15.0) < 0.02 * 11 * 4.6


def test_same_seed_same_arrays_and_another_seed_others() -> None:
    make = {"n_fragments": 700, "camera_position": CAMERA}
    a, b = break_building(house(), seed=9, **make), break_building(house(), seed=9, **make)
    for field in a.__dataclass_fields__:
        assert np.array_equal(getattr(a, field), getattr(b, field)), field
    c = break_building(house(), seed=10, **make)
    assert not np.array_equal(a.centre[:100], c.centre[:100])


@pytest.mark.parametrize("name", BUILDINGS)
def test_the_picture_of_every_piece_is_closed_and_has_its_volume(broken: dict[str, Breakup], name: str) -> None:
    b = broken[name]
    corners = b.corners.astype(np.float64)
    vectors = 0.5 * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.stack([np.bincount(b.tri_fragment, vectors[:, k], b.n_fragments) for k in range(3)], -1)
    area = np.bincount(b.tri_fragment, np.linalg.norm(vectors, axis=1), b.n_fragments)
    assert (np.linalg.norm(total, axis=1) < 1e-5 * area).all()
    arm = corners[:, 0] - b.centre[b.tri_fragment]
    volume = np.bincount(b.tri_fragment, (arm * vectors).sum(1) / 3.0, b.n_fragments)
    assert 0.93 < volume.sum() / solid_volume(b) < 1.03
    assert np.median(volume / b.volume) == pytest.approx(1.0, abs=0.05)


def _skin_area(b: Breakup, along: tuple[float, float, float], at: float) -> float:
    """Area of plate and facade triangles in the plane `along`·x = at that look along it."""
    corners = b.corners.astype(np.float64)
    normal = np.array(along)
    flat = (np.abs(corners @ normal - at) < 2e-3).all(1)
    skin = flat & ((b.tri_surface == Surface.PLATE) | (b.tri_surface == Surface.FACADE))
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(0.5 * (cross[skin] @ normal).sum())


def test_skins_have_the_area_of_their_walls_without_gap_or_overlap(broken: dict[str, Breakup]) -> None:
    front = (0.0, -1.0, 0.0)
    assert _skin_area(broken["house"], front, 0.0) == pytest.approx(15 * 9.2 - 10 * 2.4, rel=1e-4)
    assert _skin_area(broken["house"], (-1.0, 0.0, 0.0), 0.0) == pytest.approx(11 * 9.2, rel=1e-4)
    assert _skin_area(broken["office"], front, 0.0) == pytest.approx(40 * 25.4 - 98 * 3.6, rel=1e-4)
    assert _skin_area(broken["hall"], front, 0.0) == pytest.approx(30 * 7 - 7 * 7.6, rel=1e-4)
    # The pier's front is a trapezoid of 6 m and 4.2 m that leans back by 0.3 of its 2.4 m from the centre.
    slope = math.hypot(8.0, 0.72)
    assert _skin_area(broken["pier"], (0.0, -8.0 / slope, 0.72 / slope), 0.0) == pytest.approx(
        5.1 * slope, rel=1e-4
    )


def test_a_cut_shows_four_layers(broken: dict[str, Breakup]) -> None:
    assert {Part.WALL, Part.SLAB, Part.PARTITION, Part.BEAM, Part.FURNITURE, Part.WINDOW} <= set(
        broken["house"].part
    )


def test_skins_are_plate_where_the_camera_sees_them(broken: dict[str, Breakup]) -> None:
    b = broken["house"]
    middle = b.corners.mean(1)
    towards = ((np.array(CAMERA) - middle) * b.tri_normal).sum(1)
    plate, facade = b.tri_surface == Surface.PLATE, b.tri_surface == Surface.FACADE
    assert (towards[plate] > -0.05).mean() > 0.999
    assert (towards[facade] < 0.05).mean() > 0.999
    front = (np.abs(middle[:, 1]) < 1e-3) & (b.tri_normal[:, 1] < -0.99)
    assert plate[front].all()
    area = np.linalg.norm(np.cross(b.corners[:, 1] - b.corners[:, 0], b.corners[:, 2] - b.corners[:, 0]), axis=1)
    windows = 10 * 1.2 * 2.0
    assert 0.5 * area[front].sum() == pytest.approx(15.0 * 9.2 - windows, rel=1e-3)


@pytest.mark.parametrize("count", [0, -5, 10**9])
def test_impossible_numbers_are_refused(count: int) -> None:
    with pytest.raises(BadInput, match="fragments"):
        break_building(house(), n_fragments=count, seed=1)


def test_too_few_for_the_parts_is_refused() -> None:
    with pytest.raises(BadInput, match="too few"):
        break_building(office(), n_fragments=60, seed=1)


def test_pieces_are_smaller_near_the_click() -> None:
    click = (3.0, 0.0, 2.0)
    b = break_building(house(), n_fragments=2500, seed=2, camera_position=CAMERA, click=click)
    wall = (b.part == Part.WALL) & (b.centre[:, 1] < 0.5)
    near = wall & (np.linalg.norm(b.centre - click, axis=1) < 2.0)
    far = wall & (np.linalg.norm(b.centre - click, axis=1) > 7.0)
    assert b.volume[near].mean() < 0.7 * b.volume[far].mean()


def test_a_shed_and_a_block_of_sixty_metres_come_out_as_asked() -> None:
    shed = Building((Block("shed", ((0.0, 0.0), (3.0, 0.0), (3.0, 2.5), (0.0, 2.5)), 0.0, 2.4, wall=0.12),))
    windows = tuple(
        Window(0, 1 + 3.0 * j, 2.8 + 3.0 * j, 0.9 + 3.3 * k, 2.5 + 3.3 * k) for k in range(7) for j in range(19)
    )
    plan = ((0.0, 0.0), (60.0, 0.0), (60.0, 20.0), (0.0, 20.0))
    block = Building((Block("block", plan, 0.0, 23.1, 7, Material.BRICK, windows=windows),))
    for building, n in ((shed, 400), (block, 3000), (block, 900)):
        b = break_building(building, n_fragments=n, seed=1, camera_position=CAMERA)
        assert b.n_fragments == pytest.approx(n, rel=0.06)
        assert len(b.corners) <= 82 * b.n_fragments


def test_storeys_count_up_through_a_stack(broken: dict[str, Breakup]) -> None:
    b = broken["pagoda"]
    for low, high, storeys in ((0.0, 3.3, {0}), (4.8, 8.1, {1}), (9.6, 12.9, {2})):
        inside = (b.chunk_centre[:, 2] > low) & (b.chunk_centre[:, 2] < high)
        assert set(b.chunk_storey[inside & (b.chunk_part == Part.WALL)]) == storeys


def test_far_bricks_are_drawn_as_rough_cells() -> None:
    near = break_building(house(), n_fragments=700, seed=1, camera_position=CAMERA)
    far = break_building(house(), n_fragments=700, seed=1, camera_position=CAMERA, detail_m=0.4)
    assert len(far.corners) < 0.6 * len(near.corners)
    assert np.array_equal(far.hull_points, near.hull_points)
    front = (0.0, -1.0, 0.0)
    assert _skin_area(far, front, 0.0) == pytest.approx(15 * 9.2 - 10 * 2.4, rel=1e-4)


def test_saved_and_loaded_is_the_same(broken: dict[str, Breakup], tmp_path: Path) -> None:
    b = broken["house"]
    b.save(tmp_path / "breakup.npz")
    again = Breakup.load(tmp_path / "breakup.npz")
    for field in b.__dataclass_fields__:
        assert np.array_equal(getattr(b, field), getattr(again, field))
        assert getattr(b, field).dtype == getattr(again, field).dtype
