"""A collapse as USD: every fragment as a moving mesh, the debris as one point instancer, and the camera.

Opens in usdview, Blender, Houdini and Maya. Units are metres, z is up, one time code a frame.
Source: OpenUSD, UsdGeom and UsdPhysics conventions (openusd.org/release/api).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pxr import Gf, Sdf, Usd, UsdGeom, Vt

from secondunit.slate.camera import Camera

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Pieces:
    """Where the pieces are in one frame: fragments (n, 3), (n, 4) x y z w; debris (m, 3), (m, 4), (m,) sizes."""

    position: F32
    rotation: F32
    debris_position: F32
    debris_rotation: F32
    debris_size: F32


@dataclass(frozen=True)
class Geometry:
    """Rest geometry: triangles (t, 3, 3) metres of fragments (t,), fragment centres (n, 3), debris shapes."""

    corners: F32
    tri_fragment: I32
    centre: F32
    debris_shape: npt.NDArray[np.uint8]
    shapes: tuple[tuple[F32, I32], ...]


def write_scene(
    path: Path,
    geometry: Geometry,
    frames: Iterable[tuple[int, Pieces]],
    camera: Camera,
    rate: Fraction,
    *,
    film_width_mm: float = 36.0,
) -> int:
    """Write a `.usdc`; `frames` gives (frame number, pieces) in order. Returns the number of frames written.

    Fragments that never move carry one sample. The camera's radial term k1 has no USD equivalent and is kept as
    an attribute, `secondunit:k1`.
    """
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(float(rate))
    stage.SetFramesPerSecond(float(rate))
    root = UsdGeom.Xform.Define(stage, "/shot")
    stage.SetDefaultPrim(root.GetPrim())
    moves = _fragments(stage, geometry)
    instancer = _debris(stage, geometry)
    n, first, last = 0, 0, 0
    before: Pieces | None = None
    for frame, pieces in frames:
        _write_moves(moves, geometry, pieces, before, frame)
        _write_debris(instancer, geometry, pieces, frame)
        first, last = (frame if n == 0 else first), frame
        before, n = pieces, n + 1
    _camera(stage, camera, film_width_mm)
    stage.SetStartTimeCode(first)
    stage.SetEndTimeCode(last)
    stage.GetRootLayer().Save()
    return n


def _fragments(stage: Usd.Stage, geometry: Geometry) -> list[tuple[Usd.Attribute, Usd.Attribute]]:
    UsdGeom.Xform.Define(stage, "/shot/fragments")
    moves = []
    for i, triangles in enumerate(_by_fragment(geometry)):
        points, faces = _weld(triangles - geometry.centre[i])
        mesh = UsdGeom.Mesh.Define(stage, f"/shot/fragments/fragment_{i:05d}")
        mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(faces.ravel(), np.int32)))
        mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
        move = mesh.AddTranslateOp(UsdGeom.XformOp.PrecisionFloat)
        turn = mesh.AddOrientOp(UsdGeom.XformOp.PrecisionFloat)
        moves.append((move.GetAttr(), turn.GetAttr()))
    return moves


def _by_fragment(geometry: Geometry) -> Iterator[F32]:
    order = np.argsort(geometry.tri_fragment, kind="stable")
    edges = np.searchsorted(geometry.tri_fragment[order], np.arange(len(geometry.centre) + 1))
    for i in range(len(geometry.centre)):
        yield geometry.corners[order[edges[i] : edges[i + 1]]]


def _weld(triangles: F32) -> tuple[F32, I32]:
    """Triangles (t, 3, 3) as shared points and indices; points closer than 0.1 mm become one."""
    flat = triangles.reshape(-1, 3)
    if not len(flat):
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    _, first, inverse = np.unique(
        np.round(flat * 1e4).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    faces = inverse.reshape(-1, 3).astype(np.int32)
    a, b, c = faces.T
    whole = (a != b) & (b != c) & (c != a)  # a sliver whose corners have become one is no face
    return np.ascontiguousarray(flat[first], np.float32), faces[whole]


def _write_moves(
    moves: list[tuple[Usd.Attribute, Usd.Attribute]],
    geometry: Geometry,
    pieces: Pieces,
    before: Pieces | None,
    frame: int,
) -> None:
    if before is None:
        changed = np.ones(len(moves), bool)
    else:
        changed = (pieces.position != before.position).any(1) | (pieces.rotation != before.rotation).any(1)
    for i in np.nonzero(changed)[0]:
        move, turn = moves[i]
        x, y, z, w = (float(v) for v in pieces.rotation[i])
        if before is not None and move.GetNumTimeSamples() == 1:
            _sample(move, turn, before.position[i], before.rotation[i], frame - 1)
        move.Set(Gf.Vec3f(*(float(v) for v in pieces.position[i])), frame)
        turn.Set(Gf.Quatf(w, x, y, z), frame)


def _sample(move: Usd.Attribute, turn: Usd.Attribute, position: F32, rotation: F32, frame: int) -> None:
    x, y, z, w = (float(v) for v in rotation)
    move.Set(Gf.Vec3f(*(float(v) for v in position)), frame)
    turn.Set(Gf.Quatf(w, x, y, z), frame)


def _debris(stage: Usd.Stage, geometry: Geometry) -> UsdGeom.PointInstancer:
    instancer = UsdGeom.PointInstancer.Define(stage, "/shot/debris")
    paths = []
    for i, (points, faces) in enumerate(geometry.shapes):
        mesh = UsdGeom.Mesh.Define(stage, f"/shot/debris/prototypes/shape_{i:02d}")
        mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(points, np.float32)))
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(faces.ravel(), np.int32)))
        mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
        paths.append(mesh.GetPath())
    instancer.CreatePrototypesRel().SetTargets(paths)
    return instancer


def _write_debris(instancer: UsdGeom.PointInstancer, geometry: Geometry, pieces: Pieces, frame: int) -> None:
    born = pieces.debris_size > 0
    ids = np.nonzero(born)[0]
    size = np.repeat(pieces.debris_size[ids, None], 3, axis=1)
    turn = np.ascontiguousarray(pieces.debris_rotation[ids], np.float16)
    instancer.GetProtoIndicesAttr().Set(Vt.IntArray.FromNumpy(geometry.debris_shape[ids].astype(np.int32)), frame)
    instancer.GetIdsAttr().Set(Vt.Int64Array.FromNumpy(ids.astype(np.int64)), frame)
    instancer.GetPositionsAttr().Set(
        Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(pieces.debris_position[ids], np.float32)), frame
    )
    instancer.GetScalesAttr().Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(size, np.float32)), frame)
    instancer.GetOrientationsAttr().Set(Vt.QuathArray.FromNumpy(turn), frame)


def _camera(stage: Usd.Stage, camera: Camera, film_width_mm: float) -> None:
    prim = UsdGeom.Camera.Define(stage, "/shot/camera")
    # USD counts lens and film in tenths of the scene's unit, here 100 mm.
    film = film_width_mm / 100
    scale = film / camera.width
    prim.CreateFocalLengthAttr(camera.focal * scale)
    prim.CreateHorizontalApertureAttr(film)
    prim.CreateVerticalApertureAttr(camera.height * scale)
    prim.CreateHorizontalApertureOffsetAttr((camera.width / 2 - camera.cx) * scale)
    prim.CreateVerticalApertureOffsetAttr((camera.cy - camera.height / 2) * scale)
    prim.CreateClippingRangeAttr(Gf.Vec2f(0.1, 10000.0))
    right, down, forward = (np.asarray(row) for row in camera.rotation)
    rows = [[*right, 0.0], [*(-down), 0.0], [*(-forward), 0.0], [*camera.position, 1.0]]
    prim.AddTransformOp().Set(Gf.Matrix4d([[float(v) for v in row] for row in rows]))
    prim.GetPrim().CreateAttribute("secondunit:k1", Sdf.ValueTypeNames.Double, custom=True).Set(camera.k1)
