import box_house
import numpy as np
import pytest

from secondunit.engines.light.raster_mesh import build_mesh, cut_flags
from secondunit.engines.light.raster_pose import no_debris, pose_debris, pose_fragments, rest_poses
from secondunit.engines.light.raster_view import make_view
from secondunit.engines.physics.breakup import Part, Surface
from secondunit.kernels import raster_material
from secondunit.kernels.raster_reference import draw_fragments_reference
from secondunit.kernels.raster_visibility import draw_fragments
from secondunit.slate.camera import Camera, Ground

W, H = 96, 64


def draw(mesh, view, poses, matte=None):
    n = len(poses.position)
    zb, ib = (
        np.zeros((n, view.height, view.width), np.float32),
        np.full((n, view.height, view.width), -1, np.int32),
    )
    matte = np.ones((view.height, view.width), np.float32) if matte is None else matte
    box = np.array([0, 0, view.width, view.height], np.int32)
    draw_fragments(
        zb, ib, mesh.corners, mesh.centre, mesh.cut, mesh.first, mesh.radius, poses.rotation, poses.position,
        view.cam, view.jitter, view.order, matte, box,
    )  # fmt: skip
    return zb, ib


@pytest.mark.parametrize("k1", [0.0, -0.08, 0.05])
def test_kernel_agrees_with_the_plain_twin(k1):
    breakup = box_house.house(step=2.0)
    camera = box_house.camera(W, H, k1=k1)
    view = make_view(camera, Ground(), 4, 2, 0)
    mesh = build_mesh(breakup, camera, np.ones((H, W), np.float32))
    frames = [box_house.tumble(breakup, 0.5 + k / 24) for k in (-1, 0, 1)]
    poses = pose_fragments(*frames, mesh.centre, view.times * 0.5, 24)
    zb, ib = draw(mesh, view, poses)
    zr, ir = draw_fragments_reference(
        mesh.corners, mesh.fragment, poses.rotation, poses.position, view.cam, view.jitter, H, W
    )
    assert (ir >= 0).mean() > 0.1
    assert (ib == ir).mean() > 0.998  # float32 against float64 on shared edges
    same = ib == ir
    np.testing.assert_allclose(zb[same], zr[same], rtol=2e-4)


def test_projection_of_the_twin_is_the_cameras():
    """A pixel's visible point, projected by `Camera.project`, falls into that pixel, distortion included."""
    breakup = box_house.house(step=0.5)
    camera = box_house.camera(W, H, k1=-0.1)
    view = make_view(camera, Ground(), 2, 2, 0)
    mesh = build_mesh(breakup, camera, np.ones((H, W), np.float32))
    zb, _ = draw(mesh, view, rest_poses(mesh.centre, 2))
    rows, columns = np.nonzero(zb[0])
    points = view.cam[9:12] + view.rays[rows, columns] / zb[0][rows, columns][:, None]
    pixel, _ = camera.project(points.astype(float))
    assert np.abs(pixel - np.stack([columns + 0.5, rows + 0.5], 1)).max() < 0.02


