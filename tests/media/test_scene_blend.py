"""The `.blend` of a version: written by a Blender beside Second Unit where there is one."""

from __future__ import annotations

import os
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from secondunit.errors import BadInput, EngineFailed
from secondunit.media.scene_blend import find_blender, write_blend
from secondunit.media.scene_usd import Geometry, Pieces, write_scene
from secondunit.slate.camera import Camera

CAMERA = Camera.looking(
    position=(2, -10, 1.7), yaw_deg=8, pitch_deg=4, roll_deg=1, focal=900, width=1280, height=720
)


def small_scene(path: Path) -> Path:
    triangle = np.array([[[0, 0, 0], [1, 0, 0], [0, 0, 1]]] * 2, np.float32)
    geometry = Geometry(
        triangle, np.array([0, 1], np.int32), np.zeros((2, 3), np.float32), np.zeros(0, np.uint8), ()
    )
    none3, none4, none = np.zeros((0, 3), np.float32), np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    turn = np.tile(np.array([0, 0, 0, 1], np.float32), (2, 1))
    frames = [
        (1001 + k, Pieces(np.array([[0, 0, 0], [k, 0, 0]], np.float32), turn, none3, none4, none))
        for k in range(3)
    ]
    write_scene(path, geometry, frames, CAMERA, Fraction(24000, 1001))
    return path


def program(folder: Path, text: str) -> Path:
    path = folder / "blender"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_blender_that_is_named_wins(tmp_path, monkeypatch):
    named = program(tmp_path, "true")
    monkeypatch.setenv("SECONDUNIT_BLENDER", str(named))
    assert find_blender() == named
    monkeypatch.setenv("SECONDUNIT_BLENDER", str(tmp_path / "nothing"))
    with pytest.raises(BadInput, match="SECONDUNIT_BLENDER"):
        find_blender()


def test_it_is_told_the_scene_the_raster_and_the_rate(tmp_path):
    usd, blend = tmp_path / "scene.usdc", tmp_path / "scene.blend"
    writes = program(tmp_path, f'echo "$@" > "{blend}"')
    write_blend(writes, usd, blend, CAMERA, Fraction(24000, 1001))
    assert blend.read_text().split()[-6:] == [str(usd), str(blend), "1280", "720", "24000", "1001"]


@pytest.mark.parametrize(("text", "said"), [("echo no room >&2; exit 3", "no room"), ("true", "nothing")])
def test_a_blender_that_fails_is_quoted(tmp_path, text, said):
    with pytest.raises(EngineFailed, match=said):
        write_blend(program(tmp_path, text), tmp_path / "s.usdc", tmp_path / "s.blend", CAMERA, Fraction(24))


@pytest.mark.slow
def test_blender_opens_what_was_saved(tmp_path):
    blender = find_blender()
    if blender is None or not blender.name.startswith("python"):
        pytest.skip("no Blender beside Second Unit: `make blender`")
    usd, blend = small_scene(tmp_path / "scene.usdc"), tmp_path / "scene.blend"
    write_blend(blender, usd, blend, CAMERA, Fraction(24000, 1001))
    ask = (
        "import bpy, sys; bpy.ops.wm.open_mainfile(filepath=sys.argv[-1]); s = bpy.context.scene; s.frame_set(1003);"
        "piece = bpy.data.objects['fragment_00001'].matrix_world.translation.x;"
        "print('said', s.frame_start, s.frame_end, s.render.fps, s.render.resolution_x, round(piece, 3),"
        " round(s.camera.data.lens, 2), round(s.camera.data.sensor_width, 2))"
    )
    told = subprocess.run(
        [blender, "-c", ask, str(blend)], capture_output=True, text=True, check=True, env=dict(os.environ)
    ).stdout
    assert told.split("said")[1].split() == ["1001", "1003", "24", "1280", "2.0", "25.31", "36.0"]
