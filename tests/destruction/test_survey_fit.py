"""Camera and building found again from points of a known one; proposals from an outline of a known box."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondunit.departments.destruction.building_file import BlockTable, BuildingFile, CameraTable, CornerTable
from secondunit.departments.destruction.survey import survey
from secondunit.departments.destruction.survey_blocks import place_blocks
from secondunit.departments.destruction.survey_building import building_of
from secondunit.departments.destruction.survey_camera import camera_of, fit_file, focal_guess
from secondunit.engines.light.calibrate import ParallelLines, fit_camera, focal_from_35mm, orbit_starts
from secondunit.errors import BadInput
from secondunit.slate.building import Building
from secondunit.slate.camera import Camera, Ground

W, H = 640, 360


def seen_from(yaw: float = -22.0, focal: float = 560.0, **rest: float) -> Camera:
    angle = np.radians(-yaw)
    position = (6.0 + 24 * np.sin(angle), 4 - 24 * np.cos(angle), 1.7)
    return Camera.looking(
        position=position, yaw_deg=yaw, pitch_deg=8.0, roll_deg=1.0, focal=focal, width=W, height=H, **rest
    )


def box(**changes: object) -> BlockTable:
    values: dict[str, object] = {"name": "house", "width": 12.0, "depth": 8.0, "height": 9.0, "storeys": 3}
    return BlockTable.model_validate(values | changes)


def clicks(camera: Camera, block: BlockTable, codes: str) -> tuple[CornerTable, ...]:
    placed = place_blocks([block])[block.name]
    points = np.array([placed.vertex(code, Ground()) for code in codes.split()])
    pixels, _ = camera.project(points)
    return tuple(
        CornerTable(image=(float(u), float(v)), block=block.name, vertex=code)
        for code, (u, v) in zip(codes.split(), pixels, strict=True)
    )


@settings(max_examples=8, deadline=None)
@given(yaw=st.floats(-40, 40), focal=st.floats(420, 900), width=st.floats(9, 14))
def test_a_camera_and_a_width_are_found_again_from_exact_corners(yaw, focal, width):
    camera = seen_from(yaw, focal)
    side = "b2 t2" if camera.position[0] > width else "b3 t3"
    corners = clicks(camera, box(width=width), f"b0 b1 t0 t1 {side}")
    file = BuildingFile(block=(box(free=("width",)),), corner=corners)
    filled, found, fit = fit_file(file, W, H, focal_guess(file, W, H, None))
    assert fit.rms < 0.5
    assert filled.block[0].width == pytest.approx(width, rel=0.05)
    assert np.linalg.norm(np.subtract(found.position, camera.position)) < 2.5


def test_errors_of_clicks_are_reported_where_they_are():
    camera = seen_from()
    corners = list(clicks(camera, box(), "b0 b1 b2 t0 t1 t2 t0.5 b0.5 t1.5 b1.5"))
    u, v = corners[4].image
    corners[4] = corners[4].model_copy(update={"image": (u + 25.0, v)})
    file = BuildingFile(block=(box(),), corner=tuple(corners))
    _, _, fit = fit_file(file, W, H, focal_guess(file, W, H, None))
    assert int(np.argmax(fit.errors)) == 4
    assert fit.worst > 18
    assert np.median(fit.errors) < 1.5


def test_an_edge_and_parallel_lines_stand_in_for_corners_outside_the_frame():
    camera = seen_from(-20.0)
    ends = np.array([[[0, 0, 9.0], [60.0, 0, 9.0]]] * 3 + [[[0, 0, 0.0], [60.0, 0, 0.0]]] * 3)
    along = np.array([1.0, 4.0, 7.0, 2.0, 5.0, 8.0])
    on_edges = np.stack([along, 0 * along, ends[:, 0, 2]], axis=1)
    corners = np.array([[0, 0, 0.0], [0, 0, 9.0]])
    image, _ = camera.project(np.concatenate([on_edges, corners]))
    world = np.concatenate([ends, np.repeat(corners[:, None], 2, axis=1)])
    uprights = np.array([[[x, 0, 2.0], [x, 0, 7.0]] for x in (3.0, 6.0, 10.0)])
    flat, _ = camera.project(uprights.reshape(-1, 3))
    lines = ParallelLines(flat.reshape(-1, 4), np.array([[0, 0, 1.0]] * 3))
    starts = orbit_starts(np.concatenate([on_edges, corners]), image, focal=540.0, width=W, height=H)
    fit = fit_camera(image, lambda _: world, starts, lines=lines)
    assert fit.rms < 0.3
    x_line, _ = fit.camera.project(on_edges)
    wanted = np.cross(np.append(x_line[0], 1), np.append(x_line[2], 1))
    exact, _ = camera.project(np.array([[30.0, 0, 9.0]]))
    assert abs(wanted @ np.append(exact[0], 1)) / np.hypot(*wanted[:2]) < 3


def test_distortion_is_found_when_asked_for():
    camera = Camera.looking(
        position=(9.0, -8.0, 1.7),
        yaw_deg=-12.0,
        pitch_deg=8.0,
        roll_deg=0.0,
        focal=300.0,
        width=W,
        height=H,
        k1=-0.12,
    )
    corners = clicks(camera, box(), "b0 b1 b2 t0 t1 t2 t0.5 b0.5 t1.5 b1.5 t0.2 b0.8")
    file = BuildingFile(camera=CameraTable(free=("k1",)), block=(box(),), corner=corners)
    _, found, fit = fit_file(file, W, H, focal_guess(file, W, H, None))
    assert fit.rms < 0.5
    assert found.k1 == pytest.approx(-0.12, abs=0.04)


def test_a_given_number_is_never_moved():
    camera = seen_from()
    corners = clicks(camera, box(), "b0 b1 b2 t0 t1 t2")
    file = BuildingFile(camera=CameraTable(focal=700.0, roll=0.0), block=(box(),), corner=corners)
    filled, found, _ = fit_file(file, W, H, focal_guess(file, W, H, None))
    assert found.focal == pytest.approx(700.0)
    assert filled.camera.roll == 0.0
    assert found.angles()[2] == pytest.approx(0.0, abs=1e-6)
    assert "camera.yaw" in filled.proposed and "camera.focal" not in filled.proposed


def test_a_proposed_lens_does_not_lead_the_next_survey_astray():
    camera = seen_from()
    corners = clicks(camera, box(), "b0 b1 b2 t0 t1 t2")
    fresh = BuildingFile(camera=CameraTable(free=("k1", "cx")), block=(box(),), corner=corners)
    _, found, _ = fit_file(fresh, W, H, focal_guess(fresh, W, H, None))
    wild = fresh.camera.model_copy(update={"k1": 0.4, "cx": 20.0, "focal": 2000.0})
    marks = frozenset({"camera.k1", "camera.cx", "camera.focal"})
    again = fresh.model_copy(update={"camera": wild, "proposed": marks})
    _, same, _ = fit_file(again, W, H, focal_guess(again, W, H, None))
    assert (same.k1, same.cx, same.focal) == pytest.approx((found.k1, found.cx, found.focal), rel=0.02)


def test_too_few_or_unknown_corners_are_named():
    camera = seen_from()
    three = clicks(camera, box(), "b0 b1 t0")
    file = BuildingFile(block=(box(),), corner=three)
    with pytest.raises(BadInput, match="3 corners"):
        fit_file(file, W, H, focal_guess(file, W, H, None))
    strange = (*three, CornerTable(image=(1.0, 1.0), block="tower", vertex="b0"))
    with pytest.raises(BadInput, match="tower"):
        fit_file(BuildingFile(block=(box(),), corner=strange), W, H, focal_guess(file, W, H, None))
    with pytest.raises(BadInput, match="corner 9"):
        place_blocks([box()])["house"].vertex("b9", Ground())


def test_exif_focal_is_a_close_prior():
    assert focal_from_35mm(43.2666, 640, 480) == pytest.approx(800.0)
    guess = focal_guess(BuildingFile(), 640, 480, 28.0)
    assert guess.source == "EXIF" and guess.sigma < 0.05


def test_a_stack_shares_its_axis_and_stands_on_what_is_below():
    low = BlockTable(name="low", sides=8, radius=5.0, height=3.0, y=5.0, turn=10.0)
    roof = BlockTable(name="roof", on="low", overhang=1.0, height=1.0, inset=2.0, role="roof")
    box_on = BlockTable(name="lantern", on="roof", sides=8, radius=1.0, height=1.0)
    placed = place_blocks([low, roof, box_on])
    assert placed["roof"].base == 3.0 and placed["lantern"].base == 4.0
    assert np.allclose(placed["lantern"].low.mean(axis=0), [0, 5])
    apothem = 5.0 * np.cos(np.pi / 8)
    grown = np.linalg.norm(placed["roof"].low.mean(axis=0) - placed["roof"].low[0])
    assert grown == pytest.approx((apothem + 1) / np.cos(np.pi / 8))
    with pytest.raises(BadInput, match="not listed before"):
        place_blocks([roof, low])


def test_a_hipped_roof_narrows_to_a_ridge_and_is_a_valid_building():
    blocks = (box(), BlockTable(name="roof", on="house", height=3.0, inset=9.0, role="roof", material="tile"))
    building = building_of(BuildingFile(block=blocks), seen_from())
    assert isinstance(building, Building)
    top = np.array(building.blocks[1].top_footprint())
    assert np.ptp(top[:, 1]) == pytest.approx(0.1, abs=1e-6)
    assert np.ptp(top[:, 0]) == pytest.approx(12 - 8 + 0.1, abs=0.02)


def painted(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """A plain box house in front of a plain sky: picture and outline."""
    import cv2

    placed = place_blocks([box()])["house"]
    low = np.c_[placed.low, np.full(4, placed.base)]
    high = np.c_[placed.high, np.full(4, placed.top)]
    pixels, _ = camera.project(np.concatenate([low, high]))
    picture = np.full((H, W, 3), (0.35, 0.55, 0.9), np.float32)
    picture[int(H * 0.6) :] = (0.3, 0.3, 0.28)
    for a, b, shade in ((0, 1, 0.5), (1, 2, 0.18)):
        face = pixels[[a, b, b + 4, a + 4]]
        cv2.fillPoly(picture, [np.round(face).astype(np.int32)], (shade, shade * 0.8, shade * 0.6))
        for k in range(1, 9):  # courses to find vanishing points by
            p, q = (pixels[i] * (1 - k / 9) + pixels[i + 4] * k / 9 for i in (a, b))
            cv2.line(
                picture,
                tuple(np.round(p).astype(int).tolist()),
                tuple(np.round(q).astype(int).tolist()),
                (0.05,) * 3,
            )
    outline = pixels[[0, 1, 2, 6, 5, 4]]
    return picture, outline


def test_a_box_and_its_camera_are_proposed_from_an_outline_alone():
    camera = seen_from(-35.0)
    picture, outline = painted(camera)
    found = survey(picture, outline)
    block = found.building.blocks[0]
    assert found.reprojection_px < 6
    assert block.height == pytest.approx(9.0, rel=0.35)
    ratio = (block.footprint[1][0] - block.footprint[0][0]) / block.height
    assert ratio == pytest.approx(12 / 9, rel=0.25)
    assert found.camera.focal == pytest.approx(560, rel=0.35)
    assert any("proposed from the outline" in note for note in found.notes)
    assert {"camera.focal", "block.0.width", "sun.azimuth", "corner.0.image"} <= found.file.proposed


def test_a_survey_repeats_itself_and_takes_its_own_file_back():
    picture, outline = painted(seen_from(-35.0))
    first, second = survey(picture, outline), survey(picture, outline)
    assert first.camera == second.camera and np.array_equal(first.matte, second.matte)
    again = survey(picture, file=first.file)
    assert again.camera.focal == pytest.approx(first.camera.focal, rel=0.1)
    assert again.reprojection_px < first.reprojection_px + 1.5


def test_what_a_person_wrote_wins_over_every_proposal():
    picture, outline = painted(seen_from(-35.0))
    file = BuildingFile.model_validate(
        {
            "sun": {"azimuth": 77.0, "elevation": 11.0},
            "block": [{"name": "hall", "width": 20.0, "depth": 10.0, "height": 12.0, "storeys": 2}],
        }
    )
    found = survey(picture, outline, file=file)
    assert found.sun.angles() == pytest.approx((77.0, 11.0))
    assert found.building.blocks[0].height == 12.0 and found.building.blocks[0].storeys == 2
    assert "sun.azimuth" not in found.file.proposed


def test_greenery_before_the_house_is_proposed_as_a_holdout():
    picture, outline = painted(seen_from(-35.0))
    x, y = outline[:, 0].mean(), outline[:, 1].max()
    rows, columns = np.mgrid[:H, :W]
    bush = (columns - x) ** 2 + 2 * (rows - y + 12) ** 2 < 40**2
    picture[bush] = (0.05, 0.16, 0.03)
    found = survey(picture, outline)
    assert [h.name for h in found.file.holdout] == ["greenery 1"]
    assert found.holdout[bush].mean() > 0.9 and found.holdout[~bush].mean() < 0.01
    assert found.holdout_depth[bush].max() < 100 and found.obstacles
    assert "holdout.0.polygon" in found.file.proposed
    bare = survey(painted(seen_from(-35.0))[0], outline)
    assert not bare.file.holdout and any("no hold-outs" in note for note in bare.notes)


def test_an_odd_outline_still_gives_a_view_and_says_so():
    picture, _ = painted(seen_from())
    outline = [(100, 300), (300, 40), (320, 200), (600, 310), (320, 320)]
    found = survey(picture, outline)
    assert found.building.blocks and np.isfinite(found.camera.focal)
    pixels, depth = found.camera.project(np.array([[*found.building.blocks[0].footprint[0], 0.0]]))
    assert depth[0] > 0 and np.isfinite(pixels).all()


def test_a_camera_written_in_full_needs_no_corners():
    file = BuildingFile(
        camera=CameraTable(focal=500.0, position=(0.0, -20.0, 2.0), yaw=0.0, pitch=5.0), block=(box(),)
    )
    camera = camera_of(file, W, H)
    assert camera is not None and camera.focal == 500.0
    picture, outline = painted(seen_from())
    assert survey(picture, outline, file=file).camera == camera