def test_triangles_that_cross_the_near_plane_are_clipped_not_lost():
    """A floor that runs under the camera fills the lower half of the picture up to its bottom edge."""
    boxes = [(-30.0, -30.0, -0.2, 30.0, 60.0, 0.0, Part.SLAB)]
    breakup = box_house.from_boxes(boxes, (60, 90, 0.2))
    camera = Camera.looking(
        position=(0.0, 0.0, 1.6), yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0, focal=60.0, width=W, height=H
    )
    view = make_view(camera, Ground(), 2, 2, 0)
    mesh = build_mesh(breakup, camera, np.ones((H, W), np.float32))
    zb, ib = draw(mesh, view, rest_poses(mesh.centre, 2))
    below = np.arange(H) + 0.5 > H / 2 + 3
    assert (ib[:, below] >= 0).all()
    depth = 1 / zb[0][below][:, W // 2]
    expected = 60.0 * 1.6 / (np.arange(H)[below] + 0.5 + view.jitter[0, 1] - H / 2)
    np.testing.assert_allclose(depth, expected, rtol=2e-3)


def test_matte_cuts_the_rest_pose_to_its_own_coverage():
    rng = np.random.default_rng(1)
    breakup = box_house.house()
    camera = box_house.camera(W, H)
    view = make_view(camera, Ground(), 16, 8, 0)
    full = np.ones((H, W), np.float32)
    zb, _ = draw(build_mesh(breakup, camera, full), view, rest_poses(breakup.centre, 16))
    inside = (zb > 0).all(0)
    matte = np.where(rng.random((H, W)) < 0.5, rng.random((H, W)), 1.0).astype(np.float32)
    mesh = build_mesh(breakup, camera, matte)
    zb, _ = draw(mesh, view, rest_poses(mesh.centre, 16), matte)
    cover = (zb > 0).mean(0)
    assert np.abs(cover - matte)[inside].max() <= 0.5 / 16 + 1e-6


def test_pieces_outside_the_matte_are_dropped():
    breakup = box_house.house()
    camera = box_house.camera(W, H)
    assert len(build_mesh(breakup, camera, np.zeros((H, W), np.float32)).corners) < len(breakup.corners)
    half = np.ones((H, W), np.float32)
    half[:, : W // 2] = 0
    flags = cut_flags(breakup.corners, camera, half)
    pixel, _ = camera.project(breakup.corners.reshape(-1, 3).astype(float))
    u = pixel.reshape(-1, 3, 2)[..., 0]
    v = pixel.reshape(-1, 3, 2)[..., 1]
    inside_frame = (u > 1).all(1) & (u < W - 1).all(1) & (v > 1).all(1) & (v < H - 1).all(1)
    assert (flags[(u.max(1) < W / 2 - 2) & inside_frame] == 2).all()
    assert (flags[(u.min(1) > W / 2 + 2) & inside_frame] == 0).all()


def test_surface_numbers_match_the_breakup():
    for surface in Surface:
        assert getattr(raster_material, surface.name) == surface


def test_pose_at_now_is_the_frame_and_asleep_pieces_stay():
    breakup = box_house.house(step=2.0)
    moves = breakup.centre[:, 0] > 4
    frames = [box_house.tumble(breakup, 0.5 + k / 24, moves) for k in (-1, 0, 1)]
    poses = pose_fragments(*frames, breakup.centre, (-0.25, 0.0, 0.25), 24)
    np.testing.assert_allclose(poses.position[1], frames[1].position, atol=1e-5)
    assert (poses.position[:, ~moves] == breakup.centre[~moves]).all()
    quarter = frames[1].position + 0.25 * (frames[2].position - frames[1].position)
    np.testing.assert_allclose(poses.position[2][moves], quarter[moves], atol=1e-4)


def test_a_piece_that_starts_follows_its_velocity():
    breakup = box_house.house(step=2.0)
    frames = [box_house.rest_frame(breakup), *(box_house.tumble(breakup, k / 24) for k in (1, 2))]
    poses = pose_fragments(*frames, breakup.centre, (-0.25,), 24)
    expected = frames[1].position - 0.25 / 24 * frames[1].velocity
    far = np.linalg.norm(frames[1].position - frames[0].position, axis=1) * 1.5
    step = np.linalg.norm(poses.position[0] - frames[1].position, axis=1)
    assert (step <= 0.25 * far + 1e-5).all()
    free = np.linalg.norm(frames[1].velocity, axis=1) / 24 < far
    np.testing.assert_allclose(poses.position[0][free], expected[free], atol=1e-4)


def test_debris_born_now_comes_from_its_velocity():
    breakup = box_house.house(step=2.0)
    now, after = box_house.crumbs(breakup, 0.5), box_house.crumbs(breakup, 0.5 + 1 / 24)
    unborn = box_house.crumbs(breakup, 0.5 - 1 / 24)
    unborn.size[:] = 0
    poses = pose_debris(unborn, now, after, (-0.25,), 24)
    np.testing.assert_allclose(poses.position[0], now.position - 0.25 / 24 * now.velocity, atol=1e-5)
    assert no_debris(3).position.shape == (3, 0, 3)
