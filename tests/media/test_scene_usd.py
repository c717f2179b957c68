"""The USD scene reads back with the same places, times and camera."""

from fractions import Fraction

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom

from secondunit.media.scene_usd import Geometry, Pieces, write_scene
from secondunit.slate.camera import Camera


@pytest.fixture
def scene(tmp_path):
    rng = np.random.default_rng(1)
    tetra = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    corners = np.concatenate([tetra[faces], tetra[faces] + 3]).astype(np.float32)
    geometry = Geometry(
        corners,
        np.repeat([0, 1], 4).astype(np.int32),
        np.array([[0.25] * 3, [3.25] * 3], np.float32),
        np.zeros(5, np.uint8),
        ((tetra, faces),),
    )
    frames = []
    for k in range(4):
        position = geometry.centre.copy()
        position[1, 2] -= 0.1 * k
        rotation = np.tile(np.array([0, 0, 0, 1], np.float32), (2, 1))
        size = np.where(np.arange(5) < k, 0.2, 0).astype(np.float32)
        turn = rng.normal(size=(5, 4)).astype(np.float32)
        turn /= np.linalg.norm(turn, axis=1)[:, None]
        frames.append(
            (1001 + k, Pieces(position, rotation, rng.normal(size=(5, 3)).astype(np.float32), turn, size))
        )
    camera = Camera.looking(
        position=(2, -10, 1.7), yaw_deg=8, pitch_deg=4, roll_deg=1, focal=900, width=1280, height=720, cx=600
    )
    path = tmp_path / "scene.usdc"
    assert write_scene(path, geometry, frames, camera, Fraction(24)) == 4
    return path, frames, camera


def test_fragments_stand_where_they_were(scene):
    path, frames, _ = scene
    stage = Usd.Stage.Open(str(path))
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (1001, 1004)
    assert UsdGeom.GetStageUpAxis(stage) == "Z" and UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    moving = UsdGeom.Xformable(stage.GetPrimAtPath("/shot/fragments/fragment_00001"))
    still = UsdGeom.Xformable(stage.GetPrimAtPath("/shot/fragments/fragment_00000"))
    for frame, pieces in frames:
        for prim, i in ((still, 0), (moving, 1)):
            at = prim.ComputeLocalToWorldTransform(frame).ExtractTranslation()
            assert np.allclose(at, pieces.position[i], atol=1e-5)
    assert not still.GetPrim().GetAttribute("xformOp:translate").ValueMightBeTimeVarying()


def test_debris_is_born_over_time(scene):
    path, frames, _ = scene
    stage = Usd.Stage.Open(str(path))
    instancer = UsdGeom.PointInstancer(stage.GetPrimAtPath("/shot/debris"))
    counts = [len(instancer.GetPositionsAttr().Get(frame)) for frame, _ in frames]
    assert counts == [0, 1, 2, 3]


def test_the_camera_projects_like_ours(scene):
    path, _, camera = scene
    stage = Usd.Stage.Open(str(path))
    gf = UsdGeom.Camera(stage.GetPrimAtPath("/shot/camera")).GetCamera(1001)
    matrix = gf.frustum.ComputeViewMatrix() * gf.frustum.ComputeProjectionMatrix()
    for point in ([0, 0, 0], [4, 2, 3], [-3, 5, 1]):
        ndc = matrix.Transform(Gf.Vec3d(*point))
        ours = camera.project(np.array([point], float))[0][0]
        theirs = ((ndc[0] + 1) / 2 * camera.width, (1 - ndc[1]) / 2 * camera.height)
        assert np.allclose(ours, theirs, atol=0.01)


def test_debris_keeps_its_turn(scene):
    path, frames, _ = scene
    stage = Usd.Stage.Open(str(path))
    instancer = UsdGeom.PointInstancer(stage.GetPrimAtPath("/shot/debris"))
    quaternion = instancer.GetOrientationsAttr().Get(1004)[2]
    x, y, z, w = frames[-1][1].debris_rotation[2]
    assert np.allclose([*quaternion.GetImaginary(), quaternion.GetReal()], [x, y, z, w], atol=2e-3)
